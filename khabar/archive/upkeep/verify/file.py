"""Checks of the file: SQLite's integrity, the schema, foreign keys, and the sites' files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import partial

from sqlite_utils import Database

from khabar.archive import schema
from khabar.archive.database import has_licenses, transaction
from khabar.archive.upkeep.verify import frontier
from khabar.archive.upkeep.verify.findings import (
    RESTORE_REMEDY,
    CheckContext,
    Finding,
    Repair,
    build_sql_repair,
)
from khabar.archive.upkeep.verify.search_index import rebuild_index
from khabar.hindi.normalize import fold_for_index

_INDEX_NAME = re.compile(r"(?:index|entry in index) (\w+)")
# Rows that are useless without the row they refer to.
_DEPENDENT_TABLES = frozenset(
    """article_authors article_tags article_embeds images insets story_pairs signatures parts
    vectors documents run_sources run_outcomes run_fields alerts""".split()
)
# Nullable, but needed to read the snapshot's body.
_REQUIRED_COLUMNS = frozenset({("snapshots", "dictionary_id"), ("snapshots", "same_as")})


def check_integrity(context: CheckContext) -> Iterator[Finding]:
    """Runs SQLite's integrity_check. Indexes can be rebuilt from their tables, tables cannot."""
    for (line,) in context.db.execute("pragma integrity_check").fetchall():
        if line == "ok":
            continue
        if "FTS5" in line:
            yield Finding("file", "articles_fts", line, rebuild_index)
        elif match := _INDEX_NAME.search(line):
            yield Finding("file", match[1], line, build_sql_repair(f"reindex {match[1]}"))
        else:
            yield Finding("file", "", line)


def check_schema(context: CheckContext) -> Iterator[Finding]:
    """Checks that every table, index, trigger and view is as the schema of the archive defines it:
    of an archive that was not migrated yet, its older one.
    """
    objects = _list_objects(context.db)
    expected_db = Database(memory=True, execute_plugins=False)
    expected_db.register_function(fold_for_index, name="hi_fold")
    schema.apply_migrations(expected_db, like=context.db)
    for name, (kind, sql) in _list_objects(expected_db).items():
        if name not in objects:
            can_create = kind != "table"
            yield Finding(
                "schema",
                name,
                f"the {kind} is missing",
                build_sql_repair(sql) if can_create else None,
            )
        elif objects[name][1] != sql and kind != "table":
            yield Finding(
                "schema",
                name,
                f"the {kind} differs from the schema",
                partial(_recreate_object, kind, name, sql),
            )


def _list_objects(db: Database) -> dict[str, tuple[str, str]]:
    """Returns name → (kind, SQL)."""
    rows = db.execute(
        """select name, type, sql from sqlite_schema
        where sql is not null and name not like '\\_%' escape '\\'"""
    )
    return {name: (kind, sql) for name, kind, sql in rows.fetchall()}


def _recreate_object(kind: str, name: str, sql: str, context: CheckContext) -> None:
    with transaction(context.db):
        context.db.execute(f"drop {kind} {name}")
        context.db.execute(sql)


def check_references(context: CheckContext) -> Iterator[Finding]:
    """Checks that every foreign key refers to a row."""
    for table, rowid, parent, key in context.db.execute("pragma foreign_key_check").fetchall():
        columns = [
            row[3]
            for row in context.db.execute(f"pragma foreign_key_list({table})")
            if row[0] == key
        ]
        what = f"{', '.join(columns)} refers to no row of {parent}"
        yield Finding("references", f"{table} {rowid if rowid is not None else ''}".strip(), what,
                    _build_repair(context.db, table, rowid, parent, columns))  # fmt: skip


def _build_repair(
    db: Database, table: str, rowid: int | None, parent: str, columns: list[str]
) -> Repair | None:
    """Chooses the repair of a broken foreign key; None when nothing can be derived.

    A missing source is recreated from its key, a missing frontier row from its snapshot; dependent
    rows are deleted; nullable columns are set to null.
    """
    if (table, parent) == ("snapshots", "pages"):
        return partial(frontier.restore_page_row, rowid)
    if parent == "sources" and rowid is not None:
        return build_sql_repair(
            f"""insert into sources (key, name, first_seen)
            select {columns[0]}, {columns[0]}, '1970-01-01T00:00:00Z'
            from {table} where rowid = ? on conflict do nothing""",  # noqa: S608  (names of our own schema)
            rowid,
        )
    if table in _DEPENDENT_TABLES:
        return partial(_delete_dangling_rows, table, parent, tuple(columns))
    may_be_null = {row[1] for row in db.execute(f"pragma table_info({table})") if not row[3]}
    if (
        rowid is None
        or not may_be_null.issuperset(columns)
        or {(table, column) for column in columns} & _REQUIRED_COLUMNS
    ):
        return None
    return build_sql_repair(
        f"update {table} set {', '.join(f'{column} = null' for column in columns)} where rowid = ?",  # noqa: S608
        rowid,
    )


def _delete_dangling_rows(
    table: str, parent: str, columns: tuple[str, ...], context: CheckContext
) -> None:
    """Deletes all rows of a table whose columns refer to no row of `parent`."""
    keys = [row for row in context.db.execute(f"pragma foreign_key_list({table})").fetchall()
            if row[2] == parent and row[3] in columns]  # fmt: skip
    condition = " and ".join(
        f"p.{to or 'id'} = {table}.{column}" for _, _, _, column, to, *_ in keys
    )
    with transaction(context.db):
        context.db.execute(
            f"delete from {table} where not exists (select 1 from {parent} p where {condition})"  # noqa: S608
        )


def check_site_files(context: CheckContext) -> Iterator[Finding]:
    """Checks that each stored robots.txt, tdmrep.json and licence matches its hash."""
    tables = {"robots": "origin", "tdmreps": "origin", "licenses": "url"}
    for table in tables if has_licenses(context.db) else ("robots", "tdmreps"):
        rows = context.db.execute(
            f"select id, {tables[table]}, sha256, body from {table}"  # noqa: S608  (one of three)
        )
        for file_id, origin, sha256, body in rows:
            if hashlib.sha256(body).hexdigest() != sha256:
                where = f"{origin} ({file_id})"
                yield Finding(table, where, "does not match its hash", None, RESTORE_REMEDY)
