"""Blocks every request while no contact is configured, except to the test sites."""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.refused import RequestBlocked
from crawler.resolver import is_newsroom
from khabar.model import urls
from khabar.model.config import NO_CONTACT
from khabar.model.items import Outcome


class ContactGuard:
    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ContactGuard:
        if crawler.settings.get("KHABAR_CONTACT"):
            raise NotConfigured  # a contact is set: not needed
        return cls()

    async def process_request(self, request: Request) -> None:
        if not is_newsroom(urls.get_host(request.url)):
            raise RequestBlocked(Outcome.UNREACHABLE, NO_CONTACT)
