"""What a check finds, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlite_utils import Database

from khabar.archive.database import Archive, transaction

RESTORE_REMEDY = "cannot be derived: restore it from a backup (docs/steward.md)"
REEXTRACT_REMEDY = "`khabar reextract --all` reads it again from its kept page"


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The archive under the magnifying glass, and the moment."""

    archive: Archive
    now: datetime

    @property
    def db(self) -> Database:
        return self.archive.db


Repair = Callable[[CheckContext], Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be. `repair`: derives it anew; without one `remedy` says
    what a person can do.
    """

    check: str
    where: str
    what: str
    repair: Repair | None = None
    remedy: str = RESTORE_REMEDY


def build_sql_repair(sql: str, *params: Any) -> Repair:
    """A mend that is one statement."""
    return partial(_execute_repair, sql, params)


def _execute_repair(sql: str, params: tuple[Any, ...], context: CheckContext) -> None:
    with transaction(context.db):
        context.db.execute(sql, list(params))
