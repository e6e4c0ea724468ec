"""One upkeep at a time: sealing, takedown, backup and mending wait for none but each other, whoever crawls."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.connect import ArchiveBusy, ArchiveError, must_exist


@contextmanager
def turn(path: Path, what: str) -> Iterator[None]:
    """Holds the turn for the archive at `path`. It is over with the process, however that ends.

    Raises ArchiveBusy when another upkeep has it, ArchiveError without an archive or when its folder cannot be written.
    """
    must_exist(path)
    try:
        file = path.with_name(f"{path.name}.upkeep").open("a+", encoding="utf-8")
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be written there: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise ArchiveBusy(f"{path}: `{file.read().strip()}` is under way; wait for it") from error
        file.truncate(0)
        file.write(what)
        file.flush()
        yield
