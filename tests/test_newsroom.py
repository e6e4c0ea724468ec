"""The newsroom keeps its word: enough stories, the same bytes every time, every link served, documents that agree."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest
from conftest import ROOT
from newsroom_fixtures import EDITIONS, PRESSES, SITE, get, pages
from protego import Protego

from khabar.model.items import Outcome
from khabar.model.sources import read_registry
from khabar.parsing.discovery import parse_feed, parse_sitemap
from newsroom.editions import build_items
from newsroom.expected import expected_articles, expected_outcomes
from newsroom.generated_articles import DEFAULT, generate_articles
from newsroom.server import EDITION_ONE, EDITION_TWO
from newsroom.site_server import SiteServer
from newsroom.sites import SITES
from newsroom.stories import iter_parts, read_stories

SOURCES = read_registry((ROOT / "newsroom" / "sources",))
# Where a page of ours may point outside: posts, shares, channels, the providers' scripts.
ABROAD = """twitter.com platform.twitter.com t.co www.instagram.com platform.instagram.com www.facebook.com
    t.me telegram.org whatsapp.com www.youtube.com i.ytimg.com datawrapper.dwcdn.net news.google.com
    cdn.ampproject.org""".split()


# --- the stories ---


def test_forty_articles_of_fair_length_in_hindi():
    words = {}
    for story in read_stories():
        text = " ".join(part.text for part in iter_parts(story, story.body))
        if story.form == "article":
            assert sum("\u0900" <= letter <= "\u097f" for letter in text) > 0.6 * len(
                text.replace(" ", "")
            ), story.slug
            words[story.slug] = len(text.split())
    assert len(words) >= 40
    assert {slug: count for slug, count in words.items() if not 120 <= count <= 600} == {}


def test_wire_stories_differ_between_their_buyers():
    wire = [story for story in read_stories() if story.site == "wire"]
    for story in wire:
        prints = [item for item in build_items(EDITION_TWO) if item.slug == story.slug]
        assert len({item.site for item in prints}) == 3
        assert len({(item.headline, item.parts) for item in prints}) == 3


def test_generated_articles_are_a_prefix_of_one_another():
    few, many = list(generate_articles(20, EDITION_TWO)), list(generate_articles(60, EDITION_TWO))
    assert many[: len(few)] == few
    assert {item.site for item in many} == SITES.keys()
    assert all(100 <= sum(len(part.text.split()) for part in item.parts) <= 600 for item in many)
    assert (
        len({item.parts for item in many}) == len({(item.site, item.number) for item in many}) == 60
    )
    assert sum(part.type == "embed" for item in many for part in item.parts) >= 20


# --- the same every time ---

DIGEST = """
import hashlib
from newsroom.site_server import SiteServer
from newsroom.server import EDITION_TWO
press, told = SiteServer(EDITION_TWO, 10), hashlib.sha256()
for issue in press.issues.values():
    for path in [issue.site.feed, issue.site.news_sitemap, "/", *map(issue.site.path, issue.items)]:
        told.update(press.get_response(issue.site.host, path).body)
print(told.hexdigest())
"""


def digest(hash_seed):
    done = subprocess.run(
        [sys.executable, "-c", DIGEST], cwd=ROOT, env={"PYTHONHASHSEED": hash_seed, "TZ": "America/New_York"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_same_bytes_in_every_process_and_place():
    assert digest("1") == digest("2") != ""


def test_same_bytes_twice():
    again = SiteServer(EDITION_ONE, DEFAULT)
    assert all(get(EDITION_ONE, url, again) == answer for url, answer in pages(EDITION_ONE))


# --- links, documents, sources ---


@EDITIONS
def test_every_link_of_every_page_is_served(edition):
    seen, waiting = set(), [site.home for site in SITES.values()]
    while waiting:
        url = waiting.pop()
        answer = get(edition, url)
        broken = answer.status == 500 and edition is EDITION_ONE
        assert answer.status in (200, 301) or broken, url
        if not answer.content_type.startswith("text/html") or broken:
            continue
        for link in links(answer, url):
            host = urlsplit(link).netloc
            if host.endswith(".newsroom.test") and link not in seen:
                seen.add(link)
                waiting.append(link)
            assert host.endswith(".newsroom.test") or host in ABROAD, link
    paths = {urlsplit(url).path for url in seen}
    assert {urlsplit(one.url).path for one in expected_articles(edition)} <= paths


def links(answer, url):
    root = lxml.html.fromstring(answer.body or b"<p></p>")
    for element, name, link, _ in root.iterlinks():
        if (
            link.startswith(("data:", "whatsapp:", "about:", "#"))
            or (element.tag == "lite-youtube")
            or name == "style"
        ):
            continue
        yield urljoin(url, link)


@SITE
@pytest.mark.parametrize("name", ["host", "mobile"])
def test_robots_say_what_they_forbid(site, name):
    answer = get(EDITION_ONE, f"http://{getattr(site, name)}/robots.txt")
    rules = Protego.parse(answer.body.decode())
    assert rules.crawl_delay("Khabar") == site.crawl_delay
    forbidden = [site.home + path[1:].replace("*", "x") + "page" for path in site.disallowed]
    assert not any(rules.can_fetch(url, "Khabar") for url in forbidden)
    issue = PRESSES[EDITION_ONE].issues[site.key]
    assert all(rules.can_fetch(site.url(item), "Khabar") for item in issue.items)


def test_something_linked_is_forbidden():
    forbidden = [
        url for url, outcome in expected_outcomes(EDITION_ONE).items() if outcome is Outcome.ROBOTS
    ]
    for url in forbidden:
        rules = Protego.parse(get(EDITION_ONE, urljoin(url, "/robots.txt")).body.decode())
        assert not rules.can_fetch(url, "Khabar")
        assert any(
            url in get(EDITION_ONE, urljoin(url, site.feed)).body.decode()
            for site in SITES.values()
        )
    assert forbidden


@EDITIONS
@SITE
def test_feed_and_sitemaps_name_every_item(edition, site):
    source, issue = SOURCES.sources[site.key], PRESSES[edition].issues[site.key]
    feed = parse_feed(get(edition, site.home + site.feed[1:]).body, site.home)
    told = {source.canonicalize_url(link.url) for link in feed}
    assert told >= {site.url(item) for item in issue.items[:25]}
    index = parse_sitemap(get(edition, site.home + site.archive_index[1:]).body, site.home)
    assert {child.kind for child in index} == {"sitemap"} and len(index) == 2
    archived = {
        link.url
        for child in index
        for link in parse_sitemap(get(edition, child.url).body, child.url)
    }
    assert archived == {site.url(item) for item in issue.items}
    fresh = parse_sitemap(get(edition, site.home + site.news_sitemap[1:]).body, site.home)
    assert all(link.how == "news-sitemap" and link.title for link in fresh)
    assert any(link.published for link in fresh)


def test_many_articles_make_an_index_of_news_sitemaps():
    press = SiteServer(EDITION_TWO, 6000)
    site = SITES["vyapar"]
    index = parse_sitemap(press.get_response(site.host, site.news_sitemap).body, site.home)
    parts = [
        parse_sitemap(press.get_response(site.host, urlsplit(one.url).path).body, one.url)
        for one in index
    ]
    assert [len(part) for part in parts][:-1] == [1000]
    assert sum(map(len, parts)) >= 1200


def test_one_feed_is_soup_and_one_is_atom():
    vyapar, prahari = SITES["vyapar"], SITES["prahari"]
    soup = get(EDITION_ONE, vyapar.home + vyapar.feed[1:]).body
    assert b"&nbsp;" in soup and "अक्टूबर".encode() in soup
    assert any(link.published for link in parse_feed(soup, vyapar.home))
    assert b"http://www.w3.org/2005/Atom" in get(EDITION_ONE, prahari.home + prahari.feed[1:]).body


@SITE
def test_sources_are_strict_and_agree_with_what_is_printed(site):
    source = SOURCES.sources[site.key]
    assert source.is_newsroom and set(source.hosts) == {site.host, site.mobile}
    assert all(source.is_article(url) for url in source.article.examples)
    assert not any(source.is_article(url) for url in source.article.not_articles)
    for one in expected_articles(EDITION_TWO):
        if one.source == site.key:
            assert source.is_article(one.url) and source.canonicalize_url(one.url) == one.url


def test_no_source_is_broken():
    assert SOURCES.faults == () and SOURCES.sources.keys() == SITES.keys()
