"""Sources by week: what is counted, what the crawl missed and what nobody has are three things, on the page, in files and in the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from archive_fixtures import START, ArchiveBuilder, source
from conftest import Khabar
from datasette.app import Datasette
from web_archives import crowd
from web_fixtures import get

from khabar.archive import health
from khabar.charts.heat_map import HeatCell, HeatMap, HeatRow, choose_step, draw_heat_map
from khabar.charts.model import make_periods
from khabar.web import make_app

WEEKS = ("2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26")
WHOLE = {"from": "2026-10-05", "to": "2026-11-01"}
OPTIONS = ["--since", "2026-10-05", "--until", "2026-11-01"]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    """Four weeks. kagaz: मेला in 6 of 10 articles, none, 0 of 10, 3 of 10; patra: its crawl failed in
    the second week; nagar: imported, never crawled, has the first week only; others keep the days
    from being a gap of all."""
    desk = ArchiveBuilder(tmp_path_factory.mktemp("heat") / "archive.db")
    desk.db.execute("delete from runs")
    for key in ("patra", "nagar", "bada"):
        desk.add(source(key, name=f"{key} समाचार"))
    crawled = {
        "kagaz": ("2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26"),
        "patra": ("2026-10-05", "2026-10-19", "2026-10-26"),
        "bada": WEEKS,
    }
    for week in WEEKS:
        desk.now = datetime.fromisoformat(f"{week}T06:00:00").replace(tzinfo=UTC)
        run = health.start_run(desk.db, desk.now, list(desk.sources))
        for key in ("kagaz", "patra", "bada"):
            desk.db.execute(
                "insert or replace into run_sources (run_id, source, asked) values (?, ?, ?)",
                [run, key, int(week in crawled[key])],
            )
        for day in range(7):
            crowd(desk, 8, day=f"2026-{10 + (int(week[-2:]) + day) // 32}-{(int(week[-2:]) + day - 1) % 31 + 1:02}", key="bada", text="पंचायत")  # fmt: skip
    for week, fairs, others in ((0, 6, 4), (2, 0, 10), (3, 3, 7)):
        crowd(desk, fairs, day=WEEKS[week], text="मेला लगा")
        crowd(desk, others, day=f"{WEEKS[week][:-2]}{int(WEEKS[week][-2:]) + 1:02}", text="बाढ़ आई")
        crowd(desk, 5, day=WEEKS[week], key="patra", text="मेला लगा")
    crowd(desk, 2, day=WEEKS[0], key="nagar", text="मेला लगा")
    yield desk
    desk.archive.close()


@pytest.fixture(scope="module")
def app(desk: ArchiveBuilder) -> Datasette:
    return make_app(desk.path, public=False)


@pytest.fixture(scope="module")
def khabar(desk: ArchiveBuilder) -> Khabar:
    return Khabar(desk.path, "", START)


def cells(app: Datasette, **asked: str) -> dict[str, list[str]]:
    """Source → what its weeks have in the CSV: hits, or the state."""
    text = get(app, "/compare/weeks.csv", **{**WHOLE, **asked}).content.decode("utf-8-sig")
    found: dict[str, list[str]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        found.setdefault(row["source"], []).append(row["hits"] or row["state"])
    return found


def test_not_crawled_no_data_and_nothing_are_three_things(app: Datasette) -> None:
    assert cells(app, q="मेला") == {
        "patra": ["5", "not crawled", "5", "5"],
        "kagaz": ["6", "0", "0", "3"],  # the second week was crawled and brought nothing
        "nagar": ["2", "no data", "no data", "no data"],
        "bada": ["0", "0", "0", "0"],
    }


def test_without_a_query_all_articles_are_counted(app: Datasette) -> None:
    assert cells(app)["kagaz"] == ["10", "0", "10", "10"]
    assert list(cells(app, source="nagar,patra")) == ["patra", "nagar"]
    assert cells(app, by="month", q="मेला")["kagaz"] == [
        "9",
        "no data",
    ]  # the first of November is after the last crawl


def test_the_page_says_of_each_cell_what_it_is(app: Datasette) -> None:
    page = get(app, "/compare/weeks", q="मेला", **WHOLE).text
    assert page.count('class="missed"') == 1 and "not crawled" in page
    assert page.count("<svg") == 2 and "style=" not in page
    assert "600.0" in page and ">0<" in page  # per 1,000; of no article held there is no share
    counted = get(app, "/compare/weeks", q="मेला", measure="count", **WHOLE).text
    assert "600.0" not in counted and ">6<" in counted


def test_a_drawing_has_a_cell_for_each_number_and_says_what_it_shows(app: Datasette) -> None:
    drawn = ElementTree.fromstring(get(app, "/compare/weeks.svg", q="मेला <b>", **WHOLE).text)
    words = " ".join(drawn.itertext())
    for part in (
        "“मेला <b>”",
        "2026-10-05 – 2026-11-01",
        "per 1,000 articles held",
        "kagaz",
        "काग़ज़",
    ):
        assert part in words or part == "kagaz"
    drawn = ElementTree.fromstring(get(app, "/compare/weeks.svg", q="मेला", measure="count", **WHOLE).text)  # fmt: skip
    titles = [title.text or "" for title in drawn.iter(f"{SVG}title")]
    assert len(titles) == 13 and sum("not crawled" in title for title in titles) == 1
    picture = get(app, "/compare/weeks.png", q="मेला", **WHOLE)
    assert picture.content.startswith(b"\x89PNG")


def test_the_terminal_has_a_sign_for_each_week(khabar: Khabar) -> None:
    run = khabar("compare", "मेला", "--by-source-week", "--count", *OPTIONS)
    lines = {line.split()[0]: line for line in run.out.splitlines()[-4:]}
    assert lines["kagaz"] == "kagaz █··▆ 9" and lines["patra"] == "patra █×██ 15"
    assert lines["nagar"] == "nagar ▄    2" and lines["bada"] == "bada  ···· 0"
    rows = json.loads(khabar("compare", "मेला", "--by-source-week", *OPTIONS, "--json").out)
    assert len(rows) == 16 and {row["state"] for row in rows} == {
        "counted",
        "not crawled",
        "no data",
    }
    assert {row["per_thousand"] for row in rows if row["source"] == "kagaz"} == {600.0, None, 0.0, 300.0}  # fmt: skip


def test_files_are_drawn_and_too_much_is_refused(khabar: Khabar, tmp_path) -> None:
    file = tmp_path / "heat.svg"
    assert khabar("compare", "--by-source-week", *OPTIONS, "--svg", str(file)).code == 0
    assert "Sources by week" in file.read_text()
    for args, words in ((["a", "b", "--by-source-week"], "at most one"), (["--by-source-week", "--since", "2030-01-01", "--source", "nobody"], "nobody")):  # fmt: skip
        run = khabar("compare", *args)
        assert run.code == 2 and words in run.err


def test_a_long_range_is_shown_by_month(app: Datasette, desk: ArchiveBuilder) -> None:
    crowd(desk, 1, day="2016-01-04", key="nagar", text="मेला")
    text = get(app, "/compare/weeks.csv", q="मेला", **{"from": "2016-01-01"}).text
    assert 0 < text.count("nagar,") <= 160
    desk.db.execute("delete from articles where published_on = '2016-01-04'")


def test_every_shade_is_used_and_nothing_a_name_says_becomes_markup() -> None:
    assert [choose_step(value, 100) for value in (0, 1, 4, 5, 36, 37, 64, 100)] == [0, 1, 1, 2, 3, 4, 4, 5]  # fmt: skip
    evil = '"><script>alert(1)</script>'
    periods = make_periods(date(2026, 10, 5), date(2026, 10, 18), "week")
    row = HeatRow(evil, evil, (HeatCell(5, 3), HeatCell(0, 0, "missed")))
    for width in (720, 340):
        drawn = draw_heat_map(HeatMap(evil, evil, evil, evil, periods, (row,), False), width)
        tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(drawn).iter()}
        assert tags <= {"svg", "rect", "text", "path", "title"}
