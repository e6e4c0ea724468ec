"""Errors that a command prints as one line. In a module of its own so that commands import nothing
heavy for them.
"""


class RunError(Exception):
    """A run cannot start or go on. The message is one line that says what to do."""


class DiskFull(RunError):
    """A disk is full, or the archive's has less free space than the operator's `disk_floor_mb`."""


class WorkerStartError(RunError):
    """No worker process can start, so nothing can be parsed: a limit of this machine."""
