"""`make demo`: the main job on the pretend newsroom, as an operator and a reader would run it, then what it gave."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newsroom.server import EDITION_ONE, EDITION_TWO, Newsroom

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = f"""# The demo's own settings: the pretend sites instead of the live ones.
contact = "https://newsroom.test/demo"
source_folders = ["{ROOT / "newsroom" / "sources"}"]
"""
STORY = "http://www.savera.newsroom.test/2026/11/gomti-ghat-safai/"


@dataclass(frozen=True, slots=True)
class Demo:
    """A folder of its own for the demo's archive, and the newsroom it crawls."""

    folder: Path
    newsroom: Newsroom

    def khabar(self, *args: str) -> None:
        """One command as a person would type it, shown and run. One that fails ends the demo with its code."""
        print(f"\n$ khabar {' '.join(args)}", flush=True)  # noqa: T201
        bare = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
        told = {
            "KHABAR_ARCHIVE": str(self.folder / "archive.db"),
            "KHABAR_NEWSROOM": self.newsroom.address,
            "KHABAR_NOW": self.newsroom.now.isoformat(),
        }
        command = [sys.executable, "-m", "crawler.cli", *args]
        done = subprocess.run(command, env=bare | told, cwd=ROOT, check=False)
        if done.returncode != 0:
            sys.exit(done.returncode)

    def crawl(self, edition: datetime) -> None:
        self.newsroom.now = edition
        self.khabar("crawl")
        self.khabar("status")


def say(words: str) -> None:
    print(f"\n{words}", flush=True)  # noqa: T201


def main(folder: Path) -> None:
    """Two crawls of five sites, a day apart, into the folder's archive.db; then search, read and export it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "khabar.toml").write_text(SETTINGS, encoding="utf-8")
    with Newsroom(EDITION_ONE) as newsroom:
        demo = Demo(folder, newsroom)
        say(f"Five pretend news sites listen on {newsroom.address}. Their clock: {EDITION_ONE:%d %B %Y, %H:%M} IST.")
        demo.crawl(EDITION_ONE)
        say("A day later: new articles, edits, one removed. The second crawl stores only what changed.")
        demo.crawl(EDITION_TWO)
        shown = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
        demo.khabar("search", "गोमती सीढ़ी", "--source", "savera")
        demo.khabar("show", STORY)
        demo.khabar("export", f"{shown}/dataset", "--format", "jsonl")
    say(f"Next: .venv/bin/khabar --archive {shown}/archive.db serve   (then open the address it prints)")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "demo")
