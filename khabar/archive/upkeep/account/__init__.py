"""The account of a source: the page a lawyer asks for, and beside it every request, refusal and article, row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlite_utils import Database

from khabar.archive import rights
from khabar.archive.database import ArchiveError
from khabar.archive.upkeep import copies
from khabar.archive.upkeep.account import held, requests
from khabar.hindi.dates import IST
from khabar.model.clock import stamp
from khabar.model.csv_safe import BOM, safe

PAGE = "account.html"
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """Days in India, both included, and the moments (UTC) they begin and end at: half-open.

    The moments have no Z, so that they compare with moments to the second and to the millisecond.
    """

    first: date
    last: date

    @property
    def since(self) -> str:
        return stamp(_midnight(self.first))[:-1]

    @property
    def until(self) -> str:
        return stamp(_midnight(self.last + timedelta(days=1)))[:-1]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=IST).astimezone(UTC)


def write(db: Database, source: str, period: Period, folder: Path, now: datetime) -> dict[str, Any]:
    """Writes account.html, its tables as CSV and what the site said. Returns the counts on the page.

    Raises ArchiveError when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        words = _write_words(db, source, period, folder / "site")
        counts = {
            "requests": _write_rows(folder / "requests.csv", requests.made(db, source, period.since, period.until)),
            "refused": _write_rows(folder / "refused.csv", requests.refused(db, source, period.since, period.until)),
            "held": _write_rows(folder / "held.csv", held.articles(db, source, period.since, period.until)),
        }
        page = _page(db, source, period, now) | {"words": words, "counts": counts}
        (folder / PAGE).write_text(_TEMPLATES.get_template(PAGE).render(page), encoding="utf-8")
    except OSError as error:
        raise ArchiveError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
    return counts


def _page(db: Database, source: str, period: Period, now: datetime) -> dict[str, Any]:
    """What the page tells in sum."""
    since, until = period.since, period.until
    name, homepage, permission = db.execute(
        "select name, homepage, permission from sources where key = ?", [source]
    ).fetchone()
    return {
        "source": {"key": source, "name": name, "homepage": homepage, "permission": permission},
        "period": period,
        "made_at": stamp(now),
        "answers": requests.answers(db, source, since, until),
        "agents": requests.agents(db, source, since, until),
        "gaps": requests.gaps(db, source, since, until),
        "refusals": requests.refusals(db, source, since, until),
        "uses": held.uses(db, source, since, until),
        "exports": [one for one in copies.of_source(db, source, since, until) if one.kind == "export"],
        "takedowns": held.takedowns(db, source, since, until),
    }


def _write_words(db: Database, source: str, period: Period, folder: Path) -> list[dict[str, Any]]:
    """Each robots.txt and tdmrep.json in force in the period as a file, and what it says on use."""
    folder.mkdir(exist_ok=True)
    found = []
    for word in requests.site_words(db, source, period.since, period.until):
        (folder / word["file"]).write_bytes(word.pop("body"))
        text = rights.body_of(db, word["table"], word["id"]) if word["table"] == "robots" else ""
        found.append(word | {"says": {name: said for name, said in rights.summary(text).items() if said}})
    return found


def _write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """A CSV for spreadsheets. Returns how many rows it has; of none there is only an empty file."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        writer = csv.writer(file)
        for count, row in enumerate(rows, 1):
            if count == 1:
                writer.writerow(row)
            writer.writerow(map(safe, row.values()))
    return count
