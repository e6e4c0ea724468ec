"""Schema migrations: numbered SQL files, applied in order, each in a transaction.

Plain DDL, because `transform()` of sqlite-utils would drop triggers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3

MIGRATION_SET = "archive"
# First line of a migration that only adds what writers use: commands that read work without it.
NOT_FOR_READING = "-- Not needed for reading."
MIGRATIONS_TABLE = Migrations.migrations_table
_MIGRATION_FILES = tuple(sorted(Path(__file__).parent.glob("[0-9]*.sql")))


def _load_migrations() -> Migrations:
    migrations = Migrations(MIGRATION_SET)
    for file in _MIGRATION_FILES:

        @migrations(name=file.stem)
        def run_script(db: Database, /, *, file: Path = file) -> None:
            for statement in _split_statements(file.read_text(encoding="utf-8")):
                db.execute(statement)

    return migrations


def _split_statements(script: str) -> Iterator[str]:
    """Yields the statements of a script. `executescript()` would commit the open transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def apply_migrations(db: Database, like: Database | None = None) -> None:
    """Migrates the archive to the schema of this version, or to that of the archive `like`. The
    caller holds the lock.
    """
    migrations = _load_migrations()
    pending = migrations.pending(like) if like else []
    migrations.apply(db, stop_before=pending[0].name if pending else None)


def list_unknown_migrations(db: Database) -> list[str]:
    """Returns the applied migrations that this version does not know: those of a newer Khabar."""
    known_names = {file.stem for file in _MIGRATION_FILES}
    return [step.name for step in _load_migrations().applied(db) if step.name not in known_names]


def has_pending_migrations(db: Database, *, for_reading: bool = False) -> bool:
    """Whether the archive lacks a migration of this version. `for_reading`: one that readers need,
    which is any but those whose file begins with NOT_FOR_READING.
    """
    pending = {step.name for step in _load_migrations().pending(db)}
    return any(
        file.stem in pending
        and not (for_reading and file.read_text(encoding="utf-8").startswith(NOT_FOR_READING))
        for file in _MIGRATION_FILES
    )
