"""A search as typed, taken apart: words, "phrases", beginnings*, -refusals, OR, field:word. Nothing is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from khabar.hindi.normalize import unify
from khabar.hindi.spelling import initials
from khabar.hindi.text import WORD

MOST_TERMS = 32  # of one query; what comes after is not searched
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_COLON_IN_WORD = re.compile(r"(\S*[ऀ-ॣ]):(?=[ऀ-ॣ])")  # दु:ख is typed for दुःख
_PARTS = re.compile("[0-9]+|[^0-9]+")
_NUMBER = re.compile("[1-9][0-9]{3,14}")
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for: a word, a phrase (two words and more, or `quoted`), or (`prefix`) the beginning of a word.

    Its words are unified (`khabar.hindi.normalize`), not yet folded.
    """

    words: Words
    negative: bool = False
    prefix: bool = False
    quoted: bool = False
    column: str | None = None
    also: tuple[Words, ...] = ()  # what the typing meant too: दुःख is printed दु:ख, कोविड-19 कोविड19

    @property
    def plain(self) -> bool:
        """A single word that may be written otherwise than it was typed."""
        return not (self.prefix or self.quoted or len(self.words) > 1)


Clause = tuple[Term, ...]  # alternatives


def read_query(query: str, fields: Mapping[str, str]) -> tuple[list[Clause], list[Term]]:
    """(what must all be there, what must not be there). `fields`: names that may stand before a colon → columns."""
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


def words_of(text: str) -> Words:
    """The unified words of a text, in order."""
    return tuple(filter(None, map(unify, WORD.findall(text))))


def _terms(query: str, fields: Mapping[str, str]) -> Iterator[Term | None]:
    """The terms in order; None for an OR."""
    text = _COLON_IN_WORD.sub(
        lambda found: found[0] if found[1].lstrip("-−") in fields else f"{found[1]}ः", query.translate(_QUOTES)
    )
    for found in _pattern(tuple(fields)).finditer(text):
        column = fields[found["field"].lower()] if found["field"] else None
        if found["or"]:
            yield None
        elif found["phrase"] is not None:
            if words := words_of(found["phrase"]):
                yield Term(words, bool(found["minus"]), quoted=True, column=column)
        elif found["word"]:
            yield from _piece(found["word"], bool(found["minus"]), column)


@lru_cache
def _pattern(fields: Words) -> re.Pattern[str]:
    names = "|".join(map(re.escape, fields)) or "(?!)"
    return re.compile(
        r"(?P<or>(?<!\S)OR(?!\S)|\|)|(?P<and>(?<!\S)AND(?!\S))"
        rf"|(?P<minus>(?<!\S)(?:[-−]|NOT\s+))?(?:(?<![^\s\-−])(?P<field>(?i:{names}))\s?:\s?)?"
        r'(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"|]+))'
    )


def _piece(text: str, negative: bool, column: str | None) -> Iterator[Term]:
    """The terms of a piece without blanks: one mostly, two of दिल्ली-एनसीआर."""
    words = words_of(text)
    if words and text.endswith("*"):
        yield from (Term((word,), negative, column=column) for word in words[:-1])
        yield _beginning(words[-1], text.rstrip("*"), negative, column)
    elif len(words) == 1:
        yield Term(words, negative, column=column, also=(*_parted(text), *_at_digits(words[0])))
    elif one := _one_thing(text, words):
        yield Term(one[0], negative, column=column, also=one[1:])
    elif words and negative:
        yield Term(words, negative, quoted=True, column=column)
    else:
        whole = (("".join(words),),) if len(words) == 2 and "-" in text else ()  # ई-रिक्शा
        yield from (Term((word,), column=column, also=whole) for word in words)


def _one_thing(text: str, words: Words) -> tuple[Words, ...]:
    """The spellings of a piece that is one thing in spite of its signs: बी.जे.पी., 50,000, कोविड-19. () of any other."""
    whole = "".join(words)
    if len(words) > 1 and (
        initials(whole) or all(len(word) == 1 and word.isascii() and word.isalpha() for word in words)
    ):
        return ((whole,), words)
    if not any(map(str.isdigit, words)):
        return ()
    joined = "," in text or not whole.isdigit()  # but 2024-25 and 7.5 are two numbers
    return (words, (whole,), *_at_digits(whole)) if joined else (words,)


def _at_digits(word: str) -> Iterator[Words]:
    """A word of letters and digits parted between them (जी20), a number with the commas people write (1,00,000)."""
    parts = tuple(_PARTS.findall(word))
    if len(parts) == 2:
        yield parts
    elif _NUMBER.fullmatch(word):
        yield from {tuple(f"{int(word):,}".split(",")), (*_pairs(word[:-3]), word[-3:])}


def _pairs(digits: str) -> Words:
    """Digits as India groups them above the thousands: 1,00,000."""
    odd = len(digits) % 2
    return tuple(filter(None, (digits[:odd], *(digits[at : at + 2] for at in range(odd, len(digits), 2)))))


def _beginning(word: str, text: str, negative: bool, column: str | None) -> Term:
    """A word that may go on. What breaks off at न् or म् is folded otherwise once it does: हिन्* begins हिंदी."""
    cut = text.endswith("्")
    also = ((f"{word[:-1]}ं",),) if cut and len(word) > 1 and word[-1] in "नमङञण" else ()
    return Term((f"{word}्" if cut else word,), negative, prefix=True, column=column, also=also)


def _parted(text: str) -> Iterator[Words]:
    halves = tuple(filter(None, map(unify, text.split("ः"))))
    if len(halves) == 2:
        yield halves
