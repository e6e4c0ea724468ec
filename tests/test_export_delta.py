"""Only what changed since an earlier export, with tombstones for what is gone."""

from __future__ import annotations

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from export_fixtures import exported, lines, prose

from khabar.archive import ArchiveError
from khabar.model.items import Outcome


@pytest.fixture
def desk(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    for number in range(6):
        desk.read(
            article(f"{HOME}/news/{number}", prose(number), published_at=f"2026-10-0{number + 1}")
        )
    yield desk
    desk.archive.close()


def urls(folder):
    return [row["url"].rpartition("/")[2] for row in lines(folder / "articles.jsonl")]


def test_only_what_changed_goes_out(desk, tmp_path):
    exported(desk.archive, tmp_path / "one", "jsonl")
    desk.wait(days=1)
    desk.read(
        article(f"{HOME}/news/1", prose(1), published_at="2026-10-02")
    )  # seen again, the same
    desk.read(article(f"{HOME}/news/2", prose(2), "एक पंक्ति और।", published_at="2026-10-03"))
    desk.read(article(f"{HOME}/news/3", prose(3), published_at="2026-10-04", section="शहर"))
    desk.end(f"{HOME}/news/4", Outcome.GONE, "410")
    desk.read(article(f"{HOME}/news/5", prose(5), rights={"noarchive": True}))
    desk.read(article(f"{HOME}/news/new", prose(9), published_at="2026-11-24"))
    manifest = exported(
        desk.archive, tmp_path / "two", "jsonl", since_export=tmp_path / "one" / "manifest.json"
    )
    assert urls(tmp_path / "two") == ["2", "3", "4", "new"]
    assert {k: v for k, v in manifest["since"].items() if k != "archive"} == {
        "changed": 3,
        "gone": 1,
        "new": 1,
        "unchanged": 2,
    }
    (gone,) = lines(tmp_path / "two" / "tombstones.jsonl")
    held = next(
        row["id"] for row in lines(tmp_path / "one" / "articles.jsonl") if row["url"].endswith("/5")
    )
    assert gone == {"id": held, "reason": "noarchive"}


def test_a_chain_of_deltas_is_the_whole(desk, tmp_path):
    exported(desk.archive, tmp_path / "0", "jsonl")
    told = {row["id"]: row for row in lines(tmp_path / "0" / "articles.jsonl")}
    for step in (1, 2, 3):
        desk.wait(days=1)
        desk.read(
            article(f"{HOME}/news/{step}", prose(step + 20), published_at=f"2026-10-0{step + 1}")
        )
        desk.read(
            article(f"{HOME}/news/x{step}", prose(step + 40), published_at=f"2026-11-0{step}")
        )
        exported(
            desk.archive,
            tmp_path / f"{step}",
            "jsonl",
            since_export=tmp_path / f"{step - 1}" / "manifest.json",
        )
        told |= {row["id"]: row for row in lines(tmp_path / f"{step}" / "articles.jsonl")}
        for gone in lines(tmp_path / f"{step}" / "tombstones.jsonl"):
            del told[gone["id"]]
    exported(desk.archive, tmp_path / "whole", "jsonl")
    assert [told[key] for key in sorted(told)] == lines(tmp_path / "whole" / "articles.jsonl")


def test_nothing_changed_is_an_empty_delta(desk, tmp_path):
    exported(desk.archive, tmp_path / "one", "parquet")
    manifest = exported(
        desk.archive, tmp_path / "two", "parquet", since_export=tmp_path / "one" / "manifest.json"
    )
    assert manifest["articles"] == 0 and manifest["since"]["unchanged"] == 6
    assert "This is a delta" in (tmp_path / "two" / "README.md").read_text()


def test_another_command_s_manifest_is_refused(desk, tmp_path):
    exported(desk.archive, tmp_path / "one", "jsonl", sources=("kagaz",))
    with pytest.raises(ArchiveError, match="other options"):
        exported(
            desk.archive, tmp_path / "two", "jsonl", since_export=tmp_path / "one" / "manifest.json"
        )


@pytest.mark.parametrize("body", [None, "no json", "{}"])
def test_what_is_no_manifest_is_said(desk, tmp_path, body):
    path = tmp_path / "manifest.json"
    if body is not None:
        path.write_text(body)
    with pytest.raises(ArchiveError, match=r"manifest\.json"):
        exported(desk.archive, tmp_path / "two", "jsonl", since_export=path)
