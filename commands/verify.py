"""khabar verify"""

from __future__ import annotations

import sys
from typing import Any

import click

from commands.common import (
    EXIT_NEWLY_BROKEN,
    archive_option,
    json_option,
    make_progress,
    open_for_reading,
    open_for_writing,
    print_json,
    print_rows,
)
from khabar.archive.database import Archive
from khabar.archive.upkeep.verify import (
    CHECKS,
    CheckContext,
    Finding,
    repair_findings,
    run_checks,
)
from khabar.model import clock
from khabar.model.config import Config

MENDED = "mended"  # value of `state` in --json


@click.command()
@click.option("--repair", is_flag=True, help="Fix what can be derived from other data.")
@json_option
@archive_option
def command(config: Config, repair: bool, as_json: bool) -> int:
    """Check the archive for faults: the file, the search index, the frontier, every raw page.

    Raw pages in the files of sealed months are checked as well. Each fault is printed with what can
    be done about it; --repair fixes those that can be derived from other data. It can run during a
    crawl, --repair cannot.

    Exit code: 1 when a fault remains, else 0.
    """
    with (open_for_writing if repair else open_for_reading)(config, restored=True) as archive:
        rows, remaining = _run_checks(archive, repair=repair)
    if as_json:
        print_json({"faults": rows, "left": remaining})
    elif rows:
        print_rows(rows, as_json=False, as_csv=False)
    if not as_json and (rows or sys.stdout.isatty()):
        click.echo(
            f"{len(rows)} faults, {len(rows) - remaining} fixed"
            if rows
            else f"{len(CHECKS)} checks, no faults"
        )
    return EXIT_NEWLY_BROKEN if remaining else 0


def _run_checks(archive: Archive, *, repair: bool) -> tuple[list[dict[str, Any]], int]:
    """Returns (a row per fault, those that remain first; the number that remain)."""
    from rich.progress import SpinnerColumn, TextColumn

    context = CheckContext(archive, clock.now())
    with make_progress(SpinnerColumn(), TextColumn("checking {task.description}")) as bar:
        task = bar.add_task("")
        faults = run_checks(context, lambda name: bar.update(task, description=name))
        remaining = faults
        if repair:
            remaining = repair_findings(
                context, faults, lambda name: bar.update(task, description=f"{name}, again")
            )
    # a remaining fault is a new object, so compare by content
    remaining_keys = {_fault_key(fault) for fault in remaining}
    repaired = [fault for fault in faults if _fault_key(fault) not in remaining_keys]
    rows = [_make_row(fault, is_repaired=False) for fault in remaining]
    rows += [_make_row(fault, is_repaired=True) for fault in repaired]
    return rows, len(remaining)


def _fault_key(fault: Finding) -> tuple[str, str, str]:
    return fault.check, fault.where, fault.what


def _make_row(fault: Finding, *, is_repaired: bool) -> dict[str, Any]:
    remedy = "`khabar verify --repair` fixes it" if fault.repair else fault.remedy
    return {
        "check": fault.check,
        "where": fault.where,
        "what": fault.what,
        "state": MENDED if is_repaired else remedy,
    }
