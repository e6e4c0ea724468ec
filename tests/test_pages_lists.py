"""Pages of sources, authors, accounts, posts, stories and changed headlines; Atom; every count equals plain SQL."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from datasette.app import Datasette

from khabar.web import make_app
from tests.archive_fixtures import HOME, ArchiveBuilder, article, source
from tests.web_archives import TITLE, crowd, story
from tests.web_fixtures import POST, get, ids, loads, post

ATOM = "{http://www.w3.org/2005/Atom}"
LATE = post(
    id="77",
    url="https://x.com/Nahar_Dal/status/77",
    author_handle="NAHAR_dal",
    text="रात की पोस्ट",
    published_at="2026-11-30T20:00:00Z",
)
UNDATED = post(
    id="78", url="https://x.com/nahar_dal/status/78", author_handle="nahar_dal", text="बिना समय"
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    desk = story(tmp_path_factory.mktemp("lists"))
    for number, day in ((1, "2026-11-30T23:00:00+05:30"), (2, "2026-12-02T09:00:00+05:30")):
        desk.read(
            article(
                f"{HOME}/news/late{number}",
                f"रात की बात {number}",
                title=f"रात {number}",
                published_at=day,
                embeds=(LATE, UNDATED),
            )
        )
    yield desk
    desk.archive.close()


@pytest.fixture(scope="module")
def app(desk: ArchiveBuilder) -> Datasette:
    return make_app(desk.path, public=False)


def shown(page: str) -> list[str]:
    """The cells of the account page's two rows of counts."""
    return [
        cell.split("<")[0]
        for cell in page.split("<tbody>")[1].split("</tbody>")[0].split("<td>")[1:]
    ]


@pytest.mark.parametrize(
    ("bounds", "by_post", "by_article"),
    [
        (
            {"from": "2026-12-01", "to": "2026-12-01"},
            (1, 2),
            (0, 0),
        ),  # 20:00 UTC on 30 November is 1 December in India
        ({"from": "2026-11-30", "to": "2026-11-30"}, (0, 0), (2, 1)),
        ({"from": "2026-11-01", "to": "2026-11-30"}, (1, 1), (3, 2)),
        ({}, (3, 3), (3, 3)),
    ],
)
def test_an_account_by_its_posts_days_and_by_its_articles(
    app: Datasette,
    desk: ArchiveBuilder,
    bounds: dict[str, str],
    by_post: tuple[int, int],
    by_article: tuple[int, int],
) -> None:
    page = get(app, "/account/x/nahar_dal", **bounds).text
    cells = shown(page)
    assert (int(cells[0]), int(cells[1])) == by_post and (
        int(cells[3]),
        int(cells[4]),
    ) == by_article
    for day, counts in (
        ("date(e.published_at, '+330 minutes')", by_post),
        ("a.published_on", by_article),
    ):
        plain = desk.rows(
            f"""select count(distinct e.id) as posts, count(distinct a.id) as articles from embeds e
            join article_embeds x on x.embed_id = e.id join articles a on a.id = x.article_id and a.revision = x.revision
            where e.provider = 'x' and lower(e.author_handle) = 'nahar_dal' and x.place <> 'page'
            and (? = '' or {day} >= ?) and (? = '' or {day} <= ?)""",
            *(bounds.get(name, "") for name in ("from", "from", "to", "to")),
        )
        assert plain == [{"posts": counts[0], "articles": counts[1]}]
    listed = get(app, "/account/x/nahar_dal.csv", by="article", **bounds).text.splitlines()
    assert len({line.split(",")[0] for line in listed[1:]}) == by_article[1]


def test_posts_without_a_time_are_said_to_be_on_no_day(app: Datasette) -> None:
    assert (
        "1 पोस्ट का समय मालूम नहीं" in get(app, "/account/x/nahar_dal", **{"from": "2026-11-01"}).text
    )


@pytest.mark.parametrize("written", ["twitter/nahar_dal", "x/Nahar_DAL", "Twitter/@NAHAR_dal"])
def test_an_account_has_one_address(app: Datasette, written: str) -> None:
    answer = get(app, f"/account/{written}", by="article")
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        "/account/x/nahar_dal?by=article",
    )


@pytest.mark.parametrize(
    "where",
    [
        "/account/x/nobody",
        "/source/nothing",
        "/author/कोई नहीं",
        "/embed/x:0",
        "/story/5",
        "/chart/none.svg",
    ],
)
def test_what_is_unknown_is_not_found(app: Datasette, where: str) -> None:
    assert get(app, where).status_code == 404


@pytest.mark.parametrize(
    "asked", [{"from": "कल"}, {"by": "week"}, {"page": "0"}, {"page": "x"}, {"to": "2026-13-01"}]
)
def test_what_makes_no_sense_is_said(app: Datasette, asked: dict[str, str]) -> None:
    assert get(app, "/account/x/nahar_dal", **asked).status_code == 400


def test_a_source_and_an_author(app: Datasette) -> None:
    page = get(app, "/source/kagaz").text
    assert f'href="/a/{ids(app)["canal"]}"' in page and "<dd>3</dd>" in page
    assert (
        'href="/author/%E0%A4%B0%E0%A5%87%E0%A4%96%E0%A4%BE%20%E0%A4%AE%E0%A5%8C%E0%A4%B0%E0%A5%8D%E0%A4%AF"'
        in page
    )
    author = get(app, "/author/रेखा मौर्य").text
    assert (
        "<h1>रेखा मौर्य</h1>" in author
        and 'href="/source/dusra"' in author
        and author.count("<li>") == 2 + 2
    )
    assert get(app, "/source/kagaz", **{"from": "2026-12-02"}).text.count('<a href="/a/') == 1


def test_a_post_and_the_articles_that_carry_it(app: Datasette) -> None:
    page = get(app, "/embed/x:77").text
    assert (
        "Embedded in 2 articles" in page
        and "रात की पोस्ट" in page
        and "1 दिसंबर 2026, 01:30 IST" in page
    )
    assert page.count('<a href="/a/') == 2 and loads(page) == []


def test_a_story_says_who_printed_what_when(app: Datasette) -> None:
    one, other = ids(app)["canal"], ids(app)["9"]
    page = get(app, f"/story/{one}").text
    assert (
        page.index(f'href="/a/{one}"') < page.index(f'href="/a/{other}"')
        and f'href="/beside/{one}/{other}"' in page
    )
    assert "2 लेख, 2 स्रोत" in page
    assert get(app, f"/story/{other}").headers["location"] == f"/story/{one}"


@pytest.mark.parametrize("asked", [{"q": "नहर"}, {"q": "आजम"}, {"source": "kagaz"}, {}])
def test_headlines_that_changed(app: Datasette, asked: dict[str, str]) -> None:
    page = get(app, "/headlines", **asked).text
    assert f"<del>{TITLE}</del>" in page and "अब आएगा पानी" in page


def test_a_story_says_who_quotes_which_post(app: Datasette, desk: ArchiveBuilder) -> None:
    one = ids(app)["canal"]
    section = get(app, f"/story/{one}").text.partition("Who quotes which post")[2]
    assert section.count("/embed/x%3A1991") == 1 and "@Nahar_Dal" in section
    assert POST.splitlines()[0] in section
    assert f'href="/a/{one}"' in section and f'href="/a/{ids(app)["9"]}"' not in section
    public = get(make_app(desk.path, public=True), f"/story/{one}").text
    assert "@Nahar_Dal" in public and POST.splitlines()[0] not in public


def test_headlines_of_a_story_and_of_what_never_changed(app: Datasette) -> None:
    assert f"<del>{TITLE}</del>" in get(app, "/headlines", story=str(ids(app)["canal"])).text
    for asked in ({"q": "रात"}, {"source": "dusra"}, {"q": "कस्तूरी"}, {"from": "2030-01-01"}):
        assert "<del>" not in get(app, "/headlines", **asked).text


def test_any_search_is_an_atom_feed(app: Datasette) -> None:
    answer = get(app, "/search.atom", q="आजम नहर")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    assert {entry.findtext(f"{ATOM}id") for entry in entries} >= {
        f"http://localhost/a/{ids(app)['canal']}"
    }
    assert all(
        entry.findtext(f"{ATOM}updated") and entry.findtext(f"{ATOM}title") for entry in entries
    )
    assert (
        feed.findtext(f"{ATOM}updated")
        and '<link rel="alternate" type="application/atom+xml"' in get(app, "/search", q="नहर").text
    )


def test_long_lists_have_pages(app: Datasette, desk: ArchiveBuilder) -> None:
    crowd(desk, 120, day="2026-11-10", key="dusra")
    seen: list[str] = []
    where = "/source/dusra"
    for page in ("1", "2", "3"):
        text = get(app, where, page=page).text
        assert f"{page} / 3" in text
        seen += [part.split('"')[0] for part in text.split('<a href="/a/')[1:]]
    assert len(seen) == len(set(seen)) == 121 and seen == sorted(seen, reverse=True)
    hits = get(app, "/search", q="मेला", page="3").text
    assert hits.count('<a href="/a/') == 20 and 'rel="next"' not in hits


def test_prepared_queries_of_agencies_and_silence(tmp_path_factory: pytest.TempPathFactory) -> None:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("queries") / "archive.db")
    desk.add(source("dusra"))
    for number, (credit, day) in enumerate((("भाषा", 10), ("पीटीआई", 11), (None, 12), (None, 13))):
        url, moment = f"{HOME}/news/q{number}", f"2026-11-{day}T09:00:00+05:30"
        desk.read(
            article(url, f"बात {number}", title=f"बात {number}", desk=credit, published_at=moment)
        )
    crowd(desk, 4, day="2026-11-12", key="dusra")
    app = make_app(desk.path, public=False)
    wire = {
        row["source"]: row for row in get(app, "/archive/wire_share.json", _shape="array").json()
    }
    assert (
        wire["kagaz"]["articles"],
        wire["kagaz"]["credited"],
        wire["kagaz"]["credited_percent"],
    ) == (4, 2, 50.0)
    assert wire["dusra"]["credited"] == 0
    (silent,) = get(app, "/archive/silent_today.json", _shape="array").json()
    assert (silent["source"], silent["silent_on"], silent["last_on"]) == (
        "dusra",
        "2026-11-13",
        "2026-11-12",
    )
    assert get(app, "/archive/silent_today.json", day="2026-11-12", _shape="array").json() == []
    desk.archive.close()
