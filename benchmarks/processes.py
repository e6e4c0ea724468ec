"""The cost of a command with all its processes: wall time, CPU time, memory (from /proc: Linux)."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.pages import ROOT

INTERVAL = 0.1  # seconds between samples of the processes
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class ProcessCost:
    """Seconds of wall time, of CPU of all processes and of CPU of the first one; the peak of their
    summed memory in bytes.
    """

    wall: float
    cpu: float
    main_cpu: float
    memory: int


def adopt_orphans() -> None:
    """Makes this process the parent of descendants whose parent has ended, so that their CPU time
    is counted too. Ends the program where there is no such thing.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        sys.exit("this benchmark reads /proc, which this system does not have")
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def make_environment(*, for_khabar: bool = False) -> dict[str, str]:
    """Returns this process's environment without Khabar's variables."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("KHABAR_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    if for_khabar:
        # pandas, which sqlite-utils imports where it is, is none of a user's packages
        environment["PYTHONPATH"] = f"{ROOT / 'tests' / 'without'}:{ROOT}"
    return environment


def measure_command(
    command: Sequence[str], environment: Mapping[str, str], others: Collection[int] = ()
) -> ProcessCost:
    """Runs a command until it and all its descendants have ended. `others`: children of this
    process that are not part of it. Raises CalledProcessError.

    CPU time is what the kernel counts for descendants that are waited for, or, if that is more,
    what was seen of each of them while it ran: Ray does not wait for its workers.
    """
    begun, cpu_before = time.monotonic(), _read_children_cpu()
    main_cpu, memory, seen_cpu = 0.0, 0, dict[int, float]()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    while True:
        tree = list_tree(os.getpid(), others)[1:]
        memory = max(memory, sum(map(_read_memory, tree)))
        for pid in tree:
            with suppress(OSError):  # it ends now
                seen_cpu[pid] = read_own_cpu(pid)
        main_cpu = max(main_cpu, seen_cpu.get(process.pid, 0.0))
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(INTERVAL)
            break
    wall = time.monotonic() - begun
    while orphans := set(_list_children(os.getpid())) - set(others):
        for orphan in orphans:
            os.waitpid(orphan, 0)
    if code:
        raise subprocess.CalledProcessError(code, command)
    cpu = max(_read_children_cpu() - cpu_before, sum(seen_cpu.values()))
    return ProcessCost(wall, cpu, main_cpu, memory)


def read_own_cpu(pid: int) -> float:
    """Returns the CPU seconds of a process without its children, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def list_tree(pid: int, others: Collection[int] = ()) -> list[int]:
    """Returns a process and its descendants, except `others` and theirs."""
    tree = [pid]
    for parent in tree:
        tree += [child for child in _list_children(parent) if child not in others]
    return tree


def _list_children(pid: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # it has ended
            children += map(int, task.read_text().split())
    return children


def _read_memory(pid: int) -> int:
    """Returns a process's proportional set size in bytes; 0 when it has just ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _read_children_cpu() -> float:
    """Returns the CPU seconds of all descendants that have ended and were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
