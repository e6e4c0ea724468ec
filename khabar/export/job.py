"""The steps of one export, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlite_utils import Database

from khabar.export import batches, delta
from khabar.export.folder import DatasetFolder
from khabar.export.formats import make_writer
from khabar.export.options import ExportOptions
from khabar.export.pii import Redactor
from khabar.export.rights_filter import RightsFilter
from khabar.export.splits import SplitAssigner
from khabar.export.stats import DatasetStats


class ExportJob:
    """One export: select, filter by rights, keep one article per story (an option), assign splits,
    compare with `since`, redact.

    The caller writes what `iter_batches` yields with `writer`. `since`: the manifest of an earlier
    export, for a delta.
    """

    def __init__(
        self, db: Database, output: DatasetFolder, options: ExportOptions, since: Path | None
    ) -> None:
        self.db, self.output, self.options = db, output, options
        self.rights_filter = RightsFilter(db, options)
        self.split_assigner = SplitAssigner(db, options)
        self.delta_filter = delta.DeltaFilter(db, since, options, output) if since else None
        self.delta_index = delta.DeltaIndex(output, options)
        self.redactor = Redactor(options)
        self.stats = DatasetStats(options)
        self.writer = make_writer(db, output, options)

    def iter_batches(self, on_progress: Callable[[int], None]) -> Iterator[batches.Batch]:
        """Yields what is to be written, batch by batch."""
        exportable = self.rights_filter.filter_batches(
            batches.iter_batches(self.db, self.options, self.split_assigner.columns, on_progress)
        )
        if self.options.selection.one_per_story:
            exportable = batches.first_per_story(self.db, exportable)
        for batch in self.split_assigner.assign_splits(exportable):
            digests = self.delta_index.record_batch(batch)
            if self.delta_filter:
                batch = self.delta_filter.filter_changed(batch, digests)
            yield self.redactor.redact_batch(batch)

    def close(self) -> None:
        """Completes the data files, the index and the tombstones."""
        self.writer.close()
        self.delta_index.close()
        if self.delta_filter:
            self.delta_filter.close()
