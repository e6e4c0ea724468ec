"""One story once: copies in other sources are found, verified and linked; nothing is dropped, order makes no difference."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from archive_fixtures import START, ArchiveBuilder, article, source

from khabar.archive import open_archive, stories
from khabar.archive.database import ArchiveError, transaction
from khabar.archive.store import revisions
from khabar.archive.stories import clusters, index
from khabar.model.items import Outcome
from newsroom import agency_copies

SOURCES = ("kagaz", "pratilipi", "savera", "dopahar")


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    for key in SOURCES[1:]:
        opened.add(source(key))
    yield opened
    opened.archive.close()


def told(key: str, slug: str, paragraphs: list[str], **more):
    return article(
        f"http://www.{key}.newsroom.test/news/{slug}", *paragraphs, **{"title": slug, **more}
    )


def put(desk: ArchiveBuilder, key: str, slug: str, paragraphs: list[str], **more) -> int:
    desk.wait(seconds=1)  # so that ids grow
    one = told(key, slug, paragraphs, **more)
    assert desk.read(one, key=key).outcome is Outcome.ARTICLE
    return desk.rows("select id from articles where url = ?", one.url)[0]["id"]


def pairs(desk: ArchiveBuilder):
    return {(row["a"], row["b"]): row for row in desk.rows("select * from story_pairs")}


def story_ids(desk: ArchiveBuilder) -> dict[int, int | None]:
    return {row["id"]: row["story_id"] for row in desk.rows("select id, story_id from articles")}


@pytest.mark.parametrize(
    "edit", [name for name in agency_copies.EDITS if "rewritten" not in name] + ["10 % rewritten"]
)
def test_a_copy_in_another_source_is_the_same_story(desk, edit):
    first = put(desk, "kagaz", "one", agency_copies.make_story(7))
    put(desk, "kagaz", "other", agency_copies.make_story(8))
    desk.wait(minutes=5)
    second = put(desk, "pratilipi", "two", agency_copies.make_copy(7, edit))
    (pair,) = pairs(desk).values()
    assert (pair["a"], pair["b"], pair["own"]) == (first, second, 1)
    assert pair["jaccard"] >= 0.5 or pair["containment"] >= 0.8
    assert [
        row["story_id"] for row in desk.rows("select story_id from articles order by id")
    ].count(first) == 2
    assert desk.rows("select id, articles, sources from stories") == [
        {"id": first, "articles": 2, "sources": 2}
    ]


def test_articles_that_tell_different_stories_are_alone(desk):
    for n in range(6):
        put(desk, SOURCES[n % 4], f"n{n}", agency_copies.make_story(n))
    assert pairs(desk) == {} and set(story_ids(desk).values()) == {None}


def test_a_story_is_whatever_hangs_together(desk):
    """A is like B, B like C, A not like C: one story all the same, and C alone without B."""
    whole = agency_copies.make_story(3, 12)
    a = put(desk, "kagaz", "a", whole[:6])
    c = put(desk, "savera", "c", whole[4:])
    assert story_ids(desk) == {a: None, c: None}
    b = put(desk, "pratilipi", "b", whole)
    assert set(story_ids(desk).values()) == {a} and (a, c) not in pairs(desk)
    with transaction(desk.db):
        stories.unindex_article(desk.db, b)
    assert story_ids(desk) == {a: None, b: None, c: None} and pairs(desk) == {}


def test_an_edit_may_leave_a_story_and_come_back(desk):
    a = put(desk, "kagaz", "a", agency_copies.make_story(1))
    b = put(desk, "pratilipi", "b", agency_copies.make_story(1))
    desk.wait(hours=2)
    put(desk, "pratilipi", "b", agency_copies.make_story(2))
    assert story_ids(desk) == {a: None, b: None}
    desk.wait(hours=2)
    put(desk, "pratilipi", "b", agency_copies.make_copy(1, "cut in half"))
    assert story_ids(desk) == {a: a, b: a}
    desk.wait(hours=2)
    put(
        desk,
        "pratilipi",
        "b",
        agency_copies.make_copy(1, "cut in half"),
        rights={"noarchive": True},
    )
    assert story_ids(desk) == {a: None, b: None}
    assert desk.rows("select count(*) as n from signatures") == [{"n": 1}]


def test_one_key_finds_and_one_removes(desk):
    for n in range(3):
        put(desk, SOURCES[n], f"n{n}", agency_copies.make_story(5))
    for (article_id,) in desk.db.execute("select id from articles").fetchall():
        stories.unindex_article(desk.db, article_id)
    for table in ("shingle_bands", "signatures", "paragraphs", "story_pairs"):
        assert desk.rows(f"select count(*) as n from {table}") == [{"n": 0}]


# --- furniture ---

FOOTER = [agency_copies.make_paragraph(random.Random(f"footer {n}"), 5) for n in range(3)]


def footers(desk: ArchiveBuilder, days: int, articles: int) -> None:
    """Stories of one source that have nothing in common but what it prints under each."""
    for day in range(days):
        for n in range(articles):
            when = (START + timedelta(days=day, minutes=n)).isoformat()
            put(
                desk,
                "kagaz",
                f"d{day}n{n}",
                [*agency_copies.make_story(f"{day} {n}", 2), *FOOTER],
                published_at=when,
            )
        desk.wait(days=1)


def test_what_a_source_prints_on_three_days_makes_no_story(desk):
    footers(desk, 2, 1)
    assert set(story_ids(desk).values()) == {min(story_ids(desk))}, "nobody can know yet"
    footers(desk, 3, 1)
    assert len(pairs(desk)) == 3 and not any(pair["own"] for pair in pairs(desk).values())
    assert set(story_ids(desk).values()) == {None}


def test_nor_does_what_it_prints_under_many_articles_of_one_day(desk):
    footers(desk, 1, index.BOILERPLATE_ARTICLES - 1)
    assert None not in story_ids(desk).values()
    footers(desk, 1, index.BOILERPLATE_ARTICLES)
    assert set(story_ids(desk).values()) == {None}


def test_a_copy_among_furniture_is_found_all_the_same(desk):
    footers(desk, 3, 2)
    a = put(desk, "kagaz", "wire", [*agency_copies.make_story(99), *FOOTER])
    b = put(desk, "pratilipi", "wire", agency_copies.make_story(99))
    assert {one for one, told in story_ids(desk).items() if told} == {a, b}


def test_the_editions_of_one_day_are_no_furniture(desk):
    for n, edit in enumerate(["dateline", "headline", "cut in half", "130 words added"]):
        put(
            desk,
            "kagaz",
            f"edition{n}",
            agency_copies.make_copy(4, edit),
            published_at=START.isoformat(),
        )
    put(desk, "savera", "wire", agency_copies.make_story(4), published_at=START.isoformat())
    assert len(set(story_ids(desk).values())) == 1 and None not in story_ids(desk).values()


def test_menus_and_headlines_of_others_make_no_story(desk):
    menu = [
        agency_copies.make_sentence(random.Random(n)).removesuffix(" है।")[:40] for n in range(60)
    ]
    put(desk, "kagaz", "a", [*menu, *agency_copies.make_story(1, 1)])
    put(desk, "kagaz", "b", [*menu, *agency_copies.make_story(2, 1)])
    assert len(pairs(desk)) == 1 and set(story_ids(desk).values()) == {None}


# --- order ---


def corpus() -> list[tuple[str, str, list[str], str]]:
    """Wires in all sources, boilerplate over days, a chain, singles: (source, slug, paragraphs, published_at)."""
    found = []
    for n in range(6):
        when = START - timedelta(days=n)
        for at, edit in enumerate(
            ("same words", "cut in half", "130 words added", "30 % rewritten")
        ):
            found.append(
                (
                    SOURCES[at],
                    f"w{n}{at}",
                    agency_copies.make_copy(n, edit),
                    (when + timedelta(hours=at)).isoformat(),
                )
            )
        found.append(
            (
                "kagaz",
                f"f{n}",
                [*agency_copies.make_story(f"own {n}", 1), *FOOTER],
                when.isoformat(),
            )
        )
        found.append(("savera", f"s{n}", agency_copies.make_story(f"alone {n}"), when.isoformat()))
    chain = agency_copies.make_story("chain", 12)
    return [*found, *((key, "chain", part, START.isoformat()) for key, part in
                      (("kagaz", chain[:6]), ("pratilipi", chain), ("savera", chain[4:])))]  # fmt: skip


def outcome(path, order) -> tuple[object, object]:
    desk = ArchiveBuilder(path)
    for key in SOURCES[1:]:
        desk.add(source(key))
    for key, slug, paragraphs, when in order:
        put(desk, key, slug, paragraphs, published_at=when)
    named = (
        "select a.url, s.url from articles a left join articles s on s.id = a.story_id order by 1"
    )
    linked = "select a.url, b.url, jaccard, own from story_pairs join articles a on a.id = a join articles b on b.id = b order by 1, 2"
    found = desk.db.execute(named).fetchall(), desk.db.execute(linked).fetchall()
    with transaction(desk.db):
        desk.db.execute("update articles set story_id = 1")
    stories.rebuild_stories(desk.db)
    assert (desk.db.execute(named).fetchall(), desk.db.execute(linked).fetchall()) == found, (
        "a rebuild finds the same"
    )
    desk.archive.close()
    return found


def test_the_order_of_arrival_changes_no_story(tmp_path):
    told = corpus()
    expected = outcome(tmp_path / "0.db", told)
    assert len({story for _, story in expected[0] if story}) == 7 and 0 in {
        pair[3] for pair in expected[1]
    }
    for seed in range(1, 5):
        assert (
            outcome(tmp_path / f"{seed}.db", random.Random(seed).sample(told, len(told)))
            == expected
        ), seed


# --- one look-up ---


def test_no_statement_walks_through_a_table(desk):
    """What entering, leaving and settling ask for, explained: searches by key, and lists of a row or two."""
    for n in range(4):
        put(desk, SOURCES[n], f"n{n}", agency_copies.make_story(1))
    footers(desk, 3, 1)
    seen: set[str] = set()
    desk.db.conn.set_trace_callback(seen.add)
    article_id = desk.db.execute("select max(id) from articles").fetchone()[0]
    clusters.unindex_article(desk.db, article_id)
    clusters.index_article(desk.db, article_id)
    desk.db.conn.set_trace_callback(None)
    statements = [sql for sql in seen if not sql.startswith(("--", "select max(id)"))]
    assert len(statements) > 10
    plans = {
        row[3]: sql for sql in statements for row in desk.db.execute(f"explain query plan {sql}")
    }
    walks = {
        step: sql for step, sql in plans.items() if step.startswith("SCAN") and step not in HARMLESS
    }
    assert walks == {}
    assert any("shingle_bands USING PRIMARY KEY (key=?)" in step for step in plans)


HARMLESS = {
    "SCAN CONSTANT ROW",
    "SCAN story",
    "SCAN (subquery-1)",
    "SCAN json_each VIRTUAL TABLE INDEX 1:",
    "SCAN k VIRTUAL TABLE INDEX 1:",
    "SCAN shared",
}  # a value, a list told, 200 keys


def test_a_crowded_key_is_boilerplate_and_takes_no_more(desk, monkeypatch):
    monkeypatch.setattr(index, "MAX_ARTICLES_PER_KEY", 3)
    told = [
        [agency_copies.make_sentence(random.Random(n)), *agency_copies.make_story(1)]
        for n in range(8)
    ]
    ids = [put(desk, SOURCES[n % 4], f"n{n}", paragraphs) for n, paragraphs in enumerate(told)]
    assert (
        max(row["n"] for row in desk.rows("select count(*) as n from shingle_bands group by key"))
        == 3
    )
    assert set(story_ids(desk).values()) == {min(ids)}, "they are linked through the first"


# --- versions ---


def test_another_version_of_the_print_is_made_anew_and_never_mixed(desk, monkeypatch):
    a, b = (
        put(desk, "kagaz", "a", agency_copies.make_story(1)),
        put(desk, "pratilipi", "b", agency_copies.make_story(1)),
    )
    desk.archive.close()
    monkeypatch.setattr(index, "VERSION", "9.9")
    monkeypatch.setattr("khabar.hindi.minhash._BASE", 12345)
    desk.archive = open_archive(desk.path, write=True)
    desk.db = desk.archive.db
    assert desk.rows("select value from meta where name = 'story_version'") == [{"value": "9.9"}]
    assert story_ids(desk) == {a: a, b: a}
    assert desk.rows("select count(*) as n from shingle_bands") == [{"n": 48}], (
        "none of the old keys is left"
    )


def test_who_writes_beside_another_version_is_told_and_mixes_nothing(desk, monkeypatch):
    put(desk, "kagaz", "a", agency_copies.make_story(1))
    monkeypatch.setattr(index, "VERSION", "9.9")
    with pytest.raises(ArchiveError, match="khabar stories rebuild"):
        put(desk, "pratilipi", "b", agency_copies.make_story(1))
    assert len(story_ids(desk)) == 1


def test_a_rebuild_that_is_stopped_goes_on_with_the_next_writer(desk, monkeypatch):
    ids = [
        put(desk, SOURCES[n % 4], f"n{n}", agency_copies.make_copy(n % 3, "headline"))
        for n in range(12)
    ]
    before = story_ids(desk)
    monkeypatch.setattr(clusters, "BATCH_SIZE", 5)

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stories.rebuild_stories(desk.db, stop)
    assert desk.rows("select count(*) as n from signatures") == [{"n": 5}]
    desk.archive.close()
    desk.archive = open_archive(desk.path, write=True)
    desk.db = desk.archive.db
    assert story_ids(desk) == before and len(ids) == 12
    assert desk.rows("select * from meta where name = 'story_rebuild'") == []


def test_what_is_read_again_without_other_words_touches_no_story(desk, monkeypatch):
    put(desk, "kagaz", "a", agency_copies.make_story(1))
    monkeypatch.setattr(
        revisions.stories, "index_article", lambda *told: pytest.fail("nothing to look for")
    )
    desk.wait(hours=2)
    put(desk, "kagaz", "a", agency_copies.make_story(1), title="दूसरा शीर्षक")
