"""Splits text into sentences and words. A danda ends a sentence; a full stop does unless it belongs
to an abbreviation or a number.
"""

from __future__ import annotations

import re

from khabar.hindi.text import WORD

_ABBREVIATIONS = frozenset(
    """डॉ डा प्रो मो रु पं श्री श्रीमती कु स्व सं लेफ्टि इं एड एडवो नि प्रा लि कि मी किमी सेमी मिमी ग्रा
    मि सें मिलि क्र तह जि पृ उदा दूर मोबा फो बी सी डी पी एस एम एन एल के टी जे आर यू वी ओ एफ एच क्यू एक्स
    dr mr mrs ms prof rs vs jr sr col gen lt capt maj hon govt dept fig vol inc ltd co etc st
    jan feb apr jun jul aug sep sept oct nov dec""".split()
)
_SENTENCE_END = re.compile(
    r"[।॥?!…]+[\"'”’)\]]*|\.{2,}[\"'”’)\]]*|\.[\"'”’)\]]*(?=\s|$)|\s\|(?=\s|$)|\n+"
)
_LAST_WORD = re.compile(r"([\w\u0900-\u097f\u200c\u200d]+)$")


def split_sentences(text: str) -> list[str]:
    """Returns the sentences in order, each with its closing mark, trimmed."""
    segments, start = [], 0
    for mark in _SENTENCE_END.finditer(text):
        if (
            mark.group().startswith(".")
            and not mark.group().startswith("..")
            and _is_abbreviation(text, start, mark)
        ):
            continue
        segments.append(text[start : mark.end()].strip())
        start = mark.end()
    return [
        segment for segment in (*segments, text[start:].strip()) if any(map(str.isalnum, segment))
    ]


def _is_abbreviation(text: str, start: int, mark: re.Match[str]) -> bool:
    """Returns whether a full stop belongs to the word before it: डॉ. रु. एस.पी. A. or a list
    number.
    """
    word = _LAST_WORD.search(text, start, mark.start())
    if word is None:
        return False
    follows_dot = text[: word.start()].endswith(".")
    is_list_number = word[1].isdecimal() and not text[start : word.start()].strip()  # "1. पहला"
    is_initial = len(word[1]) == 1 and word[1].isalpha()
    return follows_dot or is_list_number or is_initial or word[1].lower() in _ABBREVIATIONS


def split_words(text: str) -> list[str]:
    """Returns the words of a text as written."""
    return [word for word in WORD.findall(text) if word[0].isalnum() or any(map(str.isalnum, word))]


def count_words(text: str) -> int:
    """Counts the words of a text."""
    return len(split_words(text))
