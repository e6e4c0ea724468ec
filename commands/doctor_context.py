"""What the checks of `khabar doctor` look at, and what they find."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlite_utils.utils import sqlite3

from commands import machine_facts, schedule_files
from commands.schedule_files import ScheduledCrawl, SchedulePlaces
from khabar.archive.connect import open_archive
from khabar.archive.database import Archive, ArchiveError, follow_link
from khabar.model import clock
from khabar.model.config import Config

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that goes wrong, or will. `remedy`: what to do."""

    area: str
    severity: Severity
    what: str
    remedy: str


# A trouble without its area.
Found = tuple[Severity, str, str]


def error(what: str, remedy: str) -> Found:
    return "error", what, remedy


def warning(what: str, remedy: str) -> Found:
    return "warning", what, remedy


@dataclass(frozen=True, slots=True)
class DoctorContext:
    """What the checks look at. `archive`: None if there is none or it cannot be opened (`fault`);
    `mounts`: text of /proc/mounts; `memory`: bytes available, None if unknown.
    """

    config: Config
    now: datetime
    environment: Mapping[str, str]
    archive: Archive | None
    fault: str
    crawls: tuple[ScheduledCrawl, ...]
    mounts: str
    memory: int | None
    is_clock_synchronized: bool | None = None
    sqlite_version: tuple[int, ...] = field(default_factory=lambda: sqlite3.sqlite_version_info)
    uid: int = field(default_factory=os.geteuid)
    encoding: str = field(default_factory=locale.getpreferredencoding)

    @property
    def path(self) -> Path:
        """The archive's file."""
        return follow_link(self.config.archive)


def make_context(config: Config, places: SchedulePlaces | None = None) -> DoctorContext:
    """Looks at this machine. `places`: where its schedules are."""
    archive, fault = None, ""
    if config.archive.exists():
        try:
            archive = open_archive(config.archive)
        except ArchiveError as error:
            fault = str(error)
    if places is None:
        places = SchedulePlaces(crontab=schedule_files.read_own_crontab())
    return DoctorContext(
        config,
        clock.now(),
        os.environ,
        archive,
        fault,
        tuple(schedule_files.list_scheduled_crawls(places)),
        machine_facts.read_text(Path("/proc/mounts")),
        machine_facts.read_memory(),
        machine_facts.is_clock_synchronized(),
    )
