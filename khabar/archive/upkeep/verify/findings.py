"""The findings of checks, and their repairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlite_utils import Database

from khabar.archive.database import Archive, transaction
from khabar.archive.upkeep.verify.sample import Sample

RESTORE_REMEDY = "cannot be derived: restore it from a backup (docs/steward.md)"
SLICE = 256  # rows between two reports of progress
REEXTRACT_REMEDY = "`khabar reextract --all` extracts it again from its stored page"


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The archive that is checked, and the current time.

    `sample`: what is looked at of articles and snapshots; None: all. `on_rows` is called with the
    number of rows that a check has done, and with their total.
    """

    archive: Archive
    now: datetime
    sample: Sample | None = None
    on_rows: Callable[[int, int], None] | None = None

    @property
    def db(self) -> Database:
        return self.archive.db

    def restrict(self, table: str, column: str) -> str:
        """Returns SQL for the end of a condition: `column` is the id of a row that is looked at, of
        the table articles or snapshots.
        """
        if self.sample is None:
            return ""
        return f" and {column} in (select id from temp.sampled_{table})"  # noqa: S608  (constants)

    def iter_rows(self, table: str, sql: str, *params: Any) -> Iterator[Any]:
        """Yields the rows of a query, one for each row of `table` at most, and reports progress."""
        total, done = self._count_rows(table) if self.on_rows else 0, 0
        for done, row in enumerate(self.db.execute(sql, list(params)), start=1):
            yield row
            if self.on_rows and done % SLICE == 0:
                self.on_rows(done, total)
        if self.on_rows:
            self.on_rows(done, done)

    def _count_rows(self, table: str) -> int:
        if self.sample is not None:
            return self.sample.snapshots if table == "snapshots" else self.sample.articles
        count: int = self.db.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608
        return count


Repair = Callable[[CheckContext], Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the archive that is wrong.

    `repair`: derives it from other data; None: `remedy` says what to do.
    """

    check: str
    where: str
    what: str
    repair: Repair | None = None
    remedy: str = RESTORE_REMEDY


def build_sql_repair(sql: str, *params: Any) -> Repair:
    """Returns a repair that executes one statement."""
    return partial(_execute_repair, sql, params)


def _execute_repair(sql: str, params: tuple[Any, ...], context: CheckContext) -> None:
    with transaction(context.db):
        context.db.execute(sql, list(params))
