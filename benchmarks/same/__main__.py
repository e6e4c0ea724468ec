"""`python -m benchmarks.same BASE`: prints which outputs differ between BASE and the checkout, by
field.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from benchmarks.same.builds import (
    Build,
    BuildError,
    build_commit,
    build_working_tree,
    resolve_commit,
)
from benchmarks.same.differences import (
    Difference,
    ExpectedDifference,
    compare_values,
    group_by_field,
    read_expected,
)
from benchmarks.same.inputs import SavedPage, make_demo, prepare_inputs
from benchmarks.same.jobs import load_value, read_crawl, read_results, run_all, run_crontab_line

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".same"
EXPECTED = Path(__file__).with_name("expected.toml")
EXAMPLES = 3
Results = dict[tuple[str, str], Any]


@click.command()
@click.argument("base")
@click.option(
    "--new", metavar="COMMIT", help="Compare this commit instead of the checkout as it stands."
)
@click.option(
    "--expected",
    type=click.Path(exists=True, path_type=Path),
    default=EXPECTED,
    help="Intended differences.",
)
def main(base: str, new: str | None, expected: Path) -> None:
    """Compares extraction results, exports, search results, help texts and commands of BASE and of
    the checkout.

    Exit code 0: no difference, or only those listed in expected.toml with a reason. 1: other
    differences, which are printed by field. 2: a side cannot be built or run.
    """
    start_time = time.monotonic()
    try:
        counts, differences = _compare_builds(base, new)
    except BuildError as error:
        click.echo(f"same: {error}", err=True)
        sys.exit(2)
    unexpected_count = _print_report(differences, read_expected(expected))
    parts = ", ".join(f"{number} {part}" for part, number in counts.items())
    click.echo(
        f"{counts.total()} outputs compared in {time.monotonic() - start_time:.0f} s ({parts}); "
        f"{unexpected_count} differ"
    )
    sys.exit(bool(unexpected_count))


def _compare_builds(
    revision: str, new_revision: str | None
) -> tuple[Counter[str], list[Difference]]:
    """Builds and runs both sides. Returns the number of outputs of each part, and all
    differences.
    """
    commit = resolve_commit(ROOT, revision)
    folder = FOLDER / commit[:12]
    _print_progress(f"building {commit[:12]}")
    base = build_commit(ROOT, commit, folder / "checkout")
    if new_revision:
        other = resolve_commit(ROOT, new_revision)
        _print_progress(f"building {other[:12]}")
        new = build_commit(ROOT, other, FOLDER / other[:12] / "other" / "checkout")
    else:
        _print_progress("building the working tree")
        new = build_working_tree(ROOT, FOLDER / "working-tree" / "checkout")
    _print_progress("making the inputs")
    pages = prepare_inputs(base, folder / "inputs")
    _print_progress(f"running both on {len(pages)} pages; a few minutes")
    with ThreadPoolExecutor(2) as threads:
        sides = ((base, folder / "run-base"), (new, folder / "run-new"))
        before, after = threads.map(
            lambda side: _run_build(base, folder / "inputs", pages, *side), sides
        )
    _print_progress("comparing")
    return Counter(part for part, _ in before | after), list(_iter_differences(before, after))


def _run_build(
    base: Build, inputs: Path, pages: list[SavedPage], build: Build, folder: Path
) -> Results:
    """Returns all outputs of one build by (part, item)."""
    run_all(build, base, inputs, pages, folder)
    crontab = run_crontab_line(build, base, folder / "crontab")
    archive = base.folder / "demo" / "archive.db" if build is base else make_demo(build)
    return {
        **read_results(build, base, folder),
        ("crontab", "crawl"): crontab,
        ("crawl", "demo"): read_crawl(archive),
    }


def _iter_differences(before: Results, after: Results) -> Iterator[Difference]:
    for part, item in before | after:
        old, new = before.get((part, item)), after.get((part, item))
        if isinstance(old, Path) and isinstance(new, Path) and old.read_bytes() == new.read_bytes():
            continue
        differences = compare_values(part, item, load_value(old), load_value(new))
        if not differences and isinstance(old, Path):
            differences = [
                Difference(part, item, "bytes", "differ", "though every field is the same")
            ]
        yield from differences


def _print_report(
    differences: Iterable[Difference], expectations: Sequence[ExpectedDifference]
) -> int:
    """Prints the differences by field with examples. Returns how many outputs have an unexpected
    one.
    """
    reasons = {
        difference: next((entry for entry in expectations if entry.is_match(difference)), None)
        for difference in differences
    }
    for (part, field), members in group_by_field(
        difference for difference, entry in reasons.items() if entry is None
    ).items():
        click.echo(f"{part}: {field}: {len({difference.item for difference in members})} differ")
        for difference in members[:EXAMPLES]:
            click.echo(f"    {difference.item}")
            click.echo(f"        - {difference.before}\n        + {difference.after}")
    for entry in expectations:
        outputs = {
            (difference.part, difference.item) for difference, by in reasons.items() if by is entry
        }
        fate = (
            f"{len(outputs)} outputs differ as expected" if outputs else "covers nothing: delete it"
        )
        click.echo(f"{entry.part}: {entry.field}: {fate} ({entry.reason})")
    return len(
        {
            (difference.part, difference.item)
            for difference, entry in reasons.items()
            if entry is None
        }
    )


def _print_progress(words: str) -> None:
    click.echo(f"same: {words} …", err=True)


if __name__ == "__main__":
    main()
