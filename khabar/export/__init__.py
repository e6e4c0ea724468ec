"""Datasets out of the archive: articles in a format, a manifest of what was written, a card that says what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from khabar.archive.database import Archive
from khabar.export import card, manifest
from khabar.export.folder import MANIFEST, Folder
from khabar.export.options import Order
from khabar.export.steps import Making


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
