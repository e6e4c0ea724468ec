"""Facts about this machine: memory, clock, disks, users, installed packages."""

from __future__ import annotations

import os
import pwd
import re
import resource
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

_LIMIT = re.compile(r"(>=|<|==)\s*([\d.]+)")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def read_text(file: Path) -> str:
    """Returns the text of a file of the system, '' where there is none."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def read_memory() -> int | None:
    """Returns the bytes of memory that are available, None if the system does not say."""
    match = re.search(r"^MemAvailable:\s+(\d+) kB", read_text(Path("/proc/meminfo")), re.M)
    return int(match[1]) << 10 if match else None


def is_clock_synchronized() -> bool | None:
    """Whether a time server sets the clock; None if systemd does not say."""
    argv = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(done.stdout.strip()) if done.returncode == 0 else None


def get_file_limit() -> int | None:
    """Returns how many files a process may open, None without a limit."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def get_user_name(uid: int) -> str:
    """Returns a user's name, or the number of one that has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def find_disk_kind(folder: Path, mounts: str) -> str:
    """Returns the type of the file system that a folder is on, '' if unknown. `mounts`: text of
    /proc/mounts.
    """
    resolved, best, kind = str(folder.resolve()), "", ""
    for line in mounts.splitlines():
        _, place, type_, *_ = [*line.split(" "), "", "", ""]
        place = place.replace("\\040", " ")
        is_inside = resolved == place or resolved.startswith(place.rstrip("/") + "/")
        if is_inside and len(place) >= len(best):
            best, kind = place, type_
    return kind


def list_wrong_packages(package: str = "khabar") -> Iterator[tuple[str, str, str]]:
    """Yields (name, installed version, versions wanted) of what a package requires and does not
    have. Only plain limits (>=, <, ==) are compared; requirements with a marker are left out.
    """
    for requirement in metadata.requires(package) or ():
        if ";" in requirement:
            continue
        name_match = _NAME.match(requirement)
        if name_match is None:
            continue
        name, wanted = name_match[0], requirement[name_match.end() :]
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, "nothing", wanted
            continue
        version = _split_version(installed)
        if any(not _is_within(version, sign, limit) for sign, limit in _LIMIT.findall(wanted)):
            yield name, installed, wanted


def _split_version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:4])


def _is_within(version: tuple[int, ...], sign: str, limit: str) -> bool:
    other = _split_version(limit)
    if sign == ">=":
        return version >= other
    return version[: len(other)] == other if sign == "==" else version[: len(other)] < other


def may_write_to(path: Path) -> bool:
    """Whether this user may write to a file and make others beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
