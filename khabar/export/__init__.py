"""Exports datasets from the archive: the articles in one of five formats, a manifest and a card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from khabar.archive.database import Archive, ArchiveError
from khabar.export import card, manifest
from khabar.export.folder import MANIFEST_FILE, DatasetFolder
from khabar.export.job import ExportJob
from khabar.export.options import ExportOptions


def export_dataset(
    archive: Archive,
    folder: Path,
    options: ExportOptions,
    on_progress: Callable[[int], None],
    since: Path | None = None,
    *,
    record_splits: bool = True,
) -> dict[str, Any]:
    """Writes a dataset with its card and manifest, all of it or nothing. Returns the manifest.

    `on_progress` is called with the number of articles of each batch that was read. `since`: the
    manifest of an earlier export; only articles that are new or changed since are written. Memory
    use does not grow with the archive. `record_splits`: the archive keeps the splits for later
    releases, which needs the right to write to it. Raises ArchiveError when the folder cannot be
    written, and for options that cannot be carried out.
    """
    if since and since.resolve().parent == folder.resolve():
        raise ArchiveError(f"{folder}: has the export to compare with: choose another folder")
    with DatasetFolder(folder) as output, archive.db.conn:
        archive.db.execute("begin")  # one snapshot of the archive while a crawl may write to it
        job = ExportJob(archive.db, output, options, since)
        for batch in job.iter_batches(on_progress):
            # Counted first: a writer may convert the batch's columns in place.
            job.stats.add_batch(batch)
            job.writer.add_batch(batch)
        job.close()
        manifest_data = manifest.build_manifest(job)
        for name, body in card.render_files(manifest_data, options).items():
            output.write(name, body)
        output.write(
            MANIFEST_FILE, msgspec.json.format(msgspec.json.encode(manifest_data), indent=2) + b"\n"
        )
        archive.check_unchanged()
        if record_splits:
            job.split_assigner.save_splits(archive.path)
    return manifest_data
