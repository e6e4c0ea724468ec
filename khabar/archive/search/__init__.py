"""Search as people spell: folded at index (triggers call hi_fold), inflected at query, Latin letters looked up."""

from __future__ import annotations

from khabar.archive.search.days import ID_BITS, ids_within
from khabar.archive.search.hits import (
    FIELDS,
    MARK_END,
    MARK_START,
    Wanted,
    each,
    match,
    plain_hit,
    refold,
    roman_lookup,
    search,
)
from khabar.archive.search.vocabulary import Vocabulary, add_alias, aliases, learn, remove_alias

__all__ = [
    "FIELDS",
    "ID_BITS",
    "MARK_END",
    "MARK_START",
    "Vocabulary",
    "Wanted",
    "add_alias",
    "aliases",
    "each",
    "ids_within",
    "learn",
    "match",
    "plain_hit",
    "refold",
    "remove_alias",
    "roman_lookup",
    "search",
]
