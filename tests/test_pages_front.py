"""The front page: what most sources tell, who prints most; all sources on pages of their own; ways to get around."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from datasette.app import Datasette
from sqlite_utils import Database

from khabar.model import clock
from khabar.web import front_page, make_app
from khabar.web.queries import lists
from tests.archive_fixtures import ArchiveBuilder, source
from tests.web_archives import TITLE, crowd, story
from tests.web_fixtures import get, ids

NOW = "2026-11-22T09:00:00+05:30"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    """A story of two sources on 20 and 21 November, and 70 sources more, of which 30 print."""
    desk = story(tmp_path_factory.mktemp("front"))
    for number in range(70):
        desk.add(source(f"s{number:02}", name=f"स्रोत {number}"))
    for number in range(30):
        day = f"2026-09-{number + 1:02}" if number < 10 else f"2026-11-{number - 9:02}"
        crowd(desk, number + 1, day=day, key=f"s{number:02}")
    yield desk
    desk.archive.close()


@pytest.fixture
def app(desk: ArchiveBuilder, monkeypatch: pytest.MonkeyPatch) -> Datasette:
    monkeypatch.setenv("KHABAR_NOW", NOW)
    return make_app(desk.path, public=False)


def listed(page: str) -> list[str]:
    """The names of a page's table of sources."""
    table = page.split('<table class="tally">')[1].split("</table>")[0]
    return re.findall(r'<a href="/source/[^"]+">([^<]+)</a>', table)


def test_the_front_page_names_the_twenty_busiest_sources_of_a_month(app: Datasette) -> None:
    page = get(app, "/").text
    assert listed(page) == [f"स्रोत {number}" for number in range(29, 9, -1)]
    assert 'href="/sources"' in page and "सभी 72 स्रोत" in page and 'class="spark"' not in page


def test_the_front_page_tells_what_most_sources_tell(
    app: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = get(app, "/").text.split("Told by most sources")[1].split("</section>")[0]
    assert f'href="/story/{ids(app)["canal"]}"' in shown and TITLE in shown
    assert "2 स्रोत" in shown
    monkeypatch.setenv("KHABAR_NOW", "2026-11-23T12:00:00+05:30")  # 51 hours after the second
    assert "Told by most sources" not in get(app, "/").text


def test_a_story_that_one_source_tells_is_not_shown(
    desk: ArchiveBuilder, app: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_NOW", "2026-11-23T01:00:00+05:30")  # only the copy is of 48 hours
    assert "Told by most sources" not in get(app, "/").text


def test_what_is_withheld_counts_for_no_story(desk: ArchiveBuilder, app: Datasette) -> None:
    withhold = "update articles set withheld = ? where source = 'dusra'"
    desk.db.execute(withhold, ["noarchive"])
    try:
        assert "Told by most sources" not in get(app, "/").text
    finally:
        desk.db.execute(withhold, [None])


def test_all_sources_are_listed_page_by_page(app: Datasette) -> None:
    first, second = get(app, "/sources").text, get(app, "/sources", page="2").text
    assert (len(listed(first)), len(listed(second))) == (50, 22)
    assert len({*listed(first), *listed(second)}) == 72 and listed(first)[0] == "स्रोत 29"
    assert first.count('class="spark"') == 32 and 'class="spark"' not in second
    assert 'href="?page=2"' in first and "2 / 2" in second
    table = get(app, "/sources.csv").text.splitlines()
    assert len(table) == 73 and table[1].startswith("s29,")
    assert get(app, "/sources", page="x").status_code == 400


def test_each_query_of_the_front_page_reads_one_index(
    desk: ArchiveBuilder, app: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of articles are kilobytes: only those that are shown are read, by their ids."""
    plans: list[str] = []
    desk.db.conn.set_trace_callback(plans.append)
    try:
        front_page._list_busiest(desk.db, clock.now())
        lists.archive_totals(desk.db)
        front_page.stories.list_widest(desk.db, clock.now() - front_page._STORY_AGE, 6)
    finally:
        desk.db.conn.set_trace_callback(None)
    steps = [step for sql in plans if sql.startswith(("select", "with")) for step in explain(desk.db, sql)]  # fmt: skip
    assert len(steps) > 8
    scans = [step for step in steps if re.match(r"SCAN (articles|a|embeds)\b", step)]
    assert [step for step in scans if "COVERING INDEX" not in step] == []
    assert any("COVERING INDEX articles_facts (id>?)" in step for step in steps)


def explain(db: Database, sql: str) -> list[str]:
    return [row[3] for row in db.execute(f"explain query plan {sql}")]


def test_an_empty_archive_has_pages_too(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = ArchiveBuilder(tmp_path / "archive.db")
    empty.archive.close()
    app = make_app(empty.path, public=True)
    assert "अभी ख़ाली है" in get(app, "/").text and listed(get(app, "/sources").text) == ["काग़ज़"]


@pytest.mark.parametrize("where", ["/", "/search", "/sources", "/archive", "/nothing"])
def test_each_page_leads_to_its_content_and_offers_the_search(app: Datasette, where: str) -> None:
    page = get(app, where).text
    assert page.index('class="skip" href="#content"') < page.index('class="wordmark"')
    assert page.count('id="content"') == 1
    assert 'type="application/opensearchdescription+xml"' in page


def test_browsers_learn_how_to_search_here(app: Datasette) -> None:
    answer = get(app, "/opensearch.xml")
    assert answer.headers["content-type"].startswith("application/opensearchdescription+xml")
    pages = ElementTree.fromstring(answer.content).findall(f"{OPENSEARCH}Url")
    template = pages[0].attrib["template"]
    assert template == "http://localhost/search?q={searchTerms}"
    where = template.removeprefix("http://localhost").replace("{searchTerms}", "नहर")
    assert 'class="total">2 लेख' in get(app, where).text
