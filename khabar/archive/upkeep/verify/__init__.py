"""Is everything as it must be? Each check names what is not; what can be derived from the rest is mended on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlite_utils.utils import sqlite3

from khabar.archive.upkeep.verify import file, kept, ledger, promises, texts, words
from khabar.archive.upkeep.verify.faults import Case, Fault

__all__ = ["CHECKS", "Case", "Fault", "repair", "verify"]

ROUNDS = 3  # what is mended may show what it hid

# In this order: what later checks read is checked first, and mended first.
CHECKS: dict[str, Callable[[Case], Iterator[Fault]]] = {
    "file": file.integrity,
    "schema": file.tables,
    "references": file.references,
    "ledger": ledger.rows,
    "ledger: articles": ledger.articles,
    "ledger: hosts": ledger.hosts,
    "times": ledger.times,
    "articles": texts.articles,
    "articles: times": texts.moments,
    "json": texts.json_columns,
    "revisions": texts.readings,
    "embeds": texts.embeds,
    "posts": texts.posts,
    "search": words.index,
    "search: Latin": words.terms,
    "stories": promises.story_ids,
    "stories: index": promises.story_index,
    "snapshots": kept.live,
    "snapshots: pointers": kept.pointers,
    "sealed": kept.sealed_months,
    "robots": file.robots,
    "takedowns": promises.takedowns,
}


def verify(case: Case, heard: Callable[[str], None] = lambda name: None) -> list[Fault]:
    """Every fault, check by check; one that cannot read its tables is a fault. `heard` is told each check's name."""
    return [fault for name, check in CHECKS.items() for fault in _checked(case, name, check, heard)]


def _checked(
    case: Case, name: str, check: Callable[[Case], Iterator[Fault]], heard: Callable[[str], None]
) -> list[Fault]:
    """One check sees one state of the archive, whoever writes meanwhile."""
    heard(name)
    case.db.execute("begin")
    try:
        return list(check(case))
    except sqlite3.DatabaseError as error:
        return [Fault(name, "", f"cannot be checked: {error}")]
    finally:
        if case.db.conn.in_transaction:
            case.db.execute("rollback")


def repair(case: Case, found: list[Fault], heard: Callable[[str], None] = lambda name: None) -> list[Fault]:
    """Derives anew what can be, until there is no more of it. Returns what is left.

    `case`'s archive is open for writing; `found`: what `verify` said.
    """
    for _ in range(ROUNDS):
        mends = dict.fromkeys(fault.mend for fault in found if fault.mend)
        for mend in mends:
            mend(case)
        found = verify(case, heard) if mends else found
    return found
