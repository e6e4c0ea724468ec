"""Quality and cost of near-duplicate detection (`make bench-stories`).

Compares Khabar with datasketch, rensa and simhash on real texts, measures synthetic edits, and the
cost of one more article in archives of three sizes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import track

from benchmarks import docs
from benchmarks.insert_cost import InsertCost
from benchmarks.insert_cost import run_all as measure_insert_costs
from benchmarks.near_duplicates import (
    FINDERS,
    FinderResult,
    Pair,
    find_exact_pairs,
    list_installed,
    load_texts,
    run_finder,
)
from khabar.hindi.minhash import Similarity, fingerprint, likeness, shingles
from khabar.hindi.normalize import tokens
from newsroom.agency_copies import EDITS, make_copy, make_story

SIZES = (10_000, 100_000, 1_000_000)
EDITED = 300  # stories to which each edit is applied
FOUND_HEAD = (
    "finder",
    "pairs told",
    "J ≥ 0.8 found",
    "J ≥ 0.5 found",
    "near and told so",
    "CPU s",
    "MB",
)
EDITS_HEAD = ("edit", "Jaccard", "containment", "near", "candidates", "by 32 bands of 4")
COST_HEAD = (
    "articles",
    "CPU ms, stored and linked",
    "of it linking",
    "times the smallest",
    "index bytes each",
    "MB",
)


def finder_row(name: str, result: FinderResult, truth: Mapping[Pair, Similarity]) -> list[str]:
    """Returns a finder's row: which of the pairs it found, and how many of its pairs are
    near-duplicates.
    """
    near = sum(pair in truth and truth[pair].is_near_duplicate for pair in result.pairs)
    memory = "–" if result.memory is None else f"{result.memory:.0f}"
    right = f"{near / max(len(result.pairs), 1):.1%}"
    recalls = [_format_recall(result, truth, threshold) for threshold in (0.8, 0.5)]
    return [name, str(len(result.pairs)), *recalls, right, f"{result.seconds:.1f}", memory]


def _format_recall(result: FinderResult, truth: Mapping[Pair, Similarity], threshold: float) -> str:
    pairs = [pair for pair, like in truth.items() if like.jaccard >= threshold]
    return f"{sum(pair in result.pairs for pair in pairs) / len(pairs):.1%} of {len(pairs)}"


def edit_row(edit: str) -> list[str]:
    """Returns an edit's row: similarity of story and copy, share of near-duplicates, share that the
    index makes candidates.
    """
    sides = [
        [shingles(tokens("\n".join(words))) for words in (make_story(n), make_copy(n, edit))]
        for n in range(EDITED)
    ]
    likes = [likeness(original, other) for original, other in sides]
    usual = [1 - (1 - like.jaccard**4) ** 32 for like in likes]  # by the theory of MinHash
    columns: list[list[float]] = [
        [like.jaccard for like in likes],
        [like.containment for like in likes],
        [like.is_near_duplicate for like in likes],
        [_is_candidate(*side) for side in sides],
        usual,
    ]
    return [edit, *(f"{sum(column) / EDITED:.2f}" for column in columns)]


def _is_candidate(first: frozenset[int], second: frozenset[int]) -> bool:
    first_fingerprint, second_fingerprint = fingerprint(first), fingerprint(second)
    assert first_fingerprint and second_fingerprint
    return bool(
        set(first_fingerprint.keys) & set(second_fingerprint.keys)
    ) and first_fingerprint.can_be_near_duplicate(
        second_fingerprint.size, second_fingerprint.sketch
    )


def cost_row(cost: InsertCost, baseline: InsertCost) -> list[str]:
    """Returns an archive's row."""
    memory = "–" if cost.memory is None else f"{cost.memory:.0f}"
    return [
        f"{cost.articles:,}",
        f"{cost.total:.2f}",
        f"{cost.linking:.2f}",
        f"{cost.total / baseline.total:.2f}",
        f"{cost.index_bytes:.0f}",
        memory,
    ]


def describe_largest(result: FinderResult) -> str:
    """Describes the ten largest stories by numbers of articles and sources and by days, for a
    person to check.
    """
    texts = load_texts()
    lines = []
    for places in result.stories[:10]:
        members = [texts[place] for place in places]
        count = len({text.source for text in members})
        days = sorted({text.day[:10] for text in members})
        sources = f"{count} source{'s' * (count > 1)}"
        lines.append(f"{len(members)} articles, {sources}, {days[0]} to {days[-1]}")
    return "; ".join(lines)


def main() -> None:
    """Prints the tables and writes them into docs/benchmarks.md; exits with one line if the real
    texts are absent.
    """
    try:
        truth = find_exact_pairs(load_texts())
    except FileNotFoundError:
        sys.exit("bench stories: ../shared/texts is absent: the real texts are not on this machine")
    console = Console(width=None if sys.stdout.isatty() else 200)
    names = list(list_installed())
    results = {
        name: run_finder(name) for name in track(names, "Finding", disable=not sys.stderr.isatty())
    }
    costs = measure_insert_costs(SIZES)
    tables = (
        (FOUND_HEAD, [finder_row(name, summary, truth) for name, summary in results.items()]),
        (EDITS_HEAD, [edit_row(edit) for edit in EDITS]),
        (COST_HEAD, [cost_row(cost, costs[0]) for cost in costs]),
    )
    for head, rows in tables:
        console.print(docs.make_table(head, rows))
    console.print(describe_largest(results["Khabar"]))
    if missing := FINDERS.keys() - set(names):
        sys.exit(
            f"not installed: {', '.join(sorted(missing))}; `make bench-stories` installs them. "
            "docs/benchmarks.md is unchanged."
        )
    summary = (
        f"`make bench-stories`, {datetime.now(UTC):%-d %B %Y}: "
        f"{len(load_texts())} real articles of 2026."
    )
    docs.update_section(
        "stories", "\n\n".join([summary, *(docs.format_table(head, rows) for head, rows in tables)])
    )


if __name__ == "__main__":
    main()
