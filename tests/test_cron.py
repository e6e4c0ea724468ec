"""The printed crontab line, run by Debian's own cron. It takes root and up to a minute of waiting."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_runner import PATIENCE
from conftest import Khabar, settle_in

from khabar.archive import ArchiveBusy, ArchiveError, open_archive
from newsroom.expected import expected_articles
from newsroom.server import Newsroom

CRON = shutil.which("cron", path="/usr/sbin:/usr/bin")
CRON_D = Path("/etc/cron.d")
PID = Path("/run/crond.pid")

pytestmark = [
    pytest.mark.debian,
    pytest.mark.skipif(CRON is None, reason="no cron here: `apt-get install cron` (.ci/run does)"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may hand cron a line of /etc/cron.d"),
]


def _is_running() -> bool:
    try:
        os.kill(int(PID.read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


@contextmanager
def cron(line: str) -> Iterator[None]:
    """Cron with one line more: the machine's own when it runs, else one for as long as this takes."""
    tab = CRON_D / "khabar-test"
    tab.write_text(f'SHELL=/bin/sh\nMAILTO=""\n{line}\n')
    tab.chmod(0o644)
    assert CRON
    own = None if _is_running() else subprocess.Popen([CRON, "-f"], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        tab.unlink()
        if own:
            own.terminate()
            own.wait()


def _ended(path: Path) -> list[tuple[str, ...]]:
    if not path.exists():
        return []
    try:
        with open_archive(path) as archive:
            return archive.db.execute(
                "select finish_reason from runs where finished_at is not null"
            ).fetchall()
    except ArchiveError:  # it is being made
        return []


def _is_free(path: Path) -> bool:
    """Whether the run has let go of the archive."""
    try:
        open_archive(path, write=True).close()
    except ArchiveBusy:
        return False
    return True


def test_the_printed_line_crawls(tmp_path):
    now = datetime.now(UTC)
    archive = settle_in(tmp_path / "by cron")
    with Newsroom(now) as newsroom:
        khabar = Khabar(archive, newsroom.address, now)
        line = khabar("schedule", "cron", "--every", "1m", "--user", "root").out.strip()
        with cron(line):
            deadline = time.monotonic() + PATIENCE
            while not _ended(archive) and time.monotonic() < deadline:
                time.sleep(0.5)
            while not _is_free(archive) and time.monotonic() < deadline:
                time.sleep(0.2)
    assert _ended(archive)[0] == ("finished",)
    with open_archive(archive) as held:
        stored = {url for (url,) in held.db.execute("select url from articles").fetchall()}
    listed = {one.url for one in expected_articles(now)}
    assert stored and stored <= listed
