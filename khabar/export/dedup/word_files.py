"""Folds the texts of a unit once and stores their words as numbers, in plain files that any worker
reads at any place.

Of each row that is a candidate: the shingle at each place, the number of each word, the lines
(words, key of the paragraph), and the sketch. Of every row: the keys of its paragraphs, by which
boilerplate is found. Shingles are stored, as most comparisons need nothing else of a text, and to
compute them from the words takes five times as long as to read them.
"""

from __future__ import annotations

import os
import re
import struct
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from khabar.archive.database import sync_to_disk
from khabar.archive.errors import ArchiveError
from khabar.export.dedup.input_files import HOST_PATTERN, TextUnit, iter_unit_rows
from khabar.hindi.minhash import (
    BIN_COUNT,
    SHINGLE_SIZE,
    Fingerprint,
    combine_hashes,
    fingerprint,
    hash_word,
    hash_words,
    list_shingles,
)
from khabar.model.text_features import fold_line, is_informative

# What the position of a row says: its doc and that its words are wanted, ~doc when only its
# paragraphs are, or that nothing is.
NOTHING_WANTED = -(1 << 62)
# The place of a doc's numbers: unit, offset in bytes, words, lines, different shingles, sketch.
PLACE = struct.Struct(f"=iqiii{BIN_COUNT}s")
_INDEX_ENTRY = struct.Struct(f"=q{PLACE.size}s")
_PARAGRAPHS_SCHEMA = pa.schema([("doc", pa.int64()), ("key", pa.int64())])
_MAX_OPEN_FILES = 256  # of words, in one worker; a process may have 1,024
_NUMBER_SIZE = 8  # bytes
NO_PARAGRAPH = -1  # key of a line that is no paragraph: a heading, a menu item


class UnitCounts(msgspec.Struct):
    """`texts`: folded; `other_minhash`: rows whose minhash is not that of their text."""

    texts: int = 0
    other_minhash: int = 0


class FoldedText(NamedTuple):
    """The words of a text as numbers, and (words, key of the paragraph) of each line."""

    words: array[int]
    lines: list[tuple[int, int]]


def fold_text(text: str, source: str) -> FoldedText:
    """Folds a text as `compute_text_features` does: same words, same keys of paragraphs."""
    source_hash = hash_word(source)
    words, lines = array("q"), []
    for line in text.splitlines():
        tokens = fold_line(line).tokens
        numbers = hash_words(tokens)
        words.extend(numbers)
        key = NO_PARAGRAPH
        if is_informative(line, tokens):
            key = combine_hashes((source_hash, *numbers))
        lines.append((len(numbers), key))
    return FoldedText(words, lines)


def fold_unit(unit: TextUnit, positions: Path, folder: Path) -> UnitCounts:
    """Folds the texts of a unit and stores them in `folder`; its counts are the done mark.

    `positions`: the file that says of each row what is wanted. Raises ArchiveError when the texts
    do not fit in the memory of a worker.
    """
    try:
        counts = _write_unit(unit, positions, folder)
    except MemoryError as error:
        raise ArchiveError(
            f"{unit.path}: the texts of its row groups {unit.row_groups[0]} to "
            f"{unit.row_groups[-1]} take more memory than a worker may: leave out the longest"
        ) from error
    part = _unit_path(folder, unit.number, "part")
    part.write_bytes(msgspec.json.encode(counts))
    part.replace(_unit_path(folder, unit.number, "json"))
    return counts


def _write_unit(unit: TextUnit, positions: Path, folder: Path) -> UnitCounts:
    counts = UnitCounts()
    index, doc_column, key_column = bytearray(), array("q"), array("q")
    words_path = _unit_path(folder, unit.number, "words")
    with words_path.open("wb") as words_file:
        for doc, text, source, keys in _iter_wanted_rows(unit, positions):
            folded = fold_text(text, source)
            counts.texts += 1
            paragraph_keys = sorted({key for _, key in folded.lines if key != NO_PARAGRAPH})
            key_column.extend(paragraph_keys)
            doc_column.extend([doc if doc >= 0 else ~doc] * len(paragraph_keys))
            if doc >= 0:
                shingles = array("q", list_shingles(folded.words))
                signature = fingerprint(frozenset(shingles))
                counts.other_minhash += not has_keys(signature, keys)
                entry = _pack_place(unit.number, words_file.tell(), folded, signature)
                index += _INDEX_ENTRY.pack(doc, entry)
                words_file.write(_pack_text(shingles, folded))
    _unit_path(folder, unit.number, "index").write_bytes(index)
    table = pa.table([doc_column, key_column], schema=_PARAGRAPHS_SCHEMA)
    pq.write_table(table, _unit_path(folder, unit.number, "parquet"), compression="zstd")
    for suffix in ("words", "index", "parquet"):
        sync_to_disk(_unit_path(folder, unit.number, suffix))
    return counts


def read_unit_counts(folder: Path, number: int) -> UnitCounts | None:
    """Returns the counts of a unit; None when it is not done."""
    mark = _unit_path(folder, number, "json")
    return msgspec.json.decode(mark.read_bytes(), type=UnitCounts) if mark.exists() else None


def has_keys(signature: Fingerprint | None, keys: list[str]) -> bool:
    """Returns whether a row's `minhash` is the one of its text."""
    return signature is not None and [f"{key:012x}" for key in signature.keys] == keys


def _iter_wanted_rows(unit: TextUnit, positions: Path) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yields (what the position says, text, source, keys) of each row of which something is
    wanted.
    """
    wanted = array("q")
    with positions.open("rb") as file:
        file.seek(unit.position * wanted.itemsize)
        wanted.fromfile(file, unit.rows)
    rows = iter_unit_rows(unit, ("text", "source", "url", "minhash"))
    for doc, (text, source, url, keys) in zip(wanted, rows, strict=True):
        if doc != NOTHING_WANTED:
            yield doc, text, source if source is not None else _read_host(url), keys


def _read_host(url: str | None) -> str:
    match = re.match(HOST_PATTERN, url or "")
    return match[1] if match else ""


def _unit_path(folder: Path, number: int, suffix: str) -> Path:
    return folder / f"{number:06}.{suffix}"


def _pack_place(unit: int, offset: int, folded: FoldedText, signature: Fingerprint | None) -> bytes:
    size, sketch = (signature.size, signature.sketch) if signature else (0, bytes(BIN_COUNT))
    return PLACE.pack(unit, offset, len(folded.words), len(folded.lines), size, sketch)


def _pack_text(shingles: array[int], folded: FoldedText) -> bytes:
    lines = array("q", [number for line in folded.lines for number in line])
    return shingles.tobytes() + folded.words.tobytes() + lines.tobytes()


def count_shingles(words: int) -> int:
    """Returns the number of places in a text of so many words at which a shingle begins."""
    return max(0, words - SHINGLE_SIZE + 1)


def iter_places(folder: Path, number: int) -> Iterator[tuple[int, bytes]]:
    """Yields (doc, its packed PLACE) of each row whose words a unit has stored."""
    yield from _INDEX_ENTRY.iter_unpack(_unit_path(folder, number, "index").read_bytes())


class WordReader:
    """Reads the places and the words of docs, wherever they are. Close it after use."""

    def __init__(self, folder: Path, places: Path) -> None:
        self._folder = folder
        self._places = os.open(places, os.O_RDONLY)
        self._files: dict[int, int] = {}

    def read_place(self, doc: int) -> tuple[int, int, int, int, int, bytes]:
        """Returns a doc's place, unpacked."""
        return PLACE.unpack(os.pread(self._places, PLACE.size, doc * PLACE.size))

    def read_shingles(self, doc: int) -> array[int]:
        """Returns the shingle at each place of a doc."""
        unit, offset, word_count, *_ = self.read_place(doc)
        return self._read_numbers(unit, offset, count_shingles(word_count))

    def read_words(self, doc: int) -> FoldedText:
        """Returns a doc's words and lines."""
        unit, offset, word_count, line_count, *_ = self.read_place(doc)
        offset += count_shingles(word_count) * _NUMBER_SIZE
        numbers = self._read_numbers(unit, offset, word_count + 2 * line_count)
        tail = numbers[word_count:]
        return FoldedText(numbers[:word_count], list(zip(tail[::2], tail[1::2], strict=True)))

    def _read_numbers(self, unit: int, offset: int, count: int) -> array[int]:
        numbers = array("q")
        numbers.frombytes(os.pread(self._open_unit(unit), count * _NUMBER_SIZE, offset))
        return numbers

    def _open_unit(self, unit: int) -> int:
        """Returns the descriptor of a unit's words; the one opened first is closed for it."""
        if unit not in self._files:
            if len(self._files) >= _MAX_OPEN_FILES:
                os.close(self._files.pop(next(iter(self._files))))
            self._files[unit] = os.open(_unit_path(self._folder, unit, "words"), os.O_RDONLY)
        return self._files[unit]

    def close(self) -> None:
        for descriptor in (self._places, *self._files.values()):
            os.close(descriptor)
        self._files.clear()
