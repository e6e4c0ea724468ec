"""Counts the hits of a search, in all and by the values that would narrow it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from khabar.archive.search.hits import build_match
from khabar.archive.search.search_query import (
    HAS_EMBEDS,
    INDEX_JOIN,
    MATCH_WHERE,
    SearchQuery,
)
from khabar.hindi.agencies import find_desk_agency

# Hits that are counted, the newest ones; a bound on the time (docs/benchmarks.md, Facets).
MAX_COUNTED = 10_000
MAX_VALUES = 50  # of a facet; chosen by hand, not measured
# Facets in the order in which they are shown. Each is a filter of `SearchQuery`.
FACETS = ("source", "month", "section", "place", "page_type", "embeds", "agency")
_SELECT_FACTS = f"""select facts.source, substr(facts.published_on, 1, 7), facts.section,
    facts.place, facts.page_type, iif({HAS_EMBEDS}, 'yes', 'no'), facts.desk
  from {INDEX_JOIN} {MATCH_WHERE} order by articles_fts.rowid desc limit :counted"""  # noqa: S608  (constants)


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """The number of hits, and how many of them have each value of each facet, largest first,
    months newest first.

    Not `is_exact`: there are more than `total`, and only the newest `total` are counted.
    """

    total: int = 0
    is_exact: bool = True
    facets: dict[str, list[tuple[str, int]]] = field(
        default_factory=lambda: {name: [] for name in FACETS}
    )

    def to_json(self) -> dict[str, Any]:
        """Returns `total`, `total_is_exact` and `facets`, as /search.json and the command have
        them.
        """
        facets = {
            name: [{"value": value, "count": count} for value, count in values]
            for name, values in self.facets.items()
        }
        return {"total": self.total, "total_is_exact": self.is_exact, "facets": facets}


def count_facets(db: Database, query: SearchQuery) -> FacetCounts:
    """Counts the newest MAX_COUNTED hits of a search; `limit` and `ranked` do not matter."""
    match = build_match(db, query.query)
    if not match:
        return FacetCounts()
    params = query.build_params(db.conn, match) | {"counted": MAX_COUNTED + 1}
    rows = db.execute(_SELECT_FACTS, params).fetchall()
    counted = rows[:MAX_COUNTED]
    columns = zip(*counted, strict=True) if counted else ((),) * len(FACETS)
    counts = dict(zip(FACETS, map(Counter, columns), strict=True))
    counts["agency"] = _count_agencies(counts["agency"])
    facets = {name: _list_values(name, values) for name, values in counts.items()}
    return FacetCounts(len(counted), len(rows) <= MAX_COUNTED, facets)


def _count_agencies(desks: Counter[str | None]) -> Counter[str | None]:
    agencies: Counter[str | None] = Counter()
    for desk, count in desks.items():
        agencies[find_desk_agency(desk)] += count
    return agencies


def _list_values(name: str, counts: Counter[str | None]) -> list[tuple[str, int]]:
    """Returns the MAX_VALUES most frequent values, ordered for reading, without the empty one."""
    values = [(value, count) for value, count in counts.items() if value]
    values.sort(key=lambda item: (-item[1], item[0]))
    values = values[:MAX_VALUES]
    return sorted(values, reverse=True) if name == "month" else values
