"""Which articles a dataset is made of: one place that turns an operator's filters into SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from khabar.archive import search
from khabar.archive.database import ArchiveError


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """Filters, all of which must hold; one that is empty or None does not narrow.

    Days are days in India, both included; lengths are words; shares are 0-1.
    """

    sources: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    languages: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    query: str | None = None
    min_words: int | None = None
    max_words: int | None = None
    min_devanagari: float | None = None
    max_repetition: float | None = None
    whole: bool = False  # without readings that are known to be degraded
    one_per_story: bool = False
    not_in: tuple[str, ...] = ()  # lists whose articles are left out, by name and hash


# Readings whose text is known to be short of the page's.
DEGRADED = "instr(a.problems, '\"text:') > 0"
_CONDITIONS = {
    "sources": "a.source in (select value from json_each(:sources))",
    "languages": "a.language in (select value from json_each(:languages))",
    "sections": "a.section in (select value from json_each(:sections))",
    "since": "a.published_on >= :since",
    "until": "a.published_on <= :until",
    "query": "a.id in (select rowid from articles_fts where articles_fts match :query)",
    "min_words": "a.word_count >= :min_words",
    "max_words": "a.word_count <= :max_words",
    "min_devanagari": "a.devanagari_share >= :min_devanagari",
    "max_repetition": "a.repetition <= :max_repetition",
    "whole": f"not {DEGRADED}",
    # khabar.export.overlap.matching fills it
    "not_in": "a.id not in (select id from temp.left_out)",
}


def where_clause(selection: ExportSelection) -> str:
    """The selection as a condition over `articles a`; its values are `query_params`. One per story
    is chosen on the way.
    """
    conditions = [
        sql
        for name, sql in _CONDITIONS.items()
        if getattr(selection, name) not in (None, False, ())
    ]
    return " and ".join(["a.withheld is null", *conditions])


def query_params(db: Database, selection: ExportSelection) -> dict[str, Any]:
    """What `where_clause` refers to by name. Raises ArchiveError for a query nothing can be
    searched by.
    """
    params = {
        name: getattr(selection, name) for name in _CONDITIONS if name not in ("whole", "not_in")
    }
    params = {
        name: json.dumps(value) if isinstance(value, tuple) else value
        for name, value in params.items()
    }
    if selection.query:
        params["query"] = search.build_match(db, selection.query)
        if not params["query"]:
            raise ArchiveError(f"--query {selection.query!r}: nothing in it can be searched")
    return params


def count_articles(db: Database, selection: ExportSelection) -> int:
    """How many articles there are in the selection."""
    sql = f"select count(*) from articles a where {where_clause(selection)}"  # noqa: S608  (conditions of our own)
    number: int = db.execute(sql, query_params(db, selection)).fetchone()[0]
    return number
