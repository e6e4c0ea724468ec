"""What each run did and each host said: health's memory. Which source is broken, and since when, is asked here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from archive.connect import transaction
from crawler.clock import parse_stamp, stamp
from crawler.items import Outcome

_COUNTS = ("asked", "new", "edited", "unchanged", "removed", "failed", "documents", "documents_failed")


# Outcomes that speak of a source in trouble when all its documents or pages end so.
FAILURES = frozenset(
    {Outcome.SERVER_ERROR, Outcome.UNREACHABLE, Outcome.BROKEN_FEED, Outcome.FORBIDDEN, Outcome.ROBOTS}
)


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl in sum."""

    id: int
    sources: int
    pages: int
    new: int
    edited: int
    unchanged: int
    removed: int


# --- runs ---


def start_run(db: Database, now: datetime, sources: Iterable[str]) -> int:
    """A run and its sources, all counts at nought. Returns its id."""
    with transaction(db):
        run: int = db.execute("insert into runs (started_at) values (?) returning id", [stamp(now)]).fetchone()[0]
        for key in sources:
            db.execute("insert into run_sources (run_id, source) values (?, ?)", [run, key])
    return run


def tally(db: Database, run: int, source: str, change: str | None, *, failed: bool, document: bool) -> None:
    """One visit more for this run's counts. Inside the visit's own transaction."""
    counts = dict.fromkeys(_COUNTS, 0) | {"asked": 1, "documents": int(document)}
    counts["documents_failed" if document else "failed"] = int(failed)
    if change:
        counts[change] = 1
    sums = ", ".join(f"{name} = {name} + :{name}" for name in _COUNTS)
    db.execute(
        f"update run_sources set {sums} where run_id = :run and source = :source",  # noqa: S608  (our own columns)
        {**counts, "run": run, "source": source},
    )


def finish_run(db: Database, run: int, now: datetime, reason: str) -> None:
    """Closes the run and says which of its sources are broken: all their documents failed, or all their pages did."""
    with transaction(db):
        db.execute("update runs set finished_at = ?, finish_reason = ? where id = ?", [stamp(now), reason, run])
        db.execute(
            """update run_sources set broken = case
              when documents > 0 and documents_failed = documents then 'no feed or sitemap could be read'
              when asked - documents >= 5 and failed = asked - documents then 'no page could be had' end
            where run_id = ?""",
            [run],
        )


def last_run_id(db: Database) -> int | None:
    """The newest run; None before the first."""
    run: int | None = db.execute("select max(id) from runs").fetchone()[0]
    return run


def last_run(db: Database) -> Run:
    """The newest run in sum."""
    row = db.execute(
        """select run_id, count(*), sum(asked), sum(new), sum(edited), sum(unchanged), sum(removed) from run_sources
        where run_id = (select max(id) from runs) group by run_id"""
    ).fetchone()
    return Run(*row)


def broken(db: Database, run: int) -> list[tuple[str, str]]:
    """(source, reason) of what is broken in a run, with a document's own evidence where there is one."""
    rows = db.execute(
        """select source, broken || coalesce(' (' || (select url || ': ' || evidence from pages p
            where p.source = r.source and p.kind <> 'page' and p.evidence <> '' and p.outcome is not 'feed'
            order by last_asked desc limit 1) || ')', '')
        from run_sources r where run_id = ? and broken is not null order by source""",
        [run],
    )
    return [(source, reason) for source, reason in rows]


def newly_broken(db: Database, run: int) -> list[tuple[str, str]]:
    """What is broken now and was not in the source's run before this one."""
    before = db.execute(
        """select source from run_sources r where broken is not null and run_id =
          (select max(run_id) from run_sources e where e.source = r.source and e.run_id < ? and e.asked > 0)""",
        [run],
    )
    known = {source for (source,) in before}
    return [(source, reason) for source, reason in broken(db, run) if source not in known]


def sources(db: Database) -> list[dict[str, Any]]:
    """Each source's state: what is held, what its last run did, what waits and what failed."""
    names = ("source", "name", "articles", "embeds", "newest", "last_run", "new", "edited", "waiting", "broken")
    rows = db.execute(
        """select s.key, s.name,
          (select count(*) from articles a where a.source = s.key),
          (select count(*) from article_embeds x join articles a on a.id = x.article_id and a.revision = x.revision
            where a.source = s.key and x.place <> 'page'),
          (select max(published_on) from articles a where a.source = s.key),
          u.started_at, r.new, r.edited,
          (select count(*) from pages p where p.source = s.key and p.kind = 'page' and p.state <> 'done'), r.broken
        from sources s
        left join run_sources r on r.source = s.key and r.run_id =
          (select max(run_id) from run_sources e where e.source = s.key)
        left join runs u on u.id = r.run_id order by s.key"""
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def outcomes(db: Database) -> list[dict[str, Any]]:
    """How many pages ended in which outcome; those that wait have none yet."""
    rows = db.execute(
        """select coalesce(outcome, 'waiting') as outcome, count(*) as pages from pages where kind = 'page'
        group by 1 order by 2 desc, 1"""
    )
    return [{"outcome": outcome, "pages": pages} for outcome, pages in rows]


# --- what hosts said ---


def robots_answer(db: Database, origin: str) -> tuple[int, bytes, datetime] | None:
    """The last answer of an origin asked for its robots.txt: status (0: none came), body, when."""
    row = db.execute(
        "select status, body, last_asked from robots where origin = ? order by last_asked desc, id desc limit 1",
        [origin],
    ).fetchone()
    return (row[0], row[1], parse_stamp(row[2])) if row else None


def keep_robots(db: Database, origin: str, status: int, body: bytes, now: datetime) -> None:
    """Every distinct answer is kept, with the time it was first and last given."""
    with transaction(db):
        db.execute(
            """insert into robots (origin, status, body, sha256, first_seen, last_asked) values (?, ?, ?, ?, ?, ?)
            on conflict (origin, status, sha256) do update set last_asked = excluded.last_asked""",
            [origin, status, body, hashlib.sha256(body).hexdigest(), stamp(now), stamp(now)],
        )


def record_fetch(
    db: Database, *, run: int | None, url: str, origin: str, host: str, at: datetime, status: int, size: int,
    reason: str, user_agent: str,
) -> None:  # fmt: skip
    """One answer to one request, with the robots.txt in force when it was asked."""
    with transaction(db):
        db.execute(
            """insert into fetches (run_id, at, host, url, status, bytes, reason, user_agent, robots_id)
            values (?, ?, ?, ?, ?, ?, ?, ?,
              (select id from robots where origin = ? order by last_asked desc, id desc limit 1))""",
            [run, stamp(at), host, url, status, size, reason, user_agent, origin],
        )
