"""Search as the reading room asks it: the same engine as `khabar search`, in pages and whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from archive import search
from archive.reading_room.lists import PAGE
from archive.revisions import day_in_india
from archive.search import Wanted

ALL = 10_000_000  # more than any archive answers: no limit
LONGEST = 300  # code points of a query: what a stranger's words may cost


def match_of(db: Database, query: str) -> str:
    """The FTS5 expression for the articles that answer a query; '' when it asks for nothing."""
    return search.match(db, query[:LONGEST])


def wanted(query: str, source: str = "", since: str = "", until: str = "", *, ranked: bool = False) -> Wanted:
    """A search as a form gives it: '' is no bound."""
    return Wanted(query[:LONGEST], source or None, since or None, until or None, ranked=ranked)


@dataclass(frozen=True, slots=True)
class Hits:
    """The hits of a search as a list that can be shown page by page and taken away whole."""

    wanted: Wanted

    def page(self, db: Database, number: int) -> tuple[list[dict[str, Any]], bool]:
        """The hits of page `number` (from 1), and whether there are more."""
        found = search.search(db, replace(self.wanted, limit=PAGE * number + 1))
        return found[PAGE * (number - 1) : PAGE * number], len(found) > PAGE * number

    def each(self, db: Database) -> Iterator[dict[str, Any]]:
        """Every hit, with its day in India; the places where its words stand in one cell."""
        for hit in search.each(db, replace(self.wanted, limit=ALL)):
            del hit["marked_title"]
            told = {"published_on": day_in_india(hit["published_at"]), "found_in": ", ".join(hit["found_in"])}
            yield hit | told
