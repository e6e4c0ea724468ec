"""What a source's TOML may say, typed, and what a source answers of an address. Pure: no file,
no network.
"""

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


class _SourceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the TOML: a key that is not ours is an error, never ignored."""


class DiscoveryDocument(_SourceTable, frozen=True, kw_only=True):
    """A feed, sitemap or listing page of a source, with the word of who saw it work and when."""

    url: str
    section: str = ""
    evidence: str = ""
    checked: date | None = None


class ArchiveSitemap(DiscoveryDocument, frozen=True, kw_only=True):
    """Older articles. `url` may be a template: {year}, {month:02} and {day:02} stand for the
    days asked for.
    """


class ArticleUrls(_SourceTable, frozen=True, kw_only=True):
    """Which URLs are articles. `pattern` must match (re.search), no `deny` may; a law tests
    every example.
    """

    pattern: str
    deny: tuple[str, ...] = ()
    date: str = ""  # a pattern with groups year, month, day (or epoch_ms): the day a URL tells
    examples: tuple[str, ...] = ()
    not_articles: tuple[str, ...] = ()


class CanonicalRules(_SourceTable, frozen=True, kw_only=True):
    """How the source's many addresses fold into one."""

    strip: tuple[str, ...] = ()  # query parameters besides the usual trackers; `x*` = prefix
    hosts: dict[str, str] = {}  # host → the host it stands for
    amp: tuple[str, str] | None = None  # (regex, replacement) from an AMP address to its article
    # (regex, replacement) from a city's, state's or other twin to its article
    twins: tuple[tuple[str, str], ...] = ()


class ExtractionHints(_SourceTable, frozen=True, kw_only=True, omit_defaults=True):
    """Hints for the extractor: CSS selectors and the source's own byline words.

    `khabar.extraction.extractor_version` hashes the keys that are set: every key here must be read
    by the extractor, and a new one with a default changes no other source's version.
    """

    containers: tuple[str, ...] = ()  # the first that holds half of the page's text is used
    drop: tuple[str, ...] = ()  # elements inside that are no part of it
    # words its bylines open with: a desk, an agency, a label
    bylines: tuple[str, ...] = ()


class FormerLayout(ExtractionHints, frozen=True, kw_only=True, omit_defaults=True):
    """A former layout of the source's pages, valid for pages published up to and including
    `until`.
    """

    until: date


class Source(_SourceTable, frozen=True, kw_only=True):
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
    languages: tuple[str, ...] = ("hi",)
    permission: Literal["none", "written", "open"] = "none"
    terms_url: str = ""
    evidence: str = ""
    checked: date | None = None
    delay: float = 1.5
    revisit_hours: tuple[float, ...] = schedule.REVISIT_HOURS
    feeds: tuple[DiscoveryDocument, ...] = ()
    news_sitemaps: tuple[DiscoveryDocument, ...] = ()
    archive_sitemaps: tuple[ArchiveSitemap, ...] = ()
    listings: tuple[DiscoveryDocument, ...] = ()
    canonical: CanonicalRules = CanonicalRules()
    reading: ExtractionHints = ExtractionHints()
    layout: tuple[FormerLayout, ...] = ()

    def extraction_hints(self, day: date | None) -> ExtractionHints:
        """The hints for a page published on `day` (None: today's layout)."""
        former = sorted(
            (layout for layout in self.layout if day and day <= layout.until),
            key=lambda layout: layout.until,
        )
        return former[0] if former else self.reading

    def canonicalize_url(self, url: str) -> str:
        """The address a URL of this source stands for: trackers and twins folded. Pure string
        work, no fetch.
        """
        url = urls.strip_params(
            urls.normalize_url(url), (*urls.TRACKING_PARAMS, *self.canonical.strip)
        )
        for pattern, replacement in self._canonical_patterns:
            url = re.sub(pattern, replacement, url)
        parts = urlsplit(url)
        host = self.canonical.hosts.get(parts.netloc, parts.netloc)
        # http there only redirects
        is_secure = host in self.hosts and self.homepage.startswith("https:")
        return parts._replace(netloc=host, scheme="https" if is_secure else parts.scheme).geturl()

    @property
    def _canonical_patterns(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.canonical.amp, *self.canonical.twins)
            if self.canonical.amp
            else self.canonical.twins
        )

    def find_url_date(self, url: str) -> date | None:
        """The Indian day the article's address itself tells, by the source's rule; None where it
        tells none.
        """
        return dates.date_from_url(self.article.date, url) if self.article.date else None

    def is_article(self, url: str) -> bool:
        """Whether the URL looks like one of this source's articles."""
        return bool(re.search(self.article.pattern, url)) and not any(
            re.search(pattern, url) for pattern in self.article.deny
        )

    def is_own_url(self, url: str) -> bool:
        """Whether the URL's host is one of the source's."""
        return urls.get_host(url) in self.hosts

    @property
    def is_newsroom(self) -> bool:
        """Whether it is one of the pretend sites: all its hosts are under .newsroom.test."""
        return all(host.endswith(".newsroom.test") for host in self.hosts)

    def check_url(self, url: str, kind: PageKind = "page") -> tuple[Outcome, str] | None:
        """Why a URL must not be requested for this source, as (outcome, evidence); None when it
        may.
        """
        if reason := urls.reject_reason(url):
            return Outcome.BAD_URL, reason
        if not self.is_own_url(url):
            return Outcome.OFF_SITE, urls.get_host(url)
        if kind == "page" and not self.is_article(self.canonicalize_url(url)):
            return Outcome.DENIED, "no article URL of this source"
        return None

    def iter_documents(self) -> Iterator[tuple[PageKind, str, DiscoveryDocument]]:
        """Every discovery document a crawl reads, as (kind, how, document). Archive sitemaps are
        for backfills.
        """
        for document in self.news_sitemaps:
            yield "sitemap", "news-sitemap", document
        for document in self.feeds:
            yield "feed", "feed", document
        for document in self.listings:
            yield "listing", "listing", document

    def iter_archive_urls(self, from_: date, to: date) -> Iterator[tuple[PageKind, str]]:
        """(kind, address) of every archive sitemap that may tell of `from_`…`to`, both included,
        oldest first.

        Those named by their day, month or year once for each; those that are one index once,
        whatever the range.
        """
        for document in self.archive_sitemaps:
            yield from (("sitemap", url) for url in dates.expand_template(document.url, from_, to))
