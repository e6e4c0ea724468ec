"""A person's query as a safe FTS5 MATCH expression over folded text, with inflections, compounds, aliases, Latin words.

    मुख्यमंत्री "झूठे मुकदमे" title:रामपुर चुनाव* -बिहार दौरा OR यात्रा akhilesh

The words may stand in any order and must all be there; OR ties the two it stands between; quotes ask for exactly these
words in this order, a star for any ending, a minus for absence. Everything else is punctuation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from khabar.hindi.aliases import GROUPS, Group
from khabar.hindi.query_expansion import Expander, Meaning, Table, Vocabulary, fold_all
from khabar.hindi.query_parser import Clause, Term, Words, read_query, words_of


@dataclass(frozen=True, slots=True)
class Match:
    """A query as expressions: what must all be there, clause by clause, and what must not be."""

    clauses: tuple[str, ...]
    absent: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self._without_absent(" AND ".join(self.clauses))

    def all_in(self, column: str) -> str:
        """The expression for documents that answer in one column alone."""
        return self._without_absent(f"{{{column}}} : ({' AND '.join(self.clauses)})")

    def _without_absent(self, found: str) -> str:
        return f"({found}) NOT ({' OR '.join(self.absent)})" if self.absent else found


def to_match(
    query: str,
    vocabulary: Vocabulary | None = None,
    aliases: Sequence[Group] = GROUPS,
    fields: Mapping[str, str] | None = None,
) -> str:
    """The MATCH expression for a query; "" when it asks for nothing. Arguments as `read_match` takes them."""
    return str(read_match(query, vocabulary, aliases, fields) or "")


def read_match(
    query: str,
    vocabulary: Vocabulary | None = None,
    aliases: Sequence[Group] = GROUPS,
    fields: Mapping[str, str] | None = None,
) -> Match | None:
    """A query's expressions; None when it asks for nothing. Never raises on a query, never bad syntax.

    `aliases`: names of one thing, group by group. `fields`: names that `field:` may have → columns.
    """
    wanted, refused = read_query(query, fields or {})
    if not wanted:
        return None
    expander = Expander(vocabulary, _table(tuple(aliases), tuple(vocabulary.groups()) if vocabulary else ()))
    beside = expander.beside(wanted)
    terms = {term: expander.meanings(term, beside.get(term, ())) for term in (*_flat(wanted), *refused)}
    known = _known(vocabulary, terms.values())
    written = {term: _written(term, meanings, known) for term, meanings in terms.items()}
    clauses = (_any(written[term] for term in clause) for clause in wanted)
    return Match(tuple(dict.fromkeys(clauses)), tuple(written[term] for term in refused))


@lru_cache(maxsize=4)
def _table(groups: tuple[Group, ...], own: tuple[Group, ...]) -> Table:
    """Every folded name → the others of its group."""
    table: dict[Words, list[Words]] = {}
    taken = {fold_all(words_of(name)) for group in own for name in group}
    for group in (*own, *groups):
        folded = [name for one in group if (name := fold_all(words_of(one)))]
        names = folded if group in own else [name for name in folded if name not in taken]
        for name in names:
            known = table.setdefault(name, [])
            known += [other for other in names if other != name and other not in known]
    return table


def _flat(clauses: Iterable[Clause]) -> Iterator[Term]:
    return (term for clause in clauses for term in clause)


def _known(vocabulary: Vocabulary | None, terms: Iterable[Sequence[Meaning]]) -> set[str] | None:
    """The words that the archive holds, of all that were thought of; None when there is nobody to ask."""
    if vocabulary is None:
        return None
    return vocabulary.known({word for meanings in terms for meaning in meanings for word in meaning.words})


def _written(term: Term, meanings: Sequence[Meaning], known: set[str] | None) -> str:
    """A term as an expression: what was typed, and of its other meanings those made of words that are known."""
    held = [one for at, one in enumerate(meanings) if not at or known is None or _is_held(one, known)]
    written = _any(f'"{" ".join(one.words)}"{" *" if one.beginning else ""}' for one in held)
    return f'{{"{term.column}"}} : ({written})' if term.column else written


def _is_held(meaning: Meaning, known: set[str]) -> bool:
    return meaning.beginning or all(word in known for word in meaning.words if "\u0900" <= word[:1] <= "\u097f")


def _any(alternatives: Iterable[str]) -> str:
    unique = list(dict.fromkeys(alternatives))
    return unique[0] if len(unique) == 1 else f"({' OR '.join(unique)})"
