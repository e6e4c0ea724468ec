"""The steps of one export, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlite_utils import Database

from khabar.export import batches as rows
from khabar.export import delta
from khabar.export.folder import DatasetFolder
from khabar.export.formats import make_writer
from khabar.export.options import ExportOptions
from khabar.export.pii import Redactor
from khabar.export.rights_filter import RightsFilter
from khabar.export.splits import SplitAssigner
from khabar.export.stats import DatasetStats


class ExportJob:
    """The steps of one export, in their order: rows, rights, splits, changes since, redaction,
    file.
    """

    def __init__(
        self, db: Database, stage: DatasetFolder, options: ExportOptions, since: Path | None
    ) -> None:
        self.db, self.stage, self.order = db, stage, options
        self.permits, self.stats, self.splits = (
            RightsFilter(db, options),
            DatasetStats(options),
            SplitAssigner(db, options),
        )
        self.redaction = Redactor(options)
        self.since = delta.DeltaFilter(db, since, options, stage) if since else None
        self.index = delta.DeltaIndex(stage, options)
        self.writer = make_writer(db, stage, options)

    def iter_batches(self, on_progress: Callable[[int], None]) -> Iterator[rows.Batch]:
        """What goes out, batch by batch."""
        exportable = self.permits.filter_batches(
            rows.iter_batches(self.db, self.order, self.splits.columns, on_progress)
        )
        if self.order.selection.one_per_story:
            exportable = rows.first_per_story(self.db, exportable)
        for batch in self.splits.assign_splits(exportable):
            digests = self.index.record_batch(batch)
            changes = self.since.filter_changed(batch, digests) if self.since else batch
            yield self.redaction.redact_batch(changes)

    def close(self) -> None:
        """Every data file whole."""
        self.writer.close()
        self.index.close()
        if self.since:
            self.since.close()
