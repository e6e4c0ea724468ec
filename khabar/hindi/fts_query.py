"""A person's query as a safe FTS5 MATCH expression over folded text, with inflections, compounds,
aliases, Latin words.

    मुख्यमंत्री "झूठे मुकदमे" title:रामपुर चुनाव* -बिहार दौरा OR यात्रा akhilesh

The words may stand in any order and must all be there; OR ties the two it stands between; quotes
ask for exactly these words in this order, a star for any ending, a minus for absence. Everything
else is punctuation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from khabar.hindi.aliases import ALIAS_GROUPS, AliasGroup
from khabar.hindi.query_expansion import AliasTable, QueryExpander, Variant, Vocabulary, fold_words
from khabar.hindi.query_parser import Clause, Term, WordSequence, normalize_words, parse_query


@dataclass(frozen=True, slots=True)
class FtsQuery:
    """A query as expressions: what must all be there, clause by clause, and what must not be."""

    clauses: tuple[str, ...]
    exclusions: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self._append_exclusions(" AND ".join(self.clauses))

    def restrict_to_column(self, column: str) -> str:
        """The expression for documents that answer in one column alone."""
        return self._append_exclusions(f"{{{column}}} : ({' AND '.join(self.clauses)})")

    def _append_exclusions(self, expression: str) -> str:
        return (
            f"({expression}) NOT ({' OR '.join(self.exclusions)})"
            if self.exclusions
            else expression
        )


def build_match_expression(
    query: str,
    vocabulary: Vocabulary | None = None,
    aliases: Sequence[AliasGroup] = ALIAS_GROUPS,
    fields: Mapping[str, str] | None = None,
) -> str:
    """The MATCH expression for a query; "" when it asks for nothing. Arguments as
    `build_fts_query` takes them.
    """
    return str(build_fts_query(query, vocabulary, aliases, fields) or "")


def build_fts_query(
    query: str,
    vocabulary: Vocabulary | None = None,
    aliases: Sequence[AliasGroup] = ALIAS_GROUPS,
    fields: Mapping[str, str] | None = None,
) -> FtsQuery | None:
    """A query's expressions; None when it asks for nothing. Never raises on a query, never bad
    syntax.

    `aliases`: names of one thing, group by group. `fields`: names that `field:` may have → columns.
    """
    required_clauses, excluded_terms = parse_query(query, fields or {})
    if not required_clauses:
        return None
    expander = QueryExpander(
        vocabulary,
        _build_alias_table(tuple(aliases), tuple(vocabulary.alias_groups()) if vocabulary else ()),
    )
    joint_words = expander.expand_neighbours(required_clauses)
    variants_by_term = {
        term: expander.expand_term(term, joint_words.get(term, ()))
        for term in (*_iter_terms(required_clauses), *excluded_terms)
    }
    known_words = _find_known_words(vocabulary, variants_by_term.values())
    expressions = {
        term: _write_term(term, variants, known_words)
        for term, variants in variants_by_term.items()
    }
    clauses = (
        _join_alternatives(expressions[term] for term in clause) for clause in required_clauses
    )
    return FtsQuery(
        tuple(dict.fromkeys(clauses)), tuple(expressions[term] for term in excluded_terms)
    )


@lru_cache(maxsize=4)
def _build_alias_table(
    groups: tuple[AliasGroup, ...], own_groups: tuple[AliasGroup, ...]
) -> AliasTable:
    """Every folded name → the others of its group."""
    table: dict[WordSequence, list[WordSequence]] = {}
    own_names = {fold_words(normalize_words(name)) for group in own_groups for name in group}
    for group in (*own_groups, *groups):
        folded_names = [
            name for raw_name in group if (name := fold_words(normalize_words(raw_name)))
        ]
        names = (
            folded_names
            if group in own_groups
            else [name for name in folded_names if name not in own_names]
        )
        for name in names:
            other_names = table.setdefault(name, [])
            other_names += [other for other in names if other != name and other not in other_names]
    return table


def _iter_terms(clauses: Iterable[Clause]) -> Iterator[Term]:
    return (term for clause in clauses for term in clause)


def _find_known_words(
    vocabulary: Vocabulary | None, variant_lists: Iterable[Sequence[Variant]]
) -> set[str] | None:
    """The words that the archive holds, of all that were thought of; None when there is nobody
    to ask.
    """
    if vocabulary is None:
        return None
    return vocabulary.filter_known(
        {word for variants in variant_lists for variant in variants for word in variant.words}
    )


def _write_term(term: Term, variants: Sequence[Variant], known_words: set[str] | None) -> str:
    """A term as an expression: what was typed, and of its other meanings those made of words
    that are known.
    """
    usable = [
        variant
        for index, variant in enumerate(variants)
        if not index or known_words is None or _is_known_variant(variant, known_words)
    ]
    expression = _join_alternatives(
        f'"{" ".join(variant.words)}"{" *" if variant.is_prefix else ""}' for variant in usable
    )
    return f'{{"{term.column}"}} : ({expression})' if term.column else expression


def _is_known_variant(variant: Variant, known_words: set[str]) -> bool:
    return variant.is_prefix or all(
        word in known_words for word in variant.words if "\u0900" <= word[:1] <= "\u097f"
    )


def _join_alternatives(alternatives: Iterable[str]) -> str:
    unique = list(dict.fromkeys(alternatives))
    return unique[0] if len(unique) == 1 else f"({' OR '.join(unique)})"
