"""Splits that leak nothing: not in one release, not in the next, and a published one never moves."""

from __future__ import annotations

from collections import defaultdict

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from export_fixtures import exported, lines, prose

from khabar.archive import ArchiveError
from khabar.archive.stories import rebuild_stories
from khabar.export.splits import SPLIT_LIMITS, parse_cutoff, random_split

SPLITS = ("train", "validation", "test")
OTHER = "http://www.pratilipi.newsroom.test"


@pytest.fixture
def desk(tmp_path):
    from archive_fixtures import source

    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.add(source("pratilipi"))
    yield desk
    desk.archive.close()


def read(desk, url, seed, day, words=120):
    desk.read(
        article(url, prose(seed, words), published_at=day),
        key="pratilipi" if url.startswith(OTHER) else "kagaz",
    )


def released(desk, folder, **told):
    """(url → split, manifest) of an export."""
    rebuild_stories(desk.db)
    manifest = exported(desk.archive, folder, "jsonl", **{"splits": "story", **told})
    paths = ((split, folder / f"{split}.jsonl") for split in SPLITS)
    found = {row["url"]: split for split, path in paths if path.exists() for row in lines(path)}
    assert len(found) == manifest["articles"]
    return found, manifest


def stories(desk):
    """Story → addresses."""
    told = defaultdict(set)
    for row in desk.rows("select url, coalesce(story_id, id) as story from articles"):
        told[row["story"]].add(row["url"])
    return told


def leaks(desk, *releases):
    """Stories that stand in two splits of all releases together."""
    return [
        urls
        for urls in stories(desk).values()
        if len({split for one in releases for url, split in one.items() if url in urls}) > 1
    ]


def test_chance_is_the_same_every_time_and_nine_in_ten_train():
    dealt = [random_split(number) for number in range(20_000)]
    assert dealt[:200] == [random_split(number) for number in range(200)]
    for name, (low, high) in {
        "train": (0.88, 0.92),
        "validation": (0.04, 0.06),
        "test": (0.04, 0.06),
    }.items():
        assert low < dealt.count(name) / len(dealt) < high
    assert [name for name, _ in SPLIT_LIMITS] == list(SPLITS)


def test_no_story_stands_in_two_splits(desk, tmp_path):
    for number in range(40):
        read(desk, f"{HOME}/news/{number}", number, "2026-10-01")
        if number % 2:
            read(desk, f"{OTHER}/news/{number}", number, "2026-10-02")
    found, manifest = released(desk, tmp_path / "one")
    assert len(found) == 60 and len(set(found.values())) > 1
    assert leaks(desk, found) == [] and manifest["by_split"]["train"] == list(found.values()).count(
        "train"
    )


def test_two_releases_leak_nothing_and_move_nothing(desk, tmp_path):
    for number in range(40):
        read(desk, f"{HOME}/news/{number}", number, "2026-10-01")
    first, _ = released(desk, tmp_path / "one")
    for number in range(40, 60):
        read(desk, f"{HOME}/news/{number}", number, "2026-11-01")
    for number in range(0, 40, 2):  # late copies of what was released
        read(desk, f"{OTHER}/news/{number}", number, "2026-11-02")
    second, _ = released(desk, tmp_path / "two")
    assert len(second) == 80 and {url: second[url] for url in first} == first
    assert leaks(desk, first, second) == []


def test_stories_that_merge_after_a_release_are_withheld_and_counted(desk, tmp_path):
    """Two stories, released in different splits; then an article comes that is a copy of both."""
    texts = {
        split: next(n for n in range(500) if split_alone(desk, n) == split)
        for split in ("train", "test")
    }
    urls = {split: f"{HOME}/news/{number}" for split, number in texts.items()}
    first, _ = released(desk, tmp_path / "one")
    assert {split: first[url] for split, url in urls.items()} == {"train": "train", "test": "test"}
    both = f"{prose(texts['train'], 120)}\n\n{prose(texts['test'], 120)}"
    desk.read(article(f"{OTHER}/news/both", both, published_at="2026-10-05"), key="pratilipi")
    second, manifest = released(desk, tmp_path / "two")
    assert (
        len(
            stories(desk)[
                desk.rows("select story_id from articles where url = ?", urls["train"])[0][
                    "story_id"
                ]
            ]
        )
        == 3
    )
    assert not {*urls.values(), f"{OTHER}/news/both"} & set(second)
    assert manifest["withheld"] == {
        "its story was released in two splits before it was known to be one": 3
    }
    assert leaks(desk, second) == []


def split_alone(desk, number):
    """Stores article `number` and tells which split it would be given to."""
    read(desk, f"{HOME}/news/{number}", number, "2026-10-01")
    return random_split(
        desk.rows("select id from articles where url = ?", f"{HOME}/news/{number}")[0]["id"]
    )


def test_by_time_nothing_stands_on_both_sides(desk, tmp_path):
    read(desk, f"{HOME}/news/1", 1, "2026-10-01")
    read(desk, f"{HOME}/news/2", 2, "2026-11-02")
    read(desk, f"{HOME}/news/3", 3, "2026-10-30")
    read(desk, f"{OTHER}/news/3", 3, "2026-11-01")
    desk.read(article(f"{HOME}/news/4", prose(4)))  # no day
    found, manifest = released(desk, tmp_path / "one", splits="time:2026-11-01")
    assert found == {f"{HOME}/news/1": "train", f"{HOME}/news/2": "test"}
    assert manifest["withheld"] == {
        "its story stands on both sides of the cut": 2,
        "no day, split by time": 1,
    }


def test_a_later_cut_moves_nothing(desk, tmp_path):
    read(desk, f"{HOME}/news/1", 1, "2026-10-15")
    first, _ = released(desk, tmp_path / "one", splits="time:2026-10-01")
    read(desk, f"{HOME}/news/2", 2, "2026-10-20")
    second, _ = released(desk, tmp_path / "two", splits="time:2026-11-01")
    assert first == {f"{HOME}/news/1": "test"}
    assert second == {f"{HOME}/news/1": "test", f"{HOME}/news/2": "train"}
    other, _ = released(desk, tmp_path / "three", splits="time:2026-11-01", name="other")
    assert set(other.values()) == {"train"}


@pytest.mark.parametrize("format_", ["parquet", "csv"])
def test_splits_of_other_formats(desk, tmp_path, format_):
    for number in range(30):
        read(desk, f"{HOME}/news/{number}", number, "2026-10-01", words=20)
    manifest = exported(desk.archive, tmp_path / "x", format_, splits="story")
    places = {"parquet": "{}/", "csv": "{}.csv"}[format_]
    for split in manifest["by_split"]:
        assert any(name.startswith(places.format(split)) for name in manifest["files"])
    assert sum(manifest["by_split"].values()) == 30


@pytest.mark.parametrize("told", ["weekly", "time:", "time:2026-13-01", "story:1"])
def test_splits_that_are_none(told):
    with pytest.raises(ArchiveError, match="splits"):
        parse_cutoff(told)


def test_a_name_is_plain(desk, tmp_path):
    with pytest.raises(ArchiveError, match="name"):
        exported(
            desk.archive, tmp_path / "x", "jsonl", splits="story", name="a'; drop table articles"
        )
