"""The newsroom's pages and its clock: every markup shown, nothing expected that is not printed, plain HTTP."""

from __future__ import annotations

import html
import http.client
import re
import time
from unicodedata import normalize
from urllib.parse import urlsplit

import pytest
from command_runner import PATIENCE
from newsroom_fixtures import EDITIONS, SITE, get, pages

from khabar.model.items import Outcome
from newsroom.expected import expected_articles, expected_outcomes
from newsroom.posts import CODES
from newsroom.server import EDITION_ONE, EDITION_TWO, Newsroom

SIGNS = {
    "x_quote": 'class=\\"twitter-tweet\\"',
    "x_wordpress": "is-provider-twitter",
    "x_wpautop": "<p>&mdash;",
    "x_rendered": "twitter-tweet-rendered",
    "x_lazy": "tweet-holder",
    "x_amp": "<amp-twitter",
    "youtube_frame": 'src="//www.youtube.com',
    "youtube_lazy": 'src="about:blank"',
    "youtube_lite": "<lite-youtube",
    "youtube_amp": "<amp-youtube",
    "instagram_quote": 'data-instgrm-version="14"',
    "instagram_old": 'data-instgrm-version="7"',
    "instagram_frame": "instagram-media-rendered",
    "instagram_amp": "<amp-instagram",
    "facebook_box": 'class="fb-post"',
    "facebook_frame": "facebook.com/plugins/",
    "facebook_amp": "<amp-facebook",
    "telegram_script": "data-telegram-post",
    "telegram_frame": "?embed=1",
    "datawrapper_frame": "datawrapper-chart-",
    "datawrapper_script": "datawrapper-vis-",
    "video_tag": "<source src=",
    "video_wordpress": "wp-block-video",
    "video_amp": "<amp-video",
    "pdf_object": 'type="application/pdf" width',
    "pdf_wordpress": "wp-block-file__embed",
}
FURNITURE = re.compile(
    r"भी पढ़ें|ऐप (?:खोलें|डाउनलोड)|चैनल से जुड़ें|शेयर|©|सर्वाधिकार|संबंधित ख़बर|फ़ॉलो करें|और भी हैं|pic\.twitter"
    r"|\(@\w+\)|shared by"
)


def url_of(slug, edition=EDITION_TWO):
    return next(one.url for one in expected_articles(edition) if slug in one.url)


def shown(url, edition=EDITION_TWO):
    """A page's words as the archive spells them: entities and escapes of its state opened, NFC."""
    return normalize("NFC", html.unescape(get(edition, url).body.decode().replace("\\u0026", "&")))


def later_pages(url, edition):
    told = expected_outcomes(edition).items()
    return [page for page, outcome in told if outcome is Outcome.PART and page.startswith(url)]


# --- embeds and furniture ---


def test_no_embed_markup_is_forgotten():
    assert SIGNS.keys() == CODES.keys()


@pytest.mark.parametrize("macro", CODES)
def test_every_embed_markup_is_printed(macro):
    assert any(SIGNS[macro] in answer.body.decode() for _, answer in pages(EDITION_TWO))


def test_times_group_posts_are_in_the_state_alone():
    tree, state = (
        get(EDITION_TWO, url_of("dilli-gulabi-thand")).body.decode().split("window.App", 1)
    )
    assert tree.count('class="plcTwttr socialembed"></div>') == 2 == state.count("twitter-tweet")
    assert "twitter-tweet" not in tree


@EDITIONS
def test_what_is_expected_is_printed(edition):
    """Every text of an article, on its own page; the reader under test has no part in this."""
    for one in expected_articles(edition):
        page = "".join(shown(url, edition) for url in (one.url, *later_pages(one.url, edition)))
        assert one.title in page and (one.subtitle or "") in page
        assert [text for _, text in one.blocks if text not in page] == [], one.url
        state = page.replace('\\"', '"')
        assert [embed.id for embed in one.embeds if embed.id not in state] == [], one.url


def test_a_cut_paragraph_is_whole_in_the_state_alone():
    for one in expected_articles(EDITION_TWO):
        if one.source == "lokujas":
            first = next(text for kind, text in one.blocks if kind == "paragraph")
            tree, state = shown(one.url).split("__NEXT_DATA__")
            assert first not in tree and first in state.replace('\\"', '"') and first[:60] in tree


def test_the_text_stands_twice_in_one_site():
    one = next(
        one for one in expected_articles(EDITION_TWO) if "sagar-bundeli-shabdkosh" in one.url
    )
    assert all(shown(one.url).count(text) == 2 for kind, text in one.blocks if kind == "paragraph")


@EDITIONS
def test_nothing_expected_is_furniture(edition):
    for one in expected_articles(edition):
        assert not [text for _, text in one.blocks if FURNITURE.search(text)], one.url


@EDITIONS
def test_every_page_carries_furniture_of_its_own(edition):
    assert all("©" in answer.body.decode() for _, answer in pages(edition) if answer.status == 200)


# --- the clock ---


def test_the_second_edition_has_new_edited_and_removed_ones():
    before = {one.url: one for one in expected_articles(EDITION_ONE)}
    after = {one.url: one for one in expected_articles(EDITION_TWO)}
    assert len(after.keys() - before.keys()) >= 10
    assert len(before.keys() - after.keys()) == 1
    assert sum(before[url] != after[url] for url in before.keys() & after.keys()) >= 8
    assert len(after) >= 60 and sum(len(one.embeds) for one in after.values()) >= 20


def test_page_types_and_outcomes_are_all_there():
    assert {one.page_type for one in expected_articles(EDITION_TWO)} == {
        "article",
        "liveblog",
        "gallery",
        "video",
    }
    told = set(expected_outcomes(EDITION_TWO).values())
    named = "ALIAS LISTING OTHER_LANGUAGE PAYWALLED SOFT_404 NOT_HTML EMPTY NOT_FOUND GONE FORBIDDEN ROBOTS OFF_SITE"
    assert {Outcome[name] for name in f"{named} DENIED BAD_URL ARTICLE".split()} <= told


# --- over the wire ---


@pytest.fixture(scope="module")
def newsroom():
    with Newsroom(EDITION_ONE) as one:
        yield one


def ask(newsroom, url, **headers):
    """(status, headers, body) of one GET."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(newsroom.address, timeout=PATIENCE)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(
        "GET", target, headers={"Host": parts.netloc, "User-Agent": "tests", **headers}
    )
    response = connection.getresponse()
    told = response.status, response.headers, response.read()
    connection.close()
    return told


@SITE
def test_not_modified(newsroom, site):
    article = next(one.url for one in expected_articles(EDITION_ONE) if one.source == site.key)
    for url in (article, site.home + site.feed[1:], site.home + site.news_sitemap[1:]):
        status, headers, body = ask(newsroom, url)
        assert status == 200 and body
        assert ask(newsroom, url, **{"If-None-Match": headers["ETag"]})[::2] == (304, b"")
        changed = {
            "If-None-Match": '"another"',
            "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT",
        }
        assert ask(newsroom, url, **changed)[0] == 200
    _, headers, _ = ask(newsroom, article)
    assert ask(newsroom, article, **{"If-Modified-Since": headers["Last-Modified"]})[0] == 304


def test_redirect_slow_page_and_log(newsroom):
    moved = next(url for url in expected_outcomes(EDITION_ONE) if "?p=" in url)
    status, headers, _ = ask(newsroom, moved)
    assert status == 301 and headers["Location"].endswith("/gomti-ghat-safai/")
    slow = url_of("dilli-chhatra", EDITION_ONE)
    start = time.monotonic()
    assert ask(newsroom, slow)[0] == 200
    assert time.monotonic() - start > 1.5
    assert newsroom.log[-1][1:] == (
        "www.navsandesh.newsroom.test",
        urlsplit(slow).path,
        200,
        "tests",
    )


def test_the_clock_heals_and_removes():
    healed = next(
        url for url, outcome in expected_outcomes(EDITION_TWO).items() if outcome is Outcome.ARTICLE
    )
    gone = url_of("lucknow-jal-apurti", EDITION_ONE)
    with Newsroom(EDITION_ONE) as newsroom:
        assert (ask(newsroom, healed)[0], ask(newsroom, gone)[0]) == (500, 200)
        newsroom.now = EDITION_TWO
        assert (ask(newsroom, healed)[0], ask(newsroom, gone)[0]) == (200, 410)


def test_an_unknown_host_is_nobody(newsroom):
    assert ask(newsroom, "http://www.elsewhere.newsroom.test/")[0] == 404
    _, headers, _ = ask(newsroom, "http://savera.newsroom.test/feed/")
    assert headers["Location"] == "http://www.savera.newsroom.test/feed/"
