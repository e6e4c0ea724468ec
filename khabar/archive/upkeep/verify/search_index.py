"""Checks of the search index against the texts, by word and position."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlite_utils import Database

from khabar.archive import search
from khabar.archive.database import transaction
from khabar.archive.upkeep.verify.findings import CheckContext, Finding
from khabar.hindi.normalize import FOLD_VERSION, fold_for_index

_HASH_MASK = (1 << 64) - 1


def check_index(context: CheckContext) -> Iterator[Finding]:
    """Checks that every article is indexed by just its words, and nothing else is indexed.

    One sum of hashes per article is compared: other words have the same sum with a chance of one in
    2⁶⁴.
    """
    row = context.db.execute("select value from meta where name = 'fold_version'").fetchone()
    if row is None or row[0] != str(FOLD_VERSION):
        yield Finding(
            "search",
            "articles_fts",
            f"folded by version {row and row[0]}, not {FOLD_VERSION}",
            rebuild_index,
        )
        return
    term_sums, columns = _sum_indexed_terms(context.db), _list_columns(context.db)
    for article_id, url, *texts in context.db.execute(
        f"select id, url, {', '.join(columns)} from articles"  # noqa: S608
    ):
        if _sum_text_terms(columns, texts) != term_sums.pop(article_id, 0):
            yield Finding("search", url, "is indexed by other words than its own", rebuild_index)
    for article_id in term_sums:
        yield Finding("search", str(article_id), "is indexed, but is no article", rebuild_index)


def _list_columns(db: Database) -> list[str]:
    return [row[1] for row in db.execute("pragma table_info(articles_fts)")]


def _sum_indexed_terms(db: Database) -> dict[int, int]:
    """Returns article id → sum of the hashes of its entries in the index."""
    sums: dict[int, int] = defaultdict(int)
    db.execute(
        "create virtual table temp.words_indexed using fts5vocab(main, articles_fts, instance)"
    )
    try:
        for term, article_id, column, position in db.execute(
            "select term, doc, col, offset from temp.words_indexed"
        ):
            sums[article_id] = (sums[article_id] + _hash_term(term, column, position)) & _HASH_MASK
    finally:
        db.execute("drop table temp.words_indexed")
    return sums


def _sum_text_terms(columns: list[str], texts: list[str | None]) -> int:
    return _HASH_MASK & sum(
        _hash_term(word, column, position)
        for column, text in zip(columns, texts, strict=True)
        for position, word in enumerate((fold_for_index(text) or "").split())
    )


def _hash_term(word: str, column: str, position: int) -> int:
    """Returns the hash of one string.

    Hashes of tuples that differ in one element differ in a regular way, which sums would cancel.
    """
    return hash(f"{column} {position} {word}")


def check_terms(context: CheckContext) -> Iterator[Finding]:
    """Checks that every word in Devanagari has a Latin spelling to be searched by."""
    context.db.execute(
        "create virtual table temp.words_indexed using fts5vocab(main, articles_fts, row)"
    )
    try:
        missing = context.db.execute(
            """select term from temp.words_indexed where term >= char(0x900) and term < char(0x980)
            and term not in (select term from search_terms)"""
        ).fetchall()
    finally:
        context.db.execute("drop table temp.words_indexed")
    for (term,) in missing:
        yield Finding("search", term, "has no Latin spelling", _learn_all_terms)


def rebuild_index(context: CheckContext) -> None:
    """Rebuilds the search index and the Latin spellings from the texts."""
    with transaction(context.db):
        search.rebuild_index(context.db)
        context.db.execute(
            "insert or replace into meta values ('fold_version', ?)", [str(FOLD_VERSION)]
        )


def _learn_all_terms(context: CheckContext) -> None:
    columns = _list_columns(context.db)
    with transaction(context.db):
        for texts in context.db.execute(f"select {', '.join(columns)} from articles").fetchall():  # noqa: S608
            search.add_terms(context.db, *texts)
