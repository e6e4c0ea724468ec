"""`python -m benchmarks.same BASE`: prints which outputs differ between BASE and the checkout, by field."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from benchmarks.same.builds import Build, BuildError, build_commit, build_working_tree, resolve_commit
from benchmarks.same.differences import Difference, Expected, compare, group, read_expected
from benchmarks.same.inputs import SavedPage, make_demo, prepare
from benchmarks.same.jobs import load, read_crawl, read_results, run_all, run_crontab_line

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".same"
EXPECTED = Path(__file__).with_name("expected.toml")
EXAMPLES = 3
Results = dict[tuple[str, str], Any]


@click.command()
@click.argument("base")
@click.option("--new", metavar="COMMIT", help="Compare this commit instead of the checkout as it stands.")
@click.option(
    "--expected", type=click.Path(exists=True, path_type=Path), default=EXPECTED, help="Intended differences."
)
def main(base: str, new: str | None, expected: Path) -> None:
    """Compares readings, exports, search results, help texts and commands of BASE and of the checkout.

    Exit code 0: no difference, or only those that expected.toml names with their reason. 1: others, which are printed
    by field. 2: a side that cannot be built or run.
    """
    started = time.monotonic()
    try:
        counts, differences = _compare(base, new)
    except BuildError as error:
        click.echo(f"same: {error}", err=True)
        sys.exit(2)
    unexpected = _report(differences, read_expected(expected))
    parts = ", ".join(f"{number} {part}" for part, number in counts.items())
    click.echo(
        f"{counts.total()} outputs compared in {time.monotonic() - started:.0f} s ({parts}); {unexpected} differ"
    )
    sys.exit(bool(unexpected))


def _compare(revision: str, new_revision: str | None) -> tuple[Counter[str], list[Difference]]:
    """Builds and runs both sides. Returns how many outputs each part has, and all differences."""
    commit = resolve_commit(ROOT, revision)
    folder = FOLDER / commit[:12]
    _say(f"building {commit[:12]}")
    base = build_commit(ROOT, commit, folder / "checkout")
    if new_revision:
        other = resolve_commit(ROOT, new_revision)
        _say(f"building {other[:12]}")
        new = build_commit(ROOT, other, FOLDER / other[:12] / "other" / "checkout")
    else:
        _say("building the working tree")
        new = build_working_tree(ROOT, FOLDER / "working-tree" / "checkout")
    _say("making the inputs")
    pages = prepare(base, folder / "inputs")
    _say(f"running both on {len(pages)} pages; a few minutes")
    with ThreadPoolExecutor(2) as threads:
        sides = ((base, folder / "run-base"), (new, folder / "run-new"))
        before, after = threads.map(lambda side: _run(base, folder / "inputs", pages, *side), sides)
    _say("comparing")
    return Counter(part for part, _ in before | after), list(_differences(before, after))


def _run(base: Build, inputs: Path, pages: list[SavedPage], build: Build, folder: Path) -> Results:
    """All outputs of one build by (part, item)."""
    run_all(build, base, inputs, pages, folder)
    crontab = run_crontab_line(build, base, folder / "crontab")
    archive = base.folder / "demo" / "archive.db" if build is base else make_demo(build)
    return {**read_results(build, base, folder), ("crontab", "crawl"): crontab, ("crawl", "demo"): read_crawl(archive)}


def _differences(before: Results, after: Results) -> Iterator[Difference]:
    for part, item in before | after:
        old, new = before.get((part, item)), after.get((part, item))
        if isinstance(old, Path) and isinstance(new, Path) and old.read_bytes() == new.read_bytes():
            continue
        found = compare(part, item, load(old), load(new))
        if not found and isinstance(old, Path):
            found = [Difference(part, item, "bytes", "differ", "though every field is the same")]
        yield from found


def _report(differences: Iterable[Difference], expected: Sequence[Expected]) -> int:
    """Prints the differences by field with examples. Returns how many outputs have one that is not expected."""
    reasons = {one: next((entry for entry in expected if entry.covers(one)), None) for one in differences}
    for (part, field), found in group(one for one, entry in reasons.items() if entry is None).items():
        click.echo(f"{part}: {field}: {len({one.item for one in found})} differ")
        for one in found[:EXAMPLES]:
            click.echo(f"    {one.item}\n        - {one.before}\n        + {one.after}")
    for entry in expected:
        covered = {(one.part, one.item) for one, by in reasons.items() if by is entry}
        fate = f"{len(covered)} outputs differ as expected" if covered else "covers nothing: delete it"
        click.echo(f"{entry.part}: {entry.field}: {fate} ({entry.reason})")
    return len({(one.part, one.item) for one, entry in reasons.items() if entry is None})


def _say(words: str) -> None:
    click.echo(f"same: {words} …", err=True)


if __name__ == "__main__":
    main()
