"""Errors that are told in one line. Nothing heavy is imported here: every command knows them."""


class RunError(Exception):
    """A run that cannot begin or go on; the message is one line that says what to do."""


class DiskFull(RunError):
    """The archive's disk has less room than the floor the operator set."""
