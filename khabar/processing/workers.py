"""Pool of worker processes for extraction. A worker that hangs, crashes or exceeds its memory limit
is replaced, and only its own page fails.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from ctypes import CDLL, c_int, c_ulong
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from pkgutil import resolve_name
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from khabar.model.errors import WorkerStartError

# Chosen by hand, not measured.
MEMORY_LIMIT = 2 << 30  # bytes of address space of one worker
MAX_TASKS = 2000  # pages after which a worker process is replaced
TASKS_PER_WORKER = 2  # one that runs and one that waits: with more to do, another worker starts
# Pages that a bulk job gives to the workers before it saves the first of them, however many workers
# there are: so what it stores does not depend on their number, and memory use stays flat.
PAGES_AHEAD = 64
START_TIMEOUT = 60  # seconds in which a worker must have started, on a busy machine too
# New objects after which Python looks for reference cycles; a page makes tens of thousands of
# objects. Measured on 61 real pages: 4 to 6 % less CPU than with the default, memory the same.
GC_THRESHOLDS = (10_000, 20, 20)
# Where all cores are busy, the main process answers the network first. Measured with `make
# bench-crawl` on two busy cores: see docs/benchmarks.md.
NICENESS = 5
PR_SET_PDEATHSIG = 1
T = TypeVar("T")


def init_worker() -> None:
    """Initialises a worker: it is killed with its parent, even after kill -9, its address space is
    limited, it gives way to the process that fetches and saves, and it looks for reference cycles
    less often.
    """
    os.nice(NICENESS)
    if Path("/proc").exists():
        CDLL(None).prctl(c_int(PR_SET_PDEATHSIG), c_ulong(signal.SIGKILL))
    parent = parent_process()
    if parent and os.getppid() != parent.pid:
        os._exit(1)  # it died before it could be watched
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(*GC_THRESHOLDS)
    _, hard_limit = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT if hard_limit == resource.RLIM_INFINITY else min(hard_limit, MEMORY_LIMIT)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def run_limited(cpu_seconds: float, function: Callable[..., T], args: tuple[Any, ...]) -> T:
    """The task of a worker that may use so much CPU time: SIGPROF ends the worker after it, also in
    the middle of C code. CPU time, as a busy machine must not change a result.
    """
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    try:
        return function(*args)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def report_ready() -> bool:
    """The task that shows that a worker has started."""
    return True


@dataclass(frozen=True, slots=True)
class WorkerFunction:
    """A function that workers alone import, because the parser takes a third of a second. A worker
    does so as it receives its first task, before the task's time starts.
    """

    path: str  # module:name

    def __call__(self, *args: Any) -> Any:
        return resolve_name(self.path)(*args)

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        return resolve_name, (self.path,)


def _start_process() -> ProcessPool:
    return ProcessPool(
        1, max_tasks=MAX_TASKS, initializer=init_worker, context=get_context("spawn")
    )


def _stop_process(process: ProcessPool) -> None:
    process.stop()  # type: ignore[no-untyped-call]
    process.join()


@dataclass(slots=True)
class _Worker:
    """A worker process (a pool of one), and the number of its tasks that are not finished."""

    process: ProcessPool
    pending: int = 0


class WorkerPool:
    """Up to `max_workers` worker processes, each of which survives the death of its process. They
    are started as they are needed. Close (or stop) and join the pool when done; as a context
    manager it does so itself.

    If a process dies before it reports which task it took, pebble marks it as broken and all its
    pending tasks fail. We then start a new one and run each pending task again in a process of its
    own; the task whose process dies again, after it had started, is reported as the cause. So do we
    with a task whose process was killed (SIGKILL: by a user, or by the kernel when the machine is
    short of memory), which is not the fault of the task.
    """

    def __init__(self, max_workers: int) -> None:
        self.max_workers = max_workers
        self._workers: list[_Worker] = []
        self._one_by_one = asyncio.Lock()

    async def run(self, function: Callable[..., T], args: tuple[Any, ...], timeout: float) -> T:
        """Runs `function(*args)` in a worker.

        Raises TimeoutError after `timeout` seconds, ProcessExpired if the worker dies, or what the
        function raises; WorkerStartError if no worker can start.
        """
        worker = self._choose_worker()
        process = worker.process
        worker.pending += 1
        try:
            return await _run_in_process(process, function, args, timeout)
        except ProcessExpired as error:
            if error.exitcode != -signal.SIGKILL:
                raise
            async with self._one_by_one:
                return await _run_alone(function, args, timeout)
        except BrokenProcessPool:
            async with self._one_by_one:
                if worker.process is process:
                    worker.process = _start_process()
                    _stop_process(process)
                return await _run_alone(function, args, timeout)
        finally:
            worker.pending -= 1

    def _choose_worker(self) -> _Worker:
        """Returns the worker with the fewest tasks; a new one, if each has one that waits."""
        worker = min(self._workers, key=lambda worker: worker.pending, default=None)
        is_full = len(self._workers) == self.max_workers
        if worker is None or (worker.pending >= TASKS_PER_WORKER and not is_full):
            worker = _Worker(_start_process())
            self._workers.append(worker)
        return worker

    def close(self) -> None:
        """Accepts no more tasks; pending ones are finished."""
        for worker in self._workers:
            worker.process.close()  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Accepts no more tasks and cancels pending ones."""
        for worker in self._workers:
            worker.process.stop()  # type: ignore[no-untyped-call]

    def join(self) -> None:
        """Waits until all workers have exited."""
        for worker in self._workers:
            worker.process.join()

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


async def _run_in_process(
    process: ProcessPool, function: Callable[..., T], args: tuple[Any, ...], timeout: float
) -> T:
    try:
        future = process.schedule(function, args=args, timeout=timeout)
    except RuntimeError as error:  # it broke and is not marked as broken yet
        raise BrokenProcessPool(str(error)) from error
    result: T = await asyncio.wrap_future(future)
    return result


async def _run_alone(function: Callable[..., T], args: tuple[Any, ...], timeout: float) -> T:
    process = _start_process()
    try:
        await _check_start(process)
        return await _run_in_process(process, function, args, timeout)
    except BrokenProcessPool as error:
        raise ProcessExpired("Abnormal termination") from error  # type: ignore[no-untyped-call]
    finally:
        _stop_process(process)


async def _check_start(process: ProcessPool) -> None:
    """Raises WorkerStartError if the process does not start."""
    try:
        await _run_in_process(process, report_ready, (), START_TIMEOUT)
    except (BrokenProcessPool, ProcessExpired, FutureTimeout, MemoryError, OSError) as error:
        raise WorkerStartError(
            f"no worker process can start ({error or type(error).__name__}): a limit of this "
            "machine is too low (see `ulimit -a`); what was done before is kept: run it again"
        ) from error
