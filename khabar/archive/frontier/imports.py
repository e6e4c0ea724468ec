"""Imports of WARC files: how far each is, and what the archive knows already of the pages in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.frontier import ledger
from khabar.model.clock import stamp
from khabar.model.items import Found, Outcome, Page
from khabar.model.sources import Source


@dataclass(frozen=True, slots=True)
class Known:
    """The ledger row of an imported page. `gone_at`: when we found it removed, later than this copy was taken."""

    page_id: int
    gone_at: str | None


def begin(db: Database, file: str, size: int, now: datetime) -> int:
    """Where to go on in a file, in bytes: 0 for one never seen. A file is known by its name and its size."""
    with transaction(db):
        db.execute(
            "insert into imports (file, bytes, offset, begun_at) values (?, ?, 0, ?) on conflict do nothing",
            [file, size, stamp(now)],
        )
        offset: int = db.execute("select offset from imports where file = ? and bytes = ?", [file, size]).fetchone()[0]
    return offset


def advance(db: Database, file: str, size: int, offset: int, articles: int, now: datetime) -> None:
    """Everything before `offset` is filed, `articles` articles more."""
    with transaction(db):
        db.execute(
            """update imports set offset = :offset, articles = articles + :articles,
              finished_at = iif(:offset >= bytes, :now, null) where file = :file and bytes = :size""",
            {"file": file, "size": size, "offset": offset, "articles": articles, "now": stamp(now)},
        )


def note(db: Database, source: Source, page: Page, now: datetime) -> Known | None:
    """The page's row, made when there is none, and not due.

    None: we have read the article then or later ourselves, or it was taken down.
    """
    with transaction(db):
        ledger.enrol(db, source, now)
        newest = ledger.newest(db)
        (page_id,) = ledger.note(db, source, [Found(page.url, "import")], page.fetched_at, None)
        if page_id > newest:
            ledger.ask_for_none(db, page_id, newest)
        outcome, last_asked, last_seen = db.execute(
            """select p.outcome, p.last_asked, a.last_seen from pages p
            left join articles a on a.id = p.article_id where p.id = ?""",
            [page_id],
        ).fetchone()
    at = stamp(page.fetched_at)
    if (last_seen and last_seen >= at) or outcome == Outcome.TAKEN_DOWN:
        return None
    is_gone = outcome in (Outcome.NOT_FOUND, Outcome.GONE, Outcome.SOFT_404) and last_asked >= at
    return Known(page_id, last_asked if is_gone else None)


def mark_gone(db: Database, known: Known) -> None:
    """An article that came from a copy and was gone when we asked for it: kept, and marked removed."""
    with transaction(db):
        db.execute(
            "update articles set removed_at = ? where id = (select article_id from pages where id = ?)",
            [known.gone_at, known.page_id],
        )
