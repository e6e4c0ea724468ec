"""The steps of one export, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlite_utils import Database

from khabar.export import batches as rows
from khabar.export import delta
from khabar.export.folder import Folder
from khabar.export.formats import writer_for
from khabar.export.options import Order
from khabar.export.pii import Redaction
from khabar.export.rights import Permits
from khabar.export.splits import Splits
from khabar.export.stats import Stats


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
