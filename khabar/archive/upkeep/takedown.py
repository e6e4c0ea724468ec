"""Forgetting: an address or a pattern, purged from the live file and every sealed month, and kept out from then on.

What is found by its rows goes in one transaction. Then the sealed months that had some of it are written anew, and the
live file too, so that no unused byte holds a word. A takedown is finished when all of that is done; one that was killed
in between is finished by the next.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlite_utils import Database

from khabar.archive import stories
from khabar.archive.database import Archive, ArchiveError, transaction
from khabar.archive.store import articles, month_files
from khabar.archive.takedown_log import append_takedowns, find_missing_takedowns
from khabar.archive.upkeep import copies, dictionaries, seal, space
from khabar.archive.upkeep.copies import Copy
from khabar.archive.upkeep.space import turn
from khabar.hindi.normalize import tokens
from khabar.model import urls
from khabar.model.clock import parse_stamp, stamp
from khabar.model.items import Outcome

# Kept by their own rules: the ledger's row and the tombstone outlive the article.
_STAY = frozenset({"articles", "pages", "tombstones"})
_PARENTS = {"embeds": ("article_embeds", "embed_id"), "authors": ("article_authors", "author_id"),
            "tags": ("article_tags", "tag_id")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Purged:
    """What went. `pages`: ledger rows, every address of each article among them; `snapshots`: raw pages."""

    articles: int
    pages: int
    snapshots: int


@dataclass(frozen=True, slots=True)
class Target:
    """Ids of what a takedown means."""

    pages: tuple[int, ...]
    articles: tuple[int, ...]


def find(db: Database, pattern: str) -> Target:
    """What an address (with every other address of its article) or a pattern with * means."""
    if "*" in pattern:
        glob = pattern.replace("[", "[[]").replace("?", "[?]")
        rows = _ids(db, "select id from pages where kind = 'page' and url glob ?", glob)
        held = _ids(db, "select id from articles where url glob ?", glob)
    else:
        rows = _ids(db, "select id from pages where kind = 'page' and url = ?", pattern)
        found = articles.find(db, pattern)
        held = [found] if found else []
    heads = _ids(db, _HEADS, json.dumps(rows))
    held = sorted({*held, *_ids(db, _HELD, json.dumps(heads))})
    return Target(tuple(_ids(db, _EVERY_ADDRESS, json.dumps([*rows, *heads]), json.dumps(held))), tuple(held))


def _ids(db: Database, sql: str, *told: str) -> list[int]:
    return [found for (found,) in db.execute(sql, list(told))]


# A later page's words stand in its first page's article: that one is meant, too.
_HEADS = "select head_id from parts where refused is null and page_id in (select value from json_each(?))"
_HELD = "select article_id from pages where article_id is not null and id in (select value from json_each(?))"
_EVERY_ADDRESS = """with recursive every (id) as (
    select value from json_each(?1)
    union select id from pages where article_id in (select value from json_each(?2))
    union select p.id from pages p join every on p.alias_of = every.id where p.kind = 'page'
    union select t.page_id from parts t join every on t.head_id = every.id where t.refused is null)
  select id from every order by id"""


def purge(db: Database, takedown: int, target: Target) -> Purged:
    """Inside a transaction. What was embedded, written or tagged by nobody else goes, too."""
    pages, held = json.dumps(target.pages), json.dumps(target.articles)
    texts = list(_texts(db, held, pages))
    _bury(db, takedown, pages)
    for article_id in target.articles:
        stories.withdraw(db, article_id)
    snapshots = _drop_snapshots(db, pages)
    for table, column in _references(db):
        db.execute(f"delete from {table} where {column} in (select value from json_each(?))", [held])  # noqa: S608
    _close_pages(db, pages, takedown)
    db.execute("delete from articles where id in (select value from json_each(?))", [held])
    for table, (link, column) in _PARENTS.items():
        db.execute(f"delete from {table} where id not in (select {column} from {link})")  # noqa: S608  (our own tables)
    _forget_terms(db, texts)
    dictionaries.renew(db, dictionaries.suspects(db, target.pages, texts), texts)
    return Purged(len(target.articles), len(target.pages), snapshots)


def _texts(db: Database, held: str, pages: str) -> Iterator[str]:
    """All words the archive has of the articles, in every reading, and of their pages in the ledger."""
    for sql, told in (
        (
            "select title, subtitle, text, posts, captions from articles where id in (select value from json_each(?))",
            held,
        ),
        ("select title, subtitle, text from revisions where article_id in (select value from json_each(?))", held),
        ("select caption, text_here from article_embeds where article_id in (select value from json_each(?))", held),
        ("select caption, credit from images where article_id in (select value from json_each(?))", held),
        ("select hint_title from pages where id in (select value from json_each(?))", pages),
    ):
        for row in db.execute(sql, [told]):
            yield from (text for text in row if text)


def _bury(db: Database, takedown: int, pages: str) -> None:
    db.execute(
        """insert into tombstones (url, takedown_id, source, article_id, published_on, known_since, text_sha256)
        select p.url, ?1, p.source, a.id, a.published_on, p.first_seen, a.text_sha256
        from pages p left join articles a on a.id = p.article_id
        where p.id in (select value from json_each(?2)) on conflict (url) do nothing""",
        [takedown, pages],
    )


def _drop_snapshots(db: Database, pages: str) -> int:
    found = "select id from snapshots where page_id in (select value from json_each(:pages))"
    for table in ("revisions", "pages"):
        db.execute(f"update {table} set snapshot_id = null where snapshot_id in ({found})", {"pages": pages})  # noqa: S608
    done = db.execute(f"delete from snapshots where id in ({found})", {"pages": pages})  # noqa: S608  (our own words)
    return int(done.rowcount)


def _close_pages(db: Database, pages: str, takedown: int) -> None:
    """The rows stay, so that nothing asks for them again; what they were told of the article goes."""
    db.execute("delete from parts where page_id in (select value from json_each(?))", [pages])
    db.execute("delete from parts where head_id in (select value from json_each(?))", [pages])
    db.execute(
        """update pages set state = 'done', outcome = ?, evidence = ?, tries = 0, next_at = null, hint_title = null,
          hint_published = null, hint_modified = null, etag = null, last_modified = null, snapshot_id = null,
          article_id = null, extractor_version = null where id in (select value from json_each(?))""",
        [Outcome.TAKEN_DOWN, f"takedown {takedown}", pages],
    )


def _references(db: Database) -> list[tuple[str, str]]:
    """(table, column) of everything that points at an article, by foreign key or by name, children first."""
    found = db.execute(
        """select t.name, c.name, t.name in (select "table" from pragma_table_list x, pragma_foreign_key_list(x.name))
        from pragma_table_list t join pragma_table_info(t.name) c
        where t.schema = 'main' and t.type = 'table' and (c.name = 'article_id' or exists (
          select 1 from pragma_foreign_key_list(t.name) f where f."table" = 'articles' and f."from" = c.name))
        order by 3, 1"""
    ).fetchall()
    return [(table, column) for table, column, _ in found if table not in _STAY]


def _forget_terms(db: Database, texts: Sequence[str]) -> None:
    """Words that no article has any more; asked of the search index, which has let go of the purged ones."""
    words = {word for text in texts for word in tokens(text)}
    db.execute("create virtual table temp.words_left using fts5vocab(main, articles_fts, row)")
    db.execute(
        """delete from search_terms where term in (select value from json_each(?))
        and not exists (select 1 from temp.words_left w where w.term = search_terms.term)""",
        [json.dumps(sorted(words), ensure_ascii=False)],
    )
    db.execute("drop table temp.words_left")


_HOST = re.compile(r"(?:\*\.)?[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Takedown:
    """One order to forget. `finished_at` None: a trace may be left. `copies`: those outside that still have it."""

    id: int
    pattern: str
    reason: str
    asked_by: str
    at: str
    articles: int
    snapshots: int
    finished_at: str | None
    copies: tuple[Copy, ...] = ()


def normal_pattern(told: str) -> str:
    """An address in its one spelling; in a pattern * stands for anything behind the host's name.

    Raises ArchiveError for what is no address, or would mean more than one site's own.
    """
    if why := urls.bad(told.replace("://*.", "://any.")):
        raise ArchiveError(f"{told}: no address to take down: {why}")
    if "*" in told and not _HOST.fullmatch(urlsplit(told).netloc):
        raise ArchiveError(f"{told}: a pattern names its host: https://www.example.in/news/*")
    return urls.normal(told)


def would(db: Database, pattern: str) -> list[str]:
    """The addresses a takedown would purge."""
    found = json.dumps(find(db, pattern).pages)
    rows = db.execute("select url from pages where id in (select value from json_each(?)) order by url", [found])
    return [url for (url,) in rows]


def add(archive: Archive, pattern: str, reason: str, asked_by: str, now: datetime) -> Takedown:
    """Takes down an address or a pattern. Said again it purges what has come in since. `archive` is open for writing.

    Raises ArchiveError when the last traces cannot be removed yet; what was purged is purged, and stays out.
    """
    with turn(archive.path, "khabar takedown"):
        with transaction(archive.db):
            takedown = _enter(archive.db, pattern, reason, asked_by, now)
            gone = purge(archive.db, takedown, find(archive.db, pattern))
            archive.db.execute(
                "update takedowns set articles = articles + ?, snapshots = snapshots + ? where id = ?",
                [gone.articles, gone.snapshots, takedown],
            )
        archive.dictionaries.clear()
        append_takedowns(archive.db, archive.path.parent)
        _finish(archive, now)
    return next(one for one in listed(archive.db) if one.id == takedown)


def repeat(archive: Archive) -> list[Takedown]:
    """Takes down again what the log beside a restored archive names, each at its own time. Raises as `add`."""
    missing = find_missing_takedowns(archive.db, archive.path.parent)
    return [add(archive, old.pattern, old.reason, old.asked_by, parse_stamp(old.at)) for old in missing]


def _enter(db: Database, pattern: str, reason: str, asked_by: str, now: datetime) -> int:
    takedown: int = db.execute(
        """insert into takedowns (pattern, reason, asked_by, at) values (?, ?, ?, ?)
        on conflict (pattern) do update set finished_at = null returning id""",
        [pattern, reason, asked_by, stamp(now)],
    ).fetchone()[0]
    return takedown


def finish(archive: Archive, now: datetime) -> int:
    """Removes what traces a killed or cramped takedown left. Returns how many takedowns it finished."""
    with turn(archive.path, "khabar takedown"):
        return _finish(archive, now)


def _finish(archive: Archive, now: datetime) -> int:
    db = archive.db
    if not db.execute("select 1 from takedowns where finished_at is null").fetchone():
        return 0
    unfinished = month_files.NAMES + seal.PART  # of a run that was killed: it may hold anything
    for left in month_files.folder(db).glob(unfinished):
        left.unlink()
    for month in month_files.months(db):
        if seal.is_stale(db, month):
            seal.write(db, month, moving=False)
    space.rewrite(archive)
    with transaction(db):
        done = db.execute("update takedowns set finished_at = ? where finished_at is null", [stamp(now)])
    return int(done.rowcount)


def listed(db: Database) -> list[Takedown]:
    """Every takedown, newest first, with the copies that can still have what it purged."""
    rows = db.execute(
        """select id, pattern, reason, asked_by, at, articles, snapshots, finished_at from takedowns
        order by at desc, id desc"""
    ).fetchall()
    return [replace(Takedown(*row), copies=tuple(copies.holding(db, row[0]))) for row in rows]
