"""What the reader leaves out to save time changes no article: trafilatura, resolving addresses, the whole walk."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from urllib.parse import urljoin

import pytest

from khabar.extraction import read_html
from khabar.extraction.boilerplate import _NON_LETTERS, comparison_key
from khabar.extraction.document import HtmlDocument, parse_html
from khabar.extraction.embeds import extract_embeds
from khabar.extraction.hits import Hits
from tests.layouts import LAYOUTS, wordpress
from tests.story_kinds import KINDS

NOW = datetime(2026, 11, 24, tzinfo=UTC)
URL = "https://khabar.example.in/up/rampur/story-2025110701"
TITLE = "रामपुर में नए साल से पहले बदलेगा सिंचाई का नियम, किसानों की बैठक में फैसला"
LINES = (
    "सिंचाई विभाग ने शुक्रवार को बताया कि नए साल से नहर का पानी तय समय पर ही छोड़ा जाएगा, ताकि अंतिम छोर तक पहुंचे।",
    "किसानों ने बैठक में कहा कि पिछले साल पानी देर से मिला था और गेहूं की फसल को इससे काफी नुकसान हुआ था।",
    "अधिकारी ने भरोसा दिया कि नहर की सफाई का काम दिसंबर के पहले सप्ताह में पूरा कर लिया जाएगा।",
    "बैठक में यह भी तय हुआ कि हर गांव से दो लोग पानी के बंटवारे पर नजर रखेंगे और हर माह रिपोर्ट देंगे।",
)
POST = (
    '<blockquote class="twitter-tweet"><p>नहर</p><a href="https://twitter.com/a/status/{}">7 Nov</a>'
    "</blockquote>"
)


def ask_at_once(hits: Hits, *args: object) -> None:
    """As `Hits.__init__`, with nothing left open."""
    LAZY(hits, *args)  # type: ignore[arg-type]
    hits.certain = hits.possible = hits.all


LAZY = Hits.__init__


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_asking_trafilatura_late_changes_nothing(monkeypatch, kind, layout):
    html = layout(TITLE, ["यहाँ पूरी कहानी खड़ी होगी।"])
    html = html.replace("यहाँ पूरी कहानी खड़ी होगी।", KINDS[kind].html)
    late = read_html(html, URL, NOW)
    monkeypatch.setattr(Hits, "__init__", ask_at_once)
    assert read_html(html, URL, NOW) == late


def test_a_plain_article_needs_no_trafilatura(monkeypatch):
    monkeypatch.setattr("khabar.extraction.hits.run_trafilatura", lambda *_, **__: 1 / 0)
    article = read_html(wordpress(TITLE, LINES), URL, NOW)
    assert [block.text for block in article.blocks if block.type == "paragraph"] == list(LINES)


def test_a_page_without_prose_goes_to_the_slow_extractors_at_once(monkeypatch):
    asked: list[bool] = []
    monkeypatch.setattr(
        "khabar.extraction.hits.run_trafilatura",
        lambda _, *, fast: asked.append(fast) or "",  # type: ignore[func-returns-value]
    )
    read_html("<h1>सूची</h1><ul><li>एक</li><li>दो</li></ul>", URL, NOW)
    assert asked == [False]


def test_blocks_beside_tokens():
    first, second = f"पहले {LINES[0]}", f"बाद में {LINES[1]}"
    html = (
        f"<div><section><p>{first}</p><p>छोटा</p></section><script>{LINES[2]}</script></div>"
        f"<div>{POST.format(1400000000000000001)}</div>{POST.format(1400000000000000002)}"
        f"<div><span>बाद </span><b>में</b> {LINES[1]}</div>"
        f"<p>{LINES[3]}</p>{POST.format(1400000000000000003)}<p>छोटा</p>"
    )
    found = extract_embeds(parse_html(html), URL, NOW)
    assert [found.context[token] for token in found.tokens] == [
        (first[:40], second[:40]),
        (first[:40], second[:40]),
        (LINES[3][:40], None),
    ]


@pytest.mark.parametrize(
    "link",
    [
        "https://a.example.in/x",
        "http://a.example.in/x/../y/./z//",
        "https://a.example.in/x?y=1&z=2",
        "https://a.example.in/x?",
        "https://a.example.in/x#",
        "https://a.example.in",
        "https://A.example.in/x",
        " https://a.example.in/x ",
        "https://a.example.in/x;y",
        "https:///x",
        "https://a.example.in:80/x",
        "https://a.example.in/फ",
        "//a.example.in/x",
        "/x",
        "/x/../y",
        "/x/./y",
        "/x/..",
        "/x/..a/.b/y.html",
        "/x//y",
        "/x/y/",
        "/x/y/?",
        "/x/y/?a=1&b=/c",
        "/x;y",
        "/x#y",
        "?x",
    ],
)
@pytest.mark.parametrize("base", [URL, "http://khabar.example.in/a/b?c#d"])
def test_addresses_are_resolved_as_ever(base, link):
    assert HtmlDocument(base, None, NOW).absolute_url(link) == urljoin(base, link.strip())


def test_comparison_keys_are_as_ever():
    chance = random.Random(1)
    signs = "कि़्ॐ।॥०९ aZ_-é’\u200d\u00a0\u2028\u3000\x1c\x85\t\n12"
    for _ in range(500):
        text = "".join(chance.choices(signs, k=20))
        assert comparison_key(text) == _NON_LETTERS.sub("", text.lower())


MENU = "".join(f'<a href="/varg-{n}">जिले के वर्ग {n} की सब पुरानी सूची</a> ' for n in range(40))
WRAPPED = "".join(f'<div class="para"><div><p>{line}</p></div></div>' for line in LINES)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (
            f'<div class="_8aXz"><div>{MENU}</div></div>',
            "".join(f"<p>{line}</p>" for line in LINES),
        ),
        ("", WRAPPED),
        (f'<div class="_8aXz"><div>{MENU}</div></div>', WRAPPED),
    ],
    ids=["a long menu", "a wrapper for each paragraph", "both"],
)
def test_menus_and_wrappers_need_no_trafilatura(monkeypatch, before, text):
    monkeypatch.setattr("khabar.extraction.hits.run_trafilatura", lambda *_, **__: 1 / 0)
    html = f"{before}<div class='_2m'><h1>{TITLE}</h1><div class='_s3'>{text}</div></div>{before}"
    article = read_html(f"<html><body>{html}</body></html>", URL, NOW)
    assert [block.text for block in article.blocks if block.type == "paragraph"] == list(LINES)
