"""Scrapy spider loader: one spider per source file, for `scrapy list` and `scrapy crawl KEY`."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path

from scrapy import Request, Spider
from scrapy.settings import BaseSettings

from khabar.model.config import read_config
from khabar.model.sources import Registry, Source
from spiders.news import NewsSpider

ODD_SPIDERS = Path(__file__).resolve().parent.parent / "spiders" / "odd"
log = logging.getLogger(__name__)


def build_spider_class(source: Source) -> type[NewsSpider]:
    """Returns the spider class of a source: NewsSpider, or `Odd` of spiders/odd/<key>.py."""
    if (ODD_SPIDERS / f"{source.key}.py").exists():
        base: type[NewsSpider] = importlib.import_module(f"spiders.odd.{source.key}").Odd
    else:
        base = NewsSpider
    return type(
        f"{source.key.title().replace('_', '')}Spider",
        (base,),
        {"name": source.key, "keys": (source.key,)},
    )


class SourceLoader:
    """Scrapy spider loader for source files. Broken files are logged and left out."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        for fault in registry.faults:
            log.error("source left out: %s", fault)
        for warning in registry.warnings:
            log.warning(warning)

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> SourceLoader:
        archive_path = settings.get("KHABAR_ARCHIVE")
        return cls(read_config(Path(archive_path) if archive_path else None).load_registry())

    def list(self) -> list[str]:
        return sorted(
            source.key for source in self.registry.sources.values() if source.status != "off"
        )

    def load(self, spider_name: str) -> type[Spider]:
        source = self.registry.sources.get(spider_name)
        if source is None:
            raise KeyError(f"Spider not found: {spider_name}")
        if source.status == "off":
            raise KeyError(f"Spider not found: {spider_name} is off ({source.reason})")
        return build_spider_class(source)

    def find_by_request(self, request: Request) -> list[str]:  # type: ignore[valid-type]  # `list` is the method above
        return [
            source.key
            for source in self.registry.sources.values()
            if source.is_own_url(request.url)
        ]
