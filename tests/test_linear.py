"""Time against size: no kind of hostile input takes quadratic time, or a limit cuts it (`benchmarks/pathological.py`)."""

from __future__ import annotations

import pytest

from benchmarks import pathological
from khabar.extraction import read_html

QUICK = (
    "bylines",
    "paragraphs of the body",
    "query: quotes",
    "robots: stars",
    "JSON-LD, deep",
    "sitemap: gzip bomb",
)


@pytest.fixture(scope="module", autouse=True)
def warm():
    read_html("<p>x</p>", pathological.URL, now=pathological.NOW)


def check(name: str) -> None:
    small, large, _ = pathological.measure_kind(name)
    assert not pathological.is_superlinear(small, large), (small, large)


@pytest.mark.parametrize("name", QUICK)
def test_a_kind_that_was_slow_once_is_linear(name):
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*pathological.KINDS} - {*QUICK, *pathological.STOPPED}))
def test_every_kind_is_linear_or_cut(name):
    check(name)


def test_elements_beyond_the_limit_are_left_out(monkeypatch):
    monkeypatch.setattr("khabar.extraction.document.MAX_ELEMENTS", 400)
    line = "नगर की नई सड़क पर आज से बसें चलने लगीं, यह बात परिवहन अधिकारी ने कही।"
    html = (
        "<article><h1>नई सड़क पर बसें चलीं</h1>"
        + f"<p>{line} पहला।</p>" * 60
        + "<p></p>" * 600
        + "<p>आख़िरी।</p></article>"
    )
    article = read_html(html, pathological.URL, now=pathological.NOW)
    assert line in article.text and "आख़िरी" not in article.text
    assert "over 400 elements: the rest is not read" in article.problems
