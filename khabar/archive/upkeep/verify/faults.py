"""What a check finds, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlite_utils import Database

from khabar.archive.database import Archive, transaction

RESTORE = "cannot be derived: restore it from a backup (docs/steward.md)"
READ_AGAIN = "`khabar reextract --all` reads it again from its kept page"


@dataclass(frozen=True, slots=True)
class Case:
    """The archive under the magnifying glass, and the moment."""

    archive: Archive
    now: datetime

    @property
    def db(self) -> Database:
        return self.archive.db


Mend = Callable[[Case], Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it must be. `mend`: derives it anew; without one `remedy` says what a person can do."""

    check: str
    where: str
    what: str
    mend: Mend | None = None
    remedy: str = RESTORE


def by_sql(sql: str, *told: Any) -> Mend:
    """A mend that is one statement."""
    return partial(_run, sql, told)


def _run(sql: str, told: tuple[Any, ...], case: Case) -> None:
    with transaction(case.db):
        case.db.execute(sql, list(told))
