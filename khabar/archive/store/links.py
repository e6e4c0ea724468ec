"""Saves the links that a document names; those of a long document in slices, so that neither the
crawl nor another writer waits for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlite_utils import Database

from khabar.archive import takedowns
from khabar.archive.database import transaction
from khabar.archive.frontier import backfills, url_store
from khabar.model.items import DiscoveredLink, Outcome, Visit
from khabar.model.sources import Source

# Links saved in one transaction: 35 to 60 ms, at 0.06 to 0.07 ms CPU a link, in which no other host
# is served. One by one they took 0.42 to 0.77 ms. Measured by `python -m benchmarks links`.
LINKS_PER_SLICE = 500


def save_links(
    db: Database,
    source: Source,
    links: tuple[DiscoveredLink, ...],
    now: datetime,
    document_id: int,
    *,
    of_backfill: bool,
) -> None:
    """Inserts or updates the URL rows of a document's links. Call it inside a transaction.

    `of_backfill`: the document is an archive sitemap of a backfill; its links are filtered by day.
    """
    if of_backfill:
        backfills.add_links(db, source, links, now, document_id)
    else:
        url_store.upsert_urls(db, source, links, now, document_id)


def save_early_slices(
    db: Database, visit: Visit, source: Source, now: Callable[[], datetime]
) -> Iterator[None]:
    """Saves all but the last slice of a document's links, each in a transaction, and yields after
    each; the last is left in `visit.found`, to be saved with the outcome by `save_visit`.

    A document that is not saved to its end stays due: its links are then read and saved again,
    which changes nothing. Saves nothing for a document that was taken down.
    """
    while visit.outcome is Outcome.FEED and len(visit.found) > LINKS_PER_SLICE:
        with transaction(db):
            url, kind, backfill = db.execute(
                "select url, kind, backfill from pages where id = ?", [visit.page_id]
            ).fetchone()
            if takedowns.find_takedown_of_visit(db, visit, url):
                return
            links = visit.found[:LINKS_PER_SLICE]
            of_backfill = bool(backfill) and kind != "page"
            save_links(db, source, links, now(), visit.page_id, of_backfill=of_backfill)
        visit.found = visit.found[LINKS_PER_SLICE:]
        yield
