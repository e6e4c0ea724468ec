"""Archives of several machines folded into one: rerunnable, in any order, and the same comes out.

A shard is read and never written. What both have is told apart by what it is (an address, a moment, the bytes), never
by a row's number, so a merge that was stopped, or a shard that went on, is simply merged again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from khabar.archive import takedowns
from khabar.archive.connect import open_archive
from khabar.archive.database import Archive, ArchiveError, transaction
from khabar.archive.merge import articles, forbidden, ledger

BATCH = 200  # articles in a transaction


def size(path: Path) -> int:
    """How many articles a shard has. Raises ArchiveError for what is no archive of this version."""
    with open_archive(path, restored=True) as shard:  # the takedowns of the target are asked
        number: int = shard.db.execute("select count(*) from articles").fetchone()[0]
    return number


def merge(archive: Archive, path: Path, step: Callable[[int], None]) -> Counter[str]:
    """Folds a shard into an archive open for writing: what became of its articles (new, changed, unchanged …).

    Ids stay: of two for one address the earlier known. An article both have keeps the words fetched last, and every
    older reading as a revision. Raises ArchiveError for a shard that cannot be read, or that was told to forget what
    this archive was not.
    """
    size(path)
    if path.samefile(archive.path):
        raise ArchiveError(f"{path}: is the archive itself")
    with _attached(archive.db, path):
        _check_takedowns(archive.db, path)
        forbidden.find(archive.db)
        try:
            ledger.take(archive.db)
            counts = _take_articles(archive.db, step)
            ledger.link(archive.db)
        finally:
            forbidden.drop(archive.db)
    return counts


@contextmanager
def _attached(db: Database, path: Path) -> Iterator[None]:
    """The shard as `shard`, read-only: no lock of its is taken, a crawl may go on in it."""
    db.execute("attach database ? as shard", [f"file:{quote(str(path.resolve()))}?mode=ro"])
    try:
        yield
    finally:
        db.execute("detach database shard")


def _check_takedowns(db: Database, path: Path) -> None:
    """What one machine was told to forget, no other may bring back."""
    row = db.execute(
        "select pattern from shard.takedowns where pattern not in (select pattern from main.takedowns) order by id"
    ).fetchone()
    if row:
        raise ArchiveError(f"{path}: was told to forget {row[0]}: `khabar takedown add {row[0]}` here first")


def _take_articles(db: Database, step: Callable[[int], None]) -> Counter[str]:
    counts = Counter[str]()
    gone = {article_id for (article_id,) in db.execute("select id from temp.forbidden_articles")}
    last = 0
    while batch := _next(db, last):
        with transaction(db):
            db.execute("pragma defer_foreign_keys = on")  # an article is written anew as a whole
            for article_id, url, source, text_sha256 in batch:
                is_gone = article_id in gone or takedowns.taken_down(db, url, source, text_sha256) is not None
                counts["taken down" if is_gone else articles.take(db, article_id, url)] += 1
        last = batch[-1][0]
        step(len(batch))
    return counts


def _next(db: Database, last: int) -> list[tuple[int, str, str, str | None]]:
    return list(
        db.execute(
            "select id, url, source, text_sha256 from shard.articles where id > ? order by id limit ?", [last, BATCH]
        )
    )
