"""khabar verify"""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.progress import Progress, SpinnerColumn, TextColumn

from commands.common import (
    EXIT_NEWLY_BROKEN,
    archive_option,
    console,
    json_option,
    print_json,
    print_rows,
    reading,
    working,
)
from khabar.archive.database import Archive
from khabar.archive.upkeep.verify import CHECKS, Case, Fault, verify
from khabar.archive.upkeep.verify import repair as mend
from khabar.model import clock
from khabar.model.config import Config

MENDED = "mended"


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be derived from the rest.")
@json_option
@archive_option
def command(config: Config, repair: bool, as_json: bool) -> int:
    """Check everything: the file, the search index against the texts, the ledger, every raw page, sealed ones too.

    Names each fault; --repair mends what follows from the rest and says of the others what a person can do. May run
    beside a crawl (--repair may not). Exit code 1 when a fault is left.
    """
    with (working if repair else reading)(config, restored=True) as archive:
        rows, left = _run(archive, repair=repair)
    if as_json:
        print_json({"faults": rows, "left": left})
    elif rows:
        print_rows(rows, as_json=False, as_csv=False)
    if not as_json and (rows or sys.stdout.isatty()):
        click.echo(f"{len(rows)} faults, {len(rows) - left} mended" if rows else f"{len(CHECKS)} checks, no fault")
    return EXIT_NEWLY_BROKEN if left else 0


def _run(archive: Archive, *, repair: bool) -> tuple[list[dict[str, Any]], int]:
    """(a row for each fault there was, how many are left)."""
    case = Case(archive, clock.now())
    with Progress(SpinnerColumn(), TextColumn("checking {task.description}"), console=console(stderr=True),
                  transient=True, disable=not sys.stderr.isatty()) as bar:  # fmt: skip
        task = bar.add_task("")
        found = verify(case, lambda name: bar.update(task, description=name))
        left = mend(case, found, lambda name: bar.update(task, description=f"{name}, again")) if repair else found
    gone = {_key(one) for one in found} - {_key(one) for one in left}
    return [_row(one, mended=_key(one) in gone) for one in [*left, *(one for one in found if _key(one) in gone)]], len(
        left
    )


def _key(fault: Fault) -> tuple[str, str, str]:
    return fault.check, fault.where, fault.what


def _row(fault: Fault, *, mended: bool) -> dict[str, Any]:
    can = "`khabar verify --repair` mends it" if fault.mend else fault.remedy
    return {"check": fault.check, "where": fault.where, "what": fault.what, "state": MENDED if mended else can}
