"""Worker processes that read pages: one that hangs, crashes or eats memory is renewed, and its
page named alone.
"""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from ctypes import CDLL, c_int, c_ulong
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

MEMORY_LIMIT = 2 << 30  # bytes of address space for one worker
MAX_TASKS = 2000  # pages a worker reads before it is renewed
PR_SET_PDEATHSIG = 1
T = TypeVar("T")


def init_worker() -> None:
    """Runs first in the worker: it dies with its parent, even by kill -9, and cannot take the
    machine's memory.
    """
    if Path("/proc").exists():
        CDLL(None).prctl(c_int(PR_SET_PDEATHSIG), c_ulong(signal.SIGKILL))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))


def _start_pool(workers: int) -> ProcessPool:
    return ProcessPool(
        workers, max_tasks=MAX_TASKS, initializer=init_worker, context=get_context("spawn")
    )


def _stop_pool(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


class WorkerPool:
    """A pool that outlives its workers' deaths. Close (or stop) and join it when done; as a context
    it does so itself.

    A worker that dies before it could say which page it took breaks the pool under it, and all that
    others have under way. A fresh one takes its place, and each page that was under way is run
    again alone: whose worker dies once more is the guilty one.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool = _start_pool(workers)
        self._one_by_one = asyncio.Lock()

    async def run(self, function: Callable[..., T], args: tuple[Any, ...], timeout: float) -> T:
        """`function(*args)` in a worker. Raises TimeoutError, ProcessExpired, or what the
        function raises.
        """
        pool = self._pool
        try:
            return await _run_in_pool(pool, function, args, timeout)
        except BrokenProcessPool:
            async with self._one_by_one:
                if self._pool is pool:
                    self._pool = _start_pool(self.workers)
                    _stop_pool(pool)
                return await _run_alone(function, args, timeout)

    def close(self) -> None:
        """Takes nothing more; what is under way goes on."""
        self._pool.close()  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Takes nothing more, and drops what is under way."""
        self._pool.stop()  # type: ignore[no-untyped-call]

    def join(self) -> None:
        """Waits until all workers are gone."""
        self._pool.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.stop()
        self.join()


async def _run_in_pool(
    pool: ProcessPool, function: Callable[..., T], args: tuple[Any, ...], timeout: float
) -> T:
    try:
        future = pool.schedule(function, args=args, timeout=timeout)
    except RuntimeError as error:  # the pool broke, and nobody has noticed yet
        raise BrokenProcessPool(str(error)) from error
    result: T = await asyncio.wrap_future(future)
    return result


async def _run_alone(function: Callable[..., T], args: tuple[Any, ...], timeout: float) -> T:
    pool = _start_pool(1)
    try:
        return await _run_in_pool(pool, function, args, timeout)
    except BrokenProcessPool as error:
        raise ProcessExpired("Abnormal termination") from error  # type: ignore[no-untyped-call]
    finally:
        _stop_pool(pool)
