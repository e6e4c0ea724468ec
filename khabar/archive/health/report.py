"""How each source is doing, for people and scripts: what `khabar status` prints."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlite_utils import Database

from khabar.archive.health.alerts import mutes
from khabar.archive.health.requests import robots_changes
from khabar.archive.health.samples import DAY, FORTNIGHT
from khabar.hindi.dates import IST
from khabar.model import urls
from khabar.model.clock import parse_stamp, stamp
from khabar.model.items import Outcome

WELL = frozenset({Outcome.ARTICLE, Outcome.ALIAS, Outcome.PART, Outcome.FEED, Outcome.LISTING, "not-modified"})
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Growth:
    """How the archive grows, and the day its disk is full; None where two days are not yet known."""

    mb_a_day: float | None
    full_on: str | None


def sources(db: Database, now: datetime) -> list[dict[str, Any]]:
    """Each source's state: what is held, how it does today against its own usual, what is wrong with it."""
    today, coverage, refused = _today(db, now), _coverage(db, now), _refused(db, now)
    fetched, due, changed = _fetched(db, now), _due(db, now), _robots(db)
    silent = mutes(db, now)
    found = []
    for row in _held(db):
        key = row["source"]
        muted = silent.get(key)
        new_today, usual = today.get(key, (0, None))
        found.append(
            row
            | {"new_today": new_today, "usual_by_now": usual, "coverage": coverage.get(key, {})}
            | {"refused": refused.get(key, {}), "due": due.get(key, 0), "mb_a_day": fetched.get(key)}
            | {"robots_changed": changed.get(key)}
            | {"muted_until": muted and muted.until, "muted_for": muted and muted.reason}
        )
    return found


def _held(db: Database) -> list[dict[str, Any]]:
    names = (
        "source", "name", "articles", "embeds", "newest", "last_run", "new", "edited", "waiting", "broken",
        "broken_url", "broken_since", "last_success", "last_new",
    )  # fmt: skip
    rows = db.execute(
        """select s.key, s.name,
          (select count(*) from articles a where a.source = s.key),
          (select count(*) from article_embeds x join articles a on a.id = x.article_id and a.revision = x.revision
            where a.source = s.key and x.place <> 'page'),
          (select max(published_on) from articles a where a.source = s.key),
          u.started_at, r.new, r.edited,
          (select count(*) from pages p where p.source = s.key and p.kind = 'page' and p.state <> 'done'),
          r.broken, r.broken_url, r.broken_since,
          (select started_at from runs where id = (select max(run_id) from run_sources e
            where e.source = s.key and e.asked > e.failed + e.documents_failed)),
          (select started_at from runs where id = (select max(run_id) from run_sources e
            where e.source = s.key and e.new > 0))
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


# --- today, against its own days ---


def _today(db: Database, now: datetime) -> dict[str, tuple[int, float | None]]:
    """Source → (new since midnight in India, the median of its last fourteen days by this hour)."""
    rows = db.execute(
        """select k.key, r.started_at, s.new, s.run_id =
          (select run_id from run_sources e where e.source = k.key and e.asked > 0 order by run_id limit 1)
        from sources k
        join run_sources s on s.source = k.key and s.asked > 0 join runs r on r.id = s.run_id
        where r.started_at > ? order by s.run_id""",
        [stamp(now - FORTNIGHT - DAY)],
    )
    local, first = now.astimezone(IST), dict[str, int]()
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for source, at, new, is_first in rows:
        moment = parse_stamp(at).astimezone(IST)
        if moment.hour <= local.hour:
            counts[source][(local.date() - moment.date()).days] += new
        if is_first and moment.date() < local.date():
            first[source] = (local.date() - moment.date()).days
    return {source: (days[0], _usual(days, first.get(source))) for source, days in counts.items()}


def _usual(days: dict[int, int], first: int | None) -> float | None:
    """The median of the past days, without the very first one: what it brought had piled up."""
    past = [new for ago, new in days.items() if 0 < ago <= FORTNIGHT.days and ago != first]
    return median(past) if past else None


def _coverage(db: Database, now: datetime) -> dict[str, dict[str, dict[str, Any]]]:
    """Source → field → the share of the last day, and of the fortnight before it."""
    rows = db.execute(
        """select f.source, f.field, sum(f.held) filter (where r.started_at > :day),
          sum(f.of) filter (where r.started_at > :day),
          sum(f.held) filter (where r.started_at <= :day), sum(f.of) filter (where r.started_at <= :day)
        from run_fields f join runs r on r.id = f.run_id where r.started_at > :fortnight group by 1, 2""",
        {"day": stamp(now - DAY), "fortnight": stamp(now - FORTNIGHT)},
    )
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for source, field, held, of, usually, usually_of in rows:
        share = {"held": held or 0, "of": of or 0, "usual": round(usually / usually_of, 3) if usually_of else None}
        found[source][field] = share
    return found


def _refused(db: Database, now: datetime) -> dict[str, dict[str, int]]:
    """Source → outcome → how many visits of the last day ended so, those apart that are as they should be."""
    rows = db.execute(
        """select o.source, o.outcome, sum(o.pages) from run_outcomes o join runs r on r.id = o.run_id
        where r.started_at > ? group by 1, 2 order by 3 desc""",
        [stamp(now - DAY)],
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for source, outcome, pages in rows:
        if outcome not in WELL:
            found[source][outcome] = pages
    return found


# --- load ---


def _fetched(db: Database, now: datetime) -> dict[str, float]:
    """Source → MB a day fetched, over the last week or what is known of it."""
    rows = db.execute(
        """select s.source, sum(s.bytes), min(r.started_at) from run_sources s join runs r on r.id = s.run_id
        where r.started_at > ? group by 1""",
        [stamp(now - WEEK)],
    )
    return {source: round(size / 1e6 / max(1.0, (now - parse_stamp(first)) / DAY), 2) for source, size, first in rows}


def _due(db: Database, now: datetime) -> dict[str, int]:
    """Source → addresses whose time has come."""
    rows = db.execute("select source, count(*) from pages where next_at <= ? group by 1", [stamp(now)])
    return dict(rows.fetchall())


def _robots(db: Database) -> dict[str, str]:
    """Source → when a robots.txt of one of its hosts last began to say something else."""
    changed = {urls.host_of(origin): at for origin, at in robots_changes(db).items()}
    rows = db.execute("select distinct source, host from pages where kind <> 'page'").fetchall()
    found: dict[str, str] = {}
    for source, host in rows:
        if host in changed:
            found[source] = max(found.get(source, ""), changed[host])
    return found


def growth(db: Database, now: datetime, free: int) -> Growth:
    """By the sizes the archive had at the ends of the last fortnight's runs. `free`: bytes left beside it."""
    rows = db.execute(
        "select finished_at, archive_bytes from runs where archive_bytes is not null and started_at > ? order by id",
        [stamp(now - FORTNIGHT)],
    ).fetchall()
    days = (parse_stamp(rows[-1][0]) - parse_stamp(rows[0][0])) / DAY if rows else 0
    if days < 1:
        return Growth(None, None)
    a_day = (rows[-1][1] - rows[0][1]) / days
    left = free / a_day if a_day > 0 else None
    full = (now + timedelta(days=left)).astimezone(IST).date().isoformat() if left and left < 36500 else None
    return Growth(round(a_day / 1e6, 2), full)
