"""The folder of a dataset: files are written to a staging folder and moved when all are complete.

The manifest is moved last.
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
    """The dataset could not be written; none of its files is in place."""


class HashedFile:
    """A file being written, with its SHA-256 and size so far. pyarrow takes it for a file."""

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
    """Context manager around a dataset's staging folder.

    Leaving it without an error moves every file to its place; with one, deletes the staged files.
    An OSError or OperationalError is raised as ExportFailed, others as they are. Entering raises
    ArchiveError when the folder cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.stage = path, path / STAGE_DIR
        self._files: dict[str, HashedFile] = {}
        self._reserved_paths: dict[str, Path] = {}

    def __enter__(self) -> Self:
        try:
            shutil.rmtree(self.stage, ignore_errors=True)  # left by a killed run
            self.stage.mkdir(parents=True)
        except OSError as error:
            raise ArchiveError(f"{self.path}: cannot be written: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            for file in self._files.values():
                file.close()
            if kind is None:
                self._move_into_place()
        except OSError as close_error:
            error = error or close_error
        finally:
            shutil.rmtree(self.stage, ignore_errors=True)
        if isinstance(error, (OSError, sqlite3.OperationalError)):
            detail = getattr(error, "strerror", None) or error
            raise ExportFailed(
                f"{self.path}: cannot be written: {detail}; nothing is left of it"
            ) from error

    def open(self, name: str) -> HashedFile:
        """Opens a new file of the dataset for writing; `name` is its path in the folder."""
        file_path = self.stage / name
        file_path.parent.mkdir(parents=True, exist_ok=True)
        self._files[name] = HashedFile(file_path.open("wb"))
        return self._files[name]

    def reserve_path(self, name: str) -> Path:
        """Returns the path at which a library is to write a file; it is hashed at the end."""
        self._reserved_paths[name] = self.stage / name
        return self._reserved_paths[name]

    def write(self, name: str, body: bytes) -> None:
        """Writes a small file in one go."""
        file = self.open(name)
        file.write(body)
        file.close()

    def file_digests(self) -> dict[str, dict[str, Any]]:
        """Returns {"sha256", "bytes"} of each file by name, sorted. All must have been closed."""
        digests: dict[str, dict[str, Any]] = {
            name: {"sha256": file.digest.hexdigest(), "bytes": file.size}
            for name, file in self._files.items()
        }
        for name, file_path in self._reserved_paths.items():
            with file_path.open("rb") as reserved_file:
                digest = hashlib.file_digest(reserved_file, "sha256").hexdigest()
            digests[name] = {"sha256": digest, "bytes": file_path.stat().st_size}
        return dict(sorted(digests.items()))

    def _move_into_place(self) -> None:
        """Moves every file, the manifest last, and deletes files only an earlier export has."""
        names = sorted(
            {*self._files, *self._reserved_paths}, key=lambda name: (name == MANIFEST_FILE, name)
        )
        old_names = _manifest_files(self.path / MANIFEST_FILE)
        for name in names:
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.stage / name).replace(target)
        for name in old_names - set(names):
            (self.path / name).unlink(missing_ok=True)


def _manifest_files(manifest: Path) -> set[str]:
    """The files that an earlier manifest lists; names that leave the folder are dropped."""
    try:
        content = msgspec.json.decode(manifest.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return set()
    files = content.get("files", {}) if "khabar" in content else {}
    return {name for name in files if not Path(name).is_absolute() and ".." not in Path(name).parts}


# --- compressed files ---

ZSTD_LEVEL = 3  # the library's default; chosen by hand, not measured
ZSTD_SUFFIX = ".zst"


class ZstdFile:
    """Compresses what is written to it into one zstd frame of a file."""

    def __init__(self, file: HashedFile) -> None:
        self._file, self._compressor = file, zstd.ZstdCompressor(ZSTD_LEVEL)

    def write(self, chunk: bytes) -> None:
        self._file.write(self._compressor.compress(chunk))

    def close(self) -> None:
        self._file.write(self._compressor.flush())
        self._file.close()


def open_data_file(folder: DatasetFolder, name: str, *, compress: bool) -> HashedFile | ZstdFile:
    """Opens a new file of the dataset; with `compress` as zstd, with `.zst` after its name."""
    return ZstdFile(folder.open(name + ZSTD_SUFFIX)) if compress else folder.open(name)
