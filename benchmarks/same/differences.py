"""Differences between two outputs, by field."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

ABSENT = "(absent)"
EXAMPLE_WIDTH = 60  # characters of a value in an example
# keys that identify the rows of a list; the first that all rows have is used
KEYS = ("id", "url", "key", "setting", "name")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one item (a page, a query, a file) with different values."""

    part: str
    item: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ExpectedDifference:
    """An intended difference with its reason. `part`, `item` and `field` are shell patterns."""

    part: str
    field: str
    reason: str
    item: str = "*"

    def is_match(self, difference: Difference) -> bool:
        pairs = (
            (self.part, difference.part),
            (self.item, difference.item),
            (self.field, difference.field),
        )
        return all(fnmatchcase(value, pattern) for pattern, value in pairs)


def read_expected(path: Path) -> list[ExpectedDifference]:
    """Reads the intended differences from a TOML file. Raises TypeError for an unknown or a missing
    key.
    """
    return [
        ExpectedDifference(**entry)
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("expected", [])
    ]


def compare_values(part: str, item: str, before: Any, after: Any) -> list[Difference]:
    """Returns all fields in which two values differ: dictionaries by key, lists of rows by the
    rows' key, text by line.
    """
    return [
        Difference(part, item, field or "value", *_excerpt_pair(old, new))
        for field, old, new in _iter_differences("", before, after)
    ]


def _iter_differences(field: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    # == would treat 0 and False as equal, and dictionaries of different order
    if repr(before) == repr(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            inner = f"{field}.{name}" if field else str(name)
            yield from _iter_differences(inner, before.get(name, ABSENT), after.get(name, ABSENT))
        if before.keys() == after.keys() and [*before] != [*after]:
            yield f"{field}.(order of keys)".lstrip("."), [*before], [*after]
    elif _are_rows(before) and _are_rows(after):
        yield from _iter_row_differences(field, before, after)
    elif isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        yield (
            field,
            *_first_difference(before.splitlines(keepends=True), after.splitlines(keepends=True)),
        )
    else:
        yield field, before, after


def _iter_row_differences(
    field: str, before: list[Any], after: list[Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Compares rows with equal keys, so that one additional row does not make all later ones
    differ.
    """
    key = next((name for name in KEYS if all(name in row for row in [*before, *after])), None)
    old, new = (
        {_row_key(row, key, index): row for index, row in enumerate(rows)}
        for rows in (before, after)
    )
    if key is None and len(before) != len(after):
        yield f"{field}[].(length)", len(before), len(after)
    for name in dict.fromkeys([*old, *new]):
        if name in old and name in new:
            yield from _iter_differences(f"{field}[]", old[name], new[name])
        elif key is not None:
            yield f"{field}[].(row)", old.get(name, ABSENT), new.get(name, ABSENT)
    if key is not None and [*old] != [*new] and old.keys() == new.keys():
        yield f"{field}[].(order)", [*old], [*new]


def _row_key(row: dict[str, Any], key: str | None, index: int) -> Any:
    """Returns the row's key; its index without a key."""
    return index if key is None else str(row[key])


def _are_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _first_difference(before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    for tag, begin, end, new_begin, new_end in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            return "".join(before[begin:end]) or ABSENT, "".join(after[new_begin:new_end]) or ABSENT
    return ABSENT, ABSENT


def _excerpt_pair(before: Any, after: Any) -> tuple[str, str]:
    """Returns both values as text, cut to the part around their first difference."""
    old, new = (value if isinstance(value, str) else repr(value) for value in (before, after))
    same = next(
        (index for index, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    begin = max(0, same - EXAMPLE_WIDTH // 3)
    return _cut_excerpt(old, begin), _cut_excerpt(new, begin)


def _cut_excerpt(text: str, begin: int) -> str:
    part = text[begin : begin + EXAMPLE_WIDTH]
    return repr(f"{'…' if begin else ''}{part}{'…' if begin + EXAMPLE_WIDTH < len(text) else ''}")


def group_by_field(differences: Iterable[Difference]) -> dict[tuple[str, str], list[Difference]]:
    """Groups differences by (part, field), the most frequent first."""
    groups: dict[tuple[str, str], list[Difference]] = {}
    for difference in differences:
        groups.setdefault((difference.part, difference.field), []).append(difference)
    return dict(sorted(groups.items(), key=lambda entry: (-len(entry[1]), entry[0])))
