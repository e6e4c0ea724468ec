"""Asks the sites of stored articles for what they say of use: robots.txt, tdmrep.json, licences.

For imports, whose sites were never asked. Requests go through all guards and gaps of a crawl; what
was asked for within a day is not asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crawler.middlewares.tdmrep import TdmrepGuard
from crawler.session import get_session
from crawler.source_tools.client import LiveSpider, make_temporary_source, run_callback
from khabar.archive import open_archive
from khabar.archive.database import Archive
from khabar.archive.rights.origins import SiteOrigin, iter_site_origins, save_permissions
from khabar.archive.store import articles
from khabar.model.config import Config
from khabar.model.sources import Source

CONCURRENT_SITES = 8  # asked at a time, each one request at a time; chosen by hand, not measured


@dataclass(frozen=True, slots=True)
class _SiteTask:
    """The archive, open for writing, and the sites to ask."""

    archive: Archive
    origins: Sequence[SiteOrigin]


class RightsSpider(LiveSpider):
    """Asks sites instead of calling a callback; what they answer is stored."""

    name = "rights"

    def __init__(self, task: _SiteTask, **kwargs: Any) -> None:
        super().__init__(callback=self.ask_sites, **kwargs)
        self.task = task

    async def ask_sites(self, fetch: object) -> None:
        """Asks all sites, some at a time."""
        session = get_session(self.crawler)
        session.attach_archive(self.task.archive)
        places = asyncio.Semaphore(CONCURRENT_SITES)

        async def ask_site(site: SiteOrigin) -> None:
            async with places:
                await self._ask_site(site)

        try:
            await asyncio.gather(*map(ask_site, self.task.origins))
        finally:
            session.detach_archive()
            session.close_pool()

    async def _ask_site(self, site: SiteOrigin) -> None:
        guard = self.crawler.get_downloader_middleware(TdmrepGuard)
        assert guard
        # robots.txt is requested by its own guard, before the first of these
        await guard.site_files.update_tdmrep(site.origin)
        await guard.site_files.update_origin_licenses(site.origin)
        await guard.site_files.update_licenses(site.licenses)


def ask_sites(config: Config, keys: Sequence[str]) -> list[SiteOrigin]:
    """Asks the sites of the articles of these sources, by default of all, and stores the answers,
    and the permissions in the files of these sources. Returns the sites.

    Raises ArchiveError for a source that the archive does not have or when another run has the
    lock, RunError when no contact is set.
    """
    with open_archive(config.archive, write=True) as archive:
        articles.check_sources(archive.db, keys)
        origins = list(iter_site_origins(archive.db, keys))
        known_sources = config.load_registry().sources
        keys_found = {site.source for site in origins} & known_sources.keys()
        save_permissions(archive.db, {key: known_sources[key].permission for key in keys_found})
        sources: list[Source] = []
        for site in origins:
            temporary_source = make_temporary_source(f"{site.origin}/")
            source = known_sources.get(site.source)
            is_own = source and source.is_own_url(f"{site.origin}/")
            sources.append(source if source and is_own else temporary_source)
        if origins:
            run_callback(
                config, None, sources, spider=RightsSpider, task=_SiteTask(archive, origins)
            )
    return origins
