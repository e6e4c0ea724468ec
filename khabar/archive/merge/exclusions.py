"""Excludes from a merge whatever the shard has of articles that the archive has taken down, under
any of their URLs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlite_utils import Database

from khabar.archive.store import snapshots
from khabar.archive.takedowns import build_match_condition
from khabar.archive.upkeep import dictionaries

# The shard's rows of `pages` that a takedown covers, with the takedown: by their own URL, by the
# URL or text of their article; then, recursively, all other URLs of the same article, aliases in
# both directions, and the other pages of a multi-page article.
_CREATE_FORBIDDEN = f"""create temp table forbidden as
  with recursive addresses (url, takedown) as (
      select url, takedown_id from main.tombstones
      union select p.url, k.id from shard.pages p
        join main.takedowns k on {build_match_condition("p.url", "k.pattern")}
      union select a.url, k.id from shard.articles a
        join main.takedowns k on {build_match_condition("a.url", "k.pattern")}),
    gone (id, takedown) as (
      select p.id, t.takedown from shard.pages p join addresses t using (url) where p.kind = 'page'
      union select p.id, t.takedown from shard.articles a join addresses t using (url)
        join shard.pages p on p.article_id = a.id
      union select p.id, t.takedown_id from shard.articles a
        join main.tombstones t on t.source = a.source and t.text_sha256 = a.text_sha256
        join shard.pages p on p.article_id = a.id
      union select p.id, gone.takedown from gone join shard.pages p on p.alias_of = gone.id
        where p.kind = 'page'
      union select p.alias_of, gone.takedown from gone join shard.pages p on p.id = gone.id
        where p.alias_of is not null
      union select o.id, gone.takedown from gone join shard.pages p on p.id = gone.id
        join shard.pages o on o.article_id = p.article_id
      union select t.page_id, gone.takedown from gone join shard.parts t on t.head_id = gone.id
        where t.refused is null
      union select t.head_id, gone.takedown from gone join shard.parts t on t.page_id = gone.id
        where t.refused is null)
  select id, min(takedown) as takedown from gone group by id"""  # noqa: S608  (constants)
_TEXT_QUERIES = (
    """select title, subtitle, text, posts, captions from shard.articles
    where id in (select id from temp.forbidden_articles)""",
    """select title, subtitle, text from shard.revisions
    where article_id in (select id from temp.forbidden_articles)""",
    """select label, text from shard.insets
    where article_id in (select id from temp.forbidden_articles)""",
)


def create_exclusion_tables(db: Database) -> None:
    """Creates three temporary tables of ids of the shard, and an SQL function.

    Tables: `forbidden` (rows of `pages`), `forbidden_articles` and `forbidden_dictionaries` (those
    that contain text that was taken down). The function `repacked` compresses a body anew without
    its forbidden dictionary.
    """
    drop_exclusion_tables(db)
    db.execute(_CREATE_FORBIDDEN)
    db.execute(
        """create temp table forbidden_articles as select distinct article_id as id from shard.pages
        where article_id is not null and id in (select id from temp.forbidden)"""
    )
    db.execute("create temp table forbidden_dictionaries (id integer primary key)")
    forbidden_runs = dictionaries.build_ngrams(_iter_texts(db))
    rows = db.execute(
        "select id, body, page_id in (select id from temp.forbidden) from shard.dictionaries"
    ).fetchall()
    bodies: dict[int, bytes] = {
        dictionary: body
        for dictionary, body, is_forbidden_page in rows
        if is_forbidden_page or not forbidden_runs.isdisjoint(dictionaries.find_ngrams_in(body))
    }
    db.execute(
        "insert into temp.forbidden_dictionaries select value from json_each(?)",
        [json.dumps(list(bodies))],
    )
    db.conn.create_function(
        "repacked",
        2,
        lambda body, dictionary: snapshots.compress_body(
            snapshots.decompress_body(body, bodies[dictionary]), None
        ),
    )


def drop_exclusion_tables(db: Database) -> None:
    """Drops the temporary tables."""
    for name in ("forbidden", "forbidden_articles", "forbidden_dictionaries"):
        db.execute(f"drop table if exists temp.{name}")


def add_tombstones(db: Database) -> None:
    """Adds tombstones for the URLs of excluded articles that only the shard knew. Call it inside a
    transaction.
    """
    db.execute(
        """insert into main.tombstones (url, takedown_id, source, known_since)
        select p.url, f.takedown, p.source, p.first_seen
        from temp.forbidden f join shard.pages p using (id)
        where true on conflict (url) do nothing"""
    )


def _iter_texts(db: Database) -> Iterator[str]:
    """Yields the texts of all excluded articles, in all revisions."""
    for sql in _TEXT_QUERIES:
        for row in db.execute(sql):
            yield from (text for text in row if text)
