"""The look of the code: what a reader's head can hold, and nothing that swallows or mutters."""

from __future__ import annotations

import ast
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from conftest import ROOT

ROOMS = ("crawler", "spiders", "pipelines", "archive", "hindi", "newsroom")
PROJECT = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
FILES = [*PROJECT, *sorted(path for room in ("tests", "benchmarks") for path in (ROOT / room).rglob("*.py"))]
DOCUMENTED = ("hindi", "archive", "pipelines/reading")  # what other people call
SPEAKERS = {"newsroom/demo.py", "newsroom/__main__.py", "benchmarks"}  # they talk to a terminal

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_MEDIAN = 300, 60, 10


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


every_file = pytest.mark.parametrize("path", FILES, ids=named)
project_file = pytest.mark.parametrize("path", PROJECT, ids=named)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@every_file
def test_a_file_fits_in_the_head(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@every_file
def test_no_function_is_a_page(path):
    assert {node.name: length(node) for node in functions(path) if length(node) > LONGEST_FUNCTION} == {}


def test_half_of_all_functions_are_short():
    assert median(length(node) for path in PROJECT for node in functions(path)) <= LONGEST_MEDIAN


@every_file
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(tree(path))


@pytest.mark.parametrize("path", [path for path in PROJECT if named(path).startswith(DOCUMENTED)], ids=named)
def test_public_functions_are_documented(path):
    """Datasette's hooks apart, which Datasette documents."""
    public = [node for node in functions(path) if node in tree(path).body and not node.name.startswith("_")]
    hooks = {node.name for node in public if {"hook", "hook_last"} & {*map(ast.unparse, node.decorator_list)}}
    assert [node.name for node in public if not ast.get_docstring(node) and node.name not in hooks] == []


@every_file
def test_no_bare_except(path):
    assert [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler) and not node.type] == []


@project_file
def test_only_what_talks_to_a_terminal_prints(path):
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert named(path) in SPEAKERS or [node.lineno for node in calls if node.func.id == "print"] == []


@every_file
def test_nothing_is_left_to_do_later_or_commented_out(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
    assert [line for line in lines if any(f"# {mark}" in line for mark in marks)] == []
    assert [line for line in lines if line.lstrip().startswith(("# def ", "# import ", "# from ", "# return "))] == []


@project_file
def test_no_name_is_defined_twice_in_a_row_of_statements(path):
    """A second `def` of the same name silently replaces the first."""
    for node in (one for one in ast.walk(tree(path)) if isinstance(one, (ast.Module, ast.ClassDef))):
        defined = [one.name for one in node.body if isinstance(one, ast.FunctionDef) and not one.decorator_list]
        assert not [a for a, b in pairwise(sorted(defined)) if a == b]
