"""Charts: a word per 1,000 articles, gaps of the crawl shaded and never drawn as a fall, files that tell what they show."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from datasette.app import Datasette

from khabar.charts.coverage_gaps import find_gap_days, to_day_ranges
from khabar.charts.draw import draw_chart
from khabar.charts.model import Chart, Series, date_range, make_periods, per_thousand
from khabar.web import make_app
from tests.archive_fixtures import ArchiveBuilder, source
from tests.web_archives import crowd, outage
from tests.web_fixtures import get, loads

SVG = "{http://www.w3.org/2000/svg}"
FIRST = date(2026, 10, 1)
WHOLE = {"from": "2026-10-01", "to": "2026-11-19"}


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ArchiveBuilder, list[str]]]:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("outage") / "archive.db")
    lost = outage(desk)
    desk.add(source("dusra"))
    crowd(desk, 5, day="2026-11-05", key="dusra", text="मेला लगा")
    yield desk, lost
    desk.archive.close()


@pytest.fixture(scope="module")
def app(lost: tuple[ArchiveBuilder, list[str]]) -> Datasette:
    return make_app(lost[0].path, public=False)


def numbers(app: Datasette, name: str, **asked: str) -> list[dict[str, str]]:
    answer = get(app, f"/chart/{name}.csv", **{**WHOLE, **asked})
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_planted_outage_is_a_gap_not_a_dip(
    app: Datasette, lost: tuple[ArchiveBuilder, list[str]]
) -> None:
    for name, column, told in (("word", "मेला", {"q": "मेला"}), ("volume", "लेख", {})):
        rows = numbers(app, name, **told)
        assert [row["from"] for row in rows if row["gap"] == "1"] == lost[1]
        assert all(row[column] == "" for row in rows if row["gap"] == "1")
        assert all(float(row[column]) > 0 for row in rows if row["gap"] == "0")
    drawn = ElementTree.fromstring(get(app, "/chart/word.svg", q="मेला", **WHOLE).text)
    (shade,) = drawn.findall(f"{SVG}rect[@class='gap'][@height='200']")
    line = next(
        path.get("d") or "" for path in drawn.findall(f"{SVG}path") if path.get("class") == "l0"
    )
    strokes = [
        [float(x) for x in re.findall(r"[ML]([\d.]+)", part)]
        for part in re.findall(r"M[^M]+", line)
    ]
    left, right = float(shade.get("x", 0)), float(shade.get("x", 0)) + float(shade.get("width", 0))
    assert len(strokes) == 2 and max(strokes[0]) < left < right < min(
        strokes[1]
    )  # the line breaks at the gap
    heights = {float(circle.get("cy", 0)) for circle in drawn.findall(f"{SVG}circle")}
    assert max(heights) - min(heights) < 60  # nothing falls to nought


def test_a_word_is_counted_per_thousand_articles_held(app: Datasette) -> None:
    rates = [float(row["मेला"]) for row in numbers(app, "word", q="मेला") if row["मेला"]]
    assert (
        rates[0] == 500 and max(rates) == 600
    )  # ten of twenty; fifteen of twenty-five on the other source's day
    alone = [
        float(row["मेला"]) for row in numbers(app, "word", q="मेला", source="kagaz") if row["मेला"]
    ]
    steady = [float(row["मेला"]) for row in numbers(app, "word", q="मेला", steady="1") if row["मेला"]]
    assert (
        set(alone) == set(steady) == {500.0}
    )  # the source that came for a day is not in the fixed set
    weekly = numbers(app, "word", q="मेला", by="week")
    assert len(weekly) == 8 and weekly[1]["मेला"] == "500.0"


def test_days_in_a_gap_count_on_neither_side() -> None:
    days_ = date_range(FIRST, FIRST + timedelta(days=6))
    held = dict.fromkeys(days_, 10) | {days_[3]: 1}
    hits = dict.fromkeys(days_, 5) | {days_[3]: 0}
    (whole,) = per_thousand(
        hits, held, make_periods(days_[0], days_[-1], "month"), frozenset({days_[3]})
    )
    assert whole == 500
    assert per_thousand(hits, {}, make_periods(days_[0], days_[0]), frozenset()) == (None,)


@pytest.mark.parametrize(
    ("counts", "gaps"),
    [
        ([20] * 10 + [0] * 3 + [20] * 10, [(10, 12)]),
        (
            [20] * 10 + [3] * 2 + [20] * 10,
            [(10, 11)],
        ),  # feeds still listed a little of what was missed
        ([20] * 10 + [12] * 2 + [20] * 10, []),  # a quiet weekend
        ([100] * 10 + [24] + [100] * 10, [(10, 10)]),  # under a quarter of the usual
        ([100] * 10 + [26] + [100] * 10, []),  # over it, unlikely as it is
        ([1, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 1], []),  # a small source is often silent
        ([8] * 6 + [0] * 60 + [9] * 6, [(6, 65)]),  # however long it lasts
        ([30] * 12 + [0] * 4, [(12, 15)]),  # and while it lasts
        ([0] * 5, []),
    ],
)
def test_gaps_are_learned_from_the_days_around(
    counts: list[int], gaps: list[tuple[int, int]]
) -> None:
    days_ = date_range(FIRST, FIRST + timedelta(days=len(counts) - 1))
    found = find_gap_days(dict(zip(days_, counts, strict=True)), days_, frozenset())
    assert to_day_ranges(found) == [(days_[a], days_[b]) for a, b in gaps]


def test_a_day_without_a_crawl_is_a_gap_unless_it_was_filled_later() -> None:
    days_ = date_range(FIRST, FIRST + timedelta(days=9))
    ran = frozenset(days_) - {days_[4], days_[5]}
    held = dict.fromkeys(days_, 10) | {days_[4]: 4, days_[5]: 9}  # a backfill brought the sixth
    assert find_gap_days(held, days_, ran) == {days_[4]}
    assert find_gap_days(held, days_, frozenset()) == frozenset()


def test_a_chart_tells_its_query_its_days_and_its_own_date(
    app: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_NOW", "2026-11-24T09:00:00+00:00")
    answer = get(app, "/chart/word.svg", q="मेला <b>", **WHOLE)
    words = " ".join(ElementTree.fromstring(answer.text).itertext())
    for told in (
        "“मेला <b>”",
        "2026-10-01 – 2026-11-19",
        "2026-11-24 14:",  # the minutes go on from half past
        "per 1,000 articles held",
        "gap in the crawl",
    ):
        assert told in words
    assert answer.headers["content-type"].startswith("image/svg+xml")
    picture = get(app, "/chart/word.png", q="मेला", **WHOLE)
    assert picture.headers["content-type"] == "image/png" and picture.content.startswith(
        b"\x89PNG\r\n"
    )
    assert int.from_bytes(picture.content[16:20], "big") == 2 * 720


def test_pages_of_charts_load_nothing(app: Datasette) -> None:
    for where in ("/charts?q=मेला", "/health", "/health?from=2026-10-01"):
        answer = get(app, where)
        assert answer.status_code == 200 and loads(answer.text) == []
        assert "<svg" in answer.text and "style=" not in answer.text
    assert "काग़ज़" in get(app, "/health", **WHOLE).text


@pytest.mark.parametrize("name", ["word", "volume", "crawls", "latency"])
def test_every_chart_is_drawn_for_any_range(app: Datasette, name: str) -> None:
    for asked in (
        {},
        {"from": "2026-11-01", "to": "2026-11-01"},
        {"from": "2020-01-01", "to": "2026-12-31"},
        {"source": "nobody"},
    ):
        for kind in ("svg", "csv"):
            answer = get(app, f"/chart/{name}.{kind}", q="मेला", **asked)
            assert answer.status_code in ({404} if "source" in asked else {200})


def test_nothing_a_word_says_becomes_markup() -> None:
    evil = '"><script>alert(1)</script>'
    chart = Chart(
        evil,
        evil,
        evil,
        evil,
        "line",
        make_periods(FIRST, FIRST),
        (Series(evil, (1.0,)), Series(evil, (None,))),
    )
    tags = {
        element.tag.removeprefix(SVG)
        for element in ElementTree.fromstring(draw_chart(chart)).iter()
    }
    assert tags <= {"svg", "rect", "text", "path", "circle", "title"}


def test_days_without_articles_of_an_import_are_no_gap_in_the_crawl(
    lost: tuple[ArchiveBuilder, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("import") / "archive.db")
    outage(desk)
    desk.db.execute("delete from runs")
    desk.archive.close()
    imported = get(make_app(desk.path, public=False), "/chart/volume.svg", **WHOLE).text
    crawled = get(make_app(lost[0].path, public=False), "/chart/volume.svg", **WHOLE).text
    assert "no data" in imported and "gap in the crawl" not in imported
    assert "gap in the crawl" in crawled
