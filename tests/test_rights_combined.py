"""Every kind of signal, in force when the page was fetched or said now: one verdict and one reason, equal in the account,
in an export and on the article's page. And: an archive of the last release is judged as strictly or more strictly.
"""

from __future__ import annotations

import csv
import html
import json
import re
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from archive_fixtures import ArchiveBuilder, article, source
from export_fixtures import exported, prose
from rights_cases import rsl, usage
from test_migrations import FILES, archive_of
from web_fixtures import get

from khabar.archive import health, open_archive
from khabar.archive.rights import PURPOSES, RightsReader, decide_all
from khabar.archive.store import snapshots
from khabar.archive.upkeep import account
from khabar.archive.upkeep.account import ReportPeriod
from khabar.parsing.rsl import parse_rsl
from khabar.processing.responses import read_license
from khabar.web import make_app

START = datetime(2026, 11, 1, 6, tzinfo=UTC)
LATER = timedelta(days=10)
LICENSE = "/rsl.xml"
ROBOTS = {
    "Content-Usage": "User-agent: *\nContent-Usage: train-ai=n\n",
    "Content-Signal": "User-agent: *\nContent-Signal: ai-input=no, ai-train=no\n",
    "AI robots": "User-agent: GPTBot\nDisallow: /\n",
    "search": "User-agent: *\nContent-Usage: search=n\n",
    "ours alone": "User-agent: Khabar\nContent-Usage: train-ai=y\n\nUser-agent: *\nContent-Usage: train-ai=n\n",
    "RSL": f"License: {LICENSE}\n",
    "nothing": "User-agent: *\nAllow: /\n",
}
TDMREP = json.dumps([{"location": "/", "tdm-reservation": 1}])
TERMS = rsl(usage("prohibits", "ai-all")).encode()
PAGES = {
    "header Content-Usage": {"content_usage": "train-ai=n"},
    "header Content-Signal": {"content_signal": "ai-input=no"},
    "meta noai": {"noai": True, "meta_robots": ["noai"]},
    "meta TDMRep": {"tdm_reservation": "1"},
    "meta TDMRep free": {"tdm_reservation": "0"},
    "meta noindex": {"noindex": True},
}
TIMES = ("then", "now", "then and now")
# (signal, when, uses reserved, the reason): what the site says
SITE = {
    "Content-Usage": ({"train"}, "Content-Usage in robots.txt"),
    "Content-Signal": ({"train", "ai-input"}, "Content-Signal in robots.txt"),
    "AI robots": ({"train"}, "robots.txt bars AI robots (GPTBot)"),
    "search": ({"search"}, "Content-Usage in robots.txt"),
    "ours alone": (set(), ""),
    "RSL": ({"train", "ai-input"}, "the RSL licence prohibits it"),
    "TDMRep": ({"train"}, "TDM reservation"),
    "robots unreadable": ({"train", "ai-input"}, "robots.txt cannot be read"),
}
PAGE = {
    "header Content-Usage": ({"train"}, "Content-Usage"),
    "header Content-Signal": ({"ai-input"}, "Content-Signal"),
    "meta noai": ({"train", "ai-input"}, "noai"),
    "meta TDMRep": ({"train"}, "TDM reservation"),
    "meta TDMRep free": (set(), ""),
    "meta noindex": ({"search"}, "noindex"),
    "page RSL": ({"train", "ai-input"}, "the RSL licence prohibits it"),
    "page RSL unread": ({"train", "ai-input"}, "an RSL licence that could not be read"),
}
SUFFIX = {"then": ", when it was fetched", "now": ", now", "then and now": ""}
CASES = [
    *((signal, when, uses, reason + SUFFIX[when] if reason else "") for (signal, (uses, reason)), when in product(SITE.items(), TIMES)),
    *((signal, "then", uses, reason) for signal, (uses, reason) in PAGE.items()),
    ("nothing", "then and now", set(), ""),
    ("never asked", "then and now", {"train", "ai-input"}, "unknown: the site was never asked"),
]  # fmt: skip
# `unreadable` now means: the last answer that says something still counts
CASES = [case for case in CASES if case[:2] != ("robots unreadable", "now")]


def key_of(number: int) -> str:
    return f"site{number:02}"


def home_of(number: int) -> str:
    return f"http://www.{key_of(number)}.newsroom.test"


def say(desk: ArchiveBuilder, number: int, signal: str | None) -> None:
    """Stores what a site answers at the desk's time; `None`: nothing is reserved."""
    home = home_of(number)
    if signal == "robots unreadable":
        health.save_site_file(desk.db, "robots", home, 503, b"", desk.now)
        return
    health.save_site_file(
        desk.db, "robots", home, 200, ROBOTS.get(signal or "", ROBOTS["nothing"]).encode(), desk.now
    )
    tdmrep = TDMREP.encode() if signal in ("TDMRep", "meta TDMRep free") else b"[]"
    health.save_site_file(desk.db, "tdmreps", home, 200, tdmrep, desk.now)
    if signal in ("RSL", "page RSL"):
        health.save_license(
            desk.db, home + LICENSE, 200, TERMS, read_license(TERMS).decode(), desk.now
        )


def build(desk: ArchiveBuilder) -> None:
    """A site and an article for each case, fetched at START; what its site says LATER."""
    assert parse_rsl(TERMS)
    begun = desk.now
    for number, (signal, when, _, _) in enumerate(CASES):
        desk.now = begun
        desk.add(source(key_of(number), permission="open"))
        if signal != "never asked":
            say(desk, number, signal if "then" in when else None)
        rights = PAGES.get(
            signal, {"rsl": [home_of(number) + LICENSE]} if signal.startswith("page RSL") else {}
        )
        desk.read(
            article(
                f"{home_of(number)}/news/1", prose(number), title=f"शीर्षक {number}", rights=rights
            ),
            key=key_of(number),
        )
        desk.now = begun + LATER
        if signal != "never asked":
            say(desk, number, signal if "now" in when or signal in PAGE else None)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    built = ArchiveBuilder(tmp_path_factory.mktemp("combined") / "archive.db", START)
    build(built)
    yield built
    built.archive.close()


@pytest.fixture(scope="module")
def articles(desk):
    """Number of the case → id of its article."""
    return {
        int(url[15:17]): number for url, number in desk.db.execute("select url, id from articles")
    }


@pytest.fixture(scope="module")
def accounts(desk, tmp_path_factory):
    """Number of the case → purpose → what the account says."""
    folder, found = tmp_path_factory.mktemp("accounts"), {}
    period = ReportPeriod(START.date(), (START + LATER).date())
    for number in range(len(CASES)):
        account.write_report(desk.db, key_of(number), period, folder / str(number), desk.now)
        with (folder / str(number) / "held.csv").open(encoding="utf-8-sig", newline="") as file:
            (found[number],) = csv.DictReader(file)
    return found


@pytest.fixture(scope="module")
def exports(desk, tmp_path_factory):
    """purpose → (manifest, ids in the dataset, by whether they have a text)."""
    found = {}
    for purpose in PURPOSES:
        folder = tmp_path_factory.mktemp(purpose)
        manifest = exported(desk.archive, folder, purpose=purpose)
        rows = [json.loads(line) for line in (folder / "articles.jsonl").read_text().splitlines()]
        found[purpose] = (manifest, {row["id"]: bool(row["text"]) for row in rows})
    return found


@pytest.fixture(scope="module")
def app(desk):
    return make_app(desk.path, public=False)


def shown_on_page(app, number: int) -> dict[str, str]:
    page = get(app, f"/a/{number}").text
    (part,) = re.findall(r'<details class="uses">(.*?)</details>', page, re.S)
    pairs = re.findall(r'<dt lang="en">([^<]+)</dt><dd lang="en">([^<]+)</dd>', part)
    return {purpose: html.unescape(told) for purpose, told in pairs}


def test_there_are_forty_combinations_with_each_purpose():
    assert len(CASES) == 33 and len(CASES) * len(PURPOSES) == 132


@pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[f"{signal} {when}" for signal, when, _, _ in CASES]
)
def test_one_verdict_with_one_reason_everywhere(desk, articles, accounts, exports, app, number):
    _, _, uses, reason = CASES[number]
    article_id = articles[number]
    signals = RightsReader(desk.db).load_articles([article_id])[article_id]
    told = {purpose: str(decision) for purpose, decision in decide_all(signals, "open").items()}
    wanted = {
        purpose: f"nothing: {reason}" if purpose in uses else "all: openly licensed"
        for purpose in PURPOSES
    }
    assert told == wanted
    assert {purpose: accounts[number][purpose] for purpose in PURPOSES} == told
    assert shown_on_page(app, article_id) == told
    for purpose, (_, ids) in exports.items():
        assert ids.get(article_id, False) == (purpose not in uses)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_an_export_counts_each_reason_as_the_account_does(exports, accounts, purpose):
    reasons = [
        row[purpose].partition(": ")[2]
        for row in accounts.values()
        if row[purpose].startswith("nothing")
    ]
    if purpose == "research":
        assert reasons == []
    assert exports[purpose][0]["withheld"] == {
        reason: reasons.count(reason) for reason in sorted(set(reasons))
    }


def test_signals_have_no_order(desk, articles):
    """Visits and pages the other way round give the same decisions."""
    from dataclasses import replace

    reader = RightsReader(desk.db)
    for signals in reader.load_articles(list(articles.values())).values():
        turned = replace(signals, pages=signals.pages[::-1], visits=signals.visits[::-1])
        assert decide_all(turned, "open") == decide_all(signals, "open")


# --- an archive of the last release ---

# What the last release's own account (files of the fetch) and export (newest files) reserved of this archive for training,
# as both said when they were run on it; `ours alone` apart, below.
RELEASED_RESERVED = {
    (signal, when)
    for signal, when, _, _ in CASES
    if (signal in ("Content-Usage", "Content-Signal", "AI robots", "TDMRep") and "then" in when)
    or signal in ("header Content-Usage", "meta noai", "meta TDMRep")
}
RELEASED_WITHHELD = {
    (signal, when)
    for signal, when, _, _ in CASES
    if (signal in ("Content-Usage", "Content-Signal", "AI robots", "TDMRep") and "now" in when)
    or signal in ("header Content-Usage", "meta noai", "meta TDMRep")
}
# The one kind that is laxer: a group that names us permits, and the release let `*` overrule it.
LAXER_ON_PURPOSE = {("ours alone", when) for when in TIMES}


def test_an_archive_of_the_last_release_is_judged_as_strictly_or_more(desk, tmp_path):
    """Its schema has no licences; it is read as it is, before any migration."""
    path = tmp_path / "old.db"
    old = archive_of(path, tuple(file for file in FILES if file.stem < "0008"))
    assert "licenses" not in old.table_names()
    for table in (
        "sources",
        "robots",
        "tdmreps",
        "pages",
        "dictionaries",
        "snapshots",
        "articles",
        "revisions",
    ):
        names = [column.name for column in old[table].columns]
        rows = list(desk.db.query(f"select {', '.join(names)} from {table}"))
        old.execute("pragma foreign_keys = off")
        for row in rows:
            old.execute(
                f"insert into {table} ({', '.join(names)}) values ({', '.join('?' * len(names))})",
                list(row.values()),
            )
    old.close()
    with open_archive(path) as archive:
        ids = {
            int(url[15:17]): number
            for url, number in archive.db.execute("select url, id from articles")
        }
        signals = RightsReader(archive.db).load_articles(list(ids.values()))
        reserved = {
            CASES[number][:2]
            for number, article_id in ids.items()
            if decide_all(signals[article_id], "open")["train"].extent == "nothing"
        }
    assert len(ids) == len(CASES)
    assert reserved >= RELEASED_RESERVED | RELEASED_WITHHELD
    stricter = sorted(reserved - RELEASED_RESERVED)
    assert stricter == sorted(
        [(signal, "now") for signal in ("AI robots", "Content-Signal", "Content-Usage", "TDMRep")]
        + [("RSL", when) for when in TIMES]
        + [("page RSL", "then"), ("page RSL unread", "then"), ("never asked", "then and now")]
        + [("robots unreadable", "then"), ("robots unreadable", "then and now")]
    )
    assert not reserved & LAXER_ON_PURPOSE


def test_a_new_fetch_hears_the_site_of_its_own_time(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db", START)
    desk.add(source("site00", permission="open"))
    say(desk, 0, "Content-Usage")
    one = article(f"{home_of(0)}/news/1", prose(0))
    desk.read(one, key="site00", body=b"<html>same")
    desk.wait(days=10)
    say(desk, 0, None)
    desk.read(one, key="site00", body=b"<html>same")
    assert desk.db.execute("select count(*) from snapshots").fetchone() == (2,)
    (number,) = (row["id"] for row in desk.rows("select id from articles"))
    assert (
        str(decide_all(RightsReader(desk.db).load_articles([number])[number], "open")["train"])
        == "all: openly licensed"
    )
    assert snapshots.load_newest_page(desk.db, number) is not None
    desk.archive.close()
