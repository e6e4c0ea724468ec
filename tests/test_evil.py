"""A whole crawl against a server without manners: all pages end in a named outcome or wait with a reason, none hangs."""

from __future__ import annotations

import json
import signal
import subprocess
from datetime import datetime, timedelta

import pytest
from conftest import Khabar
from hostile_cases import (
    HOST,
    MACHINE,
    NOW,
    ROBOTS,
    THREATS,
    WORDS,
    answers,
    path_of,
    settle,
    waits,
)
from hostile_server import Evil

from crawler import settings
from khabar.archive import open_archive
from khabar.model.items import Outcome
from khabar.model.schedule import RETRY_BASE, RETRY_SHARE

TIMEOUT = 4  # seconds, instead of the real 30


def crawl(khabar: Khabar, source: str) -> tuple[int, str]:
    guards = {**settings.DOWNLOADER_MIDDLEWARES, "tests.hostile_server.Stumble": 110}
    told = [
        f"DOWNLOAD_TIMEOUT={TIMEOUT}",
        "LOG_LEVEL=ERROR",
        f"DOWNLOADER_MIDDLEWARES={json.dumps(guards)}",
    ]
    run = khabar.start(
        "crawl",
        source,
        *(word for one in told for word in ("-s", one)),
        entry="scrapy.cmdline:execute",
    )
    try:
        code = run.wait()
    except (
        subprocess.TimeoutExpired
    ):  # it hangs: what the ledger says is worth looking at all the same
        code = -signal.SIGKILL
    return code, run.printed()[1]


def ledger(khabar: Khabar) -> dict[str, dict]:
    with open_archive(khabar.archive) as archive:
        told = archive.db.query(
            "select p.*, a.text from pages p left join articles a on a.id = p.article_id"
        )
        return {row["url"]: row for row in told}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs, half an hour apart: of each, every ledger row by address, the server's log, (code, stderr)s."""
    with Evil(answers()) as evil:
        khabar = settle(tmp_path_factory.mktemp("evil"), evil)
        told = []
        for khabar.now, names in (
            (NOW, ("evil", "machine")),
            (NOW + timedelta(minutes=30), ("evil",)),
        ):
            asked = len(evil.log)
            done = [crawl(khabar, name) for name in names]
            told.append((ledger(khabar), evil.log[asked:], done))
        yield told


@pytest.fixture
def crawled(runs):
    return runs[0]


def ended(row, end) -> bool:
    """Whether a ledger row says what was expected; None: any named outcome will do."""
    if waits(end):
        return (
            row["outcome"] is None
            and row["next_at"] is not None
            and row["evidence"].startswith(end)
        )
    return row["outcome"] == end if end else row["outcome"] in set(Outcome)


@pytest.mark.parametrize("name", THREATS)
def test_threat(crawled, name):
    row = crawled[0][f"http://{HOST}{path_of(name)}"]
    assert ended(row, THREATS[name][1]), (row["outcome"], row["evidence"])


@pytest.mark.parametrize(
    "name", [name for name, (_, end) in THREATS.items() if end is Outcome.ARTICLE]
)
def test_what_was_read_is_what_was_written(crawled, name):
    assert WORDS.strip() in crawled[0][f"http://{HOST}{path_of(name)}"]["text"]


@pytest.mark.parametrize("case", ROBOTS)
def test_robots(crawled, case):
    rows, log, *_ = crawled
    host, end = f"{case}.robots.newsroom.test", ROBOTS[case][1]
    row = rows[f"http://{host}/feed.xml"]
    assert ended(row, end), (row["outcome"], row["evidence"])
    assert ((host, "/feed.xml") in log) == (end is Outcome.FEED)


@pytest.mark.parametrize("host", MACHINE)
def test_this_machine_is_never_asked(crawled, host):
    rows, log, *_ = crawled
    [row] = [row for url, row in rows.items() if url.startswith(f"http://{host}:")]
    assert row["outcome"] == Outcome.BLOCKED_ADDRESS, row["evidence"]
    assert not [asked for asked in log if not asked[0].endswith(".newsroom.test")]


@pytest.mark.parametrize(
    ("where", "outcome"),
    [
        ("file:///etc/passwd", Outcome.BAD_URL),
        ("data:text/html,%3Cp%3Ex", Outcome.BAD_URL),
        ("javascript:alert(1)", Outcome.BAD_URL),
        ("http://[::/khabar/", Outcome.BAD_URL),
        ("http://127.0.0.1/", Outcome.OFF_SITE),
        ("http://169.254.169.254/latest/meta-data/", Outcome.OFF_SITE),
        ("http://other.newsroom.test/khabar/x", Outcome.OFF_SITE),
        (f"http://{HOST}/about", Outcome.DENIED),
        (f"http://{HOST}/khabar/{'x' * 9000}", Outcome.BAD_URL),
        (f"http://{HOST}/khabar/%E0%A4%96", Outcome.NOT_FOUND),
    ],
)
def test_where_a_redirect_leads_is_judged_before_it_is_asked(crawled, where, outcome):
    rows, log, *_ = crawled
    assert rows[where]["outcome"] == outcome
    assert outcome is Outcome.NOT_FOUND or not [
        path for _, path in log if where.endswith(path) and len(path) > 1
    ]


def test_two_that_lead_to_each_other_end_in_a_loop(crawled):
    ends = {
        crawled[0][f"http://{HOST}{path_of(name)}"]["outcome"]
        for name in ("to and fro", "fro and to")
    }
    assert ends == {Outcome.ALIAS, Outcome.REDIRECT_LOOP}


def test_nothing_is_left_in_limbo(crawled):
    for url, row in crawled[0].items():
        assert row["outcome"] in set(Outcome) or row["next_at"], url


def test_each_address_is_asked_for_once(crawled):
    log = crawled[1]
    assert sorted(
        path for host, path in log if host == HOST and path.startswith("/khabar/")
    ) == sorted({path for host, path in log if host == HOST and path.startswith("/khabar/")})
    assert log.count((HOST, "/robots.txt")) == 1


def test_a_host_that_wants_a_pause_gets_it(crawled):
    row = crawled[0]["http://s429.robots.newsroom.test/feed.xml"]
    until = datetime.fromisoformat(row["next_at"])
    assert NOW + timedelta(hours=2) <= until < NOW + timedelta(hours=2, minutes=1)


def test_the_run_ends_and_stumbles_over_nothing_but_our_own_bug(crawled):
    *_, done = crawled
    assert [code for code, _ in done] == [0, 0]
    assert [
        line
        for _, said in done
        for line in said.splitlines()
        if "Error" in line and "RuntimeError" not in line
    ] == []


def test_half_an_hour_later_nobody_is_asked_who_did_not_want_it(runs):
    _, after, done = runs[1]
    assert done[0][0] == 0
    robots = {host for host, path in after if path == "/robots.txt"}
    assert robots == set(), "an answer counts for a day, the want of one for an hour"
    asked = {host.partition(".")[0] for host, path in after if path == "/feed.xml"}
    assert asked == {"pages", *(case for case, (_, end) in ROBOTS.items() if end is Outcome.FEED)}


def test_half_an_hour_later_only_what_failed_is_tried_again(runs):
    rows, after, *_ = runs[1]
    again = {path for host, path in after if path.startswith("/khabar/")}
    failed = {
        path_of(name) for name, (_, end) in THREATS.items() if waits(end) and name != "stumble"
    }
    retried = again - failed
    assert again > failed
    told = {path: rows[f"http://{HOST}{path}"] for path in retried}
    # a page that is retried, or the target it was sent to again
    assert [
        path for path, row in told.items() if not (row["failing_since"] or row["how"] == "redirect")
    ] == []
    asked = sum(len(log) for _, log, *_ in runs)
    assert len(retried) <= RETRY_BASE + RETRY_SHARE * asked
    assert {row["tries"] for row in told.values() if row["how"] != "redirect"} <= {2}
    assert {rows[f"http://{HOST}{path}"]["tries"] for path in failed} == {2}
