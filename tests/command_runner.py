"""`khabar` commands as tests start them: in forks of a process that has the imports done (see command_server)."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from command_server import CommandServer

# numpy reads it when it is first imported, after this: its threads would only wait for each other in small matrices.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
WITHOUT = (
    ROOT / "tests" / "without"
)  # before all else on a user's path: what only our own tools bring along
PATIENCE = 300.0  # seconds a test waits for what takes one or two: a machine may be busy, and a hang still ends
PROGRAM = "commands.__main__:main"


@dataclass
class Run:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Started:
    """A command that runs in the background."""

    pid: int
    out: IO[bytes]
    err: IO[bytes]

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return command_server().poll(self.pid)

    def wait(self, timeout: float = PATIENCE) -> int:
        """Its exit code. TimeoutExpired, and the process killed, when it has not ended by then."""
        code = command_server().poll(self.pid, timeout)
        if code is None:
            self.kill()
            raise subprocess.TimeoutExpired("khabar", timeout, *self.printed())
        return code

    def kill(self) -> None:
        """kill -9, and waits until it is gone."""
        if self.poll() is None:
            self.send_signal(signal.SIGKILL)
            command_server().poll(self.pid, PATIENCE)

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def printed(self) -> tuple[str, str]:
        """Its output and its error output so far."""
        texts = []
        for file in (self.out, self.err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", errors="replace"))
        return texts[0], texts[1]

    def result(self, timeout: float = PATIENCE) -> Run:
        """What it printed and how it ended, once it has."""
        return Run(self.wait(timeout), *self.printed())


@cache
def command_server() -> CommandServer:
    """The server of this test process, started on first use."""
    server = CommandServer({**os.environ, "PYTHONPATH": f"{WITHOUT}:{ROOT}:{ROOT / 'tests'}"})
    atexit.register(server.close)
    return server


def command_server_cpu() -> float:
    """CPU seconds of all commands that have ended; starts no server."""
    return command_server().cpu if command_server.cache_info().currsize else 0.0


def start(
    args: Sequence[str], environment: Mapping[str, str], cwd: Path = ROOT, entry: str = PROGRAM
) -> Started:
    """Starts an entry point (module:function) with these arguments; its output goes to files."""
    out, err = TemporaryFile(), TemporaryFile()  # noqa: SIM115  read when the command has ended
    return Started(command_server().start(args, environment, cwd, out, err, entry), out, err)


@dataclass
class Khabar:
    """`khabar` as a process of its own, on an archive and a newsroom of its own."""

    archive: Path
    newsroom: str
    now: datetime

    def environment(self) -> dict[str, str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
        told = {
            "KHABAR_ARCHIVE": str(self.archive),
            "KHABAR_NEWSROOM": self.newsroom,
            "KHABAR_NOW": self.now.isoformat(),
        }
        return {
            **bare,
            **{name: value for name, value in told.items() if value},
            "PYTHONPATH": f"{WITHOUT}:{ROOT}",
        }

    def __call__(self, *args: str, timeout: float = PATIENCE) -> Run:
        return self.start(*args).result(timeout)

    def start(self, *args: str, entry: str = PROGRAM) -> Started:
        """The command in the background."""
        return start(args, self.environment(), entry=entry)

    def copied(self, folder: Path) -> Khabar:
        """Its archive and settings once more, for a test that writes to them."""
        shutil.copytree(self.archive.parent, folder, dirs_exist_ok=True)
        return replace(self, archive=folder / self.archive.name)
