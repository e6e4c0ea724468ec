"""A person's query as a safe FTS5 MATCH expression over folded text, with inflections, compounds, aliases, Latin words.

    मुख्यमंत्री "झूठे मुकदमे" title:रामपुर चुनाव* -बिहार दौरा OR यात्रा akhilesh

The words may stand in any order and must all be there; OR ties the two it stands between; quotes ask for exactly these
words in this order, a star for any ending, a minus for absence. Everything else is punctuation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from hindi.aliases import ALIASES
from hindi.fold import fold_word, tokens
from hindi.inflect import aksharas, forms
from hindi.query import Clause, Term, read_query
from hindi.roman import roman_key

__all__ = ["ALIASES", "roman_key", "to_match"]

Lookup = Callable[[str], Iterable[str]]
Words = tuple[str, ...]
Table = Mapping[Words, Sequence[Words]]
_LONGEST = 40  # letters and signs of a word that can be bent or parted
_MOST_FOUND = 20  # Devanagari words for one Latin spelling


def to_match(
    query: str, lookup: Lookup | None = None, aliases: Mapping[str, Sequence[str]] = ALIASES, fields: Sequence[str] = ()
) -> str:
    """The MATCH expression for a query; "" when it asks for nothing. Never raises on a query, never bad syntax.

    `lookup`: from a `roman_key` to the archive's own folded words with that key. `aliases`: a name → its other names,
    read both ways. `fields`: the columns that `field:` may name.
    """
    wanted, refused = read_query(query, fields)
    if not wanted:
        return ""
    writer = _Writer(lookup, _table(tuple((name, tuple(others)) for name, others in aliases.items())))
    beside = _beside(wanted, writer.aliases)
    found = " AND ".join(_any(writer.write(term, beside.get(term, ())) for term in clause) for clause in wanted)
    absent = " OR ".join(writer.write(term) for term in refused)
    return f"({found}) NOT ({absent})" if absent else found


def _any(alternatives: Iterable[str]) -> str:
    unique = list(dict.fromkeys(alternatives))
    return unique[0] if len(unique) == 1 else f"({' OR '.join(unique)})"


@lru_cache(maxsize=4)
def _table(aliases: tuple[tuple[str, Words], ...]) -> Table:
    """The aliases folded: every name leads to the others of its group, whichever side it stood on."""
    table: dict[Words, list[Words]] = {}
    for name, others in aliases:
        group = [words for one in (name, *others) if (words := tuple(tokens(one)))]
        for words in group:
            known = table.setdefault(words, [])
            known += [other for other in group if other != words and other not in known]
    return table


def _beside(wanted: Sequence[Clause], aliases: Table) -> dict[Term, list[Words]]:
    """What a term may be instead because of its neighbours: मुख्य मंत्री is मुख्यमंत्री, supreme court सुप्रीम कोर्ट.

    Each of the neighbours takes the whole as its alternative, so that the whole satisfies all of them.
    """
    found: dict[Term, list[Words]] = {}
    for run in _runs(wanted, longest=max(2, *map(len, aliases), 2)):
        words = tuple(term.words[0] for term in run)
        wholes = [*aliases.get(words, ()), *list(_together(words))[1:]]
        for term in run if wholes else ():
            found.setdefault(term, []).extend(wholes)
    return found


def _runs(wanted: Sequence[Clause], longest: int) -> Iterator[list[Term]]:
    """Neighbouring plain words of one field, two and more."""
    for start in range(len(wanted)):
        run: list[Term] = []
        for clause in wanted[start : start + longest]:
            if len(clause) > 1 or not clause[0].plain or clause[0].field != wanted[start][0].field:
                break
            run = [*run, clause[0]]
            if len(run) > 1:
                yield run


def _together(words: Words) -> Iterator[Words]:
    """Words in their order, and two of them as one where people write them so: मुख्य मंत्री, मुख्यमंत्री.

    Of 874 such spellings in two found in 2.7 million words of news, read through by eye, about ten were another thing.
    """
    yield words
    if len(words) == 2 and all(_is_devanagari(word) and aksharas(word) > 1 for word in words):
        yield (fold_word("".join(words)),)


def _is_devanagari(word: str) -> bool:
    return "\u0900" <= word[:1] <= "\u0963"


@dataclass(frozen=True, slots=True)
class _Writer:
    lookup: Lookup | None
    aliases: Table

    def write(self, term: Term, beside: Iterable[Words] = ()) -> str:
        """One term as an expression."""
        if term.quoted:
            written = _phrase(term.words)
        elif term.prefix:
            written = _any(f"{_phrase(start)} *" for start in (term.words, *term.also))
        else:
            written = _any(map(_phrase, self._spellings(term, beside)))
        return f'{{"{term.field}"}} : ({written})' if term.field else written

    def _spellings(self, term: Term, beside: Iterable[Words]) -> Iterator[Words]:
        """All word sequences that stand for a term."""
        for root in (term.words[0], *self._devanagari(term.words[0])):
            yield from _shapes(root)
        yield from term.also
        for form in forms(term.words[0]) if term.plain else ():
            for other in self.aliases.get((form,), ()):
                yield from _shapes(other[0]) if len(other) == 1 else _together(other)
        for whole in beside:
            yield from ((form,) for form in forms(whole[0])) if len(whole) == 1 else _together(whole)

    def _devanagari(self, word: str) -> Iterator[str]:
        """The archive's words that a Latin one may spell."""
        key = roman_key(word) if word.isascii() and self.lookup else ""
        if key and self.lookup:
            yield from filter(None, map(fold_word, islice(self.lookup(key), _MOST_FOUND)))


def _phrase(words: Words) -> str:
    return f'"{" ".join(words)}"'


def _shapes(word: str) -> Iterator[Words]:
    """A folded word in all its forms, and each form in two where it may be a compound: मुख्य मंत्रियों."""
    if len(word) > _LONGEST:  # no word: asked for as it stands
        yield (word,)
        return
    bent = forms(word)
    yield from ((form,) for form in bent)
    for form in bent if _is_devanagari(word) else ():
        for at in range(2, len(form) - 1):
            head, tail = form[:at], form[at:]
            if "ऄ" <= tail[0] <= "ह" and head[-1] != "्" and aksharas(head) > 1 and aksharas(tail) > 1:
                yield fold_word(head), fold_word(tail)
