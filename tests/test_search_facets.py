"""Facets: how many hits a search has, by what they can be narrowed, and that the filters do what the counts promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from khabar.archive import search
from khabar.archive.search import FACETS, SearchQuery, facets, search_query
from khabar.model.items import Embed
from tests.archive_fixtures import HOME, ArchiveBuilder, article, source

POST = Embed("x", "post", "2116700000000000001", text="नावें भेजी गईं", rule="x.blockquote")
ASIDE = replace(POST, id="2116700000000000002", place="page")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("facets") / "archive.db")
    desk.add(source("patra"))
    described: tuple[dict[str, Any], ...] = (
        {"section": "राज्य", "place": "लखनऊ", "desk": "भाषा", "published_at": "2026-11-03", "embeds": (POST,)},
        {"section": "राज्य", "place": "आगरा", "desk": "पीटीआई", "published_at": "2026-11-01", "embeds": (ASIDE,)},
        {"section": "खेल", "desk": "लखनऊ ब्यूरो", "published_at": "2026-10-31", "page_type": "gallery"},
        {"section": "राज्य", "place": "लखनऊ", "published_at": "2026-10-01"},
    )  # fmt: skip
    for number, told in enumerate(described):
        desk.read(
            article(f"{HOME}/news/{number}", f"मेला {number} लगा।", title=f"ख़बर {number}", **told)
        )
    desk.read(
        article("http://www.patra.newsroom.test/news/9", "मेले का मौसम।", title="पत्र", desk="आईएएनएस",
                published_at="2026-11-02"), key="patra")  # fmt: skip
    desk.read(article(f"{HOME}/news/8", "गुप्त मेला।", title="गुप्त", rights={"noarchive": True}))
    yield desk
    desk.archive.close()


def values(desk: ArchiveBuilder, name: str, **bounds: Any) -> list[tuple[str, int]]:
    return search.count_facets(desk.db, SearchQuery("मेला", **bounds)).facets[name]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("source", [("kagaz", 4), ("patra", 1)]),
        ("month", [("2026-11", 3), ("2026-10", 2)]),  # newest first
        ("section", [("राज्य", 3), ("खेल", 1)]),
        ("place", [("लखनऊ", 2), ("आगरा", 1)]),
        ("page_type", [("article", 4), ("gallery", 1)]),
        ("embeds", [("no", 4), ("yes", 1)]),  # a post beside the article is not the article's
        ("agency", [("PTI", 2), ("IANS", 1)]),  # भाषा is PTI's service, a bureau is no agency
    ],
)
def test_hits_are_counted_by_each_facet(
    desk: ArchiveBuilder, name: str, expected: list[tuple[str, int]]
) -> None:
    assert values(desk, name) == expected


def test_a_value_of_a_facet_finds_as_many_as_it_counts(desk: ArchiveBuilder) -> None:
    for ranked in (False, True):
        for name in FACETS:
            for value, count in values(desk, name):
                narrow = {name: value == "yes" if name == "embeds" else value}
                query = SearchQuery("मेला", ranked=ranked, **narrow)  # type: ignore[arg-type]
                assert len(search.search_articles(desk.db, query)) == count, narrow
                counted = search.count_facets(desk.db, query)
                assert (counted.total, counted.facets[name]) == (count, [(value, count)])


def test_facets_keep_the_other_filters(desk: ArchiveBuilder) -> None:
    assert values(desk, "place", section="राज्य", month="2026-11") == [("आगरा", 1), ("लखनऊ", 1)]
    assert values(desk, "month", since="2026-11-01", month="2026-10") == []
    assert values(desk, "month", until="2026-11-02", month="2026-11") == [("2026-11", 2)]
    assert values(desk, "source", agency="AFP") == []


@pytest.mark.parametrize("month", ["", "2026-13", "0000-01", "कल", "2026", "9999-12"])
def test_a_month_that_is_none_is_no_error(desk: ArchiveBuilder, month: str) -> None:
    counted = search.count_facets(desk.db, SearchQuery("मेला", month=month))
    assert counted.total == (0 if month else 5)


def test_only_the_newest_hits_are_counted(
    desk: ArchiveBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = SearchQuery("मेला")
    assert search.count_facets(desk.db, query).to_json()["total_is_exact"] is True
    monkeypatch.setattr(facets, "MAX_COUNTED", 3)
    counted = search.count_facets(desk.db, query)
    assert (counted.total, counted.is_exact) == (3, False)
    assert counted.facets["month"] == [("2026-11", 3)]
    monkeypatch.setattr(facets, "MAX_COUNTED", 5)
    assert search.count_facets(desk.db, query).is_exact


def test_a_facet_has_a_limited_number_of_values(
    desk: ArchiveBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "MAX_VALUES", 1)
    assert values(desk, "section") == [("राज्य", 3)]


@pytest.mark.parametrize("query", ["", "*", "-मेला"])
def test_a_query_without_words_has_no_hits(desk: ArchiveBuilder, query: str) -> None:
    counted = search.count_facets(desk.db, SearchQuery(query))
    assert counted.to_json() == {"total": 0, "total_is_exact": True, "facets": dict.fromkeys(FACETS, [])}  # fmt: skip


def test_facets_are_read_from_indexes_alone(desk: ArchiveBuilder) -> None:
    """Rows of articles are kilobytes each: counting ten thousand must not read them."""
    params = SearchQuery("मेला").build_params(desk.db.conn, "मेला") | {"counted": 1}
    plan = [row[3] for row in desk.db.execute(f"explain query plan {facets._SELECT_FACTS}", params)]
    assert any("COVERING INDEX articles_facts" in step for step in plan)
    assert sum("INDEX article_embeds_shown" in step for step in plan) == 2
    assert not any("PRIMARY KEY" in step or "TEMP B-TREE" in step for step in plan)
    plan = [row[3] for row in desk.db.execute(f"explain query plan {search_query._SELECT_DESKS}")]
    assert sum("SEARCH" in step and "COVERING INDEX articles_desk" in step for step in plan) == 2
