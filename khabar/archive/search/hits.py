"""What a search finds: newest first or best first, with the words found marked and the place they stand in named."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.search.days import ids_within
from khabar.archive.search.vocabulary import Vocabulary, learn
from khabar.hindi.fts_query import Match, read_match, to_match

# Around the words found in a snippet: private-use characters no page contains, so nothing needs escaping first.
MARK_START, MARK_END = "\ue000", "\ue001"
COLUMNS = ("text", "title", "subtitle", "posts", "captions")  # in the index's order
# What may stand before a colon → the column it names.
FIELDS = {name: name for name in COLUMNS} | {
    "post": "posts", "embed": "posts", "caption": "captions",
    "शीर्षक": "title", "पाठ": "text", "पोस्ट": "posts", "कैप्शन": "captions",
}  # fmt: skip
MOST_WEIGHED = 10_000  # answers of a ranked search that are weighed, the newest; older ones follow, newest first
_AT_ONCE = 200  # ranked hits read in one pass
_WORDS_AROUND = 24
_WEIGHTS = "1.0, 10.0, 4.0, 1.0, 1.0"  # a word of the headline counts for ten of the text
_HEADLINE = "0.0, 1.0, 0.0, 0.0, 0.0"
_HIT = ("id", "url", "title", "subtitle", "source", "published_at", "page_type")
_PIECES = ", ".join(
    f"highlight(articles_fts, {at}, :start, :end)" if name == "title"
    else f"snippet(articles_fts, {at}, :start, :end, '…', :around)" for at, name in enumerate(COLUMNS)
)  # fmt: skip
_MARKS = {"start": MARK_START, "end": MARK_END, "around": _WORDS_AROUND}

_INDEX = """articles_fts cross join articles facts indexed by articles_facts on facts.id = articles_fts.rowid"""
_ARTICLES = "cross join articles a on a.id = articles_fts.rowid"
_ANSWERS = """where articles_fts match :match and articles_fts.rowid between :first and :last and facts.withheld is null
  and (:source is null or facts.source = :source)
  and (:since is null or facts.published_on >= :since) and (:until is null or facts.published_on <= :until)"""
_IDS = f"select facts.id from {_INDEX} {_ANSWERS}"  # noqa: S608  (here and below: our own words)
_WEIGHED = f"""select facts.id, bm25(articles_fts, {_HEADLINE}), bm25(articles_fts, {_WEIGHTS})
  from {_INDEX} {_ANSWERS} order by articles_fts.rowid desc limit :weighed"""  # noqa: S608
_ROWS = f"select {', '.join(f'a.{name}' for name in _HIT)}, {_PIECES} from {_INDEX} {_ARTICLES} {_ANSWERS}"  # noqa: S608
_NEWEST = f"{_ROWS} order by articles_fts.rowid desc limit :limit"
# With a plus in front SQLite reads the answers once; without, it would ask the index anew for each id.
_THESE = f"{_ROWS} and +articles_fts.rowid in (select value from json_each(:ids))"  # noqa: S608


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
    """What `khabar.hindi.fts_query` asks an archive: its words and its aliases."""
    return Vocabulary(connection)


def search(db: Database, wanted: Wanted) -> list[dict[str, Any]]:
    """The hits of `each`, at once."""
    return list(each(db, wanted))


def each(db: Database, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Hits, newest first or (ranked) best first: id, url, title, subtitle, source, published_at, page_type, `snippet`
    and `marked_title` whose found words stand between the marks, `found_in`: the columns they stand in (posts: an
    embedded post)."""
    asked = read_match(wanted.query, roman_lookup(db.conn), fields=FIELDS)
    if asked is None:
        return
    first, last = ids_within(db.conn, wanted.since, wanted.until)
    told = {"match": str(asked), "first": first, "last": last, "limit": wanted.limit, **_MARKS,
            "source": wanted.source, "since": wanted.since, "until": wanted.until}  # fmt: skip
    if wanted.ranked:
        yield from _best_first(db, asked, told)
    else:
        yield from map(_hit, db.execute(_NEWEST, told))


def _best_first(db: Database, asked: Match, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The newest answers by weight, then those too many to be weighed."""
    weighed = db.execute(_WEIGHED, told | {"weighed": MOST_WEIGHED}).fetchall()
    if not weighed:
        return
    oldest, limit = weighed[-1][0], told["limit"]
    best = _ordered(weighed, _all_in_headline(db, asked, told | {"first": oldest}))[:limit]
    for start in range(0, len(best), _AT_ONCE):
        yield from _these(db, told, best[start : start + _AT_ONCE])
    if len(weighed) == MOST_WEIGHED:
        yield from map(_hit, db.execute(_NEWEST, told | {"last": oldest - 1, "limit": limit - len(best)}))


def _all_in_headline(db: Database, asked: Match, told: dict[str, Any]) -> set[int]:
    return {article_id for (article_id,) in db.execute(_IDS, told | {"match": asked.all_in("title")})}


def _ordered(weighed: Sequence[tuple[int, float, float]], whole: Container[int]) -> list[int]:
    """Ids, best first: those whose headline answers, those whose headline answers in part, then the others.

    Within each by FTS5's bm25 (less is better). That alone would prefer the rarest form of a word, which is the best
    hit only by chance.
    """

    def rank(row: tuple[int, float, float]) -> tuple[bool, bool, float, int]:
        article_id, in_headline, weight = row
        return article_id not in whole, not in_headline, weight, -article_id

    return [row[0] for row in sorted(weighed, key=rank)]


def _these(db: Database, told: dict[str, Any], ids: Sequence[int]) -> list[dict[str, Any]]:
    """Hits by their ids, in this order; one that an update took away meanwhile is left out."""
    asked = told | {"first": min(ids), "last": max(ids), "ids": json.dumps(ids)}
    hits = {row[0]: _hit(row) for row in db.execute(_THESE, asked)}
    return [hits[article_id] for article_id in ids if article_id in hits]


def plain_hit(hit: dict[str, Any]) -> dict[str, Any]:
    """A hit for programs: in its snippet the words found stand between square brackets."""
    snippet = hit["snippet"].replace(MARK_START, "[").replace(MARK_END, "]")
    told = {name: value for name, value in hit.items() if name != "marked_title"}
    return told | {"snippet": " ".join(snippet.split())}


def _hit(row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as a hit. Its snippet comes from the text, else from where words were found."""
    pieces = dict(zip(COLUMNS, row[len(_HIT) :], strict=True))
    found_in = [name for name in COLUMNS if MARK_START in (pieces[name] or "")]
    best = next((name for name in ("text", "posts", "captions", "subtitle") if name in found_in), "text")
    told = {"marked_title": pieces["title"], "snippet": pieces[best] or "", "found_in": found_in}
    return {**dict(zip(_HIT, row, strict=False)), **told}


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
