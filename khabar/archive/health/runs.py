"""One crawl's memory: begun, counted visit by visit inside each visit's own transaction, closed
with its verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.health import alerts, coverage, verdicts
from khabar.model.clock import format_utc
from khabar.model.items import Outcome, Visit

_COUNTERS = (
    "asked",
    "new",
    "edited",
    "unchanged",
    "removed",
    "failed",
    "documents",
    "documents_failed",
    "bytes",
)
_LENGTH_SAMPLE = 100  # articles that tell a source's usual length
# outcomes and fields run by run; the counts are kept for ever
DETAIL_RETENTION = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One crawl in sum."""

    id: int
    sources: int
    pages: int
    new: int
    edited: int
    unchanged: int
    removed: int
    reason: str | None  # why it ended; None while it goes on or when it was killed


def start_run(db: Database, now: datetime, sources: Iterable[str]) -> int:
    """A run and its sources, all counts at nought. Returns its id."""
    with transaction(db):
        run: int = db.execute(
            "insert into runs (started_at) values (?) returning id", [format_utc(now)]
        ).fetchone()[0]
        for key in sources:
            _add_source(db, run, key)
    return run


def _add_source(db: Database, run: int, source: str) -> int | None:
    """Puts a source among those of a run. Returns its usual length in words, None while nothing
    is known.
    """
    words = _usual_length(db, source)
    db.execute(
        "insert into run_sources (run_id, source, usual_words) values (?, ?, ?)",
        [run, source, words],
    )
    return words


def _usual_length(db: Database, source: str) -> int | None:
    rows = db.execute(
        "select word_count from articles where source = ? order by id desc limit ?",
        [source, _LENGTH_SAMPLE],
    ).fetchall()
    return median_low(words for (words,) in rows) if rows else None


# --- counting ---


def count_visit(
    db: Database,
    run: int,
    visit: Visit,
    outcome: Outcome | None,
    change: str | None,
    *,
    is_document: bool,
) -> None:
    """One visit more for this run: its counts, its outcome, what it showed. Inside the visit's own
    transaction.

    `outcome`: the outcome it has or waits with (None: not modified); `change`: what readers see of
    it.
    """
    row = db.execute(
        "select usual_words from run_sources where run_id = ? and source = ?", [run, visit.source]
    ).fetchone()
    usual = row[0] if row else _add_source(db, run, visit.source)
    presence = dict(
        coverage.field_presence(visit, outcome, is_document=is_document, usual_words=usual)
    )
    _update_counts(db, run, visit, change, presence)
    _count_outcome(db, run, visit, outcome)
    _count_fields(db, run, visit, presence)


def _update_counts(
    db: Database, run: int, visit: Visit, change: str | None, presence: dict[str, bool]
) -> None:
    counts = dict.fromkeys(_COUNTERS, 0) | {"asked": 1, "documents": int("document" in presence)}
    counts["failed"] = int(presence.get("answer") is False or presence.get("access") is False)
    counts["documents_failed"] = int(presence.get("document") is False)
    counts["bytes"] = len(visit.page.body) if visit.page else 0
    if change:
        counts[change] = 1
    sums = ", ".join(f"{name} = {name} + :{name}" for name in _COUNTERS)
    db.execute(
        f"update run_sources set {sums} where run_id = :run and source = :source",  # noqa: S608  (our own columns)
        {**counts, "run": run, "source": visit.source},
    )


def _count_outcome(db: Database, run: int, visit: Visit, outcome: Outcome | None) -> None:
    db.execute(
        """insert into run_outcomes (run_id, source, outcome, pages, first_page) values (?, ?, ?, 1, ?)
        on conflict (run_id, source, outcome) do update set pages = pages + 1""",
        [run, visit.source, outcome or "not-modified", visit.page_id],
    )


def _count_fields(db: Database, run: int, visit: Visit, presence: dict[str, bool]) -> None:
    db.conn.executemany(
        """insert into run_fields (run_id, source, field, held, of, first_without)
        values (:run, :source, :field, :held, 1, iif(:held, null, :page))
        on conflict (run_id, source, field) do update set held = held + excluded.held, of = of + 1,
          first_without = coalesce(first_without, excluded.first_without)""",
        [
            {
                "run": run,
                "source": visit.source,
                "field": field,
                "held": int(is_present),
                "page": visit.page_id,
            }
            for field, is_present in presence.items()
        ],
    )


# --- the end ---


def finish_run(
    db: Database, run: int, now: datetime, reason: str, *, free: int | None = None
) -> None:
    """Closes the run: how large the archive is, what waits, which sources are broken, what there is
    to tell.

    `reason` "outage": nothing could be reached; every source keeps the verdict it had. `free`:
    bytes left on the disk.
    """
    with transaction(db):
        db.execute(
            """update runs set finished_at = ?, finish_reason = ?, free_bytes = ?,
              archive_bytes = (select page_count * page_size from pragma_page_count, pragma_page_size) where id = ?""",
            [format_utc(now), reason, free, run],
        )
        db.execute(
            """update run_sources set waiting = (select count(*) from pages p where p.source = run_sources.source
              and p.kind = 'page' and p.state <> 'done' and p.next_at <= ?) where run_id = ?""",
            [format_utc(now), run],
        )
        verdicts.assess_run(db, run, now, outage=reason == "outage")
        alerts.raise_alerts(db, run, now)
        _delete_old_details(db, now - DETAIL_RETENTION)


def _delete_old_details(db: Database, before: datetime) -> None:
    last = (
        db.execute(
            "select max(id) from runs where started_at < ?", [format_utc(before)]
        ).fetchone()[0]
        or 0
    )
    db.execute("delete from run_fields where run_id <= ?", [last])
    db.execute("delete from run_outcomes where run_id <= ?", [last])


# --- what it was ---


def last_run_id(db: Database) -> int | None:
    """The newest run; None before the first."""
    run: int | None = db.execute("select max(id) from runs").fetchone()[0]
    return run


def last_run(db: Database) -> RunSummary:
    """Returns the newest run with its counts summed over its sources. Raises LookupError before the
    first run.
    """
    sums = ", ".join(
        f"coalesce(sum(r.{name}), 0)" for name in ("asked", "new", "edited", "unchanged", "removed")
    )
    row = db.execute(
        f"""select u.id, count(r.source), {sums}, u.finish_reason
        from runs u left join run_sources r on r.run_id = u.id
        where u.id = (select max(id) from runs) group by u.id"""  # noqa: S608  (constant columns)
    ).fetchone()
    if row is None:
        raise LookupError("the archive has no run yet")
    return RunSummary(*row)
