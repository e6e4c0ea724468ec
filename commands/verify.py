"""khabar verify"""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.progress import Progress, SpinnerColumn, TextColumn

from commands.common import (
    EXIT_NEWLY_BROKEN,
    archive_option,
    json_option,
    make_console,
    open_for_reading,
    open_for_writing,
    print_json,
    print_rows,
)
from khabar.archive.database import Archive
from khabar.archive.upkeep.verify import CHECKS, CheckContext, Finding, run_checks
from khabar.archive.upkeep.verify import repair_findings as mend
from khabar.model import clock
from khabar.model.config import Config

MENDED = "mended"


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be derived from the rest.")
@json_option
@archive_option
def command(config: Config, repair: bool, as_json: bool) -> int:
    """Check everything: the file, the search index against the texts, the ledger, every raw page,
    sealed ones too.

    Names each fault; --repair mends what follows from the rest and says of the others what a person
    can do. May run beside a crawl (--repair may not). Exit code 1 when a fault is left.
    """
    with (open_for_writing if repair else open_for_reading)(config, restored=True) as archive:
        rows, remaining = _run_checks(archive, repair=repair)
    if as_json:
        print_json({"faults": rows, "left": remaining})
    elif rows:
        print_rows(rows, as_json=False, as_csv=False)
    if not as_json and (rows or sys.stdout.isatty()):
        click.echo(
            f"{len(rows)} faults, {len(rows) - remaining} mended"
            if rows
            else f"{len(CHECKS)} checks, no fault"
        )
    return EXIT_NEWLY_BROKEN if remaining else 0


def _run_checks(archive: Archive, *, repair: bool) -> tuple[list[dict[str, Any]], int]:
    """(a row for each fault there was, how many are left)."""
    case = CheckContext(archive, clock.now())
    with Progress(
        SpinnerColumn(),
        TextColumn("checking {task.description}"),
        console=make_console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("")
        faults = run_checks(case, lambda name: bar.update(task, description=name))
        remaining = (
            mend(case, faults, lambda name: bar.update(task, description=f"{name}, again"))
            if repair
            else faults
        )
    repair_keys = {_fault_key(fault) for fault in faults} - {
        _fault_key(fault) for fault in remaining
    }
    return [
        _make_row(fault, is_repaired=_fault_key(fault) in repair_keys)
        for fault in [*remaining, *(fault for fault in faults if _fault_key(fault) in repair_keys)]
    ], len(remaining)


def _fault_key(fault: Finding) -> tuple[str, str, str]:
    return fault.check, fault.where, fault.what


def _make_row(fault: Finding, *, is_repaired: bool) -> dict[str, Any]:
    can = "`khabar verify --repair` mends it" if fault.repair else fault.remedy
    return {
        "check": fault.check,
        "where": fault.where,
        "what": fault.what,
        "state": MENDED if is_repaired else can,
    }
