"""`khabar` commands in forks of one process that has everything imported: a second a crawl cheaper than a fresh start.

A fork is a process of its own, with its own signals, exit code and reactor: only the imports are shared. Where the start
of the program itself is the subject, tests start it as users do (`subprocess`).

Run as a script it is the server; a module that imports `CommandServer` is a client. They talk over a Unix socket:
the client sends a JSON request with three open files (stdin, stdout, stderr), the server answers {"pid"} at once and
{"pid", "status", "cpu"} when the child has ended.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
MESSAGE = 1 << 20  # bytes a request may have
NEWLY_STARTED = "khabar.model.clock"  # the module that notes when the process started


class CommandServer:
    """The client's end. Starts the server on first use; `cpu` is what all ended children have used, in seconds."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.cpu = 0.0
        self._ended: dict[int, int] = {}
        self._socket = near
        command = [sys.executable, str(Path(__file__)), str(far.fileno())]
        self._process = subprocess.Popen(
            command, env=dict(environment), cwd=ROOT, pass_fds=[far.fileno()]
        )
        far.close()

    def start(
        self,
        args: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        out: IO[bytes],
        err: IO[bytes],
        entry: str,
    ) -> int:
        """Starts a command with these output files. Returns the pid of its process."""
        request = {"args": list(args), "env": dict(environment), "cwd": str(cwd), "entry": entry}
        with Path(os.devnull).open("rb") as nothing:
            files = [nothing.fileno(), out.fileno(), err.fileno()]
            socket.send_fds(self._socket, [json.dumps(request).encode()], files)
        while "status" in (answer := self._receive(None)):
            pass
        pid: int = answer["pid"]
        return pid

    def poll(self, pid: int, timeout: float = 0) -> int | None:
        """The exit code of a command, as subprocess gives it; None while it runs, after waiting `timeout` seconds."""
        until = time.monotonic() + timeout
        while pid not in self._ended:
            try:
                self._receive(max(0.0, until - time.monotonic()))
            except (TimeoutError, BlockingIOError):
                return None
        return self._ended[pid]

    def close(self) -> None:
        """Ends the server; its children are the tests' to end."""
        self._socket.close()
        self._process.wait()

    def _receive(self, timeout: float | None) -> dict[str, Any]:
        self._socket.settimeout(timeout)
        data = self._socket.recv(MESSAGE)
        if not data:
            raise RuntimeError("the command server has died")
        answer: dict[str, Any] = json.loads(data)
        if "status" in answer:
            self.cpu += answer["cpu"]
            self._ended[answer["pid"]] = os.waitstatus_to_exitcode(answer["status"])
        return answer


def serve(client: socket.socket) -> None:
    """Forks a child for every request until the client hangs up."""
    import_everything()
    wake, woken = socket.socketpair()
    woken.setblocking(False)
    signal.set_wakeup_fd(woken.fileno())
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    while True:
        ready = wait_readable(client, wake)
        if wake in ready:
            wake.recv(4096)
            report_ended(client)
        if client in ready:
            data, files, _, _ = socket.recv_fds(client, MESSAGE, 3)
            if not data:
                return
            pid = os.fork()
            if pid == 0:
                client.close()
                run_child(json.loads(data), files)
            for file in files:
                os.close(file)
            client.send(json.dumps({"pid": pid}).encode())


def import_everything() -> None:
    """All that commands import, but no reactor: each child installs its own."""
    import gc
    import importlib
    import pkgutil

    for room in ("khabar", "commands", "crawler", "spiders", "pipelines"):
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)
    import scrapy.core.downloader.handlers.http11
    import scrapy.crawler
    import scrapy.extensions.closespider  # noqa: F401

    assert "twisted.internet.reactor" not in sys.modules
    gc.collect()
    gc.freeze()


def wait_readable(*sockets: socket.socket) -> list[socket.socket]:
    import select

    return select.select(sockets, [], [])[0]


def report_ended(client: socket.socket) -> None:
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        told = {"pid": pid, "status": status, "cpu": usage.ru_utime + usage.ru_stime}
        client.send(json.dumps(told).encode())


def run_child(request: dict[str, Any], files: list[int]) -> None:
    """Becomes the command: its files, folder, environment and clock, then its entry point. Does not return."""
    import atexit
    import importlib
    import random
    import threading
    import traceback

    code = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        random.seed()
        sys.modules[NEWLY_STARTED]._STARTED = time.monotonic()
        sys.argv = ["khabar", *request["args"]]
        module, _, function = request["entry"].partition(":")
        getattr(importlib.import_module(module), function)()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  whatever it is, the child must end here and not go on as the server
        traceback.print_exc()
    finally:
        threading._shutdown()
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):  # closed, or nobody reads it
                code = code or 1
        os._exit(code)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this script: PYTHONPATH names what is importable
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        serve(connection)
