"""A lock file beside the archive: `flock`, with the holder's name in the file.

The lock is released when the process closes the file or ends.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from khabar.archive.database import ArchiveBusy, follow_link
from khabar.archive.errors import explain_error


def acquire_lock(archive: Path, suffix: str, holder: str, busy_message: str) -> IO[str]:
    """Locks `<archive>.<suffix>` and writes `holder` into it. Close the file to release it.
    Through a symbolic link the lock is that of the file it leads to.

    Raises ArchiveBusy when another process has the lock, with `busy_message`, whose `{holder}` is
    replaced by the text in the file; ArchiveError when the folder is not writable.
    """
    archive = follow_link(archive)
    try:
        file = archive.with_name(f"{archive.name}.{suffix}").open("a+", encoding="utf-8")
    except OSError as error:
        raise explain_error(error, f"{archive}: folder not writable", archive.parent) from error
    _lock_file(file, archive, busy_message)
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
    _lock_file(file, archive, busy_message)
    return file


def _lock_file(file: IO[str], archive: Path, busy_message: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        current_holder = file.read().strip() or "unknown"
        file.close()
        raise ArchiveBusy(f"{archive}: {busy_message.format(holder=current_holder)}") from error
