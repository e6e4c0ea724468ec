"""`make demo`: the main job on the pretend newsroom, as an operator and a reader would run it, then what it gave."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from newsroom.server import EDITION_ONE, EDITION_TWO, Newsroom

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "demo"
SETTINGS = '''# The demo's own settings: the pretend sites instead of the live ones.
contact = "https://newsroom.test/demo"
source_folders = ["../newsroom/sources"]
'''


def khabar(*args: str, newsroom: Newsroom, now: datetime) -> None:
    """One command as a person would type it, shown and run. A command that fails ends the demo with its code."""
    print(f"\n$ khabar {' '.join(args)}", flush=True)  # noqa: T201
    environment = environment_for(newsroom, now)
    done = subprocess.run([sys.executable, "-m", "crawler.cli", *args], env=environment, cwd=ROOT, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)


def environment_for(newsroom: Newsroom, now: datetime) -> Mapping[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")},
        "KHABAR_ARCHIVE": str(FOLDER / "archive.db"),
        "KHABAR_NEWSROOM": newsroom.address,
        "KHABAR_NOW": now.isoformat(),
    }


def say(words: str) -> None:
    print(f"\n{words}", flush=True)  # noqa: T201


def main() -> None:
    """Two crawls of five sites, a day apart, into demo/archive.db; then search, read and export it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    (FOLDER / "khabar.toml").write_text(SETTINGS, encoding="utf-8")
    with Newsroom(EDITION_ONE) as newsroom:
        say(f"Five pretend news sites listen on {newsroom.address}; their clock says {EDITION_ONE:%d %B %Y, %H:%M} IST.")
        khabar("crawl", newsroom=newsroom, now=EDITION_ONE)
        khabar("status", newsroom=newsroom, now=EDITION_ONE)
        newsroom.now = EDITION_TWO
        say("A day later: new articles, edits, one removed. The second crawl stores only what changed.")
        khabar("crawl", newsroom=newsroom, now=EDITION_TWO)
        khabar("status", newsroom=newsroom, now=EDITION_TWO)
        khabar("search", "गोमती", newsroom=newsroom, now=EDITION_TWO)
        khabar("export", "demo/dataset", "--format", "jsonl", newsroom=newsroom, now=EDITION_TWO)
    say("Next: .venv/bin/khabar --archive demo/archive.db serve   (then open the address it prints)")


if __name__ == "__main__":
    main()
