"""What a source's TOML may say, typed, and what a source answers of an address. Pure: no file, no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from khabar.model import schedule, urls
from khabar.model.items import Outcome, PageKind
from khabar.model.sources import dates

Confidence = Literal["high", "medium"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the TOML: a key that is not ours is an error, never ignored."""


class Document(_Part, frozen=True, kw_only=True):
    """A feed, sitemap or listing page of a source, with the word of who saw it work and when."""

    url: str
    section: str = ""
    evidence: str = ""
    checked: date | None = None


class ArchiveSitemap(Document, frozen=True, kw_only=True):
    """Older articles. `url` may be a template: {year}, {month:02} and {day:02} stand for the days asked for."""


class ArticleUrls(_Part, frozen=True, kw_only=True):
    """Which URLs are articles. `pattern` must match (re.search), no `deny` may; a law tests every example."""

    pattern: str
    deny: tuple[str, ...] = ()
    date: str = ""  # a pattern with groups year, month, day (or epoch_ms): the day a URL tells
    examples: tuple[str, ...] = ()
    not_articles: tuple[str, ...] = ()


class Canonical(_Part, frozen=True, kw_only=True):
    """How the source's many addresses fold into one."""

    strip: tuple[str, ...] = ()  # query parameters besides the usual trackers; `x*` = prefix
    hosts: dict[str, str] = {}  # host → the host it stands for
    amp: tuple[str, str] | None = None  # (regex, replacement) from an AMP address to its article
    twins: tuple[tuple[str, str], ...] = ()  # (regex, replacement) from a city's, state's or other twin to its article


class Reading(_Part, frozen=True, kw_only=True):
    """Hints for the reader: CSS selectors of the article's container and of what to drop; how sure they are."""

    containers: tuple[str, ...] = ()
    confidence: Confidence = "medium"  # in `containers`
    guesses: tuple[str, ...] = ()  # containers with low confidence: for a person to try, never used unseen
    drop: tuple[str, ...] = ()
    bylines: tuple[str, ...] = ()  # words its bylines open with: a desk, an agency, a nameless correspondent


class Layout(Reading, frozen=True, kw_only=True):
    """A former layout of the source's pages, valid for pages published up to and including `until`."""

    until: date


class Expect(_Part, frozen=True, kw_only=True):
    """What a healthy day looks like."""

    articles_a_day: int = 0  # 0: nobody has counted; health learns it


class Source(_Part, frozen=True, kw_only=True):
    """One news source. Field by field in docs/sources.md."""

    key: str
    name: str
    name_en: str
    homepage: str
    hosts: tuple[str, ...]
    status: Literal["on", "draft", "off"]
    article: ArticleUrls
    reason: str = ""
    owner: str = ""
    region: str = ""
    languages: tuple[str, ...] = ("hi",)
    permission: Literal["none", "written", "open"] = "none"
    terms_url: str = ""
    evidence: str = ""
    checked: date | None = None
    delay: float = 1.5
    revisit_hours: tuple[float, ...] = schedule.REVISIT_HOURS
    feeds: tuple[Document, ...] = ()
    news_sitemaps: tuple[Document, ...] = ()
    archive_sitemaps: tuple[ArchiveSitemap, ...] = ()
    listings: tuple[Document, ...] = ()
    canonical: Canonical = Canonical()
    reading: Reading = Reading()
    layout: tuple[Layout, ...] = ()
    expect: Expect = Expect()

    def reading_on(self, day: date | None) -> Reading:
        """The hints for a page published on `day` (None: today's layout)."""
        former = sorted((one for one in self.layout if day and day <= one.until), key=lambda one: one.until)
        return former[0] if former else self.reading

    def canonical_url(self, url: str) -> str:
        """The address a URL of this source stands for: trackers and twins folded. Pure string work, no fetch."""
        url = urls.without(urls.normal(url), (*urls.TRACKERS, *self.canonical.strip))
        for pattern, replacement in self._folds:
            url = re.sub(pattern, replacement, url)
        parts = urlsplit(url)
        host = self.canonical.hosts.get(parts.netloc, parts.netloc)
        is_secure = host in self.hosts and self.homepage.startswith("https:")  # http there only redirects
        return parts._replace(netloc=host, scheme="https" if is_secure else parts.scheme).geturl()

    @property
    def _folds(self) -> tuple[tuple[str, str], ...]:
        return (self.canonical.amp, *self.canonical.twins) if self.canonical.amp else self.canonical.twins

    def url_date(self, url: str) -> date | None:
        """The Indian day the article's address itself tells, by the source's rule; None where it tells none."""
        return dates.day_in(self.article.date, url) if self.article.date else None

    def is_article(self, url: str) -> bool:
        """Whether the URL looks like one of this source's articles."""
        return bool(re.search(self.article.pattern, url)) and not any(re.search(one, url) for one in self.article.deny)

    def owns(self, url: str) -> bool:
        """Whether the URL's host is one of the source's."""
        return urls.host_of(url) in self.hosts

    @property
    def is_newsroom(self) -> bool:
        """Whether it is one of the pretend sites: all its hosts are under .newsroom.test."""
        return all(host.endswith(".newsroom.test") for host in self.hosts)

    def judge(self, url: str, kind: PageKind = "page") -> tuple[Outcome, str] | None:
        """Why a URL must not be requested for this source, as (outcome, evidence); None when it may."""
        if why := urls.bad(url):
            return Outcome.BAD_URL, why
        if not self.owns(url):
            return Outcome.OFF_SITE, urls.host_of(url)
        if kind == "page" and not self.is_article(self.canonical_url(url)):
            return Outcome.DENIED, "no article URL of this source"
        return None

    def documents(self) -> Iterator[tuple[PageKind, str, Document]]:
        """Every discovery document a crawl reads, as (kind, how, document). Archive sitemaps are for backfills."""
        for document in self.news_sitemaps:
            yield "sitemap", "news-sitemap", document
        for document in self.feeds:
            yield "feed", "feed", document
        for document in self.listings:
            yield "listing", "listing", document

    def archive_urls(self, from_: date, to: date) -> Iterator[tuple[PageKind, str]]:
        """(kind, address) of every archive sitemap that may tell of `from_`…`to`, both included, oldest first.

        Those named by their day, month or year once for each; those that are one index once, whatever the range.
        """
        for document in self.archive_sitemaps:
            yield from (("sitemap", url) for url in dates.expanded(document.url, from_, to))
