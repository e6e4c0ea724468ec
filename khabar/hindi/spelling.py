"""Spellings that only a query may try: गरमी for गर्मी, bjp for बीजेपी. All words are
unified (`khabar.hindi.normalize`).

Folding cannot merge them, for what is one word here is two elsewhere (उम्र, उमर). A word no index holds costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from khabar.hindi.normalize import unify

_MOST = 6
# Between two syllables that are heard the short a of a consonant is not: it is written or left out.
_HEARD = "(?=(?:[क-ह]्)*[क-ह][ऄ-हा-ौं])"
_WITHOUT_A = re.compile(f"(?<=[ऄ-ौं])([क-ह])्(?!\\1){_HEARD}")
_WITH_A = re.compile(f"(?<=[ऄ-ौं])([क-ह])(?!\\1){_HEARD}")
_NASAL = re.compile(f"(?<=[ऄ-ौ])ं{_HEARD}")
_VERB_END = re.compile("[तन][ाीे]ं?")
_DOERS = frozenset("कर हर धर".split())  # the doer is कर्ता, he does is करता; भर्ती and भरती are one
# The letters of the English alphabet as Hindi names them.
_NAMES = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "ए बी सी डी ई एफ जी एच आई जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू एक्स वाई जेड".split(),
        strict=True,
    )
)
_LETTERS = {name: letter for letter, name in _NAMES.items()}
_LETTERS |= {"आइ": "i", "इ": "e", "वाइ": "y", "क्यु": "q", "यु": "u", "डब्लू": "w", "डब्ल्यु": "w", "डब्लु": "w"}
_NAME = re.compile("|".join(["[0-9]+", *sorted(_LETTERS, key=len, reverse=True)]))
_LETTER = re.compile("[0-9]+|[a-z]")
_MOST_INITIALS = 6


def spellings(word: str) -> list[str]:
    """The word first, then what else it is written as: बरबाद and बर्बाद, इनकार and इंकार."""
    return list(dict.fromkeys([word, *map(unify, islice(_respelt(word), _MOST))]))


def _respelt(word: str) -> Iterator[str]:
    for pattern, joint in ((_WITHOUT_A, ""), (_WITH_A, "्")):
        for found in pattern.finditer(word):
            before, rest = word[: found.start() + 1], word[found.end() :]
            if not _is_verb(before, rest):
                yield before + joint + rest
    for found in _NASAL.finditer(word):
        yield f"{word[: found.start()]}न{word[found.end() :]}"


def _is_verb(before: str, rest: str) -> bool:
    """बस्ती is not बसती, कर्ता not करता; but भरती is भर्ती."""
    return bool(_VERB_END.fullmatch(rest)) and (before[-1] not in "रल" or before in _DOERS)


def initials(word: str) -> str:
    """The English letters a Hindi word names one by one, and its digits: bjp of बीजेपी, 5g of 5जी. "" of any other."""
    found: list[str] = []
    at = 0
    while name := _NAME.match(word, at):
        found.append(_LETTERS.get(name[0], name[0]))
        at = name.end()
    return "".join(found) if at == len(word) and _are_some(found) else ""


def named(letters: str) -> tuple[str, ...]:
    """Initials by their names in Hindi: ("बी", "जे", "पी") of bjp, ("जी", "20") of g20. () of anything too long, or not
    in Latin letters."""
    parts = _LETTER.findall(letters.lower()) if letters.isascii() and letters.isalnum() else []
    return tuple(_NAMES.get(part, part) for part in parts) if _are_some(parts) else ()


def _are_some(parts: Sequence[str]) -> bool:
    """Whether letters, and numbers between them, are few enough and more than a number."""
    return 1 < len(parts) <= _MOST_INITIALS and not all(map(str.isdigit, parts))
