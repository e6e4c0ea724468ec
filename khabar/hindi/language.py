"""What language a text is in. CLD2 tells the languages of Devanagari apart, and how much of each a mixed page holds."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pycld2

from khabar.hindi.sentences import words
from khabar.hindi.text import clean

_DEVANAGARI = frozenset({"hi", "mr", "ne", "bh", "sa"})  # `bh`: Bihari, which is Bhojpuri, Maithili, Magahi
_ENOUGH = 20  # letters, signs and digits of words
_OPENING = 500  # characters: as a rule enough of them are words
_MOST = 0.6  # of the text in Devanagari that must be Hindi; the same of a text in another script
_NOT_DEVANAGARI_SIGN = re.compile("[^\u0900-\u097f]+")
_NOT_PLAIN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Language:
    """`code`: ISO 639-1 (CLD2's where there is none), None when unknown. `shares`: each language's part, 0–1."""

    code: str | None = None
    shares: tuple[tuple[str, float], ...] = ()


def devanagari_share(text: str) -> float:
    """The part of the text's letters that are Devanagari, 0–1; 0 for a text without letters."""
    letters = sum(map(str.isalpha, text))
    return sum(map(str.isalpha, _NOT_DEVANAGARI_SIGN.sub("", text))) / letters if letters else 0.0


def detect(text: str) -> Language:
    """The text's language. Too little text, Hindi in Latin letters and a guess CLD2 itself doubts stay unknown."""
    text = _NOT_PLAIN.sub(" ", clean(text))
    if sum(map(len, words(text[:_OPENING]))) < _ENOUGH and sum(map(len, words(text))) < _ENOUGH:
        return Language()
    reliable, _, found = pycld2.detect(text, isPlainText=True)
    shares = tuple((code, percent / 100) for _, code, percent, _ in found if code != "un" and percent)
    return Language(_decided(dict(shares), reliable), shares)


def _decided(shares: dict[str, float], reliable: bool) -> str | None:
    indian = {code: share for code, share in shares.items() if code in _DEVANAGARI}
    total = sum(indian.values())
    if total and total >= max(share for code, share in shares.items()) / 2:
        return "hi" if indian.get("hi", 0) >= _MOST * total else max(indian, key=lambda code: indian[code])
    code, share = max(shares.items(), key=lambda one: one[1], default=("", 0.0))
    return code if reliable and share >= _MOST else None
