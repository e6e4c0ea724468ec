"""Search as people spell: folded at index (triggers call hi_fold), inflected at query, Latin letters looked up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from hindi.fold import tokens
from hindi.match import roman_key, to_match

# Around the words found in a snippet: private-use characters no page contains, so nothing needs escaping first.
MARK_START, MARK_END = "\ue000", "\ue001"
FIELDS = ("title", "subtitle", "text")
_WORDS_AROUND = 24


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search: the words, and what narrows it. `since`, `until`: days in India, inclusive."""

    query: str
    source: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int = 20
    ranked: bool = False


def search(db: Database, wanted: Wanted) -> list[dict[str, Any]]:
    """Hits, newest first or (ranked) best first, each with a snippet whose found words stand between the marks."""
    match = to_match(wanted.query, roman_lookup(db.conn), fields=FIELDS)
    if not match:
        return []
    names = ("id", "url", "title", "subtitle", "source", "published_at", "page_type", "snippet")
    order = "bm25(articles_fts, 10.0, 4.0, 1.0)" if wanted.ranked else "articles_fts.rowid desc"
    rows = db.execute(
        f"""select a.id, a.url, a.title, a.subtitle, a.source, a.published_at, a.page_type,
          snippet(articles_fts, -1, :start, :end, '…', :around)
        from articles_fts join articles a on a.id = articles_fts.rowid
        where articles_fts match :match and (:source is null or a.source = :source)
          and (:since is null or a.published_on >= :since) and (:until is null or a.published_on <= :until)
        order by {order} limit :limit""",  # noqa: S608  (one of two orders of our own)
        {"match": match, "start": MARK_START, "end": MARK_END, "around": _WORDS_AROUND, "source": wanted.source,
         "since": wanted.since, "until": wanted.until, "limit": wanted.limit},
    )  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in rows]


def roman_lookup(connection: sqlite3.Connection) -> Callable[[str], list[str]]:
    """From a Latin spelling's key to the archive's own folded Devanagari words that sound so."""

    def lookup(key: str) -> list[str]:
        found = connection.execute("select term from search_terms where roman = ? limit 20", [key])
        return [term for (term,) in found]

    return lookup


def learn(db: Database, *texts: str | None) -> None:
    """Enters the words of a new reading that the archive has not met, by how they sound in Latin letters."""
    words = {word for text in texts if text for word in tokens(text) if "\u0900" <= word[0] <= "\u097f"}
    new = db.execute(
        "select value from json_each(?) where value not in (select term from search_terms)",
        [json.dumps(sorted(words), ensure_ascii=False)],
    ).fetchall()
    for (word,) in new:
        db.execute("insert into search_terms (term, roman) values (?, ?)", [word, roman_key(word)])


def refold(db: Database) -> None:
    """The index and the terms made anew after a change of folding. FTS5's own `rebuild` would index unfolded text."""
    db.execute("insert into articles_fts (articles_fts) values ('delete-all')")
    db.execute(
        "insert into articles_fts (rowid, title, subtitle, text) "
        "select id, hi_fold(title), hi_fold(subtitle), hi_fold(text) from articles"
    )
    db.execute("delete from search_terms")
    for texts in db.execute("select title, subtitle, text from articles"):
        learn(db, *texts)
