"""RSL licences on loopback: asked for once a day beside robots.txt, parsed behind the fence, kept, and obeyed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import Khabar, settle_in
from local_site import HOST, NOW, feed, serving_log
from rights_cases import rsl, usage

from khabar.archive import open_archive
from khabar.archive.rights import RightsReader, decide_all
from khabar.extraction import read_html
from newsroom.licenses import LICENSE_PATH
from newsroom.server import EDITION_ONE, EDITION_TWO, Newsroom

WORDS = "नगर के पुराने पुस्तकालय में रविवार को किताबों की मरम्मत का शिविर लगा जिसमें बीस से अधिक छात्र पहुँचे।"
LICENSE = f"http://{HOST}/rsl.xml"
OPEN = rsl(usage("permits", "all")).encode()
CLOSED = rsl(usage("prohibits", "ai-train")).encode()


def page(head: str = "") -> bytes:
    body = "".join(f"<p>{WORDS} अंक {number}।</p>" for number in range(6))
    return f'<html lang="hi"><head><title>शिविर</title>{head}</head><body><article><h1>शिविर</h1>{body}</article></body></html>'.encode()


def train_decision(path: Path, permission: str = "open") -> str:
    with open_archive(path) as archive:
        numbers = [number for (number,) in archive.db.execute("select id from articles")]
        assert len(numbers) == 1
        signals = RightsReader(archive.db).load_articles(numbers)[numbers[0]]
        return str(decide_all(signals, permission)["train"])


@contextmanager
def crawled(
    folder: Path, answers: dict[str, object]
) -> Iterator[tuple[Khabar, list[str], dict[str, object]]]:
    base = {
        "/feed.xml": feed(["/page/1"]),
        "/page/1": page(),
        "/robots.txt": b"User-agent: *\nAllow: /\n",
    }
    bodies = base | answers
    with serving_log(bodies, folder) as (khabar, log):
        run = khabar("crawl")
        assert (run.code, run.err) == (0, "")
        yield khabar, log, bodies


NAMED = {"/robots.txt": f"License: {LICENSE}\nUser-agent: *\nAllow: /\n".encode()}


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (NAMED | {"/rsl.xml": OPEN}, "all: openly licensed"),
        (NAMED | {"/rsl.xml": CLOSED}, "nothing: the RSL licence prohibits it"),
        ({"/robots.txt": b"User-agent: *\nAllow: /\nLicense: /rsl.xml\n", "/rsl.xml": CLOSED}, "nothing: the RSL licence prohibits it"),
        (NAMED, "nothing: an RSL licence that could not be read"),
        (NAMED | {"/rsl.xml": b"<html>"}, "nothing: an RSL licence that could not be read"),
        (NAMED | {"/rsl.xml": b"<a>" * 100_000}, "nothing: an RSL licence that could not be read"),
        (NAMED | {"/rsl.xml": (302, "/moved.xml"), "/moved.xml": OPEN}, "all: openly licensed"),
        # redirects that lead to no file say nothing of the file, which reserves
        (NAMED | {"/rsl.xml": (302, "/round"), "/round": (302, "/round")}, "nothing: an RSL licence that could not be read"),
        ({"/.well-known/tdmrep.json": (302, "/.well-known/tdmrep.json")}, "nothing: tdmrep.json cannot be read"),
        ({"/.well-known/tdmrep.json": (302, "ftp://x.example/tdmrep.json")}, "nothing: tdmrep.json cannot be read"),
        ({"/.well-known/tdmrep.json": (302, "/t.json"), "/t.json": b"[]"}, "all: openly licensed"),
        # a licence that the page names
        ({"/page/1": page('<link rel="license" type="application/rsl+xml" href="/rsl.xml">'), "/rsl.xml": CLOSED}, "nothing: the RSL licence prohibits it"),
        ({"/page/1": page('<link rel="license" type="application/rsl+xml" href="/rsl.xml">'), "/rsl.xml": OPEN}, "all: openly licensed"),
        ({"/page/1": page('<link rel="license" type="application/rsl+xml" href="/rsl.xml">')}, "nothing: an RSL licence that could not be read"),
        ({"/page/1": (page(), {"Link": '</rsl.xml>; rel="license"; type="application/rsl+xml"'}), "/rsl.xml": CLOSED}, "nothing: the RSL licence prohibits it"),
        ({"/page/1": (page(), {"Link": '</a.css>; rel=preload, </rsl.xml>; rel=license'}), "/rsl.xml": CLOSED}, "nothing: the RSL licence prohibits it"),
        ({"/page/1": page('<link rel="license" href="https://l.example/by">')}, "all: openly licensed"),
        # a header of the page
        ({"/page/1": (page(), {"Content-Signal": "ai-train=no"})}, "nothing: Content-Signal"),
        ({"/page/1": (page(), {"Content-Usage": "train-ai=n"})}, "nothing: Content-Usage"),
        # a feed
        ({"/feed.xml": feed(["/page/1"]).replace(b'version="2.0">', b'version="2.0" xmlns:rsl="https://rslstandard.org/rsl">')
          .replace(b"</item>", b'<rsl:content url="/page/"><rsl:license><rsl:prohibits type="usage">ai-train</rsl:prohibits></rsl:license></rsl:content></item>')},
         "nothing: the RSL licence prohibits it"),
    ],
)  # fmt: skip
def test_a_licence_is_asked_for_and_obeyed(tmp_path, answers, told):
    with crawled(tmp_path, answers) as (khabar, log, _):
        assert log.count("/rsl.xml") == ("rsl.xml" in str(answers))
    assert train_decision(khabar.archive) == told


def test_it_is_asked_for_once_a_day_and_its_history_counts(tmp_path):
    with crawled(tmp_path, NAMED | {"/rsl.xml": CLOSED}) as (khabar, log, bodies):
        assert log.index("/robots.txt") < log.index("/rsl.xml") < log.index("/page/1")
        bodies["/rsl.xml"] = OPEN
        again = Khabar(khabar.archive, khabar.newsroom, NOW + timedelta(hours=2))
        assert again("crawl").code == 0
        assert log.count("/rsl.xml") == 1
        bodies["/feed.xml"] = feed(["/page/1", "/page/2"])
        bodies["/page/2"] = page("<meta name=x content=y>").replace("नगर".encode(), "गाँव".encode())
        later = Khabar(khabar.archive, khabar.newsroom, NOW + timedelta(hours=30))
        assert later("crawl").code == 0
        assert log.count("/rsl.xml") == 2
    with open_archive(khabar.archive) as archive:
        assert archive.db.execute("select count(*) from licenses").fetchone() == (2,)
        numbers = dict(archive.db.execute("select substr(url, -1), id from articles").fetchall())
        signals = RightsReader(archive.db).load_articles(list(numbers.values()))
        told = {
            page: str(decide_all(signals[number], "open")["train"])
            for page, number in numbers.items()
        }
    assert told["2"] == "all: openly licensed"
    assert told["1"] in (
        "nothing: the RSL licence prohibits it, when it was fetched",
        "all: openly licensed",
    )
    report = later(
        "account", "pages", "--from", "2026-11-24", "--to", "2026-11-26", str(tmp_path / "out")
    )
    assert report.code == 0
    kept = {path.read_bytes() for path in (tmp_path / "out/site").glob("licenses-*.xml")}
    assert kept == {OPEN, CLOSED}


def test_the_newsroom_has_a_site_with_a_licence(tmp_path):
    archive = settle_in(tmp_path)
    with Newsroom(EDITION_ONE, bulk=5) as newsroom:
        newsroom.licensed_sites = frozenset({"savera"})
        khabar = Khabar(archive, newsroom.address, EDITION_ONE)
        assert khabar("crawl", "savera", "prahari").code == 0
        asked = [
            (one.host.split(".")[-3], one.path) for one in newsroom.log if one.path == LICENSE_PATH
        ]
    assert asked == [("savera", LICENSE_PATH)]
    with open_archive(archive) as held:
        numbers = dict(held.db.execute("select id, source from articles").fetchall())
        signals = RightsReader(held.db).load_articles(list(numbers))
        told = {
            (source, purpose): decision.extent
            for number, source in numbers.items()
            for purpose, decision in decide_all(signals[number], "open").items()
        }
    assert (
        told["savera", "train"] == "nothing"
        and told["savera", "search"] == told["savera", "ai-input"] == "all"
    )
    assert told["prahari", "train"] == "all" and EDITION_TWO > EDITION_ONE


@pytest.mark.parametrize(
    ("header", "urls"),
    [
        ('<https://a.example/rsl.xml>; rel="license"; type="application/rsl+xml"', ["https://a.example/rsl.xml"]),
        ("</rsl.xml>;rel=license", [f"http://{HOST}/rsl.xml"]),
        ("</rsl.xml>; rel=\"next license\"", [f"http://{HOST}/rsl.xml"]),
        ('</a>; rel="next", </rsl.xml>; type="application/rsl+xml"; rel="license"', [f"http://{HOST}/rsl.xml"]),
        ("</l.html>; rel=license; type=text/html", None),
        ("</l>; rel=licenses", None),
        ("<" * 100_000, None),
        ("<a>;" * 30_000, None),
        ("javascript:x; rel=license", None),
        ("<javascript:x>; rel=license", ["unreadable"]),
    ],
)  # fmt: skip
def test_the_link_header(header, urls):
    article = read_html(page(), f"http://{HOST}/page/1", headers={"link": header})
    assert article.rights.get("rsl") == urls


def test_a_licence_inside_the_page_is_told():
    head = f'<script type="application/rsl+xml">{CLOSED.decode()}</script>'
    assert read_html(page(head), f"http://{HOST}/page/1").rights["rsl_inline"] is True
    assert json.dumps(dict(read_html(page(), f"http://{HOST}/page/1").rights)) == "{}"


# --- khabar sources rights ---


def imported(khabar: Khabar, folder: Path, number: int = 2) -> None:
    lines = [
        {
            "url": f"http://{HOST}/page/{at}",
            "title": "शिविर",
            "text": f"{WORDS} {at}।\n\n{WORDS}",
            "source": "pages",
        }
        for at in range(number)
    ]
    (folder / "in.jsonl").write_text(
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8"
    )
    assert khabar("import", str(folder / "in.jsonl")).code == 0


def test_the_sites_of_an_import_are_asked_now(tmp_path):
    robots = f"License: {LICENSE}\nUser-agent: ia_archiver\nDisallow: /\n\nUser-agent: *\nContent-Signal: ai-input=no\n"
    answers = {"/robots.txt": robots.encode(), "/rsl.xml": CLOSED}
    with serving_log(answers, tmp_path) as (khabar, log):
        imported(khabar, tmp_path)
        with open_archive(khabar.archive) as archive:
            numbers = [number for (number,) in archive.db.execute("select id from articles")]
            signals = RightsReader(archive.db).load_articles(numbers)
            told = {str(decide_all(one, "open")["train"]) for one in signals.values()}
        assert told == {"nothing: unknown: the site was never asked"} and log == []
        run = khabar("sources", "rights", "--json")
        assert (run.code, run.err) == (0, "")
        assert log == ["/robots.txt", "/.well-known/tdmrep.json", "/rsl.xml"]
        (row,) = json.loads(run.out)
        assert row == {
            "source": "pages", "site": f"http://{HOST}", "articles": 2, "robots": "read", "tdmrep": "absent",
            "licences": 1, "licences_unread": 0, "archives_barred": ["ia_archiver"],
            "reserved": {"search": 0, "ai-input": 2, "train": 2},
            "because": {"train": {"the RSL licence prohibits it": 2}, "ai-input": {"Content-Signal in robots.txt": 2}},
        }  # fmt: skip
        again = khabar("sources", "rights", "pages")
        assert again.code == 0 and len(log) == 3  # today's answers are there
        assert "pages.newsroom" in again.out
        with open_archive(khabar.archive) as archive:
            assert archive.db.execute(
                "select count(*) from fetches where user_agent like 'Khabar/%'"
            ).fetchone() == (3,)
        wrong = khabar("sources", "rights", "nobody")
        assert wrong.code == 2 and len(wrong.err.splitlines()) == 1


def test_a_site_that_says_nothing_is_free_after_it_was_asked(tmp_path):
    with serving_log({"/robots.txt": b"User-agent: *\nAllow: /\n"}, tmp_path) as (khabar, _):
        imported(khabar, tmp_path, 1)
        file = tmp_path / "sources/pages.toml"
        file.write_text(
            file.read_text(encoding="utf-8").replace(
                "delay = 0.0", 'delay = 0.0\npermission = "open"'
            ),
            encoding="utf-8",
        )
        (row,) = json.loads(khabar("sources", "rights", "pages", "--json").out)
    assert row["reserved"] == {"search": 0, "ai-input": 0, "train": 0}
    with open_archive(khabar.archive) as archive:
        assert archive.db.execute("select permission from sources").fetchall() == [("open",)]
    assert train_decision(khabar.archive) == "all: openly licensed"


def test_a_site_that_does_not_answer_stays_reserved(tmp_path):
    with serving_log({"/robots.txt": (503, "/x")}, tmp_path) as (khabar, _):
        imported(khabar, tmp_path, 1)
        (row,) = json.loads(khabar("sources", "rights", "pages", "--json").out)
    assert row["robots"] == "unreadable"
    assert train_decision(khabar.archive) == "nothing: robots.txt cannot be read"


def test_without_an_archive_nothing_is_made(tmp_path):
    run = Khabar(tmp_path / "archive.db", "127.0.0.1:1", NOW)("sources", "rights")
    assert run.code == 2 and not (tmp_path / "archive.db").exists()
