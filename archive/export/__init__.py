"""Datasets out of the archive: articles in a format, a manifest of what was written, a card that says what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlite_utils import Database

from archive.connect import Archive
from archive.export import card, delta, manifest, rows
from archive.export.folder import MANIFEST, Folder
from archive.export.formats import writer_for
from archive.export.order import Order
from archive.export.permits import Permits
from archive.export.pii import Redaction
from archive.export.splits import Splits
from archive.export.stats import Stats


def export(
    archive: Archive, folder: Path, order: Order, step: Callable[[int], None], since: Path | None = None
) -> dict[str, Any]:
    """Writes the dataset, its card and its manifest, all of it or nothing. Returns the manifest.

    `step` hears how many articles were looked at. `since`: the manifest of an earlier export; only what changed goes
    out. Memory does not grow with the archive. Raises ExportFailed when the folder cannot be written, ArchiveError for
    an order that cannot be carried out.
    """
    with Folder(folder) as stage, archive.db.conn:
        archive.db.execute("begin")  # one state of the archive, whatever a crawl writes meanwhile
        making = Making(archive.db, stage, order, since)
        for batch in making.batches(step):
            making.writer.take(batch)
            making.stats.take(batch)
        making.close()
        told = manifest.of(making)
        for name, body in card.files(told, order).items():
            stage.write(name, body)
        stage.write(MANIFEST, msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
        making.splits.publish(archive.path)
    return told


class Making:
    """The steps of one export, in their order: rows, rights, splits, changes since, redaction, file."""

    def __init__(self, db: Database, stage: Folder, order: Order, since: Path | None) -> None:
        self.db, self.stage, self.order = db, stage, order
        self.permits, self.stats, self.splits = Permits(db, order), Stats(order), Splits(db, order)
        self.redaction = Redaction(order)
        self.since = delta.Since(db, since, order, stage) if since else None
        self.index = delta.Index(stage, order)
        self.writer = writer_for(db, stage, order)

    def batches(self, step: Callable[[int], None]) -> Iterator[rows.Batch]:
        """What goes out, batch by batch."""
        found = self.permits.let_out(rows.batches(self.db, self.order, self.splits.columns, step))
        if self.order.selection.one_per_story:
            found = rows.one_per_story(self.db, found)
        for batch in self.splits.deal(found):
            digests = self.index.note(batch)
            changed = self.since.changed(batch, digests) if self.since else batch
            yield self.redaction.redact(changed)

    def close(self) -> None:
        """Every data file whole."""
        self.writer.close()
        self.index.close()
        if self.since:
            self.since.close()
