"""WARC files: pages of known sources go the whole way of a crawled page; what is broken is named, and the rest goes on."""

from __future__ import annotations

import gzip
import io
import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from command_runner import PATIENCE, Khabar
from conftest import settle_in
from newsroom_fixtures import pages as newsroom_pages
from shared_crawls import crawled_once
from sqlite_utils.utils import sqlite3
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from khabar.archive import ArchiveError, open_archive
from khabar.parsing import warc
from newsroom.expected import expected_articles
from newsroom.server import EDITION_ONE

NAMES = ["plain.warc", "zipped.warc.gz"]
TAKEN = (EDITION_ONE + timedelta(days=30)).astimezone(UTC)


class Maker:
    """A WARC file in the making, and where each of its records begins."""

    def __init__(self, *, zipped: bool) -> None:
        self.out, self.offsets = io.BytesIO(), []
        self.writer = WARCWriter(self.out, gzip=zipped)

    def add(self, url, body=b"<p>x</p>", status="200 OK", kind="response", at=TAKEN, **headers):
        self.offsets.append(self.out.tell())
        told = [
            ("Content-Type", "text/html; charset=utf-8"),
            *((k.replace("_", "-"), v) for k, v in headers.items()),
        ]
        record = self.writer.create_warc_record(
            url, kind, payload=io.BytesIO(body), http_headers=StatusAndHeaders(status, told, protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ")},
        )  # fmt: skip
        self.writer.write_record(record)

    def bytes(self) -> bytearray:
        return bytearray(self.out.getvalue())


def read(data: bytes, offset: int = 0, wanted=lambda url: True):
    refuse = lambda url: "" if wanted(url) else "of no known source"  # noqa: E731
    return list(warc.iter_records(io.BytesIO(bytes(data)), offset, refuse))


# --- reading ---


@pytest.mark.parametrize("zipped", [False, True])
def test_records_as_pages(zipped):
    maker = Maker(zipped=zipped)
    maker.writer.write_record(maker.writer.create_warcinfo_record("x", {"software": "crawl"}))
    maker.add("https://www.a.example/1", "घाट".encode())
    maker.add("https://www.a.example/2", gzip.compress("मेला".encode()), Content_Encoding="gzip")
    maker.add("https://www.a.example/3", b"4\r\nabcd\r\n0\r\n\r\n", Transfer_Encoding="chunked")
    maker.add("https://www.b.example/", b"")
    maker.add("https://www.a.example/gone", b"x", "404 Not Found")
    told = read(maker.bytes(), wanted=lambda url: "a.example" in url)
    assert [one.page.body.decode() for one in told if one.page] == ["घाट", "मेला", "abcd"]
    assert [one.skip_reason for one in told if not one.page] == [
        "warcinfo record",
        "of no known source",
        "status 404",
    ]
    first = next(one.page for one in told if one.page)
    assert (first.url, first.fetched_at, first.status) == ("https://www.a.example/1", TAKEN, 200)
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert told[-1].next_offset == len(maker.bytes())


@pytest.mark.parametrize("zipped", [False, True])
def test_it_goes_on_at_any_record(zipped):
    maker = Maker(zipped=zipped)
    for number in range(5):
        maker.add(f"https://www.a.example/{number}", b"<p>x</p>" * 100)
    for record in read(maker.bytes()):
        rest = read(maker.bytes(), record.next_offset)
        assert [one.page.url[-1] for one in rest] == [
            str(n) for n in range(int(record.page.url[-1]) + 1, 5)
        ]


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("where", "junk"),
    [(0, b"XXXXXXXXXXXX"), (0, bytes(40)), (12, bytes(range(60)))],
    ids=["head", "zeroes", "inside"],
)
def test_a_broken_record_is_one_and_the_rest_goes_on(zipped, where, junk):
    maker = Maker(zipped=zipped)
    for number in range(5):
        maker.add(f"https://www.a.example/{number}", os.urandom(3000))
    data, at = maker.bytes(), maker.offsets[2] + where
    data[at : at + len(junk)] = junk
    told = read(data)
    assert [one.page.url[-1] for one in told if one.page] == ["0", "1", "3", "4"]
    assert [one.offset for one in told if one.is_broken] == [maker.offsets[2]]


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("short", [1, 200, 2000])
def test_a_file_cut_short(zipped, short):
    maker = Maker(zipped=zipped)
    for number in range(3):
        maker.add(f"https://www.a.example/{number}", os.urandom(3000))
    told = read(maker.bytes()[: maker.offsets[2] + short])
    assert [one.page.url[-1] for one in told if one.page] == ["0", "1"]
    assert [one.offset for one in told if one.is_broken] == [maker.offsets[2]]


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"no warc at all", gzip.compress(b"nor this", mtime=0), bytes(9000)]
)
def test_what_is_no_warc_brings_nothing_and_hangs_nobody(data):
    assert [one for one in read(data) if one.page] == []


# --- importing ---


def newsroom_warc(path, *, zipped, repeat=1):
    """Every article page of the newsroom, with strangers between; returns the maker."""
    maker = Maker(zipped=zipped)
    for url, answer in newsroom_pages(EDITION_ONE):
        maker.add(url, answer.body, f"{answer.status} X")
        maker.add(f"https://www.unknown.example/{len(maker.offsets)}", b"<p>x</p>" * 50 * repeat)
    path.write_bytes(maker.bytes())
    return maker


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """What a live crawl holds of the same pages."""
    first = crawled_once(tmp_path_factory)
    assert (first.run.code, first.run.err) == (0, "")
    return held(first.archive)


def held(path):
    with open_archive(path) as archive:
        return {
            row["url"]: (row["title"], row["text"], row["blocks"])
            for row in archive.db.query("select * from articles")
        }


def assert_as_crawled(got, crawled):
    """The file holds first pages only: of a story told on several, the article is what stands on the first."""
    several = {
        url
        for url in got
        if got[url] != crawled[url] and crawled[url][1].startswith(got[url][1] + "\n\n")
    }
    assert {url: got[url] for url in got.keys() - several} == {
        url: crawled[url] for url in got.keys() - several
    }
    assert len(several) == 1


@pytest.mark.parametrize("name", NAMES)
def test_an_import_reads_what_a_crawl_reads(tmp_path, crawled, name):
    archive = settle_in(tmp_path)
    newsroom_warc(tmp_path / name, zipped=name.endswith("gz"))
    khabar = Khabar(archive, "", TAKEN + timedelta(days=1))
    run = khabar("import", str(tmp_path / name))
    assert (run.code, run.err) == (0, "")
    assert "of no known source" in run.out
    got = held(archive)
    told = {one.url for one in expected_articles(EDITION_ONE)}
    assert told <= got.keys()
    assert_as_crawled(got, crawled)
    with open_archive(archive) as opened:
        (seen,) = opened.db.execute("select distinct first_seen from articles").fetchall()
        assert seen[0] == TAKEN.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert (
            opened.db.execute("select count(*) from pages where next_at is not null").fetchone()[0]
            == 0
        )
        assert opened.db.execute("select count(*) from snapshots").fetchone()[0] >= len(got)
    again = khabar("import", str(tmp_path / name))
    assert (again.code, again.err) == (0, "")
    assert "--again" in again.out and again.out.endswith("nothing to import\n")


def test_what_is_stored_does_not_depend_on_the_workers(tmp_path):
    """Nor on which of them is the faster: the ids of all rows are the same, in file order."""
    file = tmp_path / "news.warc.gz"
    newsroom_warc(file, zipped=True)
    stored = []
    for workers in ("1", "3"):
        archive = settle_in(tmp_path / workers)
        khabar = Khabar(archive, "", TAKEN + timedelta(days=1))
        assert khabar("import", "--workers", workers, str(file)).code == 0
        assert khabar("reextract", "--all", "--workers", workers).code == 0
        with open_archive(archive) as opened:
            stored.append(
                {
                    table: opened.db.execute(f"select * from {table} order by 1, 2").fetchall()
                    for table in ("pages", "articles", "snapshots", "revisions", "signatures")
                }
            )
    assert stored[0]["articles"] and stored[0] == stored[1]


@pytest.mark.parametrize("between", [0, 3, 20], ids=lambda n: f"{n}-between")
def test_an_older_copy_behind_a_newer_one_in_one_file_changes_nothing(tmp_path, between):
    """The newer one is not saved yet when the older one is read, unless it is waited for."""
    pages = [(url, one) for url, one in newsroom_pages(EDITION_ONE) if one.status == 200]
    url, answer = next((url, one) for url, one in pages if "gomti-ghat-safai" in url)
    older = answer.body.replace("चाय".encode(), "छाछ".encode())
    assert older != answer.body
    maker = Maker(zipped=True)
    maker.add(url, answer.body)
    for other, one in [page for page in pages if page[0] != url][:between]:
        maker.add(other, one.body)
    maker.add(url, older, at=TAKEN - timedelta(days=2))
    archive, file = settle_in(tmp_path), tmp_path / "news.warc.gz"
    file.write_bytes(maker.bytes())
    run = Khabar(archive, "", TAKEN + timedelta(days=1))("import", str(file))
    assert run.code == 0 and "1 known already" in run.out, run
    assert "छाछ" not in held(archive)[url][1] and "चाय" in held(archive)[url][1]


def test_killed_and_resumed_it_goes_on_where_it_was(tmp_path, crawled):
    archive, file = settle_in(tmp_path), tmp_path / "news.warc.gz"
    maker = newsroom_warc(file, zipped=True)
    khabar = Khabar(archive, "", TAKEN + timedelta(days=1))
    run = khabar.start("import", str(file))
    deadline = time.monotonic() + PATIENCE
    while _offset(archive) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    run.kill()
    stood = _offset(archive)
    assert 0 < stood < file.stat().st_size
    assert stood in maker.offsets
    done = khabar("import", str(file))
    assert (done.code, done.err) == (0, "")
    got = held(archive)
    assert_as_crawled(got, crawled)
    assert got.keys() >= {one.url for one in expected_articles(EDITION_ONE)} - {
        url for url in crawled if "mumbai-bemausam" in url
    }
    with open_archive(archive) as opened:
        assert (
            opened.db.execute(
                "select count(*) - count(distinct article_id) from revisions"
            ).fetchone()[0]
            == 0
        )


def _offset(archive) -> int:
    try:
        with open_archive(archive) as opened:
            row = opened.db.execute("select offset from imports").fetchone()
    except (ArchiveError, sqlite3.Error):  # the file is being made
        return 0
    return row[0] if row else 0


def test_broken_records_are_named_and_cost_nothing_else(tmp_path, crawled):
    archive, file = settle_in(tmp_path), tmp_path / "news.warc"
    maker = newsroom_warc(file, zipped=False)
    data, at = maker.bytes(), maker.offsets[7]  # one of the strangers'
    data[at : at + 8] = b"XXXXXXXX"
    file.write_bytes(data)
    run = Khabar(archive, "", TAKEN + timedelta(days=1))("import", str(file))
    assert run.code == 1
    assert run.err == f"khabar: {file}: byte {at}: no record begins here\n"
    assert len(held(archive)) > 40


def test_what_was_read_later_stands(tmp_path, tmp_path_factory):
    """An older copy neither edits an article we hold nor wakes it; one of a page that has gone is kept, and marked."""
    khabar, file = (
        crawled_once(tmp_path_factory).copied(tmp_path, EDITION_ONE),
        tmp_path / "old.warc",
    )
    archive = khabar.archive
    before, maker = held(archive), Maker(zipped=False)
    url = "http://www.savera.newsroom.test/2026/11/gomti-ghat-safai/"
    gone = _gone(archive)
    body = next(answer.body for one, answer in newsroom_pages(EDITION_ONE) if one == url)
    for address in (url, gone):
        copy = body.replace("गोमती".encode(), "यमुना".encode()).replace(
            url.encode(), address.encode()
        )
        maker.add(address, copy, at=datetime(2026, 11, 1, 12, tzinfo=UTC))
    file.write_bytes(maker.bytes())
    run = khabar("import", str(file))
    assert (run.code, run.out, run.err) == (0, "1 known already, 1 new\n", "")
    after = held(archive)
    assert {address: after[address] for address in before} == before
    with open_archive(archive) as opened:
        rows = opened.db.execute("select removed_at from articles where url = ?", [gone]).fetchall()
    assert [bool(row[0]) for row in rows] == [True]


def _gone(archive) -> str:
    """A page of savera's that was there no more when the crawl asked."""
    with open_archive(archive) as opened:
        row = opened.db.execute(
            "select url from pages where source = 'savera' and outcome in ('gone', 'not-found') and article_id is null"
        ).fetchone()
    return row[0]


def test_a_file_is_known_by_its_content_and_read_again_when_sources_change(tmp_path):
    archive = settle_in(tmp_path)
    url, answer = next(one for one in newsroom_pages(EDITION_ONE) if "savera" in one[0])
    khabar = Khabar(archive, "", TAKEN + timedelta(days=1))
    (tmp_path / "x").mkdir()
    for folder, at in ((tmp_path, TAKEN), (tmp_path / "x", TAKEN + timedelta(hours=1))):
        maker = Maker(zipped=False)
        maker.add(url, answer.body, at=at)
        (folder / "part.warc").write_bytes(maker.bytes())
    assert khabar("import", str(tmp_path / "part.warc")).out == "1 new\n"
    assert khabar("import", str(tmp_path / "x" / "part.warc")).out == "1 unchanged\n"
    renamed = (tmp_path / "part.warc").rename(tmp_path / "other.warc")
    again = khabar("import", str(renamed))
    assert (again.code, again.out.splitlines()[-1]) == (0, "nothing to import")
    assert khabar("import", "--again", str(renamed)).out == "1 known already\n"
    with open_archive(archive, write=True) as opened:  # as after another import's sources
        opened.db.execute("update imports set sources = 'others'")
    assert khabar("import", str(renamed)).out == "1 known already\n"


def test_a_date_to_come_freezes_nothing_and_is_named(tmp_path):
    archive, file = settle_in(tmp_path), tmp_path / "x.warc"
    url, answer = next(one for one in newsroom_pages(EDITION_ONE) if "savera" in one[0])
    khabar = Khabar(archive, "", TAKEN + timedelta(days=1))
    for at, told in ((TAKEN.replace(year=2099), "1 broken\n"), (TAKEN, "1 new\n")):
        maker = Maker(zipped=True)
        maker.add(url, answer.body, at=at)
        file.write_bytes(maker.bytes())
        run = khabar("import", str(file))
        assert run.out == told
        assert ("dated in the future: 2099" in run.err) == (told == "1 broken\n")
