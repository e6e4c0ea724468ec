"""The ledger: one row per URL ever known, what became of it, and when to ask again. It is the
crawl's frontier.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from khabar.archive import takedowns
from khabar.archive.database import transaction
from khabar.model import schedule, urls
from khabar.model.clock import format_utc
from khabar.model.items import DiscoveredLink, Outcome
from khabar.model.sources import Source

MAX_ALIAS_HOPS = 5
SITEMAP_SOURCES = frozenset({"news-sitemap", "sitemap"})  # how a page was named by one


# --- the source's own documents ---


def register_source(db: Database, source: Source, now: datetime) -> None:
    """Puts a source and the documents its file names on the ledger; documents it no longer names
    rest.
    """
    with transaction(db):
        upsert_source(db, source, now)
        document_urls = [
            urls.normalize_url(document.url) for _, _, document in source.iter_documents()
        ]
        for (kind, discovered_via, _), url in zip(
            source.iter_documents(), document_urls, strict=True
        ):
            db.execute(
                """insert into pages (url, source, host, kind, state, next_at, how, first_seen)
                values (:url, :source, :host, :kind, 'new', :now, :how, :now)
                on conflict (url) do update set source = excluded.source, kind = excluded.kind, backfill = 0,
                  next_at = coalesce(next_at, excluded.next_at)""",
                {
                    "url": url,
                    "source": source.key,
                    "host": urls.get_host(url),
                    "kind": kind,
                    "how": discovered_via,
                    "now": format_utc(now),
                },
            )
        db.execute(
            """update pages set next_at = null where source = ? and kind <> 'page' and found_on is null and not backfill
            and url not in (select value from json_each(?))""",
            [source.key, json.dumps(document_urls)],
        )


def upsert_source(db: Database, source: Source, now: datetime) -> None:
    """The source's row, for those who read the archive without its file."""
    db.execute(
        """insert into sources (key, name, name_en, homepage, permission, first_seen) values (?, ?, ?, ?, ?, ?)
        on conflict (key) do update set name = excluded.name, name_en = excluded.name_en,
          homepage = excluded.homepage, permission = excluded.permission""",
        [
            source.key,
            source.name,
            source.name_en,
            source.homepage,
            source.permission,
            format_utc(now),
        ],
    )


def upsert_unknown_source(db: Database, key: str, now: datetime) -> None:
    """A source an import names: its key is all we know, unless its file is ours."""
    db.execute(
        "insert into sources (key, name, first_seen) values (?, ?, ?) on conflict (key) do nothing",
        [key, key, format_utc(now)],
    )


# --- what was found ---


def upsert_urls(
    db: Database,
    source: Source,
    links: Iterable[DiscoveredLink],
    now: datetime,
    found_on: int | None,
    *,
    backfill: bool = False,
) -> list[int]:
    """Puts links on the ledger, each judged first: what must not be asked for gets its outcome at
    once.

    What a backfill found comes after everything else. Returns the rows the links stand for, in
    order. Call it inside a transaction.
    """
    return [_upsert_url(db, source, link, now, found_on, backfill=backfill) for link in links]


def _upsert_url(
    db: Database,
    source: Source,
    link: DiscoveredLink,
    now: datetime,
    found_on: int | None,
    *,
    backfill: bool,
) -> int:
    url, canonical = _normalize_link(source, link)
    takedown = takedowns.takedown_outcome(db, canonical)
    refusal = takedown or source.check_url(url, link.kind)
    row = {
        "url": canonical,
        "source": source.key,
        "host": urls.get_host(canonical),
        "kind": link.kind,
        "how": link.how,
        "found_on": found_on,
        "title": None if takedown else link.title,
        "published": link.published,
        "modified": _normalize_time(link.modified),
        "now": format_utc(now),
        "next_at": None if refusal else format_utc(now),
        "state": "done" if refusal else "new",
        "outcome": refusal[0] if refusal else None,
        "evidence": refusal[1] if refusal else "",
        "sitemap_at": format_utc(now) if link.how in SITEMAP_SOURCES else None,
        "backfill": backfill,
    }
    # A known page whose pointer says it changed since we asked is due, though never within the
    # hour. A sitemap that
    # rests is woken by the backfill that wants it, and belongs to the backfill until its own index
    # names it again.
    db.execute(
        """insert into pages (url, source, host, kind, state, outcome, evidence, next_at, how, found_on,
          hint_title, hint_published, hint_modified, first_seen, sitemap_at, backfill)
        values (:url, :source, :host, :kind, :state, :outcome, :evidence, :next_at, :how, :found_on,
          :title, :published, :modified, :now, :sitemap_at, :backfill)
        on conflict (url) do update set
          next_at = case when :backfill and kind = 'sitemap' then coalesce(next_at, excluded.next_at)
            when excluded.hint_modified > max(coalesce(hint_modified, ''), last_asked)
              and (outcome = 'article' or (kind = 'sitemap' and found_on is not null))
            then min(coalesce(next_at, '9'), max(:now, strftime('%Y-%m-%dT%H:%M:%SZ', last_asked, '+1 hour')))
            else next_at end,
          state = iif(:backfill and kind = 'sitemap' and next_at is null, excluded.state, state),
          backfill = iif(:backfill and kind = 'sitemap' and next_at is null, 1, min(backfill, excluded.backfill)),
          sitemap_at = coalesce(sitemap_at, excluded.sitemap_at),
          hint_title = coalesce(hint_title, excluded.hint_title),
          hint_published = coalesce(hint_published, excluded.hint_published),
          hint_modified = nullif(max(coalesce(excluded.hint_modified, ''), coalesce(hint_modified, '')), '')""",
        row,
    )
    page_id: int = db.execute("select id from pages where url = ?", [canonical]).fetchone()[0]
    if url != canonical:
        _add_alias(db, source, url, link, page_id, now)
    return page_id


def add_amp_alias(db: Database, source: Source, url: str, page_id: int, now: datetime) -> None:
    """The AMP twin a page names as its own: an alias, known without asking for it.

    One that does not carry its page's slug or number may be anything, and is judged like any link.
    """
    link = DiscoveredLink(url, "amp")
    amp_url, canonical = _normalize_link(source, link)
    page_url = db.execute("select url from pages where id = ?", [page_id]).fetchone()[0]
    if canonical == page_url or (
        source.check_url(amp_url) is None and urls.has_same_slug(page_url, amp_url)
    ):
        _add_alias(db, source, amp_url, link, page_id, now, "named by its page")
    else:
        upsert_urls(db, source, [link], now, page_id)


def _normalize_time(text: str | None) -> str | None:
    """A pointer's claim as the archive writes moments, so that two spellings of one instant
    compare as equal.
    """
    try:
        timestamp = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return format_utc(timestamp) if timestamp and timestamp.tzinfo else text


def schedule_now(db: Database, source: Source, url: str, now: datetime) -> str:
    """An address an operator named, due now whatever became of it before. Returns the one it stands
    for.

    Raises ArchiveError when it was taken down.
    """
    takedowns.check_not_taken_down(db, source.canonicalize_url(url))
    with transaction(db):
        (page_id,) = upsert_urls(db, source, [DiscoveredLink(url, "operator")], now, None)
        db.execute(
            "update pages set next_at = ?, tries = 0 where id = ?", [format_utc(now), page_id]
        )
    return source.canonicalize_url(url)


def add_imported_url(db: Database, url: str, source: str, article_id: int, now: datetime) -> None:
    """The row of an article that came from a file: known, and not asked for again."""
    db.execute(
        """insert into pages (url, source, host, kind, state, outcome, how, article_id, first_seen)
        values (?, ?, ?, 'page', 'done', ?, 'import', ?, ?)
        on conflict (url) do update set article_id = excluded.article_id""",
        [url, source, urls.get_host(url), Outcome.ARTICLE, article_id, format_utc(now)],
    )


def add_imported_alias(db: Database, url: str, source: str, article_id: int, now: datetime) -> None:
    """The row of another address of an article, from a file; an address known already stays what
    it is.
    """
    db.execute(
        """insert into pages (url, source, host, kind, state, outcome, evidence, how, alias_of, first_seen)
        select ?, ?, ?, 'page', 'done', ?, 'imported', 'import', p.id, ?
        from articles a join pages p on p.url = a.url where a.id = ? on conflict (url) do nothing""",
        [url, source, urls.get_host(url), Outcome.ALIAS, format_utc(now), article_id],
    )


def _normalize_link(source: Source, link: DiscoveredLink) -> tuple[str, str]:
    """The address as it was given and the one it stands for; a text that is no address stays as
    it is.
    """
    try:
        url = urls.normalize_url(link.url)
        return url, source.canonicalize_url(url) if link.kind == "page" else url
    except ValueError:
        return link.url, link.url


def _add_alias(
    db: Database,
    source: Source,
    url: str,
    link: DiscoveredLink,
    page_id: int,
    now: datetime,
    evidence: str = "by its address",
) -> None:
    """Another address of a row (AMP, mobile, tracked), known without asking for it."""
    db.execute(
        """insert into pages (url, source, host, kind, state, outcome, evidence, how, alias_of, first_seen)
        values (?, ?, ?, ?, 'done', ?, ?, ?, ?, ?) on conflict (url) do nothing""",
        [
            url,
            source.key,
            urls.get_host(url),
            link.kind,
            Outcome.ALIAS,
            evidence,
            link.how,
            page_id,
            format_utc(now),
        ],
    )


def is_alias_loop(db: Database, target: int, page_id: int) -> bool:
    """Whether following the aliases from `target` comes back to the page, or never ends."""
    for _ in range(MAX_ALIAS_HOPS):
        if target == page_id:
            return True
        row = db.execute("select alias_of from pages where id = ?", [target]).fetchone()
        if row is None or row[0] is None:
            return False
        target = row[0]
    return True


# --- what became of it ---


def set_outcome(
    db: Database,
    page_id: int,
    outcome: Outcome,
    evidence: str,
    now: datetime,
    *,
    next_at: datetime | None = None,
    article_id: int | None = None,
    alias_of: int | None = None,
) -> None:
    """A page's way has ended, in one named outcome, perhaps to begin again at `next_at`."""
    db.execute(
        """update pages set state = 'done', outcome = ?, evidence = ?, tries = 0, last_asked = ?, next_at = ?,
        article_id = coalesce(?, article_id), alias_of = ? where id = ?""",
        [
            outcome,
            evidence[:500],
            format_utc(now),
            next_at and format_utc(next_at),
            article_id,
            alias_of,
            page_id,
        ],
    )


def schedule_retry(
    db: Database,
    page_id: int,
    evidence: str,
    now: datetime,
    until: datetime,
    *,
    count_attempt: bool,
) -> None:
    """A page that could not be had now; `count_attempt` counts against its tries, a host's own
    pause does not.
    """
    db.execute(
        "update pages set evidence = ?, tries = tries + ?, last_asked = ?, next_at = ? where id = ?",
        [evidence[:500], int(count_attempt), format_utc(now), format_utc(until), page_id],
    )


def get_tries(db: Database, page_id: int) -> int:
    """How often in a row the page could not be had."""
    count: int = db.execute("select tries from pages where id = ?", [page_id]).fetchone()[0]
    return count


def save_validators(db: Database, page_id: int, headers: Any) -> None:
    """What a conditional GET will ask with next time."""
    db.execute(
        "update pages set etag = ?, last_modified = ? where id = ?",
        [headers.get("etag"), headers.get("last-modified"), page_id],
    )


def save_extractor_version(db: Database, page_id: int, version: str) -> None:
    """With which extractor the page was read, whatever became of it."""
    db.execute("update pages set extractor_version = ? where id = ?", [version, page_id])


def postpone_url(db: Database, page_id: int, reason: str, now: datetime) -> None:
    """A page our own fault kept from its end: later again, and in the end unreadable, but never
    forgotten.
    """
    with transaction(db):
        retry_at = schedule.next_retry(get_tries(db, page_id) + 1, now)
        if retry_at:
            schedule_retry(db, page_id, reason, now, retry_at, count_attempt=True)
        else:
            set_outcome(db, page_id, Outcome.UNREADABLE, reason, now)


def max_url_id(db: Database) -> int:
    """The last row of the ledger, 0 in an empty one."""
    max_id: int = db.execute("select coalesce(max(id), 0) from pages").fetchone()[0]
    return max_id


def unschedule_urls(db: Database, page_id: int | None, after_id: int) -> None:
    """An import asks for nothing: neither the page nor what it put on the ledger, the rows after
    `after_id`, is due.
    """
    db.execute(
        "update pages set next_at = null where (id = ? or id > ?) and state <> 'fetched'",
        [page_id, after_id],
    )
