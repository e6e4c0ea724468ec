"""Out and in again: the same articles, embeds and ids; a list without words is fetched again."""

from __future__ import annotations

import json

import pytest
from archive_fixtures import ArchiveBuilder
from conftest import Khabar, settle_in
from export_fixtures import exported, fill, lines

from khabar.archive import open_archive


@pytest.fixture
def held(tmp_path):
    desk = ArchiveBuilder(settle_in(tmp_path / "held"))
    fill(desk)
    desk.archive.close()
    return desk.path


@pytest.fixture
def archive(held):
    with open_archive(held) as one:
        yield one


OURS = (
    "last_seen",
    "revision",
    "removed_at",
    "paywalled",
)  # about our own fetches, not about the article


def test_export_import_export_is_the_same(archive, tmp_path):
    exported(archive, tmp_path / "one", "jsonl")
    exported(archive, tmp_path / "zst", "jsonl", compress=True)
    elsewhere = Khabar(tmp_path / "archive.db", "", ArchiveBuilder.now)
    assert elsewhere("import", str(tmp_path / "zst" / "articles.jsonl.zst")).out == "13 new\n"
    assert elsewhere("import", str(tmp_path / "one" / "articles.jsonl")).out == "13 unchanged\n"
    with open_archive(elsewhere.archive) as other:
        exported(other, tmp_path / "two", "jsonl")
    first, second = (lines(tmp_path / name / "articles.jsonl") for name in ("one", "two"))
    for one, two in zip(first, second, strict=True):
        assert {k: v for k, v in one.items() if k not in OURS} == {
            k: v for k, v in two.items() if k not in OURS
        }


def test_a_list_of_ids_is_fetched_again(held, tmp_path):
    khabar = Khabar(held, "", ArchiveBuilder.now)
    assert khabar("export", str(tmp_path / "ids"), "--ids-only").code == 0
    rows = lines(tmp_path / "ids" / "articles.jsonl")
    assert all("text" not in row and "title" not in row and row["url_key"] for row in rows)
    path = settle_in(tmp_path / "other")
    listed = tmp_path / "list.jsonl"
    known = {
        "id": 1,
        "url": "http://www.savera.newsroom.test/2026/11/gomti-ghat-safai/",
        "source": "savera",
    }
    listed.write_text("\n".join(json.dumps(one) for one in (known, rows[0])))
    run = Khabar(path, "", ArchiveBuilder.now)("import", str(listed))
    assert (run.code, run.out) == (1, "1 left out, 1 to fetch\n")
    assert "kagaz" in run.err and len(run.err.splitlines()) == 1
    with open_archive(path) as archive:
        row = archive.db.execute(
            "select state, next_at from pages where url = ?", [known["url"]]
        ).fetchone()
    assert row[0] == "new" and row[1].startswith("2026-11-24T09:00:")
