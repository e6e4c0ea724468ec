"""Multi-page articles: which pages are later pages of which first page (table parts).

A later page is fetched and stored like any other; its text stays in its snapshot. After a later
page is extracted, the first page is queued for extraction again from its snapshot, and joined with
all its later pages.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from khabar.archive.frontier import outcomes, url_store
from khabar.archive.frontier.url_store import MAX_HOPS
from khabar.archive.store import embeds, snapshots
from khabar.model import urls
from khabar.model.article_rows import build_block_spans
from khabar.model.clock import format_utc
from khabar.model.items import Article, DiscoveredLink, Outcome, Visit
from khabar.model.sources import Source

# Pages of one article: as many as of any other chain of pages.
MAX_PAGES = MAX_HOPS


@dataclass(frozen=True, slots=True)
class LaterPage:
    """A later page: the id of its frontier row, its number, its newest snapshot with a body.

    `snapshot_id` None: not fetched yet. `refusal`: why it is no later page after all; None when it
    is one.
    """

    page_id: int
    number: int
    snapshot_id: int | None
    refusal: str | None


def list_later_pages(db: Database, head_id: int) -> list[LaterPage]:
    """Returns the known later pages of an article, one per number, in order."""
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
    """Returns (first page's id, number) of a later page; None for any other or a rejected one."""
    row = db.execute(
        "select head_id, number from parts where page_id = ? and refused is null", [page_id]
    ).fetchone()
    return (row[0], row[1]) if row else None


def can_be_later_page(db: Database, page_id: int) -> bool:
    """Returns whether a page may be a later page: it is no article itself and was not rejected."""
    return not db.execute(
        """select 1 from pages p where p.id = :page and (p.article_id is not null
        or exists (select 1 from parts where page_id = :page and refused is not null))""",
        {"page": page_id},
    ).fetchone()


def enqueue_next_page(
    db: Database, source: Source, link: str, position: tuple[int, int], now: datetime, found_on: int
) -> None:
    """Adds the page that `link` names to the frontier, due now.

    `position` is (first page's id, number). The source's article pattern is not applied, because
    the first page matched it; its `deny` patterns are. A page that is an article of its own, is a
    later page already, or was rejected as one before, is left unchanged.
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
    """Records a page as a later page; its own later pages move to the first page.

    A page that was stored under another outcome becomes PART.
    """
    db.execute(
        """insert into parts (page_id, head_id, number) values (?, ?, ?)
        on conflict (page_id) do nothing""",
        [page_id, head_id, number],
    )
    db.execute("update parts set head_id = ? where head_id = ?", [head_id, page_id])
    db.execute(
        """update pages set outcome = ?, alias_of = ?, evidence = ? where id = ? and state = 'done'
        and snapshot_id is not null and outcome not in (?, ?)""",
        [Outcome.PART, head_id, f"page {number}", page_id, Outcome.PART, Outcome.NOT_FOUND],
    )


def redirect_later_page(db: Database, page_id: int, target: int) -> None:
    """Replaces a later page that redirects by its target, unless the target is the first page."""
    position = find_position(db, page_id)
    if position is None:
        return
    set_refusal(db, page_id, "it points at another address")
    if target != position[0] and can_be_later_page(db, target):
        _insert_later_page(db, target, *position)


def set_refusal(db: Database, page_id: int, reason: str) -> None:
    """Marks a page as no later page after all."""
    db.execute("update parts set refused = ? where page_id = ?", [reason, page_id])


def reject_page(db: Database, source: Source, page_id: int, reason: str, now: datetime) -> None:
    """Marks a stored page as no later page, and queues it for extraction as a page of its own.

    Where the source's rules do not match its URL, it ends as DENIED instead.
    """
    set_refusal(db, page_id, reason)
    url = db.execute("select url from pages where id = ?", [page_id]).fetchone()[0]
    if source.is_article(url):
        requeue_page(db, page_id, now)
    else:
        outcomes.set_outcome(
            db, page_id, Outcome.DENIED, f"no later page of the story that names it: {reason}", now
        )


def requeue_page(db: Database, page_id: int, now: datetime) -> None:
    """Queues a stored page for extraction from its snapshot, in this run or the next."""
    db.execute(
        "update pages set state = 'fetched', next_at = ? where id = ? and snapshot_id is not null",
        [format_utc(now), page_id],
    )


def update_content_hash(db: Database, page_id: int, article: Article) -> bool:
    """Stores the hash of a later page's content. Returns whether it differs from the stored one."""
    content = [
        build_block_spans(article.blocks),
        article.text,
        [embeds.build_embed_key(embed) for embed in article.embeds],
        [image.url for image in article.images],
    ]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    cursor = db.execute(
        "update parts set read_sha256 = :sha where page_id = :page and read_sha256 is not :sha",
        {"sha": digest, "page": page_id},
    )
    return bool(cursor.rowcount)


def list_bodies(pages: Iterable[LaterPage]) -> tuple[tuple[int, int], ...]:
    """Returns (page id, snapshot id) of each later page that is stored and not rejected."""
    return tuple(
        (page.page_id, page.snapshot_id) for page in pages if page.snapshot_id and not page.refusal
    )


# --- saving a visit ---


def add_later_page(db: Database, source: Source, visit: Visit, now: datetime) -> tuple[int, int]:
    """Saves the extraction of a later page. Returns (first page's id, number).

    Its own next page is added to the frontier. The first page is queued for extraction when the
    content of this one changed; else the stored body is dropped as a duplicate of the previous one.
    """
    assert visit.article
    position = find_position(db, visit.page_id) or _attach_to_previous(db, source, visit, now)
    if visit.article.next_url:
        enqueue_next_page(
            db, source, visit.article.next_url, (position[0], position[1] + 1), now, visit.page_id
        )
    if update_content_hash(db, visit.page_id, visit.article):
        requeue_page(db, position[0], now)
    elif visit.snapshot_id and (
        previous_body_id := _find_previous_body(db, visit.page_id, visit.snapshot_id)
    ):
        snapshots.drop_duplicate_body(db, visit.snapshot_id, previous_body_id)
    return position


def _attach_to_previous(
    db: Database, source: Source, visit: Visit, now: datetime
) -> tuple[int, int]:
    """Attaches a page to the previous one that it links to, which is added to the frontier."""
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
        """select id from snapshots where page_id = ? and id < ? and same_as is null
        order by id desc limit 1""",
        [page_id, snapshot_id],
    ).fetchone()
    return row[0] if row else None


def finish_first_page(db: Database, source: Source, visit: Visit, now: datetime) -> None:
    """Saves the page links of a first page: adds its next page, rejects unrelated pages.

    The first page is queued for extraction again when its later pages changed while it was
    extracted.
    """
    assert visit.article
    if visit.article.next_url:
        enqueue_next_page(
            db, source, visit.article.next_url, (visit.page_id, 2), now, visit.page_id
        )
    later_pages = list_later_pages(db, visit.page_id)
    if not later_pages and not visit.joined and not visit.unrelated_pages:
        return
    if visit.page:
        schedule_later_pages(db, visit.page_id, visit.page.fetched_at)
    for page_id, reason in visit.unrelated_pages:
        reject_page(db, source, page_id, reason, now)
    unrelated_ids = {page_id for page_id, _ in visit.unrelated_pages}
    if list_bodies(list_later_pages(db, visit.page_id)) != tuple(
        page for page in visit.joined if page[0] not in unrelated_ids
    ):
        requeue_page(db, visit.page_id, now)


def schedule_later_pages(db: Database, head_id: int, seen_at: datetime) -> None:
    """Makes the later pages due that were last fetched before their first page (at `seen_at`).

    They have no schedule of their own and follow their first page.
    """
    db.execute(
        """update pages set next_at = :now where last_asked < :now and state = 'done'
        and id in (select page_id from parts where head_id = :head and refused is null)""",
        {"now": format_utc(seen_at), "head": head_id},
    )
