"""The token that opens the archive's web pages on its own machine: in a file beside the archive,
for its owner only.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from khabar.archive.database import create_private_file

MIN_SECRET_LENGTH = 12  # characters of a secret that strangers may try to guess
_TOKEN_BYTES = 16


class SecretError(Exception):
    """A file's secret cannot be used; the message says what to do."""


def read_token(archive: Path) -> str:
    """The token of an archive, made when there is none: bookmarks and scripts work again after a
    restart.

    Raises SecretError.
    """
    file = archive.with_name(f"{archive.name}.token")
    try:
        create_private_file(file).write_text(
            f"{secrets.token_urlsafe(_TOKEN_BYTES)}\n", encoding="ascii"
        )
    except FileExistsError:
        if not file.stat().st_size:
            raise SecretError(
                f"{file}: is empty, a server ended while it was made: delete it"
            ) from None
    except OSError as error:
        raise SecretError(
            f"{file}: cannot be written: {error.strerror}; --no-token does without"
        ) from error
    return read_secret(file)


def read_secret(file: Path) -> str:
    """A file's first line. Raises SecretError when others may read it or it is short."""
    if file.stat().st_mode & 0o077:
        raise SecretError(f"{file}: others on this machine can read it: chmod 600 {file}")
    try:
        secret = (file.read_text(encoding="utf-8").splitlines() or [""])[0].strip()
    except UnicodeDecodeError:
        raise SecretError(f"{file}: is not text in UTF-8") from None
    if len(secret) < MIN_SECRET_LENGTH:
        raise SecretError(
            f"{file}: its first line must have at least {MIN_SECRET_LENGTH} characters"
        )
    return secret
