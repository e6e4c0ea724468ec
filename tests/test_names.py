"""The names of the project's own code stay plain: no bare participles, verbs with their objects, one class a name."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import khabar
from tests.conftest import ROOT

PACKAGES = ("khabar", "crawler", "pipelines", "spiders", "commands")
BARE = frozenset(
    """told said held kept asked known made written shown taken found lost spelt begun drawn one ones there here at how
    why own whole anew most least wanted named marked chosen heard broke gone bare given seen left read put done""".split()
)
NOUNS = frozenset({"feed", "seed", "embed", "need", "speed"})
PUBLIC = frozenset(khabar.__all__)  # the Python API: short names that users type


def files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def nodes() -> Iterator[ast.AST]:
    for path in files():
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def functions() -> list[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        node.name for node in nodes() if isinstance(node, kinds) and not node.name.startswith("__")
    ]


def bindings() -> list[str]:
    """Variables, fields and parameters."""
    stored = [
        node.id
        for node in nodes()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    parameters = [
        node.arg
        for node in nodes()
        if isinstance(node, ast.arg) and node.arg not in ("self", "cls")
    ]
    return [name for name in (*stored, *parameters) if name.strip("_")]


def is_bare(name: str) -> bool:
    """A participle or a pronoun alone, which says nothing of what it names."""
    name = name.strip("_")
    return name in BARE or (re.fullmatch(r"[a-z]+ed", name) is not None and name not in NOUNS)


def share(names: list[str], of_which: list[str]) -> float:
    return len(of_which) / len(names)


def test_few_names_are_bare_participles():
    for names in (functions(), bindings()):
        assert len(names) > 1000
        bare = [name for name in names if is_bare(name)]
        assert share(names, bare) <= 0.02, Counter(bare).most_common(20)


def test_functions_are_verbs_with_their_objects():
    names = [name for name in functions() if name not in PUBLIC]
    short = [name for name in names if "_" not in name.strip("_")]
    assert share(names, short) <= 0.4, Counter(short).most_common(20)


def test_a_class_name_means_one_thing():
    classes = Counter(node.name.lstrip("_") for node in nodes() if isinstance(node, ast.ClassDef))
    assert [name for name, times in classes.items() if times > 1] == []


def test_a_module_name_is_in_two_packages_at_most():
    modules = Counter(path.stem for path in files() if path.stem != "__init__")
    assert [name for name, times in modules.items() if times > 2] == []
