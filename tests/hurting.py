"""Readers that hurt, for the worker process to live through: each takes what `read` takes."""

from __future__ import annotations

import os
import re


def loops(page, source):
    """Never comes back."""
    while True:
        pass


def holds_the_lock(page, source):
    """Stays inside C, where no signal handler of Python's runs."""
    return re.match(r"(a|aa)+$", "a" * 60 + "b")


def dies(page, source):
    """As a crash in a C library would."""
    os._exit(11)


def eats(page, source):
    """Asks for more than a machine has."""
    return bytearray(8 << 30)


def breaks(page, source):
    """An error nobody foresaw."""
    raise KeyError("odd page")
