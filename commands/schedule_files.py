"""Reads the crontabs and systemd units of this machine that run a crawl of an archive."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*(.*)$")
_PROGRAM = re.compile(r"(?:^|/)khabar$")
_OLD_MODULE = "crawler.cli"  # what `khabar` was called in a release before the first


@dataclass(frozen=True, slots=True)
class SchedulePlaces:
    """Where schedules are: folders of units, a folder of crontabs of the system, the user's own
    crontab (its text).
    """

    unit_folders: tuple[Path, ...] = (
        Path("/etc/systemd/system"),
        Path("~/.config/systemd/user").expanduser(),
    )
    cron_folder: Path = Path("/etc/cron.d")
    crontab: str = ""


@dataclass(frozen=True, slots=True)
class ScheduledCrawl:
    """A line of a crontab, or a unit, that runs `khabar crawl`. `user`: as whom, "" if it does not
    say; `is_active`: whether anything starts it.
    """

    where: str
    kind: Literal["cron", "systemd"]
    program: str
    archive: Path | None
    user: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    is_active: bool = True


def read_own_crontab() -> str:
    """Returns the crontab of the user who runs this, '' if there is none."""
    try:
        done = subprocess.run(
            ["crontab", "-l"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""  # no cron here
    return done.stdout if done.returncode == 0 else ""


def list_scheduled_crawls(places: SchedulePlaces) -> list[ScheduledCrawl]:
    """Returns the crawls that crontabs and units start, of all archives."""
    crawls = list(_parse_crontab(places.crontab, "crontab -l", has_user=False))
    for file in sorted(places.cron_folder.glob("*")):
        crawls += _parse_crontab(_read_file(file), str(file), has_user=True)
    for folder in places.unit_folders:
        for file in sorted(folder.glob("*.service")):
            crawls += _parse_unit(file)
    return crawls


def _read_file(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # not ours to read: its schedule is another user's


def _parse_crontab(text: str, where: str, *, has_user: bool) -> Iterator[ScheduledCrawl]:
    """Yields the crawls of a crontab; `has_user`: a line names its user, as in /etc/cron.d."""
    environment: dict[str, str] = {}
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if match := _ASSIGNMENT.match(line):
            environment[match[1]] = match[2].strip("\"'")
            continue
        fields = line.split(None, (1 if line.startswith("@") else 5) + has_user)
        command = fields[-1].replace("\\%", "%")
        user = fields[-2] if has_user and len(fields) > 1 else ""
        yield from _parse_command(command, where, "cron", user, environment, is_active=True)


def _parse_unit(file: Path) -> Iterator[ScheduledCrawl]:
    """Yields the crawl that a service runs. A timer of the same name starts it, if it is enabled:
    linked into a folder `*.wants` beside it.
    """
    user, command, environment = "", "", dict[str, str]()
    for line in _read_file(file).splitlines():
        match = _ASSIGNMENT.match(line)
        if not match:
            continue
        name, value = match.groups()
        if name == "User":
            user = value
        elif name == "ExecStart":
            command = value.replace("%%", "%").replace("$$", "$")
        elif name == "Environment":
            pairs = (word.partition("=") for word in _split_words(value.replace("%%", "%")))
            environment |= {key: text for key, _, text in pairs}
    if not user and file.parent.name == "user":  # a unit of a user's own systemd
        user = os.environ.get("USER", "")
    timers = [
        *file.parent.glob(f"*.wants/{file.stem}.timer"),
        *file.parent.glob(f"*.wants/{file.name}"),
    ]
    yield from _parse_command(
        command, str(file), "systemd", user,
        environment, is_active=bool(timers),
    )  # fmt: skip


def _parse_command(
    command: str, where: str, kind: Literal["cron", "systemd"], user: str,
    environment: dict[str, str], *, is_active: bool,
) -> Iterator[ScheduledCrawl]:  # fmt: skip
    """Yields the crawl that a command line runs, nothing for another command."""
    words = _split_words(command)
    if "crawl" not in words:
        return
    assigned = {
        match[1]: match[2]
        for word in words
        if (match := _ASSIGNMENT.match(word)) and word[0] != "-"
    }
    variables = environment | assigned
    start = next((i for i, word in enumerate(words) if _PROGRAM.search(word)), None)
    if start is None:
        start = next(
            (i - 2 for i, word in enumerate(words) if word in ("commands", _OLD_MODULE) and i >= 2),
            None,
        )
    if start is None:
        return
    archive = variables.get("KHABAR_ARCHIVE")
    for i, word in enumerate(words):
        if word == "--archive" and i + 1 < len(words):
            archive = words[i + 1]
        elif word.startswith("--archive="):
            archive = word.partition("=")[2]
    program = _OLD_MODULE if _OLD_MODULE in words else words[start]
    yield ScheduledCrawl(
        where, kind, program, Path(archive) if archive else None, user, variables, is_active
    )


def _split_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an unclosed quotation mark
        return text.split()
