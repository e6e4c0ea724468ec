"""Remembers answers about the scripts, styles and class names of a site, which are the same on all
its pages. Strangers write them, so neither their number nor their length may fill the memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")
_MAX_ANSWERS = 4096  # of one function; 0.5 MB


MAX_NAMES = 400  # characters of class names whose answers are remembered; 4096 are at most 7 MB


def remember_names(function: Callable[[str], T]) -> Callable[[str], T]:
    """Returns a function that remembers its answers about 4,096 values of class and id; a site uses
    few different ones. Long ones are asked anew.
    """
    recall = lru_cache(maxsize=4096)(function)

    @wraps(function)
    def ask(names: str) -> T:
        return recall(names) if len(names) <= MAX_NAMES else function(names)

    return ask


def remember_by_hash(function: Callable[[str], T]) -> Callable[[str], T]:
    """Returns a function that remembers its answers by length and hash of the text, not by the
    text, which may have megabytes. The hash has 64 bits and a secret key, so that nobody can write
    a text that gets the answer of another.
    """
    answers: dict[tuple[int, int], T] = {}

    @wraps(function)
    def recall(text: str) -> T:
        key = (len(text), hash(text))
        if key not in answers:
            if len(answers) >= _MAX_ANSWERS:
                answers.clear()
            answers[key] = function(text)
        return answers[key]

    return recall
