"""Words, or sources, compared over time: in the terminal and on the page, with gaps that are no falls."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
from archive_fixtures import START, ArchiveBuilder, source
from conftest import Khabar
from datasette.app import Datasette
from web_archives import crowd
from web_fixtures import get

from khabar.web import make_app

DAYS = ["--since", "2026-11-02", "--until", "2026-11-15", "--by", "week"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    """Two weeks: the first has 4 articles with मेला of 10, the second 6 of 10; dusra has only बाढ़."""
    desk = ArchiveBuilder(tmp_path_factory.mktemp("compared") / "archive.db")
    desk.add(source("dusra"))
    for day, fairs in (("2026-11-04", 4), ("2026-11-11", 6)):
        crowd(desk, fairs, day=day, text="मेला लगा")
        crowd(desk, 10 - fairs, day=day, key="dusra", text="बाढ़ आई")
    yield desk
    desk.archive.close()


@pytest.fixture(scope="module")
def khabar(desk: ArchiveBuilder) -> Khabar:
    return Khabar(desk.path, "", START)


def read(khabar: Khabar, *args: str) -> list[dict]:
    return json.loads(khabar("compare", *args, *DAYS, "--json").out)


def test_words_are_compared_by_share_and_count(khabar: Khabar) -> None:
    assert read(khabar, "मेला", "बाढ़") == [
        {"from": "2026-11-04", "to": "2026-11-08", "मेला": 400.0, "बाढ़": 600.0},
        {"from": "2026-11-09", "to": "2026-11-15", "मेला": 600.0, "बाढ़": 400.0},
    ]
    counts = read(khabar, "मेला", "बाढ़", "--count")
    assert [(row["मेला"], row["बाढ़"]) for row in counts] == [(4, 6), (6, 4)]


def test_one_word_in_several_sources(khabar: Khabar) -> None:
    rows = read(khabar, "मेला", "--source", "kagaz", "--source", "dusra")
    assert [(row["kagaz"], row["dusra"]) for row in rows] == [(1000.0, 0.0), (1000.0, 0.0)]


def test_charts_are_drawn_into_files(khabar: Khabar, tmp_path) -> None:
    files = {name: tmp_path / f"chart.{name}" for name in ("svg", "png")}
    options = [part for name, file in files.items() for part in (f"--{name}", str(file))]
    assert khabar("compare", "मेला", "बाढ़", *DAYS, *options).code == 0
    assert "मेला" in files["svg"].read_text() and files["png"].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["a", "b", "c", "d", "e", "f", "g"], "at most 6"),
        (["a", "b", "--source", "kagaz", "--source", "dusra"], "not both"),
        (["a", "--source", "nobody"], "nobody"),
        (["a", "--png", "/no/such/folder/x.png"], "No such file"),
    ],
)
def test_what_cannot_be_compared_is_refused(khabar: Khabar, args: list[str], words: str) -> None:
    run = khabar("compare", *args)
    assert run.code == 2 and words in run.err


@pytest.fixture(scope="module")
def app(desk: ArchiveBuilder) -> Datasette:
    return make_app(desk.path, public=False)


WHOLE = {"from": "2026-11-02", "to": "2026-11-15", "by": "week"}


def test_the_page_has_chart_table_and_files(app: Datasette) -> None:
    page = get(app, "/compare", q=["मेला", "बाढ़"], measure="count", **WHOLE)
    assert page.status_code == 200 and "<svg" in page.text
    assert page.text.count('<th scope="col">') == 4
    rows = list(
        csv.DictReader(
            io.StringIO(
                get(
                    app, "/chart/compare.csv", q=["मेला", "बाढ़"], measure="count", **WHOLE
                ).content.decode("utf-8-sig")
            )
        )
    )
    assert [float(row["मेला"]) for row in rows] == [4, 6]


def test_the_page_asks_for_words_first(app: Datasette) -> None:
    page = get(app, "/compare")
    assert page.status_code == 200 and '<svg class="chart"' not in page.text
    assert page.text.count('name="q"') == 3  # and that of every page
