"""Generates alternative spellings that only a query tries: गरमी for गर्मी, bjp for बीजेपी.

All words are in normalized spelling (`khabar.hindi.normalize.normalize_spelling`). Folding cannot
merge these spellings, because some are different words (उम्र, उमर). A word that is not in the index
costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from khabar.hindi.normalize import normalize_spelling

_MAX_SPELLINGS = 6  # other spellings per word; chosen by hand, not measured
# Between two spoken syllables a consonant's short a is silent: writers keep it or use a conjunct.
_SYLLABLE_FOLLOWS = "(?=(?:[क-ह]्)*[क-ह][ऄ-हा-ौं])"
_WITHOUT_A = re.compile(f"(?<=[ऄ-ौं])([क-ह])्(?!\\1){_SYLLABLE_FOLLOWS}")
_WITH_A = re.compile(f"(?<=[ऄ-ौं])([क-ह])(?!\\1){_SYLLABLE_FOLLOWS}")
_NASAL = re.compile(f"(?<=[ऄ-ौ])ं{_SYLLABLE_FOLLOWS}")
_VERB_END = re.compile("[तन][ाीे]ं?")
# roots whose agent noun (कर्ता) must not become a verb form (करता); भर्ती and भरती are one word
_AGENT_ROOTS = frozenset("कर हर धर".split())
# The Hindi names of the Latin letters.
_LETTER_NAMES = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "ए बी सी डी ई एफ जी एच आई जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू एक्स वाई जेड".split(),
        strict=True,
    )
)
_LETTERS_BY_NAME = {name: letter for letter, name in _LETTER_NAMES.items()}
_LETTERS_BY_NAME |= {
    "आइ": "i",
    "इ": "e",
    "वाइ": "y",
    "क्यु": "q",
    "यु": "u",
    "डब्लू": "w",
    "डब्ल्यु": "w",
    "डब्लु": "w",
}
_LETTER_NAME = re.compile("|".join(["[0-9]+", *sorted(_LETTERS_BY_NAME, key=len, reverse=True)]))
_LATIN_LETTER = re.compile("[0-9]+|[a-z]")
_MAX_INITIALS = 6  # letters and numbers; chosen by hand, not measured


def generate_spellings(word: str) -> list[str]:
    """Returns the word, followed by its other spellings: बरबाद and बर्बाद, इनकार and इंकार."""
    return list(
        dict.fromkeys(
            [word, *map(normalize_spelling, islice(_generate_respellings(word), _MAX_SPELLINGS))]
        )
    )


def _generate_respellings(word: str) -> Iterator[str]:
    for pattern, joint in ((_WITHOUT_A, ""), (_WITH_A, "्")):
        for match in pattern.finditer(word):
            before, rest = word[: match.start() + 1], word[match.end() :]
            if not _is_verb_form(before, rest):
                yield before + joint + rest
    for match in _NASAL.finditer(word):
        yield f"{word[: match.start()]}न{word[match.end() :]}"


def _is_verb_form(before: str, rest: str) -> bool:
    """Returns whether the change would turn one word into another: बस्ती is not बसती, कर्ता not
    करता; but भरती is भर्ती.
    """
    return bool(_VERB_END.fullmatch(rest)) and (before[-1] not in "रल" or before in _AGENT_ROOTS)


def parse_initials(word: str) -> str:
    """Returns the Latin letters and digits that a Hindi word spells out: bjp for बीजेपी, 5g for
    5जी. "" for any other word.
    """
    letters: list[str] = []
    position = 0
    while match := _LETTER_NAME.match(word, position):
        letters.append(_LETTERS_BY_NAME.get(match[0], match[0]))
        position = match.end()
    return "".join(letters) if position == len(word) and _is_initialism(letters) else ""


def spell_initials(letters: str) -> tuple[str, ...]:
    """Returns the Hindi names of Latin initials: ("बी", "जे", "पी") for bjp, ("जी", "20") for g20.

    () for what is too long or not in Latin letters.
    """
    parts = (
        _LATIN_LETTER.findall(letters.lower()) if letters.isascii() and letters.isalnum() else []
    )
    return tuple(_LETTER_NAMES.get(part, part) for part in parts) if _is_initialism(parts) else ()


def _is_initialism(parts: Sequence[str]) -> bool:
    """Returns whether the parts are 2 to `_MAX_INITIALS` letters and numbers, not all numbers."""
    return 1 < len(parts) <= _MAX_INITIALS and not all(map(str.isdigit, parts))
