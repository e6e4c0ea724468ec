"""docs/operate.md can fail: its commands are commands, its settings settings, its copy and its way back really work."""

from __future__ import annotations

import re
import shlex
import shutil

import click
import pytest
from archive_fixtures import ArchiveBuilder, article
from conftest import ROOT
from sqlite_utils.utils import sqlite3

from commands import common
from commands.__main__ import khabar as group
from khabar.archive import open_archive
from khabar.model.config import Override, Settings, read_config

TEXT = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
LINES = [
    line.split("  #")[0].strip() for block in re.findall(r"^```sh\n(.*?)^```", TEXT, flags=re.M | re.S)
    for line in block.splitlines()
]  # fmt: skip
OURS = [shlex.split(line)[1:] for line in LINES if line.startswith(".venv/bin/khabar")]
OTHERS = [shlex.split(line) for line in LINES if not line.startswith(".venv/bin/khabar")]


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_its_commands_are_commands(words):
    """Parsed to the last option, not run: no live site is reached from a test."""
    context = group.make_context("khabar", list(words), resilient_parsing=False)
    name, command, rest = group.resolve_command(context, [*context.protected_args, *context.args])
    inner = command.make_context(name, rest, parent=context)
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(inner, [*inner.protected_args, *inner.args])
        inner = command.make_context(name, rest, parent=inner)


def test_what_is_not_ours_is_make_git_or_sqlite():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert {words[0] for words in OTHERS} <= {"git", "make", "sqlite3"}
    assert {words[1] for words in OTHERS if words[0] == "make"} <= targets


def test_its_settings_are_read_as_they_stand(tmp_path):
    (told,) = re.findall(r"^```toml\n(.*?)^```", TEXT, flags=re.M | re.S)
    (tmp_path / "khabar.toml").write_text(told, encoding="utf-8")
    (tmp_path / "my-sources").mkdir()
    config = read_config(tmp_path / "archive.db", {})
    assert config.load_registry().sources["jagran"].status == "off"
    told = {name for name, origin in config.origins.items() if origin != "default"}
    assert told == {*Settings.__struct_fields__} - {"clock"}  # of a demo


def test_every_key_of_the_operator_s_file_has_its_row():
    rows = "\n".join(line for line in TEXT.splitlines() if line.startswith("| `"))
    assert [
        name
        for name in Settings.__struct_fields__
        if name != "sources" and f"| `{name}` |" not in rows
    ] == []
    assert [name for name in Override.__struct_fields__ if f"`{name}`" not in rows] == []


def test_the_exit_codes_are_the_ones_commands_give():
    table = TEXT[TEXT.index("**Exit codes**") :].partition("\n\nAfter 2 and 3")[0]
    told = {int(code) for code in re.findall(r"^\| (\d+) \| [\w`]", table, flags=re.M)}
    assert told == {
        0,
        common.EXIT_NEWLY_BROKEN,
        common.EXIT_NOTHING_RAN,
        common.EXIT_DISK,
        common.EXIT_BUSY,
    }


@pytest.mark.parametrize(
    "name",
    [
        "first live run",
        "upgrade",
        "power cut",
        "full disk",
        "ban",
        "redesign",
        "new machine",
        "copy, and back again",
    ],
)
def test_every_bad_day_has_its_page(name):
    assert re.search(rf"^## .*{name}$", TEXT, flags=re.M)


def test_a_copy_made_while_a_run_writes_comes_back_whole(tmp_path):
    """The statements of the page, with the SQLite we ship: the one thing to know is that they are its own words."""
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.read(article())
    (tmp_path / "copies").mkdir()
    vacuum, check = (
        words[2]
        for words in OTHERS
        if words[0] == "sqlite3" and ("vacuum" in words[2] or "integrity" in words[2])
    )
    beside = sqlite3.connect(tmp_path / "archive.db")
    copy = tmp_path / "copies" / "archive-2026-11-24.db"
    beside.execute(vacuum.replace("copies/", f"{tmp_path}/copies/"))
    desk.read(
        article("http://www.kagaz.newsroom.test/news/2", "बाद की ख़बर, जो इस नक़ल में नहीं है। " * 20)
    )
    beside.close()
    desk.archive.close()
    assert sqlite3.connect(copy).execute(check).fetchone() == ("ok",)
    for name in ("archive.db", "archive.db-wal", "archive.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(copy, tmp_path / "archive.db")
    with open_archive(tmp_path / "archive.db", write=True) as back:
        assert back.db.execute("select count(*) from articles").fetchone() == (1,)
        assert back.db.execute("pragma journal_mode").fetchone() == ("wal",)
