"""A corpus of any size, recombined from the sentences of real texts, half of it edited copies.

Every article is made from its number alone, so that files are written in parallel and in little
memory, and a benchmark makes any article again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.near_duplicates import load_texts
from khabar.export.overlap.keys import minhash
from khabar.processing.workers import init_worker
from newsroom.agency_copies import EDITS

SOURCES = 60
FILE_ROWS = 10_000
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("url", pa.string()),
        ("source", pa.string()),
        ("published_on", pa.date32()),
        ("text", pa.string()),
        ("minhash", pa.list_(pa.string())),
    ]
)
_FIRST_DAY, _DAYS = date(2026, 1, 1), 300
# One article in a hundred is a stub of one source: a long notice and two sentences of its own.
_STUB_EVERY, _STUB_SOURCE = 100, 7
# A prime, by which copies are spread over the files.
_STEP = 7919


@dataclass(frozen=True, slots=True)
class PlantedArticle:
    """An article of the corpus. `story`: its number; `edit`: how it was made from the story's
    original, None for that.
    """

    id: int
    story: int
    edit: str | None
    source: str
    day: date
    paragraphs: tuple[str, ...]


@cache
def _load_sentences() -> list[str]:
    """Returns the sentences of the real texts, of 6 to 60 words."""
    sentences = [
        sentence.strip() + "।"
        for text in load_texts()
        for line in text.words.splitlines()
        for sentence in line.split("।")
    ]
    return [sentence for sentence in sentences if 6 <= len(sentence.split()) <= 60]


def _draw_paragraph(chance: random.Random, sentences: int) -> str:
    return " ".join(chance.choice(_load_sentences()) for _ in range(sentences))


def make_original(story: int) -> tuple[str, ...]:
    """Returns the paragraphs of a story: about 400 words, or a stub."""
    chance = random.Random(f"story {story}")
    if story % _STUB_EVERY == _STUB_EVERY - 1:
        notice = _draw_paragraph(random.Random("notice"), 6)
        return (_draw_paragraph(chance, 2), notice)
    lengths = [chance.randint(2, 4) for _ in range(chance.randint(4, 8))]
    first, *others = [_draw_paragraph(chance, length) for length in lengths]
    return (f"नई दिल्ली, {chance.randint(1, 28)} नवंबर (भाषा) {first}", *others)


def make_article(number: int, size: int) -> PlantedArticle:
    """Returns an article of a corpus of `size`: even numbers are originals, odd ones copies."""
    half = size // 2
    if number % 2 == 0:
        story, edit = number // 2, None
    else:
        story = number // 2 * _STEP % half
        edit = list(EDITS)[story % len(EDITS)]
    chance = random.Random(f"{'copy' if edit else 'original'} {story}")
    paragraphs = make_original(story)
    source = _STUB_SOURCE if story % _STUB_EVERY == _STUB_EVERY - 1 else story % SOURCES
    day = _FIRST_DAY + timedelta(random.Random(story).randrange(_DAYS))
    if edit:
        paragraphs = tuple(EDITS[edit](paragraphs, chance))
        source, day = (source + 1 + story % 7) % SOURCES, day + timedelta(chance.randint(0, 3))
    if source % 4 == 0:  # a footer of its source
        paragraphs += (_draw_paragraph(random.Random(f"footer {source}"), 3),)
    return PlantedArticle(number, story, edit, f"s{source:02}", day, paragraphs)


def find_copy(story: int, size: int) -> int:
    """Returns the number of a story's copy."""
    half = size // 2
    return pow(_STEP, -1, half) * story % half * 2 + 1


def write_corpus(folder: Path, size: int, workers: int) -> None:
    """Writes the corpus, a file for each FILE_ROWS articles; those that exist are left."""
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, size, FILE_ROWS)
    with ProcessPoolExecutor(workers, get_context("spawn"), init_worker) as pool:
        for _ in pool.map(_write_file, [folder] * len(starts), starts, [size] * len(starts)):
            pass


def _write_file(folder: Path, start: int, size: int) -> None:
    path = folder / f"{start:09}.parquet"
    if path.exists():
        return
    part = path.with_suffix(".part")
    with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
        for first in range(start, min(start + FILE_ROWS, size), 1000):
            last = min(first + 1000, start + FILE_ROWS, size)
            rows = list(_iter_rows(first, last, size))
            writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
    part.rename(path)


def _iter_rows(first: int, last: int, size: int) -> Iterator[dict[str, Any]]:
    for number in range(first, last):
        article = make_article(number, size)
        text = "\n\n".join(article.paragraphs)
        yield {
            "id": number,
            "url": f"https://{article.source}.example.in/{number}",
            "source": article.source,
            "published_on": article.day,
            "text": text,
            "minhash": minhash(text),
        }
