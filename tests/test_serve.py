"""The reading room: search in Hindi, an article to read, a front page, prepared queries, `khabar serve`."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import CliRunner
from command_runner import PATIENCE
from datasette.app import Datasette

from commands.serve import command
from khabar.archive import ArchiveError
from khabar.archive.search import hits
from khabar.web import make_app
from khabar.web.article_page import arrange_article
from tests.archive_fixtures import ArchiveBuilder
from tests.conftest import ROOT
from tests.web_fixtures import AFTER, BEFORE, CANAL, POST, Tags, furnish, get, ids, loads, read


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("reading-room"))


@pytest.fixture(scope="module")
def app(path: Path) -> Datasette:
    return make_app(path, public=False)


# --- search ---


@pytest.mark.parametrize("table", ["articles", "article_list"])
@pytest.mark.parametrize("query", ["आजम", "आज़म", "azam", '"आजम गांव"', "नहर"])
def test_datasettes_own_search_knows_hindi(app: Datasette, table: str, query: str) -> None:
    found = get(app, f"/archive/{table}.json", _search=query, _shape="array").json()
    assert [row["title"] for row in found] == [CANAL.title]


ODD = [
    '"',
    "*",
    "AND OR NOT (",
    "title:",
    "-",
    "((",
    "न" * 5000,
    "\u200d",
    "'; drop table x",
    "^",
    "title:(",
    "a" * 300,
]


@pytest.mark.parametrize("query", ODD)
def test_odd_queries_are_answered(app: Datasette, query: str) -> None:
    assert get(app, "/archive/article_list.json", _search=query, _shape="array").status_code == 200
    for name in ("search", "search_ranked"):
        assert get(app, f"/archive/{name}.json", q=query, _shape="array").status_code == 200
    for where in (
        "/search",
        "/search.csv",
        "/search.atom",
        "/charts",
        "/headlines",
        "/chart/word.svg",
    ):
        assert get(app, where, q=query).status_code == 200, where


@pytest.mark.parametrize("rank", ["", "1"])
def test_search_marks_the_words_found(app: Datasette, rank: str) -> None:
    page = get(app, "/search", q="आजम", rank=rank).text
    assert "<mark>आज़म</mark>" in page and "गाँव की नहर साफ़ होगी" in page
    assert f'href="/a/{ids(app)["canal"]}"' in page
    assert "मिला" not in page


def test_search_is_narrowed_by_source_and_day(app: Datasette) -> None:
    def hits(**told: str) -> int:
        return len(get(app, "/archive/search.json", q="नहर", _shape="array", **told).json())

    assert hits(source="kagaz", since="2026-11-20", until="2026-11-20") == 1
    assert hits(since="2026-11-21") == hits(until="2026-11-19") == hits(source="else") == 0


def test_withheld_words_are_not_found(app: Datasette) -> None:
    for word in ("गोपनीय", "कस्तूरी"):
        assert get(app, "/archive/search.json", q=word, _shape="array").json() == []


# --- an article to read ---


def test_an_article_reads_in_order_with_its_card_in_place(app: Datasette) -> None:
    page = read(app, "canal").partition("<article")[2]
    parts = [
        f"<h1>{CANAL.title}</h1>", "तीन गाँवों की साझी पहल", "रेखा मौर्य", "रामपुर", "20 नवंबर 2026, 22:15 IST", "सूखी नहर",
        "नहर का वीडियो", f"<p>{BEFORE}</p>", "नहर दल", "@Nahar_Dal", POST, "21 नवंबर 2026, 01:30 IST", "20:00 UTC",
        "https://x.com/nahar_dal/status/1991", f"<p>{AFTER}</p>", "<h3>तीन दिन का काम</h3>",
        "<ul><li>पहले दिन झाड़ियाँ</li><li>दूसरे दिन गाद</li></ul>", "<p>“पानी आएगा तो धान लगेगा।”</p>", "नहर का पुराना फाटक",
        "काग़ज़/सुनील", "<td>आज़म</td><td>40</td>", "बिना जगह की पोस्ट", "चार्ट",
        ">datawrapper.de/_/Ab</a>", "First seen",
    ]  # fmt: skip
    places = [page.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)
    assert "किनारे की पोस्ट" not in page  # it stood beside the article, not in it


def test_a_lead_picture_is_shown_once() -> None:
    def shown(lead: dict[str, Any], block: list[dict[str, Any]]) -> tuple[bool, int]:
        one = {"url": "https://cdn.newsroom.test/a-800.jpg", "caption": "फाटक", "credit": None}
        told = arrange_article(
            {"blocks": block, "embeds": [], "images": [one], "insets": [], "lead_image": lead}
        )
        return told["lead_image"] is not None, len(told["pictures"])

    placed = [{"type": "image", "text": "", "image": 0}]
    same = {"url": "https://cdn.newsroom.test/a-1200.jpg", "caption": "फाटक"}
    other = {"url": "https://cdn.newsroom.test/b.jpg", "caption": None}
    assert shown(same, placed) == (False, 0)  # where the article placed it
    assert shown(same, []) == (True, 0)
    assert shown(other, placed) == (True, 0)
    assert shown(other, []) == (True, 1)


def test_a_page_says_its_language_and_has_one_headline(app: Datasette) -> None:
    for page in (read(app, "canal"), get(app, "/").text, get(app, "/search", q="नहर").text):
        tags = Tags(page).found
        assert [attrs["lang"] for tag, attrs in tags if tag == "html"] == ["hi"]
        assert len([tag for tag, _ in tags if tag == "h1"]) == 1
    assert ("article", {"lang": "hi"}) in Tags(read(app, "canal")).found


def test_a_removed_article_says_so(app: Datasette) -> None:
    assert "taken this article down" in read(app, "gone")
    assert "taken this article down" not in read(app, "canal")


def test_the_article_as_json_keeps_the_contract(app: Datasette) -> None:
    told = get(app, f"/a/{ids(app)['canal']}.json").json()
    assert told["text"] == CANAL.text
    assert [block["type"] for block in told["blocks"]] == [block.type for block in CANAL.blocks]
    assert told["embeds"][1]["text"] == POST


def test_rows_lead_to_the_article(app: Datasette) -> None:
    number = ids(app)["canal"]
    assert f'href="/a/{number}"' in get(app, "/archive/article_list", _search="नहर").text
    row = get(app, f"/archive/articles/{number}")
    assert (row.status_code, row.headers["location"]) == (302, f"/a/{number}")


@pytest.mark.parametrize("slug", ["withheld", "turned"])
def test_a_withheld_article_is_not_served(app: Datasette, slug: str) -> None:
    number = ids(app)[slug]
    for where in (f"/a/{number}", f"/a/{number}.json"):
        assert get(app, where).status_code == 410
    assert "no longer shown" in get(app, f"/a/{number}").text
    for table, column in (("articles", "id"), ("article_list", "id"), ("readings", "article_id")):
        assert (
            get(app, f"/archive/{table}.json", _shape="array", **{column: str(number)}).json() == []
        )


@pytest.mark.parametrize(
    "where",
    ["/a/1", "/a/999999999999999999", "/nothing", "/archive/nothing", "/a/99999999999999999999"],
)
def test_what_is_not_there_is_said_in_a_line(
    app: Datasette, where: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = get(app, where)
    assert answer.status_code == 404
    assert "यहाँ नहीं है" in answer.text or "संग्रह में नहीं है" in answer.text
    assert capfd.readouterr() == ("", "")  # no traceback on the operator's terminal


# --- front page, prepared queries ---


def test_the_front_page_says_what_is_here(app: Datasette) -> None:
    page = get(app, "/").text
    assert f'<a href="/a/{ids(app)["canal"]}">{CANAL.title}</a>' in page
    assert "काग़ज़" in page and "YouTube" in page and 'action="/search"' in page
    assert "गोपनीय" not in page
    assert loads(page) == []
    assert 'aria-label="प्रकाशन के दिन से लेख' in page  # the chart of articles per day …
    assert get(app, "/sources").text.count('class="spark"') == 1  # … and the source's own


def test_an_empty_archive_has_a_front_page(tmp_path: Path) -> None:
    ArchiveBuilder(tmp_path / "archive.db").archive.close()
    answer = get(make_app(tmp_path / "archive.db", public=False), "/")
    assert answer.status_code == 200 and "khabar crawl" in answer.text


def test_prepared_queries(app: Datasette) -> None:
    def rows(name: str, **params: str) -> list[dict[str, Any]]:
        answer = get(app, f"/archive/{name}.json", _shape="array", **params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    accounts = {row["account"]: row["articles"] for row in rows("most_embedded_accounts")}
    assert accounts == {"nahar_dal": 1, "kahin_aur": 1, '"><script>': 1}
    assert [row["headline"] for row in rows("articles_that_embedded", account="@NAHAR_dal")] == [
        CANAL.title
    ]
    assert rows("articles_that_embedded", account="kinara") == []  # beside the article, not in it
    assert rows("articles_per_source_and_day") == [
        {"published_on": "2026-11-20", "source": "kagaz", "articles": 1}
    ]
    (headline,) = rows("rewritten_headlines")
    assert (headline["was"], headline["became"]) == ("हटा हुआ लेख", "हटा हुआ लेख, नया शीर्षक")


def test_what_a_crawl_stores_shows_at_once(tmp_path: Path) -> None:
    desk = ArchiveBuilder(tmp_path / "archive.db")
    app = make_app(desk.path, public=False)
    assert get(app, "/archive/search.json", q="नहर", _shape="array").json() == []
    desk.read(CANAL)
    assert len(get(app, "/archive/search.json", q="नहर", _shape="array").json()) == 1
    desk.archive.close()


# --- khabar serve ---


def serve(path: Path, *args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "commands.__main__", "--archive", str(path), "serve", *args]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_khabar_serve_listens_and_stops(path: Path) -> None:
    with serve(path, "--port", "0", "--no-token") as process:
        try:
            assert process.stdout
            told = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert told, process.communicate()
            assert str(CANAL.title) in httpx.get(f"{told[0]}/").text
            busy = serve(path, "--no-token", "--port", told[0].rsplit(":", 1)[1])
            assert (
                "cannot listen" in str(busy.communicate(timeout=PATIENCE)[1])
                and busy.returncode == 1
            )
        finally:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in str(err)


def test_serve_without_an_archive_names_the_next_step(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--archive", str(tmp_path / "none.db")])
    assert isinstance(done.exception, ArchiveError) and "khabar crawl" in str(done.exception)


def test_the_prepared_queries_weigh_as_the_engine_does() -> None:
    """Their SQL is written out for analysts, so what it repeats may drift."""
    sql = yaml.safe_load((ROOT / "khabar/web/metadata.yaml").read_text("utf-8"))
    queries = sql["databases"]["archive"]["queries"]
    assert f"bm25(articles_fts, {hits._COLUMN_WEIGHTS})" in queries["search_ranked"]["sql"]
    assert f"limit {hits.MAX_RANKED}\n" in queries["search_ranked"]["sql"]
    for name in ("search", "search_ranked"):
        assert f"highlight(articles_fts, {hits.COLUMNS.index('title')}," in queries[name]["sql"]


@pytest.mark.parametrize("name", ["search", "search_ranked"])
def test_a_prepared_search_is_narrowed_by_days(app: Datasette, name: str) -> None:
    def found(since: str, until: str) -> int:
        return len(
            get(
                app, f"/archive/{name}.json", q="आजम", since=since, until=until, _shape="array"
            ).json()
        )

    whole = found("", "")
    assert whole > 0
    assert found("2000-01-01", "2099-12-31") == whole
    assert found("2000-01-01", "2000-12-31") == 0
    assert found("no day", "") == 0
