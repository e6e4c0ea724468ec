"""Sources against what was measured beside the checkout: their evidence, real addresses, real robots and sitemaps."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from datetime import UTC, datetime

import pytest
from all_sources import LIVE, READ, asked, documents, live_source
from conftest import SHARED
from protego import Protego

from khabar.model import urls
from khabar.model.sources import Source, read_source
from khabar.parsing.discovery import BrokenDocument, parse_sitemap

pytestmark = pytest.mark.shared


def known(shared, source: Source) -> dict | None:
    """What the evidence says of a source, found by its home page; one entry there is a mere list of names."""
    told = json.loads((shared / "sources" / "sources.json").read_text(encoding="utf-8"))
    return next(
        (one for one in told if one["homepage"].rstrip("/") == source.homepage.rstrip("/")), None
    )


def template(url: str) -> str:
    """An address with its digits and its placeholders made one, as evidence and TOML write them differently."""
    return re.sub("#(-#)+", "#", re.sub(r"\{[^}]*\}|%[dmY]|\d+", "#", url))


def test_every_source_of_the_evidence_has_its_file(shared):
    told = json.loads((shared / "sources" / "sources.json").read_text(encoding="utf-8"))
    homes = {READ[path].homepage.rstrip("/") for path in LIVE}
    assert [one["id"] for one in told if one["homepage"].rstrip("/") not in homes] == [
        "up_regional"
    ]


@live_source
def test_every_document_stands_in_the_evidence(path):
    source = read_source(path)
    evidence = known(SHARED, source)
    if evidence is None:
        assert (source.status, documents(source)) == ("draft", [])
        return
    seen = {one["url"]: one for one in (*evidence.get("feeds", ()), *evidence.get("sitemaps", ()))}
    archives = {template(url): one for url, one in seen.items()}
    pages = {one["url"] for one in evidence.get("section_pages", ())}
    assert [one.url for one in (*source.feeds, *source.news_sitemaps) if one.url not in seen] == []
    assert [one.url for one in source.listings if one.url not in pages] == []
    weak = [
        one.url
        for one in source.archive_sitemaps
        if archives[template(one.url)]["confidence"] == "low"
    ]
    assert weak == []


@live_source
def test_a_source_is_on_for_good_evidence_only(path):
    source = read_source(path)
    if source.status != "on":
        return
    evidence = known(SHARED, source)
    assert {evidence["confidence"], evidence["article_url"]["confidence"]} <= {"high", "medium"}
    seen = {one["url"]: one for one in (*evidence.get("feeds", ()), *evidence.get("sitemaps", ()))}
    used = [seen[one.url] for one in (*source.feeds, *source.news_sitemaps)]
    assert all(one["use"] and one["confidence"] in ("high", "medium") for one in used)
    assert used or source.listings


@live_source
def test_every_example_stands_in_the_evidence(path):
    """As it is, or as the AMP form of one that does: no address of ours is invented."""
    source = read_source(path)
    evidence = known(SHARED, source) or {"article_url": {}}
    told = [one["url"] for one in evidence["article_url"].get("examples", ())]
    told += evidence["article_url"].get("non_article", ())  # AMP twins are listed there
    assert {
        url
        for url in source.article.examples
        if url not in told and source.canonicalize_url(url) not in told
    } == set()


@pytest.fixture(scope="module")
def printed(shared) -> dict[str, list[tuple[str, str]]]:
    """Key → (address, day of print) of real articles of 2026, where the address is the source's own."""
    owners = {host: source for source in READ.values() for host in source.hosts}
    found = defaultdict(list)
    with gzip.open(shared / "texts" / "articles_hi.jsonl.gz", "rt", encoding="utf-8") as lines:
        for one in map(json.loads, lines):
            if owner := owners.get(urls.get_host(one["url"])):
                found[owner.key].append((one["url"], one["date"][:10]))
    return found


def test_addresses_nobody_showed_us_are_sorted_right(printed):
    """Over a thousand real addresses: nineteen in twenty and more are articles to their source, galleries apart."""
    for key, told in printed.items():
        source = next(one for one in READ.values() if one.key == key)
        stories = [
            url
            for url, _ in told
            if not re.search(r"/(photogallery|photo|photos|video|videos)/", url)
        ]
        taken = [url for url in stories if source.check_url(url) is None]
        assert len(taken) >= 0.95 * len(stories), key
    assert sum(map(len, printed.values())) > 1000


def test_the_day_in_an_address_is_the_day_of_print(printed):
    dated = [source for source in READ.values() if source.article.date]
    told = [
        (source.find_url_date(url), day)
        for source in dated
        for url, day in printed.get(source.key, ())
    ]
    assert [(str(day), printed_on) for day, printed_on in told if str(day) != printed_on] == []
    assert len(told) > 400


def test_real_robots_allow_what_we_would_ask(shared):
    """Of every host whose robots.txt we have."""
    found = 0
    for source in (READ[path] for path in LIVE if READ[path].status == "on"):
        for host in source.hosts:
            robots = shared / "pages" / "robots" / f"{host}.txt"
            if robots.exists():
                rules = Protego.parse(robots.read_text(encoding="utf-8", errors="replace"))
                told = [
                    url
                    for url in (*asked(source), *source.article.examples)
                    if urls.get_host(url) == host
                ]
                assert [url for url in told if not rules.can_fetch(url, "Khabar")] == []
                found += 1
    assert found


def test_real_sitemaps_of_others_are_nobodys(shared):
    """Each address in the sitemaps we have is a source's article, or off the site of every source."""
    told = []
    for path in sorted((shared / "pages" / "sitemaps").glob("*.xml")):
        try:
            told += parse_sitemap(
                path.read_bytes(), "https://www.example.org/", datetime(2026, 11, 24, tzinfo=UTC)
            )
        except BrokenDocument:
            continue
    assert told
    for link in told:
        owners = [source for source in READ.values() if source.is_own_url(link.url)]
        assert all(source.is_article(source.canonicalize_url(link.url)) for source in owners)
        assert not any(
            source.is_article(link.url) for source in READ.values() if source not in owners
        )
