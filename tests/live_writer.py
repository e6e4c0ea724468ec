"""Writes articles as a crawl does, so many a second, until told to stop: `python -m tests.live_writer PATH RATE SECONDS`."""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.archive_fixtures import HOME, ArchiveBuilder, article
from tests.web_fixtures import post

WORDS = "नहर पानी किसान मेला सड़क पुल स्कूल बिजली बारिश बाज़ार नदी गाँव धान मंडी रेल बस छात्र शहर नगर निगम अस्पताल डॉक्टर".split()


def write(desk: ArchiveBuilder, rate: float, seconds: float) -> int:
    """Keeps and files pages at a steady pace. Returns how many."""
    told, begun, done = random.Random(7), time.monotonic(), 0
    while (spent := time.monotonic() - begun) < seconds:
        if done >= spent * rate:
            time.sleep(max(0.0, done / rate - spent))
            continue
        desk.now = datetime.now(UTC)
        paragraphs = (" ".join(told.choices(WORDS, k=80)) + "।" for _ in range(4))
        embed = post(
            id=str(told.randrange(10**6)),
            author_handle="nahar_dal",
            text=f"पोस्ट {done}",
            published_at="2026-11-20T20:00:00Z",
        )
        one = article(
            f"{HOME}/news/live-{done}",
            *paragraphs,
            title=f"ताज़ा ख़बर {done}",
            published_at=desk.now.isoformat(),
            embeds=(embed,),
        )
        desk.read(one)
        done += 1
    return done


if __name__ == "__main__":
    where, rate, seconds = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    desk = ArchiveBuilder(where)
    sys.stdout.write(str(write(desk, rate, seconds)))
    desk.archive.close()
