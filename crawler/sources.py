"""A source is a file of data: its typed TOML, read strictly, with the file and the key named when it is wrong."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from lxml.cssselect import CSSSelector, SelectorError
from lxml.etree import Element, XPathError

from crawler import urls
from crawler.items import Outcome, PageKind

LEAST_DELAY = 1.5  # seconds: with a third of jitter every gap is one or more
BUILT_IN = Path(__file__).resolve().parent.parent / "spiders" / "sources"


class SourceError(Exception):
    """A source's file cannot be used; the message names the file and the line or key."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the TOML: a key that is not ours is an error, never ignored."""


class Document(_Part, frozen=True, kw_only=True):
    """A feed, sitemap or listing page of a source, with the word of who saw it work and when."""

    url: str
    section: str = ""
    evidence: str = ""
    checked: date | None = None


class ArticleUrls(_Part, frozen=True, kw_only=True):
    """Which URLs are articles. `pattern` must match (re.search), no `deny` may; a law tests every example."""

    pattern: str
    deny: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    not_articles: tuple[str, ...] = ()


class Canonical(_Part, frozen=True, kw_only=True):
    """How the source's many addresses fold into one."""

    strip: tuple[str, ...] = ()  # query parameters besides the usual trackers; `x*` = prefix
    hosts: dict[str, str] = {}  # host → the host it stands for
    amp: tuple[str, str] | None = None  # (regex, replacement) from an AMP address to its article


class Reading(_Part, frozen=True, kw_only=True):
    """Hints for the reader: CSS selectors of the article's container, of what to drop, of the headline."""

    containers: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class Layout(Reading, frozen=True, kw_only=True):
    """A former layout of the source's pages, valid for pages published up to and including `until`."""

    until: date


class Expect(_Part, frozen=True, kw_only=True):
    """What a healthy day looks like."""

    articles_a_day: int = 0


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
    feeds: tuple[Document, ...] = ()
    news_sitemaps: tuple[Document, ...] = ()
    archive_sitemaps: tuple[Document, ...] = ()
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
        if self.canonical.amp:
            url = re.sub(self.canonical.amp[0], self.canonical.amp[1], url)
        parts = urlsplit(url)
        host = self.canonical.hosts.get(parts.netloc, parts.netloc)
        is_secure = host in self.hosts and self.homepage.startswith("https:")  # http there only redirects
        return parts._replace(netloc=host, scheme="https" if is_secure else parts.scheme).geturl()

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


def read_source(path: Path) -> Source:
    """One source from its file; SourceError names the file and the line (syntax) or key (content)."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        source = msgspec.convert(table, Source)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SourceError(f"{path.name}: {error}") from error
    if why := next(_faults(source, path), None):
        raise SourceError(f"{path.name}: {why}")
    return source


def _faults(source: Source, path: Path) -> Iterator[str]:
    """What a type cannot say: names that agree, addresses of its own, a pace, patterns and selectors that compile."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", source.key) or source.key != path.stem:
        yield f"key = {source.key!r} must equal the file's name and be plain a-z0-9_-"
    if source.status != "on" and not source.reason:
        yield f"reason is missing (status is {source.status})"
    if not source.languages:
        yield "languages is empty: nothing would be kept"
    yield from _wrong_addresses(source)
    if not (0 if source.is_newsroom else LEAST_DELAY) <= source.delay < math.inf:
        yield f"delay = {source.delay} is less than {LEAST_DELAY} seconds or no number"
    yield from _broken_patterns(source)
    yield from _broken_selectors(source)


def _wrong_addresses(source: Source) -> Iterator[str]:
    """Hosts must be bare names; whatever we would ask for must be on one of them."""
    if not source.hosts:
        yield "hosts is empty"
    for host in source.hosts:
        if not host or urls.host_of(f"http://{host}/") != host:
            yield f"hosts: {host!r} is not a bare host name (lower case, no scheme, no port, no slash)"
    for twin, host in source.canonical.hosts.items():
        if not {twin, host} <= set(source.hosts):
            yield f"canonical.hosts: {twin} = {host} names a host that is not in hosts"
    lists = ("feeds", "news_sitemaps", "archive_sitemaps", "listings")
    asked = [("homepage", source.homepage), *((name, one.url) for name in lists for one in getattr(source, name))]
    for name, url in asked:
        if urls.bad(url) or not source.owns(url):
            yield f"{name}: {url} is {urls.bad(url) or 'on a host that is not in hosts'}"


def _broken_patterns(source: Source) -> Iterator[str]:
    patterns = [
        ("article.pattern", source.article.pattern, ""),
        *(("article.deny", one, "") for one in source.article.deny),
    ]
    if source.canonical.amp:
        patterns.append(("canonical.amp", *source.canonical.amp))
    for name, pattern, replacement in patterns:
        try:
            re.sub(pattern, replacement, "")
        except (re.error, IndexError) as error:
            yield f"{name}: {pattern!r}: {error}"


def _broken_selectors(source: Source) -> Iterator[str]:
    for name, hints in (("reading", source.reading), *(("layout", one) for one in source.layout)):
        for selector in (*hints.containers, *hints.drop):
            try:
                CSSSelector(selector, translator="html")(Element("p"))
            except (SelectorError, XPathError) as error:
                yield f"{name}: {selector!r}: {error}"


@dataclass(frozen=True)
class Registry:
    """All sources that could be read, and one line for each file that could not."""

    sources: dict[str, Source]
    faults: tuple[str, ...] = ()

    @cached_property
    def on(self) -> tuple[Source, ...]:
        return tuple(source for source in self.sources.values() if source.status == "on")

    def get(self, key: str) -> Source:
        """The source of that key; SourceError names near misses."""
        if key in self.sources:
            return self.sources[key]
        near = difflib.get_close_matches(key, self.sources, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `khabar sources list`"
        raise SourceError(f"unknown source {key!r}: {hint}")


def read_registry(folders: Iterable[Path] = (BUILT_IN,)) -> Registry:
    """Every source of the folders; a broken file becomes a fault and the others go on."""
    sources: dict[str, Source] = {}
    faults: list[str] = []
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        try:
            source = read_source(path)
        except SourceError as error:
            faults.append(str(error))
            continue
        if source.key in sources:
            faults.append(f"{path.name}: a source {source.key!r} exists already")
        else:
            sources[source.key] = source
    return Registry(sources, tuple(faults))
