"""The models that guess a text's languages: CLD2, and CLD3 where CLD2 has no wheel
(docs/platforms.md).

CLD2 knows Bihari and Sanskrit, and the share of each language in a mixed text. CLD3 knows none of
these: it guesses the Devanagari of a text and the rest separately, and words and endings that
Hindi does not have decide for Bihari and Sanskrit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

try:
    import pycld2
except ModuleNotFoundError:
    pycld2 = None

_NOT_DEVANAGARI = re.compile(r"[^\u0900-\u097f]+")
_DEVANAGARI_WORDS = re.compile(r"[\u0900-\u0963\u0971-\u097f]+")
_OTHER_WORDS = re.compile(r"[^\W\d_\u0900-\u097f]+")
_CLD3_MAX_BYTES = 20_000  # of a text; an article has 6,000 on average
_CLD3_UNKNOWN = "und"
_LATIN_SUFFIX = "-Latn"  # of languages that have another script, as `hi-Latn`
# Words that neither Bihari (Bhojpuri, Magahi, Maithili) nor Marathi nor Nepali have.
_HINDI_WORDS = frozenset(
    "है हैं था थे थी थीं में से और गया गई गए रहा रही रहे हुआ हुई हुए करने किया होगा लिए यह वह".split()
)
_BIHARI_WORDS = frozenset(
    """बा बाड़े बाड़ी बाड़न बाटे बानी नइखे रहल रहलन गइल गइली भइल कइल कइले होखे होला खातिर आजु एहसे ओकर
    एकर हमनी रउआ सभे लोगन जवन तवन कहलन अछि छथि छल छलाह सँ केँ भेल गेल कएल हुनक हइ हलइ""".split()
)
_MIN_BIHARI_WORDS = 2
_MIN_HINDI_SHARE = 0.05  # of the words; chosen by hand, not measured
# In 48,000 paragraphs of Hindi news at most 9 % of the words end so, in Sanskrit a quarter or more.
_SANSKRIT_ENDINGS = ("\N{DEVANAGARI SIGN VISARGA}", "\N{DEVANAGARI SIGN VIRAMA}")
_MIN_SANSKRIT_SHARE = 0.15

Guess = tuple[bool, dict[str, float]]


def choose_model() -> Callable[[str], Guess]:
    """Returns `guess_by_cld2`, or `guess_by_cld3` where pycld2 is not installed."""
    return guess_by_cld2 if pycld2 else guess_by_cld3


def guess_by_cld2(text: str) -> Guess:
    """Returns whether the guess is reliable, and language → share of the text, 0–1. A part whose
    language is unknown has no share. `text` is free of control and unassigned characters.
    """
    reliable, _, guesses = pycld2.detect(text, isPlainText=True)
    return reliable, {
        code: percent / 100 for _, code, percent, _ in guesses if code != "un" and percent
    }


def guess_by_cld3(text: str) -> Guess:
    """Returns what `guess_by_cld2` returns; a share is one of the bytes in letters."""
    devanagari = " ".join(_NOT_DEVANAGARI.sub(" ", text).split())
    other = " ".join(_OTHER_WORDS.findall(text))
    total = len(devanagari.encode()) + len(other.encode())
    shares, reliable = {}, True
    if devanagari:
        shares[_guess_devanagari(devanagari)] = len(devanagari.encode()) / total
    if other:
        guess = _load_cld3().FindLanguage(other)
        reliable = guess.is_reliable
        if guess.language != _CLD3_UNKNOWN and not guess.language.endswith(_LATIN_SUFFIX):
            shares[guess.language] = len(other.encode()) / total
    return reliable, {code: round(share, 2) for code, share in shares.items() if share >= 0.01}


def _guess_devanagari(text: str) -> str:
    """Returns the language of words in Devanagari; Hindi where neither CLD3 nor a word tells."""
    words = _DEVANAGARI_WORDS.findall(text)
    hindi_count = sum(word in _HINDI_WORDS for word in words)
    bihari_count = sum(word in _BIHARI_WORDS for word in words)
    sanskrit_count = sum(word.endswith(_SANSKRIT_ENDINGS) for word in words)
    if bihari_count >= max(_MIN_BIHARI_WORDS, hindi_count):
        return "bh"
    if words and sanskrit_count / len(words) >= _MIN_SANSKRIT_SHARE:
        return "sa"
    if hindi_count >= _MIN_HINDI_SHARE * max(1, len(words)):
        return "hi"
    language = _load_cld3().FindLanguage(text).language
    return language if language in ("mr", "ne") else "hi"


@cache
def _load_cld3() -> Any:
    import gcld3

    return gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=_CLD3_MAX_BYTES)
