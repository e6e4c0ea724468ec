"""kill -9 in the middle of a takedown, a seal, a backup: said again, all is well, and nothing is lost in between."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article
from command_runner import PATIENCE, Khabar
from residue_scan import traces
from takedown_fixtures import BESIDES, PLANTED, URL, planted, planted_page
from test_snapshots import html

from khabar.archive import open_archive
from khabar.archive.store import snapshots
from khabar.archive.upkeep import seal
from khabar.archive.upkeep.verify import CheckContext, run_checks
from khabar.model.items import Page

NOW = START + timedelta(days=400)
PAGES = 400

# What is said, and how many seconds of it lie between taking its turn and its end on a quiet machine.
COMMANDS = {
    "takedown": (("takedown", "add", URL, "--reason", "x", "--by", "y"), 0.6),
    "seal": (("seal",), 0.6),
    "backup": (("backup", "{copies}"), 0.4),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Seven months of pages, the first three sealed; the planted article made the dictionary of all of them."""
    desk = ArchiveBuilder(tmp_path_factory.mktemp("built") / "archive.db")
    desk.read(planted(), body=planted_page())
    for n in range(PAGES):
        desk.now = START + timedelta(hours=12 * n)
        noise = Random(n).randbytes(6000).hex().encode()
        desk.read(article(f"{HOME}/news/1{n:03}", f"{'शब्द ' * 30} {n}"), body=html(n) + noise)
    seal.seal_months(
        desk.archive, timedelta(days=1), START + timedelta(days=70), lambda month: None
    )
    desk.archive.close()
    return desk.path.parent


@pytest.fixture
def folder(built, tmp_path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "archive"))


def pages(folder: Path) -> dict[int, Page]:
    with open_archive(folder / "archive.db") as archive:
        ids = [
            found
            for (found,) in archive.db.execute("select id from snapshots where url <> ?", [URL])
        ]
        return {found: snapshots.load_page(archive.db, found) for found in ids}


def killed(folder: Path, words: tuple[str, ...], after: float) -> None:
    """Begins a command and kills it so long after it took its turn."""
    turn = folder / "archive.db.upkeep"
    turn.unlink(missing_ok=True)
    khabar = Khabar(folder / "archive.db", "", NOW)
    run = khabar.start(*words)
    deadline = time.monotonic() + PATIENCE
    while (
        not (turn.exists() and turn.stat().st_size)
        and run.poll() is None
        and time.monotonic() < deadline
    ):
        time.sleep(0.002)
    time.sleep(after)
    run.kill()


def faults(folder: Path) -> list:
    with open_archive(folder / "archive.db") as archive:
        return [fault for fault in run_checks(CheckContext(archive, NOW)) if not fault.repair]


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("nth", range(10))
def test_killed_and_said_again(folder, name, nth):
    told, length = COMMANDS[name]
    words = tuple(word.replace("{copies}", str(folder.parent / "copies")) for word in told)
    before = pages(folder)
    killed(folder, words, Random(nth).uniform(nth, nth + 1) * length / 10)
    assert faults(folder) == [], "something was lost in between"
    assert pages(folder) == before
    again = Khabar(folder / "archive.db", "", NOW + timedelta(minutes=1))(*words)
    assert (again.code, again.err) == (0, "")
    with open_archive(folder / "archive.db") as archive:
        assert run_checks(CheckContext(archive, NOW)) == []
        live = archive.db.execute("select count(*) from snapshots where sealed is null").fetchone()[
            0
        ]
    assert pages(folder) == before
    if name == "takedown":
        assert traces(folder, PLANTED, BESIDES) == []
    elif name == "seal":
        assert live == 0
    else:
        (made,) = (
            path for path in (folder.parent / "copies").glob("archive-*.db*") if "0901" in path.name
        )
        restored = folder.parent / "restored"
        restored.mkdir()
        shutil.copy(made, restored / "archive.db")
        shutil.copytree(folder.parent / "copies" / "snapshots", restored / "snapshots")
        assert pages(restored) == before and faults(restored) == []


@pytest.mark.slow
def test_the_kills_fall_in_the_middle(folder):
    """Of ten kills some find a takedown begun and not finished: else the test above tested nothing."""
    unfinished = 0
    for nth in range(10):
        copy = Path(shutil.copytree(folder, folder.parent / f"copy-{nth}"))
        killed(copy, COMMANDS["takedown"][0], 0.6 * nth / 10)
        with open_archive(copy / "archive.db") as archive:
            unfinished += archive.db.execute(
                "select count(*) from takedowns where finished_at is null"
            ).fetchone()[0]
    assert unfinished >= 1
