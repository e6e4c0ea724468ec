"""What a search finds: newest first or best first, with the words found marked and the place they stand in named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from archive.search.vocabulary import Vocabulary, learn
from hindi.match import Match, read_match, to_match

# Around the words found in a snippet: private-use characters no page contains, so nothing needs escaping first.
MARK_START, MARK_END = "\ue000", "\ue001"
COLUMNS = ("text", "title", "subtitle", "posts", "captions")  # as in the index
# What may stand before a colon → the column it names.
FIELDS = {name: name for name in COLUMNS} | {
    "post": "posts", "embed": "posts", "caption": "captions",
    "शीर्षक": "title", "पाठ": "text", "पोस्ट": "posts", "कैप्शन": "captions",
}  # fmt: skip
ID_BITS = 20  # of an id that are no time (`archive.revisions`)
_WORDS_AROUND = 24
_WEIGHTS = "1.0, 10.0, 4.0, 1.0, 1.0"  # a word of the headline counts for ten of the text
_HIT = ("id", "url", "title", "subtitle", "source", "published_at", "page_type")
_PIECES = ", ".join(f"snippet(articles_fts, {at}, :start, :end, '…', :around)" for at in range(len(COLUMNS)))
_MARKS = {"start": MARK_START, "end": MARK_END, "around": _WORDS_AROUND}
_FOUND = """articles_fts join articles a on a.id = articles_fts.rowid
  where articles_fts match :match and articles_fts.rowid between :first and :last and a.withheld is null
  and (:source is null or a.source = :source)
  and (:since is null or a.published_on >= :since) and (:until is null or a.published_on <= :until)"""
_ROWS = f"select {', '.join(f'a.{name}' for name in _HIT)}, {_PIECES} from {_FOUND}"  # noqa: S608  (our own words)
_ANY_ID = (0, (1 << 63) - 1)
_DAY_ZERO = date(1970, 1, 1).toordinal()
_INDIA = 19_800  # seconds before UTC its day begins
_ASTRAY = """select min(id), max(id) from articles where published_on between :since and :until
  and published_on <> date(id >> 20, 'unixepoch', '+330 minutes')"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search: the words, and what narrows it. `since`, `until`: days in India, inclusive."""

    query: str
    source: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int = 20
    ranked: bool = False


def match(db: Database, query: str) -> str:
    """The FTS5 expression for a query, knowing the archive's words and aliases; "" when it asks for nothing."""
    return to_match(query, roman_lookup(db.conn), fields=FIELDS)


def roman_lookup(connection: sqlite3.Connection) -> Vocabulary:
    """What `hindi.match` asks an archive: its words and its aliases."""
    return Vocabulary(connection)


def search(db: Database, wanted: Wanted) -> list[dict[str, Any]]:
    """The hits of `each`, at once."""
    return list(each(db, wanted))


def each(db: Database, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Hits, newest first or (ranked) best first: id, url, title, subtitle, source, published_at, page_type, `snippet`
    whose found words stand between the marks, `found_in`: the columns they stand in (posts: an embedded post)."""
    asked = read_match(wanted.query, roman_lookup(db.conn), fields=FIELDS)
    if asked is None:
        return
    told = {"match": str(asked), **_bounds(db, wanted)}
    if wanted.ranked:
        yield from (_told(db, told, found) for found in _best(db, asked, told, wanted.limit))
    else:
        rows = db.execute(
            f"{_ROWS} order by articles_fts.rowid desc limit :limit", told | _MARKS | {"limit": wanted.limit}
        )
        yield from map(_hit, rows)


def _bounds(db: Database, wanted: Wanted) -> dict[str, Any]:
    """What narrows a search, with the range of ids in which its days lie: ids grow with time, so that costs nothing."""
    told = {"source": wanted.source, "since": wanted.since, "until": wanted.until}
    first = _first_id(wanted.since) if wanted.since else None
    end = _first_id(wanted.until, days=1) if wanted.until else None
    ids = {"first": _ANY_ID[0] if first is None else first, "last": _ANY_ID[1] if end is None else end - 1}
    if first or end:
        days = {"since": wanted.since or "", "until": wanted.until or "9999-12-31"}
        smallest, largest = db.execute(_ASTRAY, days).fetchone()
        ids = {"first": min(ids["first"], smallest or ids["first"]), "last": max(ids["last"], largest or ids["last"])}
    return told | ids


def _first_id(day: str, days: int = 0) -> int | None:
    """The smallest id an article of a day in India may have, or of some days later; None of what is no day."""
    try:
        since_1970 = date.fromisoformat(day).toordinal() - _DAY_ZERO + days
    except ValueError:
        return None
    return max(0, since_1970 * 86400 - _INDIA) << ID_BITS


def _best(db: Database, asked: Match, told: dict[str, Any], limit: int) -> list[int]:
    """Ids, best first: those whose headline answers, those whose headline answers in part, then the others.

    Within each by FTS5's bm25. That alone would prefer the rarest form of a word, which is the best hit only by chance.
    """
    found: dict[int, None] = {}
    for expression in dict.fromkeys((asked.all_in("title"), asked.some_in("title"), str(asked))):
        rows = db.execute(
            f"select a.id from {_FOUND} order by bm25(articles_fts, {_WEIGHTS}), a.id desc limit :limit",  # noqa: S608
            told | {"match": expression, "limit": limit},
        )
        found |= dict.fromkeys(article_id for (article_id,) in rows)
        if len(found) >= limit:
            break
    return list(found)[:limit]


def _told(db: Database, told: dict[str, Any], article_id: int) -> dict[str, Any]:
    """One hit by its id."""
    return _hit(db.execute(_ROWS, told | _MARKS | {"first": article_id, "last": article_id}).fetchone())


def _hit(row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as a hit. Its snippet comes from the text, else from where words were found."""
    pieces = dict(zip(COLUMNS, row[len(_HIT) :], strict=True))
    found_in = [name for name in COLUMNS if MARK_START in (pieces[name] or "")]
    best = next((name for name in ("text", "posts", "captions", "subtitle") if name in found_in), "text")
    return {**dict(zip(_HIT, row, strict=False)), "snippet": pieces[best] or "", "found_in": found_in}


def refold(db: Database) -> None:
    """The index and the terms made anew after a change of folding. FTS5's own `rebuild` would index unfolded text."""
    columns = ", ".join(COLUMNS)
    db.execute("insert into articles_fts (articles_fts) values ('delete-all')")
    db.execute(
        f"insert into articles_fts (rowid, {columns}) "  # noqa: S608  (our own columns)
        f"select id, {', '.join(f'hi_fold({name})' for name in COLUMNS)} from articles"
    )
    db.execute("delete from search_terms")
    for texts in db.execute(f"select {columns} from articles"):  # noqa: S608
        learn(db, *texts)
