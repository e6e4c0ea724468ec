"""The folder of a dataset: files are written to a staging folder and moved when all are complete.

The manifest is moved last.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec
from sqlite_utils.utils import sqlite3

from khabar.archive.compression import zstd
from khabar.archive.database import sync_to_disk
from khabar.archive.errors import ArchiveError, explain_error

STAGE_DIR = ".khabar-export"
MOVES_FILE = "moves.json"  # in the staging folder while files are moved: the names of all
MANIFEST_FILE, CARD_FILE, PLOTS_DIR = "manifest.json", "README.md", "plots"


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


def make_folder(path: Path) -> None:
    """Makes a folder and those above it, unless it is there. Raises ArchiveError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain_error(error, f"{path}: cannot be made", _nearest_folder(path)) from error


class DatasetFolder:
    """Context manager around a dataset's staging folder.

    Leaving it without an error moves every file to its place; with one, deletes the staged files.
    Files of an earlier export are replaced, no others. Errors of the disk and SQLite's are raised
    as ArchiveError, others as they are. Entering raises ArchiveError when the folder cannot be
    made, or has a file of somebody else where the manifest or the card belongs.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.stage = path, path / STAGE_DIR
        self._files: dict[str, HashedFile] = {}
        self._reserved_paths: dict[str, Path] = {}
        self._own_names: set[str] = set()  # of files that may be replaced

    def __enter__(self) -> Self:
        self._own_names = list_own_files(self.path)
        self._check_foreign_files([MANIFEST_FILE, CARD_FILE])
        try:
            shutil.rmtree(self.stage, ignore_errors=True)  # left by a killed run
            self.stage.mkdir(parents=True)
        except OSError as error:
            raise explain_error(error, f"{self.path}: cannot be written", self.path) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        what, moved = f"{self.path}: cannot be written, and nothing is left of it", False
        try:
            _close_files(self._files.values())
            if kind is None:
                names = self._prepare_moves()
                moved = True
                self._move_into_place(names)
                moved = False
        except OSError as close_error:
            error = error or close_error
        finally:
            if moved:  # the next export finds in it which files are ours
                what = f"{self.path}: not complete: run the same export again"
            else:
                shutil.rmtree(self.stage, ignore_errors=True)
        if isinstance(error, (OSError, sqlite3.OperationalError)):
            raise explain_error(error, what, _nearest_folder(self.path)) from error

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

    def _check_foreign_files(self, names: Iterable[str]) -> None:
        """Raises ArchiveError when one of the names is taken by a file of no earlier export."""
        for name in sorted(set(names) - self._own_names):
            if os.path.lexists(self.path / name):
                raise ArchiveError(
                    f"{self.path / name}: not of an earlier export: choose another folder"
                )

    def _prepare_moves(self) -> list[str]:
        """Returns the names of all files, the manifest last, when each has a place to go to.

        Everything is on the disk after this.
        """
        names = sorted(
            {*self._files, *self._reserved_paths}, key=lambda name: (name == MANIFEST_FILE, name)
        )
        self._check_foreign_files(names)
        (self.stage / MOVES_FILE).write_bytes(msgspec.json.encode(names))
        for name in (*names, MOVES_FILE):
            sync_to_disk(self.stage / name)
        for folder in {(self.path / name).parent for name in names}:
            folder.mkdir(parents=True, exist_ok=True)
        return names

    def _move_into_place(self, names: list[str]) -> None:
        """Moves the files, and deletes files only an earlier export has."""
        manifest_names = _manifest_files(self.path / MANIFEST_FILE)
        for name in names:
            (self.stage / name).replace(self.path / name)
        for name in manifest_names - set(names):
            (self.path / name).unlink(missing_ok=True)
        for folder in {self.path, *((self.path / name).parent for name in names)}:
            sync_to_disk(folder)


def _close_files(files: Iterable[HashedFile]) -> None:
    """Closes all, also after one that has no room for the rest of its buffer, which is raised."""
    with ExitStack() as stack:
        for file in files:
            stack.callback(file.close)


def _nearest_folder(path: Path) -> Path:
    return next((folder for folder in (path, *path.parents) if folder.is_dir()), path)


def list_own_files(folder: Path) -> set[str]:
    """Returns the names that an earlier export wrote, also if it was stopped while moving."""
    names = _manifest_files(folder / MANIFEST_FILE)
    if names:
        plots = (folder / PLOTS_DIR).glob("*.svg")
        names |= {MANIFEST_FILE, CARD_FILE, *(f"{PLOTS_DIR}/{plot.name}" for plot in plots)}
    with suppress(OSError, msgspec.DecodeError):
        moves = (folder / STAGE_DIR / MOVES_FILE).read_bytes()
        names |= set(msgspec.json.decode(moves, type=list[str]))
    return names


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
