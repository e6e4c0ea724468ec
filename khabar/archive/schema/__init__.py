"""The schema: numbered SQL files, applied in order, each in a transaction. Plain DDL:
transform() drops triggers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3

MIGRATION_SET = "archive"
MIGRATIONS_TABLE = Migrations.migrations_table
_MIGRATION_FILES = tuple(sorted(Path(__file__).parent.glob("[0-9]*.sql")))


def _load_migrations() -> Migrations:
    migrations = Migrations(MIGRATION_SET)
    for file in _MIGRATION_FILES:
        migrations(name=file.stem)(_make_step(file))
    return migrations


def _make_step(file: Path) -> Callable[[Database], None]:
    def run_script(db: Database, /) -> None:
        for statement in _split_statements(file.read_text(encoding="utf-8")):
            db.execute(statement)

    return run_script


def _split_statements(script: str) -> Iterator[str]:
    """The statements of a script; executescript() would commit the transaction around them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def apply_migrations(db: Database) -> None:
    """Brings the archive to this schema. Hold its lock."""
    _load_migrations().apply(db)


def list_unknown_migrations(db: Database) -> list[str]:
    """Steps the archive has taken that this version does not know: it was written by a newer
    Khabar.
    """
    known_names = {file.stem for file in _MIGRATION_FILES}
    return [step.name for step in _load_migrations().applied(db) if step.name not in known_names]


def has_pending_migrations(db: Database) -> bool:
    """Whether the archive lacks a step this version knows."""
    return bool(_load_migrations().pending(db))
