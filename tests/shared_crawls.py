"""What many modules read and few write: made once in a run of the suite, by whichever worker comes first."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from command_runner import Khabar, Run
from conftest import settle_in

from newsroom.server import EDITION_ONE, EDITION_TWO, LoggedRequest, Newsroom

LOG = "newsroom-log.json"


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` fills, the same for all workers of a run. Copy it before writing to it."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / name
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            partial = base / f"{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            make(partial)
            partial.rename(folder)
    return folder


@dataclass
class Crawled:
    """A crawled newsroom: its archive's folder, the last crawl's result, and all requests the newsroom saw."""

    folder: Path
    run: Run
    log: list[LoggedRequest]

    @property
    def archive(self) -> Path:
        return self.folder / "archive.db"

    def khabar(self, now: datetime, newsroom: str = "") -> Khabar:
        """Commands on this archive itself: for reading."""
        return Khabar(self.archive, newsroom, now)

    def copied(self, folder: Path, now: datetime, newsroom: str = "") -> Khabar:
        """Commands on a copy of the archive, for going on from there."""
        return self.khabar(now, newsroom).copied(folder)


def _read(folder: Path) -> Crawled:
    told = json.loads((folder / LOG).read_text(encoding="utf-8"))
    log = [LoggedRequest(datetime.fromisoformat(at), *rest) for at, *rest in told["log"]]
    return Crawled(folder, Run(**told["run"]), log)


def _crawl(folder: Path, edition: datetime, before: list[LoggedRequest]) -> None:
    with Newsroom(edition) as newsroom:
        run = Khabar(folder / "archive.db", newsroom.address, edition)("crawl")
        log = [(one.at.isoformat(), *one[1:]) for one in (*before, *newsroom.log)]
    told = {"run": vars(run), "log": log}
    (folder / LOG).write_text(json.dumps(told), encoding="utf-8")


def crawled_once(factory: pytest.TempPathFactory) -> Crawled:
    """The newsroom's first edition, crawled."""

    def make(folder: Path) -> None:
        settle_in(folder)
        _crawl(folder, EDITION_ONE, [])

    return _read(made_once(factory, "crawled-once", make))


def crawled_twice(factory: pytest.TempPathFactory) -> Crawled:
    """The same archive a day later, after the second edition was crawled too."""
    first = crawled_once(factory)

    def make(folder: Path) -> None:
        shutil.copytree(first.folder, folder, dirs_exist_ok=True)
        _crawl(folder, EDITION_TWO, first.log)

    return _read(made_once(factory, "crawled-twice", make))
