"""A lock file beside the archive: `flock`, with the holder's name in the file.

The lock is released when the process closes the file or ends.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import IO, NoReturn

from khabar.archive.database import ArchiveBusy, follow_link
from khabar.archive.errors import explain_error

# Part of the holder's name of a command that releases the lock every SLICE_SECONDS, for others to
# take it. Seconds: chosen by hand, not measured.
SLICED_COMMAND = "khabar reextract"
SLICE_SECONDS = 60
_POLL_SECONDS = 0.2


def acquire_lock(
    archive: Path, suffix: str, holder: str, busy_message: str, *, patience: float = 0
) -> IO[str]:
    """Locks `<archive>.<suffix>` and writes `holder` into it. Close the file to release it.
    Through a symbolic link the lock is that of the file it leads to.

    `patience`: seconds to wait while a command that releases the lock soon has it.

    Raises ArchiveBusy when another process has the lock, with `busy_message`, whose `{holder}` is
    replaced by the text in the file; ArchiveError when the folder is not writable.
    """
    archive = follow_link(archive)
    try:
        file = archive.with_name(f"{archive.name}.{suffix}").open("a+", encoding="utf-8")
    except OSError as error:
        raise explain_error(error, f"{archive}: folder not writable", archive.parent) from error
    deadline = monotonic() + patience
    while not _try_lock(file):
        if SLICED_COMMAND not in _read_holder(file) or monotonic() > deadline:
            _raise_busy(file, archive, busy_message)
        sleep(_POLL_SECONDS)
    with suppress(OSError):  # on a full disk the lock holds without the name
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), holder.encode())
    return file


def acquire_lock_for_reading(archive: Path, suffix: str, busy_message: str) -> IO[str] | None:
    """Takes the same lock without writing, for a command that only reads the archive. Returns None
    when there is no lock file and none can be made: read-only folder, full disk.

    Raises ArchiveBusy as `acquire_lock` does.
    """
    archive = follow_link(archive)
    try:
        file = archive.with_name(f"{archive.name}.{suffix}").open(encoding="utf-8")
    except OSError:
        return None
    if not _try_lock(file):
        _raise_busy(file, archive, busy_message)
    return file


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip() or "unknown"


def _raise_busy(file: IO[str], archive: Path, busy_message: str) -> NoReturn:
    holder = _read_holder(file)
    file.close()
    raise ArchiveBusy(f"{archive}: {busy_message.format(holder=holder)}")
