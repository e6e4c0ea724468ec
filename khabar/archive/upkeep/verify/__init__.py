"""Is everything as it must be? Each check names what is not; what can be derived from the rest
is mended on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlite_utils.utils import sqlite3

from khabar.archive.upkeep.verify import file, frontier, invariants, search_index, snapshots, texts
from khabar.archive.upkeep.verify.findings import CheckContext, Finding

__all__ = ["CHECKS", "CheckContext", "Finding", "repair_findings", "run_checks"]

MAX_ROUNDS = 3  # what is mended may show what it hid

# In this order: what later checks read is checked first, and mended first.
CHECKS: dict[str, Callable[[CheckContext], Iterator[Finding]]] = {
    "file": file.check_integrity,
    "schema": file.check_schema,
    "references": file.check_references,
    "ledger": frontier.check_outcomes,
    "ledger: articles": frontier.check_article_rows,
    "ledger: hosts": frontier.check_hosts,
    "times": frontier.check_timestamps,
    "articles": texts.check_articles,
    "articles: times": texts.check_article_times,
    "json": texts.check_json_columns,
    "revisions": texts.check_revisions,
    "embeds": texts.check_embeds,
    "posts": texts.check_orphan_embeds,
    "search": search_index.check_index,
    "search: Latin": search_index.check_terms,
    "stories": invariants.check_story_ids,
    "stories: index": invariants.check_story_index,
    "snapshots": snapshots.check_live_bodies,
    "snapshots: pointers": snapshots.check_same_as,
    "sealed": snapshots.check_sealed_months,
    "robots": file.check_site_files,
    "takedowns": invariants.check_takedowns,
}


def run_checks(
    context: CheckContext, on_check: Callable[[str], None] = lambda name: None
) -> list[Finding]:
    """Every fault, check by check; one that cannot read its tables is a fault. `on_check` is
    told each check's name.
    """
    return [
        finding
        for name, check in CHECKS.items()
        for finding in _run_check(context, name, check, on_check)
    ]


def _run_check(
    context: CheckContext,
    name: str,
    check: Callable[[CheckContext], Iterator[Finding]],
    on_check: Callable[[str], None],
) -> list[Finding]:
    """One check sees one state of the archive, whoever writes meanwhile."""
    on_check(name)
    context.db.execute("begin")
    try:
        return list(check(context))
    except sqlite3.DatabaseError as error:
        return [Finding(name, "", f"cannot be checked: {error}")]
    finally:
        if context.db.conn.in_transaction:
            context.db.execute("rollback")


def repair_findings(
    context: CheckContext,
    findings: list[Finding],
    on_check: Callable[[str], None] = lambda name: None,
) -> list[Finding]:
    """Derives anew what can be, until there is no more of it. Returns what is left.

    `context`'s archive is open for writing; `findings`: what `run_checks` said.
    """
    for _ in range(MAX_ROUNDS):
        repairs = dict.fromkeys(finding.repair for finding in findings if finding.repair)
        for apply_repair in repairs:
            apply_repair(context)
        findings = run_checks(context, on_check) if repairs else findings
    return findings
