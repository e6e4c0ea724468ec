"""A source is a file of data: its typed TOML, read strictly, with the file and the key named when it is wrong."""

from __future__ import annotations

from crawler.sources.files import BUILT_IN, LEAST_DELAY, SourceError, read_source, read_source_text
from crawler.sources.model import (
    ArchiveSitemap,
    ArticleUrls,
    Canonical,
    Document,
    Expect,
    Layout,
    Reading,
    Source,
)
from crawler.sources.registry import Registry, read_registry

__all__ = [
    "BUILT_IN",
    "LEAST_DELAY",
    "ArchiveSitemap",
    "ArticleUrls",
    "Canonical",
    "Document",
    "Expect",
    "Layout",
    "Reading",
    "Registry",
    "Source",
    "SourceError",
    "read_registry",
    "read_source",
    "read_source_text",
]
