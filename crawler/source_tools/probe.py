"""A first look at a site, live: its home page, robots.txt, the feeds and sitemaps they name, one article."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from protego import Protego

from crawler.source_tools import url_patterns
from crawler.source_tools.client import Fetch, NoAnswer
from crawler.source_tools.homepage import Masthead, read_masthead
from crawler.source_tools.toml import Listed
from khabar.model import urls
from khabar.model.errors import RunError
from khabar.model.items import Found, Page, PageKind
from khabar.parsing.discovery import READERS, BrokenDocument

MOST = 8  # feeds, and as many sitemaps: enough to see what the site is
REDIRECTS = 3


@dataclass(slots=True)
class Findings:
    """What the site showed. `articles`: what its feeds and news sitemaps point at; `sample`: one article's masthead."""

    home: Page
    masthead: Masthead
    feeds: list[Listed] = field(default_factory=list)
    news_sitemaps: list[Listed] = field(default_factory=list)
    archive_sitemaps: list[Listed] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    sample: Masthead = Masthead()

    @property
    def guess(self) -> url_patterns.Guess | None:
        """The pattern of its articles; where no document tells of any, that of the home page's links."""
        return url_patterns.guess(self.articles) or url_patterns.guess(self.own(self.masthead.links))

    def own(self, addresses: Iterable[str]) -> list[str]:
        """Those on the site's own host or below it, once each. A neighbour under the same roof is another paper."""
        core = urls.host_of(self.home.url).removeprefix("www.").removeprefix("m.")
        usable = (url for url in dict.fromkeys(addresses) if not urls.bad(url))
        return [url for url in usable if f".{urls.host_of(url)}".endswith(f".{core}")]

    def add(self, entries: Iterable[Found]) -> None:
        """What a feed or a news sitemap points at, without what feeds hang on their links."""
        self.articles += self.own(urls.without(one.url, urls.TRACKERS) for one in entries if one.kind == "page")


async def look(fetch: Fetch, url: str) -> Findings:
    """The site at that home page. RunError, in one line, when the page cannot be had."""
    home = await _home(fetch, url)
    found = Findings(home, read_masthead(home))
    for feed in found.own(found.masthead.feeds)[:MOST]:
        await _look_at_feed(fetch, feed, found)
    for sitemap in found.own(await _sitemaps(fetch, home.url))[:MOST]:
        await _look_at_sitemap(fetch, sitemap, found)
    if guess := found.guess:
        page = await fetch(guess.seen[0])
        found.sample = Masthead() if isinstance(page, NoAnswer) else read_masthead(page)
    return found


async def _home(fetch: Fetch, url: str) -> Page:
    """The home page, wherever it has moved to."""
    for _ in range(REDIRECTS + 1):
        page = await fetch(url)
        if isinstance(page, NoAnswer):
            raise RunError(f"{url}: {page.outcome}: {page.evidence}")
        if page.status == 200:
            return page
        if not (location := page.headers.get("location")):
            raise RunError(f"{url}: answered {page.status}")
        url = urls.joined(page.url, location)
    raise RunError(f"{url}: redirected more than {REDIRECTS} times")


async def _sitemaps(fetch: Fetch, home: str) -> list[str]:
    """What robots.txt names, news first: the archive may be long."""
    robots = await fetch(f"{urls.origin_of(home)}/robots.txt", reason="robots")
    if isinstance(robots, NoAnswer) or robots.status != 200:
        return []
    told = Protego.parse(robots.body.decode("utf-8", "replace")).sitemaps
    return sorted((urls.joined(home, one) for one in told), key=lambda one: "news" not in one)


async def _read(fetch: Fetch, url: str, kind: PageKind) -> list[Found]:
    """The entries of a document; none where it is none."""
    page = await fetch(url, reason=kind)
    if isinstance(page, NoAnswer) or page.status != 200:
        return []
    try:
        return READERS[kind](page.body, page.url, page.fetched_at)
    except BrokenDocument:
        return []


async def _look_at_feed(fetch: Fetch, url: str, found: Findings) -> None:
    if entries := await _read(fetch, url, "feed"):
        found.feeds.append(Listed(url, f"advertised by the home page; {len(entries)} entries"))
        found.add(entries)


async def _look_at_sitemap(fetch: Fetch, url: str, found: Findings) -> None:
    """News or archive: what stands in it tells; of an index, what stands in its newest part."""
    entries = await _read(fetch, url, "sitemap")
    told = Listed(url, f"named in robots.txt; {len(entries)} entries")
    if parts := [one for one in entries if one.kind == "sitemap"]:
        newest = max(parts, key=lambda one: one.modified or "").url
        entries = await _read(fetch, newest, "sitemap") if found.own([newest]) else []
    if any(one.how == "news-sitemap" for one in entries):
        found.news_sitemaps.append(told)
        found.add(entries)
    elif parts or entries:
        found.archive_sitemaps.append(told)
