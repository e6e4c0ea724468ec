"""A source is a file of data: its typed TOML, read strictly, with the file and the key named when it is wrong."""

from __future__ import annotations

from khabar.model.sources.load import (
    BUILT_IN,
    LEAST_DELAY,
    Registry,
    SourceError,
    read_registry,
    read_source,
    read_source_text,
)
from khabar.model.sources.model import ArchiveSitemap, ArticleUrls, Canonical, Document, Expect, Layout, Reading, Source

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
