"""Bytes that are no page, broken pages and traps: the reader says why, and never stumbles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from khabar.extraction import extract_article, read_html
from khabar.extraction.embeds.flattened_tweets import find_flattened_tweets
from khabar.hindi.text import clean_text
from khabar.model.items import Page

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)
URL = "https://khabar.example.in/up/lucknow/naya-pul-2025110701"
TITLE = "गोमती पर नया पुल तैयार, अगले हफ्ते से चलेंगी गाड़ियां"
LINE = "गोमती नदी पर बन रहे नए पुल का काम शुक्रवार को पूरा हो गया और अगले हफ्ते से इस पर गाड़ियां चलने लगेंगी।"
LINES = [f"{LINE} यह बात नंबर {number} है।" for number in range(4)]
FULL = "".join(f"<p>{line}</p>" for line in LINES)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty page"),
        (b"  \n", "empty page"),
        (b"x" * (2 << 20) + b"y", "page of 2.0 MB: not read over 2 MB"),
        (b"%PDF-1.7 ...", "not HTML"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, why: str) -> None:
    article = extract_article(Page(URL, body, NOW))
    assert (article.page_type, article.problems) == ("other", (why,))


def test_fifty_thousand_nested_tags() -> None:
    html = "<html><body>" + "<div><b>" * 25_000 + LINE + "</body></html>"
    assert read_html(html, URL, NOW).page_type == "other"


def test_a_line_of_blanks_takes_linear_time() -> None:
    """With quadratic time this takes an hour."""
    for text in ("— " + " " * 200_000, "— क " * 50_000, "— क (@" * 50_000):
        assert find_flattened_tweets(text) == []


def test_deep_nests_are_flattened() -> None:
    html = f"<html><body><h1>{TITLE}</h1>{'<div>' * 400}{FULL}{'</div>' * 400}</body></html>"
    article = read_html(html, URL, NOW)
    assert [block.text for block in article.blocks] == [clean_text(line) for line in LINES]
    assert any("nested deeper" in problem for problem in article.problems)


WHOLE = (
    f'<html><head><script type=\'application/ld+json\'>{{"@type":"NewsArticle","headline":"{TITLE}"}}</script></head><body><h1>{TITLE}'
    f"</h1><article>{FULL}<table><tr><td>a<td>b</table><img src=/x.jpg></article></body></html>"
).encode()


@given(st.binary(max_size=600))
@example(b"<")
@example(b"<html><body><h1><table><tr><td>")
@example(b"\xff\xfe<\x00h\x00")
@example(b"<p>&#xD800;&#0;&#150;")
def test_read_never_raises_on_bytes(body: bytes) -> None:
    article = extract_article(Page(URL, body, NOW))
    assert not any("stumbled" in problem for problem in article.problems)


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(WHOLE)),
            st.integers(0, 40),
            st.sampled_from([b"", b"<", b"</p>", b'"', b"<div>", b"\x00", b"{"]),
        )
    )
)
def test_read_never_raises_on_mutated_pages(cuts: list[tuple[int, int, bytes]]) -> None:
    body = WHOLE
    for start, length, put in cuts[:8]:
        body = body[:start] + put + body[start + length :]
    article = extract_article(Page(URL, body, NOW))
    assert not any("stumbled" in problem for problem in article.problems)
