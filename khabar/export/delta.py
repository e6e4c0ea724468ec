"""What changed since an earlier export: a list of ids and digests beside each dataset, merged with today's in order.

A digest (CRC-32, held against the same article's alone) stands for what a reader of the dataset would see; when an
article was last looked at is not part of it.
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
from khabar.export.folder import Folder, Squeezed
from khabar.export.options import Order

_WHY_GONE = """select withheld from articles where id = :id
  union all select 'takedown' from tombstones where article_id = :id"""
INDEX, TOMBSTONES = "index.tsv.zst", "tombstones.jsonl"
_NOT_SEEN = frozenset({"last_seen", "text"})
_encode_lines = msgspec.json.Encoder().encode_lines


class Index:
    """index.tsv.zst being written: a line `id digest` for each article the dataset stands for."""

    def __init__(self, folder: Folder, order: Order) -> None:
        self._file = Squeezed(folder.open(INDEX))
        self._flat = [one.name for one in order.fields if one.kind != "nested" and one.name not in _NOT_SEEN]
        self._flat += ["revision", "text_sha256", "word_count"]  # of a text these tell any edit from none
        self._nested = [one.name for one in order.fields if one.kind == "nested"]

    def note(self, batch: Batch) -> list[bytes]:
        """Writes a line for each row. Returns their digests."""
        flat = _encode_lines(list(batch.rows(self._flat))).splitlines()
        told = zip(flat, *(batch[name] for name in self._nested), strict=True)
        digests = [b"%08x" % crc32(b"\n".join(filter(None, row))) for row in told]
        lines = [b"%d\t%s\n" % (article_id, digest) for article_id, digest in zip(batch["id"], digests, strict=True)]
        self._file.write(b"".join(lines))
        return digests

    def close(self) -> None:
        self._file.close()


class Since:
    """An earlier dataset, held against today's. `counts`: new, changed, unchanged, gone."""

    def __init__(self, db: Database, manifest: Path, order: Order, folder: Folder) -> None:
        self._db, self.counts = db, Counter[str]()
        self.manifest = _read(manifest)
        if self.manifest["query"] != order.told():
            raise ArchiveError(f"{manifest}: made by another command; a delta needs the same filters and fields")
        self._before = _entries(manifest.with_name(INDEX))
        self._next = next(self._before, None)
        self._gone = folder.open(TOMBSTONES)

    def changed(self, batch: Batch, digests: list[bytes]) -> Batch:
        """Of a batch what is new or changed; what was there before it and is no more becomes a tombstone."""
        return batch.kept([self._is_changed(*row) for row in zip(batch["id"], digests, strict=True)])

    def _is_changed(self, article_id: int, digest: bytes) -> bool:
        while self._next and self._next[0] < article_id:
            self._bury()
        if self._next is None or self._next[0] > article_id:
            self.counts["new"] += 1
            return True
        same = self._next[1] == digest
        self._next = next(self._before, None)
        self.counts["unchanged" if same else "changed"] += 1
        return not same

    def close(self) -> None:
        while self._next:
            self._bury()
        self._gone.close()

    def _bury(self) -> None:
        assert self._next
        row = self._db.execute(_WHY_GONE, {"id": self._next[0]}).fetchone()
        reason = "no longer in the archive" if row is None else row[0] or "no longer in the selection"
        self._gone.write(msgspec.json.encode({"id": self._next[0], "reason": reason}) + b"\n")
        self.counts["gone"] += 1
        self._next = next(self._before, None)


def _read(manifest: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = msgspec.json.decode(manifest.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise ArchiveError(f"{manifest}: no manifest of an export: {error}") from error
    if "query" not in told or not manifest.with_name(INDEX).is_file():
        raise ArchiveError(f"{manifest}: an export's manifest with its {INDEX} beside it is wanted")
    return told


def _entries(index: Path) -> Iterator[tuple[int, bytes]]:
    """(id, digest) of an earlier dataset, id ascending."""
    with zstd.open(index, "rb") as file:
        for line in io.BufferedReader(file):
            article_id, _, digest = line.rstrip().partition(b"\t")
            yield int(article_id), digest
