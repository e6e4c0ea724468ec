"""The page's own story, wherever the page keeps it: script data, JSON-LD, templates; never another story's text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.extraction import read_html
from khabar.extraction.part_alignment import insert_missing_parts
from khabar.extraction.script_stories import PageIdentity, find_own_story, iter_script_values
from khabar.extraction.text_parts import TextPart, parse_text_parts
from khabar.model.items import Article, Block

NOW = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
URL = "https://khabar.example.in/zila/talab-ki-khudai-poori-770155.html"
TITLE = "तालाब की खुदाई पूरी, बरसात से पहले भरेगा पानी"
STORY = (
    "रामपुर। कस्बे के पुराने तालाब की खुदाई सोमवार को पूरी हो गई, जिसमें चालीस दिन तक ढाई सौ मजदूरों ने काम किया।",
    "नगर पालिका की अध्यक्ष सुमन लता ने बताया कि तालाब की गहराई अब नौ फीट है और किनारों पर पत्थर लगाए गए हैं।",
    "पहले यहां हर साल गर्मी में पानी सूख जाता था और आसपास के कुओं का जलस्तर भी बहुत नीचे चला जाता था।",
    "मछुआरों की समिति ने कहा कि पानी भरने के बाद अगस्त में मछली के बीज डाले जाएंगे और इससे तीस परिवारों को काम मिलेगा।",
    "तालाब के उत्तरी किनारे पर बच्चों के लिए एक छोटा पार्क और टहलने का रास्ता भी बनाया जा रहा है।",
)
OTHER_TITLE = "रेल पटरी पर गिरा पेड़, तीन घंटे रुकी रहीं गाड़ियां"
OTHER = (
    "सोनपुर। तेज आंधी में रेल की पटरी पर पेड़ गिर गया, जिससे सुबह तीन घंटे तक इस मार्ग की सभी गाड़ियां रुकी रहीं।",
    "स्टेशन मास्टर ने बताया कि पेड़ काटकर हटाने में दो घंटे लगे और उसके बाद पहली गाड़ी धीमी चाल से निकाली गई।",
    "यात्रियों को पानी और नाश्ता दिया गया और जिनकी परीक्षा थी उन्हें बस से भेजने का इंतजाम किया गया।",
)
ANOTHER = {"headline": OTHER_TITLE, "url": "/zila/rel-patri-par-ped-880266.html", "body": "".join(f"<p>{p}</p>" for p in OTHER * 3)}  # fmt: skip
EMPTY = f"<article><h1>{TITLE}</h1><div id='root'></div></article>"


def paragraphs(texts: Sequence[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def page(body: str, *nodes: Mapping[str, Any], url: str = URL, title: str = TITLE) -> Article:
    scripts = "".join(
        f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes
    )
    head = f'<title>{title}</title><meta property="og:type" content="article">{scripts}'
    return read_html(f"<html><head>{head}</head><body><main>{body}</main></body></html>", url, NOW)


def data(value: Any) -> str:
    return f'<script type="application/json">{json.dumps(value, ensure_ascii=False)}</script>'


def node(**fields: Any) -> dict[str, Any]:
    return {
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2026-03-09T09:00:00+05:30",
        **fields,
    }


def texts(article: Article) -> tuple[str, ...]:
    return tuple(block.text for block in article.blocks if block.text)


def flight(*rows: str) -> str:
    """React server components: the rows, cut into pieces anywhere."""
    text = "".join(rows)
    pieces = [text[i : i + 300] for i in range(0, len(text), 300)]
    return "".join(
        f"<script>self.__next_f.push([1,{json.dumps(piece)}])</script>" for piece in pieces
    )


SHAPES: dict[str, Mapping[str, Any]] = {
    "array of strings": {"headline": TITLE, "paragraphs": STORY},
    "array under body": {"title": TITLE, "body": STORY},
    "blocks": {"headline": TITLE, "blocks": [{"type": "text", "text": p} for p in STORY]},
    "blocks of HTML": {"headline": TITLE, "blocks": [{"kind": "html", "html": f"<p>{p}</p>"} for p in STORY]},
    "unnamed texts": {"headline": TITLE, "content": [{"k": "x7", "v": p} for p in STORY]},
    "Arc XP": {"headlines": {"basic": TITLE}, "content_elements": [{"_id": "Q7", "type": "text", "content": p} for p in STORY]},
    "Quintype": {"headline": TITLE, "cards": [{"story-elements": [{"type": "text", "text": f"<p>{p}</p>"}]} for p in STORY]},
    "Editor.js": {"title": TITLE, "content": {"blocks": [{"type": "paragraph", "data": {"text": p}} for p in STORY]}},
    "Slate": {"title": TITLE, "body": [{"type": "p", "children": [{"text": p[:15]}, {"text": p[15:], "bold": True}]} for p in STORY]},
    "Sanity": {"title": TITLE, "body": [{"_type": "block", "style": "normal", "children": [{"_type": "span", "text": p}]} for p in STORY]},
    "ProseMirror": {"title": TITLE, "doc": {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": p[:9]}, {"type": "text", "text": p[9:]}]} for p in STORY]}},
    "Contentful": {"title": TITLE, "body": {"nodeType": "document", "content": [{"nodeType": "paragraph", "content": [{"nodeType": "text", "value": p}]} for p in STORY]}},
    "Gutenberg": {"title": TITLE, "blocks": [{"name": "core/paragraph", "attributes": {"content": p}, "innerBlocks": []} for p in STORY]},
    "sections": {"title": TITLE, "content": {"sections": [{"paragraphs": STORY[:2]}, {"paragraphs": STORY[2:]}]}},
    "HTML": {"title": TITLE, "body": paragraphs(STORY)},
    "escaped HTML": {"title": TITLE, "body": paragraphs(STORY).replace("<", "&lt;").replace(">", "&gt;")},
    "line breaks": {"title": TITLE, "body": "\n".join(STORY)},
    "JSON in JSON": {"title": TITLE, "body": json.dumps({"blocks": [{"text": p} for p in STORY]})},
    "named by its id": {"id": 770155, "body": [{"text": p} for p in STORY]},
    "named by its address": {"url": URL, "body": [{"text": p} for p in STORY]},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_story_in_script_data(shape: str) -> None:
    props = {
        "story": SHAPES[shape],
        "related": [ANOTHER],
        "stories": [ANOTHER, {**ANOTHER, "id": 9}],
        "top": ANOTHER,
    }
    article = page(EMPTY + data({"props": {"pageProps": props}}))
    assert texts(article) == STORY
    assert article.page_type == "article"
    assert "text: taken from JSON in the page's scripts, not its HTML" in article.problems


@pytest.mark.parametrize("shape", SHAPES)
def test_story_of_which_the_html_has_two_paragraphs(shape: str) -> None:
    article = page(
        f"<article><h1>{TITLE}</h1>{paragraphs(STORY[:2])}</article>"
        + data({"a": SHAPES[shape], "b": ANOTHER})
    )
    assert texts(article) == STORY
    assert any("were added from the page's script data" in problem for problem in article.problems)


@pytest.mark.parametrize(
    "script",
    [
        f"<script>window.__S__={json.dumps({'story': SHAPES['blocks'], 'o': ANOTHER})};</script>",
        f"<script>{'a=b(1),c=[];' * 9}window.__S__ = JSON.parse({json.dumps(json.dumps(SHAPES['blocks']))}); go();</script>",
        f"<script>window.__S__ = JSON.parse('{json.dumps(SHAPES['blocks']).replace(chr(92), chr(92) * 2)}');</script>",
        f"<div id='app' data-page='{json.dumps({'props': SHAPES['blocks']})}'></div>",
        flight(f"4:{json.dumps({'story': SHAPES['blocks'], 'o': ANOTHER})}\n"),
        flight(*(f'{i:x}:["$","p",null,{{"children":{json.dumps(p)}}}]\n' for i, p in enumerate(STORY))),
        flight(*(f'{i:x}:["$","p",null,{{"children":[{json.dumps(p[:20])},["$","b",null,{{"children":{json.dumps(p[20:])}}}]]}}]\n' for i, p in enumerate(STORY))),
        flight(f'5:{json.dumps({"title": TITLE, "body": "$6"})}\n', f"6:T{len(paragraphs(STORY).encode()):x},{paragraphs(STORY)}", '7:["$","div",null,{}]\n'),
        flight(f"5:{json.dumps({'body': paragraphs(STORY)})}\n"),
    ],
)  # fmt: skip
def test_scripts_with_the_story(script: str) -> None:
    assert texts(page(EMPTY + script)) == STORY


def test_types_of_the_parts_are_kept() -> None:
    body = [
        {"type": "text", "content": STORY[0]},
        {"type": "header", "level": 3, "content": "पालिका ने क्या कहा"},
        {"type": "text", "content": STORY[1]},
        {"type": "list", "items": [{"type": "text", "content": STORY[2]}]},
        {"type": "quote", "content_elements": [{"type": "text", "content": STORY[3]}]},
        {"type": "interstitial_link", "content": OTHER_TITLE, "url": "/zila/rel-patri-880266.html"},
        {"type": "image", "caption": "तालाब के किनारे काम करते मजदूर, सोमवार की शाम"},
        {"type": "text", "content": STORY[4]},
    ]  # fmt: skip
    article = page(EMPTY + data({"headlines": {"basic": TITLE}, "content_elements": body}))
    assert [(block.type, block.level) for block in article.blocks] == [
        ("paragraph", None), ("heading", 3), ("paragraph", None), ("list_item", None), ("quote", None), ("paragraph", None),
    ]  # fmt: skip


BRIEF = f"<article><h1>{TITLE}</h1><p>{STORY[0]}</p></article>"


@pytest.mark.parametrize(
    "value",
    [
        {"more": [ANOTHER]},
        {"list": [{"body": ANOTHER["body"]}]},
        {"list": [{"body": [f"{TITLE}, यह मांग पिछले साल भी उठी थी।", *OTHER]}]},  # same words
        {"featured": {"title": OTHER_TITLE, "content": [{"text": p} for p in OTHER]}},
        {
            "story": {"headline": TITLE, "body": f"<p>{STORY[0]}</p>", "related": [ANOTHER]},
            "x": ANOTHER,
        },
        {"story": {"headline": TITLE, "body": f"<p>{STORY[0]}</p>", "items": [ANOTHER]}},
        {"a": {"url": "/zila/rel-patri-par-ped-880266.html", "body": OTHER}},
    ],
)
@pytest.mark.parametrize("shown", [BRIEF, BRIEF.replace("<p>", "<div>").replace("</p>", "</div>")])
def test_another_story_does_not_replace_a_brief(value: Any, shown: str) -> None:
    assert texts(page(shown + data(value), node())) == STORY[:1]


def test_another_story_does_not_fill_an_empty_page() -> None:
    assert texts(page(EMPTY + data({"a": {"body": ANOTHER["body"]}}), node())) == ()
    assert texts(page(EMPTY, node(headline=OTHER_TITLE, articleBody="\n".join(OTHER)))) == ()


def test_own_article_body_comes_before_script_data() -> None:
    article = page(
        EMPTY + data({"a": {"body": ANOTHER["body"]}}), node(articleBody="\n\n".join(STORY))
    )
    assert texts(article) == STORY


def test_what_the_html_shows_is_kept() -> None:
    line = "यह समाचार अभी लिखा जा रहा है।"
    article = page(
        f"<article><h1>{TITLE}</h1><p>{line}</p></article>", node(articleBody="\n\n".join(STORY))
    )
    assert texts(article) == (line, *STORY)


@pytest.mark.parametrize("shown", [1, 2, 3, 4])
@pytest.mark.parametrize("join", ["\n\n", "\n", " ", "\r\n", "</p><p>"])
def test_article_body_completes_the_html(shown: int, join: str) -> None:
    article = page(
        f"<article><h1>{TITLE}</h1>{paragraphs(STORY[:shown])}</article>",
        node(articleBody=join.join(STORY)),
    )
    assert [article.text.count(text) for text in STORY] == [1] * len(STORY)
    positions = [article.text.find(text) for text in STORY]
    assert positions == sorted(positions)
    assert any("JSON" in problem for problem in article.problems)


@pytest.mark.parametrize("shown", [(0, 2, 4), (3, 4), (0, 4), (1, 3)])
def test_missing_paragraphs_are_added_in_their_place(shown: tuple[int, ...]) -> None:
    article = page(
        f"<article><h1>{TITLE}</h1>{paragraphs([STORY[i] for i in shown])}</article>",
        node(articleBody="\n\n".join(STORY)),
    )
    assert texts(article) == STORY


def test_a_credit_before_the_first_paragraph_is_not_added() -> None:
    body = "\n".join([f"ब्यूरो, रामपुर। {STORY[1]}", *STORY[2:]])
    article = page(
        f"<article><h1>{TITLE}</h1>{paragraphs(STORY[1:4])}</article>", node(articleBody=body)
    )
    assert texts(article) == STORY[1:]


def test_a_paragraph_cut_in_the_html_is_completed() -> None:
    cut = STORY[1][:70] + "..."
    article = page(
        f"<article><h1>{TITLE}</h1>{paragraphs([STORY[0], cut])}</article>",
        node(articleBody="\n\n".join(STORY)),
    )
    assert texts(article) == STORY


@pytest.mark.parametrize(
    "body",
    [
        STORY[0][:50] + "...",
        " ".join(STORY),
        "\n".join(OTHER),
        "\n\n".join(reversed(STORY)),
        "\n".join(text.replace("तालाब", "पोखर").replace(" और ", " तथा ") for text in STORY),
        "\n".join([*STORY[:2], f"यह भी पढ़ें: {OTHER_TITLE}", *STORY[2:]]),
    ],
)
def test_other_article_bodies_change_nothing(body: str) -> None:
    assert (
        texts(
            page(f"<article><h1>{TITLE}</h1>{paragraphs(STORY)}</article>", node(articleBody=body))
        )
        == STORY
    )


def test_a_paid_article_is_not_completed() -> None:
    shown = f"<article><h1>{TITLE}</h1>{paragraphs(STORY[:2])}</article>"
    article = page(shown, node(articleBody="\n\n".join(STORY), isAccessibleForFree=False))
    assert texts(article) == STORY[:2]


@pytest.mark.parametrize(
    "body",
    [
        f'<x-story><template shadowrootmode="open"><article><h1>{TITLE}</h1>{paragraphs(STORY)}</article></template></x-story>',
        f'<x-story><template shadowrootmode="closed"><h1>{TITLE}</h1><slot></slot></template>{paragraphs(STORY)}</x-story>',
        f'<x-a><template shadowrootmode="open"><x-b><template shadowroot="open"><h1>{TITLE}</h1>{paragraphs(STORY)}</template></x-b></template></x-a>',
        f"<article><h1>{TITLE}</h1>{paragraphs(STORY[:2])}<template>{paragraphs(STORY[2:])}</template></article>",
        f"<article><h1>{TITLE}</h1><div>{paragraphs(STORY[:2])}</div><template><div>{paragraphs(STORY[2:])}</div></template></article>",
    ],
)
def test_templates_with_the_story(body: str) -> None:
    assert texts(page(body)) == STORY


@pytest.mark.parametrize(
    "template",
    [
        f"<template><p>{{{{ text }}}} {OTHER[0]}</p></template>",
        "<template><p>अभी नहीं</p></template>",
    ],
)
def test_templates_that_a_script_fills_stay_out(template: str) -> None:
    assert texts(page(f"<article><h1>{TITLE}</h1>{paragraphs(STORY)}{template}</article>")) == STORY


def test_a_template_beside_the_article_stays_out() -> None:
    article = read_html(
        f"<article><h1>{TITLE}</h1>{paragraphs(STORY)}</article><template><p>{OTHER[0]}</p></template>",
        URL,
        NOW,
    )
    assert texts(article) == STORY


def live(count: int = 5, **fields: Any) -> dict[str, Any]:
    posts = [{"@type": "BlogPosting", "headline": f"बात नंबर {n + 1}", "datePublished": f"2026-03-09T1{5 - n}:00:00+05:30", "articleBody": STORY[n]} for n in range(count)]  # fmt: skip
    return {"@type": "LiveBlogPosting", "headline": TITLE, "liveBlogUpdate": posts, **fields}


@pytest.mark.parametrize("nodes", [[live()], [live(), node()], [{"@graph": [live()]}]])
def test_live_blog_that_only_json_ld_has(nodes: list[dict[str, Any]]) -> None:
    article = page(EMPTY, *nodes)
    assert article.page_type == "liveblog"
    assert [block.text for block in article.blocks if block.type == "paragraph"] == list(STORY)
    assert [block.time for block in article.blocks if block.time] == [
        f"2026-03-09T1{5 - n}:00:00+05:30" for n in range(5)
    ]
    assert "text: updates taken from JSON-LD, not the page's HTML" in article.problems


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        (paragraphs(STORY), "article"),
        (f"<time datetime='2026-03-09T10:00:00+05:30'>10:00</time>{paragraphs(STORY)}", "article"),
        ("".join(f"<div><time datetime='2026-03-09T1{5 - n}:00:00+05:30'>1{5 - n}:00</time><h3>बात नंबर {n + 1}</h3><p>{p}</p></div>" for n, p in enumerate(STORY)), "liveblog"),
    ],
)  # fmt: skip
def test_live_blog_beside_an_article_is_judged_by_the_page(shown: str, kind: str) -> None:
    article = page(f"<article><h1>{TITLE}</h1>{shown}</article>", live(2), node())
    assert article.page_type == kind
    assert all(article.text.count(text) == 1 for text in STORY)


TWEET = {"type": "jsembed", "subtype": "tweet", "metadata": {"tweet-id": "1986700000000000000"}}
VIDEO = {"type": "youtube-video", "url": "https://www.youtube.com/watch?v=Ab1Cd2Ef3Gh"}


@pytest.mark.parametrize(
    ("block", "found"),
    [
        (TWEET, ("x", "1986700000000000000")),
        ({**TWEET, "metadata": {"tweet-url": "https://twitter.com/palika/status/1986700000000000000"}}, ("x", "1986700000000000000")),
        (VIDEO, ("youtube", "Ab1Cd2Ef3Gh")),
        ({"type": "youtube-video", "videoId": "Ab1Cd2Ef3Gh"}, ("youtube", "Ab1Cd2Ef3Gh")),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "wrap", [lambda b: {"story-elements": [b]}, lambda b: b, lambda b: {"rows": [{"cells": [b]}]}]
)
def test_embeds_in_cards(block: dict[str, Any], found: tuple[str, str], wrap: Any) -> None:
    cards = [
        wrap(b)
        for b in (
            *({"type": "text", "text": f"<p>{p}</p>"} for p in STORY[:2]),
            block,
            *({"type": "text", "text": f"<p>{p}</p>"} for p in STORY[2:]),
        )
    ]
    article = page(
        f"<article><h1>{TITLE}</h1>{paragraphs(STORY)}</article>"
        + data({"story": {"headline": TITLE, "cards": cards}})
    )
    assert [(embed.provider, embed.id, embed.place) for embed in article.embeds] == [
        (*found, "body")
    ]
    assert [block.type for block in article.blocks] == ["paragraph"] * 2 + ["embed"] + [
        "paragraph"
    ] * 3


def test_hostile_script_data_is_read_within_limits() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    wide = json.dumps({"title": TITLE, "body": [[{"text": "शब्द और शब्द " * 20}] * 50] * 200})
    for text in (
        deep,
        wide,
        f"x={'(' * 5000}",
        "JSON.parse('" + "\\" * 5000,
        'self.__next_f.push([1,"' + "9:" * 5000,
    ):
        list(iter_script_values(text))
        find_own_story([text], PageIdentity((TITLE,), (URL,)), 80)


def test_code_is_no_story() -> None:
    assert (
        parse_text_parts("function a(b){return b.c=1}; var x = 2; if(y){z(1)}. What? No. " * 9)
        == []
    )


SENTENCES = st.lists(
    st.sampled_from([*STORY, *OTHER, "एक और बात यह है कि कल फिर बैठक होगी और उसमें सब लोग आएंगे।"]), unique=True, max_size=9
)  # fmt: skip


@given(SENTENCES, SENTENCES)
def test_inserting_keeps_the_blocks_and_is_complete_at_once(
    shown: list[str], other: list[str]
) -> None:
    blocks = [Block("paragraph", text) for text in shown]
    parts = [TextPart(text) for text in other]
    result, added, _ = insert_missing_parts(blocks, parts, ())
    kept = [block for block in result if block in blocks]
    assert kept == blocks
    assert len(result) == len(blocks) + added
    assert insert_missing_parts(result, parts, ())[:2] == (result, 0)
