"""What changed since an earlier export: a list of ids and digests beside each dataset, merged with
today's in order.

A digest (CRC-32, held against the same article's alone) stands for what a reader of the dataset
would see; when an article was last looked at is not part of it.
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
_IGNORED_FIELDS = frozenset({"last_seen", "text"})
_encode_lines = msgspec.json.Encoder().encode_lines


class DeltaIndex:
    """index.tsv.zst being written: a line `id digest` for each article the dataset stands for."""

    def __init__(self, folder: DatasetFolder, options: ExportOptions) -> None:
        self._file = ZstdFile(folder.open(INDEX_FILE))
        self._flat = [
            field.name
            for field in options.fields
            if field.kind != "nested" and field.name not in _IGNORED_FIELDS
        ]
        # of a text these tell any edit from none
        self._flat += ["revision", "text_sha256", "word_count"]
        self._nested = [field.name for field in options.fields if field.kind == "nested"]

    def record_batch(self, batch: Batch) -> list[bytes]:
        """Writes a line for each row. Returns their digests."""
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
    """An earlier dataset, held against today's. `counts`: new, changed, unchanged, gone."""

    def __init__(
        self, db: Database, manifest: Path, options: ExportOptions, folder: DatasetFolder
    ) -> None:
        self._db, self.counts = db, Counter[str]()
        self.manifest = _read_manifest(manifest)
        if self.manifest["query"] != options.to_dict():
            raise ArchiveError(
                f"{manifest}: made by another command; a delta needs the same filters and fields"
            )
        self._before = _read_index(manifest.with_name(INDEX_FILE))
        self._next = next(self._before, None)
        self._gone = folder.open(TOMBSTONES_FILE)

    def filter_changed(self, batch: Batch, digests: list[bytes]) -> Batch:
        """Of a batch what is new or changed; what was there before it and is no more becomes a
        tombstone.
        """
        return batch.filter_rows(
            [self._is_changed(*row) for row in zip(batch["id"], digests, strict=True)]
        )

    def _is_changed(self, article_id: int, digest: bytes) -> bool:
        while self._next and self._next[0] < article_id:
            self._write_tombstone()
        if self._next is None or self._next[0] > article_id:
            self.counts["new"] += 1
            return True
        is_same = self._next[1] == digest
        self._next = next(self._before, None)
        self.counts["unchanged" if is_same else "changed"] += 1
        return not is_same

    def close(self) -> None:
        while self._next:
            self._write_tombstone()
        self._gone.close()

    def _write_tombstone(self) -> None:
        assert self._next
        row = self._db.execute(_REMOVAL_REASON, {"id": self._next[0]}).fetchone()
        reason = (
            "no longer in the archive" if row is None else row[0] or "no longer in the selection"
        )
        self._gone.write(msgspec.json.encode({"id": self._next[0], "reason": reason}) + b"\n")
        self.counts["gone"] += 1
        self._next = next(self._before, None)


def _read_manifest(manifest: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = msgspec.json.decode(manifest.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise ArchiveError(f"{manifest}: no manifest of an export: {error}") from error
    if "query" not in content or not manifest.with_name(INDEX_FILE).is_file():
        raise ArchiveError(
            f"{manifest}: an export's manifest with its {INDEX_FILE} beside it is wanted"
        )
    return content


def _read_index(index: Path) -> Iterator[tuple[int, bytes]]:
    """(id, digest) of an earlier dataset, id ascending."""
    with zstd.open(index, "rb") as file:
        for line in io.BufferedReader(file):
            article_id, _, digest = line.rstrip().partition(b"\t")
            yield int(article_id), digest
