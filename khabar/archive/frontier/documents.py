"""Feeds, sitemaps and listings: how often each is asked, learned from its own record; which are dead."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from khabar.model import schedule
from khabar.model.clock import parse_stamp, stamp
from khabar.model.items import Outcome, Page, PageKind
from khabar.model.sources import Source

A_WEEK = timedelta(days=7)
GRACE = timedelta(days=1)  # a sitemap may name a link so much later than the feed did, and still lead
ALIVE = timedelta(days=2)  # a news sitemap read within this time leads
STILL = timedelta(days=3)  # a child sitemap unchanged for longer waits until its index names it again
GONE_AGAIN = timedelta(days=1)  # a document that is gone, forbidden or moved may come back


@dataclass(frozen=True, slots=True)
class Row:
    """A document's ledger row, as far as its next reading depends on it."""

    id: int
    kind: PageKind
    found_on: int | None
    hint_modified: str | None


@dataclass(frozen=True, slots=True)
class _Record:
    """What we know of a document. Before its first reading all but `every` is None."""

    every: timedelta
    read_at: datetime | None = None
    last_new: datetime | None = None
    failing_since: datetime | None = None
    retired_at: datetime | None = None


def again(db: Database, row: Row, outcome: Outcome, source: Source, now: datetime) -> datetime | None:
    """When a document that ended so is due again, with its record brought up to date. Inside the visit's transaction.

    None: a child that has long been still waits for its index to name it again.
    """
    known = _record(db, row)
    if outcome is Outcome.ALIAS:
        return now + GONE_AGAIN
    if outcome is not Outcome.FEED:
        return _failed(db, row, known, now)
    brought = _brought(db, row.id, known.read_at or now - timedelta(seconds=1))
    every = known.every
    if known.read_at:  # the first reading brings what came in unknown time
        every = schedule.learned(row.kind, every, now - known.read_at, brought, _least(source))
    fresh = _Record(every, now, now if brought else known.last_new or known.read_at or now)
    _remember(db, row.id, fresh)
    if row.found_on and row.hint_modified and row.hint_modified < stamp(now - STILL):
        return None
    return now + (schedule.DAILY if _is_quiet(db, row, fresh, source, now) else every)


def _record(db: Database, row: Row) -> _Record:
    told = db.execute(
        "select every, read_at, last_new, failing_since, retired_at from documents where page_id = ?", [row.id]
    ).fetchone()
    if told is None:
        return _Record(schedule.POLL_EVERY[row.kind])
    return _Record(timedelta(seconds=told[0]), *(parse_stamp(moment) if moment else None for moment in told[1:]))


def _remember(db: Database, page_id: int, record: _Record) -> None:
    moments = (record.read_at, record.last_new, record.failing_since, record.retired_at)
    db.execute(
        """insert into documents (page_id, every, read_at, last_new, failing_since, retired_at)
        values (?, ?, ?, ?, ?, ?) on conflict (page_id) do update set every = excluded.every,
          read_at = excluded.read_at, last_new = excluded.last_new, failing_since = excluded.failing_since,
          retired_at = excluded.retired_at""",
        [page_id, int(record.every.total_seconds()), *(moment and stamp(moment) for moment in moments)],
    )


def _failed(db: Database, row: Row, known: _Record, now: datetime) -> datetime:
    """A day later again; what has failed for two weeks is retired, and asked once a month whether it is back."""
    since = known.failing_since or now
    is_dead = schedule.is_over_and_done(since, now)
    retired_at = (known.retired_at or now) if is_dead else None
    _remember(db, row.id, _Record(known.every, known.read_at, known.last_new, since, retired_at))
    return now + (schedule.RETIRED_AGAIN if is_dead else GONE_AGAIN)


def _brought(db: Database, page_id: int, since: datetime) -> int:
    """How many pages a document, or (an index) its children, brought since then that nobody had named before."""
    count: int = db.execute(
        """select count(*) from pages where first_seen > :since and kind = 'page' and outcome is not 'denied'
        and found_on in (select :page union all
          select id from pages where found_on = :page and kind = 'sitemap')""",
        {"page": page_id, "since": stamp(since)},
    ).fetchone()[0]
    return count


def _least(source: Source) -> timedelta:
    return schedule.least_interval(sum(1 for _ in source.documents()), source.delay)


def _is_quiet(db: Database, row: Row, record: _Record, source: Source, now: datetime) -> bool:
    """Whether a daily look is enough: nothing new for a week, or (a feed) nothing the news sitemap had not, either."""
    assert record.last_new
    if record.last_new < now - A_WEEK:
        return True
    return row.kind == "feed" and _sitemap_leads(db, source, now) and _is_covered(db, row.id, now)


def _sitemap_leads(db: Database, source: Source, now: datetime) -> bool:
    return bool(
        db.execute(
            """select 1 from pages where source = ? and kind = 'sitemap' and how = 'news-sitemap' and outcome = 'feed'
            and last_asked >= ?""",
            [source.key, stamp(now - ALIVE)],
        ).fetchone()
    )


def _is_covered(db: Database, page_id: int, now: datetime) -> bool:
    """Whether sitemaps have named every article the document was first to point at, for a week now."""
    known, uncovered = db.execute(
        """select (select first_seen from pages where id = :page) <= :week_ago,
        exists (select 1 from pages p left join pages t on t.id = p.alias_of where p.found_on = :page
          and p.first_seen between :week_ago and :a_day_ago and p.sitemap_at is null and t.sitemap_at is null
          and coalesce(p.outcome, 'article') in ('article', 'alias'))""",
        {"page": page_id, "week_ago": stamp(now - A_WEEK), "a_day_ago": stamp(now - GRACE)},
    ).fetchone()
    return bool(known) and not uncovered


# --- bodies ---


def hash_of(page: Page) -> str:
    """What a body is recognised by when it comes again."""
    return hashlib.sha256(page.body).hexdigest()


def remember_body(db: Database, page_id: int, page: Page) -> None:
    """The body that was read, so that the same one need not be read again."""
    db.execute("update documents set body_sha256 = ? where page_id = ?", [hash_of(page), page_id])


# --- what operators are told ---


def retired(db: Database, run: int | None = None) -> list[tuple[str, str, str, str]]:
    """(source, address, failing since, evidence) of each retired document; `run`: of those it retired."""
    rows = db.execute(
        """select source, url, failing_since, outcome || ' ' || evidence from document_list
        where retired_at >= coalesce((select started_at from runs where id = ?), '') order by source, url""",
        [run],
    )
    return list(rows)
