"""Hints: words of which every match of a pattern contains one. Looking for them first saves the
pattern, which takes ten times as long.
"""

from __future__ import annotations

import re

_LATIN = re.compile("[a-z]")


def has_latin_letters(lowered: str) -> bool:
    """Whether a text in lower case has one of the letters a to z."""
    return _LATIN.search(lowered) is not None


class Hints:
    """Words in lower case, of which a text has to contain one. `words`: with bars between them."""

    def __init__(self, words: str) -> None:
        hints = words.split("|")
        self._latin = tuple(hint for hint in hints if _LATIN.search(hint))
        self._other = tuple(hint for hint in hints if not _LATIN.search(hint))

    def occur_in(self, lowered: str, *, has_latin: bool | None = None) -> bool:
        """Whether a text in lower case contains one of the words. `has_latin`: whether it has Latin
        letters, which few Hindi texts have; None if that is not known.
        """
        for hint in self._other:
            if hint in lowered:
                return True
        if has_latin is None and self._latin:
            has_latin = has_latin_letters(lowered)
        if has_latin:
            for hint in self._latin:
                if hint in lowered:
                    return True
        return False
