"""Taking it away: every row, UTF-8 with a BOM, formulas harmless, permanent links, times in India's time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import httpx
import pytest
from datasette.app import Datasette

from khabar.web import make_app
from khabar.web.queries import downloads
from tests.archive_fixtures import HOME, ArchiveBuilder, article
from tests.web_archives import crowd
from tests.web_fixtures import get, ids, post

FORMULA = '=HYPERLINK("http://evil.newsroom.test";"देखें")'


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("downloads") / "archive.db")
    crowd(desk, 5000)
    late = post(id="77", author_handle="dal", text="@पोस्ट", published_at="2026-11-30T20:00:00Z")
    desk.read(
        article(
            f"{HOME}/news/formula",
            title=FORMULA,
            published_at="2026-11-30T20:00:00Z",
            embeds=(late,),
        )
    )
    yield desk
    desk.archive.close()


@pytest.fixture(scope="module")
def app(desk: ArchiveBuilder) -> Datasette:
    return make_app(desk.path, public=False)


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert (
        answer.headers["content-type"] == "text/csv; charset=utf-8"
        and "attachment" in answer.headers["content-disposition"]
    )
    assert answer.content.startswith(b"\xef\xbb\xbf") or not answer.content
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("where", "asked"),
    [
        ("/search.csv", {"q": "मेला"}),
        ("/archive/search.csv", {"q": "मेला"}),
        ("/archive/search_ranked.csv", {"q": "मेला"}),
        ("/archive/article_list.csv", {"_search": "मेला"}),
        ("/archive/article_list.csv", {"title__contains": "सूचना"}),
        (
            "/archive/articles.csv",
            {"_search": "मेला", "_sort": "published_on", "_labels": "on", "_stream": "on"},
        ),
        ("/archive.csv", {"sql": "select id, title from articles where title like 'सूचना%'"}),
        ("/source/kagaz.csv", {"to": "2026-11-20"}),
    ],
)
def test_five_thousand_hits_are_five_thousand_rows(
    app: Datasette, where: str, asked: dict[str, str]
) -> None:
    found = rows(get(app, where, **asked))
    assert len(found) == len({row["id"] for row in found}) == 5000
    assert all(row["link"] == f"http://localhost/a/{row['id']}" for row in found)


def test_what_a_spreadsheet_would_run_is_words(app: Datasette) -> None:
    number = ids(app)["formula"]
    for where, asked in (
        ("/archive/article_list.csv", {"id": str(number)}),
        ("/source/kagaz.csv", {"from": "2026-12-01"}),
    ):
        (row,) = rows(get(app, where, **asked))
        assert row["title"] == "'" + FORMULA
        assert (
            row["published_at"] == "2026-12-01T01:30:00+05:30"
            and row["published_on"] == "2026-12-01"
        )
    (row,) = rows(get(app, "/search.csv", q="post:पोस्ट"))
    assert (row["published_on"], row["found_in"]) == ("2026-12-01", "posts")
    (row,) = rows(get(app, "/account/x/dal.csv"))
    assert (row["posted_on"], row["posted_at"]) == ("2026-12-01", "2026-12-01T01:30:00+05:30")
    (row,) = rows(get(app, "/archive/embedded.csv"))
    assert row["text"] == "'@पोस्ट" and row["link"] == f"http://localhost/a/{number}"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("=1+1", "'=1+1"), ("+91", "+91"), ("-5.5", "-5.5"), ("-नहर", "'-नहर"), ("@x", "'@x"), ("\tx", "'\tx"), ("\n=x", "'\n=x"), (" =x", "' =x"),
        ("＝x", "'＝x"), ("नहर = पानी", "नहर = पानी"), (None, ""), (5, 5), ("2026-11-30", "2026-11-30"), (b"abc", "3 bytes"),
        ("2026-11-30T20:00:00Z", "2026-12-01T01:30:00+05:30"), ("\ue000नहर\ue001", "नहर"), ("", ""),
    ],
)  # fmt: skip
def test_cells(value: object, told: object) -> None:
    assert downloads.format_cell(value) == told


def test_a_download_is_sent_in_pieces_and_keeps_no_snapshot(
    app: Datasette, desk: ArchiveBuilder
) -> None:
    answer = get(app, "/search.csv", q="मेला")
    assert int(answer.headers["content-length"]) == len(answer.content)
    desk.db.execute("insert into meta values ('x', 'y')")
    busy, log, done = desk.db.execute("pragma wal_checkpoint(restart)").fetchone()
    assert (busy, log) == (0, done)  # no reader holds the log back


def test_links_follow_the_address_a_visitor_came_by(app: Datasette) -> None:
    import asyncio

    answer = asyncio.run(
        app.client.get(
            "/archive.csv?sql=select max(id) as id from articles",
            headers={"host": "news.newsroom.test"},
        )
    )
    assert rows(answer)[0]["link"].startswith("http://news.newsroom.test/a/")


def test_what_may_not_be_seen_is_not_taken_away(desk: ArchiveBuilder) -> None:
    public = make_app(desk.path, public=True)
    assert get(public, "/archive.csv", sql="select text from articles").status_code == 403
    for table in ("articles", "readings", "embeds", "snapshots", "articles_fts"):
        assert get(public, f"/archive/{table}.csv").status_code == 403
    assert get(public, "/archive/nothing.csv").status_code == 404
    assert len(rows(get(public, "/archive/search.csv", q="मेला"))) == 5000


def test_a_wrong_question_is_answered_before_anything_is_sent(app: Datasette) -> None:
    assert get(app, "/archive.csv", sql="delete from articles").status_code == 400
    assert get(app, "/archive.csv", sql="select nothing").status_code == 400
    assert get(app, "/archive/article_list.csv", _sort="nothing").status_code == 400
