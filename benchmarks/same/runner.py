"""Runs `khabar` commands in one process of a build, with a frozen clock: `python runner.py JOBS
RESULTS`.

It is started by the build's own interpreter and imports nothing of the project; it finds the
program by the project's console script. JOBS: one JSON object a line, {id, args, env, help?};
RESULTS: {id, code, out, err}.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import os
import re
import shutil
import sys
import threading  # noqa: F401  takes its own reference to the clock before it is frozen
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pebble

# What `status --json` prints as free.
DISK = SimpleNamespace(total=1 << 40, used=1 << 39, free=1 << 39)
COMMANDS = re.compile(r"^  ([a-z][a-z-]*)(?:  |$)", re.M)


class InlinePool:
    """Replaces pebble.ProcessPool: runs tasks inline, since worker processes would cost a second
    for each of 500 pages.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Starts nothing."""

    def schedule(
        self, function: Callable[..., Any], args: Any = (), kwargs: Any = None, **options: Any
    ) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **(kwargs or {})))
        except Exception as error:  # noqa: BLE001  as a worker does: the caller gets the error
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Ends nothing."""

    stop = join = close


class OutputStream(io.TextIOWrapper):
    """A text stream over bytes that is not a terminal, for sys.stdout and sys.stderr."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def get_text(self) -> str:
        value: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]
        return value.decode("utf-8", errors="replace")


def run_command(main: Callable[[], Any], args: list[str]) -> dict[str, Any]:
    """Runs one command. Returns exit code and output; for an uncaught error, its last line is the
    error output.
    """
    out, err, code = OutputStream(), OutputStream(), 0
    sys.argv = ["khabar", *args]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception as error:  # noqa: BLE001  a crash is a result to compare
            code, _ = 1, err.write("".join(traceback.format_exception_only(error)))
    return {"code": code, "out": out.get_text(), "err": err.get_text()}


def run_help(
    main: Callable[[], Any], args: list[str]
) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Yields `--help` of a command and of all its subcommands."""
    result = run_command(main, [*args, "--help"])
    yield args, result
    # Groups of commands have names of their own; they come after the options.
    _, _, command_lists = result["out"].partition("\nOptions:\n")
    for name in COMMANDS.findall(command_lists):
        yield from run_help(main, [*args, name])


def main() -> None:
    jobs, results = Path(sys.argv[1]), Path(sys.argv[2])
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="khabar")
    khabar = script.load()
    frozen_time = time.monotonic()
    time.monotonic = lambda: frozen_time  # KHABAR_NOW runs on by this clock
    pebble.ProcessPool = InlinePool  # type: ignore[assignment,misc]
    shutil.disk_usage = lambda path: DISK  # type: ignore[assignment,return-value]
    base_environment = {
        name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")
    }
    with jobs.open(encoding="utf-8") as lines, results.open("w", encoding="utf-8") as file:
        for line in lines:
            job = json.loads(line)
            os.environ.clear()
            os.environ.update(base_environment | job["env"])
            if job.get("help"):
                for args, result in run_help(khabar, []):
                    file.write(
                        json.dumps({"id": f"help/{' '.join(['khabar', *args])}", **result}) + "\n"
                    )
            else:
                file.write(json.dumps({"id": job["id"], **run_command(khabar, job["args"])}) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
