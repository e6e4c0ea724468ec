"""Hints: words of which every match of a pattern contains one. Looking for them first saves the
pattern, which takes ten times as long.
"""

from __future__ import annotations

import re

_LATIN = re.compile("[a-z]")


class Hints:
    """Words in lower case, of which a text has to contain one. `words`: with bars between them."""

    def __init__(self, words: str) -> None:
        hints = words.split("|")
        self._latin = tuple(hint for hint in hints if _LATIN.search(hint))
        self._other = tuple(hint for hint in hints if not _LATIN.search(hint))

    def occur_in(self, lowered: str) -> bool:
        """Whether a text in lower case contains one of the words."""
        for hint in self._other:
            if hint in lowered:
                return True
        if self._latin and _LATIN.search(lowered):  # few Hindi texts have Latin letters
            for hint in self._latin:
                if hint in lowered:
                    return True
        return False
