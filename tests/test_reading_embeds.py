"""Embeds of a story: every provider's code between two paragraphs, found as data, and none of its words in the text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from khabar.extraction import read_html
from khabar.extraction.embeds.id_timestamps import parse_printed_date
from khabar.model.items import Article
from tests.conftest import SHARED

NOW = datetime(2026, 11, 24, tzinfo=UTC)
BEFORE = (
    "नगर निगम ने शनिवार को बताया कि शहर के पंद्रह मोहल्लों में पानी की नई पाइप बिछाने का काम पूरा हो गया है।"
)
BEHIND = "अधिकारियों का कहना है कि अगले महीने से इन मोहल्लों में सुबह और शाम दोनों समय पानी मिलेगा और टैंकर नहीं भेजने पड़ेंगे।"
TITLE = "पंद्रह मोहल्लों में नई पाइप, अगले महीने से दोनों समय पानी"


def story(code: str) -> Article:
    paragraphs = f"<p>{BEFORE}</p><p>{BEHIND}</p>{code}<p>फिर, {BEFORE}</p><p>और {BEHIND}</p>"
    html = f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>{paragraphs}</article></body></html>"
    return read_html(html, "https://khabar.example.in/shahar/pani-1", NOW)


def placed(article: Article) -> list[tuple[str, str, str | None]]:
    return [
        (embed.provider, embed.kind, embed.id) for embed in article.embeds if embed.place != "page"
    ]


# code → what it is; ids and words are ours
OWN: dict[str, tuple[str, list[tuple[str, str, str | None]]]] = {
    "tweet": ("<blockquote class='twitter-tweet'><p lang='hi'>पानी आ गया।</p>&mdash; जल (@jal_vibhag) <a href='https://twitter.com/jal_vibhag/status/1990000000000000001'>November 16, 2025</a></blockquote>", [("x", "post", "1990000000000000001")]),
    "tweet, an answer to another": ("<blockquote class='twitter-tweet'><p>देखें <a href='https://x.com/kal/status/1980000000000000001'>यह</a></p>&mdash; जल (@jal_vibhag) <a href='https://x.com/jal_vibhag/status/1990000000000000002'>Nov 16, 2025</a></blockquote>", [("x", "post", "1990000000000000002")]),
    "amp tweet": ("<amp-twitter width='300' height='400' data-tweetid='1990000000000000003'></amp-twitter>", [("x", "post", "1990000000000000003")]),
    "youtube": ("<iframe src='https://www.youtube.com/embed/Pa9niNal0aA?si=x'></iframe>", [("youtube", "video", "Pa9niNal0aA")]),
    "youtube, lazy, with its noscript": ("<div><iframe src='about:blank' data-lazy-src='https://www.youtube-nocookie.com/embed/Pa9niNal0aA'></iframe><noscript><iframe src='https://www.youtube-nocookie.com/embed/Pa9niNal0aA'></iframe></noscript></div>", [("youtube", "video", "Pa9niNal0aA")]),
    "instagram": ("<blockquote class='instagram-media' data-instgrm-permalink='https://www.instagram.com/p/CxJaL0Nigam/?utm_source=ig_embed'><a href='https://www.instagram.com/p/CxJaL0Nigam/'>View this post on Instagram</a></blockquote>", [("instagram", "post", "CxJaL0Nigam")]),
    "facebook": ("<div class='fb-post' data-href='https://www.facebook.com/nagarnigam/posts/100200300400'></div>", [("facebook", "post", "100200300400")]),
    "telegram": ("<script async src='https://telegram.org/js/telegram-widget.js?22' data-telegram-post='nagarnigam/68'></script>", [("telegram", "post", "nagarnigam/68")]),
    "two in a row": ("<iframe src='https://www.youtube.com/embed/Pa9niNal0aA'></iframe><iframe src='https://www.youtube.com/embed/Pa9niNal0aB'></iframe>", [("youtube", "video", "Pa9niNal0aA"), ("youtube", "video", "Pa9niNal0aB")]),
    "a follow button": ("<a class='twitter-follow-button' href='https://twitter.com/jal_vibhag'>Follow</a>", []),
    "a page's like box": ("<div class='fb-page' data-href='https://www.facebook.com/nagarnigam'></div>", []),
    "a tag manager": ("<noscript><iframe src='https://www.googletagmanager.com/ns.html?id=GTM-X' height='0'></iframe></noscript>", []),
    "a link in the text": ("<p>पूरी सूची <a href='https://x.com/jal_vibhag/status/1990000000000000004'>यहां</a> देखी जा सकती है, जिसमें सभी मोहल्लों के नाम दिए गए हैं।</p>", []),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_own(name: str) -> None:
    code, expected = OWN[name]
    article = story(code)
    assert placed(article) == expected
    kinds = [block.type for block in article.blocks]
    if expected:
        assert kinds[2 : 2 + len(expected)] == ["embed"] * len(expected)
    assert not any(
        word in article.text
        for word in ("पानी आ गया", "View this post", "Follow", "jal_vibhag", "November")
    )
    assert kinds.count("paragraph") == 4 + (name == "a link in the text")


PLAYER = "<iframe src='https://www.youtube.com/embed/Pa9niNal0aA'></iframe>"
ODD = {
    "a word processor's tag": f"<o:p>{PLAYER}</o:p>",
    "a slip of a tag": f"<div><a< href='/x'>{PLAYER}</div>",
    "a quote in an attribute": f'<div title="वह "है," बोले">{PLAYER}</div>',
    "a control character behind it": f"<div>{PLAYER}</div>\x01",
    "a number of one": f"<div>{PLAYER}</div>&#x1f;&#65535;",
    "another language's attribute": f"<div v-on:click='x' xml:lang='hi' @y='z'>{PLAYER}</div>",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_markup_around_an_embed_costs_no_article(name: str) -> None:
    article = story(ODD[name])
    assert placed(article) == [("youtube", "video", "Pa9niNal0aA")]
    assert not article.problems and len(article.text) > 400


def test_a_player_in_the_headline_leaves_it_whole() -> None:
    html = f"<article><h1>नहर में <div>{PLAYER}</div> पानी कब आएगा</h1><p>{BEFORE}</p><p>{BEHIND}</p></article>"
    article = read_html(html, "https://khabar.example.in/shahar/pani-1", NOW)
    assert article.title == "नहर में पानी कब आएगा" and len(article.embeds) == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("November 7, 2025", "2025-11-07"),
        ("Sept. 7, 2025", "2025-09-07"),
        ("7 नवंबर 2025", "2025-11-07"),
        ("७ नवंबर २०२५", "2025-11-07"),
        ("7 MARCH 2025", "2025-03-07"),
        ("marriage 5, 2025", None),
        ("Marathi 5 2025", None),
        ("Omar 5, 2025", None),
        ("117 Nov 2025", None),
        ("31 Feb 2025", None),
    ],
)
def test_a_printed_date_has_a_whole_month_name(text: str, day: str | None) -> None:
    assert parse_printed_date(f"नहर — {text}") == day


def cases() -> list[dict[str, Any]]:
    path = SHARED / "cases" / "embeds.jsonl"
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if path.exists()
        else []
    )


@pytest.mark.shared
@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case["no"]))
def test_measured(case: dict[str, Any]) -> None:
    article = story(case["html"])
    found = [embed for embed in article.embeds if embed.place != "page"]
    assert [(embed.provider, embed.kind) for embed in found] == [
        (one["provider"], one["kind"]) for one in case["expect"]
    ]
    for embed, expected in zip(found, case["expect"], strict=True):
        said = {
            "id": embed.id, "url": embed.url, "handle": embed.author_handle, "author": embed.author_name, "text": embed.text,
            "date": (embed.published_at or "")[:10], "media": list(embed.media), "caption": embed.caption,
        }  # fmt: skip
        assert {name: said[name] for name in expected if name in said} == {
            name: value for name, value in expected.items() if name in said
        }
    assert [text for text in case["in_body"] if text not in article.text] == []
    assert [text for text in case["not_in_body"] if text in article.text] == []
