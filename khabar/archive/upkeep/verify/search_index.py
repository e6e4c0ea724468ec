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
_WHOLE = (-(1 << 63), (1 << 63) - 1)  # bounds of all ids
_OTHER_WORDS = "is indexed by other words than its own"
# Articles compared one by one at a time: their sums take about 10 MB.
SLICE_ARTICLES = 100_000
# In a check of a sample each text is searched for by the longest of its first words: short ones are
# in nearly every article. Among 1,000,000 articles this took 1.5 CPU ms a text, and 137 with a
# phrase of the first eight words. Chosen by hand, not measured otherwise.
FIRST_WORDS, LONGEST_WORDS = 8, 3


def check_index(context: CheckContext) -> Iterator[Finding]:
    """Checks that every article is indexed by just its words, and nothing else is indexed.

    Sums of hashes are compared: other words have the same sum with a chance of one in 2⁶⁴. First
    one sum of all articles, so that memory does not grow with their number; only where that
    differs, one sum of each article.
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
    if context.sample is not None:
        yield from _check_sampled_words(context)
    elif _sum_index(context.db) != _sum_texts(context):
        ids = _list_slices(context.db)
        for bounds in zip([_WHOLE[0], *ids], [*ids, _WHOLE[1]], strict=True):
            yield from _check_slice(context.db, bounds)


def _list_slices(db: Database) -> list[int]:
    """Returns the id of every SLICE_ARTICLES-th article."""
    return [
        article_id
        for number, (article_id,) in enumerate(
            db.execute("select id from articles order by id"), start=1
        )
        if number % SLICE_ARTICLES == 0
    ]


def _check_slice(db: Database, bounds: tuple[int, int]) -> Iterator[Finding]:
    """Compares the articles with ids from `bounds[0]`, below `bounds[1]`, one by one."""
    term_sums, columns = _sum_indexed_terms(db, bounds), _list_columns(db)
    for article_id, url, *texts in db.execute(
        f"select id, url, {', '.join(columns)} from articles where id >= ? and id < ?",  # noqa: S608
        list(bounds),
    ):
        if _sum_text_terms(article_id, columns, texts) != term_sums.pop(article_id, 0):
            yield Finding("search", url, _OTHER_WORDS, rebuild_index)
    for article_id in term_sums:
        yield Finding("search", str(article_id), "is indexed, but is no article", rebuild_index)


def _check_sampled_words(context: CheckContext) -> Iterator[Finding]:
    """Checks that the sampled articles are found by some of the first words of each of their
    texts; not that these are in order, nor that no other words lead to them.
    """
    columns = _list_columns(context.db)
    condition = f"true{context.restrict('articles', 'id')}"
    for article_id, url, *texts in context.iter_rows(
        "articles",
        f"select id, url, {', '.join(columns)} from articles where {condition}",  # noqa: S608
    ):
        for column, text in zip(columns, texts, strict=True):
            words = set((fold_for_index(text) or "").split()[:FIRST_WORDS])
            longest = sorted(words, key=lambda word: (len(word), word))[-LONGEST_WORDS:]
            query = " ".join('"{}"'.format(word.replace('"', '""')) for word in longest)
            is_found = (
                not words
                or context.db.execute(
                    "select 1 from articles_fts where articles_fts match ? and rowid = ?",
                    [f"{column} : ({query})", article_id],
                ).fetchone()
            )
            if not is_found:
                yield Finding("search", url, _OTHER_WORDS, rebuild_index)
                break


def _list_columns(db: Database) -> list[str]:
    return [row[1] for row in db.execute("pragma table_info(articles_fts)")]


def _sum_index(db: Database) -> int:
    """Returns the sum of the hashes of all entries of the index."""
    return _HASH_MASK & sum(_hash_term(*entry) for entry in _iter_indexed_terms(db))


def _sum_texts(context: CheckContext) -> int:
    """Returns the sum of the hashes of all words of the articles: that of a sound index."""
    columns = _list_columns(context.db)
    return _HASH_MASK & sum(
        _sum_text_terms(article_id, columns, texts)
        for article_id, *texts in context.iter_rows(
            "articles",
            f"select id, {', '.join(columns)} from articles",  # noqa: S608
        )
    )


def _sum_indexed_terms(db: Database, bounds: tuple[int, int]) -> dict[int, int]:
    """Returns article id → sum of the hashes of its entries in the index, for ids in `bounds`."""
    sums: dict[int, int] = defaultdict(int)
    for article_id, column, position, term in _iter_indexed_terms(db):
        if bounds[0] <= article_id < bounds[1]:
            sums[article_id] += _hash_term(article_id, column, position, term)
    return {article_id: value & _HASH_MASK for article_id, value in sums.items()}


def _iter_indexed_terms(db: Database) -> Iterator[tuple[int, str, int, str]]:
    """Yields article id, column, position and term of each entry of the index."""
    db.execute(
        "create virtual table temp.words_indexed using fts5vocab(main, articles_fts, instance)"
    )
    try:
        yield from db.execute("select doc, col, offset, term from temp.words_indexed")
    finally:
        db.execute("drop table temp.words_indexed")


def _sum_text_terms(article_id: int, columns: list[str], texts: list[str | None]) -> int:
    return _HASH_MASK & sum(
        _hash_term(article_id, column, position, word)
        for column, text in zip(columns, texts, strict=True)
        for position, word in enumerate((fold_for_index(text) or "").split())
    )


def _hash_term(article_id: int, column: str, position: int, word: str) -> int:
    """Returns the hash of one string.

    Hashes of tuples that differ in one element differ in a regular way, which sums would cancel.
    """
    return hash(f"{article_id} {column} {position} {word}")


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
        for texts in context.db.execute(f"select {', '.join(columns)} from articles"):  # noqa: S608
            search.add_terms(context.db, *texts)
