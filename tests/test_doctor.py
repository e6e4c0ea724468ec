"""`khabar doctor`: a sound set-up has no troubles, and each planted misconfiguration is named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article
from conftest import Khabar

from commands import machine_facts, timetable
from commands.doctor_checks import find_troubles
from commands.doctor_context import Trouble, make_context
from commands.schedule_files import SchedulePlaces, list_scheduled_crawls
from khabar.archive import health
from khabar.archive.health import save_site_file
from khabar.archive.upkeep.backup import create_backup
from khabar.model.config import read_config

USER = "nobody"
SOURCE = """
key = "kagaz"
name = "कागज़ घर"
name_en = "Kagaz Ghar"
homepage = "https://www.kagaz.example.in/"
owner = "Kagaz Ghar Nyas"
hosts = ["www.kagaz.example.in"]
status = "{status}"
permission = "none"
checked = 2026-11-20
evidence = "invented for a test"
feeds = [{{ url = "https://www.kagaz.example.in/feed.xml", checked = 2026-11-20, evidence = "invented" }}]

[article]
pattern = '/news/[0-9]+$'
examples = ["https://www.kagaz.example.in/news/1", "https://www.kagaz.example.in/news/2"]
not_articles = ["https://www.kagaz.example.in/"]
"""


class Desk:
    """A machine with a sound archive, its settings, schedule and backup, in folders of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "archive.db"
        self.units, self.cron = folder / "system", folder / "cron.d"
        for place in (self.units / "timers.target.wants", self.cron, folder / "sources"):
            place.mkdir(parents=True)
        self.write_source("on")
        self.settings = 'contact = "https://hamara.co.in/bot"\nsource_folders = ["sources"]\n'
        self.write_settings()
        builder = ArchiveBuilder(self.path)
        builder.read(article(f"{HOME}/news/1", published_at="2026-11-20T10:00:00+05:30"))
        health.finish_run(builder.db, builder.run, START, "finished", free=10**11)
        builder.archive.close()
        create_backup(self.path, folder / "copies", None, START, lambda _: None)
        self.plan = timetable.make_plan(read_config(self.path, {}), timedelta(hours=1), user=USER)
        (self.cron / "khabar").write_text(f"{timetable.format_cron_line(self.plan)}\n")
        self.changes: dict[str, object] = {}

    def write_source(self, status: str) -> None:
        text = SOURCE.format(status=status)
        (self.folder / "sources" / "kagaz.toml").write_text(text, encoding="utf-8")

    def write_settings(self, extra: str = "") -> None:
        (self.folder / "khabar.toml").write_text(self.settings + extra, encoding="utf-8")

    def use_systemd(self, *, is_enabled: bool = True) -> None:
        (self.cron / "khabar").unlink()
        (self.units / "khabar.service").write_text(timetable.format_service(self.plan))
        (self.units / "khabar.timer").write_text(timetable.format_timer(self.plan))
        if is_enabled:
            link = self.units / "timers.target.wants" / "khabar.timer"
            link.symlink_to(self.units / "khabar.timer")

    def edit_cron(self, old: str, new: str) -> None:
        file = self.cron / "khabar"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def write_to_archive(self, write: Callable[[ArchiveBuilder], object]) -> None:
        builder = ArchiveBuilder(self.path)
        write(builder)
        health.finish_run(builder.db, builder.run, START, "finished", free=10**11)
        builder.archive.close()

    @property
    def places(self) -> SchedulePlaces:
        return SchedulePlaces((self.units,), self.cron, "")

    def examine(self) -> list[Trouble]:
        config = read_config(self.path, {})
        context = replace(
            make_context(config, self.places),
            **{
                "now": START + timedelta(hours=1), "environment": {}, "uid": 65534, "mounts": "",
                "memory": 1 << 32, "is_clock_synchronized": True, "encoding": "UTF-8",
                **self.changes,
            },
        )  # fmt: skip
        return find_troubles(context)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def name(troubles: list[Trouble]) -> set[tuple[str, str, str]]:
    return {(trouble.area, trouble.severity, trouble.what) for trouble in troubles}


def is_own(trouble: Trouble) -> bool:
    """Whether a trouble is one of the tests: all is on one disk, and belongs to root where root runs them."""
    return "own disk" in trouble.what or "belongs to root" in trouble.what


def test_a_sound_set_up_has_no_troubles(desk: Desk) -> None:
    assert [trouble for trouble in desk.examine() if not is_own(trouble)] == []


def test_what_schedule_prints_is_understood(desk: Desk) -> None:
    desk.use_systemd()
    (desk.cron / "khabar").write_text(f"MAILTO=x@y.in\n{timetable.format_cron_line(desk.plan)}\n")
    plain = timetable.make_plan(read_config(desk.path, {}), timedelta(minutes=15))
    places = replace(desk.places, crontab=f"# mine\n{timetable.format_cron_line(plain)}\n")
    crawls = list_scheduled_crawls(places)
    assert [crawl.kind for crawl in crawls] == ["cron", "cron", "systemd"]
    assert {crawl.archive for crawl in crawls} == {desk.path}
    assert [crawl.user for crawl in crawls] == ["", USER, USER]
    assert all(crawl.is_active for crawl in crawls)


def set_robots(body: bytes) -> Callable[[ArchiveBuilder], object]:
    return lambda b: save_site_file(
        b.db, "robots", "https://www.kagaz.example.in", 200, body, START
    )


def lose_backup(desk: Desk) -> None:
    for file in (desk.folder / "copies").glob("*.db"):
        file.unlink()


def damage_backup(desk: Desk) -> None:
    for file in (desk.folder / "copies").glob("*.db"):
        file.write_bytes(b"not a database" * 100)


def add_runs(reason: str | None, count: int = 6) -> Callable[[ArchiveBuilder], object]:
    def add(builder: ArchiveBuilder) -> None:
        builder.note(f"{HOME}/news/99")
        for _ in range(count):
            run = health.start_run(builder.db, START, ["kagaz"])
            if reason:
                health.finish_run(builder.db, run, START, reason, free=10**11)

    return add


def change(**changes: object) -> Callable[[Desk], None]:
    return lambda desk: desk.changes.update(changes)


PLANTED: dict[str, tuple[Callable[[Desk], object], str, str]] = {
    "no contact": (lambda d: (setattr(d, "settings", 'source_folders = ["sources"]\n'), d.write_settings()), "settings", "no contact"),
    "a contact of the manual": (lambda d: (setattr(d, "settings", d.settings.replace("hamara.co.in", "example.org")), d.write_settings()), "settings", "nobody's"),
    "a moved clock": (change(environment={"KHABAR_NOW": "2026-11-01T00:00:00Z"}), "settings", "KHABAR_NOW"),
    "a test's newsroom": (change(environment={"KHABAR_NEWSROOM": "127.0.0.1:1"}), "settings", "KHABAR_NEWSROOM"),
    "a demo's clock": (lambda d: d.write_settings('clock = "2026-11-24T10:00:00Z"\n'), "settings", "clock = "),
    "no disk floor": (lambda d: d.write_settings("disk_floor_mb = 0\n"), "settings", "disk_floor_mb = 0"),
    "a readable secret": (lambda d: (d.write_settings('alert_url = "https://chat.co.in/x"\n'), (d.folder / "khabar.toml").chmod(0o644)), "settings", "readable"),
    "all sources off": (lambda d: d.write_source("draft"), "sources", "no source is on"),
    "a broken source file": (lambda d: (d.folder / "sources" / "kalam.toml").write_text("name = ["), "sources", "left out"),
    "barred by robots.txt": (lambda d: d.write_to_archive(set_robots(b"User-agent: *\nDisallow: /\n")), "sources", "bars us"),
    "a clock behind": (change(now=START - timedelta(days=400)), "clock", "later than now"),
    "no time server": (change(is_clock_synchronized=False), "clock", "synchronised"),
    "an old SQLite": (change(sqlite_version=(3, 40, 1)), "machine", "SQLite 3.40.1"),
    "a Latin locale": (change(encoding="ISO-8859-1"), "machine", "ISO-8859-1"),
    "little memory": (change(memory=200 << 20), "machine", "200 MB"),
    "a network disk": (lambda d: d.changes.update(mounts=f"nas:/x {d.folder} nfs4 rw 0 0"), "disk", "network disk"),
    "a disk in memory": (lambda d: d.changes.update(mounts=f"tmpfs {d.folder} tmpfs rw 0 0"), "disk", "in memory"),
    "a disk that is too small": (lambda d: d.write_settings("disk_floor_mb = 900000000\n"), "disk", "less than disk_floor_mb"),
    "a token for all": (lambda d: ((d.folder / "archive.db.token").write_text("x"), (d.folder / "archive.db.token").chmod(0o644)), "permissions", "token"),
    "an archive for all": (lambda d: d.path.chmod(0o644), "permissions", "readable by everybody"),
    "no schedule": (lambda d: (d.cron / "khabar").unlink(), "schedule", "no crontab line"),
    "a program that is gone": (lambda d: d.edit_cron(timetable.find_program()[0], "/opt/gone/khabar"), "schedule", "not there"),
    "a crontab of root": (lambda d: d.edit_cron(f" {USER} ", " root "), "schedule", "as root"),
    "a unit without a user": (lambda d: (d.use_systemd(), (d.units / "khabar.service").write_text((d.units / "khabar.service").read_text().replace(f"User={USER}\n", ""))), "schedule", "as root"),
    "the old program": (lambda d: d.edit_cron(timetable.find_program()[0], "/usr/bin/python3 -m crawler.cli"), "schedule", "crawler.cli"),
    "a timer that is off": (lambda d: d.use_systemd(is_enabled=False), "schedule", "not started"),
    "two schedules": (lambda d: (d.cron / "other").write_text((d.cron / "khabar").read_text()), "schedule", "both crawl"),
    "nobody is told": (lambda d: d.use_systemd(), "schedule", "nobody is told"),
    "no run for days": (change(now=START + timedelta(days=5)), "schedule", "no crawl began"),
    "killed runs": (lambda d: d.write_to_archive(add_runs(None)), "schedule", "were killed"),
    "too little time": (lambda d: d.write_to_archive(add_runs("closespider_timeout")), "schedule", "ran out of time"),
    "no backup": (lambda d: d.write_to_archive(lambda b: b.db.execute("delete from copies")), "backups", "no backup"),
    "a lost backup": (lose_backup, "backups", "not there"),
    "a damaged backup": (damage_backup, "backups", "cannot be opened"),
    "an old backup": (change(now=START + timedelta(days=30)), "backups", "30 days old"),
    "a backup of less": (lambda d: d.write_to_archive(lambda b: b.db.execute("update copies set articles = 9")), "backups", "1 articles of 9"),
    "no archive": (lambda d: d.path.unlink(), "archive", "no archive"),
    "no database": (lambda d: d.path.write_bytes(b"nothing" * 1000), "archive", "not even a database"),
}  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_misconfiguration_is_named(desk: Desk, plant: str) -> None:
    damage, area, words = PLANTED[plant]
    damage(desk)
    new = [trouble for trouble in desk.examine() if not is_own(trouble)]
    hits = [trouble for trouble in new if trouble.area == area and words in trouble.what]
    assert len(hits) == 1, new
    assert hits[0].remedy
    assert len(new) <= 3, new  # what follows from it, not a list of guesses


@pytest.mark.debian
def test_files_of_another_user_are_named(desk: Desk) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(desk.path, 65534, 65534)
    lock = desk.path.with_name("archive.db.lock")
    lock.touch()
    assert any(f"{lock} belongs to root" in trouble.what for trouble in desk.examine())
    desk.changes["uid"] = 0
    assert any("you are root" in trouble.what for trouble in desk.examine())


def test_packages_of_other_versions_are_named(monkeypatch) -> None:
    versions = {"trafilatura": "2.2.1", "scrapy": "2.19.3"}
    wanted = ["trafilatura<2.4,>=2.3", "scrapy<2.20,>=2.19", "lost>=1", 'other>=9; extra == "x"']
    monkeypatch.setattr(machine_facts.metadata, "requires", lambda _: wanted)

    def find(package: str) -> str:
        if package not in versions:
            raise machine_facts.metadata.PackageNotFoundError(package)
        return versions[package]

    monkeypatch.setattr(machine_facts.metadata, "version", find)
    assert [row[:2] for row in machine_facts.list_wrong_packages()] == [
        ("trafilatura", "2.2.1"), ("lost", "nothing"),
    ]  # fmt: skip


def test_ours_are_installed_right() -> None:
    assert list(machine_facts.list_wrong_packages()) == []


def test_the_command(desk: Desk) -> None:
    khabar = Khabar(desk.path, "", START + timedelta(hours=1))
    run = khabar("doctor")
    assert run.code == 1 and run.err == ""
    assert "KHABAR_NOW" in run.out  # by which the tests set the clock
    rows = json.loads(khabar("doctor", "--json").out)
    assert {"area", "severity", "what", "remedy"} == set(rows[0])
    assert sum(row["severity"] == "error" for row in rows) == run.out.count("error: ")


def test_the_demo_needs_no_archive(tmp_path: Path) -> None:
    run = Khabar(tmp_path / "archive.db", "", datetime.fromisoformat("2026-12-01T00:00:00Z"))(
        "doctor"
    )
    assert run.code == 1 and "there is no archive" in run.out
