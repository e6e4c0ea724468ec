"""What holds of every page that takes a query: its address opens it again, its form asks for it again, its CSV runs in no spreadsheet, and no query breaks it."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from datasette.app import Datasette

from khabar.model import clock
from khabar.web import make_app
from tests.archive_fixtures import START, ArchiveBuilder, source
from tests.web_archives import crowd, outage
from tests.web_fixtures import get

FORMULA = '=HYPERLINK("http://evil.newsroom.test";"x")'
# Pages and the parameters that belong to each, all of them set.
PAGES: dict[str, list[tuple[str, str]]] = {
    "/search": [("q", "मेला"), ("source", "kagaz"), ("since", "2026-10-01"), ("until", "2026-11-10"), ("page_type", "article"), ("embeds", "no")],
    "/compare": [("q", "मेला"), ("q", "पंचायत"), ("q", 'a "b" <c> & d'), ("source", "kagaz"), ("from", "2026-10-02"), ("to", "2026-11-10"),
                 ("by", "week"), ("measure", "count")],
    "/compare/with": [("q", "मेला"), ("source", "kagaz"), ("since", "2026-10-01"), ("until", "2026-11-10"), ("embeds", "no")],
    "/compare/weeks": [("q", "मेला"), ("source", "dusra, kagaz"), ("from", "2026-10-01"), ("to", "2026-11-10"), ("by", "month"), ("measure", "count")],
    "/charts": [("q", "मेला"), ("source", "kagaz"), ("from", "2026-10-01"), ("to", "2026-11-10"), ("steady", "1")],
}  # fmt: skip
ANSWERS = ("/search", "/search.json", "/search.csv", "/compare", "/compare/with", "/compare/with.json", "/compare/with.csv",
           "/compare/weeks", "/compare/weeks.csv", "/compare/weeks.svg", "/chart/compare.svg", "/chart/compare.csv", "/suggest.json")  # fmt: skip
HOSTILE = {
    "long": "a" * 10_000,  # `khabar serve` refuses more than 8 KB before a page sees it
    "long in Hindi": quote("क" * 3_000),
    "long words": "a+" * 5_000,
    "control characters": quote("".join(map(chr, range(32))) + "मेला\x7f\u0085\ufffe\uffff"),
    "NUL": "%00",
    "no UTF-8": "%FF%FE%ED%A0%80",
    "quotes": quote('"मेला \' " \'\' """'),
    "operators": quote('NEAR(a b, 3) AND (OR NOT * ^ - + : {text title} : "'),
    "columns": quote("title:text:posts: -title:मेला"),
    "a star": "*",
    "signs": quote("%_[]{}()^$\\|;--/*"),
    "markup": quote('"><script>alert(1)</script>'),
    "marks alone": quote("ािीु" * 50),
    "many excluded": quote("मेला " + " ".join(f"-शब्द{number}" for number in range(60))),
    "many alternatives": quote(" OR ".join(f"शब्द{number}*" for number in range(60))),
    "nested": quote("(" * 200 + "मेला" + ")" * 200),
    "astral": quote("𝔪𝔢𝔩𝔞 🙂 \U000e0001"),
    "formula": quote(FORMULA),
}
BOUND = 5  # CPU seconds of an answer, many times what the longest takes here
_MAIN = re.compile(r"<main.*?</main>", re.S)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("laws") / "archive.db")
    outage(desk)
    desk.add(source("dusra", name=FORMULA))
    crowd(desk, 12, day="2026-11-05", key="dusra", text="मेला लगा +91 =1+1 @SUM")
    yield desk
    desk.archive.close()


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands, so that two answers can be compared."""
    monkeypatch.setattr(clock, "now", lambda: START)


@pytest.fixture
def app(path: ArchiveBuilder) -> Datasette:
    return make_app(path.path, public=False)


class Form(HTMLParser):
    """The address and the values of the form in the main part of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.values: list[tuple[str, str]] = []
        self._select = ""
        self.feed((_MAIN.search(html) or [""])[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = told["action"]
        elif tag == "select":
            self._select = told["name"]
        elif tag == "option" and "selected" in told and self._select:
            self.values.append((self._select, told["value"]))
        elif tag == "input" and (told.get("type") != "checkbox" or "checked" in told):
            self.values.append((told["name"], told.get("value", "")))


def main_of(html: str) -> str:
    found = _MAIN.search(html)
    assert found
    return found[0]


@pytest.mark.parametrize("where", PAGES)
def test_an_address_opens_its_page_again_and_its_form_asks_for_it(
    path: ArchiveBuilder, where: str
) -> None:
    address = f"{where}?{urlencode(PAGES[where])}"
    first = get(make_app(path.path, public=False), address)
    again = get(make_app(path.path, public=False), address)  # another start of the server
    assert first.status_code == 200 and first.text == again.text
    form = Form(first.text)
    asked = [(name, value) for name, value in form.values if value]
    assert form.action == where and sorted(asked) == sorted(PAGES[where])
    sent = get(make_app(path.path, public=False), f"{form.action}?{urlencode(form.values)}")
    figures = re.compile(r'<(?:table|svg|ol class="headlines").*?</(?:table|svg|ol)>', re.S)
    shown = figures.findall(main_of(first.text))
    assert shown and figures.findall(main_of(sent.text)) == shown


@pytest.mark.parametrize("where", PAGES)
def test_downloads_carry_the_whole_query(app: Datasette, where: str) -> None:
    page = get(app, f"{where}?{urlencode(PAGES[where])}").text
    hrefs = re.findall(r'<a href="([^"?]*\.(?:csv|json|svg|png))\?([^"]*)"', main_of(page))
    assert hrefs
    for _, query in hrefs:
        told = urlsplit(f"?{query}".replace("&amp;", "&")).query
        assert sorted(told.split("&")) == sorted(urlencode(PAGES[where]).split("&"))


@pytest.mark.parametrize("where", [answer for answer in ANSWERS if answer.endswith(".csv")])
def test_no_cell_is_a_formula(app: Datasette, where: str) -> None:
    for query in ("मेला", FORMULA, "@SUM", "+91", "-91", "\t=1"):
        address = f"{where}?{urlencode({'q': query, 'from': '2026-10-01'})}"
        text = get(app, address).content.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        numbers = re.compile(r"[+-]?\d+(\.\d+)?$")
        assert [cell for cell in cells if cell.lstrip()[:1] in set("=+-@＝＋－＠") - {""} and not numbers.match(cell)] == []  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_query_breaks_an_answer(app: Datasette, kind: str) -> None:
    for where in ANSWERS:
        cpu = time.process_time()
        answer = get(app, f"{where}?q={HOSTILE[kind]}&q={HOSTILE[kind]}&from=2026-10-01")
        assert answer.status_code in (200, 400), (where, answer.text[:200])
        assert time.process_time() - cpu < BOUND, where
        is_page = answer.headers["content-type"].startswith(("text/html", "image/svg"))
        assert not (is_page and "<script>alert" in answer.text)
        if where.endswith(".svg") and answer.status_code == 200:
            ElementTree.fromstring(answer.text)  # a browser refuses to draw anything else
        if where.endswith(".json") and answer.status_code == 200:
            assert isinstance(answer.json(), dict)


@pytest.mark.parametrize(
    ("where", "query"),
    [
        ("/compare/with", "q=a&since=2026-13-40"),
        ("/compare/with.json", "q=a&month=nov"),
        ("/compare/with", "q=a&embeds=perhaps"),
        ("/compare/weeks", "from=yesterday"),
        ("/compare/weeks", "from=2026-11-02&to=2026-11-01"),
        ("/compare/weeks.csv", "by=year"),
    ],
)
def test_what_is_no_day_or_choice_is_named(app: Datasette, where: str, query: str) -> None:
    answer = get(app, f"{where}?{query}")
    assert answer.status_code == 400 and "Something broke" not in answer.text


@pytest.mark.parametrize(
    "where", ["/compare/weeks.svg", "/compare/weeks.csv", "/compare/weeks.png"]
)
def test_a_drawing_of_nothing_is_not_there(tmp_path, where: str) -> None:
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.archive.close()
    app = make_app(desk.path, public=False)
    assert get(app, where).status_code == 404
    for page in PAGES:
        assert get(app, page, q="मेला").status_code == 200
    assert get(app, "/suggest.json", q="मेला").json() == {"suggestions": []}


def test_a_picture_of_control_characters_is_drawn(app: Datasette) -> None:
    for where in ("/compare/weeks.png", "/chart/compare.png"):
        answer = get(app, f"{where}?q={HOSTILE['control characters']}")
        assert answer.status_code == 200 and answer.content.startswith(b"\x89PNG")
