"""Polling of documents (feeds, sitemaps, listings): the interval of each, adapted to the number
of its new links; which ones are retired because they have failed for too long.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from khabar.model import schedule
from khabar.model.clock import format_utc, parse_utc
from khabar.model.items import Outcome, Page, PageKind
from khabar.model.sources import Source

# All chosen by hand, not measured.
ONE_WEEK = timedelta(days=7)  # without new links for so long, a document is polled daily
SITEMAP_DELAY = timedelta(days=1)  # how much later than a feed a sitemap may name the same link
SITEMAP_MAX_AGE = timedelta(days=2)  # a news sitemap not read within this time replaces no feed
# A child sitemap whose lastmod is older is not polled until its index names it as modified.
CHILD_UNCHANGED_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """The columns of a document's row in `pages` that its next poll depends on."""

    id: int
    kind: PageKind
    found_on: int | None
    hint_modified: str | None
    alias_of: int | None = None


@dataclass(frozen=True, slots=True)
class _DocumentState:
    """A row of `documents`. Before the first reading all fields except `poll_interval` are None."""

    poll_interval: timedelta
    read_at: datetime | None = None
    last_new: datetime | None = None
    failing_since: datetime | None = None
    retired_at: datetime | None = None


def next_poll(
    db: Database, row: DocumentRow, outcome: Outcome, source: Source, now: datetime
) -> datetime | None:
    """Updates the polling record of a document after a visit, and returns when to poll it next.

    The record stays as it is for a document that moved (ALIAS) to another that can be read. Returns
    None for a child sitemap unchanged for CHILD_UNCHANGED_AFTER: it waits until its index names it
    again. Call it inside the visit's transaction.
    """
    state = _load_state(db, row)
    if outcome is Outcome.ALIAS and _is_target_read(db, row.alias_of):
        return now + schedule.DAILY
    if outcome is not Outcome.FEED:
        return _schedule_after_failure(db, row, state, now)
    new_links = _count_new_links(db, row.id, state.read_at or now - timedelta(seconds=1))
    interval = state.poll_interval
    if state.read_at:  # the links of the first reading accumulated over an unknown time
        minimum = schedule.min_poll_interval(sum(1 for _ in source.iter_documents()), source.delay)
        interval = schedule.next_poll_interval(
            row.kind, interval, now - state.read_at, new_links, minimum
        )
    new_state = _DocumentState(
        interval, now, now if new_links else state.last_new or state.read_at or now
    )
    _save_state(db, row.id, new_state)
    if (
        row.found_on
        and row.hint_modified
        and row.hint_modified < format_utc(now - CHILD_UNCHANGED_AFTER)
    ):
        return None
    return now + (
        schedule.DAILY if _needs_daily_poll_only(db, row, new_state, source, now) else interval
    )


def _load_state(db: Database, row: DocumentRow) -> _DocumentState:
    record = db.execute(
        """select every, read_at, last_new, failing_since, retired_at
        from documents where page_id = ?""",
        [row.id],
    ).fetchone()
    if record is None:
        return _DocumentState(schedule.FIRST_POLL_INTERVALS[row.kind])
    return _DocumentState(
        timedelta(seconds=record[0]), *(parse_utc(value) if value else None for value in record[1:])
    )


def _save_state(db: Database, page_id: int, state: _DocumentState) -> None:
    times = (state.read_at, state.last_new, state.failing_since, state.retired_at)
    db.execute(
        """insert into documents (page_id, every, read_at, last_new, failing_since, retired_at)
        values (?, ?, ?, ?, ?, ?) on conflict (page_id) do update set every = excluded.every,
          read_at = excluded.read_at, last_new = excluded.last_new,
          failing_since = excluded.failing_since, retired_at = excluded.retired_at""",
        [
            page_id,
            int(state.poll_interval.total_seconds()),
            *(time and format_utc(time) for time in times),
        ],
    )


def _schedule_after_failure(
    db: Database, row: DocumentRow, state: _DocumentState, now: datetime
) -> datetime:
    """Schedules a retry, see `schedule.next_document_retry`. A document that has failed for
    `schedule.RETIRE_AFTER` is retired and retried every `schedule.RETIRED_INTERVAL`.
    """
    failing_since = state.failing_since or now
    is_retired = schedule.is_retired(failing_since, now)
    retired_at = (state.retired_at or now) if is_retired else None
    _save_state(
        db,
        row.id,
        _DocumentState(
            state.poll_interval, state.read_at, state.last_new, failing_since, retired_at
        ),
    )
    if is_retired:
        return now + schedule.RETIRED_INTERVAL
    return schedule.next_document_retry(failing_since, now)


def _is_target_read(db: Database, target: int | None) -> bool:
    """Whether the document that another one moved to could be read."""
    row = db.execute("select outcome from pages where id = ?", [target]).fetchone()
    return row is not None and row[0] == Outcome.FEED


def _count_new_links(db: Database, page_id: int, since: datetime) -> int:
    """Counts the page URLs first seen after `since` on the document or on its child sitemaps."""
    count: int = db.execute(
        """select count(*) from pages
        where first_seen > :since and kind = 'page' and outcome is not 'denied'
          and found_on in (select :page union all
            select id from pages where found_on = :page and kind = 'sitemap')""",
        {"page": page_id, "since": format_utc(since)},
    ).fetchone()[0]
    return count


def _needs_daily_poll_only(
    db: Database, row: DocumentRow, state: _DocumentState, source: Source, now: datetime
) -> bool:
    """Whether polling once a day is enough: no new link for a week, or a feed whose links the
    source's news sitemap names as well.
    """
    assert state.last_new
    if state.last_new < now - ONE_WEEK:
        return True
    return (
        row.kind == "feed"
        and _has_recent_news_sitemap(db, source, now)
        and _is_covered(db, row.id, now)
    )


def _has_recent_news_sitemap(db: Database, source: Source, now: datetime) -> bool:
    """Whether a news sitemap of the source was read within SITEMAP_MAX_AGE."""
    row = db.execute(
        """select 1 from pages where source = ? and kind = 'sitemap' and how = 'news-sitemap'
        and outcome = 'feed' and last_asked >= ?""",
        [source.key, format_utc(now - SITEMAP_MAX_AGE)],
    ).fetchone()
    return row is not None


def _is_covered(db: Database, page_id: int, now: datetime) -> bool:
    """Whether sitemaps named every article that the document linked first in the last week, apart
    from those of the last SITEMAP_DELAY. False for a document known for less than a week.
    """
    is_week_old, has_uncovered = db.execute(
        """select (select first_seen from pages where id = :page) <= :week_ago,
        exists (select 1 from pages p left join pages t on t.id = p.alias_of
          where p.found_on = :page and p.first_seen between :week_ago and :a_day_ago
            and p.sitemap_at is null and t.sitemap_at is null
            and coalesce(p.outcome, 'article') in ('article', 'alias'))""",
        {
            "page": page_id,
            "week_ago": format_utc(now - ONE_WEEK),
            "a_day_ago": format_utc(now - SITEMAP_DELAY),
        },
    ).fetchone()
    return bool(is_week_old) and not has_uncovered


# --- bodies ---


def hash_body(page: Page) -> str:
    """Returns the SHA-256 of a body, by which an unchanged document is recognised."""
    return hashlib.sha256(page.body).hexdigest()


def save_body_hash(db: Database, page_id: int, page: Page) -> None:
    """Stores the hash of the body that was parsed, so that the same body is not parsed again."""
    db.execute(
        "update documents set body_sha256 = ?, full_at = ? where page_id = ?",
        [hash_body(page), format_utc(page.fetched_at), page_id],
    )


# --- for operators ---


# The URL rows `p` of all documents: an index of `pages` begins with source and kind, so that the
# pages of a source, which are many more, are not read.
DOCUMENT_PAGES = """sources s cross join pages p
  on p.source = s.key and p.kind in ('feed', 'sitemap', 'listing')"""


def list_retired(db: Database, run: int | None = None) -> list[tuple[str, str, str, str]]:
    """Returns (source, URL, failing since, outcome with evidence) of each retired document. `run`:
    only of those retired since that run started.
    """
    rows = db.execute(
        """select p.source, p.url, d.failing_since, p.outcome || ' ' || p.evidence
        from documents d cross join pages p on p.id = d.page_id
        where d.retired_at >= coalesce((select started_at from runs where id = ?), '')
        order by p.source, p.url""",
        [run],
    )
    return list(rows)
