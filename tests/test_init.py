"""`khabar init`: settings, modes and a schedule that cron, systemd and khabar itself can read."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from archive_fixtures import START
from conftest import Khabar

from commands.schedule_files import SchedulePlaces, list_scheduled_crawls
from khabar.model.config import read_config

CONTACT = "https://hamara.co.in/हमारा bot"
USER = "daemon" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
OPTIONS = ["--contact", CONTACT, "--user", USER, "--every", "6h", "--disk-floor", "900", "--no-check"]  # fmt: skip


@pytest.fixture
def khabar(tmp_path: Path) -> Khabar:
    return Khabar(tmp_path / "other.db", "", START)


def get_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("scheduler", ["cron", "systemd", "none"])
def test_a_folder_is_set_up(khabar: Khabar, tmp_path: Path, scheduler: str) -> None:
    folder = tmp_path / "my archive"
    run = khabar("init", str(folder), *OPTIONS, "--scheduler", scheduler)
    assert (run.code, run.err) == (0, "")
    config = read_config(folder / "archive.db", {})
    assert config.settings.contact == CONTACT and config.settings.disk_floor_mb == 900
    made = [folder, *folder.rglob("*")]
    assert {get_mode(path) for path in made if path.is_dir()} == {0o700}
    assert get_mode(folder / "khabar.toml") == 0o600
    assert {get_mode(path) for path in (folder / "schedule").glob("*")} <= {0o644}
    user = pwd.getpwnam(USER)
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {
        (user.pw_uid, user.pw_gid)
    }
    assert f"{folder}/archive.db crawl --limit 20" in run.out
    places = SchedulePlaces((folder / "schedule",), tmp_path / "none", "")
    if scheduler == "systemd":
        (crawl,) = list_scheduled_crawls(places)
        assert (crawl.user, crawl.archive) == (USER, folder / "archive.db")
    elif scheduler == "cron":
        (folder / "schedule").rename(tmp_path / "cron.d")
        (crawl,) = list_scheduled_crawls(SchedulePlaces((), tmp_path / "cron.d", ""))
        assert crawl.archive == folder / "archive.db"
        assert crawl.user == (USER if os.geteuid() == 0 else "")
    else:
        assert not (folder / "schedule").exists()


@pytest.mark.debian
def test_systemd_takes_the_units(khabar: Khabar, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    run = khabar("init", str(tmp_path / "a"), *OPTIONS, "--scheduler", "systemd")
    assert run.code == 0 and "the units are sound" in run.out


def test_other_sources_are_off(khabar: Khabar, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    run = khabar("init", str(folder), *OPTIONS, "--source", "jagran", "--scheduler", "none")
    assert run.code == 0
    registry = read_config(folder / "archive.db", {}).load_registry()
    assert [source.key for source in registry.active_sources] == ["jagran"]
    overrides = tomllib.loads((folder / "khabar.toml").read_text())["sources"]
    assert all(entry["reason"] for entry in overrides.values())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--user", USER], "--contact"),
        (["--user", USER, "--contact", "nonsense"], "nonsense"),
        (["--user", "root", "--contact", "x@y.co.in"], "root crawls nothing"),
        (["--user", "no-such-user", "--contact", "x@y.co.in"], "no user no-such-user"),
        (["--user", USER, "--contact", "x@y.co.in", "--source", "jagarn"], "jagran"),
        (["--user", USER, "--contact", "x@y.co.in", "--every", "7h"], "divides"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    khabar: Khabar, tmp_path: Path, options: list[str], words: str
) -> None:
    run = khabar("init", str(tmp_path / "a"), *options)
    assert run.code == 2 and words in run.err
    assert not (tmp_path / "a").exists()


def test_an_archive_s_settings_are_not_overwritten(khabar: Khabar, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "khabar.toml").write_text('contact = "x@y.co.in"\n')
    run = khabar("init", str(tmp_path / "a"), *OPTIONS)
    assert run.code == 2 and "exists already" in run.err
    assert (tmp_path / "a" / "khabar.toml").read_text() == 'contact = "x@y.co.in"\n'


def test_what_init_writes_doctor_finds_sound(khabar: Khabar, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    assert khabar("init", str(folder), *OPTIONS, "--scheduler", "none").code == 0
    run = Khabar(folder / "archive.db", "", START + timedelta(hours=1))("doctor")
    errors = [line for line in run.out.splitlines() if line.startswith("error")]
    assert errors == ["error: settings"]  # KHABAR_NOW, by which this test sets the clock


@pytest.mark.debian
def test_it_asks_on_a_terminal(khabar: Khabar, tmp_path: Path) -> None:
    script = shutil.which("script")
    if script is None:
        pytest.skip("script(1) is not installed")
    line = f"'{sys.executable}' -m commands init '{tmp_path}/a' --user {USER} --scheduler none --no-check"
    answers = f"{CONTACT}\n1d\n700\njagran jansatta\n"
    done = subprocess.run(
        [script, "-qec", line, "/dev/null"], input=answers, text=True, capture_output=True,
        env=khabar.environment(), timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    settings = read_config(tmp_path / "a" / "archive.db", {}).settings
    assert (settings.contact, settings.disk_floor_mb) == (CONTACT, 700)
