"""How many worker processes fit this machine, or the container that Khabar runs in."""

from __future__ import annotations

import os
from pathlib import Path

MAX_WORKERS = 64
# Memory that each worker should find free; it takes 150 MB with ordinary pages (measured).
WORKER_MEMORY = 400 << 20
_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")


def count_default_workers() -> int:
    """Returns as many workers as there are cores, and free memory for; at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limits = [cores or 1, MAX_WORKERS]
    quota, _, period = _read_text(_CGROUP / "cpu.max").partition(" ")
    if quota.isdecimal():
        limits.append(int(quota) // int(period))
    maximum = _read_text(_CGROUP / "memory.max").strip()
    if maximum.isdecimal():
        used = int(_read_text(_CGROUP / "memory.current"))
        limits.append((int(maximum) - used) // WORKER_MEMORY)
    limits += [
        int(line.split()[1]) * 1024 // WORKER_MEMORY
        for line in _read_text(_MEMINFO).splitlines()
        if line.startswith("MemAvailable:")
    ]
    return max(1, min(limits))


def _read_text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
