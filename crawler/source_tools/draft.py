"""A source drafted from its home page: what its documents are is looked at, not guessed; a person finishes it."""

from __future__ import annotations

import re
from pathlib import Path

from crawler.source_tools.client import Fetch, stranger, talk
from crawler.source_tools.probe import Findings, look
from crawler.source_tools.toml import Draft, toml_of
from khabar.hindi.dates import IST
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.sources import read_source_text

SHOWN = 4  # examples of each kind
REASON = "drafted from its home page: a person has to look at the pattern, robots.txt and the terms of use"
_GENERIC = frozenset({"www", "m", "hindi", "hi", "news", "amp"})  # labels that name no paper
_SUFFIXES = frozenset({"co", "org", "net", "gov", "ac", "com"})  # before the country: .co.in


def draft(config: Config, url: str, key: str | None) -> tuple[str, str]:
    """(key, TOML text) of the source at that home page; the text is sure to be a source that can be read.

    Raises RunError when the home page cannot be had or is a source's already, SourceError for a key that is none.
    """
    _check_new(config, url, key)

    async def script(fetch: Fetch) -> Findings:
        return await look(fetch, url)

    found = talk(config, script, [stranger(url)])
    told = drafted(found, key or key_of(urls.host_of(found.home.url)))
    _check_new(config, told.homepage, told.key)
    text = toml_of(told)
    read_source_text(text, Path(f"{told.key}.toml"))
    return told.key, text


def _check_new(config: Config, url: str, key: str | None) -> None:
    for source in config.registry().sources.values():
        if source.owns(url):
            raise RunError(f"{urls.host_of(url)} is {source.key}'s already: see `khabar sources list`")
        if source.key == key:
            raise RunError(f"a source {key} exists already: give another name with --key")


def key_of(host: str) -> str:
    """A key out of a host's name: its first label that names a paper."""
    labels = host.split(".")
    labels = labels[:-2] if len(labels) > 2 and labels[-2] in _SUFFIXES else labels[:-1]
    named = [label for label in labels if label not in _GENERIC] or labels or ["source"]
    return re.sub(r"[^a-z0-9_-]+", "-", named[0]).strip("-_")[:40] or "source"


def drafted(found: Findings, key: str) -> Draft:
    """What was found, in the words of a source's file. Pure."""
    guess, masthead, sample = found.guess, found.masthead, found.sample
    host, hosts = urls.host_of(found.home.url), _hosts(found)
    return Draft(
        key=key,
        name=masthead.name or sample.name or host,
        name_en=masthead.name_en or sample.name_en or key.replace("-", " ").title(),
        homepage=found.home.url,
        hosts=hosts,
        drafted=clock.now().astimezone(IST).date(),
        reason=REASON,
        evidence=_evidence(found),
        owner=masthead.owner or sample.owner,
        terms_url=next(iter(found.own([masthead.terms_url])), ""),
        languages=[] if (masthead.language or "hi") == "hi" else [masthead.language],
        feeds=found.feeds,
        news_sitemaps=found.news_sitemaps,
        archive_sitemaps=found.archive_sitemaps,
        pattern=guess.pattern if guess else "",
        date_rule=guess.date if guess else "",
        examples=guess.seen[:SHOWN] if guess else (),
        not_articles=_not_articles(found),
        folds={twin: host for twin in hosts if twin != host and twin in _twins(host)},
    )


def _twins(host: str) -> set[str]:
    """The same pages under other names: bare, www., m."""
    bare = host.removeprefix("www.").removeprefix("m.")
    return {bare, f"www.{bare}", f"m.{bare}"}


def _hosts(found: Findings) -> list[str]:
    """Every host that would be asked: of the home page, of what is listed, of the articles."""
    listed = [one.url for one in (*found.feeds, *found.news_sitemaps, *found.archive_sitemaps)]
    articles = found.guess.seen if found.guess else ()
    return list(dict.fromkeys(map(urls.host_of, (found.home.url, *listed, *articles))))


def _evidence(found: Findings) -> str:
    where = "feeds and news sitemaps" if found.articles else "the home page's links"
    guess = found.guess
    seen = f"the pattern was made from {len(guess.seen)} addresses in {where}" if guess else "no article was found"
    return f"Looked at by `khabar sources add`: {seen}."


def _not_articles(found: Findings) -> list[str]:
    """The home page and what it links to on its own host that the pattern leaves out, the shortest first: sections."""
    home, pattern = found.home.url, found.guess.pattern if found.guess else "(?!)"
    near = [url for url in found.own(found.masthead.links) if urls.host_of(url) == urls.host_of(home)]
    others = [url for url in near if not re.search(pattern, url) and url.rstrip("/") != home.rstrip("/")]
    return [home, *sorted(others, key=len)[: SHOWN - 1]]
