"""Folding: one spelling for the many a Hindi word is written in. For search and comparison, never for display.

Only what is one word in different dress is merged (हिन्दी/हिंदी, गयी/गई, रुपये/रुपए): words that differ in meaning or
ending (दिन/दीन, हाथ/हाथी, जाति/जाती) stay apart; endings are the query's business, in `match`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category, normalize

from hindi.unicode61 import WORD

FOLD_VERSION = 1  # raised with every change here: an index made by another version must be made anew

_DROPPED = re.compile(
    "[\u093c\u0903"  # nukta and visarga; accents, variation signs
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_DIGITS = {0x966 + digit: str(digit) for digit in range(10)}
_CONSONANT = "[क-ह]"
_STOPS = "[कखगघचछजझटठडढतथदधपफबभशषस]"
# In this order, until nothing changes.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        ("ँ", "ं"),
        ("ं([ा-ौ])", r"\1ं"),  # debris of font converters: signs in the wrong order, in pieces, doubled
        ("र्इ", "ई"),
        ("ावं", "ांव"),
        ("अा", "आ"), ("अो|आे", "ओ"), ("अौ|आै", "औ"), ("अॉ|आॅ", "ऑ"), ("एे", "ऐ"),
        ("ाे", "ो"), ("ाै", "ौ"), ("ाॅ", "ॉ"),
        (r"([ा-ौं्])\1+", r"\1"),
        (f"(?<=.)न्(?={_STOPS})|(?<=.)म्(?=[पफबभ])", "ं"),
        ("(?<=.)(?:ङ्(?=[कखगघ])|ञ्(?=[चछजझ])|ण्(?=[टठडढ]))", "ं"),
        ("(?<=[^्])यी", "ई"), ("(?<=[^्])ये", "ए"),
        ("रू", "रु"), ("ू$", "ु"),
        (rf"({_CONSONANT})्\1(?=्)", r"\1"),  # महत्त्व, उज्ज्वल
        (rf"र्({_CONSONANT})्\1", r"र्\1"),  # कर्त्तव्य
        ("्$", ""),  # श्रीमान्
    )
)  # fmt: skip
_OPEN_O = str.maketrans({"ॉ": "ा", "ऑ": "आ"})
_LETTERS = re.compile("[ऄ-हं]")


@lru_cache(maxsize=1 << 16)
def fold_word(word: str) -> str:
    """The word's one spelling; "" when it holds no letter and no digit. Idempotent."""
    folded = _plain(word)
    while (again := _spelt(folded)) != folded:
        folded = again
    return folded if any(map(str.isalnum, folded)) else ""


def _plain(word: str) -> str:
    """Compatibility forms resolved, lower case, without accents, joiners and anything that is no part of a word."""
    text = normalize("NFKD", normalize("NFKD", word).casefold())
    text = _DROPPED.sub("", text.translate(_DIGITS))
    return text if text.isalnum() else "".join(char for char in text if category(char)[0] in "LMN")


def _spelt(word: str) -> str:
    for pattern, to in _RULES:
        word = pattern.sub(to, word)
    # डॉक्टर is डाक्टर too, but मॉल is not माल
    return word.translate(_OPEN_O) if len(_LETTERS.findall(word)) >= 3 else word


def tokens(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return [folded for word in WORD.findall(text) if (folded := fold_word(word))]


def fold_index(text: str | None) -> str | None:
    """The text as the search index takes it: one folded word for each word FTS5 sees in the original, so that
    `snippet()` and `highlight()` over the original line up. None stays None, as SQL has it."""
    if text is None:
        return None
    return " ".join(fold_word(word) or word for word in WORD.findall(text))
