"""Finds and copies files behind URLs, of the web and of object stores, by what Daft reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from khabar.model.errors import RunError


def list_remote_files(url: str) -> list[str]:
    """Returns the URLs that a URL with wildcards stands for. Raises RunError where there is none,
    or they cannot be listed.
    """
    import daft  # here, as only the extra `scale` brings it

    try:
        urls = sorted(row["path"] for row in daft.from_glob_path(url).iter_rows())
    except (OSError, daft.exceptions.DaftCoreException) as error:
        raise RunError(f"{url}: {_format_cause(error)}") from error
    if not urls:
        raise RunError(f"{url}: no such file")
    return urls


@contextmanager
def copy_remote_file(url: str) -> Iterator[Path]:
    """Copies a file to a temporary one, which is deleted afterwards. Raises RunError, which does
    not name it.
    """
    import daft

    try:
        copy = daft.File(url).to_tempfile()
    except (OSError, daft.exceptions.DaftCoreException) as error:
        raise RunError(_format_cause(error)) from error
    with copy:
        yield Path(copy.name)


def _format_cause(error: Exception) -> str:
    """Returns an error's message in a line: of one with a list of causes, the last of these."""
    last = str(error).strip().rpartition("\n")[2]
    return re.sub(r"^\s*\d+: ", "", last) or type(error).__name__
