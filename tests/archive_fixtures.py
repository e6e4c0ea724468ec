"""Small pieces for the archive's tests: a source, an article, a visit, an archive with a clock the test moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from khabar.archive import health, open_archive
from khabar.archive.frontier import url_store
from khabar.archive.store import snapshots
from khabar.archive.store.save import SaveResult, save_visit
from khabar.model.items import Article, Block, DiscoveredLink, Outcome, Page, Visit
from khabar.model.sources import ArticleUrls, CanonicalRules, DiscoveryDocument, Source
from khabar.processing.keys import compute_keys

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOST = "www.kagaz.newsroom.test"
HOME = f"http://{HOST}"
WORDS = (
    "नगर के पुराने पुस्तकालय में रविवार को किताबों की मरम्मत का शिविर लगा जिसमें बीस से अधिक छात्र पहुँचे।",
    "संयोजक ने बताया कि तीन दिन में चार सौ किताबों की जिल्द बदली गई और फटे पन्ने जोड़े गए, काम अभी जारी है।",
)


def source(key: str = "kagaz", **told: Any) -> Source:
    host = HOST.replace("kagaz", key)
    return Source(
        **{
            "key": key,
            "name": "काग़ज़",
            "name_en": "Kagaz",
            "homepage": f"http://{host}/",
            "hosts": (host, host.replace("www.", "m.")),
            "status": "on",
            "article": ArticleUrls(pattern=r"/news/"),
            "canonical": CanonicalRules(hosts={host.replace("www.", "m."): host}),
            "feeds": (DiscoveryDocument(url=f"http://{host}/feed.xml"),),
            **told,
        }
    )


def article(url: str = f"{HOME}/news/1", *paragraphs: str, **told: Any) -> Article:
    blocks = tuple(Block("paragraph", words) for words in paragraphs or WORDS)
    return Article(
        **{"url": url, "title": "किताबों का शिविर", "language": "hi", "blocks": blocks, **told}
    )


@dataclass
class ArchiveBuilder:
    """An archive open for writing, and the moment it is."""

    path: Path
    now: datetime = START

    def __post_init__(self) -> None:
        self.archive = open_archive(self.path, write=True)
        self.db = self.archive.db
        self.sources = {"kagaz": source()}
        url_store.register_source(self.db, self.sources["kagaz"], self.now)
        self.run = health.start_run(self.db, self.now, list(self.sources))

    def add(self, one: Source) -> Source:
        self.sources[one.key] = one
        url_store.register_source(self.db, one, self.now)
        return one

    def note(self, *urls: str, how: str = "feed", key: str = "kagaz", **told: Any) -> list[int]:
        links = [DiscoveredLink(url, how, **told) for url in urls]
        return url_store.upsert_urls(self.db, self.sources[key], links, self.now, None)

    def read(
        self, one: Article, *, at: str | None = None, key: str = "kagaz", body: bytes | None = None
    ) -> SaveResult:
        """One article on its whole way: noted, fetched (kept), read and filed."""
        (page_id,) = self.note(at or one.url, key=key)
        page = Page(at or one.url, body or f"<html>{self.now}{one}</html>".encode(), self.now)
        kept = snapshots.save_snapshot(self.archive, page, page_id)
        keys = compute_keys(replace(one, url=at or one.url), self.sources[key])
        return self.file(Visit(page_id, key, page, kept, one, keys, Outcome.ARTICLE, one.page_type))

    def end(self, url: str, outcome: Outcome | None, evidence: str = "", **told: Any) -> SaveResult:
        (page_id,) = self.note(url)
        return self.file(Visit(page_id, "kagaz", outcome=outcome, evidence=evidence, **told))

    def file(self, visit: Visit) -> SaveResult:
        return save_visit(self.db, visit, self.sources[visit.source], self.now, self.run)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def rows(self, sql: str, *told: Any) -> list[dict[str, Any]]:
        return list(self.db.query(sql, told))

    def row(self, url: str) -> dict[str, Any]:
        (found,) = self.rows("select * from pages where url = ?", url)
        return found
