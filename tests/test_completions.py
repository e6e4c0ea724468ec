"""Suggestions while one types: the archive's own words, places and sources, never a word of few articles, nothing that was withheld or taken down."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article, source
from datasette.app import Datasette
from web_fixtures import get

from khabar.archive.search import complete_query, completions
from khabar.archive.upkeep import takedown
from khabar.web import make_app

# Headline → its number of articles; the texts have words of their own.
HEADLINES = {
    "राहुल गांधी की रैली": 12,
    "राहुल द्रविड़ का शतक": 6,
    "राजस्थान में बारिश": 9,
    "बाढ़ से राहत": 5,
    "BJP की बैठक": 7,
    "रामेश्वर अकेले": 4,
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("completed") / "archive.db")
    desk.add(source("rajya", name="राज्य समाचार", name_en="Rajya News"))
    desk.add(source("rasoi", name="रसोई पत्रिका", name_en="Rasoi"))  # has no article
    number = 0
    for title, times in HEADLINES.items():
        for _ in range(times):
            number += 1
            words = ["सिंचाई विभाग ने कहा"] + (
                ["राष्ट्रपति भवन"] if number % 4 else ["राष्ट्रगान"] if number < 20 else []
            )
            key = "rajya" if number % 2 else "kagaz"
            desk.read(article(f"http://www.{key}.newsroom.test/news/{number}", f"{' '.join(words)} {number}।", title=title,
                              place="रायपुर" if number % 3 == 0 else None), key=key)  # fmt: skip
    for at in range(9):
        desk.read(article(f"{HOME}/news/down{at}", "राजधर्म निभाया।", title="राजकपूर की फ़िल्म"))
        desk.read(article(f"{HOME}/news/held{at}", "राजपथ पर।", title="राजपथ की परेड", rights={"noarchive": True}))  # fmt: skip
    yield desk
    desk.archive.close()


@pytest.fixture(scope="module")
def app(desk: ArchiveBuilder) -> Datasette:
    return make_app(desk.path, public=True)


def queries(desk: ArchiveBuilder, typed: str) -> list[str]:
    return [item.query for item in complete_query(desk.db, typed, START) if item.kind != "source"]


def test_words_and_pairs_of_headlines_come_first_most_frequent_first(desk: ArchiveBuilder) -> None:
    assert queries(desk, "राहु") == ["राहुल", "राहुल गांधी", "राहुल द्रविड़"]
    assert queries(desk, "राहुल ") == ["राहुल गांधी", "राहुल द्रविड़"]
    assert queries(desk, "बारिश रा")[0] == "बारिश राजस्थान"
    assert queries(desk, "bj") == ["BJP"]


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("rahul", "राहुल"),
        ("barish", "बारिश"),
        ("राजसथ", None),
        ("राष्ट्रपति भव", "राष्ट्रपति भवन"),  # of the texts, not of headlines
        ("sinch", "सिंचाई"),
        ("-राहुल द", "-राहुल द्रविड़"),
        ("title:राहु", "title:राहुल"),
        ("बाढ", "बाढ़"),  # without the dot
    ],
)
def test_what_is_typed_is_completed_in_its_place(
    desk: ArchiveBuilder, typed: str, completed: str | None
) -> None:
    found = queries(desk, typed)
    assert completed in found if completed else found == []


def test_no_word_of_fewer_than_five_articles(desk: ArchiveBuilder) -> None:
    assert "रामेश्वर" not in queries(desk, "राम") and "राष्ट्रगान" not in queries(desk, "राष्ट्र")
    assert "राष्ट्रपति" in queries(desk, "राष्ट्र")
    # of what is shown, nor a query that finds fewer
    assert queries(desk, "द्रविड़ गां") == []


def test_function_words_are_no_suggestion(desk: ArchiveBuilder) -> None:
    assert not {"में", "से", "की", "का"} & {
        *queries(desk, "म"),
        *queries(desk, "स"),
        *queries(desk, "क"),
    }


def test_places_and_sources_say_what_they_are(desk: ArchiveBuilder) -> None:
    found = complete_query(desk.db, "बारिश राज", START)
    assert [(item.query, item.source) for item in found if item.kind == "source"] == [("बारिश", "rajya")]  # fmt: skip
    assert not [item for item in complete_query(desk.db, "rasoi", START) if item.kind == "source"]


def test_withheld_words_are_never_suggested_and_a_takedown_counts_at_once(
    desk: ArchiveBuilder,
) -> None:
    assert "राजकपूर" in queries(desk, "राज") and "राजधर्म" in queries(desk, "राजधर")
    assert "राजपथ" not in queries(desk, "राज")
    takedown.add_takedown(desk.archive, f"{HOME}/news/down*", "court", "desk", desk.now)
    assert queries(desk, "राजक") == queries(desk, "राजधर") == []  # the headlines were read before


def test_new_headlines_are_read_after_ten_minutes(desk: ArchiveBuilder) -> None:
    assert queries(desk, "चं") == []
    for at in range(5):
        desk.read(article(f"{HOME}/news/new{at}", f"दिन {at}", title="चंद्रयान उतरा"))
    later = START + timedelta(minutes=11)
    assert [item.query for item in complete_query(desk.db, "चं", later)] == ["चंद्रयान", "चंद्रयान उतरा"]


def test_the_answer_is_small_cached_and_from_here(app: Datasette) -> None:
    answer = get(app, "/suggest.json", q="राहु")
    assert answer.headers["cache-control"] == "private, max-age=300" and len(answer.content) < 3000
    (first, *_) = answer.json()["suggestions"]
    assert first == {"kind": "word", "query": "राहुल", "source": None, "label": "राहुल", "note": "", "url": "/search?q=%E0%A4%B0%E0%A4%BE%E0%A4%B9%E0%A5%81%E0%A4%B2"}  # fmt: skip
    (named,) = [item for item in get(app, "/suggest.json", q="rajya").json()["suggestions"] if item["kind"] == "source"]  # fmt: skip
    assert named["label"] == "राज्य समाचार" and named["url"] == "/search?source=rajya"
    assert get(app, "/suggest.json").json() == {"suggestions": []}


def test_every_answer_is_bounded(desk: ArchiveBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    count = completions._count_uses
    monkeypatch.setattr(completions, "_count_uses", lambda *told: counted.append(told) or count(*told))  # fmt: skip
    for typed in ("र", "ra", "राष्ट्र", "राहुल रा", "x" * 200, "क" * 200, "र" * 201):
        counted.clear()
        assert len(complete_query(desk.db, typed, START)) <= completions.MAX_COMPLETIONS
        assert len(counted) <= 3 * completions._MAX_TRIED
    cpu = time.process_time()
    complete_query(desk.db, '"' * 100_000, START)
    assert time.process_time() - cpu < 1


def test_pages_name_one_script_that_is_served_as_one(app: Datasette) -> None:
    script = get(app, "/static/suggest.js")
    assert script.status_code == 200 and "javascript" in script.headers["content-type"]
    page = get(app, "/search")
    digest = base64.b64encode(hashlib.sha256(script.content).digest()).decode()
    assert (
        f'<script src="/static/suggest.js" integrity="sha256-{digest}" defer></script>' in page.text
    )
    policy = page.headers["content-security-policy"]
    assert (
        "default-src 'none'" in policy
        and f"script-src 'sha256-{digest}'; connect-src 'self'" in policy
    )
    assert "unsafe" not in policy and page.headers["x-content-type-options"] == "nosniff"
    assert page.text.count('data-suggest="/suggest.json"') == 2
