"""Archives of several machines folded into one: rerunnable, in any order, and the same comes out.

A shard is read and never written. What both have is told apart by what it is (an address, a moment,
the bytes), never by a row's number, so a merge that was stopped, or a shard that went on, is simply
merged again.
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
from khabar.archive.merge import articles, crawl_state, exclusions

BATCH_SIZE = 200  # articles in a transaction


def count_articles(path: Path) -> int:
    """How many articles a shard has. Raises ArchiveError for what is no archive of this version."""
    with open_archive(path, allow_restored=True) as shard:  # the takedowns of the target are asked
        number: int = shard.db.execute("select count(*) from articles").fetchone()[0]
    return number


def merge_archive(archive: Archive, path: Path, on_progress: Callable[[int], None]) -> Counter[str]:
    """Folds a shard into an archive open for writing: what became of its articles (new, changed,
    unchanged …).

    Ids stay: of two for one address the earlier known. An article both have keeps the words fetched
    last, and every older reading as a revision. Raises ArchiveError for a shard that cannot be
    read, or that was told to forget what this archive was not.
    """
    count_articles(path)
    if path.samefile(archive.path):
        raise ArchiveError(f"{path}: is the archive itself")
    with _attach_shard(archive.db, path):
        _check_takedowns(archive.db, path)
        exclusions.create_exclusion_tables(archive.db)
        try:
            crawl_state.merge_crawl_state(archive.db)
            counts = _merge_articles(archive.db, on_progress)
            crawl_state.link_rows(archive.db)
        finally:
            exclusions.drop_exclusion_tables(archive.db)
    return counts


@contextmanager
def _attach_shard(db: Database, path: Path) -> Iterator[None]:
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
        raise ArchiveError(
            f"{path}: was told to forget {row[0]}: `khabar takedown add {row[0]}` here first"
        )


def _merge_articles(db: Database, on_progress: Callable[[int], None]) -> Counter[str]:
    counts = Counter[str]()
    forbidden_ids = {
        article_id for (article_id,) in db.execute("select id from temp.forbidden_articles")
    }
    last = 0
    while batch := _next_batch(db, last):
        with transaction(db):
            db.execute("pragma defer_foreign_keys = on")  # an article is written anew as a whole
            for article_id, url, source, text_sha256 in batch:
                is_taken_down = (
                    article_id in forbidden_ids
                    or takedowns.find_takedown(db, url, source, text_sha256) is not None
                )
                counts[
                    "taken down" if is_taken_down else articles.merge_article(db, article_id, url)
                ] += 1
        last = batch[-1][0]
        on_progress(len(batch))
    return counts


def _next_batch(db: Database, last: int) -> list[tuple[int, str, str, str | None]]:
    return list(
        db.execute(
            "select id, url, source, text_sha256 from shard.articles where id > ? order by id limit ?",
            [last, BATCH_SIZE],
        )
    )
