"""`khabar` on a disk that fails at one write: the n-th call of the system, the n-th statement that writes, or beyond a
size of files. An entry point for `command_runner.start`; the environment says what fails.
"""

from __future__ import annotations

import _strptime  # noqa: F401  of datetime.strptime, which a reader may not be able to import later
import builtins
import codecs
import errno
import io
import itertools
import os
import resource
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from commands.__main__ import main

FAIL, COUNT = (
    "FAILING_WRITE",
    "WRITES_COUNTED",
)  # "calls:3:ENOSPC"; a file for how many there were
# What `sqlite3.Error.sqlite_errorcode` is when SQLite meets the error itself.
STATEMENT_ERRORS = {
    "ENOSPC": (13, "database or disk is full"),
    "EIO": (10, "disk I/O error"),
    "EROFS": (8, "attempt to write a readonly database"),
}
WRITING = ("insert", "update", "delete", "begin", "commit", "create", "drop", "vacuum", "replace",
           "pragma wal_checkpoint", "pragma journal_mode", "pragma incremental_vacuum")  # fmt: skip
NOBODY = 65534
CALLS = ("write", "pwrite", "fsync", "replace", "rename", "mkdir", "ftruncate")


class FailingDisk:
    """Counts writes. The n-th raises the error."""

    def __init__(self, nth: int, make_error: Callable[[], Exception], count_file: str) -> None:
        self.nth, self.make_error, self.count_file = nth, make_error, count_file
        self.numbers, self.process = itertools.count(1), os.getpid()

    def count(self) -> None:
        if os.getpid() != self.process:  # a worker
            return
        number = next(self.numbers)
        if self.count_file:
            with real_open(self.count_file, "w") as file:
                file.write(str(number))
        if self.nth and number == self.nth:
            raise self.make_error()


real_open = io.open


def is_on_disk(descriptor: int) -> bool:
    """Whether it is a file or folder, and not a pipe to a worker or one of the command's outputs."""
    mode = os.fstat(descriptor).st_mode
    return descriptor > 2 and (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def fail_calls(disk: FailingDisk) -> None:
    """Puts the disk before every call of the system by which Python writes to files, those of file objects included."""
    for name in CALLS:
        real = getattr(os, name)

        def call(*args: Any, real: Callable[..., Any] = real, **named: Any) -> Any:
            if not (args and isinstance(args[0], int)) or is_on_disk(args[0]):
                disk.count()
            return real(*args, **named)

        setattr(os, name, call)

    class FailingFile(io.FileIO):
        def write(self, data: Any, /) -> int:
            disk.count()
            return super().write(data)

    def open_failing(file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None,
                     errors: str | None = None, newline: str | None = None, **more: Any) -> Any:  # fmt: skip
        is_pipe = isinstance(file, int) and not is_on_disk(file)
        if not set(mode) & set("wax+") or is_pipe or str(file).startswith("/dev/"):
            return real_open(file, mode, buffering, encoding, errors, newline, **more)
        if not isinstance(file, int):
            disk.count()
        raw = FailingFile(file, mode.replace("b", "").replace("t", ""), **more)
        stream: Any = (io.BufferedRandom if "+" in mode else io.BufferedWriter)(raw)
        return stream if "b" in mode else io.TextIOWrapper(stream, encoding, errors, newline)

    for module in (io, builtins):
        module.open = open_failing  # type: ignore[attr-defined]


def fail_statements(disk: FailingDisk) -> None:
    """Puts the disk before every statement that writes."""
    real = Database.execute

    def execute(self: Database, sql: str, parameters: Any = None) -> Any:
        if sql.lstrip().lower().startswith(WRITING):
            disk.count()
        return real(self, sql, parameters)

    Database.execute = execute  # type: ignore[method-assign]


def fail_here() -> None:
    """The entry point: `khabar`, on the disk that the environment describes."""
    kind, nth, name = os.environ[FAIL].split(":")
    if kind == "size":
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(nth), int(nth)))
        main()
    number = getattr(errno, name)

    def make_error() -> Exception:
        if kind == "calls":
            return OSError(number, os.strerror(number))
        code, text = STATEMENT_ERRORS[name]
        error = sqlite3.OperationalError(text)
        error.sqlite_errorcode = code  # type: ignore[attr-defined]
        return error

    disk = FailingDisk(int(nth), make_error, os.environ.get(COUNT, ""))
    (fail_calls if kind == "calls" else fail_statements)(disk)
    main()


def read_count(file: Path) -> int:
    """How many writes a run had."""
    return int(file.read_text()) if file.exists() else 0


def read_only() -> None:
    """The entry point: `khabar` as somebody who owns nothing; who is not root already is nobody else's owner."""
    codecs.lookup("unicode-escape")  # as _strptime
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    main()
