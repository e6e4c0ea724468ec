"""Search in an archive: what is found, where it stands, in which order, within which bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.archive import search
from khabar.archive.database import ArchiveError, transaction
from khabar.archive.search import MARK_END, MARK_START, SearchQuery, hits
from khabar.model.items import Article, Embed, Image
from tests.archive_fixtures import HOME, ArchiveBuilder, article, source

POST = Embed(
    "x", "post", "2116700000000000001", author_name="मीना रावत", author_handle="meena_rawat", rule="x.blockquote",
    text="बाढ़ राहत के लिए नावें भेजी गईं, प्रशासन का धन्यवाद", text_complete=True,
)  # fmt: skip
ASIDE = Embed(
    "x",
    "post",
    "2116700000000000002",
    text="क्रिकेट मैच का टिकट यहाँ",
    place="page",
    rule="x.blockquote",
)
PICTURE = Image("http://x.newsroom.test/1.jpg", "घाट पर जमा मलबा हटाते स्वयंसेवक", "फोटो: काग़ज़")


def told(number: int, *paragraphs: str, **more: Any) -> Article:
    return article(f"{HOME}/news/{number}", *paragraphs, **{"title": f"ख़बर {number}", **more})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("search") / "archive.db")
    desk.add(source("patra"))
    first = told(
        1,
        "नगर में मेला लगा।",
        published_at="2026-11-01T09:00:00+05:30",
        embeds=(POST, ASIDE),
        images=(PICTURE,),
    )
    desk.read(first)
    desk.read(
        told(2, "मेले में भीड़ रही, मेला देखने दूर से लोग आए।", published_at="2026-11-02T23:30:00+05:30")
    )
    desk.read(told(3, "बारिश हुई।", title="मेला स्थगित", published_at="2026-11-03T00:10:00+05:30"))
    desk.read(
        article(
            "http://www.patra.newsroom.test/news/4",
            "मेलों का मौसम।",
            title="पत्र",
            published_at="2026-11-04",
        ),
        key="patra",
    )
    desk.read(told(5, "गुप्त योजना का मेला।", rights={"noarchive": True}))
    for number in range(6, 12):
        desk.read(told(number, "और कुछ।"))
    yield desk
    desk.archive.close()


def found(desk: ArchiveBuilder, query: str, **bounds: Any) -> list[str]:
    """The titles of the hits, in order."""
    return [hit["title"] for hit in search.search_articles(desk.db, SearchQuery(query, **bounds))]


def test_newest_first_and_best_first(desk: ArchiveBuilder) -> None:
    assert found(desk, "मेला") == ["पत्र", "मेला स्थगित", "ख़बर 2", "ख़बर 1"]
    assert found(desk, "मेला", ranked=True)[0] == "मेला स्थगित"


def test_a_word_of_the_headline_counts_for_ten_of_the_text_and_one_of_the_subtitle_for_four(
    tmp_path,
) -> None:
    """Of two that answer in part of their headlines, and of two that answer in none. By weights of one the other way."""
    desk, filler = ArchiveBuilder(tmp_path / "archive.db"), "और कुछ नया हुआ"
    desk.read(told(1, f"मेला मेला मेला {filler}", title="नहर की बात आगे बढ़ी"))
    desk.read(told(2, f"मेला {filler} अब तक", title="नहर नहर नहर नहर"))
    assert found(desk, "नहर मेला", ranked=True) == ["नहर की बात आगे बढ़ी", "नहर नहर नहर नहर"]
    desk.read(told(3, f"{filler} सड़क सड़क", title="तीसरी"))
    desk.read(told(4, f"{filler} कल शाम", title="चौथी", subtitle="सड़क"))
    assert found(desk, "सड़क", ranked=True) == ["चौथी", "तीसरी"]
    desk.archive.close()


def test_days_in_india_and_sources_narrow_it(desk: ArchiveBuilder) -> None:
    assert found(desk, "मेला", since="2026-11-02", until="2026-11-03") == ["मेला स्थगित", "ख़बर 2"]
    assert found(desk, "मेला", since="2026-11-02", until="2026-11-02", ranked=True) == ["ख़बर 2"]
    assert found(desk, "मेला", source="patra") == ["पत्र"]
    assert found(desk, "मेला", limit=2) == ["पत्र", "मेला स्थगित"]
    assert found(desk, "मेला", since="2026-11-05") == []


@pytest.mark.parametrize(
    "day", ["", "gestern", "2026-13-01", "0001-01-01", "9999-12-31", "2026-W45-1", "\0"]
)
def test_a_day_that_is_none_is_no_error(desk: ArchiveBuilder, day: str) -> None:
    for ranked in (False, True):
        search.search_articles(desk.db, SearchQuery("मेला", since=day, until=day, ranked=ranked))
    assert len(found(desk, "मेला", since="0001-01-01", until="9999-12-31")) == 4


def test_a_day_counts_though_the_id_is_of_another(desk: ArchiveBuilder) -> None:
    """An id tells when the article was first known; what it later said of its day is what a search goes by."""
    with transaction(desk.db):
        desk.db.execute("update articles set published_on = '2020-05-05' where title = 'ख़बर 2'")
    for ranked in (False, True):
        assert found(desk, "मेला", since="2020-05-01", until="2020-05-31", ranked=ranked) == [
            "ख़बर 2"
        ]
        assert "ख़बर 2" not in found(
            desk, "मेला", since="2026-11-01", until="2026-11-30", ranked=ranked
        )
    with transaction(desk.db):
        desk.db.execute("update articles set published_on = '2026-11-02' where title = 'ख़बर 2'")


@pytest.mark.parametrize(
    ("query", "places", "snippet"),
    [
        ("नाव", ["posts"], "[नावें]"),
        ("meena_rawat", ["posts"], "[meena]_[rawat]"),
        ("posts:राहत", ["posts"], "[राहत]"),
        ("पोस्ट:राहत", ["posts"], "[राहत]"),
        ("स्वयंसेवकों", ["captions"], "[स्वयंसेवक]"),
        ("caption:मलबा", ["captions"], "[मलबा]"),
        ("नगर राहत", ["text", "posts"], "[नगर]"),
    ],
)
def test_posts_and_captions_are_found_and_named(
    desk: ArchiveBuilder, query: str, places: list[str], snippet: str
) -> None:
    (hit,) = search.search_articles(desk.db, SearchQuery(query))
    assert (hit["title"], hit["found_in"]) == ("ख़बर 1", places)
    assert snippet in hit["snippet"].replace(MARK_START, "[").replace(MARK_END, "]")


@pytest.mark.parametrize("query", ["क्रिकेट", "title:राहत", "text:नाव", "गुप्त", "posts:मेला", "फोटो"])
def test_what_is_not_the_article_s_is_not_found(desk: ArchiveBuilder, query: str) -> None:
    assert found(desk, query) == []


def test_an_edit_takes_its_posts_along(tmp_path) -> None:
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.read(told(1, "पहला पाठ।", embeds=(POST,)))
    desk.wait(days=1)
    desk.read(told(1, "दूसरा पाठ।", images=(PICTURE,)))
    assert (found(desk, "राहत"), found(desk, "मलबा")) == ([], ["ख़बर 1"])
    desk.db.execute("insert into articles_fts (articles_fts) values ('integrity-check')")
    desk.archive.close()


def test_snippets_mark_the_original_words(desk: ArchiveBuilder) -> None:
    (hit,) = search.search_articles(desk.db, SearchQuery("शनिवार OR बारिश"))
    assert hit["snippet"] == f"{MARK_START}बारिश{MARK_END} हुई।"
    (hit,) = search.search_articles(desk.db, SearchQuery("स्थगित"))
    assert (hit["snippet"], hit["found_in"]) == ("बारिश हुई।", ["title"])
    assert (hit["title"], hit["marked_title"]) == ("मेला स्थगित", f"मेला {MARK_START}स्थगित{MARK_END}")


def test_aliases_of_the_archive(tmp_path) -> None:
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.read(told(1, "जल निगम की पाइप टूटी।"))
    desk.read(told(2, "यूपी में ठंड।"))
    assert (found(desk, "जेएन"), found(desk, "उत्तर प्रदेश")) == ([], ["ख़बर 2"])
    assert search.add_alias(desk.db, " जल निगम ,जेएन,, ") == "जल निगम, जेएन"
    search.add_alias(desk.db, "उत्तर प्रदेश")  # a name alone leaves our own group
    assert (found(desk, "जेएन"), found(desk, "उत्तर प्रदेश")) == (["ख़बर 1"], [])
    with pytest.raises(ArchiveError, match="is in 'जल निगम, जेएन' already"):
        search.add_alias(desk.db, "जेएन, जैन")
    assert search.remove_alias(desk.db, "जल  निगम") == "जल निगम, जेएन"
    assert found(desk, "जेएन") == []
    for wrong in ("", " , ", "!"):
        with pytest.raises(ArchiveError, match="separated by commas"):
            search.add_alias(desk.db, wrong)
    with pytest.raises(ArchiveError, match="no alias"):
        search.remove_alias(desk.db, "जेएन")
    desk.archive.close()


PIECES = st.sampled_from(
    ["मेला", "mela", "me*", "ने*", "न्*", "title:", "posts:", '"', "“", "-", "(", ")", "OR", "AND", "NOT", "NEAR", "*", ":", "^", "{", "}",
     "1,00,000", "7.5", "2026-11", "99999999999999999999", "बी.जे.पी.", "ई-रिक्शा", "दु:ख", "क्\u200d", "\u093e", "\0", "\ud83d", "🤣", ";", "--", "'", "a.b.c"]
)  # fmt: skip


@given(
    st.lists(PIECES).map(" ".join)
    | st.lists(PIECES).map("".join)
    | st.text(st.characters(exclude_categories=()), max_size=80),
    st.booleans(),
)
def test_odd_input_is_never_an_error(desk: ArchiveBuilder, query: str, ranked: bool) -> None:
    hits = search.search_articles(
        desk.db, SearchQuery(query, source="kagaz", since="2026-11-01", ranked=ranked)
    )
    assert all(hit["found_in"] for hit in hits)


@pytest.fixture
def fair(tmp_path) -> Iterator[ArchiveBuilder]:
    """Twelve articles on a fair: number 3 has it in its headline, number 1 has it three times; 12 is the newest."""
    desk = ArchiveBuilder(tmp_path / "archive.db")
    for number in range(1, 13):
        title = "मेला आज" if number == 3 else f"ख़बर {number}"
        words = "मेला " * (3 if number == 1 else 1)
        desk.read(
            told(
                number,
                f"नगर में {words} लगा, लोग आए।",
                title=title,
                published_at=f"2026-11-{number:02}",
            )
        )
    yield desk
    desk.archive.close()


def test_best_first_weighs_headline_and_text(fair: ArchiveBuilder) -> None:
    assert found(fair, "मेला", ranked=True)[:3] == ["मेला आज", "ख़बर 1", "ख़बर 12"]


def test_answers_too_many_to_be_weighed_follow_newest_first(
    fair: ArchiveBuilder, monkeypatch
) -> None:
    monkeypatch.setattr(hits, "MAX_RANKED", 10)
    everything = found(fair, "मेला", ranked=True)
    assert everything[:1] + everything[10:] == ["मेला आज", "ख़बर 2", "ख़बर 1"]
    assert sorted(everything) == sorted(found(fair, "मेला"))  # each of them once
    assert found(fair, "मेला", ranked=True, limit=11) == everything[:11]
    assert found(fair, "मेला", ranked=True, limit=4) == everything[:4]


def test_a_long_list_comes_in_the_same_order_as_a_short_one(
    fair: ArchiveBuilder, monkeypatch
) -> None:
    whole = found(fair, "मेला", ranked=True)
    monkeypatch.setattr(hits, "_BATCH_SIZE", 5)
    assert found(fair, "मेला", ranked=True) == whole


def test_what_narrows_a_search_is_read_from_an_index_of_its_own(fair: ArchiveBuilder) -> None:
    """Rows of articles are far apart in a large file: only those that are shown are read."""
    told = SearchQuery("मेला").build_params(fair.db.conn, "मेला") | {"weighed": 1}
    plan = [row[3] for row in fair.db.execute(f"explain query plan {hits._SELECT_RANKED}", told)]
    assert any("COVERING INDEX articles_facts" in step for step in plan)
    assert not any("PRIMARY KEY" in step or "TEMP B-TREE" in step for step in plan)
