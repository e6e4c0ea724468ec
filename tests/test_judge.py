"""Is it an article: how few words are one, and what may live by its pictures."""

from __future__ import annotations

import pytest
from archive_fixtures import article, source

from khabar.model.items import Image, Outcome
from khabar.processing.judge import judge_article

PICTURE = (Image("http://www.kagaz.newsroom.test/1.jpg"),)


@pytest.mark.parametrize(
    ("words", "outcome"), [(25, Outcome.ARTICLE), (24, Outcome.NO_TEXT), (1, Outcome.NO_TEXT)]
)
def test_an_article_has_twenty_five_words(words, outcome):
    assert judge_article(article("x", " ".join(["नहर"] * words)), source())[0] is outcome


@pytest.mark.parametrize("page_type", ["gallery", "video"])
def test_pictures_are_enough_where_the_page_lives_by_them(page_type):
    short = {"page_type": page_type, "images": PICTURE}
    assert judge_article(article("x", "नहर", **short), source())[0] is Outcome.ARTICLE
    assert judge_article(article("x", "नहर", page_type=page_type), source())[0] is Outcome.NO_TEXT


def test_pictures_are_not_enough_for_an_article():
    assert judge_article(article("x", "नहर", images=PICTURE), source())[0] is Outcome.NO_TEXT
