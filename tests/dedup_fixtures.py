"""What the tests of `khabar dedup` share: folders of Parquet files as an export writes them, a run, its results."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from khabar.export.dedup import DedupOptions, dedup_folder
from khabar.export.overlap.keys import minhash
from newsroom.agency_copies import make_copy, make_story

SCHEMA = pa.schema([
    ("id", pa.int64()), ("url", pa.string()), ("source", pa.string()), ("published_on", pa.date32()),
    ("published_utc", pa.timestamp("s", "UTC")), ("first_seen", pa.timestamp("s", "UTC")),
    ("text", pa.string()), ("outcome", pa.string()), ("minhash", pa.list_(pa.string())),
])  # fmt: skip
DAY = date(2026, 11, 1)


def row(
    number: int, paragraphs: Sequence[str] | None, source: str = "kagaz", **told: Any
) -> dict[str, Any]:
    text = "\n\n".join(paragraphs) if paragraphs is not None else None
    return {
        "id": number,
        "url": f"http://www.{source}.newsroom.test/news/{number}",
        "source": source,
        "published_on": DAY,
        "text": text,
        "minhash": minhash(text) if text else None,
        **told,
    }


def write_rows(path: Path, rows: Iterable[dict[str, Any]], group: int = 10) -> Path:
    """A Parquet file with row groups of ten rows; columns that no row has are left out."""
    rows = list(rows)
    fields = [field for field in SCHEMA if any(field.name in one for one in rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(fields)), path, row_group_size=group)
    return path


def mixed_rows(stories: int = 24) -> list[dict[str, Any]]:
    """Stories of three sources on four days, every second with an edited copy, a footer under those of one source."""
    chance, rows = random.Random(5), []
    edits = ("same words", "headline", "cut in half", "10 % rewritten", "spelling")
    for number in range(stories):
        source = ("kagaz", "pratilipi", "savera")[number % 3]
        rows.append(row(number, [*make_story(number, 4), *footer(source)], source))
        if number % 2:
            other = ("pratilipi", "savera", "kagaz")[number % 3]
            words = make_copy(number, edits[number // 2 % len(edits)])[:5]
            rows.append(row(1000 + number, [*words, *footer(other)], other))
    for one in rows:
        one["published_on"] = date(2026, 11, 1 + chance.randrange(4))
    return rows


def footer(source: str) -> list[str]:
    return make_story("footer", 3) if source == "kagaz" else []


class StoppedHere(Exception):
    """A run that ends in the middle."""


def dedup(
    folder: Path,
    to: Path,
    *,
    workers: int = 2,
    memory: int = 1 << 29,
    stop_at: tuple[str, int] | None = None,
    steps: list[tuple[str, int]] | None = None,
) -> dict[str, Any]:
    """One run in this process, up to a step: (stage, parts done). `steps`: a list for all of them."""

    def on_progress(stage: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        if steps is not None:
            steps.append((stage, done))
        if (stage, done) == stop_at:
            raise StoppedHere(f"{stage} {done}/{total}")

    options = DedupOptions(memory, workers, lambda: ThreadPoolExecutor(workers))
    return dedup_folder(folder, to, options, on_progress)


def table(to: Path, name: str) -> list[dict[str, Any]]:
    return pq.read_table(to / f"{name}.parquet").to_pylist()


def pair_ids(to: Path) -> dict[tuple[int, int], bool]:
    """(older id, younger id) → near-duplicates without boilerplate too?"""
    return {(one["a_id"], one["b_id"]): one["own"] for one in table(to, "pairs")}


def cluster_ids(to: Path) -> dict[int, list[int]]:
    """Id of the row that is kept → ids of all."""
    kept = {one["cluster"]: one["id"] for one in table(to, "clusters") if one["kept"]}
    found: dict[int, list[int]] = {}
    for one in table(to, "clusters"):
        found.setdefault(kept[one["cluster"]], []).append(one["id"])
    return found


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
