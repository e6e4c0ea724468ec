"""Counts what is in a dataset while it is written, for the manifest and the card."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from khabar.export.batches import Batch
from khabar.export.options import ExportOptions

# Upper bounds of the length classes, in words. Chosen by hand, not measured.
LENGTH_LIMITS = (50, 100, 200, 400, 800, 1600)
_PROVIDER = re.compile(rb'"provider":"([^"\\]*)"')
_EMPTY = (b"[]", b"{}", None)


@dataclass
class DatasetStats:
    """Counts over every row of the dataset, grouped into classes only at the end."""

    options: ExportOptions
    articles: int = 0
    copies: int = 0
    days: Counter[tuple[str, str | None]] = field(default_factory=Counter)  # (source, day)
    words: Counter[int] = field(default_factory=Counter)
    languages: Counter[str | None] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    providers: Counter[bytes] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)  # field → articles without it

    def add_batch(self, batch: Batch) -> None:
        """Counts a batch, before its writer gets it: writers may convert columns in place."""
        self.articles += len(batch)
        self.days.update(batch.iter_rows(("source", "published_on")))
        self.words.update(batch["word_count"])
        self.languages.update(batch["language"])
        self.splits.update(batch["split"])
        for column in self.options.fields:
            empty = _EMPTY if column.kind == "nested" else (None,)
            self.empty[column.name] += sum(map(batch[column.name].count, empty))
        if "copies" in batch.columns:
            self.copies += len(batch) - batch["copies"].count(1)
        if "embeds" in batch.columns:
            self.providers.update(_PROVIDER.findall(b"\n".join(batch["embeds"])))

    @property
    def embeds(self) -> int:
        """Number of embeds placed in articles."""
        return self.providers.total()

    def counts(self) -> dict[str, dict[str, int]]:
        """Returns articles (of `provider`: embeds) by class, for each way of classing them.

        Classes are sorted by name, those of `length` by length.
        """
        by_length = _sum_pairs(
            (length_class(words), number) for words, number in sorted(self.words.items())
        )
        sums = {
            "source": _sum_pairs((source, number) for (source, _), number in self.days.items()),
            "month": _sum_pairs(
                ((day or "undated")[:7], number) for (_, day), number in self.days.items()
            ),
            "language": _sum_pairs(
                (code or "unknown", number) for code, number in self.languages.items()
            ),
            "provider": {name.decode(): number for name, number in self.providers.items()},
            "split": {name: number for name, number in self.splits.items() if name},
        }
        return {key: dict(sorted(group.items())) for key, group in sums.items()} | {
            "length": by_length
        }

    def gaps(self) -> dict[str, dict[str, Any]]:
        """Returns, by source, `first` and `last` day and `days_without` articles between them."""
        days_by_source: dict[str, list[str]] = {}
        for source, day in sorted((source, day) for source, day in self.days if day):
            days_by_source.setdefault(source, []).append(day)
        summaries = {}
        for source, days in days_by_source.items():
            span = (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days + 1
            summaries[source] = {
                "first": days[0],
                "last": days[-1],
                "days_without": span - len(days),
            }
        return summaries

    def field_coverage(self) -> dict[str, float]:
        """Returns, by field, the share of articles in which it is not empty."""
        total = max(self.articles, 1)
        return {
            name: round((self.articles - self.empty[name]) / total, 4)
            for name in self.options.names
        }


def _sum_pairs(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, number in pairs:
        sums[name] = sums.get(name, 0) + number
    return sums


def length_class(words: int) -> str:
    """Names the class of a text's length: `100-200` is more than 100 and at most 200 words."""
    index = bisect(LENGTH_LIMITS, words - 1)
    if index == len(LENGTH_LIMITS):
        return f"more than {LENGTH_LIMITS[-1]}"
    return f"{LENGTH_LIMITS[index - 1] if index else 0}-{LENGTH_LIMITS[index]}"
