"""The findings of checks, and their repairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlite_utils import Database

from khabar.archive.database import Archive, transaction

RESTORE_REMEDY = "cannot be derived: restore it from a backup (docs/steward.md)"
REEXTRACT_REMEDY = "`khabar reextract --all` extracts it again from its stored page"


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The archive that is checked, and the current time."""

    archive: Archive
    now: datetime

    @property
    def db(self) -> Database:
        return self.archive.db


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
