"""Case tables for authors: the shapes of JSON-LD, visible bylines and where they are, signatures."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.extraction import read_html
from khabar.extraction.bylines import parse_signature
from khabar.model.items import Article

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)
URL = "https://khabar.example.in/mp/sagar/lakha-banjara-jheel"
TITLE = "झील की सफाई पूरी, नावें फिर चलने लगीं"
STORY = (
    "सागर की पुरानी झील की सफाई का काम गुरुवार को पूरा हो गया और शाम से नावें फिर चलने लगीं, घाटों पर भीड़ उमड़ आई।",
    "नगर निगम के अभियंता के मुताबिक तली से गाद निकालने में सात महीने लगे, अब पानी दो मीटर तक साफ दिखाई देता है।",
    "नाविकों के मुखिया ने बताया कि अगले महीने से घाट पर टिकट खिड़की खुलेगी और किराया पहले जितना ही रहेगा।",
)
NAME, EDITOR, OTHER = "कमल जोशी", "नीता वर्मा", "दीपक राव"


def person(name: Any) -> dict[str, Any]:
    return {"@type": "Person", "name": name}


def page(
    author: Any = None, *, top: str = "", end: str = "", tail: str = "", above: str = "", head: str = "",
    **node: Any,
) -> Article:  # fmt: skip
    node = {"@type": "NewsArticle", "headline": TITLE} | node
    node |= {"author": author} if author is not None else {}
    data = json.dumps(node, ensure_ascii=False)
    body = "".join(f"<p>{text}</p>" for text in STORY)
    return read_html(
        f"<html><head><title>{TITLE} | ताल समाचार</title>{head}"
        f"<script type='application/ld+json'>{data}</script></head>"
        f"<body><div class='top'><a href='/'>ताल समाचार</a></div><article>{above}"
        f"<div class='s'><h1>{TITLE}</h1>{top}{body}{end}</div>{tail}</article></body></html>",
        URL,
        NOW,
    )


JSONLD = {
    "parts of a name": ({"@type": "Person", "givenName": "कमल", "familyName": "जोशी"}, [NAME]),
    "a role": ({"@type": "Role", "author": person(NAME)}, [NAME]),
    "a link": (person("<a href='/author/kamal'>कमल जोशी</a>"), [NAME]),
    "an escaped link": (person("&lt;a href=&quot;/author/kamal&quot;&gt;कमल जोशी&lt;/a&gt;"), [NAME]),
    "two links": ("<a href='/a'>कमल जोशी</a><a href='/b'>दीपक राव</a>", [NAME, OTHER]),
    "an address": ("कमल जोशी <kamal@khabar.example.in>", [NAME]),
    "a report": (person("कमल जोशी की रिपोर्ट"), [NAME]),
    "a date": (person("कमल जोशी, 7 नवंबर 2025"), [NAME]),
    "an editor": (person("कमल जोशी | Edited By: नीता वर्मा"), [NAME]),
    "an editor first": (person("Edited By: नीता वर्मा | Written By: कमल जोशी"), [NAME]),
    "an agency": (person("कमल जोशी, TNN"), [NAME]),
    "the publisher behind": (person("कमल जोशी ताल समाचार"), [NAME]),
    "the publisher behind a dash": (person("कमल जोशी - ताल समाचार"), [NAME]),
    "an e-mail address first": ("kamal@khabar.example.in (कमल जोशी)", [NAME]),
    "the host": (person("khabar.example.in"), []),
    "a slug and a name": ([person("kamal-joshi"), person(NAME)], [NAME]),
    "a slug alone": (person("kamal-joshi"), ["kamal-joshi"]),
    "only an editor": (person("Edited by नीता वर्मा"), []),
    "TNN": ({"@type": "Thing", "name": "TNN"}, []),
    "a broken link": (person("<a href='/author/kamal"), []),
    "the site in title and home link": (person("ताल समाचार"), []),
    "the site's team": (person("Team ताल समाचार"), []),
}  # fmt: skip


@pytest.mark.parametrize("name", JSONLD)
def test_json_ld(name: str) -> None:
    author, expected = JSONLD[name]
    assert list(page(author).authors) == expected


@pytest.mark.parametrize("name", ["null", "undefined", "N/A", "None", "NaN", "[object Object]"])
@pytest.mark.parametrize("shape", [person, str])
def test_placeholders(name: str, shape: Any) -> None:
    article = page(shape(name))
    assert article.authors == ()
    assert f"authors: jsonld {name!r} names nobody" in article.problems
    assert page(shape(name), top=f"<div class='byline'>{NAME}</div>").authors == (NAME,)
    assert page(head=f"<meta name='author' content='{name}'>").authors == ()


@pytest.mark.parametrize("slug", ["kamal-joshi", "kamal_joshi", "kamaljoshi7"])
def test_a_better_name_than_a_slug(slug: str) -> None:
    assert page(person(slug), top=f"<div class='byline'>By {NAME}</div>").authors == (NAME,)
    assert page(person(slug), head=f"<meta name='author' content='{NAME}'>").authors == (NAME,)


@pytest.mark.parametrize(
    ("site", "author", "is_publisher"),
    [
        ("XYZ Purab Jyoti", "XYZ", True),
        ("பொழுது மலர் | Pozhuthu", "பொழுது மலர்", True),
        ("Purab News Hindi", "Purab News", True),
        ("पूरब ज्योति", "पूरब ज्योति लखनऊ", True),
        ("दैनिक जोशी", NAME, False),  # a surname
        ("जोशी", NAME, False),
        ("कमल टाइम्स", NAME, False),
    ],
)
def test_the_publisher_is_no_author(site: str, author: str, is_publisher: bool) -> None:
    for named in (
        page(person(author), head=f"<meta property='og:site_name' content='{site}'>"),
        page(person(author), publisher={"@type": "Organization", "name": site}),
    ):
        assert named.authors == (() if is_publisher else (author,))


@pytest.mark.parametrize("as_text", [True, False])
def test_authors_beyond_the_limit_are_named(as_text: bool) -> None:
    names = [f"कमल {letter}राव" for letter in "अबकखगघचछजझटठडढतथदधनपफभमय"]
    article = page(", ".join(names) if as_text else [person(name) for name in names])
    assert article.authors == tuple(names[:20])
    assert "authors: 24 are given, the first 20 are used" in article.problems


VISIBLE = [
    f"<div class='byline'>{NAME} | 7 नवंबर 2025, 10:15 PM</div>",
    f"<div class='byline'>{NAME} 2 घंटे पहले</div>",
    f"<div class='byline'>एक घंटा पहले | {NAME}</div>",
    f"<p class='author-name'>{NAME}, Nov 07, 2025 22:15 IST</p>",
    f"<span class='author'>{NAME} <time>2 hours ago</time></span>",
    f"<div class='byline'><span>{NAME}</span><span>7 नवंबर 2025</span></div>",
    f"<div class='byline'><a href='/author/k'>{NAME}</a><span>3 min read</span></div>",
    f"<div class='writer'>लेखक: {NAME}</div>",
    f"<div class='byline'>{NAME} की रिपोर्ट</div>",
    f"<p>कानपुर से {NAME} की रिपोर्ट</p>",
    f"<p>By {NAME}</p>",
    f"<div class='byline'>By <a href='/author/k'>{NAME}</a> Edited by <a href='/author/n'>{EDITOR}</a></div>",
    f"<div><b>Edited By</b> <a href='/author/n'>{EDITOR}</a> <b>Written By</b> <a href='/author/k'>{NAME}</a></div>",
    f"<div class='byline'><a href='/author/k'>{NAME}</a> | <a href='/author/n'>Edited by {EDITOR}</a></div>",
    f"<a rel='author' href='/k'>{NAME}</a> <a rel='author' href='/n'>{EDITOR}</a> (संपादन)",
    f"<ul><li><b>Reported by</b> <a href='/reporter/k'>{NAME}</a></li><li><b>Published by</b> <a href='/reporter/n'>{EDITOR}</a></li></ul>",
    f"<div class='author-card'><a href='/author/k'>{NAME}</a></div>",
]  # fmt: skip


@pytest.mark.parametrize("line", VISIBLE)
def test_visible(line: str) -> None:
    assert page(top=line).authors == (NAME,)


NOBODY = [
    f"<div class='byline'>Edited by: {EDITOR}</div>",
    f"<div class='byline'>Edited by: <a href='/author/n'>{EDITOR}</a></div>",
    f"<div class='byline'><span>संपादन:</span><a href='/author/n'>{EDITOR}</a></div>",
    f"<p>Published by <a href='/profile/n'>{EDITOR}</a></p>",
    f"<div class='byline'>Reviewed by: <a href='/author/n'>{EDITOR}</a>, <a href='/author/d'>{OTHER}</a></div>",
    "<div class='byline'>undefined</div>",
    "<span class='author'>TNN</span>",
    "<a href='https://popup.vigyapan.example/x'><span>by Vigyapan</span></a>",
    "<h3>नदी आयोग की रिपोर्ट</h3>",
]  # fmt: skip


@pytest.mark.parametrize("line", NOBODY)
def test_visible_lines_that_name_no_author(line: str) -> None:
    assert page(top=line).authors == ()


LINK = "<a href='/b-2'>दूसरे मोहल्ले में सड़क की मरम्मत का काम शुरू</a>"
ELSEWHERE = [
    f"<div class='aside-list'><div><div><h3>{LINK}</h3><div><span class='author'><a href='/author/d'>{OTHER}</a></span></div></div></div></div>",
    f"<div class='q7'><h3>{LINK}</h3><a href='/author/d'>{OTHER}</a></div>",
    f"<div class='card'>{LINK}<p class='author'>{OTHER}</p></div>",
    f"<div class='also-read'>{LINK} <span>By {OTHER}</span></div>",
    f"<aside><a href='/author/d'>{OTHER}</a></aside>",
    f"<div class='comments'><div><b class='author'>{OTHER}</b><p>बहुत सुंदर लग रही है झील</p></div></div>",
    f"<div class='x9'><span>By {OTHER}</span></div>",
    "<div class='w5'><span>by Vigyapan</span></div>",
    "<div class='sponsored'><a href='https://ad.example/1'><span>by Vigyapan</span></a></div>",
]  # fmt: skip


@pytest.mark.parametrize("box", ELSEWHERE)
@pytest.mark.parametrize("place", ["tail", "end", "above"])
def test_bylines_of_other_stories(box: str, place: str) -> None:
    assert page(**{place: box}).authors == ()
    assert page(top=f"<div class='byline'>{NAME}</div>", **{place: box}).authors == (NAME,)
    assert page(person("PTI"), **{place: box}).authors == ()


@pytest.mark.parametrize(
    "line",
    [
        f"<div class='byline'><a href='/author/k'>{NAME}</a></div>",
        f"<div class='author-box'><a rel='author' href='/k'>{NAME}</a></div>",
        f"<p>By {NAME}</p>",
    ],
)
def test_a_byline_below_the_story(line: str) -> None:
    assert page(end=line).authors == (NAME,)


def test_a_byline_above_the_headline() -> None:
    assert page(above=f"<div class='m'><a href='/author/k'>{NAME}</a></div>").authors == (NAME,)


SIGNATURES = {
    f"<p>रिपोर्ट: {NAME}</p>": (NAME,),
    f"<p>(लेखक: {NAME})</p>": (NAME,),
    f"<p>(सागर से {NAME} की रिपोर्ट)</p>": (NAME,),
    f"<p>हिन्दुस्थान समाचार / {NAME}</p>": (NAME,),
    f"<p>({NAME}, सागर)</p>": (NAME,),
    f"<p><b>— {NAME}</b></p>": (NAME,),
    f"<p style='text-align: right'>({NAME})</p>": (NAME,),
    f"<p>- {NAME}</p>": (),  # one sign: people who are quoted are named like this
    f"<p>- डॉ. {NAME}, सिविल सर्जन</p>": (),
    f"<p>({NAME})</p>": (),
    "<p>(भाषा)</p>": (),
    f"<p>(संपादन: {EDITOR})</p>": (),
    f"<p>(फोटो: {OTHER})</p>": (),
    "<p><b>और पढ़ें</b></p>": (),
    "<p>आंधी-बारिश से हुए नुकसान की रिपोर्ट</p>": (),
}


@pytest.mark.parametrize("line", SIGNATURES)
def test_signatures(line: str) -> None:
    assert page(end=line).authors == SIGNATURES[line]


def test_a_signature_stays_in_the_text() -> None:
    article = page(end=f"<p>(सागर से {NAME} की रिपोर्ट)</p>")
    assert (article.place, article.provenance["authors"]) == ("सागर", "visible")
    assert f"(सागर से {NAME} की रिपोर्ट)" in article.text


@given(
    st.text(max_size=90)
    | st.lists(st.sampled_from("( ) - : / रिपोर्ट से की कमल जोशी भाषा सागर by".split())).map(" ".join)
)
def test_a_signature_names_people(line: str) -> None:
    byline = parse_signature(line, is_set_apart=True)
    assert byline is None or all(len(name.split()) > 1 for name in byline.authors)


def test_a_dateline_of_its_own() -> None:
    body = "<p>नई दिल्ली/सागर, 7 नवंबर (भाषा)</p>"
    article = page(person(NAME), top=body)
    assert article.place == "नई दिल्ली/सागर"
    assert article.text.startswith("नई दिल्ली/सागर, 7 नवंबर (भाषा)")
