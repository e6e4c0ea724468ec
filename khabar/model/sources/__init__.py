"""News sources: one TOML file each, read strictly. Errors name the file and the key."""

from __future__ import annotations

from khabar.model.sources.load import (
    BUILT_IN,
    MIN_DELAY,
    Registry,
    SourceError,
    parse_source,
    read_registry,
    read_source,
)
from khabar.model.sources.model import (
    ArchiveSitemap,
    ArticleUrls,
    CanonicalRules,
    DiscoveryDocument,
    ExtractionHints,
    FormerLayout,
    Source,
)
from khabar.model.sources.shards import Shard, deal_group, group_sources, parse_shard

__all__ = [
    "BUILT_IN",
    "MIN_DELAY",
    "ArchiveSitemap",
    "ArticleUrls",
    "CanonicalRules",
    "DiscoveryDocument",
    "FormerLayout",
    "ExtractionHints",
    "Registry",
    "Source",
    "Shard",
    "SourceError",
    "deal_group",
    "group_sources",
    "parse_shard",
    "read_registry",
    "read_source",
    "parse_source",
]
