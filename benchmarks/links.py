"""Cost of a sitemap of 50,000 links: `python -m benchmarks links`.

CPU milliseconds a link for parsing it, for saving its links when they are new and when they are
known, and as a backfill; and the longest slice, during which a crawl serves no other host.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from khabar.archive import open_archive
from khabar.archive.frontier import backfills, url_store
from khabar.archive.store.links import save_early_slices
from khabar.archive.store.save import save_visit
from khabar.model.items import Outcome, Visit
from khabar.model.sources import ArchiveSitemap, ArticleUrls, DiscoveryDocument, Source
from khabar.parsing.sitemaps import parse_sitemap

COUNT = 50_000
HOME = "http://www.kagaz.newsroom.test"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SOURCE = Source(
    key="kagaz",
    name="काग़ज़",
    name_en="Kagaz",
    homepage=f"{HOME}/",
    hosts=("www.kagaz.newsroom.test",),
    status="on",
    article=ArticleUrls(pattern=r"/news/"),
    feeds=(DiscoveryDocument(url=f"{HOME}/sitemap.xml"),),
    archive_sitemaps=(ArchiveSitemap(url=f"{HOME}/archive.xml"),),
)


def make_sitemap(folder: str) -> bytes:
    """Returns a sitemap with Hindi slugs, half of them not yet percent-encoded."""
    slugs = ("%E0%A4%B0%E0%A4%BE%E0%A4%AE" * 6, "राम-की-खबर-और-नाम")
    entries = "".join(
        f"<url><loc>{HOME}/{folder}/{number}-{slugs[number % 2]}</loc>"
        "<lastmod>2026-11-24T10:00:00+05:30</lastmod></url>"
        for number in range(COUNT)
    )
    return (
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()
    )


def main() -> None:
    """Measures and prints a line each."""
    with tempfile.TemporaryDirectory() as folder:
        for name, total, longest in _measure_all(Path(folder) / "archive.db"):
            line = f"{name:16} {total / COUNT * 1e3:.3f} ms CPU a link"
            sys.stdout.write(f"{line}, longest slice {longest * 1e3:.0f} ms\n")


def _measure_all(path: Path) -> Iterator[tuple[str, float, float]]:
    begun = time.process_time()
    links = tuple(parse_sitemap(make_sitemap("news"), f"{HOME}/sitemap.xml", NOW))
    total = time.process_time() - begun
    yield "parsed", total, total
    older_links = tuple(parse_sitemap(make_sitemap("news/old"), f"{HOME}/archive.xml", NOW))
    with open_archive(path, write=True) as archive:
        url_store.register_source(archive.db, SOURCE, NOW)
        backfills.begin_backfill(archive.db, SOURCE, NOW.date(), NOW.date(), NOW)
        for name, address, found in (
            ("saved as new", "sitemap.xml", links),
            ("saved as known", "sitemap.xml", links),
            ("backfill, new", "archive.xml", older_links),
            ("backfill, known", "archive.xml", older_links),
        ):
            (page_id,) = archive.db.execute(
                "select id from pages where url = ?", [f"{HOME}/{address}"]
            ).fetchone()
            visit = Visit(page_id, SOURCE.key, outcome=Outcome.FEED, found=found)
            yield name, *_measure_visit(archive.db, visit)


def _measure_visit(db: Database, visit: Visit) -> tuple[float, float]:
    """Returns the CPU seconds of all slices and of the longest."""
    times = [time.process_time()]
    times.extend(time.process_time() for _ in save_early_slices(db, visit, SOURCE, lambda: NOW))
    save_visit(db, visit, SOURCE, NOW, None)
    times.append(time.process_time())
    slices = [end - begin for begin, end in zip(times, times[1:], strict=False)]
    return sum(slices), max(slices)
