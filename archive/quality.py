"""What can be measured of a text: what a dataset is filtered by. Pure; kept with the article when it is filed."""

from __future__ import annotations

from hindi import language
from hindi.sentences import sentences

PLACES = 4  # digits kept: enough to sort by, and the same on every machine


def devanagari_share(text: str) -> float | None:
    """The part of the text's letters that are Devanagari, 0-1. None without text."""
    return round(language.devanagari_share(text), PLACES) if text else None


def repetition(text: str) -> float | None:
    """The part of the text's characters that stand in a sentence which stood there before, 0-1. None without text."""
    said = [" ".join(one.split()) for paragraph in text.split("\n\n") for one in sentences(paragraph)]
    length = sum(map(len, said))
    return round(1 - sum(map(len, set(said))) / length, PLACES) if length else None
