"""A first look at a site, live: its home page, robots.txt, the feeds and sitemaps they name, one
article.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from protego import Protego

from crawler.source_tools import url_patterns
from crawler.source_tools.client import Fetch, FetchFailure
from crawler.source_tools.homepage import SiteMetadata, read_site_metadata
from crawler.source_tools.toml import DraftDocument
from khabar.model import urls
from khabar.model.errors import RunError
from khabar.model.items import DiscoveredLink, Page, PageKind
from khabar.parsing.discovery import PARSERS, BrokenDocument

MAX_DOCUMENTS = 8  # feeds, and as many sitemaps: enough to see what the site is
REDIRECTS = 3


@dataclass(slots=True)
class SiteProbe:
    """What the site showed. `articles`: what its feeds and news sitemaps point at; `sample`: one
    article's masthead.
    """

    home: Page
    metadata: SiteMetadata
    feeds: list[DraftDocument] = field(default_factory=list)
    news_sitemaps: list[DraftDocument] = field(default_factory=list)
    archive_sitemaps: list[DraftDocument] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    sample: SiteMetadata = SiteMetadata()

    @property
    def url_pattern(self) -> url_patterns.UrlPattern | None:
        """The pattern of its articles; where no document tells of any, that of the home page's
        links.
        """
        return url_patterns.infer_pattern(self.articles) or url_patterns.infer_pattern(
            self.filter_own_urls(self.metadata.links)
        )

    def filter_own_urls(self, addresses: Iterable[str]) -> list[str]:
        """Those on the site's own host or below it, once each. A neighbour under the same roof
        is another paper.
        """
        core = urls.get_host(self.home.url).removeprefix("www.").removeprefix("m.")
        usable = (url for url in dict.fromkeys(addresses) if not urls.reject_reason(url))
        return [url for url in usable if f".{urls.get_host(url)}".endswith(f".{core}")]

    def add_articles(self, entries: Iterable[DiscoveredLink]) -> None:
        """What a feed or a news sitemap points at, without what feeds hang on their links."""
        self.articles += self.filter_own_urls(
            urls.strip_params(entry.url, urls.TRACKING_PARAMS)
            for entry in entries
            if entry.kind == "page"
        )


async def probe_site(fetch: Fetch, url: str) -> SiteProbe:
    """The site at that home page. RunError, in one line, when the page cannot be had."""
    home = await _fetch_home(fetch, url)
    probe = SiteProbe(home, read_site_metadata(home))
    for feed in probe.filter_own_urls(probe.metadata.feeds)[:MAX_DOCUMENTS]:
        await _probe_feed(fetch, feed, probe)
    for sitemap in probe.filter_own_urls(await _list_sitemaps(fetch, home.url))[:MAX_DOCUMENTS]:
        await _probe_sitemap(fetch, sitemap, probe)
    if url_pattern := probe.url_pattern:
        page = await fetch(url_pattern.sample_urls[0])
        probe.sample = (
            SiteMetadata() if isinstance(page, FetchFailure) else read_site_metadata(page)
        )
    return probe


async def _fetch_home(fetch: Fetch, url: str) -> Page:
    """The home page, wherever it has moved to."""
    for _ in range(REDIRECTS + 1):
        page = await fetch(url)
        if isinstance(page, FetchFailure):
            raise RunError(f"{url}: {page.outcome}: {page.evidence}")
        if page.status == 200:
            return page
        if not (location := page.headers.get("location")):
            raise RunError(f"{url}: answered {page.status}")
        url = urls.resolve_link(page.url, location)
    raise RunError(f"{url}: redirected more than {REDIRECTS} times")


async def _list_sitemaps(fetch: Fetch, home: str) -> list[str]:
    """What robots.txt names, news first: the archive may be long."""
    robots = await fetch(f"{urls.get_origin(home)}/robots.txt", reason="robots")
    if isinstance(robots, FetchFailure) or robots.status != 200:
        return []
    sitemap_urls = Protego.parse(robots.body.decode("utf-8", "replace")).sitemaps
    return sorted(
        (urls.resolve_link(home, url) for url in sitemap_urls), key=lambda url: "news" not in url
    )


async def _fetch_entries(fetch: Fetch, url: str, kind: PageKind) -> list[DiscoveredLink]:
    """The entries of a document; none where it is none."""
    page = await fetch(url, reason=kind)
    if isinstance(page, FetchFailure) or page.status != 200:
        return []
    try:
        return PARSERS[kind](page.body, page.url, page.fetched_at)
    except BrokenDocument:
        return []


async def _probe_feed(fetch: Fetch, url: str, probe: SiteProbe) -> None:
    if entries := await _fetch_entries(fetch, url, "feed"):
        probe.feeds.append(
            DraftDocument(url, f"advertised by the home page; {len(entries)} entries")
        )
        probe.add_articles(entries)


async def _probe_sitemap(fetch: Fetch, url: str, probe: SiteProbe) -> None:
    """News or archive: what stands in it tells; of an index, what stands in its newest part."""
    entries = await _fetch_entries(fetch, url, "sitemap")
    document = DraftDocument(url, f"named in robots.txt; {len(entries)} entries")
    if parts := [entry for entry in entries if entry.kind == "sitemap"]:
        newest = max(parts, key=lambda entry: entry.modified or "").url
        entries = (
            await _fetch_entries(fetch, newest, "sitemap")
            if probe.filter_own_urls([newest])
            else []
        )
    if any(entry.how == "news-sitemap" for entry in entries):
        probe.news_sitemaps.append(document)
        probe.add_articles(entries)
    elif parts or entries:
        probe.archive_sitemaps.append(document)
