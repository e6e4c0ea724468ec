"""A search as typed, taken apart: words, "phrases", beginnings*, -refusals, OR, field:word. Nothing is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from hindi.fold import fold_word, tokens

MOST_TERMS = 32  # of one query; what comes after is not searched
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_COLON_IN_WORD = re.compile("(?<=[ऀ-ॣ]):(?=[ऀ-ॣ])")  # दु:ख is typed for दुःख


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for: a folded word, a phrase of them, or (`prefix`) the beginning of a word."""

    words: tuple[str, ...]
    negative: bool = False
    prefix: bool = False
    quoted: bool = False
    field: str | None = None
    also: tuple[tuple[str, ...], ...] = ()  # what the typing meant too: दुःख is printed दु:ख, हिन्* begins हिंदी

    @property
    def plain(self) -> bool:
        """A word that may be written otherwise than it was typed."""
        return not (self.negative or self.prefix or self.quoted)


Clause = tuple[Term, ...]  # alternatives


def read_query(query: str, fields: Sequence[str] = ()) -> tuple[list[Clause], list[Term]]:
    """(what must all be there, what must not be there). `fields` are the names that may stand before a colon."""
    wanted: list[Clause] = []
    refused: list[Term] = []
    tied = False
    for term in islice(_terms(query, fields), MOST_TERMS):
        if term is None:
            tied = bool(wanted)
            continue
        if term.negative:
            refused.append(term)
        elif tied:
            wanted[-1] = (*wanted[-1], term)
        else:
            wanted.append((term,))
        tied = False
    return list(dict.fromkeys(wanted)), list(dict.fromkeys(refused))


def _terms(query: str, fields: Sequence[str]) -> Iterator[Term | None]:
    """The terms in order; None for an OR."""
    for found in _pattern(tuple(fields)).finditer(_COLON_IN_WORD.sub("ः", query.translate(_QUOTES))):
        if found["or"]:
            yield None
        elif found["phrase"] is not None:
            yield from _phrase(found)
        elif found["word"]:
            yield from _words(found)


@lru_cache
def _pattern(fields: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, fields)) or "(?!)"
    return re.compile(
        r"(?P<or>(?<!\S)OR(?!\S)|\|)|(?P<and>(?<!\S)AND(?!\S))"
        rf"|(?P<minus>(?<!\S)(?:[-−]|NOT\s+))?(?:(?<![^\s\-−])(?P<field>{names})\s?:\s?)?"
        r'(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"|]+))'
    )


def _phrase(found: re.Match[str]) -> Iterator[Term]:
    if words := tuple(tokens(found["phrase"])):
        yield Term(words, bool(found["minus"]), quoted=True, field=found["field"])


def _words(found: re.Match[str]) -> Iterator[Term]:
    """The words of a piece without blanks: one mostly, two of दिल्ली-एनसीआर."""
    text, negative, field = found["word"], bool(found["minus"]), found["field"]
    words = tokens(text)
    if len(words) > 1 and negative:
        yield Term(tuple(words), negative, quoted=True, field=field)
        return
    for at, word in enumerate(words):
        if text.endswith("*") and at == len(words) - 1:
            yield _beginning(word, text.rstrip("*"), negative, field)
        else:
            yield Term((word,), negative, field=field, also=_parted(text) if len(words) == 1 else ())


def _beginning(word: str, text: str, negative: bool, field: str | None) -> Term:
    """A word that may go on. What breaks off at न् or म् is folded otherwise once it does: हिन्* begins हिंदी."""
    cut = text.endswith("्")
    also = ((f"{word[:-1]}ं",),) if cut and len(word) > 1 and word[-1] in "नमङञण" else ()
    return Term((f"{word}्" if cut else word,), negative, prefix=True, field=field, also=also)


def _parted(text: str) -> tuple[tuple[str, ...], ...]:
    halves = tuple(filter(None, map(fold_word, text.split("ः"))))
    return (halves,) if len(halves) == 2 else ()
