"""Free disk space: a run stops before the disk is full."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from khabar.model.errors import DiskFull


@dataclass(frozen=True, slots=True)
class DiskFloor:
    """The bytes that must stay free on the disk of `folder` (disk_floor_mb)."""

    folder: Path
    floor: int

    @property
    def free_bytes(self) -> int:
        return shutil.disk_usage(self.folder).free

    def check_free_space(self) -> None:
        """Raises DiskFull, with advice, when less than the floor is free."""
        if (free_space := self.free_bytes) < self.floor:
            raise DiskFull(
                f"{free_space >> 20} MB free on the archive's disk, less than "
                f"disk_floor_mb = {self.floor >> 20}: free some space, or lower it in khabar.toml"
            )
