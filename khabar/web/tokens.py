"""The access token of the web server, in a file beside the archive that only its owner can read,
and the checks of secret files.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from khabar.archive.database import create_private_file, follow_link

# Characters of a password or token, which others may try to guess. Chosen by hand, not measured.
MIN_SECRET_LENGTH = 12
_TOKEN_BYTES = 16  # 128 random bits


class SecretError(Exception):
    """Raised when the secret in a file cannot be used; the message says what to do."""


def read_token(archive: Path) -> str:
    """Returns the token in ARCHIVE.token; creates the file if it does not exist.

    The token is kept so that bookmarks and scripts work after a restart. Raises SecretError if the
    file cannot be written, is empty, or fails the checks of `read_secret`.
    """
    archive = follow_link(archive)
    file = archive.with_name(f"{archive.name}.token")
    try:
        create_private_file(file).write_text(
            f"{secrets.token_urlsafe(_TOKEN_BYTES)}\n", encoding="ascii"
        )
    except FileExistsError:
        if not file.stat().st_size:
            raise SecretError(
                f"{file}: is empty, because a server stopped while writing it: delete it"
            ) from None
    except OSError as error:
        raise SecretError(
            f"{file}: cannot be written: {error.strerror}; fix that or use --no-token"
        ) from error
    return read_secret(file)


def read_secret(file: Path) -> str:
    """Returns the first line of a file.

    Raises SecretError if other users can access the file, it is not UTF-8, or the line is shorter
    than MIN_SECRET_LENGTH.
    """
    if file.stat().st_mode & 0o077:
        raise SecretError(f"{file}: other users of this machine can read it: chmod 600 {file}")
    try:
        secret = (file.read_text(encoding="utf-8").splitlines() or [""])[0].strip()
    except UnicodeDecodeError:
        raise SecretError(f"{file}: is not UTF-8 text") from None
    if len(secret) < MIN_SECRET_LENGTH:
        raise SecretError(
            f"{file}: its first line must have at least {MIN_SECRET_LENGTH} characters"
        )
    return secret
