"""Writes the report on a source for legal questions: a summary page, and its rows as CSV files.

The CSV files list every request, every URL refused and every article held.
"""

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
from khabar.archive.errors import explain_error
from khabar.archive.upkeep import copies
from khabar.archive.upkeep.account import holdings, requests
from khabar.hindi.india_time import IST
from khabar.model.clock import format_utc
from khabar.model.csv_safe import BOM, escape_formula

REPORT_FILE = "account.html"
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """Days in India, both included; `since` and `until` are the half-open interval in UTC.

    They end without Z, so that they compare with times to the second and to the millisecond.
    """

    first: date
    last: date

    @property
    def since(self) -> str:
        return format_utc(_midnight_utc(self.first))[:-1]

    @property
    def until(self) -> str:
        return format_utc(_midnight_utc(self.last + timedelta(days=1)))[:-1]


def _midnight_utc(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=IST).astimezone(UTC)


def write_report(
    db: Database, source: str, period: ReportPeriod, folder: Path, now: datetime
) -> dict[str, Any]:
    """Writes account.html, its CSV files, and the site's robots.txt, tdmrep.json and licences.

    Returns the counts on the page. Raises ArchiveError when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        site_files = _write_site_files(db, source, period, folder / "site")
        counts = {
            "requests": _write_csv(
                folder / "requests.csv",
                requests.iter_requests(db, source, period.since, period.until),
            ),
            "refused": _write_csv(
                folder / "refused.csv",
                requests.iter_refused_urls(db, source, period.since, period.until),
            ),
            "held": _write_csv(
                folder / "held.csv", holdings.iter_articles(db, source, period.since, period.until)
            ),
        }
        template_context = _build_context(db, source, period, now) | {
            "site_files": site_files,
            "counts": counts,
        }
        (folder / REPORT_FILE).write_text(
            _TEMPLATES.get_template(REPORT_FILE).render(template_context), encoding="utf-8"
        )
    except OSError as error:
        what = f"{error.filename or folder}: cannot be written"
        raise explain_error(error, what, folder) from error
    return counts


def _build_context(
    db: Database, source: str, period: ReportPeriod, now: datetime
) -> dict[str, Any]:
    """Returns the template's variables, except those that are counted while writing files."""
    since, until = period.since, period.until
    name, homepage, permission = db.execute(
        "select name, homepage, permission from sources where key = ?", [source]
    ).fetchone()
    return {
        "source": {"key": source, "name": name, "homepage": homepage, "permission": permission},
        "period": period,
        "made_at": format_utc(now),
        "answers": requests.count_responses(db, source, since, until),
        "agents": requests.list_user_agents(db, source, since, until),
        "gaps": requests.measure_intervals(db, source, since, until),
        "refusals": requests.count_refusals(db, source, since, until),
        "uses": holdings.count_uses(db, source, since, until),
        "exports": [
            released_copy
            for released_copy in copies.list_copies_of_source(db, source, since, until)
            if released_copy.kind == "export"
        ],
        "takedowns": holdings.list_takedowns(db, source, since, until),
    }


def _write_site_files(
    db: Database, source: str, period: ReportPeriod, folder: Path
) -> list[dict[str, Any]]:
    """Writes each robots.txt, tdmrep.json and licence in force in the period. Returns a row for
    each.

    `rules` in a row: what a robots.txt says on the use of content; empty for the others.
    """
    folder.mkdir(exist_ok=True)
    site_files = []
    for site_file in requests.iter_site_files(db, source, period.since, period.until):
        (folder / site_file["file"]).write_bytes(site_file.pop("body"))
        is_robots = site_file["table"] == "robots"
        text = rights.load_site_file(db, "robots", site_file["id"]).text if is_robots else ""
        rules = {name: value for name, value in rights.summarize_robots(text).items() if value}
        site_files.append(site_file | {"rules": rules})
    return site_files


def _write_csv(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Writes a CSV file for spreadsheets. Returns the number of rows; no header without rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        writer = csv.writer(file)
        for count, row in enumerate(rows, 1):
            if count == 1:
                writer.writerow(row)
            writer.writerow(map(escape_formula, row.values()))
    return count
