"""The look of the code, where ruff has no rule for it. One test for each law, over all files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

from conftest import ROOT

ROOMS = ("khabar", "commands", "crawler", "spiders", "pipelines", "newsroom")
PROJECT = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
FILES = [
    *PROJECT,
    *sorted(path for room in ("tests", "benchmarks") for path in (ROOT / room).rglob("*.py")),
]
DOCUMENTED = ("khabar",)  # what other people call
UNFINISHED = ("# TO" + "DO", "# FIX" + "ME", "# XX" + "X", "# HA" + "CK")
COMMENTED_OUT = ("# def ", "# import ", "# from ", "# return ")

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_MEDIAN = 450, 80, 15


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse("\n".join(lines(path)), str(path))


@cache
def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_there_are_files_to_judge():
    assert len(PROJECT) > 100 and len(FILES) > len(PROJECT) + 50


def test_a_file_fits_in_the_head():
    assert {
        named(path): len(lines(path)) for path in FILES if len(lines(path)) > LONGEST_FILE
    } == {}


def test_no_function_is_a_page():
    long = [
        (path, node)
        for path in FILES
        for node in functions(path)
        if length(node) > LONGEST_FUNCTION
    ]
    assert {f"{named(path)}:{node.name}": length(node) for path, node in long} == {}


def test_half_of_all_functions_are_short():
    assert median(length(node) for path in PROJECT for node in functions(path)) <= LONGEST_MEDIAN


def test_every_module_says_what_it_is():
    assert [named(path) for path in FILES if not ast.get_docstring(tree(path))] == []


def undocumented(path: Path) -> Iterator[str]:
    """Public functions of a module without a docstring; Datasette's hooks apart, which Datasette documents."""
    public = [
        node
        for node in functions(path)
        if node in tree(path).body and not node.name.startswith("_")
    ]
    for node in public:
        is_hook = {"hook", "hook_last"} & {*map(ast.unparse, node.decorator_list)}
        if not ast.get_docstring(node) and not is_hook:
            yield f"{named(path)}:{node.name}"


def test_public_functions_are_documented():
    called = [path for path in PROJECT if named(path).startswith(DOCUMENTED)]
    assert called
    assert [name for path in called for name in undocumented(path)] == []


def test_nothing_is_left_to_do_later_or_commented_out():
    marked = [
        f"{named(path)}:{number}"
        for path in FILES
        for number, line in enumerate(lines(path), 1)
        if any(mark in line for mark in UNFINISHED) or line.lstrip().startswith(COMMENTED_OUT)
    ]
    assert marked == []
