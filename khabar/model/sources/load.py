"""Loads sources from TOML files, strictly: errors name the file and the line or key."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from khabar.model import schedule, urls
from khabar.model.sources import dates
from khabar.model.sources.model import Source
from khabar.model.sources.shards import Shard, group_sources

# Minimum of `delay`, seconds from a response to the next request to its host; chosen by hand.
MIN_DELAY = 1.5
BUILT_IN = Path(__file__).resolve().parents[3] / "spiders" / "sources"
# Keys that nothing reads. A file that has them still loads, with a warning, until release 0.2;
# then they are unknown keys, and errors.
RETIRED_KEYS = (
    "region",
    "expect.articles_a_day",
    *(f"{table}.{key}" for table in ("reading", "layout") for key in ("confidence", "guesses")),
)
SAMPLE_DATE = date(2026, 11, 24)  # for checking the URLs that templates expand to


class SourceError(Exception):
    """A source file cannot be used. The message names the file and the line or key."""


def read_source(path: Path) -> Source:
    """Reads one source from its TOML file.

    Raises SourceError, which names the file and the line (syntax) or key (content). Warns
    (FutureWarning) of keys in RETIRED_KEYS.
    """
    source, warning = _load_source(path)
    if warning:
        warnings.warn(warning, FutureWarning, stacklevel=2)
    return source


def parse_source(text: str, path: Path) -> Source:
    """Parses the text of a file that is, or will be, `path`. Raises SourceError as `read_source`
    does.
    """
    return _parse_source(text, path)[0]


def _load_source(path: Path) -> tuple[Source, str | None]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path.name}: {error}") from error
    return _parse_source(text, path)


def _parse_source(text: str, path: Path) -> tuple[Source, str | None]:
    """Returns the source and, if it has retired keys, a warning that names them."""
    try:
        table = tomllib.loads(text)
        retired = _drop_retired_keys(table)
        source = msgspec.convert(table, Source)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SourceError(f"{path.name}: {error}") from error
    if problem := next(_find_errors(source, path), None):
        raise SourceError(f"{path.name}: {problem}")
    if not retired:
        return source, None
    return source, f"{path.name}: {', '.join(retired)}: no longer used, please delete"


def _drop_retired_keys(table: dict[str, Any]) -> list[str]:
    """Removes the keys in RETIRED_KEYS from a source's table, in place. Returns those found."""
    found: list[str] = []
    for dotted in RETIRED_KEYS:
        name, _, key = dotted.rpartition(".")
        parents = table.get(name) if name else table
        for parent in parents if isinstance(parents, list) else [parents]:
            if isinstance(parent, dict) and key in parent:
                del parent[key]
                found.append(dotted)
    if table.get("expect") == {}:
        del table["expect"]
    return list(dict.fromkeys(found))


def _find_errors(source: Source, path: Path) -> Iterator[str]:
    """Yields errors that the types cannot express: names that disagree, URLs on other hosts, a
    delay that is too short, patterns and selectors that do not compile.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", source.key) or source.key != path.stem:
        yield f"key = {source.key!r} must equal the file's name and be plain a-z0-9_-"
    if source.status != "on" and not source.reason:
        yield f"reason is missing (status is {source.status})"
    if not source.languages:
        yield "languages is empty: nothing would be kept"
    yield from _check_addresses(source)
    if not (0 if source.is_newsroom else MIN_DELAY) <= source.delay < math.inf:
        yield f"delay = {source.delay} is less than {MIN_DELAY} seconds or no number"
    if problem := schedule.check_revisit_hours(source.revisit_hours):
        yield f"revisit_hours: {problem}"
    yield from _check_patterns(source)
    yield from _check_hints(source)


def _check_addresses(source: Source) -> Iterator[str]:
    """Yields errors of hosts and URLs: hosts must be bare names, every URL to request must be on
    one of them.
    """
    if not source.hosts:
        yield "hosts is empty"
    for host in source.hosts:
        if not host or urls.get_host(f"http://{host}/") != host:
            rule = "lower case, no scheme, no port, no slash"
            yield f"hosts: {host!r} is not a bare host name ({rule})"
    for twin, host in source.canonical.hosts.items():
        if not {twin, host} <= set(source.hosts):
            yield f"canonical.hosts: {twin} = {host} names a host that is not in hosts"
    lists = ("feeds", "news_sitemaps", "listings")
    addresses = [
        ("homepage", source.homepage),
        *((name, document.url) for name in lists for document in getattr(source, name)),
    ]
    for document in source.archive_sitemaps:
        try:
            dates.template_fields(document.url)
        except ValueError as error:
            yield f"archive_sitemaps: {document.url}: {error}"
    addresses += [
        ("archive_sitemaps", url) for _, url in source.iter_archive_urls(SAMPLE_DATE, SAMPLE_DATE)
    ]
    for name, url in addresses:
        if urls.reject_reason(url) or not source.is_own_url(url):
            yield f"{name}: {url} is {urls.reject_reason(url) or 'on a host that is not in hosts'}"


def _check_patterns(source: Source) -> Iterator[str]:
    patterns = [
        ("article.pattern", source.article.pattern, ""),
        *(("article.deny", deny_pattern, "") for deny_pattern in source.article.deny),
    ]
    if source.canonical.amp:
        patterns.append(("canonical.amp", *source.canonical.amp))
    patterns += [("canonical.twins", *pair) for pair in source.canonical.twins]
    if source.article.date:
        patterns.append(("article.date", source.article.date, ""))
    for name, pattern, replacement in patterns:
        try:
            re.sub(pattern, replacement, "")
        except (re.error, IndexError) as error:
            yield f"{name}: {pattern!r}: {error}"
    if source.article.date and (problem := dates.check_date_rule(source.article.date)):
        yield f"article.date: {source.article.date!r}: {problem}"


def _check_hints(source: Source) -> Iterator[str]:
    for name, hints in (
        ("reading", source.reading),
        *(("layout", layout) for layout in source.layout),
    ):
        yield from _check_selectors(name, (*hints.containers, *hints.drop))
        if not all(words.strip() for words in hints.bylines):
            yield f"{name}.bylines: an empty word would match every line"


def _check_selectors(name: str, selectors: Iterable[str]) -> Iterator[str]:
    for selector in selectors:
        from lxml.cssselect import CSSSelector, SelectorError  # here, as few files have selectors
        from lxml.etree import Element, XPathError

        try:
            CSSSelector(selector, translator="html")(Element("p"))
        except (SelectorError, XPathError) as error:
            yield f"{name}: {selector!r}: {error}"


# --- all sources of some folders ---


@dataclass(frozen=True)
class Registry:
    """All sources that could be read, with a line for each file that could not (`faults`) and for
    each that has retired keys (`warnings`).
    """

    sources: dict[str, Source]
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @cached_property
    def active_sources(self) -> tuple[Source, ...]:
        return tuple(source for source in self.sources.values() if source.status == "on")

    def select_shard(self, shard: Shard) -> tuple[Source, ...]:
        """Returns the sources of a shard, whatever their status."""
        groups = group_sources(self.sources.values())
        return tuple(source for key, source in self.sources.items() if shard.has_group(groups[key]))

    def find_owner(self, url: str) -> Source | None:
        """Returns the source whose hosts include the URL's; None when there is none."""
        return next((source for source in self.sources.values() if source.is_own_url(url)), None)

    def get(self, key: str) -> Source:
        """Returns the source with that key. Raises SourceError, which suggests similar keys."""
        if key in self.sources:
            return self.sources[key]
        # cutoff: similarity from which a key is suggested; chosen by hand (difflib's default: 0.6)
        near = difflib.get_close_matches(key, self.sources, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `khabar sources list`"
        raise SourceError(f"unknown source {key!r}: {hint}")


def read_registry(folders: Iterable[Path] = (BUILT_IN,)) -> Registry:
    """Reads every source of the folders. A broken file becomes a fault; the others are read."""
    sources: dict[str, Source] = {}
    faults: list[str] = []
    key_warnings: list[str] = []
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        try:
            source, warning = _load_source(path)
        except SourceError as error:
            faults.append(str(error))
            continue
        if warning:
            key_warnings.append(warning)
        if source.key in sources:
            faults.append(f"{path.name}: a source {source.key!r} exists already")
        else:
            sources[source.key] = source
    return Registry(sources, tuple(faults), tuple(key_warnings))
