"""Sources: laws every source file obeys, the live ones and the newsroom's."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from itertools import product

import pytest
from conftest import ROOT

from crawler import urls
from crawler.items import Outcome
from crawler.sources import Source, read_source

LIVE = sorted((ROOT / "spiders" / "sources").glob("*.toml"))
NEWSROOM = sorted((ROOT / "newsroom" / "sources").glob("*.toml"))
PROMISED = {"jagran", "bhaskar", "amarujala", "livehindustan", "navbharattimes", "aajtak"}

every_source = pytest.mark.parametrize("path", [*LIVE, *NEWSROOM], ids=lambda path: path.stem)
live_source = pytest.mark.parametrize("path", LIVE, ids=lambda path: path.stem)


def documents(source: Source) -> list:
    return [*source.feeds, *source.news_sitemaps, *source.archive_sitemaps, *source.listings]


# --- laws over every file ---


def test_the_promised_sources_are_on():
    assert {path.stem for path in LIVE if read_source(path).status == "on"} >= PROMISED


@every_source
def test_every_example_is_an_article(path):
    source = read_source(path)
    assert source.article.examples
    assert {url: source.judge(url) for url in source.article.examples} == dict.fromkeys(source.article.examples)


@every_source
def test_every_counter_example_is_denied(path):
    source = read_source(path)
    assert source.article.not_articles
    for url in source.article.not_articles:
        judged = source.judge(url)
        assert judged, url
        assert judged[0] is Outcome.DENIED, url


@every_source
def test_documents_and_homepage_are_no_articles(path):
    source = read_source(path)
    for url in (source.homepage, *(document.url for document in documents(source))):
        assert not source.is_article(source.canonical_url(url)), url


@every_source
def test_no_document_is_listed_twice(path):
    source = read_source(path)
    assert [url for url, count in Counter(urls.normal(one.url) for one in documents(source)).items() if count > 1] == []


@every_source
def test_a_crawl_has_where_to_begin(path):
    source = read_source(path)
    assert source.status != "on" or list(source.documents())


@every_source
def test_canonical_address_is_idempotent(path):
    source = read_source(path)
    for url in (*source.article.examples, *source.article.not_articles, source.homepage):
        once = source.canonical_url(url)
        assert source.canonical_url(once) == once


@every_source
def test_readers_trails_and_twin_hosts_fold_into_the_article(path):
    source = read_source(path)
    for url in source.article.examples:
        article = source.canonical_url(url)
        added = ["utm_source=whatsapp&utm_medium=share", "fbclid=IwAR0"]
        added += [f"{name.replace('*', 'x')}=1" for name in source.canonical.strip]
        told = [f"{article}#comments", *(f"{article}{'&' if '?' in article else '?'}{trail}" for trail in added)]
        told += [article.replace(f"//{host}/", f"//{twin}/") for twin, host in source.canonical.hosts.items()]
        assert {source.canonical_url(one) for one in told} == {article}


@every_source
def test_amp_addresses_fold_into_an_article_that_is_none(path):
    source = read_source(path)
    amp = source.canonical.amp
    told = [url for url in source.article.examples if amp and re.search(amp[0], url)]
    assert bool(amp) == bool(told), "a source that folds AMP shows it in an example"
    for url in told:
        article = source.canonical_url(url)
        assert not re.search(amp[0], article)
        assert source.is_article(article)
        assert not source.is_article(url), "asked for as it stands it would be a second article"


@every_source
def test_languages_are_codes(path):
    assert all(re.fullmatch("[a-z]{2,3}", code) for code in read_source(path).languages)


@every_source
def test_what_a_publisher_allowed_is_shown(path):
    source = read_source(path)
    assert source.permission == "none" or source.terms_url


def test_no_two_sources_own_a_host():
    owners = Counter(host for path in (*LIVE, *NEWSROOM) for host in read_source(path).hosts)
    assert [host for host, count in owners.items() if count > 1] == []


@live_source
def test_live_addresses_are_https(path):
    source = read_source(path)
    asked = (source.homepage, *(document.url for document in documents(source)), *source.article.examples)
    assert [url for url in asked if not url.startswith("https://")] == []


@live_source
def test_live_sources_are_asked_slowly_and_are_no_newsroom(path):
    source = read_source(path)
    assert not source.is_newsroom
    assert source.delay >= 1


@live_source
def test_who_saw_it_work_and_when(path):
    source = read_source(path)
    if source.status == "on":
        assert source.evidence
        assert source.checked
        assert [one.url for one in documents(source) if not (one.evidence and one.checked)] == []


@pytest.mark.shared
@live_source
def test_every_document_stands_in_the_evidence(path, shared):
    source = read_source(path)
    told = json.loads((shared / "sources" / "sources.json").read_text(encoding="utf-8"))
    known = next(one for one in told if one["homepage"] == source.homepage)
    seen = {one["url"]: one for one in (*known.get("feeds", ()), *known.get("sitemaps", ()))}
    assert [one.url for one in documents(source) if not seen.get(one.url, {}).get("use")] == []
    weak = [one.url for one in documents(source) if seen[one.url]["confidence"] not in ("high", "medium")]
    assert weak == []
    assert source.status != "on" or known["confidence"] in ("high", "medium")


# --- no pattern may hang on a long address ---

GRAINS = ("a", "1", "-", "a-", "-1", "a/", "a1-", "/-", "%E0%A4%96", "a.", "2026-11-24-")
SLOW = 0.25  # seconds of CPU for one match; honest patterns take microseconds


def hangs(pattern: str, beginning: str) -> bool:
    """Whether a match takes ever longer on ever longer addresses; small steps, so that this itself never hangs."""
    for length, grain, end in product((16, 20, 24, 28, 64, 256, 1000), GRAINS, ("", "!", ".html!", "/")):
        url = beginning + (grain * length)[:length] + end
        began = time.process_time()
        re.search(pattern, url)
        if time.process_time() - began > SLOW:
            return True
    return False


def test_hangs_would_see_a_catastrophe():
    assert hangs(r"^https://e\.in/(a+)+$", "https://e.in/")
    assert not hangs(r"^https://e\.in/[a-z-]+-\d+$", "https://e.in/")


@every_source
def test_no_pattern_hangs(path):
    source = read_source(path)
    patterns = [source.article.pattern, *source.article.deny, *(source.canonical.amp or ())[:1]]
    beginnings = {source.homepage, source.article.examples[0].rpartition("/")[0] + "/"}
    assert [pattern for pattern in patterns for beginning in beginnings if hangs(pattern, beginning)] == []
