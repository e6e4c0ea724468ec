"""khabar verify"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click

from commands.common import (
    EXIT_NEWLY_BROKEN,
    archive_option,
    json_option,
    make_work_progress,
    open_for_reading,
    open_for_writing,
    print_json,
    print_rows,
)
from khabar.archive.database import Archive
from khabar.archive.upkeep.verify import (
    CheckContext,
    Finding,
    Sample,
    draw_sample,
    list_checks,
    repair_findings,
    run_checks,
)
from khabar.model import clock
from khabar.model.config import Config

MENDED = "mended"  # value of `state` in --json


@click.command()
@click.option("--repair", is_flag=True, help="Fix what can be derived from other data.")
@click.option(
    "--sample",
    "sample_size",
    type=click.IntRange(min=1),
    metavar="N",
    help="Check only about N articles and N raw pages drawn at random, and what is cheap to check.",
)
@json_option
@archive_option
def command(config: Config, repair: bool, sample_size: int | None, as_json: bool) -> int:
    """Check the archive for faults: the file, the search index, the frontier, every raw page.

    Raw pages in the files of sealed months are checked as well. Each fault is printed with what can
    be done about it; --repair fixes those that can be derived from other data. It can run during a
    crawl, --repair cannot.

    --sample takes seconds for any archive, and another sample each time: a fault of one article is
    likely to be missed, one of many is not.

    Exit code: 1 when a fault remains, else 0.
    """
    if repair and sample_size:
        raise click.UsageError("--repair needs a check of everything, without --sample")
    with (open_for_writing if repair else open_for_reading)(config, restored=True) as archive:
        sample = draw_sample(archive.db, sample_size) if sample_size else None
        rows, remaining = _run_checks(archive, sample, repair=repair)
    if as_json:
        sampled = {"sample": asdict(sample)} if sample else {}
        print_json({"faults": rows, "left": remaining, **sampled})
        return EXIT_NEWLY_BROKEN if remaining else 0
    if rows:
        print_rows(rows, as_json=False, as_csv=False)
    if rows or sys.stdout.isatty():
        checks = len(list_checks(CheckContext(archive, clock.now(), sample)))
        click.echo(
            f"{len(rows)} faults, {len(rows) - remaining} fixed"
            if rows
            else f"{checks} checks, no faults"
        )
    if sample:
        click.echo(
            f"a sample of {sample.articles} articles and {sample.snapshots} raw pages was checked"
        )
    return EXIT_NEWLY_BROKEN if remaining else 0


def _run_checks(
    archive: Archive, sample: Sample | None, *, repair: bool
) -> tuple[list[dict[str, Any]], int]:
    """Returns (a row per fault, those that remain first; the number that remain)."""
    with _open_progress() as (on_check, on_rows):
        context = CheckContext(archive, clock.now(), sample, on_rows)
        faults = run_checks(context, on_check)
        remaining = repair_findings(context, faults, on_check) if repair else faults
    # a remaining fault is a new object, so compare by content
    remaining_keys = {_fault_key(fault) for fault in remaining}
    repaired = [fault for fault in faults if _fault_key(fault) not in remaining_keys]
    rows = [_make_row(fault, is_repaired=False) for fault in remaining]
    rows += [_make_row(fault, is_repaired=True) for fault in repaired]
    return rows, len(remaining)


@contextmanager
def _open_progress() -> Iterator[tuple[Callable[[str], None], Callable[[int, int], None] | None]]:
    """Shows a progress bar on a terminal. Yields what is called with a check's name, and with the
    rows that it has done and their total (None: not shown).
    """
    if not sys.stderr.isatty():
        yield lambda name: None, None  # without importing rich
        return
    with make_work_progress() as bar:

        def show_check(name: str) -> None:
            for task in bar.task_ids:
                bar.remove_task(task)
            bar.add_task(f"checking {name}", total=None)  # moves to and fro until rows are counted

        def show_rows(done: int, total: int) -> None:
            bar.update(bar.task_ids[0], completed=done, total=total)

        yield show_check, show_rows


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
