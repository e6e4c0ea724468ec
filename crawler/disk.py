"""The room beside the archive: a run stops handing out pages before the disk is full."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from khabar.model.errors import DiskFull


@dataclass(frozen=True, slots=True)
class DiskFloor:
    """How many bytes the disk of `folder` must have left (disk_floor_mb)."""

    folder: Path
    floor: int

    @property
    def free_bytes(self) -> int:
        """Bytes the disk has left."""
        return shutil.disk_usage(self.folder).free

    def check_free_space(self) -> None:
        """Raises DiskFull, which says what to do, below the floor."""
        if (free_space := self.free_bytes) < self.floor:
            raise DiskFull(
                f"{free_space >> 20} MB free beside the archive, less than disk_floor_mb = {self.floor >> 20}: "
                "make room, or lower it in khabar.toml"
            )
