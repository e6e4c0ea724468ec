"""The search index against the texts, word by word and place by place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlite_utils import Database

from khabar.archive import search
from khabar.archive.database import transaction
from khabar.archive.upkeep.verify.faults import Case, Fault
from khabar.hindi.normalize import FOLD_VERSION, fold_index

_MASK = (1 << 64) - 1


def index(case: Case) -> Iterator[Fault]:
    """Every article stands in the index with just its words, and nothing else does.

    Sums of hashes are compared, one for each article: equal sums of other words would be a chance of one in 2⁶⁴.
    """
    told = case.db.execute("select value from meta where name = 'fold_version'").fetchone()
    if told is None or told[0] != str(FOLD_VERSION):
        yield Fault("search", "articles_fts", f"folded by version {told and told[0]}, not {FOLD_VERSION}", index_anew)
        return
    indexed, columns = _indexed(case.db), _columns(case.db)
    for article_id, url, *texts in case.db.execute(f"select id, url, {', '.join(columns)} from articles"):  # noqa: S608
        if _sum(columns, texts) != indexed.pop(article_id, 0):
            yield Fault("search", url, "is indexed by other words than its own", index_anew)
    for article_id in indexed:
        yield Fault("search", str(article_id), "is indexed and no article", index_anew)


def _columns(db: Database) -> list[str]:
    return [row[1] for row in db.execute("pragma table_info(articles_fts)")]


def _indexed(db: Database) -> dict[int, int]:
    """Article → the sum of what the index has of it."""
    found: dict[int, int] = defaultdict(int)
    db.execute("create virtual table temp.words_indexed using fts5vocab(main, articles_fts, instance)")
    try:
        for term, article_id, column, at in db.execute("select term, doc, col, offset from temp.words_indexed"):
            found[article_id] = (found[article_id] + _hash(term, column, at)) & _MASK
    finally:
        db.execute("drop table temp.words_indexed")
    return found


def _sum(columns: list[str], texts: list[str | None]) -> int:
    return _MASK & sum(_hash(word, column, at) for column, text in zip(columns, texts, strict=True)
                       for at, word in enumerate((fold_index(text) or "").split()))  # fmt: skip


def _hash(word: str, column: str, at: int) -> int:
    """Of one string: hashes of tuples that differ alike in one part differ alike, and sums of them say nothing."""
    return hash(f"{column} {at} {word}")


def terms(case: Case) -> Iterator[Fault]:
    """Every word in Devanagari can be found by its Latin spelling."""
    case.db.execute("create virtual table temp.words_indexed using fts5vocab(main, articles_fts, row)")
    try:
        missing = case.db.execute(
            """select term from temp.words_indexed where term >= char(0x900) and term < char(0x980)
            and term not in (select term from search_terms)"""
        ).fetchall()
    finally:
        case.db.execute("drop table temp.words_indexed")
    for (term,) in missing:
        yield Fault("search", term, "has no Latin spelling", _learn_all)


def index_anew(case: Case) -> None:
    """The index and the Latin spellings made anew from the texts."""
    with transaction(case.db):
        search.refold(case.db)
        case.db.execute("insert or replace into meta values ('fold_version', ?)", [str(FOLD_VERSION)])


def _learn_all(case: Case) -> None:
    columns = _columns(case.db)
    with transaction(case.db):
        for texts in case.db.execute(f"select {', '.join(columns)} from articles").fetchall():  # noqa: S608
            search.learn(case.db, *texts)
