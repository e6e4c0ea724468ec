"""Finds what changed since an earlier export, by the index of ids and digests beside each dataset.

The earlier index and the current rows are both sorted by id and are merged. A digest is the CRC-32
of an article's exported columns without `last_seen`; it is only compared with that of the same id.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
from sqlite_utils import Database

from khabar.archive.compression import zstd
from khabar.archive.database import ArchiveError
from khabar.export.batches import Batch
from khabar.export.folder import DatasetFolder, ZstdFile
from khabar.export.options import ExportOptions

_REMOVAL_REASON = """select withheld from articles where id = :id
  union all select 'takedown' from tombstones where article_id = :id"""
INDEX_FILE, TOMBSTONES_FILE = "index.tsv.zst", "tombstones.jsonl"
# `last_seen` is no change of the article; `text` is represented by its hash
_IGNORED_FIELDS = frozenset({"last_seen", "text"})
_encode_lines = msgspec.json.Encoder().encode_lines


class DeltaIndex:
    """Writes index.tsv.zst: a line `id TAB digest` for each article of the dataset.

    A delta's index has the unchanged articles as well, so the next delta can start from it.
    """

    def __init__(self, folder: DatasetFolder, options: ExportOptions) -> None:
        self._file = ZstdFile(folder.open(INDEX_FILE))
        self._flat = [
            field.name
            for field in options.fields
            if field.kind != "nested" and field.name not in _IGNORED_FIELDS
        ]
        # these differ after any edit of the text
        self._flat += ["revision", "text_sha256", "word_count"]
        self._nested = [field.name for field in options.fields if field.kind == "nested"]

    def record_batch(self, batch: Batch) -> list[bytes]:
        """Writes a line for each row and returns the rows' digests."""
        flat = _encode_lines(list(batch.iter_rows(self._flat))).splitlines()
        rows = zip(flat, *(batch[name] for name in self._nested), strict=True)
        digests = [b"%08x" % crc32(b"\n".join(filter(None, row))) for row in rows]
        lines = [
            b"%d\t%s\n" % (article_id, digest)
            for article_id, digest in zip(batch["id"], digests, strict=True)
        ]
        self._file.write(b"".join(lines))
        return digests

    def close(self) -> None:
        self._file.close()


class DeltaFilter:
    """Compares an export with an earlier one, and writes tombstones.jsonl of what is gone.

    `counts`: articles that are new, changed, unchanged, gone. Raises ArchiveError when the earlier
    manifest cannot be used or was made with other options.
    """

    def __init__(
        self, db: Database, manifest: Path, options: ExportOptions, folder: DatasetFolder
    ) -> None:
        self._db, self.counts = db, Counter[str]()
        self.manifest = _read_manifest(manifest)
        if self.manifest["query"] != options.to_dict():
            raise ArchiveError(
                f"{manifest}: made with other options; a delta needs the same filters and fields"
            )
        self._old_entries = _read_index(manifest.with_name(INDEX_FILE))
        self._next_entry = next(self._old_entries, None)
        self._tombstones = folder.open(TOMBSTONES_FILE)

    def filter_changed(self, batch: Batch, digests: list[bytes]) -> Batch:
        """Returns the rows that are new or changed.

        Writes a tombstone for each article of the earlier dataset that was passed by: batches must
        come by ascending id.
        """
        return batch.filter_rows(
            [self._is_changed(*row) for row in zip(batch["id"], digests, strict=True)]
        )

    def _is_changed(self, article_id: int, digest: bytes) -> bool:
        while self._next_entry and self._next_entry[0] < article_id:
            self._write_tombstone()
        if self._next_entry is None or self._next_entry[0] > article_id:
            self.counts["new"] += 1
            return True
        is_same = self._next_entry[1] == digest
        self._next_entry = next(self._old_entries, None)
        self.counts["unchanged" if is_same else "changed"] += 1
        return not is_same

    def close(self) -> None:
        while self._next_entry:
            self._write_tombstone()
        self._tombstones.close()

    def _write_tombstone(self) -> None:
        assert self._next_entry
        article_id, _ = self._next_entry
        row = self._db.execute(_REMOVAL_REASON, {"id": article_id}).fetchone()
        reason = (
            "no longer in the archive" if row is None else row[0] or "no longer in the selection"
        )
        self._tombstones.write(msgspec.json.encode({"id": article_id, "reason": reason}) + b"\n")
        self.counts["gone"] += 1
        self._next_entry = next(self._old_entries, None)


def _read_manifest(manifest: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = msgspec.json.decode(manifest.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise ArchiveError(f"{manifest}: not the manifest of an export: {error}") from error
    if "query" not in content or not manifest.with_name(INDEX_FILE).is_file():
        raise ArchiveError(
            f"{manifest}: must be an export's manifest.json, with {INDEX_FILE} in the same folder"
        )
    return content


def _read_index(index: Path) -> Iterator[tuple[int, bytes]]:
    """Yields (id, digest) of an earlier dataset, by ascending id."""
    with zstd.open(index, "rb") as file:
        for line in io.BufferedReader(file):
            article_id, _, digest = line.rstrip().partition(b"\t")
            yield int(article_id), digest
