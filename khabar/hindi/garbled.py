"""Recognises text that is stored but cannot be read: broken characters, mojibake, legacy fonts."""

from __future__ import annotations

import re

from khabar.hindi.kruti_dev import looks_like_kruti_dev
from khabar.hindi.language import SAMPLE_LENGTH, compute_devanagari_share

# What is left of Devanagari read as windows-1252: the first two of three bytes.
_MOJIBAKE = re.compile("\xe0[\xa4-\xb5]|\xc3\xa0\xc2")
_ACCENTED = re.compile("[\xc0-\xff]")
# Chosen by hand, not measured.
_MIN_MOJIBAKE = 3  # places
_MIN_BROKEN_SHARE = 0.01  # share of characters that could not be decoded
# Share of accented letters that no language has; fonts like Chanakya show Hindi in their place.
_MIN_ACCENTED_SHARE = 0.3
_MAX_DEVANAGARI_SHARE = 0.1  # with more, the text is readable apart from single places


def find_garbled_text(title: str, text: str, language: str | None) -> tuple[str | None, bool]:
    """Returns (what makes a text unreadable or None, whether all of it is); `language`: the one
    that was detected.
    """
    sample = text[:SAMPLE_LENGTH]
    is_latin = bool(sample.strip()) and compute_devanagari_share(sample) < _MAX_DEVANAGARI_SHARE
    if text.count("\ufffd") > _MIN_BROKEN_SHARE * len(text):
        return f"{text.count(chr(0xFFFD))} characters could not be decoded", False
    has_lead = "\xe0" in text or "\xc3" in text  # one letter is found faster than the pattern
    if has_lead and len(_MOJIBAKE.findall(text)) >= _MIN_MOJIBAKE:
        return "mojibake that cannot be restored", is_latin
    if is_latin and looks_like_kruti_dev(text):
        return "looks typed for the font Kruti Dev, not converted", True
    letters = sum(map(str.isalpha, sample)) if is_latin else 0
    if is_latin and len(_ACCENTED.findall(sample)) >= max(1, _MIN_ACCENTED_SHARE * letters):
        return "looks typed for a font that shows Hindi in place of Latin letters", True
    if is_latin and language is None and compute_devanagari_share(title) > 0.5:
        return "not in the script of its headline, and in no language that is known", True
    return None, False
