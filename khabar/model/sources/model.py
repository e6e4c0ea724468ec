"""Schema of a source's TOML file, and rules that depend on the source only. No I/O."""

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
    """A table of the TOML file. Unknown keys are errors."""


class DiscoveryDocument(_SourceTable, frozen=True, kw_only=True):
    """A feed, sitemap or listing page. `evidence` and `checked`: who saw it work, and when."""

    url: str
    section: str = ""
    evidence: str = ""
    checked: date | None = None


class ArchiveSitemap(DiscoveryDocument, frozen=True, kw_only=True):
    """A sitemap of older articles. `url` may be a template with {year}, {month:02} and {day:02}."""


class ArticleUrls(_SourceTable, frozen=True, kw_only=True):
    """Which URLs are articles: `pattern` must match (re.search) and no `deny` may. Tests check
    every example.
    """

    pattern: str
    deny: tuple[str, ...] = ()
    date: str = ""  # pattern with groups year, month, day (or epoch_ms): the date in the URL
    examples: tuple[str, ...] = ()
    not_articles: tuple[str, ...] = ()


class CanonicalRules(_SourceTable, frozen=True, kw_only=True):
    """How the source's URLs of one article are mapped to its canonical URL."""

    strip: tuple[str, ...] = ()  # query parameters besides the usual trackers; `x*` = prefix
    hosts: dict[str, str] = {}  # host → canonical host
    amp: tuple[str, str] | None = None  # (regex, replacement) from an AMP URL to its article
    # (regex, replacement) from another variant (city, state, mobile) to the article's URL
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
    """Hints for a former page layout, valid for pages published up to and including `until`."""

    until: date


class Source(_SourceTable, frozen=True, kw_only=True):
    """A news source. docs/sources.md describes each field."""

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
        """Returns the hints for a page published on `day` (None: the current layout)."""
        former = sorted(
            (layout for layout in self.layout if day and day <= layout.until),
            key=lambda layout: layout.until,
        )
        return former[0] if former else self.reading

    def canonicalize_url(self, url: str) -> str:
        """Returns the canonical URL of a URL of this source, without tracking parameters, AMP or
        other variants. Requests nothing.
        """
        url = urls.strip_params(
            urls.normalize_url(url), (*urls.TRACKING_PARAMS, *self.canonical.strip)
        )
        amp = (self.canonical.amp,) if self.canonical.amp else ()
        for pattern, replacement in (*amp, *self.canonical.twins):
            url = re.sub(pattern, replacement, url)
        parts = urlsplit(url)
        host = self.canonical.hosts.get(parts.netloc, parts.netloc)
        # on such a site http only redirects
        is_secure = host in self.hosts and self.homepage.startswith("https:")
        return parts._replace(netloc=host, scheme="https" if is_secure else parts.scheme).geturl()

    def find_url_date(self, url: str) -> date | None:
        """Returns the date (India) in an article's URL, by the source's rule; None if there is
        none.
        """
        return dates.date_from_url(self.article.date, url) if self.article.date else None

    def is_article(self, url: str) -> bool:
        """Whether the URL matches the source's article patterns."""
        return bool(re.search(self.article.pattern, url)) and not any(
            re.search(pattern, url) for pattern in self.article.deny
        )

    def is_own_url(self, url: str) -> bool:
        """Whether the URL's host is one of the source's hosts."""
        return urls.get_host(url) in self.hosts

    @property
    def is_newsroom(self) -> bool:
        """Whether it is a site of the test newsroom: all its hosts are under .newsroom.test."""
        return all(host.endswith(".newsroom.test") for host in self.hosts)

    def check_url(
        self, url: str, kind: PageKind = "page", canonical: str | None = None
    ) -> tuple[Outcome, str] | None:
        """Returns why a URL must not be requested for this source, as (outcome, evidence); None if
        it may. `canonical`: its canonical URL, if known already.
        """
        if reason := urls.reject_reason(url):
            return Outcome.BAD_URL, reason
        if not self.is_own_url(url):
            return Outcome.OFF_SITE, urls.get_host(url)
        if kind == "page" and not self.is_article(canonical or self.canonicalize_url(url)):
            return Outcome.DENIED, "no article URL of this source"
        return None

    def iter_documents(self) -> Iterator[tuple[PageKind, str, DiscoveryDocument]]:
        """Yields every discovery document of a crawl as (kind, how, document). Archive sitemaps are
        for backfills.
        """
        for document in self.news_sitemaps:
            yield "sitemap", "news-sitemap", document
        for document in self.feeds:
            yield "feed", "feed", document
        for document in self.listings:
            yield "listing", "listing", document

    def iter_archive_urls(self, from_: date, to: date) -> Iterator[tuple[PageKind, str]]:
        """Yields (kind, URL) of every archive sitemap that may cover `from_`…`to` (both included),
        oldest first.

        Templates are expanded for each day, month or year; a sitemap without a template comes once.
        """
        for document in self.archive_sitemaps:
            yield from (("sitemap", url) for url in dates.expand_template(document.url, from_, to))
