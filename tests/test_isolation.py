"""A page that hangs, crashes or eats memory costs itself alone, and says so."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import hurting
import pytest

from crawler.items import Article, Page
from pipelines import extract

TITLE = "तालाब की मेड़ पर लगे पेड़ों की गिनती पूरी"
WORDS = "वन समिति ने मंगलवार को बताया कि तालाब की मेड़ पर लगे सब पेड़ गिने जा चुके हैं और सूखे पेड़ों की जगह नए लगाए जाएंगे। " * 3
FULL = f"<p>{WORDS}</p><p>गिनती में गांव के तीस बच्चों ने मदद की। {WORDS}</p>"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
PAGE = Page("https://khabar.example.in/a-1", f"<html><body><h1>{TITLE}</h1>{FULL}</body></html>".encode(), NOW)


@pytest.fixture
def pool():
    opened = extract.reading_pool(1)
    yield opened
    opened.stop()
    opened.join()


@pytest.mark.parametrize(
    ("hurt", "said"),
    [
        (hurting.loops, "took over"),
        (hurting.holds_the_lock, "took over"),
        (hurting.dies, "died"),
        (hurting.eats, "MB"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_guilty_page_is_named_and_the_next_is_read(pool, monkeypatch, hurt, said):
    reads = extract.read
    monkeypatch.setattr(extract, "TIMEOUT", 4)
    monkeypatch.setattr(extract, "read", hurt)
    assert said in str(asyncio.run(extract.read_apart(pool, PAGE, None)))
    monkeypatch.setattr(extract, "read", reads)
    monkeypatch.setattr(extract, "TIMEOUT", 30)
    article = asyncio.run(extract.read_apart(pool, PAGE, None))
    assert isinstance(article, Article) and article.title == TITLE


def test_an_error_nobody_foresaw_is_heard(pool, monkeypatch):
    monkeypatch.setattr(extract, "read", hurting.breaks)
    with pytest.raises(KeyError, match="odd page"):
        asyncio.run(extract.read_apart(pool, PAGE, None))


HOSTILE = {
    "nested without end": b"<div><b>" * 60_000,
    "100,000 links": b"<p>" + b"<a href='/x'>y</a> " * 100_000,
    "a paragraph of 5 MB": b"<p>" + "क ख ".encode() * 700_000,
    "NULs": b"<p>\x00\x00" * 5_000,
    "broken charset": b'<meta charset="utf-16"><p>' + bytes(range(256)) * 200,
    "attributes without end": b"<p " + b"a=1 " * 200_000 + b">x",
    "tables in tables": b"<table><tr><td>" * 3_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_ends_in_a_word(pool, name):
    page = Page("https://khabar.example.in/a-1", b"<html><body>" + HOSTILE[name], NOW)
    article = asyncio.run(extract.read_apart(pool, page, None))
    assert isinstance(article, Article), article
    assert article.problems, article
    assert article.title is None and not article.embeds
