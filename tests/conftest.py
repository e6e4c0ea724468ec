"""What the tests share: the measured pages beside the checkout, a newsroom, and `khabar` as a person runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_runner import ROOT, WITHOUT, Khabar, Run, Started, start
from hypothesis import HealthCheck, settings

import khabar  # noqa: F401  chooses the process's SQLite, before a test imports Datasette

__all__ = [
    "ROOT",
    "SHARED",
    "WITHOUT",
    "Khabar",
    "Run",
    "Started",
    "settle_in",
    "settle_in_unhurried",
    "start",
]

pytest_plugins = ["cpu_report"]
SHARED = ROOT.parent / "shared"
SLOWEST = (
    "test_cron", "test_isolation", "test_health", "test_fleet", "test_browser", "test_readme", "test_status",
    "test_warc", "test_evil", "test_backfill", "test_schedule_command", "test_kill", "test_kill_many",
)  # fmt: skip

# Examples of a law of hypothesis: few in `make test`, many in `make test-long`. No deadline: a machine may be busy.
_UNTIMED = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("few", max_examples=30, derandomize=True, **_UNTIMED)
settings.register_profile("many", max_examples=1000, **_UNTIMED)
settings.load_profile("few")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The modules that take longest start first, lest one of them runs alone at the end."""
    items.sort(
        key=lambda item: (
            SLOWEST.index(item.path.stem) if item.path.stem in SLOWEST else len(SLOWEST)
        )
    )
    skip = pytest.mark.skip(
        reason="../shared is absent: the measured pages and texts are not on this machine"
    )
    for item in items:
        if "shared" in item.keywords and not SHARED.is_dir():
            item.add_marker(skip)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In CI a skip is a failure but for marks that CI_NO_SKIPS names (shared, debian): nothing may quietly not run."""
    report = yield
    excused = os.environ.get("CI_NO_SKIPS", "")
    if report.skipped and excused and not any(mark in item.keywords for mark in excused.split(",")):
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} was skipped, and CI lets nothing be skipped but tests marked {excused}"
        )
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    return SHARED


def settle_in(folder: Path) -> Path:
    """A folder set up like the demo's: the newsroom's sources instead of the live ones. Returns its archive's path."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = ROOT / "newsroom" / "sources"
    (folder / "khabar.toml").write_text(
        f'contact = "https://tests.newsroom.test"\nsource_folders = ["{sources}"]\n'
    )
    return folder / "archive.db"


def settle_in_unhurried(folder: Path) -> Path:
    """As `settle_in`, but the newsroom is asked at a pace, one request at a time and host: a crawl takes seconds."""
    archive, own = settle_in(folder), folder / "sources"
    own.mkdir()
    for file in (ROOT / "newsroom" / "sources").glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        assert "delay = 0.0" in text
        (own / file.name).write_text(text.replace("delay = 0.0", "delay = 0.1"), encoding="utf-8")
    (folder / "khabar.toml").write_text(
        'contact = "https://tests.newsroom.test"\nsource_folders = ["sources"]\n'
    )
    return archive
