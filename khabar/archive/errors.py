"""The archive's errors. Each is one line for the operator that names the remedy, also where Python
or SQLite reports the disk: full, read-only, over a quota or a limit, failing.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from sqlite_utils.utils import sqlite3

from khabar.model.errors import DiskFull


class ArchiveError(Exception):
    """The archive cannot be used. The message is one line that names the remedy."""


class ArchiveBusy(ArchiveError):
    """Another run holds the archive's lock."""


class ArchiveDiskFull(ArchiveError, DiskFull):
    """A disk is full: of the archive, of temporary files, or of the folder written to."""


_MAKE_ROOM = "free some space, then run the command again"
_CHECK_DISK = "check the disk and its cable, then run `khabar verify`"
_CHECK_RIGHTS = "run the command as the user who owns it, or give this one the right to"
# errno → what to do. An OSError with another number is a bug, or an answer of the network.
_REMEDIES = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EFBIG: "raise the limit of the size of files (`ulimit -f`)",
    errno.EIO: _CHECK_DISK,
    errno.ENXIO: _CHECK_DISK,
    errno.ENODEV: _CHECK_DISK,
    errno.ESTALE: _CHECK_DISK,
    errno.EROFS: "mount the disk writable, or name a folder on another one",
    errno.EACCES: _CHECK_RIGHTS,
    errno.EPERM: _CHECK_RIGHTS,
    errno.EMFILE: "raise the limit of open files (`ulimit -n`)",
    errno.ENFILE: "close other programs: the system has no open file left",
}
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# SQLite's primary result codes → what to do.
_SQLITE_FULL, _SQLITE_IOERR, _SQLITE_CANTOPEN, _SQLITE_CORRUPT = 13, 10, 14, 11
_SQLITE_REMEDIES = {
    _SQLITE_FULL: _MAKE_ROOM,
    _SQLITE_IOERR: _CHECK_DISK,
    3: _CHECK_RIGHTS,  # PERM
    5: "wait for the other command that writes, then run this one again",  # BUSY
    8: _CHECK_RIGHTS,  # READONLY
    _SQLITE_CORRUPT: "the file is damaged: see `khabar verify`, or restore a backup",
    _SQLITE_CANTOPEN: "check that its folder exists, is readable and has room",
    22: "the disk cannot hold files of this size",  # NOLFS
}
# Bytes. With less free, a vague error of SQLite is a full disk: its code does not say why it could
# not make or extend a file. Eight steps by which the log's index grows.
_NO_ROOM = 256 << 10


def is_disk_fault(error: BaseException) -> bool:
    """Whether the error comes from the disk or its rights, and not from a mistake in the code."""
    if isinstance(error, sqlite3.Error):
        return _sqlite_code(error) in _SQLITE_REMEDIES
    return isinstance(error, OSError) and error.errno in _REMEDIES


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the error may come from a damaged place of the file, which `khabar verify` names."""
    return _sqlite_code(error) in (_SQLITE_IOERR, _SQLITE_CORRUPT)


def is_disk_full(error: BaseException, folder: Path | None = None) -> bool:
    """Whether the error says that a disk is full. `folder`: where was written, to tell it by its
    free space when SQLite reports an I/O error.
    """
    if isinstance(error, sqlite3.Error):
        code = _sqlite_code(error)
        is_vague = code in (_SQLITE_IOERR, _SQLITE_CANTOPEN)
        return code == _SQLITE_FULL or (is_vague and folder is not None and _has_no_room(folder))
    return isinstance(error, OSError) and error.errno in _FULL


def explain_error(
    error: Exception, what: str, folder: Path | None = None, remedy: str = ""
) -> ArchiveError:
    """Returns the error as one line: what could not be done, the reason, what to do.

    It is an ArchiveDiskFull when the disk of `folder` is full. `remedy` is added to what to do.
    """
    if is_disk_full(error, folder):
        reason, advice = "no space left on the disk", _MAKE_ROOM
        if isinstance(error, OSError):
            reason = os.strerror(error.errno or 0)
        return ArchiveDiskFull(_join_line(what, reason, advice, remedy))
    if isinstance(error, sqlite3.Error):
        return ArchiveError(
            _join_line(what, str(error), _SQLITE_REMEDIES.get(_sqlite_code(error), ""), remedy)
        )
    number = error.errno if isinstance(error, OSError) else None
    reason = getattr(error, "strerror", None) or str(error)
    return ArchiveError(_join_line(what, reason, _REMEDIES.get(number or 0, ""), remedy))


def _join_line(what: str, reason: str, advice: str, remedy: str) -> str:
    line = f"{what}: {reason}" + (f": {advice}" if advice else "")
    return " ".join((line + (f"; {remedy}" if remedy else "")).split())


def _sqlite_code(error: sqlite3.Error) -> int:
    """Returns SQLite's primary result code; 0 for an error of the Python module itself."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def _has_no_room(folder: Path) -> bool:
    with suppress(OSError):
        return shutil.disk_usage(folder).free < _NO_ROOM
    return False
