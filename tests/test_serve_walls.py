"""What strangers, and SQL of a visitor's own, get out of the archive: no text by searching, no withheld headline, no
machinery, and not the machine's memory."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import quote

import pytest
from datasette.app import Datasette

from khabar.archive.upkeep import takedown
from khabar.model.items import Block
from khabar.web import make_app
from tests.archive_fixtures import HOME, ArchiveBuilder, article
from tests.simulated_days import own_words
from tests.web_fixtures import get, post

WORDS = [own_words(f"{number}").split()[0] for number in range(1000, 1360)]
POSTED = [own_words(f"9{number}").split()[0] for number in range(100, 140)]
SECRET, HIDDEN = "secret court order 12/2026", "रोके गए लेख का शीर्षक"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A long article of words that are nowhere else, with a post; one that is withheld by now; one taken down."""
    desk = ArchiveBuilder(tmp_path_factory.mktemp("walls") / "archive.db")
    paragraphs = [" ".join(WORDS[at : at + 30]) + " की बात।" for at in range(0, 360, 30)]
    blocks = (*(Block("paragraph", one) for one in paragraphs), Block("embed", embed=0))
    told = {"published_at": "2026-11-20T10:00:00+05:30", "authors": ("रमा देवी",), "tags": ("नगर",)}
    desk.read(
        article(
            f"{HOME}/news/long",
            title="लंबा लेख",
            blocks=blocks,
            embeds=(post(id="77", text=" ".join(POSTED)),),
            **told,
        )
    )
    desk.read(article(f"{HOME}/news/hidden", title=HIDDEN, **told))
    desk.db.execute("update articles set withheld = 'noarchive' where title = ?", [HIDDEN])
    desk.read(article(f"{HOME}/news/gone", title="हटाया गया"))
    takedown.add_takedown(desk.archive, f"{HOME}/news/gone", SECRET, "the desk", desk.now)
    desk.archive.close()
    yield desk.path


@pytest.fixture(scope="module")
def public(path: Path) -> Datasette:
    return make_app(path, public=True)


@pytest.fixture(scope="module")
def private(path: Path) -> Datasette:
    return make_app(path, public=False)


def words_in(answer: str) -> set[str]:
    """The invented words an answer shows, marks and markup apart."""
    plain = re.sub("[\ue000\ue001]", "", re.sub(r"<[^>]+>", "", html.unescape(answer)))
    plain += (
        answer.encode().decode("unicode_escape", "replace") if "\\u09" in answer else ""
    )  # JSON spelt in ASCII
    return {word for word in (*WORDS, *POSTED) if word in plain}


# Every public address that takes a query, and what narrows it.
ASKED = [
    "/search?q={q}", "/search?q={q}&rank=1", "/search?q={q}&page=1&source=kagaz", "/search.csv?q={q}", "/search.csv?q={q}&rank=1",
    "/search.atom?q={q}", "/headlines?q={q}", "/headlines.csv?q={q}", "/charts?q={q}", "/chart/word.csv?q={q}", "/chart/word.svg?q={q}",
    "/archive/search.json?q={q}&source=&since=&until=&_shape=array", "/archive/search_ranked.json?q={q}&source=&since=&until=&_shape=array",
    "/archive/search.csv?q={q}", "/archive/search_ranked.csv?q={q}", "/archive/articles_that_embedded.json?account={q}&since=&until=",
    "/archive/article_list?_search={q}", "/archive/article_list.json?_search={q}", "/archive/article_list.csv?_search={q}",
    "/archive/article_list.json?_search_title={q}", "/archive/article_list.json?title__contains={q}", "/archive/article_list?_facet=title&_search={q}",
]  # fmt: skip


def test_no_query_gives_a_stranger_more_than_the_excerpt(public: Datasette) -> None:
    """Twelve phrases over the whole text, and the post's, at each address: the share that can be rebuilt is the page's."""
    (number,) = [
        row["id"]
        for row in get(public, "/archive/article_list.json", _shape="array").json()
        if "लंबा" in row["title"]
    ]
    excerpt = words_in(get(public, f"/a/{number}").text)
    assert 20 < len(excerpt) < 40 and not excerpt & set(POSTED)
    rebuilt: set[str] = set()
    phrases = [WORDS[at : at + 3] for at in range(0, 360, 30)] + [
        WORDS[15:16],
        POSTED[5:8],
        POSTED[20:21],
    ]
    for address, phrase in product(ASKED, phrases):
        answer = get(public, address.format(q=quote(f'"{" ".join(phrase)}"')))
        assert answer.status_code in (200, 400, 403), (
            address
        )  # 400: Datasette looks for a rowid in a view
        rebuilt |= words_in(answer.text) - set(phrase)
    assert rebuilt <= excerpt, (
        f"{len(rebuilt | excerpt) / len(WORDS):.0%} of the text, {len(excerpt) / len(WORDS):.0%} are shown anyway"
    )


def test_its_own_reader_still_sees_the_words_around_a_hit(private: Datasette) -> None:
    answer = get(private, "/search", q=f'"{" ".join(WORDS[200:203])}"')
    assert len(words_in(answer.text)) > 20


LISTS = (
    "article_authors",
    "article_tags",
    "articles",
    "article_list",
    "readings",
    "images",
    "embedded",
    "authors",
    "tags",
)
ENDS = (
    "",
    "?_labels=on",
    "?_facet=article_id",
    "?_facet=author_id",
    ".json?_labels=on&_shape=array",
    ".json?_facet=article_id",
    ".csv?_labels=on",
)


@pytest.mark.parametrize("mode", ["private", "public"])
def test_a_withheld_headline_stands_beside_no_row(
    request: pytest.FixtureRequest, mode: str
) -> None:
    app = request.getfixturevalue(mode)
    seen = 0
    for table, end in product(LISTS, ENDS):
        answer = get(app, f"/archive/{table}{end}")
        assert answer.status_code in (200, 400, 403), (table, end)
        assert HIDDEN not in answer.text and json.dumps(HIDDEN)[1:-1] not in answer.text, (
            table,
            end,
        )
        seen += "लंबा लेख" in answer.text or json.dumps("लंबा लेख")[1:-1] in answer.text
    assert seen > 3, "no label at all: the walk looked at nothing"
    for where in (
        "/",
        "/headlines",
        "/source/kagaz",
        f"/author/{quote('रमा देवी')}",
        "/archive",
        "/charts?q=लेख",
    ):
        assert HIDDEN not in get(app, where).text


REFUSED = [
    "select reason from takedowns", "select url from snapshots", "select body from dictionaries", "select count(*) from fetches",
    "select 1 from article_list where exists (select 1 from takedowns)", "select (select reason from takedowns)",
    "select count(*) from TakeDowns", "with takedowns as (select 1) select count(*) from takedowns, main.takedowns",
    "select block from articles_fts_data", "select * from articles_fts_docsize",
    "with article_list as (select reason as x from takedowns) select x from article_list",
    "with embedded as materialized (select reason as x from takedowns) select x from embedded, main.article_list",
    "select x from (select reason as x from takedowns) as article_list", "select reason from main.takedowns union select title from article_list",
]  # fmt: skip
ANSWERED = [
    "select count(*) as n from article_list", "select title from articles", "select headline from embedded limit 1",
    "with a as (select id from article_list) select count(*) from a", "select rowid from articles_fts where articles_fts match escape_fts('लेख')",
    "with recursive n(x) as (select 1 union all select x + 1 from n where x < 9) select count(*) from n",
    "select name from sqlite_schema", "select value from json_each('[1]')", "select * from readings;",
]  # fmt: skip


@pytest.mark.parametrize("sql", REFUSED)
def test_sql_reads_no_machinery(private: Datasette, sql: str) -> None:
    answer = get(private, "/archive.json", sql=sql, _shape="array")
    assert answer.status_code == 400 and SECRET not in answer.text
    assert SECRET not in get(private, "/archive", sql=sql).text


def test_a_condition_reads_no_machinery_either(private: Datasette) -> None:
    where = f"exists (select 1 from takedowns where reason = '{SECRET}')"
    assert (
        get(private, "/archive/article_list.json", _where=where, _shape="array").status_code == 403
    )
    assert (
        get(
            private, "/archive/article_list.json", _where="title is not null", _shape="array"
        ).status_code
        == 200
    )


@pytest.mark.parametrize("sql", ANSWERED)
def test_sql_reads_what_is_shown(private: Datasette, sql: str) -> None:
    answer = get(private, "/archive.json", sql=sql, _shape="array")
    assert answer.status_code == 200, answer.text
    assert get(private, "/archive", sql=sql).status_code == 200


ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n where '<b>' <> ''"


def test_sql_that_takes_too_long_is_answered_in_a_sentence_and_kept(private: Datasette) -> None:
    answer = get(private, "/archive", sql=ENDLESS)
    assert answer.status_code == 400 and "This takes too long" in answer.text
    (kept,) = re.findall(r'<textarea name="sql"[^>]*>(.*?)</textarea>', answer.text, flags=re.S)
    assert (
        html.unescape(kept) == ENDLESS
        and "<b>" not in answer.text
        and "sql_time_limit_ms" not in answer.text
    )
    assert "<textarea" not in get(private, "/nowhere", sql=ENDLESS).text
    told = get(private, "/archive.json", sql=ENDLESS)
    assert (
        told.status_code == 400
        and "This takes too long" in told.json()["error"]
        and "<" not in told.json()["error"]
    )


@pytest.mark.parametrize(
    "sql", ["select zeroblob(1000000000)", "select length(hex(zeroblob(600000000)))"]
)
def test_a_statement_may_not_take_the_machines_memory(private: Datasette, sql: str) -> None:
    assert get(private, "/archive.json", sql=sql, _shape="array").status_code == 400


@pytest.mark.parametrize(
    "function", ["hi_fold({})", "agency({}, 'भाषा')", "excerpt({})", "escape_fts({})"]
)
def test_a_function_of_ours_looks_at_no_more_than_it_may(private: Datasette, function: str) -> None:
    long = "replace(hex(zeroblob(5000000)), '0', 'क')"
    answer = get(
        private, "/archive.json", sql=f"select length({function.format(long)}) as n", _shape="array"
    )
    assert answer.status_code == 200 and (answer.json()[0]["n"] or 0) <= 200_000
