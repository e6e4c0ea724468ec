"""What unseen pages taught: one small page for each cause that once lost text, let furniture in, or hid an article."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from khabar.extraction import extract_article, read_html
from khabar.extraction.bylines import _clean_byline
from khabar.model.items import Page

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)
URL = "https://khabar.example.in/up/nahar-2025110701"
TITLE = "नहर की सफाई पूरी, सोमवार से खेतों में पहुंचेगा पानी"
LINES = [
    f"नहर की सफाई का काम शुक्रवार को पूरा हुआ और गाँव के लोगों ने इसे अपनी बड़ी जीत बताया, यह अनुच्छेद नंबर {number} है।"
    for number in range(5)
]
STORY = "".join(f"<p>{line}</p>" for line in LINES)
LONG = "यह लंबा वाक्य किसी और बात का है और केवल जगह भरता है, ताकि पन्ने पर कहानी से ज्यादा शब्द हों। " * 3
TEASER = f"<div class='x9'><h3><a href='/news/2'>मंडी में प्याज के दाम गिरे, किसान परेशान</a></h3><p>{LONG[:150]}।</p></div>"
CARDS = "".join(
    f"<div class='c'><h3><a href='/n{at}'>दूसरी खबर का लंबा सा शीर्षक नंबर {at}</a></h3></div>"
    for at in range(8)
)
BRIEF = "नहर में पानी सोमवार से आएगा और हर खेत को बारी मिलेगी।"


def texts(body: str, head: str = "") -> list[str]:
    html = (
        f"<html><head><title>{TITLE}</title>{head}</head><body><h1>{TITLE}</h1>{body}</body></html>"
    )
    article = read_html(html, URL, NOW)
    assert article.page_type == "article"
    return [block.text for block in article.blocks if block.text]


WHOLE = {
    "a first paragraph that looks like a standfirst": f"<div><p class='lead intro'>{LINES[0]}</p>{''.join(f'<p>{line}</p>' for line in LINES[1:])}</div>",
    "an opening in a box of its own": f"<div class='top'><p>{LINES[0]}</p></div><div class='body'>{''.join(f'<p>{line}</p>' for line in LINES[1:])}</div>",
    "classes that measure from a header": f"<div class='mt-[calc(var(--sticky-header)+4px)]'>{STORY}</div>",
    "a nav that was never closed": f"<nav class='top'><a href='/'>घर</a><div>{STORY}</div>",
    "teasers amid the story": f"<div>{STORY.replace('</p><p>', f'</p>{TEASER}<p>', 1)}</div>",
    "comments longer than the story": f"<div>{STORY}</div><div class='comments'>{f'<p>{LONG}</p>' * 6}</div>",
    "a consent panel longer than the story": f"<div>{STORY}</div><div id='onetrust-consent-sdk'>{f'<p>{LONG}</p>' * 6}</div>",
    "the author's life behind it": f"<div>{STORY}<p>लेखक के बारे में</p><p>{LONG}</p></div>",
}


@pytest.mark.parametrize("cause", WHOLE)
def test_the_story_and_nothing_else(cause: str) -> None:
    assert texts(WHOLE[cause]) == LINES


def test_chapters_in_elements_of_one_name_are_one_story() -> None:
    parts = "".join(
        f"<div class='chunk body'><div class='grid body'>{''.join(f'<p>{line} {part}।</p>' for line in LINES * 2)}</div></div>"
        for part in "कख"
    )
    assert len(texts(f"<article>{parts}</article>")) == 20


def test_a_subheading_named_after_a_header_stays() -> None:
    body = f"<div>{STORY}<h2 class='article--header'>आगे क्या होगा</h2><p>{LONG}</p><h3 class='editor-tit'>पानी की बारी</h3><p>{LONG}</p></div>"
    assert [text for text in texts(body) if len(text) < 40] == ["आगे क्या होगा", "पानी की बारी"]


def test_short_lines_beside_the_prose_stay() -> None:
    body = "".join(
        f"<div class='p'><div>{line}</div></div>" for line in ("पानी आ गया।", *LINES, "गाँव खुश है।")
    )
    assert texts(f"<div>{body}</div>") == ["पानी आ गया।", *LINES, "गाँव खुश है।"]


@pytest.mark.parametrize(
    "around", ["", CARDS, f"<div class='author-box'><h4>रेखा मौर्य</h4><p>{LONG}</p></div>"]
)
def test_a_brief_is_an_article(around: str) -> None:
    assert texts(f"<div><p>{BRIEF}</p></div>{around}") == [BRIEF]


def test_a_brief_among_longer_stories() -> None:
    html = f"<article><h1>{TITLE}</h1><p>{BRIEF}</p></article><article><h2>दूसरी कहानी</h2>{STORY}</article>"
    assert [
        block.text for block in read_html(f"<html><body>{html}</body></html>", URL, NOW).blocks
    ] == [BRIEF]


def test_scripts_do_not_make_a_page_too_large() -> None:
    html = f"<html><body><h1>{TITLE}</h1><SCRIPT>var x='{'a' * (3 << 20)}'</SCRIPT>{STORY}</body></html>"
    assert [block.text for block in extract_article(Page(URL, html.encode(), NOW)).blocks] == LINES


WALLS = {
    "empty mount on every page": ("<div class='piano-banner'></div>", BRIEF, False),
    "empty mount, text cut": (
        "<div class='paywall'></div>",
        "नहर में पानी सोमवार से आएगा और हर खेत को…",
        True,
    ),
    "log-in of the page's head": ("<div class='paywall-header'>Login</div>", BRIEF, False),
    "wall that speaks": ("<div class='paywall'>पूरी खबर पढ़ने के लिए सब्सक्राइब करें</div>", BRIEF, True),
}


@pytest.mark.parametrize("name", WALLS)
def test_which_walls_stand(name: str) -> None:
    wall, line, stands = WALLS[name]
    article = read_html(f"<html><body><h1>{TITLE}</h1><p>{line}</p>{wall}</body></html>", URL, NOW)
    assert ("paywalled" in article.signals) is stands


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("मोहन लाल शर्मा, बीबीसी संवाददाता, दिल्ली", "मोहन लाल शर्मा, दिल्ली"),
        ("डिजिटल डेस्क, संवाददाता", "डिजिटल डेस्क, संवाददाता"),
        ("Von Anna Berg und Jan Kurz", "Anna Berg, Jan Kurz"),
        ("राम कुमार", "राम कुमार"),
    ],
)
def test_a_byline_without_what_the_person_does(line: str, plain: str) -> None:
    assert _clean_byline(line) == plain


def test_a_house_and_its_channels_are_no_authors() -> None:
    head = "<meta property='og:site_name' content='खबर घर'><meta name='author' content='खबर घर ऑनलाइन'>"
    body = f"<div class='author'><a href='/x'>Facebook</a></div>{STORY}"
    html = f"<html><head>{head}</head><body><h1>{TITLE}</h1>{body}</body></html>"
    assert read_html(html, URL, NOW).authors == ()


def test_a_clock_takes_its_offset_from_the_claim_that_gives_one() -> None:
    told = '{"@type":"NewsArticle","headline":"x","datePublished":"2025-11-07T18:11:01"}'
    head = f"<meta property='article:published_time' content='2025-11-07T18:11:01+01:00'><script type='application/ld+json'>{told}</script>"
    html = f"<html><head>{head}</head><body><h1>{TITLE}</h1>{STORY}</body></html>"
    assert read_html(html, URL, NOW).published_at == "2025-11-07T18:11:01+01:00"


def test_a_cut_headline_is_not_completed_by_the_site_s_name() -> None:
    cut = "नहर की सफाई पूरी, सोमवार से खेतों में पहुं..."
    html = (
        f"<html><head><title>{cut} | खबर घर</title></head><body><h1>{cut}</h1>{STORY}</body></html>"
    )
    assert read_html(html, URL, NOW).title == cut


def test_a_page_laid_out_in_a_list_is_no_list():
    """Some CMS put a whole story, its date line and its boxes into the one item of a list."""
    dated = "<p class='date'>07-11-2025 | 6:40 pm</p>"
    points = "<ul><li>पहली बारी पूर्वी टोले की होगी, जो नहर के सिरे पर है।</li><li>दूसरी बारी मंगलवार को।</li></ul>"
    html = f"<title>{TITLE}</title><h1>{TITLE}</h1><div><ul><li class='row-1'><div>{dated}</div><div>{STORY}{points}</div></li></ul></div>"
    article = read_html(html, URL, NOW)
    assert [(block.type, block.text) for block in article.blocks][:5] == [
        ("paragraph", line) for line in LINES
    ]
    assert [block.type for block in article.blocks][5:] == ["list_item", "list_item"]
    assert article.published_at == "2025-11-07T18:40:00+05:30"
