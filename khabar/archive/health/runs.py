"""Crawl runs: starts one, counts each visit inside the visit's transaction, and finishes it with
verdicts and alerts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.frontier.incidents import RunEndings, resolve_incidents
from khabar.archive.health import alerts, coverage, verdicts
from khabar.extraction import EXTRACTOR_VERSION
from khabar.model.clock import format_utc, parse_utc
from khabar.model.items import Outcome, Visit

_COUNTERS = (
    "asked", "new", "edited", "unchanged", "removed", "failed", "documents", "documents_failed",
    "bytes", "retries",
)  # fmt: skip
_LENGTH_SAMPLE = 100  # articles for a source's median length; chosen by hand, not measured
# How long run_outcomes and run_fields are kept; run_sources is kept for ever. Chosen by hand.
DETAIL_RETENTION = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The counts of a run, summed over its sources. `pages`: visits."""

    id: int
    sources: int
    pages: int
    new: int
    edited: int
    unchanged: int
    removed: int
    reason: str | None  # why it ended; None while it goes on or when it was killed


def start_run(db: Database, now: datetime, sources: Iterable[str]) -> int:
    """Inserts a run and its sources, with all counts at 0. Returns its id."""
    with transaction(db):
        run: int = db.execute(
            "insert into runs (started_at) values (?) returning id", [format_utc(now)]
        ).fetchone()[0]
        for key in sources:
            _add_source(db, run, key)
    return run


def _add_source(db: Database, run: int, source: str) -> int | None:
    """Inserts a source of a run. Returns the median length of its newest articles in words, None if
    it has none.
    """
    rows = db.execute(
        "select word_count from articles where source = ? order by id desc limit ?",
        [source, _LENGTH_SAMPLE],
    ).fetchall()
    usual_words = median_low(words for (words,) in rows) if rows else None
    db.execute(
        "insert into run_sources (run_id, source, usual_words) values (?, ?, ?)",
        [run, source, usual_words],
    )
    return usual_words


# --- counting ---


def count_visit(
    db: Database,
    run: int,
    visit: Visit,
    outcome: Outcome | None,
    change: str | None,
    page_row: Mapping[str, object],
    extractor: str = EXTRACTOR_VERSION,
) -> None:
    """Counts a visit in its run: totals, outcome, fields. Call it inside the visit's transaction.

    `outcome`: of the visit, or the one with which it waits for a retry; None: 304, not modified.
    `change`: the counter for what happened to the article (new, edited, unchanged, removed).
    `page_row`: the row of `pages` before the visit. `extractor`: the version for its source.
    """
    is_document = page_row["kind"] != "page"
    is_retry = bool(page_row["failing_since"] and page_row["tries"]) and not page_row["article_id"]
    is_new = page_row["outcome"] is None and page_row["failing_since"] is None
    row = db.execute(
        "select usual_words from run_sources where run_id = ? and source = ?", [run, visit.source]
    ).fetchone()
    usual = row[0] if row else _add_source(db, run, visit.source)
    presence = dict(
        coverage.field_presence(
            visit, outcome, change, is_document=is_document, is_new=is_new, usual_words=usual
        )
    )
    _update_counts(db, run, visit, change, presence, extractor, is_retry=is_retry)
    db.execute(
        """insert into run_outcomes (run_id, source, outcome, pages, first_page)
        values (?, ?, ?, 1, ?)
        on conflict (run_id, source, outcome) do update set pages = pages + 1""",
        [run, visit.source, outcome or "not-modified", visit.page_id],
    )
    _count_fields(db, run, visit, presence)


def _update_counts(
    db: Database, run: int, visit: Visit, change: str | None, presence: dict[str, bool],
    extractor: str, *, is_retry: bool,
) -> None:  # fmt: skip
    counts = dict.fromkeys(_COUNTERS, 0) | {"asked": 1, "retries": int(is_retry)}
    counts["documents"] = int("document" in presence)
    counts["failed"] = int(presence.get("answer") is False or presence.get("access") is False)
    counts["documents_failed"] = int(presence.get("document") is False)
    counts["bytes"] = len(visit.page.body) if visit.page else 0
    if change:
        counts[change] = 1
    sums = ", ".join(f"{name} = {name} + :{name}" for name in _COUNTERS)
    db.execute(
        f"""update run_sources set extractor_version = :extractor, {sums}
        where run_id = :run and source = :source""",  # noqa: S608
        {**counts, "extractor": extractor, "run": run, "source": visit.source},
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
    db: Database, run: int, now: datetime, reason: str, *, free: int | None = None,
    endings: RunEndings | None = None,
) -> None:  # fmt: skip
    """Finishes a run: stores the archive's size, the waiting pages and the verdict of each source,
    reopens the pages that ended in an incident of their host, raises alerts, and deletes details
    older than DETAIL_RETENTION.

    `reason`: why it ended; "outage": nothing could be reached, all sources keep their verdicts.
    `free`: free bytes on the disk. `endings`: of the run's pages.
    """
    endings = endings or RunEndings()
    with transaction(db):
        incidents = resolve_incidents(db, endings, _load_start(db, run), now)
        db.execute(
            """update runs set finished_at = ?, finish_reason = ?, free_bytes = ?,
              archive_bytes = (
                select page_count * page_size from pragma_page_count, pragma_page_size)
            where id = ?""",
            [format_utc(now), reason, free, run],
        )
        _count_waiting(db, run, now)
        run_incidents = verdicts.RunIncidents(incidents, endings.good_sources)
        verdicts.assess_run(db, run, now, outage=reason == "outage", incidents=run_incidents)
        alerts.raise_alerts(db, run, now)
        last_old_run: int = db.execute(
            "select coalesce(max(id), 0) from runs where started_at < ?",
            [format_utc(now - DETAIL_RETENTION)],
        ).fetchone()[0]
        db.execute("delete from run_fields where run_id <= ?", [last_old_run])
        db.execute("delete from run_outcomes where run_id <= ?", [last_old_run])


def _count_waiting(db: Database, run: int, now: datetime) -> None:
    """Stores how many pages of each source are due and not done, from the index of what is due."""
    counts = db.execute(
        """select source, count(*) from pages indexed by pages_due
        where next_at <= ? and kind = 'page' and state <> 'done' group by 1""",
        [format_utc(now)],
    ).fetchall()
    db.execute("update run_sources set waiting = 0 where run_id = ?", [run])
    db.conn.executemany(
        "update run_sources set waiting = ? where run_id = ? and source = ?",
        [(count, run, source) for source, count in counts],
    )


def _load_start(db: Database, run: int) -> datetime:
    return parse_utc(db.execute("select started_at from runs where id = ?", [run]).fetchone()[0])


# --- the last run ---


def list_reached_sources(db: Database, sources: Iterable[str]) -> frozenset[str]:
    """Returns those of `sources` that answered in their last run, with whatever, or had none.

    A run that did not come to a source is passed over; an outage is a run without an answer.
    """
    return frozenset(source for source in sources if _is_reached(db, source))


def _is_reached(db: Database, source: str) -> bool:
    row = db.execute(
        """select exists (select 1 from run_outcomes o
          where o.run_id = s.run_id and o.source = s.source and o.outcome <> ?)
        from run_sources s join runs r on r.id = s.run_id
        where s.source = ? and (s.asked > 0 or r.finish_reason = 'outage')
        order by s.run_id desc limit 1""",
        [Outcome.UNREACHABLE, source],
    ).fetchone()
    return row is None or bool(row[0])


def last_run_id(db: Database) -> int | None:
    """Returns the id of the newest run, None before the first."""
    run: int | None = db.execute("select max(id) from runs").fetchone()[0]
    return run


def last_run(db: Database) -> RunSummary:
    """Returns the counts of the newest run. Raises LookupError before the first run."""
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
