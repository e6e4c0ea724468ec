"""Remembers answers about the scripts and styles of a site, which are the same on all its pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")
_MAX_ANSWERS = 4096  # of one function; 0.5 MB


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
