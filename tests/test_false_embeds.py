"""No false embed: what is stored of the newsroom's and the measured pages is what they contain, and nothing more."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from newsroom_fixtures import EDITIONS, get

from khabar.extraction import extract_article, read_html
from khabar.model.items import Article, Embed, Outcome, Page
from newsroom.expected import expected_articles, expected_outcomes
from newsroom.site_server import SiteServer
from newsroom.sites import PRAHARI
from tests.conftest import SHARED

BULK = 60  # generated articles beside the written ones
NOW = datetime(2026, 11, 24, tzinfo=UTC)
# The gold's names of providers that have another here.
NAMES = {"twitter": "x", "html5_video": "file"}


def read(edition: datetime, url: str, server: SiteServer) -> tuple[Embed, ...]:
    answer = get(edition, url, server)
    return extract_article(Page(url, answer.body, edition)).embeds if answer.status == 200 else ()


@EDITIONS
def test_the_newsrooms_articles_have_the_embeds_of_their_stories_and_no_others(edition) -> None:
    server = SiteServer(edition, BULK)
    told = expected_outcomes(edition, BULK)
    parts = [url for url, outcome in told.items() if outcome is Outcome.PART]
    for one in expected_articles(edition, BULK):
        pages = [one.url, *(url for url in parts if url.startswith(one.url))]
        embeds = [embed for url in pages for embed in read(edition, url, server)]
        assert [(embed.provider, embed.id, embed.url) for embed in embeds] == [
            (embed.provider, embed.id, embed.url) for embed in one.embeds
        ], one.url


@EDITIONS
def test_an_amp_page_has_the_embeds_of_its_article(edition) -> None:
    server = SiteServer(edition, BULK)
    told = {one.url: one for one in expected_articles(edition, BULK)}
    items = server.issues[PRAHARI.key].items
    twins = [
        (f"http://{PRAHARI.host}{PRAHARI.amp_path(item)}", told[PRAHARI.url(item)])
        for item in items
        if PRAHARI.url(item) in told
    ]
    assert twins
    for url, one in twins:
        embeds = read(edition, url, server)
        assert [(embed.provider, embed.id) for embed in embeds] == [
            (embed.provider, embed.id) for embed in one.embeds
        ], url


@EDITIONS
def test_pages_of_the_newsroom_that_are_no_articles_have_no_embeds(edition) -> None:
    server = SiteServer(edition, BULK)
    no_articles = [
        url
        for url, outcome in expected_outcomes(edition, BULK).items()
        if outcome not in (Outcome.ARTICLE, Outcome.PART, Outcome.ALIAS, Outcome.OFF_SITE)
    ]
    assert {url: found for url in no_articles if (found := read(edition, url, server))} == {}


def measured_pages() -> list[Path]:
    return sorted((SHARED / "pages").glob("*.html.gz"))


def gold_embeds(page: Path) -> list[dict[str, Any]]:
    """The embeds that the page's gold names; none for a page without gold."""
    gold = page.with_name(page.name.replace(".html.gz", ".gold.json"))
    body = json.loads(gold.read_text(encoding="utf-8"))["body"] if gold.exists() else []
    return [block for block in body if block["type"] == "embed"]


@pytest.mark.shared
@pytest.mark.parametrize("page", measured_pages(), ids=lambda page: page.name)
def test_a_measured_page_has_no_embed_that_its_gold_does_not_have(page: Path) -> None:
    article = extract_article(
        Page(f"https://example.com/{page.name}", gzip.decompress(page.read_bytes()), NOW)
    )
    left = list(article.embeds)
    for one in gold_embeds(page):
        name = NAMES.get(one["provider"], one["provider"])
        left.remove(
            next(
                embed
                for embed in left
                if embed.provider == name and str(one["id"]) in (embed.id or "")
            )
        )
    assert [(embed.provider, embed.url, embed.rule) for embed in left] == []


# --- a page that shows its text twice, for wide and for narrow screens

TEXTS = [
    "ग्राम पंचायत ने रविवार को तय किया कि तालाब के चारों ओर पेड़ लगाए जाएंगे और उनकी देखभाल स्कूल के बच्चे करेंगे।",
    "पहले चरण में नीम, जामुन और अर्जुन के दो सौ पौधे लगाए जाएंगे, जिनके लिए वन विभाग की नर्सरी से बात हो चुकी है।",
    "सरपंच ने कहा कि पिछले साल लगाए गए पौधों में से आधे सूख गए थे, इसलिए इस बार हर पौधे की जिम्मेदारी तय की गई है।",
    "पौधों के लिए पानी तालाब से ही लिया जाएगा और गर्मियों में इसके लिए दो मजदूर रखे जाएंगे, यह भी बैठक में तय हुआ।",
]
QUOTE = (
    "<blockquote class='twitter-tweet'><p>पेड़ लगेंगे।</p>&mdash; पंचायत (@talab_panchayat) "
    "<a href='https://x.com/talab_panchayat/status/1990000000000000555'>Nov 1, 2025</a></blockquote>"
)
HOLDER = "<div class='tweet-holder' data-tweet-id='1990000000000000555'></div>"


def twice(first: str, second: str, end: str = "") -> Article:
    def text(code: str) -> str:
        return (
            "".join(f"<p>{one}</p>" for one in TEXTS[:2])
            + code
            + "".join(f"<p>{one}</p>" for one in TEXTS[2:])
        )

    return read_html(
        "<html><body><article><h1>तालाब के चारों ओर लगेंगे पेड़</h1>"
        f"<div class='d-none d-md-block'>{text(first)}</div>"
        f"<div class='d-md-none'>{text(second)}</div></article>{end}</body></html>",
        "https://khabar.example.in/gaon/talab-5",
        NOW,
    )


@pytest.mark.parametrize(("first", "second"), [(HOLDER, QUOTE), (QUOTE, HOLDER), (QUOTE, QUOTE)])
def test_a_post_in_both_copies_of_a_text_is_one_embed(first: str, second: str) -> None:
    article = twice(first, second)
    assert [(embed.provider, embed.id, embed.place) for embed in article.embeds] == [
        ("x", "1990000000000000555", "body")
    ]
    assert (article.embeds[0].author_handle, article.embeds[0].text) == (
        "talab_panchayat",
        "पेड़ लगेंगे।",
    )
    assert [block.type for block in article.blocks] == ["paragraph"] * 2 + ["embed"] + [
        "paragraph"
    ] * 2


def test_a_frame_of_an_unknown_host_beside_the_text_is_none() -> None:
    frame = (
        "<iframe src='https://dukaan.example.org/search/pani' width='400' height='550'></iframe>"
    )
    text = "".join(f"<p>{one}</p>" for one in TEXTS)
    columns = f"<div class='story'>{text}</div><div class='column'><div>{frame}</div></div>"
    html = f"<html><body><div><h1>तालाब के चारों ओर लगेंगे पेड़</h1>{columns}</div></body></html>"
    article = read_html(html, "https://khabar.example.in/gaon/talab-5", NOW)
    assert article.embeds == () and [one for one in TEXTS if one not in article.text] == []
    assert article.signals["unknown_embed_hosts"] == {"dukaan.example.org": 1}
