"""Every writing command on a disk that fails at one write: a line and a documented code, nothing lost, and again it works."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from command_runner import Khabar, Run, start
from conftest import settle_in
from failing_writes import COUNT, FAIL, STATEMENT_ERRORS, read_count
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive import open_archive
from khabar.archive.upkeep.verify import CheckContext, run_checks
from newsroom.server import EDITION_ONE, EDITION_TWO, Newsroom

LATER = EDITION_ONE + timedelta(days=100)
ENTRY = "failing_writes:fail_here"
CALL_ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EFBIG")
FULL = ("ENOSPC", "EDQUOT")


@dataclass(frozen=True)
class Command:
    """A command's words; what it needs; how its work shows in the archive's folder. `crawls`: needs the newsroom."""

    words: tuple[str, ...]
    is_done: Callable[[Path], bool]
    prepare: Callable[[Path], None] = lambda folder: None
    crawls: bool = False


def count_rows(folder: Path, sql: str) -> int:
    with open_archive(folder / "archive.db", allow_restored=True) as archive:
        number: int = archive.db.execute(sql).fetchone()[0]
    return number


def write_lines(folder: Path) -> None:
    rows = [{"url": f"http://www.savera.newsroom.test/{n}", "title": f"शीर्षक {n}", "text": "शब्द और शब्द। " * 30}
            for n in range(3)]  # fmt: skip
    (folder / "more.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def forget_terms(folder: Path) -> None:
    with open_archive(folder / "archive.db", write=True) as archive:
        archive.db.execute("delete from search_terms")


def restore_older(folder: Path) -> None:
    """The archive as a backup from before a takedown has it; the takedown stands in the log."""
    older = (folder / "archive.db").read_bytes()
    assert Khabar(folder / "archive.db", "", LATER)(*TAKEDOWN).code == 0
    (folder / "archive.db").write_bytes(older)


def url_in(folder: Path) -> str:
    return str(count_rows(folder, "select url from articles order by id limit 1"))


def is_exported(folder: Path) -> bool:
    manifest = folder / "out" / "manifest.json"
    if not manifest.exists():
        return False
    files = json.loads(manifest.read_text())["files"]
    return all(
        (folder / "out" / name).stat().st_size == row["bytes"] for name, row in files.items()
    )


def is_backed_up(folder: Path) -> bool:
    made = list((folder / "copies").glob("archive-*.db"))
    return bool(made) and all(_is_whole(path) for path in made)


def _is_whole(path: Path) -> bool:
    db = Database(sqlite3.connect(path))
    try:
        return bool(db.execute("pragma integrity_check").fetchone()[0] == "ok")
    finally:
        db.close()


# every article of the first site
TAKEDOWN = (
    "takedown",
    "add",
    "http://www.savera.newsroom.test/*",
    "--reason",
    "x",
    "--by",
    "y",
    "--yes",
)
FINISHED = "select count(*) from takedowns where finished_at is not null"
COMMANDS = {
    "crawl": Command(
        ("crawl", "savera", "--limit", "3"),
        lambda folder: count_rows(folder, "select count(*) from runs where finished_at is not null") > 1,
        crawls=True,
    ),
    "import": Command(
        ("import", "{folder}/more.jsonl"),
        lambda folder: count_rows(folder, "select count(*) from articles where title like 'शीर्षक %'") == 3,
        write_lines,
    ),
    "backup": Command(("backup", "{folder}/copies"), is_backed_up),
    "export": Command(("export", "{folder}/out", "--splits", "story"), is_exported),
    "seal": Command(
        ("seal",), lambda folder: count_rows(folder, "select count(*) from snapshots where sealed is null") == 0
    ),
    "takedown": Command(TAKEDOWN, lambda folder: count_rows(folder, FINISHED) == 1),
    "reextract": Command(("reextract", "--all"), lambda folder: True),
    "stories": Command(("stories", "rebuild"), lambda folder: True),
    "merge": Command(
        ("merge", "{folder}/shard/archive.db"),
        lambda folder: count_rows(folder, "select count(distinct source) from articles") == 2,
    ),
    "repair": Command(
        ("verify", "--repair"), lambda folder: count_rows(folder, "select count(*) from search_terms") > 0, forget_terms
    ),
    "restore": Command(
        ("takedown", "repeat"), lambda folder: count_rows(folder, FINISHED) == 1, restore_older
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def newsroom():
    with Newsroom(EDITION_ONE) as running:
        yield running


@pytest.fixture(scope="module")
def bases(tmp_path_factory, newsroom) -> dict[str, Path]:
    """Command → a folder with an archive of a few pages, and what the command needs."""
    first, shard = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("shard")
    for folder, source in ((first, "savera"), (shard, "vyapar")):
        khabar = Khabar(settle_in(folder), newsroom.address, EDITION_ONE)
        assert khabar("crawl", source, "--limit", "6").code == 0
    shutil.copytree(shard, first / "shard")
    made = {}
    for name, command in COMMANDS.items():
        made[name] = Path(shutil.copytree(first, tmp_path_factory.mktemp(name) / "base"))
        command.prepare(made[name])
    return made


class Bench:
    """One command on copies of its archive."""

    def __init__(self, name: str, base: Path, place: Path, newsroom: Newsroom) -> None:
        self.command, self.base, self.place = COMMANDS[name], base, place
        now = EDITION_TWO if self.command.crawls else LATER
        self.khabar = Khabar(
            base / "archive.db", newsroom.address if self.command.crawls else "", now
        )
        self.folder = base

    def renew(self) -> None:
        self.folder = self.place / "copy"
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.base, self.folder)
        self.khabar = replace(self.khabar, archive=self.folder / "archive.db")

    def run(self, fault: str = "", count_file: Path | None = None) -> Run:
        words = [word.format(folder=self.folder) for word in self.command.words]
        if not fault:
            return self.khabar(*words)
        told = {FAIL: fault} | ({COUNT: str(count_file)} if count_file else {})
        return start(words, self.khabar.environment() | told, entry=ENTRY).result()

    def count(self, kind: str) -> int:
        self.renew()
        file = self.place / "count"
        file.unlink(missing_ok=True)
        run = self.run(f"{kind}:0:EIO", file)
        assert run.code == 0, run
        return read_count(file)

    def check(self, fault: str, codes: tuple[int, ...]) -> int:
        """Runs with the fault, then without. Returns the first code."""
        self.renew()
        run = self.run(fault)
        if "cannot be checked:" in run.out:  # a fault that `verify` reports, with 1 if it is left
            assert run.code in (0, 1), (fault, run)
        elif run.code:
            assert run.code in codes, (fault, run)
            lines = run.err.strip().splitlines()
            assert len(lines) == 1 and lines[0].startswith("khabar: "), (fault, run)
        else:
            assert self.command.is_done(self.folder), (fault, "called done", run)
        again = self.run()
        assert again.code == 0, (fault, run, again)
        assert self.command.is_done(self.folder), (fault, run, again)
        with open_archive(self.folder / "archive.db") as archive:
            assert run_checks(CheckContext(archive, self.khabar.now)) == [], (fault, run)
        leftovers = [path.name for path in self.folder.rglob("*.part")]
        assert leftovers == [], (fault, run)
        return run.code


@pytest.fixture
def bench(request, bases, tmp_path, newsroom) -> Bench:
    return Bench(request.param, bases[request.param], tmp_path, newsroom)


def expected_codes(name: str) -> tuple[int, ...]:
    return (3,) if name in FULL else (2,)


@pytest.mark.parametrize("bench", COMMANDS, indirect=True)
def test_a_write_fails(bench):
    """A coarse grid: an early write, one in the middle, a file that may not grow."""
    codes = [bench.check("size:20000:EFBIG", (2,))]
    codes.append(bench.check("statements:4:ENOSPC", (3,)))
    assert any(codes), "nothing failed: the test did not test"


MOST = 100  # faults of one command and kind; a crawl has 349 statements, and a crawl for each takes ten minutes


def list_faults(bench: Bench, kind: str) -> list[tuple[str, tuple[int, ...]]]:
    """Every write; of more than MOST every second, third …, so that neighbours of one kind are still met."""
    if kind == "size":
        return [(f"size:{size}:EFBIG", (2,)) for size in range(4096, 800_000, 20_480)]
    names = CALL_ERRORS if kind == "calls" else tuple(STATEMENT_ERRORS)
    count = bench.count(kind)
    return [
        (f"{kind}:{nth}:{name}", expected_codes(name))
        for place, nth in enumerate(range(1, count + 1, 1 + count // MOST))
        if (name := names[place % len(names)])
    ]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["calls", "statements", "size"])
@pytest.mark.parametrize("bench", COMMANDS, indirect=True)
def test_every_write_fails_once(bench, kind):
    faults = list_faults(bench, kind)
    codes = [bench.check(fault, codes) for fault, codes in faults]
    assert any(codes) or not codes, "nothing failed: the test did not test"
