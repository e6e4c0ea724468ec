"""Raw pages come back byte for byte, small, and no dictionary holds anybody's prose."""

from __future__ import annotations

import json

import pytest
from archive_fixtures import HOME, WORDS, ArchiveBuilder
from hypothesis import given
from hypothesis import strategies as st

from khabar.archive.store import snapshots
from khabar.model.items import Page

FURNITURE = "".join(
    f'<li class="menu-item menu-item-{n}"><a href="/vibhag/{n}">विभाग {n}</a></li><script>var slot{n}={{id:"ad-{n}",w:300}};</script>'
    for n in range(150)
)


def html(number: int) -> bytes:
    story = "".join(f"<p>{words} क्रमांक {number}।</p>" for words in WORDS)
    data = json.dumps({"@type": "NewsArticle", "articleBody": " ".join(WORDS)})
    return f"<html><head><script>{data}</script></head><body><ul>{FURNITURE}</ul><article>{story}</article></body></html>".encode()


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    yield opened
    opened.archive.close()


def keep(desk: ArchiveBuilder, number: int, body: bytes) -> int:
    (page_id,) = desk.note(f"{HOME}/news/{number}")
    return snapshots.save_snapshot(
        desk.archive, Page(f"{HOME}/news/{number}", body, desk.now, 200, {"etag": '"x"'}), page_id
    )


def test_pages_come_back_as_they_came(desk):
    kept = {keep(desk, n, html(n)): n for n in range(5)}
    for snapshot_id, n in kept.items():
        page = snapshots.load_page(desk.db, snapshot_id)
        assert (page.body, page.url, page.headers, page.fetched_at) == (
            html(n),
            f"{HOME}/news/{n}",
            {"etag": '"x"'},
            desk.now,
        )


@pytest.mark.parametrize("body", [b"x", b"\x00\xff" * 3000, "क".encode() * 9000])
def test_any_bytes_come_back(desk, body):
    assert snapshots.load_page(desk.db, keep(desk, 1, body)).body == body


def test_keeping_marks_the_row_fetched_in_the_same_breath(desk):
    snapshot_id = keep(desk, 1, html(1))
    row = desk.row(f"{HOME}/news/1")
    assert (row["state"], row["snapshot_id"]) == ("fetched", snapshot_id)


def test_the_dictionary_makes_later_pages_small_and_is_made_once(desk):
    for n in range(6):
        keep(desk, n, html(n))
    sizes = [row["n"] for row in desk.rows("select length(body) as n from snapshots order by id")]
    assert max(sizes) < len(html(0)) / 15
    assert desk.rows("select count(*) as n from dictionaries") == [{"n": 1}]


def test_a_page_that_is_nearly_all_prose_makes_no_dictionary(desk):
    """zstd refuses one of a few bytes; the source's next page makes it."""
    prose = f"<p>{'गाँव की नहर साफ़ हो गई है और पानी आ रहा है। ' * 60}".encode()
    assert len(prose) >= snapshots.MIN_DICTIONARY_BYTES
    kept = keep(desk, 0, prose)
    assert snapshots.load_page(desk.db, kept).body == prose
    assert desk.rows("select count(*) as n from dictionaries") == [{"n": 0}]
    keep(desk, 1, html(1))
    assert desk.rows("select count(*) as n from dictionaries") == [{"n": 1}]


def test_a_new_run_uses_the_source_s_old_dictionary(desk):
    keep(desk, 1, html(1))
    desk.archive.dictionaries.clear()
    snapshot_id = keep(desk, 2, html(2))
    assert snapshots.load_page(desk.db, snapshot_id).body == html(2)
    assert desk.rows("select count(*) as n from dictionaries") == [{"n": 1}]


def test_no_prose_in_the_dictionary(desk):
    keep(desk, 1, html(1))
    (row,) = desk.rows("select body from dictionaries")
    kept = row["body"].decode()
    escaped = json.dumps(WORDS[0])[1:-1]
    assert not any(words in kept for words in (*WORDS, escaped[:60]))
    assert "menu-item-42" in kept and "विभाग 42" in kept and "var slot42" in kept


def test_the_same_body_is_kept_once_a_page(desk):
    keep(desk, 1, html(1))
    second = keep(desk, 1, html(1))
    assert desk.rows(
        "select body is null as bare, same_as from snapshots where id = ?", second
    ) == [{"bare": 1, "same_as": 1}]
    assert snapshots.load_page(desk.db, second).body == html(1)


@given(st.binary(max_size=300))
def test_blanking_never_fails(body):
    assert isinstance(snapshots.strip_prose(body), bytes)
