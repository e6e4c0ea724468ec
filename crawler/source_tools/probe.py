"""Probes a live site: its home page, robots.txt, the feeds and sitemaps they list, one article."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from crawler.source_tools import url_patterns
from crawler.source_tools.client import Fetch, FetchFailure
from crawler.source_tools.homepage import SiteMetadata, read_site_metadata
from crawler.source_tools.toml import DraftDocument
from khabar.archive.rights import find_archive_ban
from khabar.model import urls
from khabar.model.errors import RunError
from khabar.model.items import DiscoveredLink, Page, PageKind
from khabar.parsing.discovery import BrokenDocument, parse_document
from khabar.parsing.robots import decode_robots, parse_robots
from khabar.processing.process import run_in_worker
from khabar.processing.workers import WorkerPool

MAX_DOCUMENTS = 8  # feeds to fetch, and as many sitemaps; chosen by hand, not measured
MAX_HOME_REDIRECTS = 3  # chosen by hand, not measured


@dataclass(slots=True)
class SiteProbe:
    """What was found. `articles`: URLs in feeds and news sitemaps; `sample`: metadata of one;
    `archives_barred`: robots of web archives that robots.txt bars.
    """

    home: Page
    metadata: SiteMetadata
    feeds: list[DraftDocument] = field(default_factory=list)
    news_sitemaps: list[DraftDocument] = field(default_factory=list)
    archive_sitemaps: list[DraftDocument] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    sample: SiteMetadata = SiteMetadata()
    archives_barred: tuple[str, ...] = ()

    @property
    def url_pattern(self) -> url_patterns.UrlPattern | None:
        """The pattern of article URLs; if no document lists any, that of the home page's links."""
        return url_patterns.infer_pattern(self.articles) or url_patterns.infer_pattern(
            self.filter_own_urls(self.metadata.links)
        )

    def filter_own_urls(self, addresses: Iterable[str]) -> list[str]:
        """Returns the distinct URLs on the home page's host (without www., m.) or its subdomains.

        Other subdomains of the same domain may be other papers.
        """
        core = urls.get_host(self.home.url).removeprefix("www.").removeprefix("m.")
        usable = (url for url in dict.fromkeys(addresses) if not urls.reject_reason(url))
        return [url for url in usable if f".{urls.get_host(url)}".endswith(f".{core}")]

    def add_articles(self, entries: Iterable[DiscoveredLink]) -> None:
        """Adds the pages of a feed or news sitemap, without tracking parameters."""
        self.articles += self.filter_own_urls(
            urls.strip_params(entry.url, urls.TRACKING_PARAMS)
            for entry in entries
            if entry.kind == "page"
        )


async def probe_site(fetch: Fetch, pool: WorkerPool, url: str) -> SiteProbe:
    """Probes the site of a home page; a worker process parses what it answers. Raises RunError when
    the home page cannot be fetched.
    """
    home = await _fetch_home(fetch, url)
    probe = SiteProbe(home, await _read_metadata(pool, home))
    for feed in probe.filter_own_urls(probe.metadata.feeds)[:MAX_DOCUMENTS]:
        if entries := await _fetch_entries(fetch, pool, feed, "feed"):
            evidence = f"advertised by the home page; {len(entries)} entries"
            probe.feeds.append(DraftDocument(feed, evidence))
            probe.add_articles(entries)
    robots = await _fetch_robots(fetch, home.url)
    probe.archives_barred = find_archive_ban(robots)
    for sitemap in probe.filter_own_urls(_list_sitemaps(robots, home.url))[:MAX_DOCUMENTS]:
        await _probe_sitemap(fetch, pool, sitemap, probe)
    if url_pattern := probe.url_pattern:
        page = await fetch(url_pattern.sample_urls[0])
        probe.sample = await _read_metadata(pool, page)
    return probe


async def _read_metadata(pool: WorkerPool, page: Page | FetchFailure) -> SiteMetadata:
    """Returns the metadata of a page; empty if there is none, or the worker cannot parse it."""
    if isinstance(page, FetchFailure):
        return SiteMetadata()
    metadata = await run_in_worker(pool, read_site_metadata, (page,))
    return SiteMetadata() if isinstance(metadata, str) else metadata


async def _fetch_home(fetch: Fetch, url: str) -> Page:
    """Fetches the home page, following redirects. Raises RunError when there is none."""
    for _ in range(MAX_HOME_REDIRECTS + 1):
        page = await fetch(url)
        if isinstance(page, FetchFailure):
            raise RunError(f"{url}: {page.outcome}: {page.evidence}")
        if page.status == 200:
            return page
        if not (location := page.headers.get("location")):
            raise RunError(f"{url}: answered {page.status}")
        url = urls.resolve_link(page.url, location)
    raise RunError(f"{url}: redirected more than {MAX_HOME_REDIRECTS} times")


async def _fetch_robots(fetch: Fetch, home: str) -> str:
    """Returns the site's robots.txt; '' if there is none."""
    robots = await fetch(f"{urls.get_origin(home)}/robots.txt", reason="robots")
    if isinstance(robots, FetchFailure) or robots.status != 200:
        return ""
    return decode_robots(robots.body)


def _list_sitemaps(robots: str, home: str) -> list[str]:
    """Returns the sitemaps in robots.txt, news sitemaps first: there may be many others."""
    sitemap_urls = parse_robots(robots).sitemaps
    return sorted(
        (urls.resolve_link(home, url) for url in sitemap_urls), key=lambda url: "news" not in url
    )


async def _fetch_entries(
    fetch: Fetch, pool: WorkerPool, url: str, kind: PageKind
) -> list[DiscoveredLink]:
    """Returns the entries of a document; none if it cannot be fetched or parsed."""
    page = await fetch(url, reason=kind)
    if isinstance(page, FetchFailure) or page.status != 200:
        return []
    args = (kind, page.body, page.url, page.fetched_at)
    try:
        links = await run_in_worker(pool, parse_document, args)
    except BrokenDocument:
        return []
    return [] if isinstance(links, str) else list(links)


async def _probe_sitemap(fetch: Fetch, pool: WorkerPool, url: str, probe: SiteProbe) -> None:
    """Adds a sitemap as news or archive sitemap, by its entries (an index: by its newest part)."""
    entries = await _fetch_entries(fetch, pool, url, "sitemap")
    document = DraftDocument(url, f"named in robots.txt; {len(entries)} entries")
    if parts := [entry for entry in entries if entry.kind == "sitemap"]:
        newest = max(parts, key=lambda entry: entry.modified or "").url
        entries = (
            await _fetch_entries(fetch, pool, newest, "sitemap")
            if probe.filter_own_urls([newest])
            else []
        )
    if any(entry.how == "news-sitemap" for entry in entries):
        probe.news_sitemaps.append(document)
        probe.add_articles(entries)
    elif parts or entries:
        probe.archive_sitemaps.append(document)
