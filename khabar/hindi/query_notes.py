"""Says which parts of a search query mean something else than was probably meant: AND, foo:word, a
lone star. `khabar.hindi.query_parser` accepts any input; these are the places where it guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from khabar.hindi.query_parser import (
    MAX_TERMS,
    exceeds_max_terms,
    normalize_words,
    parse_query,
)

# A name before a colon, in Latin letters; a word of Hindi with a colon is दु:ख or a headline.
_NAMED_PART = re.compile(r"(?<!\S)[-−]?([A-Za-z_]+):(?!//)(\S?)")
_WORD_OPERATORS = re.compile(r"(?<!\S)(and|or|not|near|NEAR)(?!\S)")
_MAX_NOTES = 5  # of one query; chosen by hand
_QUOTED = re.compile(r'"[^"]*"')

# Pattern outside quotation marks → what was typed, and the note on it.
_LEFT_OUT = (
    (r"(?<!\S)AND(?!\S)", "AND", "AND is left out: all words must occur anyway",
     "AND छोड़ दिया: सब शब्द वैसे भी ज़रूरी हैं"),
    (r"(?<!\S)OR\s*$|^\s*OR(?!\S)", "OR", "OR stands between two words; here it is left out",
     "OR दो शब्दों के बीच आता है; यहाँ छोड़ दिया"),
    (r"(?<!\S)NOT\s*$", "NOT", "NOT has no word after it, searched as a word",
     "NOT के बाद शब्द नहीं, शब्द की तरह खोजा"),
    (r"(?<!\S)[-−]?\*", "*", "* counts only at the end of a word: मुख्य*",
     "* केवल शब्द के अंत में चलता है: मुख्य*"),
    (r"[()]", "( )", "brackets are left out", "कोष्ठक छोड़ दिए"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueryNote:
    """What became of a part of a query, in both languages of the pages."""

    typed: str
    english: str
    hindi: str


def explain_query(query: str, fields: Mapping[str, str]) -> list[QueryNote]:
    """Returns notes on the parts of a query that are not what they look like. `fields`: names
    allowed before a colon → columns.
    """
    if not query.strip():
        return []
    return list(dict.fromkeys(islice(_iter_notes(query, fields), _MAX_NOTES)))


def _iter_notes(query: str, fields: Mapping[str, str]) -> Iterator[QueryNote]:
    if query.count('"') % 2:
        yield QueryNote('"', 'the last " has no partner and is left out',
                        'अंतिम " का जोड़ा नहीं है, छोड़ दिया')  # fmt: skip
    rest = _QUOTED.sub(" ", query)
    yield from _explain_fields(rest, fields)
    for word in dict.fromkeys(_WORD_OPERATORS.findall(rest)):
        yield QueryNote(word, f"{word} is searched as a word; {_suggest_operator(word)}",
                        f"{word} शब्द की तरह खोजा")  # fmt: skip
    for pattern, typed, english, hindi in _LEFT_OUT:
        if re.search(pattern, rest):
            yield QueryNote(typed, english, hindi)
    yield from _explain_terms(query, fields)


def _explain_fields(rest: str, fields: Mapping[str, str]) -> Iterator[QueryNote]:
    for match in _NAMED_PART.finditer(rest):
        name, following = match[1], match[2]
        if name.lower() not in fields:
            yield QueryNote(f"{name}:", f"{name}: is no field, searched as a word",
                            f"{name}: कोई खाना नहीं, शब्द की तरह खोजा")  # fmt: skip
        elif not following and not rest[match.end() :].strip():
            yield QueryNote(f"{name}:", f"{name}: has no word after it, searched as a word",
                            f"{name}: के बाद शब्द नहीं, शब्द की तरह खोजा")  # fmt: skip


def _suggest_operator(word: str) -> str:
    return {
        "and": "all words must occur anyway",
        "or": "OR in capitals joins two words",
        "not": "-word or NOT word leaves one out",
    }.get(word.lower(), "quotation marks keep words together")


def _explain_terms(query: str, fields: Mapping[str, str]) -> Iterator[QueryNote]:
    clauses, exclusions = parse_query(query, fields)
    if exclusions and not clauses:
        yield QueryNote("-", "a search needs a word that must occur, beside those that must not",
                        "कम से कम एक शब्द ऐसा चाहिए जो हो")  # fmt: skip
    elif not clauses and not normalize_words(query):
        yield QueryNote(query.strip(), "there is no word in this", "इसमें कोई शब्द नहीं")
    if exceeds_max_terms(query, fields):
        yield QueryNote("…", f"only the first {MAX_TERMS} words are searched",
                        f"केवल पहले {MAX_TERMS} शब्द खोजे")  # fmt: skip
