"""Runs a command, ends some of its processes with SIGKILL at random times meanwhile, and runs it
again until it is done: `python -m benchmarks.random_kills COMMAND…`. What it killed is on stderr.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

from benchmarks.processes import list_tree

KILLS = 20
SHORTEST, LONGEST = 4.0, 16.0  # seconds between two of them


def main(command: list[str]) -> int:
    """Runs the command. Returns its last exit code: that of a run in which nothing was killed."""
    killed, stop = Counter[str](), threading.Event()
    thread = threading.Thread(target=kill_some, args=(killed, stop))
    thread.start()
    try:
        while True:
            before = killed.total()
            code = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
            if not code or killed.total() == before:
                break
    finally:
        stop.set()
        thread.join()
    sys.stderr.write(f"killed: {dict(killed)}; exit code of the last run: {code}\n")
    return code


def kill_some(killed: Counter[str], stop: threading.Event) -> None:
    """Kills processes below the command, but not itself, which is a shell whose loop would end: up
    to KILLS of them. Counts them by their kind.
    """
    chance = random.Random(1)
    while killed.total() < KILLS and not stop.wait(chance.uniform(SHORTEST, LONGEST)):
        if tree := list_tree(os.getpid())[2:]:
            victim = chance.choice(tree)
            with suppress(OSError):  # it has ended meanwhile
                kind = describe_process(victim)
                os.kill(victim, signal.SIGKILL)
                killed[kind] += 1


def describe_process(pid: int) -> str:
    """Returns what a process is: the command, a worker of it, or another. Raises OSError."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    if "multiprocessing.spawn" in words:
        return "worker"
    return "command" if "commands" in words.split("\0") else "other"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
