"""The walls of the house (docs/architecture.md): imports run one way, SQL stays in its room, our names are ours."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from conftest import ROOT

from crawler.cli import COMMANDS

ROOMS = ("crawler", "spiders", "pipelines", "archive", "hindi", "newsroom")

# From the ground up: a module imports its own floor and those below. A name stands for all below it not named itself.
FLOORS = (
    ("hindi", "crawler.items", "crawler.urls", "crawler.clock", "crawler.schedule", "crawler.errors"),
    ("crawler.sources", "crawler.config"),
    ("pipelines.reading",),
    ("archive",),
    ("pipelines",),
    ("spiders",),
    ("crawler",),  # its wiring: desk, guards, discovery, commands, loader, settings
    ("newsroom",),
)
# The one knot: the desk knows the archive, pipelines and spiders know the desk, and Scrapy names both in settings.
# The spider also turns answers and failures into visits: pure functions that belong to going out.
UPWARD = {
    "pipelines": {"crawler.desk"},
    "spiders": {"crawler.desk", "crawler.answers", "crawler.failures"},
}


@cache
def modules() -> dict[str, Path]:
    """Every module of our rooms: dotted name → file."""
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    names = (path.relative_to(ROOT).with_suffix("") for path in files)
    return {".".join(name.parts).removesuffix(".__init__"): path for name, path in zip(names, files, strict=True)}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(node: ast.AST) -> Iterator[str]:
    """The dotted names an import statement asks for; a name out of a package is its module when there is one."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in modules() else str(node.module)


def imports(path: Path) -> set[str]:
    return {name for node in ast.walk(tree(path)) for name in imported(node)}


def imports_at_load(path: Path) -> set[str]:
    """What a module needs while it is being loaded: not what its functions or its types alone ask for."""
    return {name for node in tree(path).body for name in imported(node)}


def floor(module: str) -> int:
    named = {name: number for number, names in enumerate(FLOORS) for name in names}
    while module not in named:
        module = module.rpartition(".")[0]
    return named[module]


def ours(names: set[str]) -> set[str]:
    return {name for name in names if name.partition(".")[0] in ROOMS}


DRAWN = {"hindi.fold": 0, "crawler.urls": 0, "crawler.sources": 1, "pipelines.reading.embeds.marks": 2,
         "archive.export.card": 3, "pipelines.store": 4, "spiders.odd.x": 5, "crawler.guards.robots": 6}  # fmt: skip


def test_floors_are_as_drawn():
    assert {module: floor(module) for module in DRAWN} == DRAWN


def test_imports_run_one_way():
    upward = {}
    for module, path in modules().items():
        allowed = UPWARD.get(module.partition(".")[0], set()) if floor(module) > floor("archive") else set()
        upward[module] = {name for name in ours(imports(path)) if floor(name) > floor(module)} - allowed
    assert len(upward) > 100
    assert {module: names for module, names in upward.items() if names} == {}


def test_the_knot_is_no_wider_than_it_must_be():
    used: dict[str, set[str]] = {room: set() for room in UPWARD}
    for module, path in modules().items():
        room = module.partition(".")[0]
        if room in used:
            used[room] |= {name for name in ours(imports(path)) if floor(name) > floor(module)}
    assert used == UPWARD


def test_hindi_imports_nothing_of_ours():
    for module, path in modules().items():
        if module.startswith("hindi"):
            assert {name.partition(".")[0] for name in ours(imports(path))} <= {"hindi"}, module


def test_the_newsroom_is_for_itself_tests_and_benchmarks():
    for module, path in modules().items():
        if not module.startswith("newsroom"):
            assert not [name for name in imports(path) if name.partition(".")[0] == "newsroom"], module


def test_no_two_modules_need_each_other_to_load():
    needs = {module: ours(imports_at_load(path)) - {module} for module, path in modules().items()}
    while free := {module for module, names in needs.items() if not names & needs.keys()}:
        needs = {module: names for module, names in needs.items() if module not in free}
    assert needs == {}, "an import cycle"


LIGHT = """import sys
for name in sys.argv[1:]: __import__(name)
print(sys.modules.keys() & {"scrapy", "twisted"})"""


def heavy(names: list[str]) -> str:
    """What of Scrapy comes along when these modules are loaded, in a process of its own."""
    told = [sys.executable, "-c", LIGHT, *names]
    done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_rooms_that_know_nothing_of_scrapy():
    """Not even by way of somebody else."""
    rooms = ("hindi", "archive", "pipelines.reading")
    assert heavy(sorted(name for name in modules() if f"{name}.".startswith(tuple(f"{r}." for r in rooms)))) == "set()"


def test_commands_that_fetch_nothing_start_without_scrapy():
    """It is half of the second they would take."""
    fetching = {"crawl", "backfill", "import", "reextract", "extract"}
    quick = sorted(set(COMMANDS) - fetching)
    assert heavy(["crawler.cli", *(f"crawler.commands.{name}_" for name in quick)]) == "set()"


# --- one room that speaks SQL (one SQLite in a process: ruff's banned imports) ---

SQL = re.compile(
    r"\b(?:select\s.+\sfrom\s|insert\s+(?:or\s+\w+\s+)?into\s|update\s+\w+\s+set\s|delete\s+from\s"
    r"|create\s+(?:table|index|virtual)|alter\s+table|drop\s+table|pragma\s+\w+|begin\s+immediate|attach\s+database)",
    re.I | re.S,
)
CALLS = {"execute", "executemany", "executescript", "query"}


def sql_in(path: Path) -> list[str]:
    """What a file says in SQL: calls of a connection, and strings (docstrings apart) that read like a statement."""
    nodes = list(ast.walk(tree(path)))
    docs = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    texts = [
        node
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]
    calls = [node.func.attr for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return [str(node.value) for node in texts if SQL.search(node.value)] + [name for name in calls if name in CALLS]


def test_only_the_archive_speaks_sql():
    spoken = {module: sql_in(path) for module, path in modules().items() if not module.startswith("archive")}
    assert {module: words for module, words in spoken.items() if words} == {}


def test_sql_would_be_seen():
    assert len(sql_in(ROOT / "archive" / "ledger.py")) > 5


# --- our names are ours ---


def test_the_rooms_come_from_this_checkout():
    """A stray `pipelines` or `crawler` package elsewhere would shadow ours."""
    specs = {room: importlib.util.find_spec(room) for room in ROOMS}
    origins = {room: Path(spec.origin).resolve() for room, spec in specs.items() if spec and spec.origin}
    assert origins == {room: (ROOT / room / "__init__.py").resolve() for room in ROOMS}
