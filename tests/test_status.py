"""`khabar status` and the crawl's own word, on real crawls: a redesign is named at once, a pulled cable is one alert."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import Khabar, settle_in
from flaky_network import Cable
from health_fixtures import Press
from shared_crawls import crawled_once, crawled_twice

from khabar.archive import open_archive
from khabar.model.items import Outcome
from newsroom.expected import expected_articles
from newsroom.server import EDITION_ONE, EDITION_TWO, Newsroom

EDITION_THREE = EDITION_TWO + timedelta(days=1)
HOUR = timedelta(hours=1)


def told(khabar: Khabar, *args: str) -> dict:
    return json.loads(khabar("status", *args, "--json").out)


def verdicts(khabar: Khabar) -> dict[str, str]:
    return {row["source"]: row["verdict"] for row in told(khabar)["sources"]}


# --- a source of which nothing is known ---


def status_of(tmp_path, visits, reason="finished") -> dict:
    """What status says of kalam after a run in which it was visited so, and the other source as usual."""
    press = Press(tmp_path / "archive.db", keys=("kagaz", "kalam"))
    press.run(lambda key: visits(press) if key == "kalam" else press.well(key), reason)
    press.archive.close()
    khabar = Khabar(settle_in(tmp_path), "", press.now)
    (row,) = told(khabar, "kalam")["sources"]
    assert row["verdict"] in khabar("status").out
    return row


@pytest.mark.parametrize(
    ("visits", "verdict"),
    [
        (lambda p: [], "not tried"),  # the run was over before its turn
        (lambda p: p.lost("kalam", 3, Outcome.UNREACHABLE), "nothing fetched"),
        (lambda p: p.lost("kalam", 3, Outcome.FORBIDDEN), "nothing fetched"),
        (lambda p: [*p.lost("kalam", 3, Outcome.UNREACHABLE), *p.read("kalam", 1)], "fine"),
        (lambda p: [p.document("kalam")], "fine"),
    ],
)
def test_what_was_never_fetched_is_not_called_fine(tmp_path, visits, verdict):
    row = status_of(tmp_path, visits)
    assert (row["verdict"], row["last_tried"] is None) == (verdict, verdict == "not tried")


def test_a_source_that_only_an_outage_came_to_is_not_tried(tmp_path):
    assert status_of(tmp_path, lambda p: [], "outage")["verdict"] == "not tried"


# --- a redesign ---


@pytest.fixture(scope="module")
def redesigned(tmp_path_factory):
    """Two editions as usual; before the third vyapar changes its layout. (khabar, newsroom, the third crawl)."""
    second = crawled_twice(tmp_path_factory)
    assert second.run.code == 0
    with Newsroom(EDITION_TWO) as newsroom:
        khabar = second.copied(tmp_path_factory.mktemp("redesign"), EDITION_TWO, newsroom.address)
        newsroom.bulk, newsroom.redesigned_sites = 60, frozenset({"vyapar"})
        newsroom.now = khabar.now = EDITION_THREE
        yield khabar, newsroom, khabar("crawl")


def test_the_run_names_the_source_the_field_and_a_url(redesigned):
    _, _, run = redesigned
    assert (run.code, run.out) == (1, "")
    (line,) = run.err.splitlines()
    assert line.startswith("khabar: vyapar newly broken: date: 0 of ")
    assert "(usually 100%)" in line and "first http://www.vyapar.newsroom.test/" in line


def test_status_says_the_same_and_blames_nobody_else(redesigned):
    khabar, *_ = redesigned
    run = khabar("status")
    assert run.code == 1 and "vyapar newly broken" in run.err
    assert verdicts(khabar) == dict.fromkeys(
        ("lokujas", "navsandesh", "prahari", "savera"), "fine"
    ) | {"vyapar": "broken"}
    assert (
        "vyapar: broken since 4 Nov 2026 21:30: date: 0 of" in run.out
        and "http://www.vyapar.newsroom.test/" in run.out
    )


def test_status_of_one_source_in_full(redesigned):
    khabar, *_ = redesigned
    assert khabar("status", "savera").code == 0  # the news is not about this one
    run = khabar("status", "vyapar")
    assert run.code == 1
    for words in (
        "verdict",
        "date",
        "(usually 100%)",
        "new today",
        "refused in a day",
        "backlog",
        "MB a day",
    ):
        assert words in run.out
    assert re.search(r"Sitemaps listed (\d+) pages of the last month: \1 were fetched", run.out)
    missing = khabar("status", "nobody")
    assert missing.code == 2 and len(missing.err.splitlines()) == 1


def test_an_archive_cron_has_forgotten_is_not_called_fine(redesigned):
    khabar, *_ = redesigned
    later = replace(khabar, now=khabar.now + timedelta(days=3))
    assert verdicts(later)["savera"] == "not crawled of late"


def test_status_for_scripts(redesigned):
    khabar, *_ = redesigned
    everything = told(khabar)
    assert everything["mb_a_day"] > 0 and everything["newly_broken"] == ["vyapar"]
    (row,) = told(khabar, "vyapar")["sources"]
    assert (
        row["coverage"]["date"]["held"] < row["coverage"]["date"]["of"]
        and row["coverage"]["date"]["usual"] == 1
    )
    assert row["broken_url"].startswith("http://www.vyapar.newsroom.test/") and row["new_today"] > 0
    assert row["last_success"] and row["last_new"] and row["mb_a_day"] > 0
    days = told(khabar, "vyapar")["days"]
    assert days and all(day["expected"] == day["held"] + day["no_article"] for day in days)
    rows = {
        line["source"]: line for line in csv.DictReader(io.StringIO(khabar("status", "--csv").out))
    }
    assert float(rows["vyapar"]["date_share"]) < 1 == float(rows["savera"]["date_share"])


def test_the_next_run_is_silent_and_a_mute_says_so(redesigned):
    khabar, _, _ = redesigned
    khabar.now = EDITION_THREE + 2 * HOUR
    run = khabar("crawl")
    assert (run.code, run.out, run.err) == (0, "", "")
    assert verdicts(khabar)["vyapar"] == "broken" and khabar("status").code == 0
    muted = khabar("sources", "mute", "vyapar", "--until", "2026-11-10", "--reason", "नया रूप")
    assert (muted.code, muted.err) == (0, "")
    assert verdicts(khabar)["vyapar"] == "muted" and "नया रूप" in khabar("status").out
    assert khabar("sources", "mute", "vyapar", "--lift").out == "vyapar is no longer muted\n"
    assert verdicts(khabar)["vyapar"] == "broken"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("nobody", "--until", "2027-01-01", "--reason", "x"), "nobody"),
        (("vyapar", "--until", "2026-11-01", "--reason", "x"), "over already"),
        (("vyapar", "--until", "2027-01-01"), "--reason"),
        (("vyapar",), "--lift"),
        (("vyapar", "--until", "soon", "--reason", "x"), "soon"),
    ],
)
def test_a_mute_that_cannot_be(redesigned, args, words):
    run = redesigned[0]("sources", "mute", *args)
    assert run.code == 2 and words in run.err


def test_with_the_old_layout_back_it_is_told_as_mended(redesigned):
    khabar, newsroom, _ = redesigned
    newsroom.redesigned_sites = frozenset()
    newsroom.now = khabar.now = EDITION_THREE + timedelta(days=4)
    run = khabar("crawl")
    assert run.code == 0 and "khabar: vyapar mended: as usual again" in run.err.splitlines()
    assert verdicts(khabar)["vyapar"] == "fine"


# --- our own line ---


def _rows(khabar: Khabar) -> dict[str, tuple]:
    with open_archive(khabar.archive) as archive:
        found = archive.db.execute(
            "select url, state, outcome, tries, next_at, evidence from pages"
        ).fetchall()
    return {url: rest for url, *rest in found}


def test_a_pulled_cable_is_one_alert_and_no_tries(tmp_path, tmp_path_factory):
    first = crawled_once(tmp_path_factory)
    with Newsroom(EDITION_ONE) as newsroom, Cable(newsroom) as cable:
        khabar = first.copied(tmp_path, EDITION_ONE, cable.address)
        newsroom.now = khabar.now = EDITION_TWO
        before = _rows(khabar)
        cable.pull()
        run = khabar("crawl")
        assert (run.code, run.out) == (2, "")
        (line,) = run.err.splitlines()
        assert line.startswith("khabar: outage: no source could be reached")
        assert _rows(khabar) == before and set(verdicts(khabar).values()) == {"fine"}
        khabar.now += HOUR
        still = khabar("crawl")
        assert (still.code, still.out, still.err) == (2, "", "")
        assert _rows(khabar) == before
        cable.plug()
        khabar.now += HOUR
        back = khabar("crawl")
        assert back.code == 0
        (line,) = back.err.splitlines()
        assert line.startswith("khabar: back: sources can be reached again")
        assert _articles(khabar) == {one.url for one in expected_articles(EDITION_TWO)}


def _articles(khabar: Khabar) -> set[str]:
    with open_archive(khabar.archive) as archive:
        rows = archive.db.execute("select url from articles where removed_at is null").fetchall()
    return {url for (url,) in rows}


def test_a_cable_pulled_in_the_middle_costs_nothing_but_time(tmp_path):
    """Some pages in, the line goes: what was under way is asked for again by the next run, and nobody is blamed."""
    with Newsroom(EDITION_ONE) as newsroom, Cable(newsroom) as cable:
        khabar = Khabar(settle_in(tmp_path), cable.address, EDITION_ONE)
        cable.pull_after = 60
        run = khabar("crawl")
        assert (run.code, run.out) == (2, "")
        assert [line.split(":")[1].strip() for line in run.err.splitlines()] == ["outage"]
        held = _articles(khabar)
        assert held and len(held) < len(expected_articles(EDITION_ONE))
        rows = _rows(khabar).items()
        tried = [row for _, row in rows if row[0] != "done" and row[2]]
        assert [row for row in tried if "server-error" not in row[4]] == []
        cable.plug()
        khabar.now += HOUR
        back = khabar("crawl")
        assert back.code == 0
        assert _articles(khabar) == {one.url for one in expected_articles(EDITION_ONE)}


def test_one_source_alone_without_network_is_an_outage_once(tmp_path, tmp_path_factory):
    """Crawled by a line of its own in crontab: an outage first, and the host's failure if it goes on."""
    first = crawled_once(tmp_path_factory)
    with Newsroom(EDITION_ONE) as newsroom, Cable(newsroom) as cable:
        khabar = first.copied(tmp_path, EDITION_ONE, cable.address)
        newsroom.now = khabar.now = EDITION_TWO
        before = _rows(khabar)
        cable.pull()
        run = khabar("crawl", "vyapar")
        assert (run.code, run.out) == (2, "")
        (line,) = run.err.splitlines()
        assert line.startswith("khabar: outage: no source could be reached")
        assert _rows(khabar) == before and verdicts(khabar)["vyapar"] == "fine"
        for _ in range(3):  # the host is dead
            khabar.now += 3 * HOUR
            run = khabar("crawl", "vyapar")
            assert run.code == 2 and "khabar: outage" not in run.err
        assert verdicts(khabar)["vyapar"] == "broken"
        cable.plug()
        khabar.now += 24 * HOUR
        assert khabar("crawl", "vyapar").code == 0
        assert verdicts(khabar)["vyapar"] == "fine"
        cable.pull()
        khabar.now += 24 * HOUR
        run = khabar("crawl", "vyapar")
        assert run.code == 2 and "khabar: outage: no source could be reached" in run.err


def test_a_first_run_of_one_source_without_network_leaves_it_untried(tmp_path):
    with Newsroom(EDITION_ONE) as newsroom, Cable(newsroom) as cable:
        khabar = Khabar(settle_in(tmp_path), cable.address, EDITION_ONE)
        cable.pull()
        assert khabar("crawl", "vyapar").code == 2
        assert verdicts(khabar) == {"vyapar": "not tried"}
        cable.plug()
        khabar.now += HOUR
        assert khabar("crawl", "vyapar").code == 0
        assert verdicts(khabar)["vyapar"] == "fine"


def test_one_host_that_is_dead_is_its_own_fault(tmp_path, tmp_path_factory):
    """Four sources answer, one does not: an alert names it, by the second run in a row."""
    first = crawled_once(tmp_path_factory)
    with _Hanging(EDITION_ONE) as newsroom:
        khabar = first.copied(tmp_path, EDITION_ONE, newsroom.address)
        newsroom.dead = "vyapar"
        codes, lines = [], []
        for edition in (EDITION_TWO, EDITION_TWO + 2 * HOUR):
            newsroom.now = khabar.now = edition
            run = khabar("crawl")
            codes.append(run.code)
            lines += run.err.splitlines()
        assert codes == [0, 1]
        (line,) = lines
        assert line.startswith("khabar: vyapar newly broken: document: 0 of")


class _Hanging(Newsroom):
    """A newsroom one site of which only ever says 502, as a dead host behind a proxy does."""

    dead = ""

    def get_response(self, host: str, target: str):
        answer = super().get_response(host, target)
        return (
            replace(answer, status=502, body=b"", last_modified=None)
            if self.dead and self.dead in host
            else answer
        )
