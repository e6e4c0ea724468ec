"""Merges archives of several machines (shards) into one. The result does not depend on the order.

A shard is only read. Rows are matched by natural keys (URL, time, hash of the bytes), not by ids,
so that a merge can be repeated: after an interruption, or when the shard has grown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from khabar.archive import schema, takedowns
from khabar.archive.connect import open_archive
from khabar.archive.database import Archive, ArchiveError, transaction
from khabar.archive.merge import articles, crawl_state, exclusions

BATCH_SIZE = 200  # articles per transaction; chosen by hand, not measured


def count_articles(path: Path) -> int:
    """Counts the articles of a shard. Raises ArchiveError for anything but an archive of this
    version.
    """
    # `allow_restored`: the takedowns of the target archive are applied to what is merged.
    with open_archive(path, allow_restored=True) as shard:
        if schema.has_pending_migrations(shard.db):
            raise ArchiveError(
                f"{path}: written by an older Khabar: any command of this one that writes, as "
                f"`khabar --archive {path} crawl`, brings it up to date"
            )
        number: int = shard.db.execute("select count(*) from articles").fetchone()[0]
    return number


def merge_archive(archive: Archive, path: Path, on_progress: Callable[[int], None]) -> Counter[str]:
    """Merges a shard into an archive open for writing. Returns how many of its articles were "new",
    "changed", "unchanged" or "taken down". `on_progress` gets the number of articles per batch.

    Ids are kept; an article with two ids keeps the smaller one. An article in both archives gets
    the text that was fetched last, and all older texts as revisions. Raises ArchiveError for a
    shard that cannot be read, or that has takedowns which the archive lacks.
    """
    count_articles(path)
    if path.samefile(archive.path):
        raise ArchiveError(f"{path}: this is the archive itself; name another file")
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
    """Attaches the shard as `shard`, read-only and without its lock: a crawl may write to it."""
    db.execute("attach database ? as shard", [f"file:{quote(str(path.resolve()))}?mode=ro"])
    try:
        yield
    finally:
        db.execute("detach database shard")


def _check_takedowns(db: Database, path: Path) -> None:
    """Raises ArchiveError if the shard has a takedown that the archive lacks."""
    row = db.execute(
        """select pattern from shard.takedowns
        where pattern not in (select pattern from main.takedowns) order by id"""
    ).fetchone()
    if row:
        raise ArchiveError(
            f"{path}: has a takedown of {row[0]}: run `khabar takedown add {row[0]}` here first"
        )


def _merge_articles(db: Database, on_progress: Callable[[int], None]) -> Counter[str]:
    counts = Counter[str]()
    forbidden_ids = {
        article_id for (article_id,) in db.execute("select id from temp.forbidden_articles")
    }
    last = 0
    while batch := db.execute(
        """select id, url, source, text_sha256 from shard.articles
        where id > ? order by id limit ?""",
        [last, BATCH_SIZE],
    ).fetchall():
        with transaction(db):
            # A changed article is deleted and inserted again while other rows refer to it.
            db.execute("pragma defer_foreign_keys = on")
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
