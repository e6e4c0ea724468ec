"""Parses a search query: words, "phrases", prefixes*, -exclusions, OR, field:word. Any input is
valid.
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

MAX_TERMS = 32  # of one query; further terms are ignored (chosen by hand)
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_COLON_IN_WORD = re.compile(r"(?<!\S)(\S*[ऀ-ॣ]):(?=[ऀ-ॣ])")  # दु:ख, typed for दुःख
_DIGIT_RUNS = re.compile("[0-9]+|[^0-9]+")
_LARGE_NUMBER = re.compile("[1-9][0-9]{3,14}")
WordSequence = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a query: a word, a phrase (two or more words, or `is_quoted`), or a prefix
    (`is_prefix`).

    Its words are in normalized spelling (`khabar.hindi.normalize.normalize_spelling`), not yet
    folded.
    """

    words: WordSequence
    is_negative: bool = False
    is_prefix: bool = False
    is_quoted: bool = False
    column: str | None = None
    # other spellings of what was typed: दुःख is printed दु:ख, कोविड-19 कोविड19
    alternatives: tuple[WordSequence, ...] = ()

    @property
    def is_plain_word(self) -> bool:
        """Whether the term is a single word that may be expanded to other spellings."""
        return not (self.is_prefix or self.is_quoted or len(self.words) > 1)


Clause = tuple[Term, ...]  # terms joined by OR


def parse_query(query: str, fields: Mapping[str, str]) -> tuple[list[Clause], list[Term]]:
    """Returns (clauses that must all match, terms that must not). `fields`: names allowed before a
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


def exceeds_max_terms(query: str, fields: Mapping[str, str]) -> bool:
    """Whether a query has terms that are ignored because there are too many."""
    return any(True for _ in islice(_parse_terms(query, fields), MAX_TERMS, None))


def normalize_words(text: str) -> WordSequence:
    """Returns the words of a text in normalized spelling, in order."""
    return tuple(filter(None, map(normalize_spelling, WORD.findall(text))))


def _parse_terms(query: str, fields: Mapping[str, str]) -> Iterator[Term | None]:
    """Yields the terms in order; None for an OR."""
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
    """Yields the terms of a token without spaces: usually one, two for दिल्ली-एनसीआर."""
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
    """Returns the spellings of a token that is one unit despite its punctuation: बी.जे.पी., 50,000,
    कोविड-19. () for any other.
    """
    joint_word = "".join(words)
    if len(words) > 1 and (
        parse_initials(joint_word)
        or all(len(word) == 1 and word.isascii() and word.isalpha() for word in words)
    ):
        return ((joint_word,), words)
    if not any(map(str.isdigit, words)):
        return ()
    is_joint = "," in text or not joint_word.isdigit()  # 2024-25 and 7.5 are two numbers
    return (words, (joint_word,), *_split_at_digits(joint_word)) if is_joint else (words,)


def _split_at_digits(word: str) -> Iterator[WordSequence]:
    """Yields a word of letters and digits split between them (जी20), and a number with the usual
    commas (1,00,000).
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
    """Groups the digits above the thousands in pairs, as in India: 1,00,000."""
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
    """Builds a prefix term. A prefix that ends in न् or म् may fold differently in the full word:
    हिन्* must match हिंदी.
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
