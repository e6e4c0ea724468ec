"""How much memory a tool needs: it reads all pages in a process of its own, `python -m
benchmarks.memory NAME`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.pages import ROOT, load_gold_pages


def measure_peak(name: str) -> float | None:
    """MB at the most of a process that loads the tool and reads every marked page; None where no
    /proc tells.
    """
    command = [sys.executable, "-m", "benchmarks.memory", name]
    output = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    return float(output) if output else None


def main(name: str) -> None:
    """Reads, then says how high this process' memory ever stood."""
    from benchmarks.tools import TOOLS, load_reader

    reader = load_reader(TOOLS[name][1])
    for page in load_gold_pages():
        reader(page)
    status = Path("/proc/self/status")
    match = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.exists() else None
    sys.stdout.write(f"{int(match[1]) / 1024:.1f}\n" if match else "")


if __name__ == "__main__":
    main(sys.argv[1])
