"""Reads an id beside its provider's name, as publishers' players, frames and shortcodes have it.

Both signs are needed: a word that names the provider, and the form that its ids have.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from khabar.extraction.embeds.providers import PROVIDERS

_ID_FORMS = tuple(row.id_form for row in PROVIDERS if row.id_form)
PROVIDER_WORDS: frozenset[str] = frozenset().union(*(form.words for form in _ID_FORMS))
_WORD_END = re.compile(r"[^a-z0-9]+")
_PREFIXED_ID = re.compile(r"([a-z0-9]{2,12})[-_/:]([\w-]{5,20})", re.I | re.A)


def split_words(text: str) -> list[str]:
    """Splits names of tags, classes and attributes into words in lower case."""
    return _WORD_END.split(text.lower())


def build_id_url(words: Collection[str], value: str, *, is_in_path: bool = False) -> str | None:
    """Returns the URL of an id that has the form of the ids of a provider which one of the words
    names, or of an id with its provider's name before it ("youtube/ID"). None for other values.

    A part of a path (`is_in_path`) is an id only of providers whose ids are numbers.
    """
    if (match := _PREFIXED_ID.fullmatch(value)) and match[1].lower() in PROVIDER_WORDS:
        words, value = (match[1].lower(),), match[2]
    for form in _ID_FORMS:
        if (
            not form.words.isdisjoint(words)
            and (form.is_in_path or not is_in_path)
            and form.pattern.fullmatch(value)
        ):
            return form.url_template.format(value)
    return None
