"""The file itself: SQLite's own checks, what the schema says must be there, and rows that point at nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import partial

from sqlite_utils import Database

from khabar.archive import schema
from khabar.archive.database import transaction
from khabar.archive.upkeep.verify import ledger
from khabar.archive.upkeep.verify.faults import RESTORE, Case, Fault, Mend, by_sql
from khabar.archive.upkeep.verify.words import index_anew
from khabar.hindi.normalize import fold_index

_INDEX = re.compile(r"(?:index|entry in index) (\w+)")
# Rows that say nothing without the one they point at.
_DEBRIS = frozenset(
    """article_authors article_tags article_embeds images story_pairs signatures parts documents run_sources
    run_outcomes run_fields alerts""".split()
)
_LOST = frozenset({("snapshots", "dictionary_id"), ("snapshots", "same_as")})  # without these the row has no body


def integrity(case: Case) -> Iterator[Fault]:
    """SQLite's integrity_check. An index is derived from its table; a broken table is not."""
    for (line,) in case.db.execute("pragma integrity_check").fetchall():
        if line == "ok":
            continue
        if "FTS5" in line:
            yield Fault("file", "articles_fts", line, index_anew)
        elif named := _INDEX.search(line):
            yield Fault("file", named[1], line, by_sql(f"reindex {named[1]}"))
        else:
            yield Fault("file", "", line)


def tables(case: Case) -> Iterator[Fault]:
    """Every table, index, trigger and view of the schema, as the schema has it."""
    held = _objects(case.db)
    plan = Database(memory=True)
    plan.register_function(fold_index, name="hi_fold")
    schema.apply(plan)
    for name, (kind, sql) in _objects(plan).items():
        if name not in held:
            can = kind != "table"
            yield Fault("schema", name, f"the {kind} is missing", by_sql(sql) if can else None)
        elif held[name][1] != sql and kind != "table":
            yield Fault("schema", name, f"the {kind} is not the schema's", partial(_replace, kind, name, sql))


def _objects(db: Database) -> dict[str, tuple[str, str]]:
    """Name → (kind, SQL)."""
    rows = db.execute(
        "select name, type, sql from sqlite_schema where sql is not null and name not like '\\_%' escape '\\'"
    )
    return {name: (kind, sql) for name, kind, sql in rows.fetchall()}


def _replace(kind: str, name: str, sql: str, case: Case) -> None:
    with transaction(case.db):
        case.db.execute(f"drop {kind} {name}")
        case.db.execute(sql)


def references(case: Case) -> Iterator[Fault]:
    """Every foreign key leads to a row."""
    for table, rowid, parent, key in case.db.execute("pragma foreign_key_check").fetchall():
        columns = [row[3] for row in case.db.execute(f"pragma foreign_key_list({table})") if row[0] == key]
        what = f"{', '.join(columns)} leads to no row of {parent}"
        yield Fault("references", f"{table} {rowid if rowid is not None else ''}".strip(), what,
                    _mend(case.db, table, rowid, parent, columns))  # fmt: skip


def _mend(db: Database, table: str, rowid: int | None, parent: str, columns: list[str]) -> Mend | None:
    """A source is known by its key, a page's row by what was kept of it; what may be unknown becomes so; what says
    nothing alone goes. All else is lost.
    """
    if (table, parent) == ("snapshots", "pages"):
        return partial(ledger.row_of_snapshot, rowid)
    if parent == "sources" and rowid is not None:
        return by_sql(
            f"""insert into sources (key, name, first_seen) select {columns[0]}, {columns[0]}, '1970-01-01T00:00:00Z'
            from {table} where rowid = ? on conflict do nothing""",  # noqa: S608  (names of our own schema)
            rowid,
        )
    if table in _DEBRIS:
        return partial(_sweep, table, parent, tuple(columns))
    may_be_null = {row[1] for row in db.execute(f"pragma table_info({table})") if not row[3]}
    if rowid is None or not may_be_null.issuperset(columns) or {(table, one) for one in columns} & _LOST:
        return None
    return by_sql(f"update {table} set {', '.join(f'{one} = null' for one in columns)} where rowid = ?", rowid)  # noqa: S608


def _sweep(table: str, parent: str, columns: tuple[str, ...], case: Case) -> None:
    """All rows of a table that lead nowhere by these columns."""
    keys = [row for row in case.db.execute(f"pragma foreign_key_list({table})").fetchall()
            if row[2] == parent and row[3] in columns]  # fmt: skip
    leads = " and ".join(f"p.{to or 'id'} = {table}.{column}" for _, _, _, column, to, *_ in keys)
    with transaction(case.db):
        case.db.execute(f"delete from {table} where not exists (select 1 from {parent} p where {leads})")  # noqa: S608


def robots(case: Case) -> Iterator[Fault]:
    """What sites said is what its hash says."""
    for table in ("robots", "tdmreps"):
        rows = case.db.execute(f"select id, origin, sha256, body from {table}")  # noqa: S608  (one of two)
        for found, origin, sha256, body in rows:
            if _sha256(body) != sha256:
                yield Fault(table, f"{origin} ({found})", "is not what its hash says", None, RESTORE)


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
