"""Detects a text's language with a model that distinguishes the languages written in Devanagari and
gives the share of each in a mixed page.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from khabar.hindi.language_models import choose_model
from khabar.hindi.sentences import split_words
from khabar.hindi.text import clean_text

# `bh`: Bihari, i.e. Bhojpuri, Maithili, Magahi
_DEVANAGARI_LANGUAGES = frozenset({"hi", "mr", "ne", "bh", "sa"})
# All chosen by hand, not measured.
_MIN_WORD_CHARS = 20  # characters in words; the language of a shorter text is unknown
_OPENING_LENGTH = 500  # characters counted first; usually enough
# The share of Hindi in the Devanagari part of a text that makes it Hindi; also the share of another
# language in the whole text.
_MIN_SHARE = 0.6
SAMPLE_LENGTH = 3000  # characters that show an article's script
_MIN_OWN_SHARE = 0.2  # share of Devanagari from which a text is judged together with its headline
_UNSUPPORTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Language:
    """`code`: ISO 639-1, or the model's own code; None if unknown. `shares`: each language's share
    of the text, 0–1.
    """

    code: str | None = None
    shares: tuple[tuple[str, float], ...] = ()


def compute_devanagari_share(text: str) -> float:
    """Returns the share of a text's letters that are Devanagari, 0–1. 0 for no letters."""
    devanagari, letters = _count_letters(text[:SAMPLE_LENGTH])
    if len(text) > SAMPLE_LENGTH:
        more_devanagari, more_letters = _count_letters(text[SAMPLE_LENGTH:])
        devanagari, letters = devanagari + more_devanagari, letters + more_letters
    return devanagari / letters if letters else 0.0


@lru_cache(maxsize=64)  # the same headlines and texts are judged several times on one page
def _count_letters(text: str) -> tuple[int, int]:
    """Returns the numbers of Devanagari letters and of all letters."""
    counts = {char: count for char, count in Counter(text).items() if char.isalpha()}
    devanagari = sum(count for char, count in counts.items() if "\u0900" <= char <= "\u097f")
    return devanagari, sum(counts.values())


def detect_language(text: str) -> Language:
    """Returns the text's language. The code is None for too little text, for Hindi in Latin
    letters, and if the model reports its guess as unreliable.
    """
    text = _UNSUPPORTED.sub(" ", clean_text(text))
    if (
        sum(map(len, split_words(text[:_OPENING_LENGTH]))) < _MIN_WORD_CHARS
        and sum(map(len, split_words(text))) < _MIN_WORD_CHARS
    ):
        return Language()
    reliable, shares = choose_model()(text)
    return Language(_choose_language(shares, reliable), tuple(shares.items()))


def detect_article_language(title: str, text: str) -> Language:
    """Returns the language of an article's text. The headline counts only if the text is too short
    to be judged or is itself in Devanagari: under a Hindi headline, garbage is not Hindi.
    """
    is_short = sum(map(len, split_words(text[:_OPENING_LENGTH]))) < _MIN_WORD_CHARS
    if is_short or compute_devanagari_share(text[:SAMPLE_LENGTH]) >= _MIN_OWN_SHARE:
        return detect_language(f"{title}\n{text}")
    return detect_language(text)


def _choose_language(shares: dict[str, float], reliable: bool) -> str | None:
    devanagari_shares = {
        code: share for code, share in shares.items() if code in _DEVANAGARI_LANGUAGES
    }
    total = sum(devanagari_shares.values())
    if total and total >= max(share for code, share in shares.items()) / 2:
        return (
            "hi"
            if devanagari_shares.get("hi", 0) >= _MIN_SHARE * total
            else max(devanagari_shares, key=lambda code: devanagari_shares[code])
        )
    code, share = max(shares.items(), key=lambda item: item[1], default=("", 0.0))
    return code if reliable and share >= _MIN_SHARE else None
