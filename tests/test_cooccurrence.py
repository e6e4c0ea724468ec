"""What stands in the hits of a search more often than in the rest: the words, accounts, domains and hashtags that were planted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article, source
from conftest import Khabar
from datasette.app import Datasette
from hypothesis import given
from hypothesis import strategies as st
from web_fixtures import get

from khabar.archive.search import SearchQuery, cooccurrence, find_cooccurring
from khabar.archive.search.cooccurrence import compute_log_likelihood
from khabar.archive.upkeep import takedown
from khabar.model.items import Embed
from khabar.web import make_app

HITS, OTHERS, RARE = 30, 90, "विरलशब्द"
POST = "पानी छोड़ा गया #नहर_अभियान #Canal https://www.sinchai.newsroom.test/aadesh?x=1"


def embed(number: int, **told: Any) -> Embed:
    return Embed(**{"provider": "x", "kind": "post", "id": f"77{number}", "url": f"https://x.com/nahar_dal/status/77{number}",
                    "author_handle": "Nahar_Dal", "text": POST, "text_complete": True, "rule": "x.blockquote", **told})  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    """नहर in 30 articles, with फावड़ा in 25 of them and a post in 12; फावड़ा in 5 of 90 others."""
    desk = ArchiveBuilder(tmp_path_factory.mktemp("with") / "archive.db")
    desk.add(source("patra"))
    for number in range(HITS + OTHERS):
        is_hit = number < HITS
        words = ["गाँव के लोग सुबह जुटे", f"क्रम{number} पूरा"]
        words += ["नहर साफ़ हुई"] if is_hit else []
        words += ["फावड़ा चला"] if number < 25 or number >= HITS + OTHERS - 5 else []
        words += [RARE] if number < 4 else []
        embeds = (embed(number),) if number < 12 else (embed(number, author_handle="khel_patra", text="मैच", url=f"https://x.com/khel/status/{number}"),) if is_hit or number % 3 == 0 else ()  # fmt: skip
        aside = embed(
            900 + number, place="page", author_handle="kinare_wala", text="#किनारा", url=None
        )
        desk.read(
            article(
                f"{HOME}/news/{number}",
                *words,
                title=f"समाचार {number}",
                published_at=f"2026-11-{10 + number % 10}",
                embeds=(*embeds, aside),
            )
        )
    for number in range(6):  # withheld, and taken down
        for state in ("withheld", "down"):
            desk.read(article(f"{HOME}/news/{state}{number}", f"नहर {state} गुप्तवाक्य{state}", title=state,
                              published_at="2026-11-12", rights={"noarchive": True} if state == "withheld" else {}))  # fmt: skip
    takedown.add_takedown(desk.archive, f"{HOME}/news/down*", "court", "desk", desk.now)
    yield desk
    desk.archive.close()


@pytest.fixture(scope="module")
def app(desk: ArchiveBuilder) -> Datasette:
    return make_app(desk.path, public=False)


@pytest.fixture(scope="module")
def khabar(desk: ArchiveBuilder) -> Khabar:
    return Khabar(desk.path, "", START)


def values(desk: ArchiveBuilder, kind: str, query: str = "नहर") -> dict[str, tuple[int, int]]:
    found = find_cooccurring(desk.db, SearchQuery(query))
    return {value.value: (value.hits, value.rest) for value in found.kinds[kind].values}


def test_what_was_planted_is_found_with_both_counts(desk: ArchiveBuilder) -> None:
    words = values(desk, "words")
    assert words["फावड़ा"] == (25, 5) and next(iter(words)) in ("साफ़", "हुई")
    assert "गाँव" not in words and "नहर" not in words  # alike in both; the query itself
    assert values(desk, "accounts") == {"x:nahar_dal": (12, 0)}
    assert values(desk, "hashtags") == {"#नहर_अभियान": (12, 0), "#canal": (12, 0)}
    assert values(desk, "domains") == {"sinchai.newsroom.test": (12, 0), "x.com": (30, 30)}


def test_a_word_of_few_articles_is_never_shown(desk: ArchiveBuilder) -> None:
    assert RARE not in values(desk, "words")
    assert {value.hits >= 5 for value in find_cooccurring(desk.db, SearchQuery("नहर")).kinds["words"].values} == {True}  # fmt: skip


def test_withheld_and_taken_down_words_are_in_no_answer(
    desk: ArchiveBuilder, app: Datasette
) -> None:
    for query in ("नहर", "गुप्तवाक्यdown", "गुप्तवाक्यwithheld", "withheld"):
        for path in ("/compare/with", "/compare/with.json", "/compare/with.csv"):
            text = (
                get(app, path, q=query).text.replace(json.dumps(query)[1:-1], "").replace(query, "")
            )
            assert "गुप्तवाक्य" not in text and json.dumps("गुप्तवाक्य")[1:-1] not in text
    assert find_cooccurring(desk.db, SearchQuery("नहर")).total == HITS


def test_the_filters_apply_to_both_sides(desk: ArchiveBuilder) -> None:
    found = find_cooccurring(desk.db, SearchQuery("नहर", since="2026-11-10", until="2026-11-14"))
    assert (str(found.first), str(found.last)) == ("2026-11-10", "2026-11-14")
    assert (found.total, found.kinds["words"].hits_of, found.kinds["words"].rest_of) == (15, 15, 45)
    assert find_cooccurring(desk.db, SearchQuery("नहर", source="patra")).total == 0


def test_a_search_that_almost_all_articles_match_is_compared_with_nothing(
    desk: ArchiveBuilder,
) -> None:
    found = find_cooccurring(desk.db, SearchQuery("गाँव"))
    assert found.total == HITS + OTHERS and found.kinds["words"].values == ()


def test_samples_are_bounded_and_always_the_same(
    desk: ArchiveBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in {"WORD_HITS": 8, "WORD_REST": 30, "EMBED_HITS": 9, "EMBED_REST": 40, "MAX_COUNTED": 20}.items():  # fmt: skip
        monkeypatch.setattr(cooccurrence, name, size)
    first, second = (find_cooccurring(desk.db, SearchQuery("नहर")) for _ in range(2))
    assert first == second
    assert (first.total, first.is_exact) == (20, False)
    sizes = {(kind.hits_of, kind.rest_of) for kind in first.kinds.values()}
    assert sizes == {(8, 30), (9, 40)}


counts = st.integers(0, 400)


@given(counts, counts, st.integers(1, 400), st.integers(1, 800))
def test_the_score_is_nought_for_equal_shares_and_grows_with_the_difference(
    hits: int, rest: int, hits_of: int, rest_of: int
) -> None:
    hits, rest = min(hits, hits_of), min(rest, rest_of)
    score = compute_log_likelihood(hits, rest, hits_of, rest_of)
    assert score >= -1e-6
    assert compute_log_likelihood(hits * 3, hits * 5, hits_of * 3, hits_of * 5) == pytest.approx(0, abs=1e-6)  # fmt: skip
    if hits < hits_of and hits * rest_of >= rest * hits_of:
        assert compute_log_likelihood(hits + 1, rest, hits_of, rest_of) > score


def test_the_score_is_that_of_dunning() -> None:
    # 110 of 2552 against 90 of 2552: by hand from 2·Σ O·ln(O/E)
    assert compute_log_likelihood(110, 90, 2552, 2552) == pytest.approx(2.084, abs=0.01)


def test_the_page_links_each_word_to_its_search(app: Datasette) -> None:
    page = get(app, "/compare/with", q="नहर", since="2026-11-01")
    assert page.status_code == 200 and "फावड़ा" in page.text
    assert "/account/x/nahar_dal" in page.text and "q=%E0%A4%A8%E0%A4%B9%E0%A4%B0+post%3Acanal" in page.text  # fmt: skip
    assert "/compare/with?q=" in get(app, "/search", q="नहर").text
    assert get(app, "/compare/with").status_code == 200


def test_files_and_terminal_have_the_same_values(app: Datasette, khabar: Khabar) -> None:
    answer = get(app, "/compare/with.json", q="नहर").json()
    printed = json.loads(khabar("compare", "नहर", "--with-words", "--json").out)
    assert {name: answer[name] for name in printed} == printed
    assert {"value": "फावड़ा", "hits": 25, "rest": 5, "times": 15.0} .items() <= next(
        value for value in printed["words"]["values"] if value["value"] == "फावड़ा").items()  # fmt: skip
    text = get(app, "/compare/with.csv", q="नहर").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    lines = khabar("compare", "नहर", "--with-words", "--csv").out
    assert rows == list(csv.DictReader(io.StringIO(lines)))
    assert {(row["kind"], row["value"]) for row in rows} >= {("accounts", "x:nahar_dal"), ("hashtags", "#canal")}  # fmt: skip
    assert "फावड़ा" in khabar("compare", "नहर", "--with-words").out
    assert "nothing found" in khabar("compare", "अनुपस्थित", "--with-words").out
    # in every article: there are no others to compare with
    assert "nothing differs enough" in khabar("compare", "गाँव", "--with-words").out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["a", "b", "--with-words"], "one QUERY"),
        (["a", "--with-words", "--count"], "goes with"),
        (["a", "--with-words", "--by-source-week"], "goes with"),
        (["--with-words"], "one QUERY"),
    ],
)
def test_what_does_not_go_together_is_refused(khabar: Khabar, args: list[str], words: str) -> None:
    run = khabar("compare", *args)
    assert run.code == 2 and words in run.err
