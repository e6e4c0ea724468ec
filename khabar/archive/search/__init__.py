"""Full-text search (FTS5). Texts are folded when indexed (triggers call `hi_fold`); queries are
folded and expanded by inflected forms, transliterations of Latin words and aliases.
"""

from __future__ import annotations

from khabar.archive.search.completions import Completion, complete_query
from khabar.archive.search.cooccurrence import (
    KINDS,
    MIN_ARTICLES,
    Cooccurrences,
    find_cooccurring,
)
from khabar.archive.search.days import find_id_range
from khabar.archive.search.facets import FACETS, MAX_COUNTED, FacetCounts, count_facets
from khabar.archive.search.hits import (
    FIELDS,
    MARK_END,
    MARK_START,
    build_match,
    iter_hits,
    open_vocabulary,
    rebuild_index,
    search_articles,
    to_plain_hit,
)
from khabar.archive.search.search_query import SearchQuery
from khabar.archive.search.suggestions import SpellingSuggestion, suggest_query
from khabar.archive.search.vocabulary import (
    ArchiveVocabulary,
    add_alias,
    add_terms,
    add_words,
    list_aliases,
    remove_alias,
)

__all__ = [
    "KINDS",
    "MIN_ARTICLES",
    "Completion",
    "Cooccurrences",
    "complete_query",
    "find_cooccurring",
    "FACETS",
    "MAX_COUNTED",
    "FacetCounts",
    "count_facets",
    "FIELDS",
    "MARK_END",
    "MARK_START",
    "ArchiveVocabulary",
    "SearchQuery",
    "SpellingSuggestion",
    "add_alias",
    "list_aliases",
    "iter_hits",
    "find_id_range",
    "add_terms",
    "add_words",
    "build_match",
    "to_plain_hit",
    "rebuild_index",
    "remove_alias",
    "open_vocabulary",
    "search_articles",
    "suggest_query",
]
