"""A search as typed, taken apart: words, "phrases", beginnings*, -refusals, OR, field:word.
Nothing is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from khabar.hindi.normalize import normalize_spelling
from khabar.hindi.spelling import parse_initials
from khabar.hindi.text import WORD

MAX_TERMS = 32  # of one query; what comes after is not searched
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_COLON_IN_WORD = re.compile(r"(\S*[ऀ-ॣ]):(?=[ऀ-ॣ])")  # दु:ख is typed for दुःख
_DIGIT_RUNS = re.compile("[0-9]+|[^0-9]+")
_LARGE_NUMBER = re.compile("[1-9][0-9]{3,14}")
WordSequence = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for: a word, a phrase (two words and more, or `is_quoted`), or (`is_prefix`)
    the beginning of a word.

    Its words are unified (`khabar.hindi.normalize`), not yet folded.
    """

    words: WordSequence
    is_negative: bool = False
    is_prefix: bool = False
    is_quoted: bool = False
    column: str | None = None
    # what the typing meant too: दुःख is printed दु:ख, कोविड-19 कोविड19
    alternatives: tuple[WordSequence, ...] = ()

    @property
    def is_plain_word(self) -> bool:
        """A single word that may be written otherwise than it was typed."""
        return not (self.is_prefix or self.is_quoted or len(self.words) > 1)


Clause = tuple[Term, ...]  # alternatives


def parse_query(query: str, fields: Mapping[str, str]) -> tuple[list[Clause], list[Term]]:
    """(what must all be there, what must not be there). `fields`: names that may stand before a
    colon → columns.
    """
    clauses: list[Clause] = []
    exclusions: list[Term] = []
    follows_or = False
    for term in islice(_parse_terms(query, fields), MAX_TERMS):
        if term is None:
            follows_or = bool(clauses)
            continue
        if term.is_negative:
            exclusions.append(term)
        elif follows_or:
            clauses[-1] = (*clauses[-1], term)
        else:
            clauses.append((term,))
        follows_or = False
    return list(dict.fromkeys(clauses)), list(dict.fromkeys(exclusions))


def normalize_words(text: str) -> WordSequence:
    """The unified words of a text, in order."""
    return tuple(filter(None, map(normalize_spelling, WORD.findall(text))))


def _parse_terms(query: str, fields: Mapping[str, str]) -> Iterator[Term | None]:
    """The terms in order; None for an OR."""
    text = _COLON_IN_WORD.sub(
        lambda match: match[0] if match[1].lstrip("-−") in fields else f"{match[1]}ः",
        query.translate(_QUOTES),
    )
    for match in _compile_pattern(tuple(fields)).finditer(text):
        column = fields[match["field"].lower()] if match["field"] else None
        if match["or"]:
            yield None
        elif match["phrase"] is not None:
            if words := normalize_words(match["phrase"]):
                yield Term(words, bool(match["minus"]), is_quoted=True, column=column)
        elif match["word"]:
            yield from _parse_token(match["word"], bool(match["minus"]), column)


@lru_cache
def _compile_pattern(fields: WordSequence) -> re.Pattern[str]:
    names = "|".join(map(re.escape, fields)) or "(?!)"
    return re.compile(
        r"(?P<or>(?<!\S)OR(?!\S)|\|)|(?P<and>(?<!\S)AND(?!\S))"
        rf"|(?P<minus>(?<!\S)(?:[-−]|NOT\s+))?(?:(?<![^\s\-−])(?P<field>(?i:{names}))\s?:\s?)?"
        r'(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"|]+))'
    )


def _parse_token(text: str, is_negative: bool, column: str | None) -> Iterator[Term]:
    """The terms of a piece without blanks: one mostly, two of दिल्ली-एनसीआर."""
    words = normalize_words(text)
    if words and text.endswith("*"):
        yield from (Term((word,), is_negative, column=column) for word in words[:-1])
        yield _build_prefix_term(words[-1], text.rstrip("*"), is_negative, column)
    elif len(words) == 1:
        yield Term(
            words,
            is_negative,
            column=column,
            alternatives=(*_split_at_visarga(text), *_split_at_digits(words[0])),
        )
    elif spellings := _find_joint_spellings(text, words):
        yield Term(spellings[0], is_negative, column=column, alternatives=spellings[1:])
    elif words and is_negative:
        yield Term(words, is_negative, is_quoted=True, column=column)
    else:
        joint_spelling = (("".join(words),),) if len(words) == 2 and "-" in text else ()  # ई-रिक्शा
        yield from (Term((word,), column=column, alternatives=joint_spelling) for word in words)


def _find_joint_spellings(text: str, words: WordSequence) -> tuple[WordSequence, ...]:
    """The spellings of a piece that is one thing in spite of its signs: बी.जे.पी., 50,000,
    कोविड-19. () of any other.
    """
    joint_word = "".join(words)
    if len(words) > 1 and (
        parse_initials(joint_word)
        or all(len(word) == 1 and word.isascii() and word.isalpha() for word in words)
    ):
        return ((joint_word,), words)
    if not any(map(str.isdigit, words)):
        return ()
    is_joint = "," in text or not joint_word.isdigit()  # but 2024-25 and 7.5 are two numbers
    return (words, (joint_word,), *_split_at_digits(joint_word)) if is_joint else (words,)


def _split_at_digits(word: str) -> Iterator[WordSequence]:
    """A word of letters and digits parted between them (जी20), a number with the commas people
    write (1,00,000).
    """
    parts = tuple(_DIGIT_RUNS.findall(word))
    if len(parts) == 2:
        yield parts
    elif _LARGE_NUMBER.fullmatch(word):
        yield from {
            tuple(f"{int(word):,}".split(",")),
            (*_group_indian_digits(word[:-3]), word[-3:]),
        }


def _group_indian_digits(digits: str) -> WordSequence:
    """Digits as India groups them above the thousands: 1,00,000."""
    offset = len(digits) % 2
    return tuple(
        filter(
            None,
            (
                digits[:offset],
                *(digits[index : index + 2] for index in range(offset, len(digits), 2)),
            ),
        )
    )


def _build_prefix_term(word: str, text: str, is_negative: bool, column: str | None) -> Term:
    """A word that may go on. What breaks off at न् or म् is folded otherwise once it does: हिन्*
    begins हिंदी.
    """
    has_virama = text.endswith("्")
    alternatives = (
        ((f"{word[:-1]}ं",),) if has_virama and len(word) > 1 and word[-1] in "नमङञण" else ()
    )
    return Term(
        (f"{word}्" if has_virama else word,),
        is_negative,
        is_prefix=True,
        column=column,
        alternatives=alternatives,
    )


def _split_at_visarga(text: str) -> Iterator[WordSequence]:
    halves = tuple(filter(None, map(normalize_spelling, text.split("ः"))))
    if len(halves) == 2:
        yield halves
