"""Checks of `khabar doctor` on an archive, its settings, sources, schedule and backups."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from commands.doctor_context import DoctorContext, Found, Trouble, error, warning
from commands.doctor_machine import check_clock, check_disk, check_machine, check_permissions
from commands.schedule_files import ScheduledCrawl
from commands.timetable import DAY, HOUR
from khabar.archive import health
from khabar.archive.connect import open_archive
from khabar.archive.database import Archive, ArchiveError, follow_link
from khabar.archive.health import operation
from khabar.model import clock
from khabar.parsing.robots import parse_robots

# All numbers were chosen by hand, not measured.
STALE_RUN = timedelta(days=2)
STALE_BACKUP = timedelta(days=7)
RECENT_RUNS = 10
ROBOT = "Khabar"  # our name in robots.txt
_RESERVED_HOST = re.compile(
    r"(?:^|[@/.])(?:example(?:\.\w+)?|localhost|invalid|test)(?:$|[/:])", re.I
)


def find_troubles(context: DoctorContext) -> list[Trouble]:
    """Runs all checks. Closes the context's archive."""
    with ExitStack() as stack:
        if context.archive:
            stack.callback(context.archive.close)
        return [Trouble(area, *found) for area, check in AREAS.items() for found in check(context)]


# --- settings ---


def check_settings(context: DoctorContext) -> Iterator[Found]:
    """Yields settings that stop a crawl, or that are of a test."""
    config = context.config
    contact = config.settings.contact
    if not contact:
        yield error(
            "no contact is set: no live site is fetched",
            f"set `contact` in {config.file}: a web page or an e-mail address",
        )
    elif _RESERVED_HOST.search(contact):
        yield error(
            f"the contact is nobody's: {contact}",
            f"set `contact` in {config.file} to where a site's operator reaches you",
        )
    if config.settings.clock:
        yield error(
            f"clock = {config.settings.clock} is set: that is for demos",
            f"remove it from {config.file}",
        )
    for name in ("KHABAR_NOW", "KHABAR_NEWSROOM"):
        if value := context.environment.get(name):
            yield error(f"{name}={value} is set: that is for tests", f"unset {name}")
    if config.settings.disk_floor_mb == 0:
        yield warning(
            "disk_floor_mb = 0: a crawl fills the disk to its last byte",
            f"remove it from {config.file} (default: 500)",
        )
    beside_file = context.path.parent / config.file.name
    if beside_file != config.file and beside_file.exists() and not config.file.exists():
        yield error(
            f"{beside_file} is not read: {config.archive} is a symbolic link",
            f"move it beside the link: {config.file}",
        )
    if config.file.exists() and config.settings.alert_url and config.file.stat().st_mode & 0o004:
        yield warning(
            f"{config.file} has an alert_url and is readable by everybody",
            f"chmod o-r {config.file}",
        )


def check_sources(context: DoctorContext) -> Iterator[Found]:
    """Yields source files that are left out, and sources that bar us."""
    registry = context.config.load_registry()
    if not list(registry.active_sources):
        yield error(
            "no source is on: a crawl has nothing to fetch",
            'set status = "on" in source files, or `source_folders` in khabar.toml',
        )
    for fault in registry.faults:
        yield error(f"a source file is left out: {fault}", "correct it (docs/sources.md)")
    for doubt in registry.warnings:
        yield warning(doubt, "correct it (docs/sources.md)")
    if context.archive is None:
        return
    hosts = {host: source for source in registry.active_sources for host in source.hosts}
    barred: set[str] = set()
    for origin, status, body in operation.list_newest_robots(context.archive.db):
        source = hosts.get(urlsplit(origin).netloc)
        if source is None:
            continue
        if status == 200 and not parse_robots(body).select_rules(ROBOT).allows_url(f"{origin}/"):
            barred.add(f"{source.key} ({origin})")
    for name in sorted(barred):
        yield warning(
            f"robots.txt of {name} bars us from its home page",
            "write to the site, or switch the source off in khabar.toml",
        )


# --- schedule and backups ---


def check_schedule(context: DoctorContext) -> Iterator[Found]:
    """Yields faults of the crontab lines and units that crawl this archive, and of its runs."""
    own = [
        crawl
        for crawl in context.crawls
        if crawl.archive and follow_link(crawl.archive.absolute()) == context.path
    ]
    for crawl in own:
        yield from _check_scheduled_crawl(crawl, context)
    active = [crawl for crawl in own if crawl.is_active]
    if len(active) > 1:
        places = " and ".join(crawl.where for crawl in active)
        yield warning(f"{places} both crawl this archive", "remove one of them")
    if not own:
        yield warning(
            "no crontab line or unit that this user may read crawls this archive",
            "khabar schedule prints one",
        )
    if active and all(crawl.kind == "systemd" for crawl in active):
        settings = context.config.settings
        if not (settings.alert_url or settings.alert_email):
            yield warning(
                "nobody is told of a broken source: systemd sends no mail",
                "set `alert_url` or `alert_email` in khabar.toml, or use cron with MAILTO",
            )
    if context.archive:
        yield from _check_runs(context, context.archive)


def _check_scheduled_crawl(crawl: ScheduledCrawl, context: DoctorContext) -> Iterator[Found]:
    renew = "write it again from `khabar schedule`"
    if crawl.program == "crawler.cli":
        yield error(
            f"{crawl.where} runs `python -m crawler.cli`, which the next release lacks",
            renew,
        )
    elif not shutil.which(crawl.program):
        yield error(f"{crawl.where} runs {crawl.program}, which is not there", renew)
    if not crawl.is_active:
        yield error(
            f"{crawl.where} is not started by anything",
            f"systemctl enable --now {Path(crawl.where).stem}.timer",
        )
    is_root = crawl.user == "root" or (
        not crawl.user and (crawl.kind == "systemd" or context.uid == 0)
    )
    if is_root:
        yield error(
            f"{crawl.where} crawls as root",
            "`khabar schedule --user NAME`, with the archive's owner",
        )
    if not (context.config.settings.contact or crawl.environment.get("KHABAR_CONTACT")):
        yield error(
            f"{crawl.where} has no contact: each run of it ends with 2",
            f"set `contact` in {context.config.file}",
        )


def _check_runs(context: DoctorContext, archive: Archive) -> Iterator[Found]:
    runs = operation.list_recent_runs(archive.db, RECENT_RUNS)
    if not runs:
        yield warning("no crawl of this archive has run", "khabar crawl")
        return
    last = clock.parse_utc(runs[0].started_at)
    if context.now - last > STALE_RUN:
        yield error(
            f"no crawl began since {last:%d %B %Y}, {(context.now - last) // DAY} days ago",
            "see the journal or the mail of cron; `khabar crawl -v` runs one here",
        )
    killed = [run for run in runs[1:] if run.finished_at is None]
    if len(killed) > 1:
        yield warning(
            f"{len(killed)} of the last {len(runs)} crawls were killed",
            "give them more memory, or time: `dmesg` and the journal say which",
        )
    cut = [run for run in runs if run.reason == "closespider_timeout"]
    delays = {
        source.key: source.delay for source in context.config.load_registry().sources.values()
    }
    behind = [
        (
            row["source"],
            row["due"],
            row["due"] * delays.get(row["source"], 0) * timedelta(seconds=1),
        )
        for row in health.report_sources(archive.db, context.now)
    ]
    for key, due, duration in behind:
        if duration > DAY:
            yield warning(
                f"{due} pages of {key} are due: {duration // HOUR} h at its delay",
                "longer budgets, more runs, or a backfill less",
            )
    if len(cut) * 2 > len(runs) >= 4 and any(due for _, due, _ in behind):
        yield warning(
            f"{len(cut)} of the last {len(runs)} crawls ran out of time with pages left",
            "a longer --budget, or runs more often",
        )


def check_backups(context: DoctorContext) -> Iterator[Found]:
    """Yields what keeps the archive from being restored. Opens the newest backup, as a restore
    would.
    """
    if context.archive is None or not operation.count_articles(context.archive.db):
        return
    newest = operation.find_newest_backup(context.archive.db)
    if newest is None:
        yield warning("the archive has no backup", "khabar backup /other/disk --keep 7")
        return
    path, made = Path(newest.path), clock.parse_utc(newest.at)
    if not path.exists():
        yield error(f"the newest backup is not there: {path}", "khabar backup DEST")
        return
    if context.now - made > STALE_BACKUP:
        yield warning(
            f"the newest backup is {(context.now - made) // DAY} days old: {path}",
            "khabar backup from cron, daily",
        )
    if path.stat().st_dev == context.path.stat().st_dev:
        yield warning(
            f"the newest backup is on the archive's own disk: {path}", "copy it to another machine"
        )
    try:
        with open_archive(path, allow_restored=True, allow_older=True) as copy:
            articles = operation.count_articles(copy.db)
    except ArchiveError as reason:
        yield error(f"the newest backup cannot be opened: {reason}", "khabar backup DEST")
        return
    if articles < newest.articles:
        yield error(
            f"{path}, the newest backup, has {articles} articles of {newest.articles}",
            "khabar backup DEST",
        )


def check_archive(context: DoctorContext) -> Iterator[Found]:
    """Yields why the archive cannot be used."""
    if context.fault:
        yield error(context.fault, "docs/operate.md says what to do")
    elif context.archive is None:
        yield warning(
            f"there is no archive at {context.config.archive}",
            "`khabar crawl` makes it, or --archive names another",
        )


AREAS: dict[str, Callable[[DoctorContext], Iterator[Found]]] = {
    "archive": check_archive,
    "settings": check_settings,
    "sources": check_sources,
    "clock": check_clock,
    "machine": check_machine,
    "disk": check_disk,
    "permissions": check_permissions,
    "schedule": check_schedule,
    "backups": check_backups,
}
