"""The page that was extracted before, answered again: it is kept as evidence and not extracted a second time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from archive_fixtures import ArchiveBuilder, article
from shared_crawls import crawled_once

from khabar.archive import open_archive
from khabar.archive.store import snapshots
from khabar.extraction import EXTRACTOR_VERSION, extract_article
from khabar.model.clock import format_utc
from khabar.model.items import EXTRACTED_HEADERS, Outcome, Page
from newsroom.server import EDITION_ONE, Newsroom

BODY = b"<html>the same bytes</html>"
HEADERS = {"content-type": "text/html", "x-robots-tag": "noai", "date": "Tue, 24 Nov 2026"}


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    opened.read(article(), body=BODY)
    opened.db.execute("""update snapshots set headers = json_object('content-type', 'text/html',
      'x-robots-tag', 'noai', 'date', 'Mon, 23 Nov 2026')""")
    opened.wait(hours=2)
    yield opened
    opened.archive.close()


def is_same(desk: ArchiveBuilder, version: str = EXTRACTOR_VERSION, **changes: object) -> bool:
    page = replace(Page(article().url, BODY, desk.now, headers=HEADERS), **changes)
    return snapshots.is_same_page(desk.db, page, desk.row(article().url)["id"], version)


def test_the_same_body_and_headers_are_the_same_page(desk):
    assert is_same(desk)
    assert not is_same(desk, body=BODY + b" ")
    assert not is_same(desk, version="0")


@pytest.mark.parametrize("name", EXTRACTED_HEADERS)
def test_another_header_that_is_extracted_makes_another_page(desk, name):
    assert not is_same(desk, headers={**HEADERS, name: "text/html; charset=x, noarchive"})


@pytest.mark.parametrize(
    "change",
    [
        "update pages set state = 'fetched'",  # queued for extraction
        "update pages set failing_since = '2026-11-24T10:00:00Z'",
        "update pages set outcome = 'soft-404'",
        "update articles set removed_at = '2026-11-24T10:00:00Z'",
        "update articles set extractor_version = '0'",
        "update pages set extractor_version = '0'",
    ],
)
def test_what_happened_since_makes_it_another_page(desk, change):
    desk.db.execute(change)
    assert not is_same(desk)


def test_a_text_that_came_back_is_extracted_again(desk):
    desk.read(article(title="बदला हुआ शीर्षक"), body=b"<html>edited</html>")
    desk.wait(hours=2)
    assert not is_same(desk)


def test_a_page_without_article_is_extracted_again(desk):
    url = article().url.replace("/1", "/2")
    desk.end(url, Outcome.NO_TEXT)
    page = Page(url, BODY, desk.now, headers=HEADERS)
    assert not snapshots.is_same_page(desk.db, page, desk.row(url)["id"], EXTRACTOR_VERSION)


class RecordedHeaders(Mapping[str, str]):
    """Headers of a page that name each one that is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return "text/html" if name == "content-type" else "1"

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("all headers are read: EXTRACTED_HEADERS must name them")

    def __len__(self) -> int:
        return 1


def test_the_extractor_reads_no_other_headers(desk):
    headers = RecordedHeaders()
    html = "<html><body><h1>शीर्षक</h1><p>पहला अनुच्छेद।</p></body></html>".encode()
    extract_article(Page(article().url, html, desk.now, headers=headers))
    assert headers.asked == set(EXTRACTED_HEADERS)


def test_a_crawl_extracts_no_page_twice_where_hosts_know_no_304(tmp_path, tmp_path_factory):
    """Every page of the newsroom once more, asked for without validators."""
    first, now = crawled_once(tmp_path_factory), EDITION_ONE + timedelta(hours=2)
    with Newsroom(EDITION_ONE) as newsroom:
        khabar = first.copied(tmp_path / "again", now, newsroom.address)
        with open_archive(khabar.archive, write=True) as archive:
            archive.db.execute("update pages set etag = null, last_modified = null")
            archive.db.execute(
                "update pages set next_at = ? where outcome = 'article'", [format_utc(now)]
            )
            rows = archive.db.execute("select url from pages where outcome = 'article'")
            urls = [url for (url,) in rows]
            before = _list_articles(archive.db)
        run = khabar("crawl")
        assert run.code == 0, run.err
        statuses = {f"http://{one.host}{one.path}": one.status for one in newsroom.log}
    with open_archive(khabar.archive) as archive:
        evidence = dict(archive.db.execute("select url, evidence from pages"))
        same = {url for url in urls if evidence[url] == "the same page as before"}
        kept = archive.db.execute(
            "select count(*) from snapshots where same_as is not null and rights is null"
        ).fetchone()[0]
        counted = archive.db.execute(
            "select sum(unchanged) from run_sources where run_id = (select max(id) from runs)"
        ).fetchone()[0]
        after = _list_articles(archive.db)
    answered = {url for url in urls if statuses.get(url) == 200}
    assert len(answered) > 5 and len(same) >= len(answered) * 0.8, (len(answered), len(same))
    assert counted >= len(same) and kept == 0
    assert {key: after[key] for key in before} == before


def _list_articles(db) -> dict[int, tuple]:
    rows = db.execute("""select id, revision, title, text, published_at, rights, extractor_version,
      (select count(*) from revisions where article_id = articles.id) from articles""")
    return {row[0]: row[1:] for row in rows}
