"""Scrapy item pipelines: five steps that call khabar.processing and the archive."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler

from crawler.session import CrawlSession, get_session


class SessionPipeline:
    """Base class of the pipelines: has the session of the run."""

    def __init__(self, session: CrawlSession) -> None:
        self.session = session

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(get_session(crawler))
