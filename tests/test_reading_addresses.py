"""The addresses a page names: <base href>, and the canonical ones that are no address."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from khabar.extraction import read_html
from khabar.model.items import Article

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)
URL = "https://www.talab.example.in/zila/talab-ki-safai-4411.html"
BODY = "".join(
    f"<p>{line}</p>"
    for line in (
        "पुराने तालाब की सफाई का काम सोमवार सुबह शुरू हुआ, जिसमें आसपास के पांच मोहल्लों के लोग फावड़े लेकर पहुंचे।",
        "नगर परिषद ने बताया कि तालाब से निकली मिट्टी खेतों में डाली जाएगी और किनारे पर पत्थर की सीढ़ियां बनेंगी।",
        "बुजुर्गों ने कहा कि तीस साल पहले इसी तालाब से पूरे कस्बे को पीने का पानी मिलता था और मेला लगता था।",
    )
)


def read(head: str = "", extra: str = "") -> Article:
    html = (
        f"<html><head>{head}</head><body><article><h1>पुराने तालाब की सफाई में जुटे लोग</h1>"
        f"{BODY}{extra}</article></body></html>"
    )
    return read_html(html, URL, NOW)


@pytest.mark.parametrize(
    ("base", "resolved"),
    [
        ("", "https://www.talab.example.in/zila/"),
        ("<base href='/'>", "https://www.talab.example.in/"),
        ("<BASE HREF=' / '>", "https://www.talab.example.in/"),
        ("<base href='../'>", "https://www.talab.example.in/"),
        ("<base href='//www.talab.example.in/x/'>", "https://www.talab.example.in/x/"),
        ("<base target='_top'><base href='/a/'><base href='/b/'>", "https://www.talab.example.in/a/"),
        ("<base href='https://cdn.example.org/p/'>", "https://cdn.example.org/p/"),
        ("<base href=''>", "https://www.talab.example.in/zila/"),
        ("<base href='javascript:void(0)'>", "https://www.talab.example.in/zila/"),
        ("<base href='data:text/html,x'><base href='/b/'>", "https://www.talab.example.in/zila/"),
        ("<base href='http://[bad'>", "https://www.talab.example.in/zila/"),
    ],
)  # fmt: skip
def test_everything_is_resolved_against_the_base(base: str, resolved: str) -> None:
    article = read(
        f"{base}<link rel='amphtml' href='amp/t'>",
        "<img src='i/talab.jpg'><video src='v/talab.mp4'></video>",
    )
    assert article.amp_url == f"{resolved}amp/t"
    assert [image.url for image in article.images] == [f"{resolved}i/talab.jpg"]
    assert [embed.url for embed in article.embeds] == [f"{resolved}v/talab.mp4"]


def test_next_and_canonical_are_resolved_against_the_base() -> None:
    path = "zila/talab-ki-safai-4411.html"
    article = read(
        f"<base href='/'><link rel='canonical' href='{path}'><link rel='next' href='{path}?page=2'>"
    )
    assert (article.canonical_url, article.next_url) == (URL, f"{URL}?page=2")


@pytest.mark.parametrize(
    ("head", "extra", "canonical", "problem"),
    [
        ("<link rel=canonical href='/zila/undefined'>", "", None, "canonical_url: '/zila/undefined' is no address"),
        ("<link rel=canonical href='/undefined'><meta property='og:url' content='/zila/talab-1'>", "",
         "https://www.talab.example.in/zila/talab-1", "canonical_url: '/undefined' is no address"),
        ("<link rel=canonical href='/zila/undefined-behaviour'>", "", "https://www.talab.example.in/zila/undefined-behaviour", None),
        ("", "<link rel=canonical href='/zila/mela-99.html'>", None, "canonical_url: a <link> in the body, not believed"),
        ("", f"<link rel=canonical href='{URL}'>", URL, None),
        ("<meta property='og:url' content='/zila/t-2'>", "<link rel=canonical href='/zila/t-3'>", "https://www.talab.example.in/zila/t-2", None),
        ("<base href='https://cdn.example.org/'><link rel=canonical href='zila/t'>", "", None, "canonical_url: on another site's host, by <base href>"),
        ("<base href='https://cdn.example.org/'><link rel=canonical href='https://talab.example.in/t'>", "", "https://talab.example.in/t", None),
        ("<link rel=canonical href='https://partner.example.org/t-7'>", "", "https://partner.example.org/t-7", None),
    ],
)  # fmt: skip
def test_canonical(head: str, extra: str, canonical: str | None, problem: str | None) -> None:
    article = read(head, extra)
    assert article.canonical_url == canonical
    found = [problem for problem in article.problems if problem.startswith("canonical_url")]
    assert found == ([problem] if problem else [])
