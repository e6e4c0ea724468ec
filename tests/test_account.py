"""The account of a source: equal to the server's own log, request by request, with the signals then in force."""

from __future__ import annotations

import csv
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from archive_fixtures import HOME, START, WORDS, ArchiveBuilder, article
from conftest import Khabar, settle_in
from local_site import HOST, NOW, feed, source_toml

from khabar.archive import health, open_archive, rights
from khabar.archive.upkeep import account, copies, takedown
from khabar.archive.upkeep.account import ReportPeriod
from newsroom.server import EDITION_ONE, EDITION_TWO, Newsroom

SOURCES = ("savera", "prahari")
FIRST, LAST = EDITION_ONE.date().isoformat(), EDITION_TWO.date().isoformat()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """Two crawls: the accounts of both sources, and the newsroom's own log."""
    folder = tmp_path_factory.mktemp("account")
    archive = settle_in(folder)
    with Newsroom(EDITION_ONE) as newsroom:
        assert Khabar(archive, newsroom.address, EDITION_ONE)("crawl", *SOURCES).code == 0
        newsroom.now = EDITION_TWO
        khabar = Khabar(archive, newsroom.address, EDITION_TWO)
        assert khabar("crawl", "savera").code == 0
        told = khabar("account", "savera", "--from", FIRST, "--to", LAST, str(folder / "savera"))
        assert (told.code, told.err) == (0, "")
    with open_archive(archive) as held:
        days = ReportPeriod(EDITION_ONE.date(), EDITION_TWO.date())
        account.write_report(held.db, "prahari", days, folder / "prahari", EDITION_TWO)
    return folder, newsroom.log


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def rows(folder: Path, *names: str) -> list[dict[str, str]]:
    return [row for name in names for row in read_rows(folder / name)]


def test_it_equals_the_server_s_own_log_request_by_request(crawled):
    folder, log = crawled
    told = [(urlsplit(row["url"]).hostname, row["url"], int(row["status"]), row["user_agent"])
            for row in rows(folder, *(f"{source}/requests.csv" for source in SOURCES))]  # fmt: skip
    seen = [(one.host, f"http://{one.host}{one.path}", one.status, one.user_agent) for one in log]
    assert sorted(told) == sorted(seen) and len(told) > 40
    assert {301, 404, 200} <= {status for _, _, status, _ in told}


def test_each_source_s_account_has_its_own_requests_alone(crawled):
    folder, _ = crawled
    for source in SOURCES:
        assert {
            urlsplit(row["url"]).hostname.split(".")[-3]
            for row in rows(folder, f"{source}/requests.csv")
        } == {source}


def test_times_are_the_server_s_within_a_day(crawled):
    folder, _ = crawled
    days = {row["at"][:10] for row in rows(folder, "savera/requests.csv")}
    assert days == {EDITION_ONE.strftime("%Y-%m-%d"), EDITION_TWO.strftime("%Y-%m-%d")}


def test_every_page_came_under_a_robots_txt_that_is_there(crawled):
    folder, _ = crawled
    for row in rows(folder, "prahari/requests.csv"):
        if row["reason"] not in ("robots",):
            assert (folder / "prahari" / row["robots"]).read_bytes(), row
    assert {row["robots"] for row in rows(folder, "prahari/held.csv")} <= {
        f"site/{path.name}" for path in (folder / "prahari" / "site").iterdir()}  # fmt: skip


def test_what_robots_forbade_was_refused_and_not_requested(crawled):
    folder, log = crawled
    refused = {row["url"]: row["outcome"] for row in rows(folder, "savera/refused.csv")}
    assert "robots" in refused.values()
    assert not refused.keys() & {f"http://{one.host}{one.path}" for one in log}


def test_held_is_what_the_archive_has(crawled):
    folder, _ = crawled
    with open_archive(folder / "archive.db") as archive:
        urls = {
            url for (url,) in archive.db.execute("select url from articles where source = 'savera'")
        }
    held = rows(folder, "savera/held.csv")
    assert {row["url"] for row in held} == urls
    assert {row["train"] for row in held} == {"metadata: no permission of the source"}


def test_the_page_says_it_in_sum(crawled):
    folder, _ = crawled
    page = (folder / "savera" / account.REPORT_FILE).read_text(encoding="utf-8")
    assert f"{len(rows(folder, 'savera/requests.csv'))} requests" in page
    assert f"{len(rows(folder, 'savera/held.csv'))} articles" in page and "Khabar/0.1.0" in page
    for link in re.findall(r'href="([^"]+)"', page):
        assert (folder / "savera" / link).exists(), link


def test_a_period_is_days_in_india():
    period = ReportPeriod(date(2026, 11, 2), date(2026, 11, 3))
    assert (period.since, period.until) == ("2026-11-01T18:30:00", "2026-11-03T18:30:00")


# --- no answer is a row, too ---


@contextmanager
def hanging_up(folder: Path, tdmrep: bytes):
    """A site that hangs up on one page, and reserves mining for some of its pages."""
    bodies = {"/feed.xml": feed(["/page/1", "/page/2"]), "/robots.txt": b"User-agent: GPTBot\nDisallow: /\n",
              "/.well-known/tdmrep.json": tdmrep, "/page/1": page(1)}  # fmt: skip
    log: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            log.append(self.path)
            if self.path == "/page/2":
                self.close_connection = True
                return
            body = bodies[self.path]
            self.send_response(200)
            self.send_header(
                "Content-Type",
                "application/xml" if self.path == "/feed.xml" else "text/html; charset=utf-8",
            )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "pages.toml").write_text(source_toml(), encoding="utf-8")
    (folder / "khabar.toml").write_text(
        'contact = "https://tests.newsroom.test"\nsource_folders = ["sources"]\n'
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Khabar(folder / "archive.db", f"127.0.0.1:{server.server_port}", NOW), log
    finally:
        server.shutdown()
        server.server_close()


def page(n: int) -> bytes:
    body = "".join(f"<p>{one} अंक {n}।</p>" for one in WORDS * 3)
    return f"<html><head><title>शिविर {n}</title></head><body><article><h1>शिविर {n}</h1>{body}</article></body></html>".encode()


@pytest.fixture(scope="module")
def hung_up(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hanging")
    with hanging_up(
        folder, json.dumps([{"location": "/page/", "tdm-reservation": 1}]).encode()
    ) as (khabar, log):
        khabar("crawl")
        told = khabar(
            "account",
            "pages",
            "--from",
            f"{NOW:%Y-%m-%d}",
            "--to",
            f"{NOW:%Y-%m-%d}",
            str(folder / "out"),
        )
    assert told.code == 0, told.err
    return folder, log


def test_a_request_without_an_answer_is_told(hung_up):
    folder, log = hung_up
    made = rows(folder, "out/requests.csv")
    assert sorted(row["url"] for row in made) == sorted(f"http://{HOST}{path}" for path in log)
    (lost,) = (row for row in made if row["url"].endswith("/page/2"))
    assert lost["status"] == "0" and lost["error"]


def test_the_site_s_word_on_mining_is_asked_once_before_its_pages_and_counts(hung_up):
    folder, log = hung_up
    assert log.count("/.well-known/tdmrep.json") == 1
    assert log.index("/robots.txt") < log.index("/.well-known/tdmrep.json") < log.index("/page/1")
    (held,) = rows(folder, "out/held.csv")
    assert held["train"] == "nothing: TDM reservation" and held["research"].startswith("all")
    with open_archive(folder / "archive.db") as archive:
        (number,) = archive.db.execute("select id from articles").fetchone()
        said = rights.RightsReader(archive.db).load_articles([number])[number]
    assert [one.reason for one in rights.find_reservations(said)] == [
        "TDM reservation", "robots.txt bars AI robots (GPTBot)"]  # fmt: skip


# --- the signals of each kept page ---

ROBOTS = b"""User-agent: *
Content-Usage: train-ai=n
Content-Signal: search=yes, ai-train=no
License: https://kagaz.newsroom.test/rsl.xml

User-agent: CCBot
Disallow: /news/
"""


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    yield opened
    opened.archive.close()


def loaded(desk, path="1"):
    """(signals, decisions for an open source) of an article."""
    (number,) = desk.db.execute(
        "select id from articles where url = ?", [f"{HOME}/news/{path}"]
    ).fetchone()
    signals = rights.RightsReader(desk.db).load_articles([number])[number]
    return signals, rights.decide_all(signals, "open")


def test_a_page_keeps_the_word_of_its_own_time_and_hears_today_s(desk):
    health.save_site_file(desk.db, "robots", HOME, 200, b"User-agent: *\nAllow: /\n", desk.now)
    desk.read(article())
    desk.wait(days=30)
    health.save_site_file(desk.db, "robots", HOME, 200, ROBOTS, desk.now)
    page_rights = {"tdm_reservation": "0", "x_robots_tag": ["noai"], "noai": True}
    desk.read(article(f"{HOME}/news/2", "दूसरी ख़बर " * 20, rights=page_rights))
    (first, told), (second, later) = loaded(desk), loaded(desk, "2")
    assert {visit.when: visit.site.robots.text for visit in first.visits} == {
        "then": "User-agent: *\nAllow: /\n", "now": ROBOTS.decode()}  # fmt: skip
    assert str(told["train"]) == "nothing: robots.txt bars AI robots (CCBot), now"
    assert later["train"] == rights.UsageDecision("nothing", "noai", "noai", "page")
    assert rights.decide_all(second, "written")["train"].extent == "all"
    assert rights.decide_all(second, "none")["search"].extent == "all"
    assert rights.summarize_robots(ROBOTS.decode()) == {
        "ai_robots": "CCBot", "archives_barred": "", "content_usage": "/ train-ai=n",
        "content_signal": "/ search=yes, ai-train=no", "license": "https://kagaz.newsroom.test/rsl.xml"}  # fmt: skip


def test_what_was_reserved_stays_reserved_until_the_page_is_fetched_again(desk):
    """AIPREF attachment 05, "When Preferences Apply"."""
    health.save_site_file(
        desk.db, "robots", HOME, 200, b"User-agent: *\nContent-Usage: train-ai=n\n", desk.now
    )
    desk.read(article(), body=b"<html>1")
    desk.wait(days=30)
    health.save_site_file(desk.db, "robots", HOME, 200, b"User-agent: *\nAllow: /\n", desk.now)
    assert (
        str(loaded(desk)[1]["train"]) == "nothing: Content-Usage in robots.txt, when it was fetched"
    )
    desk.read(article(), body=b"<html>1")
    assert loaded(desk)[1]["train"].extent == "all"


def test_an_answer_that_failed_hides_none_that_did_not(desk):
    health.save_site_file(
        desk.db, "robots", HOME, 200, b"User-agent: *\nContent-Usage: train-ai=n\n", desk.now
    )
    desk.read(article())
    desk.wait(days=1)
    health.save_site_file(desk.db, "robots", HOME, 503, b"", desk.now)
    assert str(loaded(desk)[1]["train"]) == "nothing: Content-Usage in robots.txt"
    desk.wait(days=1)
    health.save_site_file(desk.db, "robots", HOME, 404, b"", desk.now)
    assert (
        str(loaded(desk)[1]["train"]) == "nothing: Content-Usage in robots.txt, when it was fetched"
    )


def test_a_tdmrep_that_failed_once_is_known_by_the_next_answer(desk):
    """robots.txt cannot fail at a fetch: the page would not have been requested."""
    health.save_site_file(desk.db, "robots", HOME, 404, b"", desk.now)
    health.save_site_file(desk.db, "tdmreps", HOME, 503, b"", desk.now)
    desk.read(article())
    assert str(loaded(desk)[1]["train"]) == "nothing: tdmrep.json cannot be read"
    desk.wait(hours=2)
    health.save_site_file(desk.db, "tdmreps", HOME, 404, b"", desk.now)
    assert loaded(desk)[1]["train"].extent == "all"


def test_the_page_outweighs_its_site_s_file(desk):
    health.save_site_file(desk.db, "robots", HOME, 404, b"", desk.now)
    tdmrep = json.dumps([{"location": "/", "tdm-reservation": 1}]).encode()
    health.save_site_file(desk.db, "tdmreps", HOME, 200, tdmrep, desk.now)
    desk.read(article(rights={"tdm_reservation": "0"}))
    desk.read(article(f"{HOME}/news/2", "दूसरी ख़बर " * 20))
    assert [loaded(desk, path)[1]["train"].extent for path in "12"] == ["all", "nothing"]


def test_a_paywall_is_remembered_of_what_is_no_article_too(desk):
    from khabar.archive.store import snapshots

    desk.read(article())
    snapshots.save_rights(
        desk.db, 1, article(signals={"paywalled": "isAccessibleForFree"}, rights={"noindex": True})
    )
    (kept,) = desk.rows("select rights from snapshots where id = 1")
    assert json.loads(kept["rights"]) == {"noindex": True, "paywall": "isAccessibleForFree"}


def test_exports_and_takedowns_are_on_the_page(desk, tmp_path):
    desk.read(article())
    desk.read(article(f"{HOME}/news/2", "दूसरी ख़बर " * 20))
    copies.record_copy(
        desk.db,
        "export",
        tmp_path / "dataset",
        desk.now,
        {"format": "jsonl", "purpose": "train"},
        2,
    )
    copies.record_copy(desk.db, "export", tmp_path / "other", desk.now, {"sources": ["savera"]}, 9)
    takedown.add_takedown(desk.archive, f"{HOME}/news/2", "अदालत का आदेश <b>", "संपादक", desk.now)
    counts = account.write_report(
        desk.db, "kagaz", ReportPeriod(START.date(), START.date()), tmp_path / "out", desk.now
    )
    page = (tmp_path / "out" / account.REPORT_FILE).read_text(encoding="utf-8")
    assert counts["held"] == 1 and "purpose: train" in page and "/other" not in page
    assert "अदालत का आदेश &lt;b&gt;" in page and "संपादक" in page
    assert "taken-down" in (tmp_path / "out" / "refused.csv").read_text(encoding="utf-8-sig")


def test_days_without_anything_have_an_account(desk, tmp_path):
    day = (START - timedelta(days=900)).date()
    assert set(
        account.write_report(
            desk.db, "kagaz", ReportPeriod(day, day), tmp_path / "out", desk.now
        ).values()
    ) == {0}
    assert "Nothing was requested" in (tmp_path / "out" / account.REPORT_FILE).read_text(
        encoding="utf-8"
    )


def test_cells_are_run_by_no_spreadsheet(desk, tmp_path):
    desk.note("=HYPERLINK(1)")
    account.write_report(
        desk.db, "kagaz", ReportPeriod(START.date(), START.date()), tmp_path / "out", desk.now
    )
    (row,) = read_rows(tmp_path / "out" / "refused.csv")
    assert row["url"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    "args", [("nobody",), ("kagaz", "--to", "2026-11-01")], ids=["source", "period"]
)
def test_what_cannot_be_accounted_for_is_one_line(desk, tmp_path, args):
    desk.archive.close()
    told = Khabar(desk.path, "", datetime(2026, 11, 24, tzinfo=START.tzinfo))(
        "account", str(tmp_path / "out"), "--from", "2026-11-24", "--to", "2026-11-24", *args)  # fmt: skip
    assert told.code == 2 and len(told.err.splitlines()) == 1
    desk.__post_init__()
