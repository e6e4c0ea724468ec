"""The schema: numbered SQL files, applied in order, each in a transaction. Plain DDL: transform() drops triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3

SET = "archive"
TABLE = Migrations.migrations_table
_FILES = tuple(sorted(Path(__file__).parent.glob("[0-9]*.sql")))


def _migrations() -> Migrations:
    migrations = Migrations(SET)
    for file in _FILES:
        migrations(name=file.stem)(_step(file))
    return migrations


def _step(file: Path) -> Callable[[Database], None]:
    def apply(db: Database, /) -> None:
        for statement in _statements(file.read_text(encoding="utf-8")):
            db.execute(statement)

    return apply


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; executescript() would commit the transaction around them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def apply(db: Database) -> None:
    """Brings the archive to this schema. Hold its lock."""
    _migrations().apply(db)


def unknown(db: Database) -> list[str]:
    """Steps the archive has taken that this version does not know: it was written by a newer Khabar."""
    known = {file.stem for file in _FILES}
    return [step.name for step in _migrations().applied(db) if step.name not in known]


def pending(db: Database) -> bool:
    """Whether the archive lacks a step this version knows."""
    return bool(_migrations().pending(db))
