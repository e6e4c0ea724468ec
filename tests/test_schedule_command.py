"""`khabar schedule`: what it prints is what cron and systemd read; and a crawl that is told to stop stops well."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from command_runner import PATIENCE, Khabar, Run, Started
from conftest import settle_in
from sqlite_utils.utils import sqlite3

from commands import timetable
from khabar.archive import ArchiveError, open_archive
from khabar.model.config import read_config
from newsroom.expected import expected_articles
from newsroom.server import EDITION_ONE, Newsroom


def plan(archive: Path, every: str = "1h", **told: object) -> timetable.CrawlPlan:
    environment = {"KHABAR_CONTACT": "https://example.org/100% ours"}
    hours = {"1m": 1 / 60, "15m": 0.25, "1h": 1, "6h": 6, "1d": 24}
    return timetable.make_plan(
        read_config(archive, environment),
        timedelta(hours=hours[every]),
        environment=environment,
        **told,
    )


# --- cron ---


@pytest.mark.parametrize(
    ("every", "times"),
    [
        ("1m", r"\* \* \* \* \*"),
        ("15m", r"\d+-59/15 \* \* \* \*"),
        ("1h", r"\d+ \* \* \* \*"),
        ("6h", r"\d+ \*/6 \* \* \*"),
        ("1d", r"\d+ 4 \* \* \*"),
    ],
)
def test_when(tmp_path, every, times):
    assert re.match(
        times + " sleep ", timetable.format_cron_line(plan(tmp_path / "archive.db", every))
    )


def test_the_line_is_whole(tmp_path):
    """Lock, jitter, budget inside and outside; a % is cron's end of line, so none stands bare; spaces are quoted."""
    archive = tmp_path / "my archive" / "archive.db"
    line = timetable.format_cron_line(plan(archive, user="news"))
    assert " news sleep $(shuf -n 1 -i 0-240); KHABAR_CONTACT=" in line
    assert not re.search(r"(?<!\\)%", line) and "\n" not in line
    words = shlex.split(line.replace("\\%", "%"))
    assert "KHABAR_CONTACT=https://example.org/100% ours" in words
    assert words[words.index("flock") :][:5] == ["flock", "-n", "-E", "75", f"{archive}.cron"]
    assert words[words.index("timeout") :][:5] == ["timeout", "--foreground", "-k", "120", "3300"]
    assert words[-5:] == ["--archive", str(archive), "crawl", "--budget", "3000s"]


@pytest.mark.parametrize("form", ["cron", "service"])
def test_a_machine_of_a_fleet_crawls_its_shard(tmp_path, form):
    khabar = Khabar(settle_in(tmp_path), "", EDITION_ONE)
    run = khabar("schedule", form, "--user", "news", "--shard", "2/4")
    assert (run.code, run.err) == (0, "")
    (line,) = [line for line in run.out.splitlines() if "crawl --budget" in line]
    assert line.endswith(" crawl --budget 3000s --shard 2/4")
    refused = khabar("schedule", form, "--user", "news", "--shard", "5/4")
    assert refused.code == 2 and "is no shard such as 2/4" in refused.err


def test_archives_begin_at_minutes_of_their_own(tmp_path):
    minutes = {plan(tmp_path / f"{number}.db").minute for number in range(50)}
    assert len(minutes) > 20 and minutes <= set(range(60))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ((timedelta(minutes=7),), "7m|0:07"),
        ((timedelta(hours=5),), "divide"),
        ((timedelta(days=2),), "divide"),
        ((timedelta(seconds=90),), "divide"),
    ],
)
def test_beats_cron_cannot_keep_are_named(tmp_path, told, words):
    with pytest.raises(ValueError, match=words):
        timetable.make_plan(read_config(tmp_path / "archive.db", {}), *told, environment={})


def test_a_budget_longer_than_the_beat_is_named(tmp_path):
    run = Khabar(tmp_path / "archive.db", "", EDITION_ONE)("schedule", "--budget", "2h")
    assert run.code == 2 and "longer than every" in run.err


def test_all_of_it_is_printed(tmp_path):
    run = Khabar(settle_in(tmp_path), "", EDITION_ONE)(
        "schedule", "--user", "news", "--every", "6h"
    )
    assert (run.code, run.err) == (0, "")
    for words in (
        "/etc/cron.d/khabar",
        "ExecStart=",
        "OnCalendar=",
        "User=news",
        "enable --now khabar.timer",
    ):
        assert words in run.out


# --- systemd ---


def test_the_units_say_what_they_must(tmp_path):
    service, timer = (
        timetable.format_service(plan(tmp_path / "archive.db")),
        timetable.format_timer(plan(tmp_path / "archive.db")),
    )
    for line in (
        "Type=oneshot",
        "KillMode=mixed",
        "SuccessExitStatus=75",
        "TimeoutStartSec=3300",
        "TimeoutStopSec=120",
    ):
        assert line in service.splitlines()
    assert 'Environment="KHABAR_CONTACT=https://example.org/100%% ours"' in service.splitlines()
    for line in ("RandomizedDelaySec=240", "Persistent=true", "WantedBy=timers.target"):
        assert line in timer.splitlines()


def test_a_dollar_is_doubled_in_exec_start_alone(tmp_path):
    """systemd.exec(5): $ has no special meaning in Environment= and in paths."""
    archive = tmp_path / "a$b" / "archive.db"
    planned = replace(plan(archive), environment={"KHABAR_CONTACT": "https://example.org/a$b"})
    service = timetable.format_service(planned).splitlines()
    assert "Environment=KHABAR_CONTACT=https://example.org/a$b" in service
    assert f"ReadWritePaths={archive.parent}" in service
    assert f"WorkingDirectory={archive.parent}" in service
    (start,) = (line for line in service if line.startswith("ExecStart="))
    assert str(archive).replace("$", "$$") in start


def test_a_link_to_the_archive_is_crawled_as_written_and_locked_at_its_file(tmp_path):
    file, link = tmp_path / "disk" / "archive.db", tmp_path / "home" / "archive.db"
    for one in (file, link):
        one.parent.mkdir()
    link.symlink_to(file)
    planned = plan(link)
    assert str(link) in planned.command_line
    assert planned.lock_path == file.with_name("archive.db.cron")
    service = timetable.format_service(planned).splitlines()
    assert f"ReadWritePaths={file.parent}" in service
    assert f"WorkingDirectory={link.parent}" in service


@pytest.mark.debian
@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="no systemd here: its own reader cannot be asked"
)
@pytest.mark.parametrize("every", ["1m", "15m", "1h", "6h", "1d"])
def test_systemd_accepts_them(tmp_path, every):
    told = plan(tmp_path / "my 100% archive" / "archive.db", every, user="root")
    (tmp_path / "khabar.service").write_text(timetable.format_service(told))
    (tmp_path / "khabar.timer").write_text(timetable.format_timer(told))
    verify = ["systemd-analyze", "verify", "./khabar.service", "./khabar.timer"]
    done = subprocess.run(
        verify, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


# --- a run that is told to stop, and one that meets another ---


class _Slow(Newsroom):
    """A newsroom one site of which takes its time."""

    def get_response(self, host: str, target: str):
        answer = super().get_response(host, target)
        return replace(answer, wait=0.4) if "savera" in host and target != "/robots.txt" else answer


def _articles(path: Path) -> int:
    try:
        with open_archive(path) as archive:
            return archive.db.execute("select count(*) from articles").fetchone()[0]
    except (ArchiveError, sqlite3.Error):  # the file is being made
        return 0


def _begun(khabar: Khabar, articles: int) -> Started:
    """A crawl in the background that has stored some articles."""
    run = khabar.start("crawl")
    _wait_until(lambda: _articles(khabar.archive) >= articles or run.poll() is not None)
    assert run.poll() is None, run.printed()
    return run


def test_sigterm_ends_a_crawl_cleanly_and_the_next_goes_on(tmp_path):
    with _Slow(EDITION_ONE) as newsroom:
        khabar = Khabar(settle_in(tmp_path), newsroom.address, EDITION_ONE)
        run = _begun(khabar, 10)
        run.send_signal(signal.SIGTERM)
        assert run.result() == Run(0, "", "")
        assert not list(tmp_path.glob("archive.db-*")), "a write-ahead log was left"
        stored = _articles(khabar.archive)
        asked = len(newsroom.log)
        with open_archive(khabar.archive) as archive:
            (reason, finished) = archive.db.execute(
                "select finish_reason, finished_at from runs"
            ).fetchone()
            (tried,) = archive.db.execute(
                "select count(*) from pages where tries > 0 and state <> 'done' and evidence not like '%5__'"
            ).fetchone()
        assert (reason, bool(finished), tried) == ("shutdown", True, 0)
        assert 10 <= stored < len(expected_articles(EDITION_ONE))
        khabar.now += timedelta(minutes=1)
        again = khabar("crawl")
        assert (again.code, again.err) == (0, "")
        pages = [(host, path) for _, host, path, status, _ in newsroom.log if status == 200]
        fetched_again = [
            page
            for page in set(pages[:asked]) & set(pages[asked:])
            if "feed" not in page[1] and "sitemap" not in page[1]
        ]
    assert _articles(khabar.archive) == len(expected_articles(EDITION_ONE))
    assert [page for page in fetched_again if page[1] != "/robots.txt"] == []


def test_two_runs_at_once_one_leaves(tmp_path):
    with _Slow(EDITION_ONE) as newsroom:
        khabar = Khabar(settle_in(tmp_path), newsroom.address, EDITION_ONE)
        run = _begun(khabar, 1)
        before = len(newsroom.log)
        other = khabar("crawl")
        assert (other.code, other.out) == (75, "")
        assert len(other.err.splitlines()) == 1 and str(run.pid) in other.err
        assert {host for _, host, *_ in newsroom.log[before:]} <= {
            host for _, host, *_ in newsroom.log
        }
        assert run.result() == Run(0, "", "")
    assert _articles(khabar.archive) == len(expected_articles(EDITION_ONE))


def _started_by_cron(command: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    """A command as /bin/sh runs it, in another folder."""
    return subprocess.Popen(
        ["sh", "-c", command],
        env=environment,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _by_cron(command: str, environment: dict[str, str]) -> tuple[int, str, str]:
    """How a command that cron starts ends, and what it prints."""
    with _started_by_cron(command, environment) as run:
        out, err = run.communicate(timeout=PATIENCE)
    return run.returncode, out, err


def _timeout_of(archive: Path) -> int:
    """The process of timeout(1) that runs a command on an archive."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a process that ended meanwhile
            words = line.read_bytes().decode(errors="replace").split("\0")
            if words[0] == "timeout" and str(archive) in words:
                return int(line.parent.name)
    raise AssertionError(f"no timeout runs a command on {archive}")


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert true()


def _unread(archive: Path) -> int:
    with open_archive(archive) as held:
        return held.db.execute(
            "select count(*) from pages where outcome = 'unreadable'"
        ).fetchone()[0]


def test_the_printed_line_s_command_is_quiet_locked_and_held_to_its_time(tmp_path):
    """As cron would run it: /bin/sh, hardly any environment; timeout's SIGTERM reaches the crawl and not its reader."""
    archive = settle_in(tmp_path / "my archive")
    with _Slow(EDITION_ONE) as newsroom:
        khabar = Khabar(archive, newsroom.address, EDITION_ONE)
        line = khabar("schedule", "cron", "--every", "1m").out.strip()
        command = line.split(" ", 5)[5].replace("\\%", "%")
        command = re.sub(r"sleep \$\(shuf -n 1 -i 0-4\); ", "", command)
        bare = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "KHABAR_NOW": EDITION_ONE.isoformat(),
        }
        assert re.search(r"timeout --foreground -k 120 \d+ ", command)
        with _started_by_cron(command, bare) as run:
            _wait_until(lambda: _articles(archive) > 0 or run.poll() is not None)
            os.kill(_timeout_of(archive), signal.SIGALRM)  # its time is over
            assert (*run.communicate(timeout=PATIENCE), run.returncode) == ("", "", 124)
        assert newsroom.log and not list(archive.parent.glob("archive.db-*"))
        assert _unread(archive) == 0 and _articles(archive) < len(expected_articles(EDITION_ONE))
        later = bare | {"KHABAR_NOW": (EDITION_ONE + timedelta(minutes=5)).isoformat()}
        assert _by_cron(command, later) == (0, "", "")
        assert _unread(archive) == 0
        assert _articles(archive) == len(expected_articles(EDITION_ONE))
        holder = subprocess.Popen(
            ["flock", f"{archive}.cron", "sh", "-c", "echo taken; sleep 600"],
            stdout=subprocess.PIPE,
        )
        assert holder.stdout and holder.stdout.readline() == b"taken\n"
        assert _by_cron(command, bare) == (75, "", "")
        holder.terminate()
        holder.wait()


def test_below_the_disk_floor_nothing_is_fetched(tmp_path):
    with Newsroom(EDITION_ONE) as newsroom:
        archive = settle_in(tmp_path)
        (tmp_path / "khabar.toml").open("a").write("disk_floor_mb = 999999999\n")
        run = Khabar(archive, newsroom.address, EDITION_ONE)("crawl")
        assert (
            (run.code, run.out) == (3, "")
            and "disk_floor_mb" in run.err
            and len(run.err.splitlines()) == 1
        )
        assert newsroom.log == [] and not list(tmp_path.glob("archive.db-*"))
