"""The URL table `pages`, which is the crawl's frontier: a row for each known URL, with its outcome
and the time of its next request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from khabar.archive import takedowns
from khabar.archive.database import transaction
from khabar.archive.frontier import revisits
from khabar.model import schedule, urls
from khabar.model.clock import format_utc
from khabar.model.items import RETRYABLE, DiscoveredLink, Outcome
from khabar.model.sources import Source

# Longest chain of redirects, canonical links, AMP twins, next pages or child sitemaps that is
# followed; as browsers do with redirects (Fetch standard, 4.4).
MAX_HOPS = 20
# Values of `how` of a URL that the page or sitemap of the row `found_on` leads to.
CHAIN_HOWS = frozenset({"redirect", "canonical", "amp", "next-page", "first-page", "sitemap-index"})
NAMING_HOWS = frozenset({"feed", "news-sitemap", "sitemap", "listing"})
SITEMAP_SOURCES = frozenset({"news-sitemap", "sitemap"})  # values of `how` for links of a sitemap


def _quote_all(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


# --- sources and their documents ---


def register_source(db: Database, source: Source, now: datetime) -> None:
    """Inserts or updates a source and the documents (feeds, sitemaps, listings) in its file.

    Documents that the file no longer lists are unscheduled.
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
                on conflict (url) do update set source = excluded.source, kind = excluded.kind,
                  backfill = 0, next_at = coalesce(next_at, excluded.next_at)""",
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
            """update pages set next_at = null
            where source = ? and kind in ('feed', 'sitemap', 'listing') and found_on is null
              and not backfill
              and url not in (select value from json_each(?))""",
            [source.key, json.dumps(document_urls)],
        )


def upsert_source(db: Database, source: Source, now: datetime) -> None:
    """Inserts or updates the source's row, for readers of the archive without the source's file."""
    db.execute(
        """insert into sources (key, name, name_en, homepage, permission, first_seen)
        values (?, ?, ?, ?, ?, ?)
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
    """Inserts a source of which an import gives only the key; an existing row stays unchanged."""
    db.execute(
        "insert into sources (key, name, first_seen) values (?, ?, ?) on conflict (key) do nothing",
        [key, key, format_utc(now)],
    )


# --- discovered links ---


def upsert_urls(
    db: Database,
    source: Source,
    links: Iterable[DiscoveredLink],
    now: datetime,
    found_on: int | None,
    *,
    backfill: bool = False,
) -> list[int]:
    """Inserts or updates the URL rows of discovered links. A link that must not be requested gets
    its outcome at once.

    `found_on`: the id of the document with the links. `backfill`: request them with the lowest
    priority. Returns the ids of the links' canonical URLs, in order. Call it inside a transaction.
    """
    time = format_utc(now)
    is_lastmod_trusted = revisits.is_lastmod_trusted(db, source.key)
    is_chain_over = found_on is not None and count_hops(db, found_on) >= MAX_HOPS - 1
    targets = [(link, *_normalize_link(source, link)) for link in links]
    refusals = takedowns.takedown_outcomes(db, [canonical for _, _, canonical in targets])
    page_ids: dict[str, int] = {}
    rows: list[dict[str, object]] = []
    aliases: list[tuple[str, str, DiscoveredLink]] = []
    alias_urls: set[str] = set()
    for link, url, canonical in targets:
        if canonical in alias_urls:  # the row of an alias, which has to be there first
            _write_batch(db, source, rows, aliases, now, page_ids)
            rows, aliases, alias_urls = [], [], set()
        takedown = refusals.get(canonical)
        refusal = takedown or source.check_url(url, link.kind, canonical)
        if is_chain_over and link.how in CHAIN_HOWS:
            refusal = refusal or (Outcome.BAD_URL, f"over {MAX_HOPS} pages lead here in a chain")
        rows.append(
            {
                "url": canonical,
                "source": source.key,
                "host": urls.get_host(canonical),
                "kind": link.kind,
                "how": link.how,
                "found_on": found_on,
                "title": None if takedown else link.title,
                "published": link.published,
                "modified": _normalize_time(link.modified),
                "now": time,
                "next_at": None if refusal else time,
                "state": "done" if refusal else "new",
                "outcome": refusal[0] if refusal else None,
                "evidence": refusal[1] if refusal else "",
                "sitemap_at": time if link.how in SITEMAP_SOURCES else None,
                "named_at": time if link.how in NAMING_HOWS and not backfill else None,
                "backfill": backfill,
                "is_lastmod_trusted": is_lastmod_trusted,
                "day_ago": format_utc(now - schedule.DAILY),
                "asked_before": format_utc(now - schedule.RETRY_MIN_GAP),
                "failing_after": format_utc(now - schedule.RETRY_LIMIT),
            }
        )
        if url != canonical:
            aliases.append((url, canonical, link))
            alias_urls.add(url)
    _write_batch(db, source, rows, aliases, now, page_ids)
    return [page_ids[canonical] for _, _, canonical in targets]


# The page ended without an article, and one bad answer may be the reason; also before this was
# recorded in failing_since.
_GAVE_NONE = f"""kind = 'page' and state = 'done' and article_id is null
  and how not in ('redirect', 'import', 'verify') and (outcome in ({_quote_all(RETRYABLE)})
    or failing_since is not null or (outcome = 'alias' and evidence glob '30[1-8] to *'
      and (select t.article_id from pages t where t.id = pages.alias_of) is null))"""  # noqa: S608  (constants)
# Conditions on a row that a link names, in this order; the last is that a value changes: a row is
# not written again with the same.
# 1. A backfill reads an unscheduled sitemap again; it then counts as part of the backfill until its
#    index names it again.
# 2. A backfill requests a page again that gave no article.
# 3. A feed or news sitemap names such a page that is not scheduled: its retries go on.
# 4. A known article or child sitemap is due again when the link's modification time is later than
#    the last request, but at the earliest one hour after it (chosen by hand, not measured).
_UPSERT_URL = f"""
insert into pages (url, source, host, kind, state, outcome, evidence, next_at, how,
  found_on, hint_title, hint_published, hint_modified, first_seen, sitemap_at, named_at, backfill)
values (:url, :source, :host, :kind, :state, :outcome, :evidence, :next_at, :how,
  :found_on, :title, :published, :modified, :now, :sitemap_at, :named_at, :backfill)
on conflict (url) do update set
  next_at = case
    when :backfill and kind = 'sitemap' then coalesce(next_at, excluded.next_at)
    when :backfill and last_asked < :asked_before and {_GAVE_NONE} then :now
    when excluded.named_at is not null and next_at is null and {_GAVE_NONE}
      and coalesce(failing_since, last_asked) > :failing_after
    then max(:now, strftime('%Y-%m-%dT%H:%M:%SZ', last_asked, '+7 days'))
    when excluded.hint_modified > max(coalesce(hint_modified, ''), last_asked)
      and (outcome = 'article' and :is_lastmod_trusted
        or (kind = 'sitemap' and found_on is not null))
    then min(coalesce(next_at, '9'),
      max(:now, strftime('%Y-%m-%dT%H:%M:%SZ', last_asked, '+1 hour')))
    else next_at end,
  state = case
    when :backfill and kind = 'sitemap' and next_at is null then excluded.state
    when :backfill and last_asked < :asked_before and {_GAVE_NONE} then 'new' else state end,
  outcome = iif(:backfill and last_asked < :asked_before and {_GAVE_NONE}, null, outcome),
  tries = case when :backfill and last_asked < :asked_before and {_GAVE_NONE} then 0
    when {_GAVE_NONE} then max(tries, 1) else tries end,
  failing_since = case when :backfill and last_asked < :asked_before and {_GAVE_NONE} then null
    when {_GAVE_NONE} then coalesce(failing_since, last_asked) else failing_since end,
  backfill = case
    when :backfill and kind = 'sitemap' and next_at is null then 1
    when :backfill and last_asked < :asked_before and {_GAVE_NONE} then 1
    else min(backfill, excluded.backfill) end,
  sitemap_at = coalesce(sitemap_at, excluded.sitemap_at),
  named_at = coalesce(excluded.named_at, named_at),
  hint_title = coalesce(hint_title, excluded.hint_title),
  hint_published = coalesce(hint_published, excluded.hint_published),
  hint_modified = nullif(
    max(coalesce(excluded.hint_modified, ''), coalesce(hint_modified, '')), '')
where (:backfill and kind = 'sitemap' and next_at is null) or backfill > excluded.backfill
  or (:backfill and last_asked < :asked_before and {_GAVE_NONE})
  or (excluded.named_at is not null and article_id is null
    and (coalesce(named_at, '') < :day_ago or (next_at is null and {_GAVE_NONE})))
  or (sitemap_at is null and excluded.sitemap_at is not null)
  or (hint_title is null and excluded.hint_title is not null)
  or (hint_published is null and excluded.hint_published is not null)
  or excluded.hint_modified > coalesce(hint_modified, '') or hint_modified = ''"""  # noqa: S608  (constants)


def _write_batch(
    db: Database,
    source: Source,
    rows: list[dict[str, object]],
    aliases: list[tuple[str, str, DiscoveredLink]],
    now: datetime,
    page_ids: dict[str, int],
) -> None:
    """Writes the rows of links, then their aliases, and adds the rows' ids to `page_ids`.

    `aliases`: (URL, canonical URL, link).
    """
    db.conn.executemany(_UPSERT_URL, rows)
    row_urls = [row["url"] for row in rows]
    page_ids.update(
        db.execute(
            "select url, id from pages where url in (select value from json_each(?))",
            [json.dumps(row_urls)],
        ).fetchall()
    )
    for url, canonical, link in aliases:
        _add_alias(db, source, url, link, page_ids[canonical], now)


def add_amp_alias(db: Database, source: Source, url: str, page_id: int, now: datetime) -> None:
    """Adds the AMP URL that a page declares as an alias of the page, without requesting it.

    An AMP URL without the page's slug or number may be of another page: it is queued like any link.
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
    """Converts a link's modification time to the archive's format (UTC), so that times compare as
    strings. Returns a time without a time zone unchanged, None for what is no time.
    """
    try:
        timestamp = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return format_utc(timestamp) if timestamp and timestamp.tzinfo else text


def schedule_now(db: Database, source: Source, url: str, now: datetime) -> str:
    """Schedules a URL given by an operator for now, whatever its outcome. Returns its canonical
    URL.

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
    """Inserts the URL row of an article imported from a file, without scheduling it."""
    db.execute(
        """insert into pages (url, source, host, kind, state, outcome, how, article_id, first_seen)
        values (?, ?, ?, 'page', 'done', ?, 'import', ?, ?)
        on conflict (url) do update set article_id = excluded.article_id""",
        [url, source, urls.get_host(url), Outcome.ARTICLE, article_id, format_utc(now)],
    )


def add_imported_alias(db: Database, url: str, source: str, article_id: int, now: datetime) -> None:
    """Inserts another URL of an imported article as an alias. A known URL stays unchanged."""
    db.execute(
        """insert into pages
          (url, source, host, kind, state, outcome, evidence, how, alias_of, first_seen)
        select ?, ?, ?, 'page', 'done', ?, 'imported', 'import', p.id, ?
        from articles a join pages p on p.url = a.url where a.id = ?
        on conflict (url) do nothing""",
        [url, source, urls.get_host(url), Outcome.ALIAS, format_utc(now), article_id],
    )


def _normalize_link(source: Source, link: DiscoveredLink) -> tuple[str, str]:
    """Returns the normalised URL and the canonical URL of a link. A text that is no URL is returned
    unchanged.
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
    """Inserts another URL of a page (AMP, mobile, with tracking parameters) as an alias, without
    requesting it.
    """
    db.execute(
        """insert into pages
          (url, source, host, kind, state, outcome, evidence, how, alias_of, first_seen)
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
    """Whether the chain of aliases from `target` leads to the page, or has more than MAX_HOPS."""
    for _ in range(MAX_HOPS):
        if target == page_id:
            return True
        row = db.execute("select alias_of from pages where id = ?", [target]).fetchone()
        if row is None or row[0] is None:
            return False
        target = row[0]
    return True


def count_hops(db: Database, page_id: int) -> int:
    """Returns how many links of CHAIN_HOWS led to the page, at most MAX_HOPS."""
    hops: int = db.execute(
        """with recursive chain (id, hops) as (
          select :page, 0
          union all
          select p.found_on, hops + 1 from chain join pages p on p.id = chain.id
          where p.how in (select value from json_each(:hows)) and p.found_on is not null
            and hops < :limit)
        select max(hops) from chain""",
        {"page": page_id, "hows": json.dumps(list(CHAIN_HOWS)), "limit": MAX_HOPS},
    ).fetchone()[0]
    return hops


def max_url_id(db: Database) -> int:
    """Returns the largest id in `pages`, 0 if there is none."""
    max_id: int = db.execute("select coalesce(max(id), 0) from pages").fetchone()[0]
    return max_id


def unschedule_urls(db: Database, page_id: int | None, after_id: int) -> None:
    """Unschedules a URL and all rows with an id above `after_id`: an import must not cause requests
    for the page or the links that it inserted.
    """
    db.execute(
        "update pages set next_at = null where (id = ? or id > ?) and state <> 'fetched'",
        [page_id, after_id],
    )
