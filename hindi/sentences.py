"""Sentences and words. A danda ends a sentence; a full stop only when no abbreviation and no number asks for it."""

from __future__ import annotations

import re

from hindi.unicode61 import WORD

_ABBREVIATIONS = frozenset(
    """डॉ डा प्रो मो रु पं श्री श्रीमती कु स्व सं ले मे कर्नल इं एड एडवो नि प्रा लि ई वि सी डी बी जी पी एस एम एन एल के टी जे आर
    ए यू वी ओ एफ एच आई क्यू एक्स कि मी किमी सेमी मिमी ग्रा मि सें मिलि क्र न तह जि पृ उदा दूर मोबा फो
    dr mr mrs ms prof rs st no vs jr sr col gen lt capt maj hon govt dept fig vol inc ltd co etc al am pm
    jan feb mar apr jun jul aug sep sept oct nov dec""".split()
)
_END = re.compile(r"[।॥?!…]+[\"'”’)\]]*|\.{2,}[\"'”’)\]]*|\.[\"'”’)\]]*(?=\s|$)|\s\|(?=\s|$)|\n+")
_LAST_WORD = re.compile(r"([\w\u0900-\u097f\u200c\u200d]+)$")


def sentences(text: str) -> list[str]:
    """The sentences in order, each with its closing mark, without blanks around."""
    found, start = [], 0
    for mark in _END.finditer(text):
        if mark.group().startswith(".") and not mark.group().startswith("..") and _is_abbreviated(text, start, mark):
            continue
        found.append(text[start : mark.end()].strip())
        start = mark.end()
    return [one for one in (*found, text[start:].strip()) if one]


def _is_abbreviated(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether the full stop belongs to the word before it: डॉ. रु. कि.मी. A. or the number of a list."""
    word = _LAST_WORD.search(text, start, mark.start())
    if word is None:
        return False
    alone = not text[start : word.start()].strip()  # "1. पहला"
    return word[1].lower() in _ABBREVIATIONS or _is_initial(word[1]) or (alone and word[1].isdecimal())


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


def words(text: str) -> list[str]:
    """The words as written."""
    return [word for word in WORD.findall(text) if any(map(str.isalnum, word))]


def count_words(text: str) -> int:
    return len(words(text))
