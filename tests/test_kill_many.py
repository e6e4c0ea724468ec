"""kill -9 at a random moment of every command that writes, five hundred times: said again, it ends well, and nothing is lost.

How often in all is `KILLS` in the environment: `KILLS=60 pytest -m slow tests/test_kill_many.py`.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from signal import SIGKILL

import pytest
from command_runner import PATIENCE, Khabar, Started
from conftest import settle_in
from corruptions import sql
from shared_crawls import crawled_once, crawled_twice, made_once
from test_kill import children_of, is_alive

from khabar.archive import open_archive
from khabar.archive.upkeep.verify import CheckContext, run_checks
from newsroom.server import EDITION_ONE, EDITION_TWO, Newsroom

KILLS = int(os.environ.get("KILLS", "500"))
SOON = timedelta(minutes=5)  # what a busy machine noted late is due by then
LATER = EDITION_ONE + timedelta(days=200)  # all pages may be sealed
LATE, BULK = EDITION_ONE + timedelta(days=9), 150  # feeds have forgotten what a backfill finds
DAYS = ("--from", "2026-10-20", "--to", "2026-11-02")
WHY = ("--reason", "court order", "--by", "editor")
FIRST = "select url from articles where removed_at is null order by id limit 1"
SECOND = "select url from articles where removed_at is null order by id limit 1 offset 1"


def as_an_older_extractor_left_it(folder: Path) -> None:
    sql(
        "update articles set extractor_version = '0', title = title || ' (पुराना)'",
        "update pages set extractor_version = '0' where snapshot_id is not null",
    )(folder)


def damage(folder: Path) -> None:
    """All of it follows from the rest."""
    sql(
        "drop trigger articles_fts_update",
        "drop index pages_due",
        "drop view embedded",
        "insert into articles_fts (articles_fts) values ('delete-all')",
        "update articles set word_count = 1, text_sha256 = 'x'",
        "update pages set host = 'x.test'",
        "update pages set article_id = null where outcome = 'article' and id % 2",
        "update snapshots set size = 1 where body is not null",
        "delete from search_terms",
    )(folder)


@dataclass(frozen=True)
class Writer:
    """A command that writes: its words, the archive it starts from, and the moment it is."""

    name: str
    words: tuple[str, ...]
    now: datetime = EDITION_TWO
    base: str = "base"
    newsroom: Callable[[], Newsroom] | None = None
    prepare: Callable[[Path], None] = lambda folder: None
    goes_on: bool = False  # continues where it stopped: every third time it is killed twice


WRITERS = [
    Writer("crawl", ("crawl",), newsroom=lambda: Newsroom(EDITION_TWO), goes_on=True),
    Writer("import WARC", ("import", "{warc}"), goes_on=True),
    Writer("import JSONL", ("import", "{jsonl}"), goes_on=True),
    Writer("backup", ("backup", "{out}"), LATER, "sealed"),
    Writer("export", ("export", "{out}", "--format", "parquet", "--splits", "story"), LATER),
    Writer("seal", ("seal",), LATER),
    Writer("takedown add", ("takedown", "add", "{second}", *WHY), LATER, "sealed"),
    Writer("reextract", ("reextract",), prepare=as_an_older_extractor_left_it, goes_on=True),
    Writer("stories", ("stories", "rebuild"), goes_on=True),
    Writer("merge", ("merge", "{twice}"), goes_on=True),
    Writer("verify --repair", ("verify", "--repair"), prepare=damage),
    Writer("backfill", ("backfill", "savera", *DAYS), LATE, "late",
           lambda: Newsroom(LATE, BULK), goes_on=True),
]  # fmt: skip


def one_url(archive: Path, query: str) -> str:
    with open_archive(archive) as held:
        return held.db.execute(query).fetchone()[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The archives that commands begin with, each with a takedown that is done, and what they read."""
    once, twice = crawled_once(tmp_path_factory), crawled_twice(tmp_path_factory)

    def make(folder: Path) -> None:
        base = once.copied(folder / "base", EDITION_TWO)
        assert base("takedown", "add", one_url(base.archive, FIRST), *WHY).code == 0
        sealed = base.copied(folder / "sealed")
        sealed.now = LATER
        assert sealed("seal").code == 0
        twice.copied(folder / "twice", EDITION_TWO)
        for kind in ("jsonl", "warc"):
            run = twice.khabar(EDITION_TWO)("export", str(folder / kind), "--format", kind)
            assert run.code == 0, run
        with Newsroom(LATE, BULK) as newsroom:
            late = Khabar(settle_in(folder / "late"), newsroom.address, LATE)
            assert late("crawl", "savera").code == 0
        assert late("takedown", "add", one_url(late.archive, FIRST), *WHY).code == 0

    return made_once(tmp_path_factory, "kill-many", make)


@dataclass(frozen=True)
class Stored:
    """What an archive has, of which nothing may be lost."""

    articles: frozenset[tuple[str, str]]
    revisions: frozenset[tuple[str, int]]
    snapshots: frozenset[tuple[str, str, str]]
    takedowns: frozenset[
        tuple[str]
    ]  # those that are done: said again, one is done anew, at a later time
    pairs: frozenset[
        tuple[str, str]
    ]  # derived from the texts: may be gone while they are found again

    def lacks(self, earlier: Stored, purged: set[str]) -> list[str]:
        """What the earlier state had and this one has not, but for URLs that a takedown purges."""
        return [
            f"{name}: {row}"
            for name in ("articles", "revisions", "snapshots", "takedowns")
            for row in sorted(getattr(earlier, name) - getattr(self, name))
            if name == "takedowns" or row[0] not in purged
        ]


def read_stored(archive: Path) -> Stored:
    queries = (
        "select url, source from articles",
        "select a.url, r.revision from revisions r join articles a on a.id = r.article_id",
        "select url, fetched_at, sha256 from snapshots",
        "select pattern from takedowns where finished_at is not null",
        "select min(x.url, y.url), max(x.url, y.url) from story_pairs p join articles x on x.id = p.a join articles y on y.id = p.b",
    )
    with open_archive(archive) as held:
        return Stored(*(frozenset(held.db.execute(query).fetchall()) for query in queries))


def read_sizes(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of all files with content; what a mere opening makes is left out."""
    found = {path.relative_to(folder): path.stat() for path in folder.rglob("*") if path.is_file()}
    return {
        str(path): (stat.st_size, stat.st_mtime_ns)
        for path, stat in found.items()
        if stat.st_size and path.suffix not in (".lock", ".upkeep") and path.name[-4:] != "-shm"
    }


def faults(archive: Path, now: datetime) -> list:
    with open_archive(archive) as held:
        return run_checks(CheckContext(held, now))


@dataclass
class Tally:
    """What came of the kills of one command."""

    kills: int = 0
    inside: int = 0  # it had not ended by itself
    begun: int = 0  # and had written something
    lost: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"kills {self.kills}, inside the command {self.inside}, of these after its first write "
            f"{self.begun}, lost {len(self.lost)}, faults {len(self.faults)}"
        )


@dataclass
class Trial:
    """One command on a copy of its archive: to be killed, and said again."""

    writer: Writer
    khabar: Khabar
    words: list[str]
    purged: set[str]

    @classmethod
    def set_up(cls, writer: Writer, made: Path, folder: Path, newsroom: str) -> Trial:
        prepared = Khabar(made / writer.base / "archive.db", newsroom, writer.now)
        khabar = prepared.copied(folder / "archive")
        second = one_url(khabar.archive, SECOND)
        writer.prepare(khabar.archive.parent)
        told = {
            "out": folder / "out",
            "second": second,
            "twice": made / "twice" / "archive.db",
            **{
                kind: next((made / kind).glob(f"*.{kind}*"), "missing")
                for kind in ("jsonl", "warc")
            },
        }
        words = [word.format_map(told) for word in writer.words]
        purged = {second} if writer.name.startswith("takedown") else set()
        return cls(writer, khabar, words, purged)

    def await_write(self, run: Started) -> None:
        """Until it has written something, or has ended."""
        before, deadline = self.sizes(), time.monotonic() + PATIENCE
        while run.poll() is None and self.sizes() == before and time.monotonic() < deadline:
            time.sleep(0.001)

    def kill(self, after: float, *, written: bool) -> bool:
        """Kills the command and all below it, so long after its start or its first write. Returns whether it still ran."""
        run = self.khabar.start(*self.words)
        if written:
            self.await_write(run)
        until = time.monotonic() + after
        while (left := until - time.monotonic()) > 0 and run.poll() is None:
            time.sleep(min(left, 0.005))
        running = run.poll() is None
        below = children_of(run.pid) if running else []
        run.kill()
        for pid in below:
            with suppress(ProcessLookupError):
                os.kill(pid, SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while any(map(is_alive, below)) and time.monotonic() < deadline:
            time.sleep(0.005)
        return running

    def sizes(self) -> dict[str, tuple[int, int]]:
        return read_sizes(self.khabar.archive.parent.parent)

    def check_kill(self, before: Stored, moment: str, tally: Tally) -> Stored:
        """Between a kill and the next try: nothing is missing, and all that is wrong can be mended.

        A copy is looked at: the next try is the first to open what the killed one left.
        """
        seen = self.khabar.copied(self.khabar.archive.parent.with_name("seen"))
        killed = read_stored(seen.archive)
        tally.lost += [f"{moment}: killed: {what}" for what in killed.lacks(before, self.purged)]
        left = [one for one in faults(seen.archive, seen.now) if not one.repair]
        shutil.rmtree(seen.archive.parent)
        tally.faults += [f"{moment}: killed: {one}" for one in left]
        return killed

    def say_again(self, calm: Stored, killed: Stored, moment: str, tally: Tally) -> None:
        """Without a kill: it ends as an undisturbed one does, and what was stored still is."""
        again = self.khabar(*self.words)
        if again.code != 0:
            tally.faults.append(f"{moment}: exit code {again.code}: {again.err}{again.out}")
        end = read_stored(self.khabar.archive)
        tally.lost += [f"{moment}: again: {what}" for what in end.lacks(killed, self.purged)]
        for name in ("articles", "revisions", "pairs"):
            if differing := sorted(getattr(end, name) ^ getattr(calm, name)):
                tally.faults.append(f"{moment}: other {name} than undisturbed: {differing}")
        down = {pattern for (pattern,) in end.takedowns}
        if back := down & {row[0] for row in end.articles | end.snapshots}:
            tally.faults.append(f"{moment}: taken down and here: {back}")
        left = faults(self.khabar.archive, self.khabar.now)
        tally.faults += [f"{moment}: again: {one}" for one in left]


def run_undisturbed(trial: Trial) -> tuple[Stored, float, float]:
    """What the command makes of its archive, the seconds it takes, and those of them before it writes."""
    begun = time.monotonic()
    run = trial.khabar.start(*trial.words)
    trial.await_write(run)
    first = time.monotonic() - begun
    calm = run.result()
    seconds = time.monotonic() - begun
    assert calm.code == 0, calm
    assert faults(trial.khabar.archive, trial.khabar.now) == []
    return read_stored(trial.khabar.archive), seconds, first


def kill_often(writer: Writer, kills: int, made: Path, folder: Path, tally: Tally) -> None:
    chance = Random(f"{writer.name} {kills}")
    with writer.newsroom() if writer.newsroom else nullcontext() as newsroom:
        address = newsroom.address if newsroom else ""
        calm, seconds, first = run_undisturbed(Trial.set_up(writer, made, folder / "calm", address))
        while tally.kills < kills:
            copy = folder / f"{tally.kills}"
            trial = Trial.set_up(writer, made, copy, address)
            stored = read_stored(trial.khabar.archive)
            twice = writer.goes_on and tally.kills % 3 == 2 and tally.kills + 1 < kills
            for _ in range(2 if twice else 1):
                written = tally.kills % 2 == 1  # half of them where the work is: a start takes long
                after = chance.uniform(0, seconds - first if written else seconds)
                since = "its first write" if written else "its start"
                moment = f"{writer.name}, kill {tally.kills}, {after:.3f} s after {since}"
                sizes = trial.sizes()
                running = trial.kill(after, written=written)
                tally.kills += 1
                tally.inside += running
                tally.begun += running and trial.sizes() != sizes
                stored = trial.check_kill(stored, moment, tally)
                trial.khabar.now += SOON
            trial.say_again(calm, stored, moment, tally)
            shutil.rmtree(copy)


@pytest.mark.slow
@pytest.mark.parametrize("nth", range(len(WRITERS)), ids=[one.name for one in WRITERS])
def test_killed_at_any_moment_and_said_again(made, tmp_path, record_property, nth):
    tally, share = Tally(), (KILLS + nth) // len(WRITERS)
    try:
        kill_often(WRITERS[nth], share, made, tmp_path, tally)
    finally:
        record_property("kills", str(tally))
    assert tally.lost == [] and tally.faults == []
    if share >= 10:
        assert tally.begun * 10 >= share, (
            "most kills came before the work or after it: they tested little"
        )
