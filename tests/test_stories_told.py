"""What is said of a story: the earliest seen here with the precision of its dates, an origin only where one is credited."""

from __future__ import annotations

import pytest
from archive_fixtures import ArchiveBuilder, article, source

from commands.stories import _describe_origin
from khabar.archive import stories
from khabar.hindi.agencies import find_credited_agencies
from newsroom import agency_copies

PLAIN = [agency_copies.make_story(1)[0].partition(") ")[2], *agency_copies.make_story(1)[1:]]


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    opened.add(source("pratilipi"))
    opened.add(source("savera"))
    yield opened
    opened.archive.close()


def put(
    desk: ArchiveBuilder, key: str, paragraphs: list[str] = PLAIN, slug: str = "1", /, **told
) -> int:
    desk.wait(seconds=1)
    one = article(f"http://www.{key}.newsroom.test/news/{slug}", *paragraphs, **told)
    desk.read(one, key=key)
    return desk.rows("select id from articles where url = ?", one.url)[0]["id"]


def at(moment: str) -> dict[str, str]:
    return {"published_at": moment, "published_precision": "day" if len(moment) == 10 else "minute"}


def test_an_original_that_is_fetched_late_is_the_earliest_and_gives_the_story_its_id(desk):
    copy = put(desk, "kagaz", **at("2026-11-23T14:00:00+05:30"))
    desk.wait(days=1)
    original = put(desk, "pratilipi", **at("2026-11-23T11:30:00+05:30"))
    story = stories.find_story(desk.db, copy)
    assert (story.id, story.earliest, story.dated_by) == (original, (original,), "published")
    assert [one.id for one in story.copies] == [original, copy]


@pytest.mark.parametrize(
    ("left", "right", "earliest"),
    [
        (
            "2026-11-23",
            "2026-11-23T14:00:00+05:30",
            {"left", "right"},
        ),  # the day alone does not tell
        ("2026-11-22", "2026-11-23T00:10:00+05:30", {"left"}),
        ("2026-11-23T18:40:00Z", "2026-11-23", {"right"}),  # past midnight in India
        ("2026-11-23T14:00:00+05:30", "2026-11-23T08:30:00Z", {"left", "right"}),
        ("2026-11-23T14:01:00+05:30", "2026-11-23T08:30:00Z", {"right"}),
        (None, "2026-11-23T08:30:00Z", {"right"}),
    ],
)
def test_the_earliest_is_as_sure_as_the_dates(desk, left, right, earliest):
    ids = {
        "left": put(desk, "kagaz", **(at(left) if left else {})),
        "right": put(desk, "pratilipi", **at(right)),
    }
    story = stories.find_story(desk.db, ids["left"])
    assert set(story.earliest) == {ids[name] for name in earliest}
    said = _describe_origin(story)
    assert ("do not show" in said) is (len(earliest) > 1)
    assert "earliest published of those seen here" in said and "is not known" in said


def test_without_any_date_only_who_was_seen_first_is_said(desk):
    first = put(desk, "kagaz")
    desk.wait(days=1)
    put(desk, "pratilipi")
    story = stories.find_story(desk.db, first)
    assert (story.earliest, story.dated_by) == ((first,), "seen")
    assert "seen here first; no dates" in _describe_origin(story)


def test_an_origin_is_named_where_a_copy_credits_it_and_not_otherwise(desk):
    first = put(desk, "kagaz")
    put(desk, "pratilipi")
    assert stories.find_story(desk.db, first).origin == ()
    assert "no agency is credited" in _describe_origin(stories.find_story(desk.db, first))
    put(desk, "savera", desk="एएनआई")
    story = stories.find_story(desk.db, first)
    assert story.origin == ("ANI",) and [one.agencies for one in story.copies].count(("ANI",)) == 1


@pytest.mark.parametrize(
    ("text", "names", "agencies"),
    [
        ("नई दिल्ली, 7 नवंबर (भाषा) बैठक हुई।", (), ("PTI",)),
        ("लखनऊ, 7 नवंबर (वार्ता) बैठक हुई।", (), ("UNI",)),
        ("बैठक हुई।\nसड़क बनी। (एजेंसी)", (), ("agency",)),
        ("बैठक हुई।\n\nभाषा सुरभि नरेश", (), ("PTI",)),
        ("बैठक हुई।", ("पीटीआई",), ("PTI",)),
        ("बैठक हुई।", ("IANS", "निशा रावत"), ("IANS",)),
        ("बैठक हुई।", ("एएनआई, पीटीआई",), ("PTI", "ANI")),
        ("लखनऊ (उत्तर प्रदेश) में बैठक हुई।", ("लखनऊ ब्यूरो",), ()),
        ("भाषा विभाग ने कहा कि वार्ता (बातचीत) होगी।", (), ()),
        ("उन्होंने भाषा की मर्यादा तोड़ी।\nबैठक हुई।", ("वार्ता सिंह",), ()),
        ("", (), ()),
    ],
)
def test_who_is_credited(text, names, agencies):
    assert find_credited_agencies(text, names) == agencies


def test_nothing_is_said_of_an_article_nobody_else_has(desk):
    assert stories.find_story(desk.db, put(desk, "kagaz")) is None
    assert stories.load_story(desk.db, 1) is None


def test_the_largest_stories_come_first(desk):
    for key in ("kagaz", "pratilipi", "savera"):
        put(desk, key)
    put(desk, "kagaz", agency_copies.make_story(2), "2", title="दो")
    put(desk, "savera", agency_copies.make_story(2), "2")
    told = stories.list_largest_stories(desk.db, 5)
    assert [(row["articles"], row["sources"]) for row in told] == [(3, 3), (2, 2)]
    assert told[1]["title"] == "दो"
    assert len(stories.list_largest_stories(desk.db, 1)) == 1
