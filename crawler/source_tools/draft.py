"""Drafts a source file from a home page. Feeds and sitemaps are fetched, not guessed."""

from __future__ import annotations

import re
from pathlib import Path

from crawler.source_tools.client import Fetch, make_temporary_source, run_callback
from crawler.source_tools.probe import SiteProbe, probe_site
from crawler.source_tools.toml import SourceDraft, format_source_toml
from khabar.hindi.india_time import IST
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.sources import parse_source
from khabar.processing.process import open_worker_pool

EXAMPLES_PER_KIND = 4  # URLs in `examples` and `not_articles`; chosen by hand, not measured
REASON = (
    "drafted from its home page: a person has to check the pattern, robots.txt and the terms of use"
)
_GENERIC = frozenset(
    {"www", "m", "hindi", "hi", "news", "amp"}
)  # host labels that are no site's name
_SUFFIXES = frozenset({"co", "org", "net", "gov", "ac", "com"})  # before a country code: .co.in


def draft_source(config: Config, url: str, key: str | None) -> tuple[str, str, tuple[str, ...]]:
    """Returns (key, TOML text, robots of web archives that are barred) for the site at a home page.
    The text is a valid source file.

    Raises RunError when the home page cannot be fetched or its host has a source, SourceError for
    an invalid key.
    """
    _check_new(config, url, key)

    with open_worker_pool() as pool:

        async def run_probe(fetch: Fetch) -> SiteProbe:
            return await probe_site(fetch, pool, url)

        probe = run_callback(config, run_probe, [make_temporary_source(url)])
    source_draft = build_draft(probe, key or derive_key(urls.get_host(probe.home.url)))
    _check_new(config, source_draft.homepage, source_draft.key)
    text = format_source_toml(source_draft)
    parse_source(text, Path(f"{source_draft.key}.toml"))
    return source_draft.key, text, probe.archives_barred


def _check_new(config: Config, url: str, key: str | None) -> None:
    for source in config.load_registry().sources.values():
        if source.is_own_url(url):
            raise RunError(
                f"{urls.get_host(url)} belongs to {source.key}: see `khabar sources list`"
            )
        if source.key == key:
            raise RunError(f"a source {key} exists already: give another key with --key")


def derive_key(host: str) -> str:
    """Returns a key made from a host name: its first label that is not generic."""
    labels = host.split(".")
    labels = labels[:-2] if len(labels) > 2 and labels[-2] in _SUFFIXES else labels[:-1]
    candidates = [label for label in labels if label not in _GENERIC] or labels or ["source"]
    key = re.sub(r"[^a-z0-9_-]+", "-", candidates[0]).strip("-_")
    return key[:40] or "source"  # 40 characters: chosen by hand, not measured


def build_draft(probe: SiteProbe, key: str) -> SourceDraft:
    """Builds the draft from a probe."""
    url_pattern, metadata, sample = probe.url_pattern, probe.metadata, probe.sample
    host, hosts = urls.get_host(probe.home.url), _list_hosts(probe)
    return SourceDraft(
        key=key,
        name=metadata.name or sample.name or host,
        name_en=metadata.name_en or sample.name_en or key.replace("-", " ").title(),
        homepage=probe.home.url,
        hosts=hosts,
        drafted=clock.now().astimezone(IST).date(),
        reason=REASON,
        evidence=_describe_evidence(probe),
        owner=metadata.owner or sample.owner,
        terms_url=next(iter(probe.filter_own_urls([metadata.terms_url])), ""),
        languages=[] if (metadata.language or "hi") == "hi" else [metadata.language],
        feeds=probe.feeds,
        news_sitemaps=probe.news_sitemaps,
        archive_sitemaps=probe.archive_sitemaps,
        pattern=url_pattern.pattern if url_pattern else "",
        date_rule=url_pattern.date_rule if url_pattern else "",
        examples=url_pattern.sample_urls[:EXAMPLES_PER_KIND] if url_pattern else (),
        not_articles=_pick_non_articles(probe),
        archives_barred=probe.archives_barred,
        folds={twin: host for twin in hosts if twin != host and twin in _host_variants(host)},
    )


def _host_variants(host: str) -> set[str]:
    """Returns host names that usually serve the same pages: bare, www. and m."""
    base_host = host.removeprefix("www.").removeprefix("m.")
    return {base_host, f"www.{base_host}", f"m.{base_host}"}


def _list_hosts(probe: SiteProbe) -> list[str]:
    """Returns every host that would be fetched: of the home page, documents and articles."""
    document_urls = [
        document.url for document in (*probe.feeds, *probe.news_sitemaps, *probe.archive_sitemaps)
    ]
    articles = probe.url_pattern.sample_urls if probe.url_pattern else ()
    return list(dict.fromkeys(map(urls.get_host, (probe.home.url, *document_urls, *articles))))


def _describe_evidence(probe: SiteProbe) -> str:
    where = "feeds and news sitemaps" if probe.articles else "the home page's links"
    url_pattern = probe.url_pattern
    summary = (
        f"the pattern was made from {len(url_pattern.sample_urls)} URLs in {where}"
        if url_pattern
        else "no article was found"
    )
    return f"Fetched by `khabar sources add`: {summary}."


def _pick_non_articles(probe: SiteProbe) -> list[str]:
    """Returns the home page and the shortest URLs on its host that the pattern does not match.

    The home page links to them; the shortest are usually sections.
    """
    home, pattern = probe.home.url, probe.url_pattern.pattern if probe.url_pattern else "(?!)"
    near = [
        url
        for url in probe.filter_own_urls(probe.metadata.links)
        if urls.get_host(url) == urls.get_host(home)
    ]
    others = [
        url for url in near if not re.search(pattern, url) and url.rstrip("/") != home.rstrip("/")
    ]
    return [home, *sorted(others, key=len)[: EXAMPLES_PER_KIND - 1]]
