"""The layers (docs/architecture.md): imports run one way, SQL and Scrapy stay where they belong, our names are ours."""

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

from commands.__main__ import COMMANDS

PACKAGES = ("khabar", "commands", "crawler", "spiders", "pipelines", "newsroom")

# From the ground up. A package imports those below it, never one beside or above it, inside functions neither.
LAYERS = (
    ("khabar.hindi",),
    ("khabar.model",),
    ("khabar.extraction",),
    ("khabar.parsing",),
    ("khabar.archive",),
    ("khabar.charts",),
    ("khabar.processing", "khabar.web", "khabar.export"),
    ("khabar.bulk",),
    ("khabar",),  # the library's face
    ("crawler",),
    ("pipelines", "spiders"),
    ("newsroom",),
    ("commands",),
)
SHIM = (
    "crawler.cli",
    "commands.__main__",
)  # crontab lines of the last release say `python -m crawler.cli`


@cache
def modules() -> dict[str, Path]:
    """Every module of our packages: dotted name → file."""
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    names = (path.relative_to(ROOT).with_suffix("") for path in files)
    return {
        ".".join(name.parts).removesuffix(".__init__"): path
        for name, path in zip(names, files, strict=True)
    }


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


@cache
def imports(path: Path) -> frozenset[str]:
    """All that a file imports, inside functions too."""
    return frozenset(name for node in ast.walk(tree(path)) for name in imported(node))


def ours(names: frozenset[str]) -> set[str]:
    return {name for name in names if name.partition(".")[0] in PACKAGES}


def place(module: str) -> tuple[int, str]:
    """(number of the layer, package) of a module."""
    named = {name: number for number, names in enumerate(LAYERS) for name in names}
    package = module
    while package not in named:
        package = package.rpartition(".")[0]
    return named[package], package


def is_allowed(module: str, other: str) -> bool:
    (above, package), (below, other_package) = place(module), place(other)
    return below < above or package == other_package or (module, other) == SHIM


DRAWN = {"khabar.hindi.normalize": 0, "khabar.model.urls": 1, "khabar.extraction.embeds.providers": 2, "khabar.parsing.feeds": 3,
         "khabar.archive.store.save": 4, "khabar.charts.svg": 5, "khabar.export.card": 6, "khabar.web.plugin": 6, "khabar.bulk.page_rows": 7, "khabar": 8, "crawler.session": 9,
         "pipelines.store": 10, "spiders.odd.x": 10, "newsroom.server": 11, "commands.crawl": 12}  # fmt: skip


def test_layers_are_as_drawn():
    assert {module: place(module)[0] for module in DRAWN} == DRAWN


def test_imports_run_one_way():
    wrong = {
        module: names
        for module, path in modules().items()
        if (names := {name for name in ours(imports(path)) if not is_allowed(module, name)})
    }
    assert wrong == {}
    assert SHIM[1] in imports(modules()[SHIM[0]]), "the exemption is not needed any more"


def test_an_import_upwards_or_sideways_would_be_seen():
    assert not is_allowed("khabar.archive.connect", "khabar.web.plugin")
    assert not is_allowed("khabar.export.card", "khabar.web.filters")
    assert not is_allowed("crawler.session", "commands.crawl")
    assert is_allowed("khabar.export.card", "khabar.archive.connect")


def test_no_import_runs_in_a_circle():
    """Inside functions and for types neither."""
    needs = {
        module: (ours(imports(path)) & modules().keys()) - {module}
        for module, path in modules().items()
    }
    while free := {module for module, names in needs.items() if not names & needs.keys()}:
        needs = {module: names for module, names in needs.items() if module not in free}
    assert {module: names & needs.keys() for module, names in needs.items()} == {}


def test_the_newsroom_is_for_the_demo_tests_and_benchmarks():
    users = {
        module
        for module, path in modules().items()
        if any(n.startswith("newsroom") for n in imports(path))
    }
    assert {module for module in users if not module.startswith("newsroom")} <= {"commands.demo"}


# --- Scrapy ---

LIGHT = """import sys
for name in sys.argv[1:]: __import__(name)
print(sys.modules.keys() & {"scrapy", "twisted"})"""


def heavy(names: list[str]) -> str:
    """What of Scrapy comes along when these modules are loaded, in a process of its own."""
    told = [sys.executable, "-c", LIGHT, *names]
    done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_library_knows_nothing_of_scrapy():
    """Not even by way of somebody else."""
    assert (
        heavy(sorted(name for name in modules() if name == "khabar" or name.startswith("khabar.")))
        == "set()"
    )


def test_commands_that_fetch_nothing_start_without_scrapy():
    """It is half of the second they would take."""
    fetching = {"crawl", "backfill"}
    quick = sorted(set(COMMANDS) - fetching - {"import"})
    assert (
        heavy(["commands.__main__", "commands.import_", *(f"commands.{name}" for name in quick)])
        == "set()"
    )


# --- SQL (one SQLite in a process: ruff's banned imports) ---

SPEAK_SQL = ("khabar.archive", "khabar.export", "khabar.web")
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
    calls = [
        node.func.attr
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return [str(node.value) for node in texts if SQL.search(node.value)] + [
        name for name in calls if name in CALLS
    ]


def test_only_archive_export_and_web_speak_sql():
    spoken = {
        module: sql_in(path)
        for module, path in modules().items()
        if not module.startswith(SPEAK_SQL)
    }
    assert {module: words for module, words in spoken.items() if words} == {}


def test_sql_would_be_seen():
    assert len(sql_in(ROOT / "khabar" / "archive" / "frontier" / "url_store.py")) > 5


# --- the vocabulary reads nothing but TOML ---

READS, WRITES = (
    {"read_text", "read_bytes", "open"},
    {"write_text", "write_bytes", "mkdir", "unlink", "rename", "touch"},
)
NETWORK = {
    "socket",
    "http",
    "urllib.request",
    "subprocess",
    "shutil",
    "requests",
    "httpx",
    "sqlite_utils",
}


def test_the_model_reads_toml_and_does_no_other_io():
    found = {}
    for module, path in modules().items():
        if module.startswith("khabar.model"):
            calls = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
            names = {
                call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")
                for call in calls
            }
            reads = names & READS if "tomllib" not in imports(path) else set()
            found[module] = reads | (names & WRITES) | (set(imports(path)) & NETWORK)
    assert found.keys() >= {"khabar.model.items", "khabar.model.config"}
    assert {module: names for module, names in found.items() if names} == {}


# --- our names are ours ---


def test_the_packages_come_from_this_checkout():
    """A stray `pipelines` or `crawler` package elsewhere would shadow ours."""
    specs = {package: importlib.util.find_spec(package) for package in PACKAGES}
    origins = {
        package: Path(spec.origin).resolve()
        for package, spec in specs.items()
        if spec and spec.origin
    }
    assert origins == {package: (ROOT / package / "__init__.py").resolve() for package in PACKAGES}
