"""Scrapy's item pipelines: five thin steps over khabar.processing and the archive."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler

from crawler.session import Desk, desk_of


class Step:
    """A pipeline that knows its run."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(desk_of(crawler))
