"""A dataset's folder: every file is written beside its place and moved when all are whole; the
manifest comes last.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec
from sqlite_utils.utils import sqlite3

from khabar.archive.compression import zstd
from khabar.archive.database import ArchiveError

STAGE_DIR = ".khabar-export"
MANIFEST_FILE = "manifest.json"


class ExportFailed(ArchiveError):
    """The dataset could not be written; nothing of it is in place."""


class HashedFile:
    """A file being written. It counts its bytes and hashes them as they pass."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest, self.size = file, hashlib.sha256(), 0

    def write(self, chunk: Any) -> int:
        self.digest.update(chunk)
        self.size += len(chunk)
        return self._file.write(chunk)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


class DatasetFolder:
    """Where a dataset is being put together. Leaving it in peace moves every file to its place."""

    def __init__(self, path: Path) -> None:
        self.path, self.stage = path, path / STAGE_DIR
        self._parts: dict[str, HashedFile] = {}
        self._made: dict[str, Path] = {}

    def __enter__(self) -> Self:
        try:
            shutil.rmtree(self.stage, ignore_errors=True)  # of a run that was killed
            self.stage.mkdir(parents=True)
        except OSError as error:
            raise ArchiveError(f"{self.path}: cannot be written: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            for part in self._parts.values():
                part.close()
            if kind is None:
                self._move_into_place()
        except OSError as late:
            error = error or late
        finally:
            shutil.rmtree(self.stage, ignore_errors=True)
        if isinstance(error, (OSError, sqlite3.OperationalError)):
            detail = getattr(error, "strerror", None) or error
            raise ExportFailed(
                f"{self.path}: cannot be written: {detail}; nothing is left of it"
            ) from error

    def open(self, name: str) -> HashedFile:
        """A new file of the dataset, by its name in the folder."""
        file_path = self.stage / name
        file_path.parent.mkdir(parents=True, exist_ok=True)
        self._parts[name] = HashedFile(file_path.open("wb"))
        return self._parts[name]

    def reserve_path(self, name: str) -> Path:
        """Where a file is made that somebody else's code writes; it is hashed when it is whole."""
        self._made[name] = self.stage / name
        return self._made[name]

    def write(self, name: str, body: bytes) -> None:
        """A small file at once."""
        part = self.open(name)
        part.write(body)
        part.close()

    def file_digests(self) -> dict[str, dict[str, Any]]:
        """Each file's sha256 and bytes, by name. Open files must have been closed."""
        digests = {
            name: {"sha256": part.digest.hexdigest(), "bytes": part.size}
            for name, part in self._parts.items()
        }
        return dict(
            sorted(
                {
                    **digests,
                    **{name: _hash_file(file_path) for name, file_path in self._made.items()},
                }.items()
            )
        )

    def _move_into_place(self) -> None:
        """Everything into place, the manifest last; what an earlier export had there and this
        one has not goes.
        """
        names = sorted({*self._parts, *self._made}, key=lambda name: (name == MANIFEST_FILE, name))
        old_names = _manifest_files(self.path / MANIFEST_FILE)
        for name in names:
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.stage / name).replace(target)
        for name in old_names - set(names):
            (self.path / name).unlink(missing_ok=True)


def _hash_file(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {
            "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
            "bytes": path.stat().st_size,
        }


def _manifest_files(manifest: Path) -> set[str]:
    """The files that an earlier manifest in this folder names: plain names inside it, no others."""
    try:
        content = msgspec.json.decode(manifest.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return set()
    files = content.get("files", {}) if "khabar" in content else {}
    return {name for name in files if not Path(name).is_absolute() and ".." not in Path(name).parts}


# --- a file that is compressed as it is written: zstd, one frame ---


ZSTD_LEVEL = 3
ZSTD_SUFFIX = ".zst"


class ZstdFile:
    """Bytes in, zstd out."""

    def __init__(self, part: HashedFile) -> None:
        self._part, self._press = part, zstd.ZstdCompressor(ZSTD_LEVEL)

    def write(self, chunk: bytes) -> None:
        self._part.write(self._press.compress(chunk))

    def close(self) -> None:
        self._part.write(self._press.flush())
        self._part.close()


def open_data_file(folder: DatasetFolder, name: str, *, compress: bool) -> HashedFile | ZstdFile:
    """A new file of the dataset, named with `.zst` when it is compressed."""
    return ZstdFile(folder.open(name + ZSTD_SUFFIX)) if compress else folder.open(name)
