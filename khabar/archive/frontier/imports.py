"""Imports of files: progress in each, the URL rows of its pages, the lines known from it."""

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
    """The URL row of an imported page. `gone_at`: when the crawl found the page removed, if that
    was after the imported copy was made.
    """

    page_id: int
    gone_at: str | None


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file to import. `digest`: of its content, by which it is known; `sources`: of what decides
    how its records are read: the source files, the names of fields.
    """

    name: str
    size: int
    digest: str
    sources: str


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far a file is imported. `finished_at`: when it was read to its end with these sources."""

    offset: int
    finished_at: str | None


def begin_import(
    db: Database, file: ImportFile, now: datetime, *, again: bool = False, repeat: bool = False
) -> ImportProgress:
    """Returns where to go on with a file: at 0 if it is new, if the sources have changed since, if
    it is to be read `again`, or if it was finished and is to be read repeatedly (`repeat`).
    """
    with transaction(db):
        db.execute(
            """insert into imports (digest, file, bytes, offset, begun_at, sources)
            values (:digest, :name, :size, 0, :now, :sources)
            on conflict (digest) do update set offset = 0, begun_at = :now, finished_at = null,
              sources = :sources
            where :again or sources is not :sources or (:repeat and finished_at is not null)""",
            {
                "digest": file.digest,
                "name": file.name,
                "size": file.size,
                "now": format_utc(now),
                "sources": file.sources,
                "again": again,
                "repeat": repeat,
            },
        )
        row = db.execute(
            "select offset, finished_at from imports where digest = ?", [file.digest]
        ).fetchone()
    return ImportProgress(*row)


def save_progress(
    db: Database,
    file: ImportFile,
    offset: int,
    articles: int,
    now: datetime,
    *,
    is_finished: bool = False,
) -> None:
    """Records that the file is stored up to `offset`, with `articles` articles more."""
    with transaction(db):
        db.execute(
            """update imports set offset = :offset, articles = articles + :articles,
              finished_at = iif(:is_finished, :now, null)
            where digest = :digest""",
            {
                "digest": file.digest,
                "offset": offset,
                "articles": articles,
                "is_finished": is_finished,
                "now": format_utc(now),
            },
        )


def upsert_imported_url(
    db: Database, source: Source, page: Page, now: datetime
) -> ImportedUrl | None:
    """Finds or inserts the URL row of an imported page, without scheduling it.

    Returns None if the crawl has seen the article at the same time or later, or if it was taken
    down.
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


def is_known_line(db: Database, digest: bytes) -> bool:
    """Whether an article was last imported from the line with this digest."""
    row = db.execute("select 1 from imported_lines where digest = ?", [digest]).fetchone()
    return row is not None


def remember_line(db: Database, article_id: int, digest: bytes) -> None:
    """Remembers the line from which an article was imported, instead of the one before."""
    db.execute(
        """insert into imported_lines (article_id, digest) values (?, ?)
        on conflict (article_id) do update set digest = excluded.digest""",
        [article_id, digest],
    )


def mark_removed(db: Database, imported_url: ImportedUrl) -> None:
    """Marks an imported article as removed at `gone_at`: the crawl found its page gone."""
    with transaction(db):
        db.execute(
            """update articles set removed_at = ?
            where id = (select article_id from pages where id = ?)""",
            [imported_url.gone_at, imported_url.page_id],
        )
