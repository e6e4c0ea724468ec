"""A lock file beside the archive: `flock`, with the holder's name in the file.

The lock is released when the process closes the file or ends.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from khabar.archive.database import ArchiveBusy, ArchiveError, follow_link


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
        raise ArchiveError(f"{archive}: folder not writable: {error.strerror}") from error
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
