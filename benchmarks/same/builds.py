"""Builds of the project in folders of their own, each with its own virtual environment."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path


class BuildError(Exception):
    """A commit does not exist, or the code cannot be set up or run."""


@dataclass(frozen=True, slots=True)
class Build:
    """A checkout that is set up and ready to run."""

    name: str
    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / "bin" / "python"

    def run(self, *args: str, cwd: Path | None = None) -> str:
        """Runs this build's interpreter and returns its output. Raises BuildError if it fails."""
        return run_process([str(self.python), *args], cwd=cwd or self.folder)

    def run_khabar(self, *args: str, env: dict[str, str]) -> str:
        """Runs this build's `khabar` in a process of its own. Raises BuildError if it fails."""
        return run_process([str(self.python.with_name("khabar")), *args], cwd=self.folder, env=env)


def run_process(command: list[str], cwd: Path, env: dict[str, str] | None = None) -> str:
    """Returns the output of a command. Raises BuildError with the end of its error output if it
    fails.
    """
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if result.returncode:
        output = (result.stderr or result.stdout)[-2000:]
        raise BuildError(f"{' '.join(command[:4])} … exits {result.returncode}:\n{output}")
    return result.stdout


def resolve_commit(root: Path, revision: str) -> str:
    """Returns the full hash of a commit. Raises BuildError if the repository does not have it."""
    try:
        return run_process(
            ["git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"], cwd=root
        ).strip()
    except BuildError as error:
        raise BuildError(f"{revision}: no such commit in this repository") from error


def build_commit(root: Path, commit: str, folder: Path) -> Build:
    """Builds a commit in `folder`, or reuses an earlier build there."""
    if not (folder / "Makefile").exists():
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        archive = subprocess.run(
            ["git", "archive", commit], cwd=root, capture_output=True, check=True
        ).stdout
        with tarfile.open(fileobj=BytesIO(archive)) as tar:
            tar.extractall(partial, filter="data")
        partial.rename(folder)
    return _set_up(Build(commit[:12], folder))


def build_working_tree(root: Path, folder: Path) -> Build:
    """Copies the checkout, including uncommitted changes, into `folder` and sets it up.

    Only files that differ are written, so that the virtual environment of an earlier call is reused
    while the requirements are the same.
    """
    file_names = run_process(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root
    ).split("\0")
    names = {name for name in file_names if name and (root / name).is_file()}
    for path in [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []:
        name = path.relative_to(folder).as_posix()
        if name not in names and not name.startswith(".venv/"):
            path.unlink()
    for name in names:
        source, target = root / name, folder / name
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    for empty in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not empty.is_relative_to(folder / ".venv") and not any(empty.iterdir()):
            empty.rmdir()  # an empty folder would still be importable as a package
    return _set_up(Build("working tree", folder))


def _set_up(build: Build) -> Build:
    run_process(["make", ".venv/.made"], cwd=build.folder)
    return build
