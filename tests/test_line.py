"""Whose fault is it that nobody answers: a host is blamed only when others answered who were asked later."""

from __future__ import annotations

import pytest

from crawler.outage import ConnectivityMonitor
from khabar.model.items import Outcome, Visit

SOURCES = {
    number: f"source{number // 10}" for number in range(100)
}  # rows 10-19 are source1's, and so on

KINDS = {"-": "no connection", "!": "no network", "/": "other"}


def play(line: ConnectivityMonitor, *steps: str) -> list[int]:
    """`?11` row 11 is asked for, `+11` it answers, `-11` its host could not be reached, `!11` there is no network, `/11` the
    connection broke off. Gives the rows blamed, in order."""
    blamed: list[Visit] = []
    for step in steps:
        row = int(step[1:])
        if step[0] == "?":
            line.record_request(row)
        elif step[0] == "+":
            blamed += line.record_answer(row, SOURCES[row])
        else:
            line.hold_failure(Visit(row, SOURCES[row], outcome=Outcome.UNREACHABLE), KINDS[step[0]])
    return [visit.page_id for visit in blamed]


def end(line: ConnectivityMonitor) -> list[int]:
    return [visit.page_id for visit in line.settle_failures()]


def test_a_dead_host_is_blamed_when_another_asked_later_answers():
    line = ConnectivityMonitor()
    assert play(line, "?11", "?21", "-11", "+21") == []  # 21 was on its way before 11 failed
    assert play(line, "?22", "+22") == [11]
    assert end(line) == [] and not line.is_offline


def test_nobody_at_all_is_an_outage():
    line = ConnectivityMonitor()
    assert play(line, "?11", "?21", "?31", "-11", "-21", "-31") == []
    assert end(line) == [] and line.is_offline and line.pending_failures == {}


@pytest.mark.parametrize(
    ("steps", "reached_before", "down"),
    [
        ("-11 -12", True, True),
        ("-11 -12", False, False),  # silent twice in a row: the host
        ("!11 !12", True, True),
        ("!11 !12", False, True),  # and again, as long as there is no network
        ("!11 -12", False, False),
        ("/11 -12", True, False),  # somebody was there
        ("+11 -12", True, False),
        ("+11 !12", True, False),
    ],
)
def test_one_source_alone_is_compared_with_its_last_run(steps, reached_before, down):
    line = ConnectivityMonitor(frozenset({"source1"} if reached_before else ()))
    play(line, "?11", "?12", *steps.split())
    silent = [int(step[1:]) for step in steps.split() if step[0] != "+"]
    assert end(line) == ([] if down else silent)
    assert line.is_offline is down and line.pending_failures == {}


def test_a_robots_txt_that_answers_shows_that_we_have_network():
    line = ConnectivityMonitor(frozenset({"source1"}))
    line.has_answer = True
    play(line, "?11", "-11")
    assert end(line) == [11] and not line.is_offline


def test_a_line_that_goes_in_the_middle():
    line = ConnectivityMonitor()
    well = [f"{sign}{row}" for row in (11, 21, 31, 41) for sign in "?+"]
    assert play(line, *well, "?12", "?22", "?32", "?42", "+12", "-22", "-32", "-42") == []
    assert end(line) == [] and line.is_offline


def test_connections_that_all_broke_off_are_no_outage():
    """The last tries of a long run are those of the pages whose answers break off, of every host."""
    line = ConnectivityMonitor()
    well = [f"{sign}{row}" for row in (11, 21, 31) for sign in "?+"]
    assert play(line, *well, "?12", "?22", "?32", "/12", "/22", "/32") == []
    assert end(line) == [12, 22, 32] and not line.is_offline


def test_two_dead_hosts_among_many_that_answered_meanwhile():
    line = ConnectivityMonitor()
    asked = [f"?{row}" for row in (11, 21, 31, 41, 51)]
    assert play(line, *asked, "+31", "+41", "+51", "-11", "-21") == []
    assert end(line) == [11, 21] and not line.is_offline


@pytest.mark.parametrize("late", ["+12", "+22"])
def test_answers_of_before_say_nothing_of_now(late):
    """An answer that was on its way when the line went does not blame those that came too late."""
    line = ConnectivityMonitor()
    assert play(line, "?11", "?12", "?21", "?22", "?31", "-11", "-21", "-31", late) == []


@pytest.mark.parametrize(
    ("silent", "speaking", "down"), [(2, 2, False), (3, 2, True), (2, 3, False)]
)
def test_an_outage_takes_more_silent_sources_than_speaking_ones(silent, speaking, down):
    """As many that answer as are silent: the hosts are blamed."""
    line = ConnectivityMonitor()
    quiet = [10 * number + 1 for number in range(1, 1 + silent)]
    loud = [10 * number + 1 for number in range(1 + silent, 1 + silent + speaking)]
    steps = (
        [f"?{row}" for row in (*quiet, *loud)]
        + [f"-{row}" for row in quiet]
        + [f"+{row}" for row in loud]
    )
    assert play(line, *steps) == []
    assert end(line) == ([] if down else quiet)
    assert line.is_offline is down


def test_of_a_finished_page_nothing_is_kept_and_a_late_answer_blames_nobody():
    line = ConnectivityMonitor()
    kept = (line.pending_failures, line._request_turns, line._failure_turns, line._failure_kinds)
    play(line, "?11", "?12", "-12", "?13")
    for row in (11, 12, 13):
        line.forget_request(row)
    assert kept == ({}, {}, {}, {})
    assert play(line, "?21", "-21", "+13") == []  # 13 answers after an error of ours finished it
    assert play(line, "?14", "+14") == [21]
