"""Builds an FTS5 MATCH expression over folded text from a user's query.

    मुख्यमंत्री "झूठे मुकदमे" title:रामपुर चुनाव* -बिहार दौरा OR यात्रा akhilesh

All words must occur, in any order. OR joins its two neighbours. Quotes require exactly these words
in this order, a trailing star matches any ending, a minus excludes. All other punctuation is
ignored. Terms are expanded with inflections, compounds, aliases and Hindi spellings of Latin words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from khabar.hindi.aliases import ALIAS_GROUPS, AliasGroup
from khabar.hindi.query_expansion import AliasTable, QueryExpander, Variant, Vocabulary, fold_words
from khabar.hindi.query_parser import Term, WordSequence, normalize_words, parse_query


@dataclass(frozen=True, slots=True)
class FtsQuery:
    """A query as FTS5 expressions: clauses that must all match, and exclusions that must not."""

    clauses: tuple[str, ...]
    exclusions: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self._append_exclusions(" AND ".join(self.clauses))

    def restrict_to_column(self, column: str) -> str:
        """Returns the expression for documents in which one column alone matches all clauses."""
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
    """Returns the MATCH expression for a query, "" if the query is empty. Arguments as in
    `build_fts_query`.
    """
    return str(build_fts_query(query, vocabulary, aliases, fields) or "")


def build_fts_query(
    query: str,
    vocabulary: Vocabulary | None = None,
    aliases: Sequence[AliasGroup] = ALIAS_GROUPS,
    fields: Mapping[str, str] | None = None,
) -> FtsQuery | None:
    """Builds a query's FTS5 expressions. None if nothing is required. Never raises on a query and
    never returns invalid syntax.

    `aliases`: groups of names for the same thing. `fields`: names allowed in `field:` → columns.
    """
    required_clauses, excluded_terms = parse_query(query, fields or {})
    if not required_clauses:
        return None
    expander = QueryExpander(
        vocabulary,
        _build_alias_table(tuple(aliases), tuple(vocabulary.alias_groups()) if vocabulary else ()),
    )
    compounds = expander.expand_neighbours(required_clauses)
    variants_by_term = {
        term: expander.expand_term(term, compounds.get(term, ()))
        for term in (*chain.from_iterable(required_clauses), *excluded_terms)
    }
    known_words = None
    if vocabulary:
        all_variants = chain.from_iterable(variants_by_term.values())
        known_words = vocabulary.filter_known(
            {word for variant in all_variants for word in variant.words}
        )
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
    """Maps every folded name to the other names of its groups.

    A name in an archive's `own_groups` is removed from the built-in groups.
    """
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


def _write_term(term: Term, variants: Sequence[Variant], known_words: set[str] | None) -> str:
    """Writes a term as an FTS5 expression: what was typed, and those variants whose words are
    known.

    Without `known_words` all variants are used.
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
