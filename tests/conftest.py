"""What the tests share: the measured pages beside the checkout, a newsroom, and `khabar` as a person runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
WITHOUT = ROOT / "tests" / "without"  # before all else on a user's path: what only our own tools bring along


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED.is_dir():
        return
    skip = pytest.mark.skip(reason="../shared is absent: the measured pages and texts are not on this machine")
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(skip)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In CI a skip is a failure but for marks that CI_NO_SKIPS names (shared, debian): nothing may quietly not run."""
    report = yield
    excused = os.environ.get("CI_NO_SKIPS", "")
    if report.skipped and excused and not any(mark in item.keywords for mark in excused.split(",")):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and CI lets nothing be skipped but tests marked {excused}"
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    return SHARED


@dataclass
class Run:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Khabar:
    """`khabar` as a process of its own, on an archive and a newsroom of its own."""

    archive: Path
    newsroom: str
    now: datetime

    def environment(self) -> dict[str, str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
        told = {
            "KHABAR_ARCHIVE": str(self.archive),
            "KHABAR_NEWSROOM": self.newsroom,
            "KHABAR_NOW": self.now.isoformat(),
        }
        return {**bare, **{name: value for name, value in told.items() if value}, "PYTHONPATH": f"{WITHOUT}:{ROOT}"}

    def __call__(self, *args: str, timeout: float = 120) -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "crawler.cli", *args],
            env=self.environment(), cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip
        return Run(done.returncode, done.stdout, done.stderr)

    def copied(self, folder: Path) -> Khabar:
        """Its archive and settings once more, for a test that writes to them."""
        shutil.copytree(self.archive.parent, folder, dirs_exist_ok=True)
        return replace(self, archive=folder / self.archive.name)


def settle_in(folder: Path) -> Path:
    """A folder set up like the demo's: the newsroom's sources instead of the live ones. Returns its archive's path."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = ROOT / "newsroom" / "sources"
    (folder / "khabar.toml").write_text(f'contact = "https://tests.newsroom.test"\nsource_folders = ["{sources}"]\n')
    return folder / "archive.db"


def settle_in_unhurried(folder: Path) -> Path:
    """As `settle_in`, but the newsroom is asked at a pace, one request at a time and host: a crawl takes seconds."""
    archive, own = settle_in(folder), folder / "sources"
    own.mkdir()
    for file in (ROOT / "newsroom" / "sources").glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        assert "delay = 0.0" in text
        (own / file.name).write_text(text.replace("delay = 0.0", "delay = 0.1"), encoding="utf-8")
    (folder / "khabar.toml").write_text('contact = "https://tests.newsroom.test"\nsource_folders = ["sources"]\n')
    return archive
