"""Years: an archive of every earlier schema, with data in every table, is brought up to date and loses nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from archive_fixtures import START
from conftest import ROOT, Khabar
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive import ArchiveError, open_archive, schema
from khabar.archive.connect import _INITIAL_PRAGMAS, open_without_lock
from khabar.archive.upkeep.verify.findings import CheckContext
from khabar.archive.upkeep.verify.search_index import check_index
from khabar.hindi.normalize import fold_for_index
from newsroom.server import EDITION_ONE

FILES = schema._MIGRATION_FILES
ROWS = 4
# (table, column) pairs that a migration changes on purpose, by the step that does.
CHANGED: dict[str, set[tuple[str, str]]] = {}


def archive_of(path: Path, files: tuple[Path, ...]) -> Database:
    """An archive as a Khabar that knew only these steps made it."""
    db = Database(sqlite3.connect(path, isolation_level=None))
    db.register_function(fold_for_index, name="hi_fold", deterministic=True)
    for pragma in (*_INITIAL_PRAGMAS, "pragma journal_mode = wal", "pragma foreign_keys = on"):
        db.execute(pragma)
    known, schema._MIGRATION_FILES = schema._MIGRATION_FILES, files
    try:
        schema.apply_migrations(db)
    finally:
        schema._MIGRATION_FILES = known
    return db


def fill(db: Database) -> None:
    """Rows in every table, of every column, whatever the schema: values by type, and what checks allow. All keys meet."""
    db.execute("pragma foreign_keys = off")  # tables point at each other
    bare = [name for name in tables(db) if name != schema.MIGRATIONS_TABLE and not filled(db, name)]
    db.execute("pragma foreign_keys = on")
    assert bare == [], f"no rows could be made for {bare}"
    assert db.execute("pragma foreign_key_check").fetchall() == []


def tables(db: Database) -> list[str]:
    return [name for (name,) in db.execute("select name from pragma_table_list where schema = 'main' and type = 'table' "
                                           "and name not like 'sqlite\\_%' escape '\\'")]  # fmt: skip


def filled(db: Database, table: str) -> bool:
    """Whether some rows passed the table's checks."""
    sql = db.execute("select sql from sqlite_schema where name = ?", [table]).fetchone()[0]
    allowed = {
        name: re.findall(r"'([^']+)'|\b(\d+)\b", told)
        for name, told in re.findall(r"(\w+) in \(([^)]+)\)", sql)
    }
    columns = {row[1]: row[2] for row in db.execute(f"pragma table_xinfo({table})") if row[6] == 0}
    return (
        sum(
            any(insert(db, table, row) for row in candidates(columns, allowed, n))
            for n in range(1, ROWS + 1)
        )
        >= 2
    )


def candidates(columns: dict[str, str], allowed: dict[str, list[tuple[str, str]]], n: int):
    """A plain row, then rows of which one number is another: for checks that hold two columns apart."""
    row = {name: value(name, kind, allowed, n) for name, kind in columns.items()}
    yield row
    for name, kind in columns.items():
        if kind == "INTEGER":
            yield row | {name: n % ROWS + 1}


def value(name: str, kind: str, allowed: dict[str, list[tuple[str, str]]], n: int) -> Any:
    if name in allowed:
        text, number = allowed[name][0]
        return text or int(number)
    if name in ("key", "source"):
        return f"source-{n}"
    return {"INTEGER": n, "REAL": float(n), "BLOB": b"\x00" * n}.get(kind, f"{name} {n}")


def insert(db: Database, table: str, row: dict[str, Any]) -> bool:
    names = ", ".join(f'"{name}"' for name in row)
    try:
        db.execute(
            f"insert into {table} ({names}) values ({', '.join('?' * len(row))})",
            list(row.values()),
        )
    except sqlite3.IntegrityError:
        return False
    return True


def content(db: Database) -> dict[str, list[dict[str, Any]]]:
    return {
        name: list(db.query(f"select * from {name}"))
        for name in tables(db)
        if name != schema.MIGRATIONS_TABLE
    }


def lost(
    before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]
) -> set[str]:
    """Tables of which a row is not there any more as it was; what a step adds is no loss."""
    meant = {pair for step in CHANGED.values() for pair in step}
    found = set()
    for table, rows in before.items():
        names = [name for name in (rows[0] if rows else ()) if (table, name) not in meant]
        there = [[row.get(name) for name in names] for row in after.get(table, ())]
        if any([row[name] for name in names] not in there for row in rows):
            found.add(table)
    return found


@pytest.mark.parametrize("steps", range(1, len(FILES) + 1), ids=lambda n: FILES[n - 1].stem)
def test_an_archive_of_every_earlier_schema_loses_nothing(tmp_path, steps):
    path = tmp_path / "archive.db"
    db = archive_of(path, FILES[:steps])
    fill(db)
    before = content(db)
    db.close()
    with open_archive(path, write=True) as archive:
        after = content(archive.db)
        assert lost(before, after) == set()
        assert archive.db.execute("pragma integrity_check").fetchone() == ("ok",)
        assert archive.db.execute("pragma foreign_key_check").fetchall() == []
        assert (
            list(check_index(CheckContext(archive, START))) == []
        )  # every article is found by its own words, in their own places
    with open_archive(path) as archive:
        assert {file.stem for file in FILES} == {
            row["name"] for row in archive.db.query(f"select name from {schema.MIGRATIONS_TABLE}")
        }


def test_every_table_gets_its_rows(tmp_path):
    """Else the test above would find nothing lost where nothing was."""
    db = archive_of(tmp_path / "archive.db", FILES)
    fill(db)
    empty = [name for name, rows in content(db).items() if len(rows) < 2]
    assert empty == []


# --- the mechanism, with a step that is not there yet ---

STEP = """alter table articles add column tone text;
create table moods (id integer primary key, article_id integer not null references articles (id) on delete cascade) strict;
insert into moods (article_id) select id from articles;
create trigger moods_new after insert on articles begin insert into moods (article_id) values (new.id); end;
"""


@pytest.fixture
def step(tmp_path, monkeypatch):
    """A second step beside the real first one."""
    folder = tmp_path / "schema"
    folder.mkdir()
    file = folder / "9998_moods.sql"
    file.write_text(STEP, encoding="utf-8")
    monkeypatch.setattr(schema, "_MIGRATION_FILES", (*FILES, file))
    return file


def test_a_new_step_is_taken_with_the_data_in_place(tmp_path, step):
    path = tmp_path / "archive.db"
    db = archive_of(path, FILES)
    fill(db)
    before = content(db)
    db.close()
    with pytest.raises(ArchiveError, match="older Khabar"):
        open_archive(path)
    with open_archive(path, write=True) as archive:
        assert lost(before, content(archive.db)) == set()
        assert archive.db.execute("select count(*) from moods").fetchone()[0] == len(
            before["articles"]
        )


def test_readers_do_without_what_only_writers_need(tmp_path):
    """An archive of the last release is searched and shown before the first crawl of this one."""
    path = tmp_path / "archive.db"
    steps = tuple(file for file in FILES if not file.read_text().startswith(schema.NOT_FOR_READING))
    assert 0 < len(steps) < len(FILES)
    db = archive_of(path, steps)
    fill(db)
    db.close()
    with open_archive(path) as archive:
        assert archive.db.execute("select count(*) from articles").fetchone()[0] == ROWS
    khabar = Khabar(path, "127.0.0.1:1", START)
    for command in (
        ("status",),
        ("search", "पुल"),
        ("export", str(tmp_path / "x")),
        ("account", "--help"),
    ):
        run = khabar(*command)
        assert run.code in (0, 1) and "older Khabar" not in run.err, (command, run)
    with pytest.raises(ArchiveError, match="older Khabar"):
        open_without_lock(path)


def test_what_a_step_destroys_is_noticed(tmp_path, step):
    step.write_text("update articles set title = null;\ndrop table mutes;\n", encoding="utf-8")
    path = tmp_path / "archive.db"
    db = archive_of(path, FILES)
    fill(db)
    before = content(db)
    db.close()
    with open_archive(path, write=True) as archive:
        assert lost(before, content(archive.db)) == {"mutes", "articles"}


def test_a_step_that_fails_leaves_the_archive_as_it_was(tmp_path, step):
    step.write_text(f"{STEP}insert into no_such_table values (1);", encoding="utf-8")
    path = tmp_path / "archive.db"
    db = archive_of(path, FILES)
    fill(db)
    before = content(db)
    db.close()
    with pytest.raises(ArchiveError, match="no_such_table"):
        open_archive(path, write=True)
    step.write_text(STEP, encoding="utf-8")
    with open_archive(path, write=True) as archive:
        assert lost(before, content(archive.db)) == set()


MIGRATE = """import sys
from pathlib import Path
from khabar.archive import open_archive, schema
schema._MIGRATION_FILES = (*schema._MIGRATION_FILES, Path(sys.argv[2]))
print("ready", flush=True)
open_archive(Path(sys.argv[1]), write=True).close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_killed_in_a_migration_it_is_as_before_or_done(tmp_path, step, seed):
    path, chance = tmp_path / "archive.db", Random(seed)
    db = archive_of(path, FILES)
    fill(db)
    many = "with recursive n (i) as (select 5 union all select i + 1 from n where i < 60000) "
    db.execute(f"{many} insert into tags (id, name) select i, 'tag ' || i from n")
    before = content(db)
    db.close()
    step.write_text(
        f"{STEP}update tags set name = name || ' again';\ncreate table done (id integer) strict;\n",
        "utf-8",
    )
    told = [sys.executable, "-c", MIGRATE, str(path), str(step)]
    run = subprocess.Popen(
        told, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert run.stdout and run.stdout.readline() == b"ready\n"
    time.sleep(chance.uniform(0, 0.35))
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    with open_archive(path, write=True) as archive:
        assert archive.db.execute("pragma integrity_check").fetchone() == ("ok",)
        after = content(archive.db)
        assert "done" in after and len(after["moods"]) == len(before["articles"])
        assert sorted(row["name"] for row in after.pop("tags")) == sorted(
            f"{row['name']} again" for row in before.pop("tags")
        )
        assert lost(before, after) == set()


# --- the other way round ---


def test_an_archive_of_a_newer_version_is_refused_in_a_line_and_left_alone(tmp_path):
    path = tmp_path / "archive.db"
    open_archive(path, write=True).close()
    db = Database(path)
    db.execute(
        f"insert into {schema.MIGRATIONS_TABLE} (migration_set, name, applied_at) values (?, '9999_future', '2031-01-01')",
        [schema.MIGRATION_SET],
    )
    db.execute("create table future (id integer)")
    db.close()
    before = path.read_bytes()
    told = Khabar(path, "", EDITION_ONE)("verify", "--repair")
    assert (told.code, told.err) == (
        2,
        f"khabar: {path}: written by a newer Khabar (9999_future): update this one\n",
    )
    for write in (False, True):
        with pytest.raises(ArchiveError, match="newer Khabar"):
            open_archive(path, write=write)
    assert path.read_bytes() == before
