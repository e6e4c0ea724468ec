"""A stand-in for Slurm's sbatch: `python -m benchmarks.sbatch SCRIPT` runs the tasks of an array
job here, as many at a time as `--array=FIRST-LAST%LIMIT` in the script says.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ARRAY = re.compile(r"^#SBATCH\s+--array=(\d+)-(\d+)(?:%(\d+))?$", re.M)


def main(script: str) -> int:
    """Runs all tasks of a job script. Returns the highest of their exit codes."""
    match = ARRAY.search(Path(script).read_text(encoding="utf-8"))
    if match is None:
        sys.exit(f"{script}: no line #SBATCH --array=FIRST-LAST%LIMIT")
    first, last = int(match[1]), int(match[2])

    def run_task(number: int) -> int:
        environment = os.environ | {"SLURM_ARRAY_TASK_ID": str(number), "SLURM_CPUS_PER_TASK": "1"}
        return subprocess.run(["bash", script], env=environment).returncode

    with ThreadPoolExecutor(int(match[3] or 1)) as pool:
        return max(pool.map(run_task, range(first, last + 1)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
