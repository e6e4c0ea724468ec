"""A lock file beside the archive: taken by one process, released when it closes it or dies, and
it says who has it.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from khabar.archive.database import ArchiveBusy, ArchiveError


def acquire_lock(archive: Path, suffix: str, holder: str, busy_message: str) -> IO[str]:
    """Takes the lock `<archive>.<suffix>` and writes `holder` into it. Close the file to release
    it.

    Raises ArchiveBusy when another process has it, with `busy_message` in which {holder} is what
    that one wrote; ArchiveError when the folder cannot be written.
    """
    try:
        file = archive.with_name(f"{archive.name}.{suffix}").open("a+", encoding="utf-8")
    except OSError as error:
        raise ArchiveError(f"{archive}: cannot be written there: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        current_holder = file.read().strip() or "unknown"
        file.close()
        raise ArchiveBusy(f"{archive}: {busy_message.format(holder=current_holder)}") from error
    file.truncate(0)
    file.write(holder)
    file.flush()
    return file
