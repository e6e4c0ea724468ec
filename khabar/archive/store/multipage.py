"""Stories told on several pages: which rows of the ledger are later pages of which first one.

A later page is fetched and kept like any other, and its words live in its snapshot. When it was
read the first page is woken: it goes the way of a page kept and not yet read, and is joined with
all that go on from it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from khabar.archive.frontier import url_store
from khabar.archive.store import changes, embeds, snapshots
from khabar.model import urls
from khabar.model.clock import format_utc
from khabar.model.items import Article, DiscoveredLink, Outcome, Visit
from khabar.model.sources import Source

MAX_PAGES = 50  # pages of one story: a gallery may show a picture a page


@dataclass(frozen=True, slots=True)
class LaterPage:
    """A later page: its row, its number, its latest kept body (None: not here), why it is none
    after all.
    """

    page_id: int
    number: int
    snapshot_id: int | None
    refusal: str | None


def list_later_pages(db: Database, head_id: int) -> list[LaterPage]:
    """The later pages known of a story, one for each number, in order."""
    rows = db.execute(
        """select t.page_id, t.number, coalesce(s.same_as, s.id), t.refused from parts t
        join pages p on p.id = t.page_id left join snapshots s on s.id = p.snapshot_id
        where t.head_id = ? order by t.number, t.refused is not null, t.page_id""",
        [head_id],
    )
    pages: dict[int, LaterPage] = {}
    for row in rows:
        pages.setdefault(row[1], LaterPage(*row))
    return list(pages.values())


def find_position(db: Database, page_id: int) -> tuple[int, int] | None:
    """(first page's row, number) of a row that is a later page; None for any other, also for one
    refused.
    """
    row = db.execute(
        "select head_id, number from parts where page_id = ? and refused is null", [page_id]
    ).fetchone()
    return (row[0], row[1]) if row else None


def can_be_later_page(db: Database, page_id: int) -> bool:
    """Whether a page may still turn out to be a later one: it is no article of its own and was
    not refused.
    """
    return not db.execute(
        """select 1 from pages p where p.id = :page and (p.article_id is not null
        or exists (select 1 from parts where page_id = :page and refused is not null))""",
        {"page": page_id},
    ).fetchone()


def enqueue_next_page(
    db: Database, source: Source, link: str, position: tuple[int, int], now: datetime, found_on: int
) -> None:
    """Puts the page a story goes on with on the ledger, at `position` (first page's row, number),
    due now.

    The first page's own address answers for it, so the source's article pattern is not asked; its
    `deny` is. One that is an article of its own, or stands elsewhere already, stays what it is.
    """
    head_id, number = position
    url = source.canonicalize_url(link)
    if (
        number > MAX_PAGES
        or urls.reject_reason(url)
        or not source.is_own_url(url)
        or any(re.search(pattern, url) for pattern in source.article.deny)
    ):
        return
    db.execute(
        """insert into pages (url, source, host, kind, state, next_at, how, found_on, first_seen)
        values (:url, :source, :host, 'page', 'new', :now, 'next-page', :found_on, :now)
        on conflict (url) do nothing""",
        {
            "url": url,
            "source": source.key,
            "host": urls.get_host(url),
            "now": format_utc(now),
            "found_on": found_on,
        },
    )
    page_id = db.execute("select id from pages where url = ?", [url]).fetchone()[0]
    if page_id == head_id or not can_be_later_page(db, page_id):
        return
    db.execute(
        "update pages set state = 'new', next_at = ? where id = ? and outcome = ?",
        [format_utc(now), page_id, Outcome.DENIED],
    )
    _insert_later_page(db, page_id, head_id, number)


def _insert_later_page(db: Database, page_id: int, head_id: int, number: int) -> None:
    """Also what was thought to go on from this page goes on from its first one; a page kept
    already is a part now.
    """
    db.execute(
        "insert into parts (page_id, head_id, number) values (?, ?, ?) on conflict (page_id) do nothing",
        [page_id, head_id, number],
    )
    db.execute("update parts set head_id = ? where head_id = ?", [head_id, page_id])
    db.execute(
        """update pages set outcome = ?, alias_of = ?, evidence = ? where id = ? and state = 'done'
        and snapshot_id is not null and outcome not in (?, ?)""",
        [Outcome.PART, head_id, f"page {number}", page_id, Outcome.PART, Outcome.NOT_FOUND],
    )


def redirect_later_page(db: Database, page_id: int, target: int) -> None:
    """A later page that only points at another address: that one takes its place, unless it is
    the first page's own.
    """
    position = find_position(db, page_id)
    if position is None:
        return
    set_refusal(db, page_id, "it points at another address")
    if target != position[0] and can_be_later_page(db, target):
        _insert_later_page(db, target, *position)


def set_refusal(db: Database, page_id: int, reason: str) -> None:
    """No later page after all."""
    db.execute("update parts set refused = ? where page_id = ?", [reason, page_id])


def reject_page(db: Database, source: Source, page_id: int, reason: str, now: datetime) -> None:
    """A kept page that was taken for a later one: read as a page of its own, where its address
    may be one.
    """
    set_refusal(db, page_id, reason)
    url = db.execute("select url from pages where id = ?", [page_id]).fetchone()[0]
    if source.is_article(url):
        requeue_page(db, page_id, now)
    else:
        url_store.set_outcome(
            db, page_id, Outcome.DENIED, f"no later page of the story that names it: {reason}", now
        )


def requeue_page(db: Database, page_id: int, now: datetime) -> None:
    """Has a kept page read again from its snapshot, by this run or the next."""
    db.execute(
        "update pages set state = 'fetched', next_at = ? where id = ? and snapshot_id is not null",
        [format_utc(now), page_id],
    )


def update_content_hash(db: Database, page_id: int, article: Article) -> bool:
    """Whether a later page reads otherwise than before; what it says now is remembered."""
    content = [
        changes.build_block_spans(article.blocks),
        article.text,
        [embeds.build_embed_key(item) for item in article.embeds],
        [item.url for item in article.images],
    ]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    cursor = db.execute(
        "update parts set read_sha256 = :sha where page_id = :page and read_sha256 is not :sha",
        {"sha": digest, "page": page_id},
    )
    return bool(cursor.rowcount)


def list_bodies(pages: Iterable[LaterPage]) -> tuple[tuple[int, int], ...]:
    """What a joined reading is made of: (row, kept body) of each later page that is here and
    counts.
    """
    return tuple(
        (page.page_id, page.snapshot_id) for page in pages if page.snapshot_id and not page.refusal
    )


# --- a visit's end ---


def add_later_page(db: Database, source: Source, visit: Visit, now: datetime) -> tuple[int, int]:
    """A later page was read: what it goes on with is noted, its first page woken if it reads
    otherwise than before.

    Returns (first page's row, number).
    """
    assert visit.article and visit.snapshot_id
    position = find_position(db, visit.page_id) or _attach_to_previous(db, source, visit, now)
    if visit.article.next_url:
        enqueue_next_page(
            db, source, visit.article.next_url, (position[0], position[1] + 1), now, visit.page_id
        )
    if update_content_hash(db, visit.page_id, visit.article):
        requeue_page(db, position[0], now)
    elif previous_body_id := _find_previous_body(db, visit.page_id, visit.snapshot_id):
        snapshots.drop_duplicate_body(db, visit.snapshot_id, previous_body_id)
    return position


def _attach_to_previous(
    db: Database, source: Source, visit: Visit, now: datetime
) -> tuple[int, int]:
    """A page found before the one it goes on from: that one goes on the ledger."""
    assert visit.article and visit.article.previous_url
    number = urls.next_page_number(visit.article.previous_url, visit.article.url) or 2
    (previous_id,) = url_store.upsert_urls(
        db, source, [DiscoveredLink(visit.article.previous_url, "first-page")], now, visit.page_id
    )
    position = find_position(db, previous_id)
    head_id = position[0] if position else previous_id
    _insert_later_page(db, visit.page_id, head_id, number)
    return head_id, number


def _find_previous_body(db: Database, page_id: int, snapshot_id: int) -> int | None:
    row = db.execute(
        "select id from snapshots where page_id = ? and id < ? and same_as is null order by id desc limit 1",
        [page_id, snapshot_id],
    ).fetchone()
    return row[0] if row else None


def finish_first_page(db: Database, source: Source, visit: Visit, now: datetime) -> None:
    """The first page was filed: what it goes on with is noted, strangers go their own way.

    When a later page came in while it was being read, it is read once more.
    """
    assert visit.article
    if visit.article.next_url:
        enqueue_next_page(
            db, source, visit.article.next_url, (visit.page_id, 2), now, visit.page_id
        )
    if visit.page:
        schedule_later_pages(db, visit.page_id, visit.page.fetched_at)
    for page_id, reason in visit.strangers:
        reject_page(db, source, page_id, reason, now)
    unrelated_ids = {page_id for page_id, _ in visit.strangers}
    if list_bodies(list_later_pages(db, visit.page_id)) != tuple(
        page for page in visit.joined if page[0] not in unrelated_ids
    ):
        requeue_page(db, visit.page_id, now)


def schedule_later_pages(db: Database, head_id: int, seen_at: datetime) -> None:
    """Later pages have no time of their own: they are asked for again when their first page was,
    and after it.
    """
    db.execute(
        """update pages set next_at = :now where last_asked < :now and state = 'done'
        and id in (select page_id from parts where head_id = :head and refused is null)""",
        {"now": format_utc(seen_at), "head": head_id},
    )
