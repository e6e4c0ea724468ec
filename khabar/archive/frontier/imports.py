"""Imports of WARC files: how far each is, and what the archive knows already of the pages in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.frontier import url_store
from khabar.model.clock import format_utc
from khabar.model.items import DiscoveredLink, Outcome, Page
from khabar.model.sources import Source


@dataclass(frozen=True, slots=True)
class ImportedUrl:
    """The ledger row of an imported page. `gone_at`: when we found it removed, later than this
    copy was taken.
    """

    page_id: int
    gone_at: str | None


def begin_import(db: Database, file: str, size: int, now: datetime) -> int:
    """Where to go on in a file, in bytes: 0 for one never seen. A file is known by its name and
    its size.
    """
    with transaction(db):
        db.execute(
            "insert into imports (file, bytes, offset, begun_at) values (?, ?, 0, ?) on conflict do nothing",
            [file, size, format_utc(now)],
        )
        offset: int = db.execute(
            "select offset from imports where file = ? and bytes = ?", [file, size]
        ).fetchone()[0]
    return offset


def save_progress(
    db: Database, file: str, size: int, offset: int, articles: int, now: datetime
) -> None:
    """Everything before `offset` is filed, `articles` articles more."""
    with transaction(db):
        db.execute(
            """update imports set offset = :offset, articles = articles + :articles,
              finished_at = iif(:offset >= bytes, :now, null) where file = :file and bytes = :size""",
            {
                "file": file,
                "size": size,
                "offset": offset,
                "articles": articles,
                "now": format_utc(now),
            },
        )


def upsert_imported_url(
    db: Database, source: Source, page: Page, now: datetime
) -> ImportedUrl | None:
    """The page's row, made when there is none, and not due.

    None: we have read the article then or later ourselves, or it was taken down.
    """
    with transaction(db):
        url_store.upsert_source(db, source, now)
        max_id = url_store.max_url_id(db)
        (page_id,) = url_store.upsert_urls(
            db, source, [DiscoveredLink(page.url, "import")], page.fetched_at, None
        )
        if page_id > max_id:
            url_store.unschedule_urls(db, page_id, max_id)
        outcome, last_asked, last_seen = db.execute(
            """select p.outcome, p.last_asked, a.last_seen from pages p
            left join articles a on a.id = p.article_id where p.id = ?""",
            [page_id],
        ).fetchone()
    fetched_at = format_utc(page.fetched_at)
    if (last_seen and last_seen >= fetched_at) or outcome == Outcome.TAKEN_DOWN:
        return None
    is_gone = (
        outcome in (Outcome.NOT_FOUND, Outcome.GONE, Outcome.SOFT_404) and last_asked >= fetched_at
    )
    return ImportedUrl(page_id, last_asked if is_gone else None)


def mark_removed(db: Database, imported_url: ImportedUrl) -> None:
    """An article that came from a copy and was gone when we asked for it: kept, and marked
    removed.
    """
    with transaction(db):
        db.execute(
            "update articles set removed_at = ? where id = (select article_id from pages where id = ?)",
            [imported_url.gone_at, imported_url.page_id],
        )
