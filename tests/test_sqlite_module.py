"""Which SQLite a process uses where pysqlite3 has no wheel, and what an old one may not do."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from archive_fixtures import ArchiveBuilder, article
from conftest import ROOT

from khabar.archive import database
from khabar.archive.connect import open_archive, open_without_lock
from khabar.archive.database import ArchiveError, require_sqlite_to_write

PACKAGES = ("khabar", "commands", "crawler", "spiders", "pipelines", "newsroom")
WITHOUT_PYSQLITE3 = """
import importlib.machinery, sys

class Hidden(importlib.machinery.PathFinder):
    def find_spec(self, name, path=None, target=None):
        return None if name == "pysqlite3" else super().find_spec(name, path, target)

hidden = Hidden()
sys.meta_path = [hidden if one is importlib.machinery.PathFinder else one for one in sys.meta_path]
sys.modules.pop("pysqlite3", None)
"""


def run_python(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_sqlite_rs_stands_in_for_pysqlite3():
    """sqlite-utils and Datasette get the same module from it, and one that may write an archive."""
    pytest.importorskip("sqlite_rs")
    code = f"""{WITHOUT_PYSQLITE3}
import commands
from sqlite_utils.utils import OperationalError, sqlite3
import datasette.utils.sqlite
import pysqlite3.dbapi2
from khabar.archive.database import require_sqlite_to_write
require_sqlite_to_write()
print("sqlite_rs" in sqlite3.__file__, datasette.utils.sqlite.sqlite3 is sqlite3,
      OperationalError is sqlite3.OperationalError, pysqlite3.dbapi2.Error is sqlite3.Error)
"""
    assert run_python(code) == ["True"] * 4


@pytest.mark.parametrize("first", ["sqlite_utils", "datasette.app"])
def test_a_process_that_chose_before_keeps_its_choice(first):
    """Where khabar comes too late, Python's own SQLite is everybody's: one, though it may be too old to write."""
    code = f"""{WITHOUT_PYSQLITE3}
import {first}
import khabar
from sqlite_utils.utils import sqlite3
import datasette.utils.sqlite
print("sqlite_rs" in sqlite3.__file__, datasette.utils.sqlite.sqlite3 is sqlite3)
"""
    assert run_python(code) == ["False", "True"]


def test_pysqlite3_comes_first_and_python_s_own_last():
    code = "import khabar\nfrom sqlite_utils.utils import sqlite3\nprint(sqlite3.__file__)"
    assert "/pysqlite3/" in run_python(code)[0]
    without_both = f'{WITHOUT_PYSQLITE3}\nsys.modules["sqlite_rs"] = None\n{code}'
    assert "/lib/python3" in run_python(without_both)[0]
    assert "site-packages" not in run_python(without_both)[0]


def test_the_choice_is_made_before_anything_imports_sqlite():
    """A package that imports sqlite-utils or Datasette before khabar would get Python's own SQLite."""
    late = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            names = _imported(path)
            if names & {"sqlite_utils", "datasette"} and package != "khabar":
                late += (
                    [package] if "khabar" not in _imported(ROOT / package / "__init__.py") else []
                )
    assert late == []


def _imported(path: Path) -> set[str]:
    """The packages that a file imports, at any depth."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 46, 1), (3, 51, 2)])
def test_an_old_sqlite_reads_and_does_not_write(tmp_path, monkeypatch, version):
    path = tmp_path / "archive.db"
    builder = ArchiveBuilder(path)
    builder.read(article())
    builder.archive.close()
    monkeypatch.setattr(database.sqlite3, "sqlite_version_info", version)
    with open_archive(path) as archive:
        assert archive.db.execute("select count(*) from articles").fetchone() == (1,)
    for attempt in (
        lambda: open_archive(path, write=True),
        lambda: open_archive(tmp_path / "new.db", write=True),
        lambda: open_without_lock(path),
    ):
        with pytest.raises(ArchiveError, match=r"3\.51\.3 or newer.*only read") as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("version", [(3, 51, 3), (3, 53, 4), (4, 0, 0)])
def test_a_new_one_writes(monkeypatch, version):
    monkeypatch.setattr(database.sqlite3, "sqlite_version_info", version)
    require_sqlite_to_write()
