"""The table of embed providers, one row each, and its indexes.

To add a provider, add a row to the module of its kind, with an example of each form of its URLs.
The tests and docs/embeds.md are generated from the rows.
"""

from __future__ import annotations

from functools import lru_cache

from khabar.extraction.embeds.providers.audio import AUDIO_PROVIDERS
from khabar.extraction.embeds.providers.charts import CHART_PROVIDERS
from khabar.extraction.embeds.providers.posts import POST_PROVIDERS
from khabar.extraction.embeds.providers.row import Provider, ProviderUrlPattern
from khabar.extraction.embeds.providers.videos import VIDEO_PROVIDERS

__all__ = ["ANY_HOST_ROWS", "BY_NAME", "PROVIDERS", "Provider", "ProviderUrlPattern", "find_rows"]

PROVIDERS: tuple[Provider, ...] = (
    *POST_PROVIDERS,
    *VIDEO_PROVIDERS,
    *AUDIO_PROVIDERS,
    *CHART_PROVIDERS,
)
BY_NAME: dict[str, Provider] = {row.name: row for row in reversed(PROVIDERS)}
ANY_HOST_ROWS: tuple[Provider, ...] = tuple(row for row in PROVIDERS if "*" in row.hosts)
_BY_HOST: dict[str, Provider] = {host: row for row in PROVIDERS for host in row.hosts}
_HOST_PATTERNS = tuple((row.host_pattern, row) for row in PROVIDERS if row.host_pattern)


@lru_cache(maxsize=4096)
def find_rows(host: str) -> tuple[Provider, ...]:
    """Returns the rows whose URL forms a host may have: of the host itself or its nearest parent,
    else of a pattern of hosts, else the rows of any host.
    """
    labels = host.split(".")
    for start in range(len(labels) - 1):
        if row := _BY_HOST.get(".".join(labels[start:])):
            return (row,)
    rows = tuple(row for pattern, row in _HOST_PATTERNS if pattern.search(host))
    return rows or ANY_HOST_ROWS
