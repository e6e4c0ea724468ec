"""khabar init"""

from __future__ import annotations

import getpass
import json
import os
import pwd
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Literal

import click

from commands import timetable
from commands.common import (
    DURATION,
    SOURCE_KEY,
    archive_option,
    find_program,
    print_lines,
    print_rows,
)
from commands.terminal import get_width, wrap_text
from khabar.model.config import CONTACT, FILE, Config, read_config
from khabar.model.errors import RunError

Scheduler = Literal["cron", "systemd", "none"]
FOLDER_MODE, FILE_MODE = 0o700, 0o600  # an archive has pages that may not be given out
SCHEDULE_MODE = 0o644  # of what is copied to where `khabar doctor`, as another user, reads it
MOST_CHECKED = 5  # sources whose documents are asked at once; politely, more would take long


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--contact", help="Web page or e-mail address where a site's operator reaches you.")
@click.option(
    "--source", "keys", type=SOURCE_KEY, multiple=True,
    help="Crawl this source (repeatable). Default: all that are on.",
)  # fmt: skip
@click.option("--every", type=DURATION, help="Interval between crawls: 15m, 1h, 6h, 1d.")
@click.option(
    "--disk-floor", type=click.IntRange(min=1), metavar="MB",
    help="Room to leave free on the disk; with less, no crawl starts.",
)  # fmt: skip
@click.option(
    "--scheduler", type=click.Choice(["cron", "systemd", "none"]),
    help="For what to write a schedule. Default: systemd if it runs here, else cron.",
)  # fmt: skip
@click.option("--user", help="User that owns the archive and crawls; needed when root runs this.")
@click.option("--no-check", is_flag=True, help="Do not ask the sources' documents.")
@archive_option
def command(
    config: Config,
    folder: Path,
    contact: str | None,
    keys: tuple[str, ...],
    every: timedelta | None,
    disk_floor: int | None,
    scheduler: Scheduler | None,
    user: str | None,
    no_check: bool,
) -> None:
    """Set up the folder DIR for an archive: khabar.toml, modes, a schedule.

    Asks on a terminal for what no option gives. Nothing outside DIR is written: the last lines
    printed say where the crontab line or the units go. The units run as the archive's owner, never
    as root. At the end it asks the sources' feeds and sitemaps once, politely.
    """
    owner = _choose_owner(user)
    if (folder / FILE).exists():
        raise RunError(f"{folder / FILE} exists already: edit it, or name another folder")
    contact = contact or _ask("Contact (web page or e-mail address, sent to every site)", "")
    if not CONTACT.match(contact or ""):
        raise click.UsageError(
            f"--contact {contact!r}: a web page (https://…) or an e-mail address is needed"
        )
    every = every or DURATION.convert(_ask("Crawl every (15m, 1h, 6h, 1d)", "1h"), None, None)
    disk_floor = disk_floor or int(_ask("MB to leave free on the disk", "2000"))
    registry = config.load_registry()
    chosen = keys or tuple(
        _ask(f"Sources, with spaces between ({len(list(registry.active_sources))} are on)", "all")
        .replace("all", "")
        .split()
    )
    for key in chosen:
        registry.get(key)
    unchosen = [
        source.key for source in registry.active_sources if chosen and source.key not in chosen
    ]
    if problem := timetable.check_interval(every):
        raise click.UsageError(problem)
    _make_folder(folder, owner)
    _write_file(folder / FILE, _format_settings(contact, disk_floor, unchosen), owner)
    new_config = read_config(folder / "archive.db")
    print_lines([f"{new_config.file} is written; the archive will be {new_config.archive}"])
    _write_schedule(new_config, scheduler or _detect_scheduler(), every, owner)
    if not no_check:
        _check_sources(new_config, chosen)
    program = f"{' '.join(find_program())} --archive {new_config.archive}"
    print_lines(["", f"First crawl: {program} crawl --limit 20", f"Then: {program} doctor"])


def _ask(question: str, default: str) -> str:
    """Asks on a terminal; elsewhere the default is the answer."""
    if not sys.stdin.isatty():
        return default
    answer: str = click.prompt(question, default=default, show_default=bool(default))
    return answer.strip()


def _choose_owner(user: str | None) -> str:
    """Returns who owns the archive. Raises RunError for root, and for a user there is not."""
    owner = user or getpass.getuser()
    if owner == "root" or (user is None and os.geteuid() == 0):
        raise RunError(
            "root crawls nothing: --user NAME, who will own the archive (docs/debian.md)"
        )
    try:
        uid = pwd.getpwnam(owner).pw_uid
    except KeyError as error:
        raise RunError(f"no user {owner}: make one first (docs/debian.md)") from error
    if os.geteuid() not in (0, uid):
        raise RunError(f"only root and {owner} can make files of {owner}")
    return owner


def _make_folder(folder: Path, owner: str) -> None:
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)
        _give_to(folder, owner)
    except OSError as error:
        raise RunError(f"{folder}: {error.strerror or error}") from error


def _write_file(path: Path, text: str, owner: str, mode: int = FILE_MODE) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(mode)
            file.write(text)
        _give_to(path, owner)
    except OSError as error:
        raise RunError(f"{path}: {error.strerror or error}") from error


def _give_to(path: Path, owner: str) -> None:
    if os.geteuid() == 0:
        user = pwd.getpwnam(owner)
        os.chown(path, user.pw_uid, user.pw_gid)


def _format_settings(contact: str, disk_floor: int, unchosen: list[str]) -> str:
    """Returns the text of khabar.toml. JSON strings of plain text are TOML strings."""
    lines = [
        "# Settings of Khabar (docs/operate.md); `khabar config` shows what is in force.",
        f"contact = {json.dumps(contact, ensure_ascii=False)}",
        f"disk_floor_mb = {disk_floor}",
    ]
    for key in unchosen:
        lines += ["", f"[sources.{key}]", 'status = "off"', 'reason = "not chosen at the set-up"']
    return "\n".join(lines) + "\n"


def _detect_scheduler() -> Scheduler:
    return "systemd" if Path("/run/systemd/system").exists() else "cron"


def _write_schedule(config: Config, scheduler: Scheduler, every: timedelta, owner: str) -> None:
    """Writes the schedule into a folder beside the archive, checks it, and says where it goes."""
    if scheduler == "none":
        return
    is_root = os.geteuid() == 0
    user = owner if is_root else None
    plan = timetable.make_plan(config, every, user=user, environment={})
    folder = config.archive.parent / "schedule"
    _make_folder(folder, owner)
    if scheduler == "cron":
        file = folder / "khabar.cron"
        _write_file(file, f"{timetable.format_cron_line(plan)}\n", owner, SCHEDULE_MODE)
        place = (
            f"cp {file} /etc/cron.d/khabar" if is_root else f"(crontab -l; cat {file}) | crontab -"
        )
        print_lines([f"{file} is written. To start it: {place}"])
        return
    files = [folder / "khabar.service", folder / "khabar.timer"]
    for file, text in zip(
        files, (timetable.format_service(plan), timetable.format_timer(plan)), strict=True
    ):
        _write_file(file, text, owner, SCHEDULE_MODE)
    _verify_units(files)
    print_lines(
        [
            f"{folder} has khabar.service and khabar.timer. To start them, as root:",
            f"  cp {files[0]} {files[1]} /etc/systemd/system/",
            "  systemctl daemon-reload && systemctl enable --now khabar.timer",
        ]
    )


def _verify_units(files: list[Path]) -> None:
    """Has systemd read the units. Raises RunError with its complaints about them."""
    if not shutil.which("systemd-analyze"):
        print_lines(["systemd-analyze is not here: the units are not checked"])
        return
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, files)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    complaints = [line for line in done.stderr.splitlines() if "khabar." in line]
    if complaints:
        raise RunError(f"systemd does not take the units: {complaints[0]}")
    print_lines(["systemd-analyze verify: the units are sound"])


def _check_sources(config: Config, chosen: tuple[str, ...]) -> None:
    """Asks the documents of the chosen sources, and prints the state of each."""
    if not 0 < len(chosen) <= MOST_CHECKED:
        print_lines(
            wrap_text(
                "`khabar sources check` asks the feeds and sitemaps of all sources", get_width()
            )
        )
        return
    from crawler.source_tools.check import check_documents

    registry = config.load_registry()
    results = check_documents(config, [registry.get(key) for key in chosen], timedelta(days=7))
    print_rows(
        [{"source": result.source, "state": result.state, "url": result.url} for result in results],
        as_json=False,
        as_csv=False,
    )
