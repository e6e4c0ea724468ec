"""Runs searches: newest first or ranked, with snippets in which the matches are marked."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Sequence
from typing import Any

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.search.search_query import INDEX_JOIN, MATCH_WHERE, SearchQuery
from khabar.archive.search.vocabulary import ArchiveVocabulary, add_terms
from khabar.hindi.fts_query import FtsQuery, build_fts_query, build_match_expression

# Around each match in a snippet: private-use characters, which do not occur in pages, so that a
# snippet can be escaped afterwards.
MARK_START, MARK_END = "\ue000", "\ue001"
COLUMNS = ("text", "title", "subtitle", "posts", "captions")  # in the order of the index
# Field prefixes of the query syntax → column.
FIELDS = {name: name for name in COLUMNS} | {
    "post": "posts", "embed": "posts", "caption": "captions",
    "शीर्षक": "title", "पाठ": "text", "पोस्ट": "posts", "कैप्शन": "captions",
}  # fmt: skip
# A ranked search ranks its newest 10,000 hits; older ones follow, newest first. A bound on the
# time: 146 to 181 ms on a million articles (commit 446110f; docs/decisions.md, Best first).
MAX_RANKED = 10_000
# Hits loaded per query, and words per snippet; both chosen by hand, not measured.
_BATCH_SIZE = 200
_SNIPPET_WORDS = 24
# bm25 weights in the order of COLUMNS; chosen by hand, not measured.
_COLUMN_WEIGHTS = "1.0, 10.0, 4.0, 1.0, 1.0"
_HEADLINE_WEIGHTS = "0.0, 1.0, 0.0, 0.0, 0.0"  # of the title only: non-zero if it matches
_HIT_COLUMNS = ("id", "url", "title", "subtitle", "source", "published_at", "page_type")
_SNIPPETS = ", ".join(
    f"highlight(articles_fts, {column_index}, :start, :end)"
    if name == "title"
    else f"snippet(articles_fts, {column_index}, :start, :end, '…', :around)"
    for column_index, name in enumerate(COLUMNS)
)
_SNIPPET_PARAMS = {"start": MARK_START, "end": MARK_END, "around": _SNIPPET_WORDS}

_ARTICLE_JOIN = "cross join articles a on a.id = articles_fts.rowid"
_SELECT_IDS = f"select facts.id from {INDEX_JOIN} {MATCH_WHERE}"  # noqa: S608  (here and below: constants)
_SELECT_RANKED = f"""select facts.id,
    bm25(articles_fts, {_HEADLINE_WEIGHTS}), bm25(articles_fts, {_COLUMN_WEIGHTS})
  from {INDEX_JOIN} {MATCH_WHERE} order by articles_fts.rowid desc limit :weighed"""  # noqa: S608
_SELECTED = ", ".join(f"a.{name}" for name in _HIT_COLUMNS)
_SELECT_HITS = f"select {_SELECTED}, {_SNIPPETS} from {INDEX_JOIN} {_ARTICLE_JOIN} {MATCH_WHERE}"  # noqa: S608
_SELECT_NEWEST = f"{_SELECT_HITS} order by articles_fts.rowid desc limit :limit"
# With the unary plus SQLite scans the matches once; without it, it would query the full-text index
# once per id.
_SELECT_BY_IDS = f"{_SELECT_HITS} and +articles_fts.rowid in (select value from json_each(:ids))"  # noqa: S608


def build_match(db: Database, query: str) -> str:
    """Returns the FTS5 expression for a query, expanded by the archive's vocabulary and aliases; ""
    if the query has no words.
    """
    return build_match_expression(query, open_vocabulary(db.conn), fields=FIELDS)


def open_vocabulary(connection: sqlite3.Connection) -> ArchiveVocabulary:
    """Returns the vocabulary and aliases of an archive, for `khabar.hindi.fts_query`."""
    return ArchiveVocabulary(connection)


def search_articles(db: Database, query: SearchQuery) -> list[dict[str, Any]]:
    """Returns the hits of `iter_hits` as a list."""
    return list(iter_hits(db, query))


def iter_hits(db: Database, query: SearchQuery) -> Iterator[dict[str, Any]]:
    """Yields hits, newest first or (`ranked`) best first.

    A hit has id, url, title, subtitle, source, published_at, page_type; `snippet` and
    `marked_title`, with each match between MARK_START and MARK_END; `found_in`, the columns with
    matches (posts: the text of embedded posts).
    """
    match = build_fts_query(query.query, open_vocabulary(db.conn), fields=FIELDS)
    if match is None:
        return
    params = query.build_params(db.conn, str(match)) | _SNIPPET_PARAMS | {"limit": query.limit}
    if query.ranked:
        yield from _iter_ranked(db, match, params)
    else:
        yield from map(_make_hit, db.execute(_SELECT_NEWEST, params))


def _iter_ranked(db: Database, match: FtsQuery, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the newest MAX_RANKED hits ranked, then the others, newest first."""
    rows = db.execute(_SELECT_RANKED, params | {"weighed": MAX_RANKED}).fetchall()
    if not rows:
        return
    oldest, limit = rows[-1][0], params["limit"]
    title_params = params | {"first": oldest, "match": match.restrict_to_column("title")}
    full_matches = {article_id for (article_id,) in db.execute(_SELECT_IDS, title_params)}
    best = _rank_ids(rows, full_matches)[:limit]
    for start in range(0, len(best), _BATCH_SIZE):
        yield from _load_hits(db, params, best[start : start + _BATCH_SIZE])
    if len(rows) == MAX_RANKED:
        yield from map(
            _make_hit,
            db.execute(_SELECT_NEWEST, params | {"last": oldest - 1, "limit": limit - len(best)}),
        )


def _rank_ids(rows: Sequence[tuple[int, float, float]], full_matches: Container[int]) -> list[int]:
    """Returns ids, best first: those whose headline matches the whole query (`full_matches`), those
    whose headline matches in part, then the others.

    Within each group by bm25 (less is better). bm25 alone would prefer the rarest of the forms to
    which a word is expanded, which says nothing about the article.
    """

    def sort_key(row: tuple[int, float, float]) -> tuple[bool, bool, float, int]:
        article_id, in_headline, weight = row
        return article_id not in full_matches, not in_headline, weight, -article_id

    return [row[0] for row in sorted(rows, key=sort_key)]


def _load_hits(db: Database, params: dict[str, Any], ids: Sequence[int]) -> list[dict[str, Any]]:
    """Loads hits in the order of `ids`. An article that no longer matches, after a concurrent
    write, is left out.
    """
    page_params = params | {"first": min(ids), "last": max(ids), "ids": json.dumps(ids)}
    hits = {row[0]: _make_hit(row) for row in db.execute(_SELECT_BY_IDS, page_params)}
    return [hits[article_id] for article_id in ids if article_id in hits]


def to_plain_hit(hit: dict[str, Any]) -> dict[str, Any]:
    """Returns a hit for output to programs: without `marked_title`, matches in the snippet in
    square brackets.
    """
    snippet = hit["snippet"].replace(MARK_START, "[").replace(MARK_END, "]")
    fields = {name: value for name, value in hit.items() if name != "marked_title"}
    return fields | {"snippet": " ".join(snippet.split())}


def _make_hit(row: tuple[Any, ...]) -> dict[str, Any]:
    """Converts a row to a hit. The snippet is that of the first column with a match, `text` first;
    of `text` if only the title matches.
    """
    snippets = dict(zip(COLUMNS, row[len(_HIT_COLUMNS) :], strict=True))
    found_in = [name for name in COLUMNS if MARK_START in (snippets[name] or "")]
    best = next(
        (name for name in ("text", "posts", "captions", "subtitle") if name in found_in), "text"
    )
    extra = {
        "marked_title": snippets["title"],
        "snippet": snippets[best] or "",
        "found_in": found_in,
    }
    return {**dict(zip(_HIT_COLUMNS, row, strict=False)), **extra}


def rebuild_index(db: Database) -> None:
    """Rebuilds the index and the search terms after a change of folding. FTS5's own `rebuild` would
    index unfolded text.
    """
    columns = ", ".join(COLUMNS)
    db.execute("insert into articles_fts (articles_fts) values ('delete-all')")
    db.execute(
        f"insert into articles_fts (rowid, {columns}) "  # noqa: S608  (constant columns)
        f"select id, {', '.join(f'hi_fold({name})' for name in COLUMNS)} from articles"
    )
    db.execute("delete from search_terms")
    for texts in db.execute(f"select {columns} from articles"):  # noqa: S608
        add_terms(db, *texts)
