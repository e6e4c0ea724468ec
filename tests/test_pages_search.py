"""The search page: counts, facets as links, what an operator became; the same filters in JSON, CSV and Atom."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from datasette.app import Datasette

from khabar.archive.search import facets
from khabar.web import facet_links, make_app
from tests.archive_fixtures import HOME, ArchiveBuilder, article, source
from tests.web_archives import crowd
from tests.web_fixtures import get, post

FILTERS: tuple[dict[str, str], ...] = (
    {"source": "kagaz"}, {"source": "काग़ज़"}, {"month": "2026-11"}, {"section": "राज्य"}, {"place": "लखनऊ"},
    {"page_type": "gallery"}, {"embeds": "yes"}, {"agency": "PTI"}, {"section": "राज्य", "month": "2026-11"},
)  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("found") / "archive.db")
    desk.add(source("dusra", name="दूसरा अख़बार"))
    described: tuple[dict[str, Any], ...] = (
        {"section": "राज्य", "place": "लखनऊ", "desk": "भाषा", "published_at": "2026-11-03",
         "embeds": (post(id="7", text="मेला की पोस्ट"),)},
        {"section": "राज्य & <देश>", "published_at": "2026-10-31", "page_type": "gallery"},
        {"section": "राज्य", "published_at": "2026-10-01", "title": "सड़क", "embeds": (post(id="8", text="कस्तूरी"),)},
    )  # fmt: skip
    for number, told in enumerate(described):
        text = f"मेला {number} लगा, सब लोग दूर से आए।"
        desk.read(article(f"{HOME}/news/{number}", text, **{"title": f"मेला {number}", **told}))
    url = "http://www.dusra.newsroom.test/news/9"
    desk.read(article(url, "मेले का मौसम।", title="पत्र", published_at="2026-11-02"), key="dusra")
    yield desk
    desk.archive.close()


@pytest.fixture(scope="module")
def app(desk: ArchiveBuilder) -> Datasette:
    return make_app(desk.path, public=False)


def links(page: str) -> dict[str, str]:
    """The facets of a page in its sidebar: label → the query string of its link."""
    side = page.split('<aside class="facets wide"')[1].split("</aside>")[0]
    pairs = re.findall(r'<a href="\?([^"]+)"><span>([^<]+)</span> <b>([\d,]+)</b>', side)
    return {
        f"{html.unescape(label)} {count}": html.unescape(query) for query, label, count in pairs
    }


def test_a_search_says_how_many_and_how_to_narrow_it(app: Datasette) -> None:
    page = get(app, "/search", q="मेला", since="2026-10-01").text
    assert '<span class="total">4 लेख' in page
    found = links(page)
    assert found.keys() >= {"काग़ज़ 3", "दूसरा अख़बार 1", "नवंबर 2026 2", "राज्य 2", "राज्य & <देश> 1", "लखनऊ 1", "PTI 1",
                            "लेख 3", "तस्वीरें 1", "पोस्ट या वीडियो के साथ 2", "बिना 2"}  # fmt: skip
    for label, query in found.items():
        narrowed = get(app, f"/search?{query}").text
        assert f'<span class="total">{label.rsplit(" ", 1)[1]} लेख' in narrowed, label
        assert parse_qs(query)["since"] == ["2026-10-01"]


def test_a_filter_that_is_set_shows_how_to_remove_it(app: Datasette) -> None:
    page = get(app, "/search", q="मेला", section="राज्य", month="2026-11").text
    chips = page.split('<ul class="active"')[1].split("</ul>")[0]
    removed = [html.unescape(query) for query in re.findall(r'href="\?([^"]+)"', chips)]
    assert [parse_qs(query) for query in removed] == [
        {"q": ["मेला"], "section": ["राज्य"]},
        {"q": ["मेला"], "month": ["2026-11"]},
    ]
    assert "<b>नवंबर 2026</b>" in chips and '<input type="hidden" name="month"' in page
    assert 'class="facets' not in page  # one hit is left: nothing would narrow it


@pytest.mark.parametrize("asked", FILTERS)
@pytest.mark.parametrize("rank", ["", "1"])
def test_filters_mean_the_same_in_every_format(
    app: Datasette, asked: dict[str, str], rank: str
) -> None:
    params = {"q": "मेला", "rank": rank, **asked}
    answer = get(app, "/search.json", **params).json()
    assert answer["total"] == len(answer["hits"]) > 0
    ids = [str(hit["id"]) for hit in answer["hits"]]
    assert re.findall(r'<a href="/a/(\d+)"', get(app, "/search", **params).text) == ids
    atom = get(app, "/search.atom", **params).text
    assert re.findall(r"<id>http://localhost/a/(\d+)", atom) == ids
    table = get(app, "/search.csv", **params).text.splitlines()
    assert [line.split(",")[0] for line in table[1:]] == ids


def test_json_has_counts_facets_and_hits(app: Datasette) -> None:
    answer = get(app, "/search.json", q="foo:मेला").json()
    assert (answer["total"], answer["hits"]) == (0, [])
    assert answer["notes"] == ["foo: is no field, searched as a word"]
    answer = get(app, "/search.json", q="मेला").json()
    assert answer.keys() == {"total", "total_is_exact", "facets", "hits", "suggestion", "notes", "page", "next"}  # fmt: skip
    assert (answer["total"], answer["total_is_exact"], answer["next"]) == (4, True, None)
    assert {"value": "PTI", "count": 1} in answer["facets"]["agency"]
    assert "[मेला]" in answer["hits"][-1]["snippet"] and "marked_title" not in answer["hits"][0]


def test_json_of_a_public_server_has_no_snippet_around_the_match(desk: ArchiveBuilder) -> None:
    public = make_app(desk.path, public=True)
    answer = get(public, "/search.json", q="कस्तूरी").json()
    assert [hit["snippet"] for hit in answer["hits"]] == ["मेला 2 लगा, सब लोग दूर से आए।"]
    assert answer["total"] == 1 and "कस्तूरी" not in str(answer["facets"])


@pytest.mark.parametrize("where", ["/search", "/search.json", "/search.csv", "/search.atom"])
@pytest.mark.parametrize("asked", [{"month": "2026-13"}, {"month": "कल"}, {"embeds": "maybe"}])
def test_a_filter_that_makes_no_sense_is_said(
    app: Datasette, where: str, asked: dict[str, str]
) -> None:
    assert get(app, where, q="मेला", **asked).status_code == 400


def test_a_source_that_is_none_is_said(app: Datasette) -> None:
    page = get(app, "/search", q="मेला", source="<nahi>").text
    assert "there is no source &lt;nahi&gt;" in page and "कुछ नहीं मिला" in page


def test_what_an_operator_became_is_said(app: Datasette) -> None:
    assert "AND is left out" in get(app, "/search", q="मेला AND लगा").text
    assert "past the last one" in get(app, "/search", q="मेला", page="9").text


def test_a_post_is_named_only_where_nothing_else_matches(app: Datasette) -> None:
    label = "in a post"
    assert label in get(app, "/search", q="कस्तूरी").text
    assert label not in get(app, "/search", q="मेला", embeds="yes").text
    assert label not in get(app, "/search", q="सड़क कस्तूरी").text


def test_more_than_are_counted_is_said(
    desk: ArchiveBuilder, app: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "MAX_COUNTED", 3)
    page = get(app, "/search", q="मेला").text
    assert "more than 3 hits" in page and "Counts are of the newest 3" in page
    assert get(app, "/search.json", q="मेला").json()["total_is_exact"] is False


def test_long_facets_fold_and_json_has_a_next_page(
    desk: ArchiveBuilder, app: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    for month in range(1, 10):
        crowd(desk, 6, day=f"2025-0{month}-10", key="dusra", text="झूला लगा")
    page = get(app, "/search", q="झूला").text
    side = page.split('<aside class="facets wide"')[1].split("</aside>")[0]
    assert side.count("<summary>और") == 1 and len(links(page)) == 9
    monkeypatch.setattr(facet_links, "MAX_LINKS", 3)
    assert len(links(get(app, "/search", q="झूला").text)) == 3
    answer = get(app, "/search.json", q="झूला").json()
    assert len(answer["facets"]["month"]) == 9
    following = get(app, answer["next"].removeprefix("http://localhost")).json()
    assert (len(answer["hits"]), len(following["hits"]), following["next"]) == (50, 4, None)
    assert {hit["id"] for hit in answer["hits"]}.isdisjoint(hit["id"] for hit in following["hits"])
