"""Everything the archive holds of some addresses, gone in one transaction: only tombstones and ledger rows stay."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from archive import articles, stories
from archive.upkeep import dictionaries
from crawler.items import Outcome
from hindi.fold import tokens

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
