"""Folds the spelling variants of Hindi words to one spelling, for search and comparison, not for
display.

Only variants of the same word are merged (हिन्दी/हिंदी, गयी/गई, त्यौहार/त्योहार). Words that differ
in meaning or ending (दिन/दीन, हाथ/हाथी, जाति/जाती) stay apart; endings are handled at query time by
`inflection` and `query_expansion`. Vowel length distinguishes short words (पूरी/पुरी, मैला/मेला)
but hardly ever long ones: of the 470 pairs that the rules for long words merge in 2.9 million words
of news, a manual review found about a dozen that are two words.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from unicodedata import category, normalize

from khabar.hindi.text import WORD

# Increase with every change here: an index built with another version must be rebuilt.
FOLD_VERSION = 2

_IGNORED_MARKS = re.compile(
    "[\u093c\u0903"  # nukta and visarga; next line: accents, variation selectors
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_DIGITS = {0x966 + digit: str(digit) for digit in range(10)}
_CONSONANT = "[क-ह]"
_SYLLABLE = f"(?:{_CONSONANT}्)*{_CONSONANT}"  # up to its vowel
_STOP_CONSONANTS = "[कखगघचछजझटठडढतथदधपफबभशषस]"
_ASPIRATES = tuple(zip("कगचजटडतदपब", "खघछझठढथधफभ", strict=True))


class _Rules:
    """Replacements that are applied in order. Most words match none of the patterns, which one
    search for all of them shows.
    """

    def __init__(self, *rules: tuple[str, str]) -> None:
        self._rules = [(re.compile(pattern), replacement) for pattern, replacement in rules]
        alternatives, group_count = [], 0
        for pattern, _ in self._rules:
            alternatives.append(f"(?:{_shift_references(pattern.pattern, group_count)})")
            group_count += pattern.groups
        self._any = re.compile("|".join(alternatives))

    def apply(self, word: str) -> str:
        if self._any.search(word) is None:
            return word
        for pattern, replacement in self._rules:
            word = pattern.sub(replacement, word)
        return word


def _shift_references(pattern: str, count: int) -> str:
    r"""Returns a pattern whose references to groups (\1) count so many groups before it."""
    return re.sub(r"\\(\d)", lambda match: rf"\{int(match[1]) + count}", pattern)


# Applied to every word in this order, repeatedly until nothing changes.
_SPELLING_RULES = _Rules(
    ("ँ", "ं"),
    # errors of font converters and typing: signs in the wrong order, split, doubled
    ("ं([ा-ौअ-औ])", r"\1ं"),
    ("र्इ", "ई"),
    ("ावं", "ांव"),
    ("अा", "आ"), ("अो|आे", "ओ"), ("अौ|आै", "औ"), ("अॉ|आॅ", "ऑ"), ("एे", "ऐ"),
    ("ाे", "ो"), ("ाै", "ौ"), ("ाॅ", "ॉ"),
    (r"([ा-ौं्])\1+", r"\1"),
    (f"(?<=.)न्(?={_STOP_CONSONANTS})|(?<=.)म्(?=[पफबभ])", "ं"),
    ("(?<=.)(?:ङ्(?=[कखगघ])|ञ्(?=[चछजझ])|ण्(?=[टठडढ]))", "ं"),
    ("(?<=[^्])यी", "ई"), ("(?<=[^्])ये", "ए"),
    ("रू", "रु"), ("ू$", "ु"), ("ऋ", "रि"), ("श्रृ", "शृ"),
    ("ह्([नणमल])", r"\1्ह"), ("ह्व|व्ह", "व"),  # चिह्न, चिन्ह; व्हाट्सएप, वाट्सएप
    ("^मुह(?=[रलबम])", "मोह"),  # मुहल्ला, मोहम्मद
    *((f"{loud}्(?={loud})", f"{soft}्") for soft, loud in _ASPIRATES),  # चिठ्ठी
    *((f"{loud}्{soft}", f"{soft}्{loud}") for soft, loud in _ASPIRATES),  # शुध्द
    *((f"र्{soft}्(?={loud})", "र्") for soft, loud in _ASPIRATES),  # अर्द्ध
    ("ं(?=न्)", ""), ("स्थ्य", "स्थ"),  # संन्यासी, स्वास्थ्य
    (rf"({_CONSONANT})्\1(?=्)", r"\1"), ("ज्जव", "ज्व"),  # महत्त्व, उज्ज्वल
    (rf"र्({_CONSONANT})्\1", r"र्\1"),  # कर्त्तव्य
    ("्$", ""),  # श्रीमान्
)  # fmt: skip
# These differences never distinguish words: हाइवे, भाईयों, महिलाऐं, लखनउ, कोष.
_COMMON_RULES = _Rules(("ई", "इ"), ("(?<=.)ऐ", "ए"), ("(?<=.)ऊ", "उ"), ("ष", "श"))
# Only for words of three letters or more.
_LONG_WORD_RULES = _Rules(
    # कार्रवाई, कारवाई
    ("ै", "े"), ("ौ", "ो"), ("ू", "ु"), ("ऊ", "उ"), ("ऐ", "ए"), ("ण", "न"), ("र्र", "र"),
    (f"^({_SYLLABLE})ी(?={_CONSONANT}[ा-ौ])", r"\1ि"),  # दीवार, बीमारी
    (f"(?<=[ऄ-ौं])({_SYLLABLE})ी(?!ं?$)", r"\1ि"),  # नदीयों, नीतीश
)  # fmt: skip
_OPEN_O_TO_A = str.maketrans({"ॉ": "ा", "ऑ": "आ"})
_LETTER = re.compile("[ऄ-ह]")
_LETTER_OR_NASAL = re.compile("[ऄ-ह]|ं(?=.)")


@lru_cache(maxsize=1 << 17)
def fold_word(word: str) -> str:
    """Returns the folded spelling of a word. "" if it has no letter and no digit. Idempotent."""
    result = _merge_vowel_lengths(normalize_spelling(word))
    while (next_result := _merge_vowel_lengths(normalize_spelling(result))) != result:
        result = next_result
    return result


def normalize_spelling(word: str) -> str:
    """Returns the first stage of folding, which keeps vowel length. Endings are added and removed
    at this stage.

    "" if the word contains no letter and no digit.
    """
    result = _strip_marks(word)
    while (next_result := _SPELLING_RULES.apply(result)) != result:
        result = next_result
    return result if any(map(str.isalnum, result)) else ""


def _strip_marks(word: str) -> str:
    """Applies NFKD and lower case, and removes accents, joiners and all characters that are not
    letters, marks or numbers.
    """
    text = normalize("NFKD", normalize("NFKD", word).casefold())
    text = _IGNORED_MARKS.sub("", text.translate(_DIGITS))
    return text if text.isalnum() else "".join(char for char in text if category(char)[0] in "LMN")


def _merge_vowel_lengths(word: str) -> str:
    """Merges the vowel lengths that do not distinguish words of this length."""
    if len(_LETTER.findall(word)) >= 3:
        word = _LONG_WORD_RULES.apply(word)
    word = _COMMON_RULES.apply(word)
    # डॉक्टर = डाक्टर, but मॉल is not माल
    return word.translate(_OPEN_O_TO_A) if len(_LETTER_OR_NASAL.findall(word)) >= 3 else word


def fold_long_prefix(prefix: str) -> list[str]:
    """Folds a normalized prefix as in words of three letters or more: सूच of सुचना, दीव of दिवार."""
    word = _COMMON_RULES.apply(_LONG_WORD_RULES.apply(prefix))
    word = word.translate(_OPEN_O_TO_A)
    return list(dict.fromkeys([word, word.replace("ी", "ि")]))


def tokens(text: str) -> list[str]:
    """Returns the folded words of a text, in order."""
    return [token for word in WORD.findall(text) if (token := fold_word(word))]


# Folded texts of the article that is being stored: triggers of the search index call
# `fold_for_index`, and a worker has folded the texts already.
_remembered_folds: dict[str, str] = {}


def remember_folds(folds: Mapping[str, str]) -> None:
    """Remembers the folded forms of these texts, instead of those it remembered before."""
    _remembered_folds.clear()
    _remembered_folds.update(folds)


def fold_for_index(text: str | None) -> str | None:
    """Returns the text for the search index: one folded word for each word FTS5 finds in the
    original, so that `snippet()` and `highlight()` on the original line up. None stays None, as in
    SQL.
    """
    if text is None:
        return None
    if (fold := _remembered_folds.get(text)) is not None:
        return fold
    return " ".join(fold_word(word) or word for word in WORD.findall(text))


def compute_text_sha256(text: str) -> str | None:
    """Returns the hex SHA-256 of a text: equal for texts of the same folded words. None without
    words.
    """
    return hash_tokens(tokens(text))


def hash_tokens(words: Sequence[str]) -> str | None:
    """Returns the hex SHA-256 of folded words joined by spaces; None for no words.

    The single definition used by identity, takedowns by text, overlap and verify.
    """
    return hashlib.sha256(" ".join(words).encode()).hexdigest() if words else None
