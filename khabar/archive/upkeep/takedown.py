"""Takedowns: purges a URL or a pattern from the live file and the sealed months, and keeps it out.

A takedown has three steps:
1. In one transaction, articles and snapshots are deleted, and their frontier rows are closed.
2. The sealed months that contained deleted rows are rewritten, and so is the live file, so that no
   unused byte contains deleted text.
3. The takedown is marked as finished.
If the process ends during step 2, the next takedown repeats that step for all that are unfinished.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive import stories
from khabar.archive.database import Archive, ArchiveError, transaction
from khabar.archive.errors import explain_error
from khabar.archive.store import articles, month_files
from khabar.archive.takedown_log import append_takedowns, find_missing_takedowns
from khabar.archive.takedowns import build_match_condition
from khabar.archive.upkeep import copies, dictionaries, seal, space
from khabar.archive.upkeep.copies import ReleasedCopy
from khabar.archive.upkeep.space import hold_upkeep_lock
from khabar.hindi.normalize import tokens
from khabar.model import urls
from khabar.model.clock import format_utc, parse_utc
from khabar.model.items import Outcome

# Tables with article ids from which `_list_references` deletes nothing: `purge_target` deletes the
# articles, closes the frontier rows (pages) and adds the tombstones.
_NOT_DELETED_BY_REFERENCE = frozenset({"articles", "pages", "tombstones"})
_SHARED_TABLES = {
    "embeds": ("article_embeds", "embed_id"),
    "authors": ("article_authors", "author_id"),
    "tags": ("article_tags", "tag_id"),
}


@dataclass(frozen=True, slots=True)
class PurgeCounts:
    """What a takedown removed.

    `articles`, `snapshots` (raw pages): deleted. `pages`: frontier rows that were closed, all URLs
    of each article included.
    """

    articles: int
    pages: int
    snapshots: int


@dataclass(frozen=True, slots=True)
class TakedownTarget:
    """The ids of the frontier rows and articles that a takedown purges."""

    pages: tuple[int, ...]
    articles: tuple[int, ...]


def find_target(db: Database, pattern: str) -> TakedownTarget:
    """Returns what a URL (with all other URLs of its article) or a pattern with * matches."""
    if "*" in pattern:
        matches = build_match_condition("url", "?1")
        page_ids = _select_ids(
            db,
            f"select id from pages where kind = 'page' and {matches}",  # noqa: S608  (constants)
            pattern,
        )
        article_ids = _select_ids(
            db,
            f"select id from articles where {matches}",  # noqa: S608  (constants)
            pattern,
        )
    else:
        page_ids = _select_ids(db, "select id from pages where kind = 'page' and url = ?", pattern)
        article_id = articles.find_article(db, pattern)
        article_ids = [article_id] if article_id else []
    first_page_ids = _select_ids(db, _FIRST_PAGES, json.dumps(page_ids))
    article_ids = sorted({*article_ids, *_select_ids(db, _ARTICLE_IDS, json.dumps(first_page_ids))})
    return TakedownTarget(
        tuple(
            _select_ids(
                db, _ALL_PAGE_IDS, json.dumps([*page_ids, *first_page_ids]), json.dumps(article_ids)
            )
        ),
        tuple(article_ids),
    )


def _select_ids(db: Database, sql: str, *params: str) -> list[int]:
    return [row_id for (row_id,) in db.execute(sql, list(params))]


# The text of a later page is in the first page's article, which is purged as well.
_FIRST_PAGES = """select head_id from parts
  where refused is null and page_id in (select value from json_each(?))"""
_ARTICLE_IDS = """select article_id from pages
  where article_id is not null and id in (select value from json_each(?))"""
_ALL_PAGE_IDS = """with recursive every (id) as (
    select value from json_each(?1)
    union select id from pages where article_id in (select value from json_each(?2))
    union select p.id from pages p join every on p.alias_of = every.id where p.kind = 'page'
    union select t.page_id from parts t join every on t.head_id = every.id where t.refused is null)
  select id from every order by id"""


def purge_target(db: Database, takedown_id: int, target: TakedownTarget) -> PurgeCounts:
    """Deletes articles and their snapshots, and embeds, authors and tags that no other article has.

    Their frontier rows are kept, closed as TAKEN_DOWN.

    To be called inside a transaction.
    """
    page_ids_json, article_ids_json = json.dumps(target.pages), json.dumps(target.articles)
    texts = list(_iter_texts(db, article_ids_json, page_ids_json))
    _insert_tombstones(db, takedown_id, page_ids_json)
    for article_id in target.articles:
        stories.unindex_article(db, article_id)
    snapshots = _delete_snapshots(db, page_ids_json)
    for table, column in _list_references(db):
        db.execute(
            f"delete from {table} where {column} in (select value from json_each(?))",  # noqa: S608
            [article_ids_json],
        )
    _close_pages(db, page_ids_json, takedown_id)
    db.execute(
        "delete from articles where id in (select value from json_each(?))", [article_ids_json]
    )
    for table, (link, column) in _SHARED_TABLES.items():
        db.execute(f"delete from {table} where id not in (select {column} from {link})")  # noqa: S608  (our own tables)
    _delete_unused_terms(db, texts)
    dictionaries.replace_dictionaries(
        db, dictionaries.find_dictionaries_to_replace(db, target.pages, texts), texts
    )
    return PurgeCounts(len(target.articles), len(target.pages), snapshots)


def _iter_texts(db: Database, article_ids_json: str, page_ids_json: str) -> Iterator[str]:
    """Yields every text of the articles, in all revisions, and of their pages' link titles."""
    for columns, key, ids_json in (
        ("title, subtitle, text, posts, captions from articles", "id", article_ids_json),
        ("title, subtitle, text from revisions", "article_id", article_ids_json),
        ("caption, text_here from article_embeds", "article_id", article_ids_json),
        ("caption, credit from images", "article_id", article_ids_json),
        ("label, text from insets", "article_id", article_ids_json),
        ("hint_title from pages", "id", page_ids_json),
    ):
        sql = f"select {columns} where {key} in (select value from json_each(?))"  # noqa: S608  (constants)
        for row in db.execute(sql, [ids_json]):
            yield from (text for text in row if text)


def _insert_tombstones(db: Database, takedown_id: int, page_ids_json: str) -> None:
    db.execute(
        """insert into tombstones (url, takedown_id, source, article_id, published_on, known_since,
          text_sha256)
        select p.url, ?1, p.source, a.id, a.published_on, p.first_seen, a.text_sha256
        from pages p left join articles a on a.id = p.article_id
        where p.id in (select value from json_each(?2)) on conflict (url) do nothing""",
        [takedown_id, page_ids_json],
    )


def _delete_snapshots(db: Database, page_ids_json: str) -> int:
    snapshot_query = (
        "select id from snapshots where page_id in (select value from json_each(:pages))"
    )
    for table in ("revisions", "pages"):
        db.execute(
            f"update {table} set snapshot_id = null where snapshot_id in ({snapshot_query})",  # noqa: S608
            {"pages": page_ids_json},
        )
    cursor = db.execute(
        f"delete from snapshots where id in ({snapshot_query})",  # noqa: S608
        {"pages": page_ids_json},
    )
    return int(cursor.rowcount)


def _close_pages(db: Database, page_ids_json: str, takedown_id: int) -> None:
    """Ends the pages as TAKEN_DOWN and clears what they have of the article.

    Their rows stay, so that they are not requested again.
    """
    db.execute(
        "delete from parts where page_id in (select value from json_each(?))", [page_ids_json]
    )
    db.execute(
        "delete from parts where head_id in (select value from json_each(?))", [page_ids_json]
    )
    db.execute(
        """update pages set state = 'done', outcome = ?, evidence = ?, tries = 0, next_at = null,
          hint_title = null, hint_published = null, hint_modified = null, etag = null,
          last_modified = null, snapshot_id = null, article_id = null, extractor_version = null
        where id in (select value from json_each(?))""",
        [Outcome.TAKEN_DOWN, f"takedown {takedown_id}", page_ids_json],
    )


def _list_references(db: Database) -> list[tuple[str, str]]:
    """Returns (table, column) of each reference to an article whose rows are deleted with it.

    A reference is a foreign key or a column named article_id. Tables that others refer to come
    last. The tables in _NOT_DELETED_BY_REFERENCE are left out.
    """
    rows = db.execute(
        """select t.name, c.name,
          t.name in (select "table" from pragma_table_list x, pragma_foreign_key_list(x.name))
        from pragma_table_list t join pragma_table_info(t.name) c
        where t.schema = 'main' and t.type = 'table' and (c.name = 'article_id' or exists (
          select 1 from pragma_foreign_key_list(t.name) f
          where f."table" = 'articles' and f."from" = c.name))
        order by 3, 1"""
    ).fetchall()
    return [(table, column) for table, column, _ in rows if table not in _NOT_DELETED_BY_REFERENCE]


def _delete_unused_terms(db: Database, texts: Sequence[str]) -> None:
    """Deletes the search terms of these texts that are no longer in the search index."""
    words = {word for text in texts for word in tokens(text)}
    db.execute("create virtual table temp.words_left using fts5vocab(main, articles_fts, row)")
    db.execute(
        """delete from search_terms where term in (select value from json_each(?))
        and not exists (select 1 from temp.words_left w where w.term = search_terms.term)""",
        [json.dumps(sorted(words), ensure_ascii=False)],
    )
    db.execute("drop table temp.words_left")


_HOST_PATTERN = re.compile(r"(?:\*\.)?[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Takedown:
    """One takedown order.

    `at`: time of the order; `asked_by`: who ordered it. `finished_at` None: deleted text may still
    be in the files. `copies`: backups and exports that may still contain what it deleted.
    """

    id: int
    pattern: str
    reason: str
    asked_by: str
    at: str
    articles: int
    snapshots: int
    finished_at: str | None
    copies: tuple[ReleasedCopy, ...] = ()


def normalize_pattern(pattern: str) -> str:
    """Returns the normalized URL or pattern.

    * is allowed in the path and query, and as `*.` before a host's name. Raises ArchiveError for
    what is no URL, or does not name a host.
    """
    if rejection := urls.reject_reason(pattern.replace("://*.", "://any.")):
        raise ArchiveError(f"{pattern}: not a URL that can be taken down: {rejection}")
    if "*" in pattern and not _HOST_PATTERN.fullmatch(urlsplit(pattern).netloc):
        raise ArchiveError(
            f"{pattern}: a pattern must name its host, as in https://www.example.in/news/*"
        )
    return urls.normalize_url(pattern)


def list_target_urls(db: Database, pattern: str) -> list[str]:
    """Returns the URLs that a takedown would purge."""
    page_ids_json = json.dumps(find_target(db, pattern).pages)
    rows = db.execute(
        "select url from pages where id in (select value from json_each(?)) order by url",
        [page_ids_json],
    )
    return [url for (url,) in rows]


def add_takedown(
    archive: Archive, pattern: str, reason: str, asked_by: str, now: datetime
) -> Takedown:
    """Takes down a URL or a pattern. `archive` is open for writing.

    A repeated takedown purges what was stored since. Raises ArchiveError when the files cannot be
    rewritten yet; what was purged stays purged.
    """
    with hold_upkeep_lock(archive.path, "khabar takedown"):
        with transaction(archive.db):
            takedown_id = _upsert_takedown(archive.db, pattern, reason, asked_by, now)
            counts = purge_target(archive.db, takedown_id, find_target(archive.db, pattern))
            archive.db.execute(
                """update takedowns set articles = articles + ?, snapshots = snapshots + ?
                where id = ?""",
                [counts.articles, counts.snapshots, takedown_id],
            )
        archive.dictionaries.clear()
        append_takedowns(archive.db, archive.path.parent)
        _finish_pending(archive, now)
    return next(takedown for takedown in list_takedowns(archive.db) if takedown.id == takedown_id)


def repeat_missing_takedowns(archive: Archive) -> list[Takedown]:
    """Repeats the takedowns that the log beside a restored archive has and the archive lacks.

    Each gets its original time. Raises ArchiveError as `add_takedown` does.
    """
    missing = find_missing_takedowns(archive.db, archive.path.parent)
    return [
        add_takedown(archive, entry.pattern, entry.reason, entry.asked_by, parse_utc(entry.at))
        for entry in missing
    ]


def _upsert_takedown(db: Database, pattern: str, reason: str, asked_by: str, now: datetime) -> int:
    takedown_id: int = db.execute(
        """insert into takedowns (pattern, reason, asked_by, at) values (?, ?, ?, ?)
        on conflict (pattern) do update set finished_at = null returning id""",
        [pattern, reason, asked_by, format_utc(now)],
    ).fetchone()[0]
    return takedown_id


def finish_takedowns(archive: Archive, now: datetime) -> int:
    """Rewrites the files for takedowns that were interrupted. Returns how many it finished."""
    with hold_upkeep_lock(archive.path, "khabar takedown"):
        return _finish_pending(archive, now)


def _finish_pending(archive: Archive, now: datetime) -> int:
    db = archive.db
    if not db.execute("select 1 from takedowns where finished_at is null").fetchone():
        return 0
    # A month file that an interrupted run left unfinished may contain purged text.
    part_glob = month_files.FILE_GLOB + seal.PART_SUFFIX
    try:
        for leftover in month_files.get_month_folder(db).glob(part_glob):
            leftover.unlink()
        for month in month_files.list_months(db):
            if seal.is_stale(db, month):
                seal.write_month(db, month, include_live=False)
        space.rewrite_file(archive)
    except (OSError, sqlite3.Error) as error:
        what = f"{archive.path}: purged, but not yet rewritten without traces"
        remedy = "`khabar takedown finish` goes on"
        raise explain_error(error, what, archive.path.parent, remedy) from error
    with transaction(db):
        cursor = db.execute(
            "update takedowns set finished_at = ? where finished_at is null", [format_utc(now)]
        )
    return int(cursor.rowcount)


def list_takedowns(db: Database) -> list[Takedown]:
    """Returns every takedown, newest first, with the copies that may still contain its text."""
    rows = db.execute(
        """select id, pattern, reason, asked_by, at, articles, snapshots, finished_at from takedowns
        order by at desc, id desc"""
    ).fetchall()
    return [
        replace(Takedown(*row), copies=tuple(copies.list_copies_of_takedown(db, row[0])))
        for row in rows
    ]
