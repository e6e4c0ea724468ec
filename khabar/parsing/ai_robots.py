"""The robots of AI operators and of web archives by their names in robots.txt, from ai_robots.toml.

`make ai-robots LIST=...` renews the file (benchmarks/renew_ai_robots.py).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

RobotKind = Literal["ai-train", "ai-input", "search", "archive"]
LIST_FILE = Path(__file__).with_name("ai_robots.toml")
_MAX_NAME = 100  # characters of one name that are compared
_LIST_BREAK = re.compile(r"[,;()]")
# What may follow a name: `/1.0`, ` 1.0`, ` v2`, `/*`.
_VERSION = re.compile(r"/\S*|[ \t]+v?\d[\w.]*")


@dataclass(frozen=True, slots=True)
class ListedRobot:
    """A robot as its operator writes it. `kinds`: what it collects for; `search` means search by
    AI; `date`: of the list or page (`source`) that says so.
    """

    name: str
    kinds: frozenset[RobotKind]
    operator: str
    source: str
    date: date


@lru_cache(maxsize=1)
def load_robots() -> dict[str, ListedRobot]:
    """Returns the listed robots by name in lower case."""
    robots = tomllib.loads(LIST_FILE.read_text(encoding="utf-8"))["robots"]
    return {
        name.lower(): ListedRobot(
            name, frozenset(row["kinds"]), row["operator"], row["source"], row["date"]
        )
        for name, row in robots.items()
    }


@lru_cache(maxsize=4096)
def find_robots(agent: str) -> tuple[ListedRobot, ...]:
    """Returns the listed robots that the value of a User-agent line names: whole names, in any
    case, with or without a version after them; also several, or a whole User-Agent header.
    """
    found = (_find_robot(part.strip().lower()[:_MAX_NAME]) for part in _LIST_BREAK.split(agent))
    return tuple(dict.fromkeys(robot for robot in found if robot))


def _find_robot(name: str) -> ListedRobot | None:
    robots = load_robots()
    if name in robots:
        return robots[name]
    # the longest first: `Brightbot 1.0` is listed, and `Brightbot`
    for end in sorted({name.find(mark) for mark in "/ \t"} | {name.rfind(" ")}, reverse=True):
        if end > 0 and name[:end].rstrip() in robots and _VERSION.fullmatch(name, end):
            return robots[name[:end].rstrip()]
    return None
