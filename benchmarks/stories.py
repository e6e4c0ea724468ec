"""How well and at what cost copies are found (`make bench-stories`).

Beside datasketch, rensa and simhash on real texts; edits made by rule; one more article in archives of three sizes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import docs
from benchmarks.copies import FINDERS, Found, Pair, exact, installed, real, run
from benchmarks.growth import Cost
from benchmarks.growth import run as grown
from khabar.hindi.minhash import Likeness, fingerprint, likeness, shingles
from khabar.hindi.normalize import tokens
from newsroom.wires import EDITS, copy, story

SIZES = (10_000, 100_000, 1_000_000)
EDITED = 300  # stories, each edited by each rule
FOUND_HEAD = ("finder", "pairs told", "J ≥ 0.8 found", "J ≥ 0.5 found", "near and told so", "CPU s", "MB")
EDITS_HEAD = ("edit", "Jaccard", "containment", "near", "candidates", "by 32 bands of 4")
COST_HEAD = ("articles", "CPU ms, stored and linked", "of it linking", "times the smallest", "index bytes each", "MB")


def found_row(name: str, told: Found, truth: Mapping[Pair, Likeness]) -> list[str]:
    """A finder's line: which of the pairs it found, and how many of those it told are near."""
    near = sum(pair in truth and truth[pair].is_near for pair in told.pairs)
    memory = "–" if told.memory is None else f"{told.memory:.0f}"
    right = f"{near / max(len(told.pairs), 1):.1%}"
    recalls = [_recall(told, truth, least) for least in (0.8, 0.5)]
    return [name, str(len(told.pairs)), *recalls, right, f"{told.seconds:.1f}", memory]


def _recall(told: Found, truth: Mapping[Pair, Likeness], least: float) -> str:
    wanted = [pair for pair, like in truth.items() if like.jaccard >= least]
    return f"{sum(pair in told.pairs for pair in wanted) / len(wanted):.1%} of {len(wanted)}"


def edit_row(edit: str) -> list[str]:
    """How alike a story and its edited copy are, how many are near, how many of all the index makes candidates."""
    sides = [[shingles(tokens("\n".join(words))) for words in (story(n), copy(n, edit))] for n in range(EDITED)]
    likes = [likeness(one, other) for one, other in sides]
    usual = [1 - (1 - like.jaccard**4) ** 32 for like in likes]  # by the theory of MinHash
    told: list[list[float]] = [
        [like.jaccard for like in likes], [like.containment for like in likes], [like.is_near for like in likes],
        [_meets(*side) for side in sides], usual,
    ]  # fmt: skip
    return [edit, *(f"{sum(column) / EDITED:.2f}" for column in told)]


def _meets(one: frozenset[int], other: frozenset[int]) -> bool:
    left, right = fingerprint(one), fingerprint(other)
    assert left and right
    return bool(set(left.keys) & set(right.keys)) and left.may_be_near(right.size, right.sketch)


def cost_row(cost: Cost, least: Cost) -> list[str]:
    """An archive's line."""
    memory = "–" if cost.memory is None else f"{cost.memory:.0f}"
    return [
        f"{cost.articles:,}", f"{cost.whole:.2f}", f"{cost.linking:.2f}", f"{cost.whole / least.whole:.2f}",
        f"{cost.index_bytes:.0f}", memory,
    ]  # fmt: skip


def largest(told: Found) -> str:
    """The ten largest stories, each by its sources' and days' count: for a person to read, with how to."""
    texts = real()
    lines = []
    for places in told.stories[:10]:
        of = [texts[at] for at in places]
        sources, days = len({one.source for one in of}), sorted({one.day[:10] for one in of})
        lines.append(f"{len(of)} articles, {sources} source{'s' * (sources > 1)}, {days[0]} to {days[-1]}")
    return "; ".join(lines)


def shown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table for the terminal."""
    table = Table(*head, box=None, pad_edge=False)
    for one in rows:
        table.add_row(*one)
    return table


def main() -> None:
    """Prints the tables and writes them into docs/benchmarks.md; one line where the real texts are absent."""
    try:
        truth = exact(real())
    except FileNotFoundError:
        sys.exit("bench stories: ../shared/texts is absent: the real texts are not on this machine")
    console = Console(width=None if sys.stdout.isatty() else 200)
    names = list(installed())
    found = {name: run(name) for name in track(names, "Finding", disable=not sys.stderr.isatty())}
    costs = grown(SIZES)
    tables = (
        (FOUND_HEAD, [found_row(name, told, truth) for name, told in found.items()]),
        (EDITS_HEAD, [edit_row(edit) for edit in EDITS]),
        (COST_HEAD, [cost_row(cost, costs[0]) for cost in costs]),
    )
    for head, rows in tables:
        console.print(shown(head, rows))
    console.print(largest(found["Khabar"]))
    if missing := FINDERS.keys() - set(names):
        sys.exit(f"not installed here: {', '.join(sorted(missing))}; `make bench-stories` has them. Docs left alone.")
    told = f"`make bench-stories`, {datetime.now(UTC):%-d %B %Y}: {len(real())} real articles of 2026."
    docs.write("stories", "\n\n".join([told, *(docs.markdown(head, rows) for head, rows in tables)]))


if __name__ == "__main__":
    main()
