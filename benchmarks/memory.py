"""Peak memory of a tool that reads all pages in a process of its own: `python -m benchmarks.memory
NAME`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.pages import ROOT, load_gold_pages


def measure_peak(name: str) -> float | None:
    """Returns the peak MB of a process that loads the tool and reads every gold page; None without
    /proc.
    """
    command = [sys.executable, "-m", "benchmarks.memory", name]
    output = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    return float(output) if output else None


def measure_own_peak() -> float | None:
    """Returns the peak memory of this process in MB; None without /proc."""
    status = Path("/proc/self/status")
    match = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.exists() else None
    return int(match[1]) / 1024 if match else None


def main(name: str) -> None:
    """Reads every gold page with the tool and prints this process's peak memory in MB."""
    from benchmarks.tools import TOOLS, load_reader

    reader = load_reader(TOOLS[name][1])
    for page in load_gold_pages():
        reader(page)
    peak = measure_own_peak()
    sys.stdout.write("" if peak is None else f"{peak:.1f}\n")


if __name__ == "__main__":
    main(sys.argv[1])
