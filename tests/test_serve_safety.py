"""What the web wrote stays words, machinery stays hidden, and strangers see less."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from datasette.app import Datasette
from datasette.utils import parse_metadata

import khabar.web as room
from khabar.hindi.india_time import format_hindi_time
from khabar.web import filters, make_app
from khabar.web.access import SCRIPT_HASH
from tests.web_fixtures import AFTER, BEFORE, CANAL, Tags, furnish, get, ids, links, loads, read


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("reading-room"))


@pytest.fixture(scope="module")
def app(path: Path) -> Datasette:
    return make_app(path, public=False)


@pytest.fixture(scope="module")
def public(path: Path) -> Datasette:
    return make_app(path, public=True)


# --- hostile words ---


@pytest.mark.parametrize("slug", ["canal", "hostile"])
def test_nothing_is_loaded_or_run(app: Datasette, slug: str) -> None:
    page = read(app, slug)
    assert loads(page) == []
    assert {urlsplit(attrs["href"] or "").scheme for attrs in links(page)} <= {"", "http", "https"}
    for attrs in links(page):
        if urlsplit(attrs["href"] or "").netloc and "datasette.io" not in (attrs["href"] or ""):
            assert attrs["rel"] == "noopener noreferrer nofollow"


@pytest.mark.parametrize("where", ["/", "/archive/article_list", "/archive/articles", "/archive/embedded", "/archive/embeds",
                                   "/search?q=पाठ", "/search?q=शीर्षक&rank=1", "/source/kagaz", "/charts?q=%3Cscript%3Ealert(1)",
                                   "/account/x/%22%3E%3Cscript%3E", "/embed/x:66",
                                   "/archive/articles_that_embedded?account=%22%3E%3Cscript%3E"])  # fmt: skip
def test_hostile_words_stay_words_in_lists(app: Datasette, where: str) -> None:
    answer = get(app, where)
    assert answer.status_code == 200
    assert "alert(" in answer.text or "articles_that" in where  # the words are there …
    assert (
        "<script>alert" not in answer.text
        and 'evil.newsroom.test/x.png" onerror' not in answer.text
    )  # … as words
    assert not [tag for tag, attrs in Tags(answer.text).found if tag == "img"]


def test_every_answer_forbids_what_is_foreign(app: Datasette) -> None:
    wanted = {"/": "page", f"/a/{ids(app)['canal']}": "page", "/search": "page", "/suggest.json": "strict", "/chart/volume.svg": "strict", "/search.csv": "strict", "/a/1": "page",
              "/static/khabar.css": "strict", "/archive": "own", "/archive/articles.json": "own", "/-/versions": "own"}  # fmt: skip
    for where, kind in wanted.items():
        headers = get(app, where).headers
        policy = dict(
            part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'none'"
        wanted_script = {
            "strict": None,
            "page": f"'{SCRIPT_HASH}'",
            "own": "'self' 'unsafe-inline'",
        }
        assert policy.get("script-src") == wanted_script[kind], where
        assert "http" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_our_templates_never_switch_escaping_off() -> None:
    for template in (Path(room.__file__).parent / "templates").glob("*.html"):
        assert not re.search(r"\|\s*safe\b|autoescape", template.read_text()), template.name


# --- who sees what ---

MACHINERY = ["articles_fts", "Articles_FTS", "articles_fts_data", "articles_fts_content", "snapshots", "dictionaries", "fetches",
             "search_terms", "meta", "runs", "run_sources", "robots", "pages", "revisions", "article_embeds",
             "_sqlite_migrations", "sqlite_master"]  # fmt: skip


@pytest.mark.parametrize("table", MACHINERY)
def test_machinery_is_not_shown(app: Datasette, table: str) -> None:
    for where in (
        f"/archive/{table}",
        f"/archive/{table}.json",
        f"/archive/{table}.csv",
        f"/archive/{table}/1",
    ):
        assert get(app, where).status_code in {403, 404}
    assert f'"/archive/{table}"' not in get(app, "/archive", _show_hidden="1").text


def test_every_table_is_either_described_or_machinery(app: Datasette) -> None:
    told = parse_metadata((Path(room.__file__).parent / "metadata.yaml").read_text())
    page = get(app, "/archive.json", _show_hidden="1").json()
    shown = {one["name"] for one in [*page["tables"], *page["views"]]}
    assert shown == set(told["databases"]["archive"]["tables"])


def test_the_operator_may_ask_in_sql_and_only_read(app: Datasette) -> None:
    assert get(
        app, "/archive.json", sql="select count(*) as n from articles", _shape="array"
    ).json() == [{"n": 5}]
    assert get(app, "/archive.json", sql="delete from articles").status_code == 400
    assert get(app, "/archive.db").status_code == 403


def test_strangers_get_no_sql_and_no_words(public: Datasette) -> None:
    assert get(public, "/archive", sql="select text from articles").status_code == 403
    assert get(public, "/archive.json", sql="select 1").status_code == 403
    assert get(public, "/archive/article_list.json", _where="1=1").status_code == 403
    for table in ("articles", "readings", "embeds", "embedded", "images"):
        assert get(public, f"/archive/{table}").status_code == 403
    for where in (
        "/-/databases",
        "/-/databases.json",
        "/-/metadata",
        "/-/settings",
        "/-/plugins.json",
        "/-/threads",
    ):
        assert get(public, where).status_code == 404


def test_strangers_read_an_excerpt(public: Datasette) -> None:
    answer = get(public, f"/a/{ids(public)['canal']}")
    assert answer.status_code == 200
    assert answer.headers["x-robots-tag"] == "noindex"
    assert BEFORE in answer.text and f'href="{CANAL.url}"' in answer.text
    assert AFTER not in answer.text and "फावड़ा साथ लाइए" not in answer.text
    assert get(public, f"/a/{ids(public)['canal']}.json").status_code == 404
    assert get(public, "/search", q="आजम").status_code == 200


# --- small pieces ---


@pytest.mark.parametrize(
    ("moment", "shown", "utc"),
    [
        ("2026-11-30T20:00:00Z", "1 दिसंबर 2026, 01:30 IST", "20:00 UTC"),
        ("2026-11-07T22:15:00+05:30", "7 नवंबर 2026, 22:15 IST", "16:45 UTC"),
        ("2026-11-07T22:15:00", "7 नवंबर 2026, 22:15 IST", "16:45 UTC"),
        ("2026-11-07", "7 नवंबर 2026", ""),
        ("2026", "2026", ""),
        ("कल शाम को सात बजे", "कल शाम को सात बजे", ""),
        (None, "", ""),
    ],
)
def test_moments_are_told_in_indias_time(moment: str | None, shown: str, utc: str) -> None:
    assert (format_hindi_time(moment), filters.format_utc(moment)) == (shown, utc)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://x.com/a", True), ("HTTP://x.com/a", True), ("javascript:alert(1)", False), ("data:text/html,x", False),
        ("//x.com/a", False), ("http:/x", False), ("http://[broken", False), (" javascript:alert(1)", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str | None, safe: bool) -> None:
    assert bool(filters.safe_weblink(url)) is safe


def test_marks_are_the_only_tags() -> None:
    assert (
        filters.highlight_matches("<b>\ue000न\ue001</b> \ue000")
        == "&lt;b&gt;<mark>न</mark>&lt;/b&gt; "
    )
