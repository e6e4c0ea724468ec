"""Checks an archive's integrity. What can be derived from other data is repaired on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlite_utils.utils import sqlite3

from khabar.archive.errors import is_damage, is_disk_fault
from khabar.archive.upkeep.verify import file, frontier, invariants, search_index, snapshots, texts
from khabar.archive.upkeep.verify.findings import CheckContext, Finding
from khabar.archive.upkeep.verify.sample import Sample, draw_sample

__all__ = [
    "CHECKS",
    "CheckContext",
    "Finding",
    "Sample",
    "draw_sample",
    "list_checks",
    "repair_findings",
    "run_checks",
]

# Rounds of repairs and checks: a repair may reveal what was hidden. Chosen by hand, not measured.
MAX_ROUNDS = 3

# In order: what later checks read is checked, and repaired, first.
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
# They read the whole file or a whole index, so a check of a sample leaves them out.
WHOLE_FILE_CHECKS = frozenset({"file", "references", "search: Latin", "stories: index"})


def list_checks(context: CheckContext) -> list[str]:
    """Returns the names of the checks that `run_checks` runs, in order."""
    return [name for name in CHECKS if context.sample is None or name not in WHOLE_FILE_CHECKS]


def run_checks(
    context: CheckContext, on_check: Callable[[str], None] = lambda name: None
) -> list[Finding]:
    """Runs every check, with a sample those of it. Returns the findings; a check that cannot read
    its tables is one, too.

    `on_check` is called with each check's name.
    """
    return [
        finding
        for name in list_checks(context)
        for finding in _run_check(context, name, CHECKS[name], on_check)
    ]


def _run_check(
    context: CheckContext,
    name: str,
    check: Callable[[CheckContext], Iterator[Finding]],
    on_check: Callable[[str], None],
) -> list[Finding]:
    """Runs one check in a transaction, so that it sees one state of the archive during a crawl."""
    on_check(name)
    context.db.execute("begin")
    try:
        return list(check(context))
    except sqlite3.DatabaseError as error:
        if is_disk_fault(error) and not is_damage(error):
            raise  # no fault of the archive
        return [Finding(name, "", f"cannot be checked: {error}")]
    finally:
        if context.db.conn.in_transaction:
            context.db.execute("rollback")


def repair_findings(
    context: CheckContext,
    findings: list[Finding],
    on_check: Callable[[str], None] = lambda name: None,
) -> list[Finding]:
    """Repairs the `findings` of `run_checks` as far as possible. Returns what is left.

    The checks are run again after each round. `context`'s archive is open for writing.
    """
    for _ in range(MAX_ROUNDS):
        repairs = dict.fromkeys(finding.repair for finding in findings if finding.repair)
        for apply_repair in repairs:
            apply_repair(context)
        findings = run_checks(context, on_check) if repairs else findings
    return findings
