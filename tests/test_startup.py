"""What a command imports: none of what it does not use. No clock: the cost is a benchmark's (`benchmarks/startup.py`)."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from command_runner import WITHOUT
from conftest import ROOT

HEAVY = {"trafilatura", "htmldate", "scrapy", "twisted", "pebble", "datasette", "pyarrow"}
READERS = HEAVY | {"khabar.extraction.article"}
RUN = """import sys
from commands.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print("\\n", code, *sys.modules)"""


def run(archive: Path, *args: str, path: str = f"{WITHOUT}:{ROOT}") -> tuple[int, set[str]]:
    """A command's exit code, and what it has imported when it ends, in a process of its own."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
    environment = {**bare, "KHABAR_ARCHIVE": str(archive), "PYTHONPATH": path}
    command = [sys.executable, "-c", RUN, *args]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    code, *modules = done.stdout.splitlines()[-1].split()
    return int(code), set(modules)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one article; no contact is set."""
    path = tmp_path_factory.mktemp("startup") / "archive.db"
    builder = ArchiveBuilder(path)
    builder.read(article())
    builder.archive.close()
    return path


@pytest.mark.parametrize(
    "line",
    ["--help", "status", "search पुस्तकालय", f"show {HOME}/news/1", "sources list", "stories list", "config",
     "verify", "crawl --help", "export --help", "import --help", "serve --help"],
)  # fmt: skip
def test_a_command_that_fetches_nothing_imports_nothing_heavy(archive: Path, line: str) -> None:
    code, modules = run(archive, *line.split())
    assert code == 0
    assert modules & READERS == set()


@pytest.mark.parametrize(
    "line",
    ["crawl", "crawl no-such-source", "crawl --no-such-option", "backfill no-such-source --from"
     " 2026-11-01 --to 2026-11-02", "extract no-such-file", "show 99", "no-such-command",
     "sources check", "sources check no-such-source",
     "extract https://naya.co.in/1.html", "serve --host 0.0.0.0", "serve --public --password-file x",
     "import no-such-file", "merge no-such-archive", "schedule --every 7h", "init x --contact y"],
)  # fmt: skip
def test_a_refusal_comes_before_anything_heavy(archive: Path, line: str) -> None:
    code, modules = run(archive, *line.split())
    assert code == 2
    assert modules & READERS == set()


@pytest.mark.parametrize("line", ["sources list", "config"])
def test_a_command_without_an_archive_imports_no_database(archive: Path, line: str) -> None:
    assert run(archive, *line.split())[1] & {"sqlite_utils", "khabar.archive"} == set()


@pytest.mark.parametrize("line", ["verify", "status"])
def test_no_plugins_of_sqlite_utils_are_looked_for(archive: Path, line: str) -> None:
    assert "importlib.metadata" not in run(archive, line)[1]


def test_pandas_beside_khabar_is_not_imported_with_sqlite_utils(archive: Path) -> None:
    """Where a data team has both in one environment, as this suite has."""
    assert find_spec("pandas") and find_spec("numpy")
    code, modules = run(archive, "status", path=str(ROOT))
    assert code == 0
    assert "sqlite_utils.db" in modules
    assert modules & {"pandas", "numpy"} == set()


def test_a_command_that_uses_numpy_imports_it(archive: Path) -> None:
    code, modules = run(archive, "vectors", "build", path=str(ROOT))
    assert {"sqlite_utils.db", "numpy"} <= modules, code


def test_verify_without_a_fault_prints_no_table(archive: Path) -> None:
    unused = {"rich", "khabar.archive.rights", "khabar.archive.stories"}
    assert run(archive, "verify")[1] & unused == set()


def test_help_needs_no_archive(archive: Path) -> None:
    assert run(archive, "--help")[1] & {"sqlite_utils", "rich", "khabar.archive"} == set()


@pytest.mark.parametrize(
    ("module", "unused"),
    [
        ("khabar.processing.process", {"trafilatura", "khabar.extraction.article"}),
        ("khabar.processing.responses", {"trafilatura", "sqlite_utils"}),
        ("khabar.extraction.article", {"trafilatura.cli", "sqlite_utils", "pebble"}),
    ],
)
def test_a_process_imports_its_own_part(module: str, unused: set[str]) -> None:
    """The process that sends pages to workers does not read them; workers do not store."""
    code = f"import {module}, sys; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": f"{WITHOUT}:{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) & unused == set()
