"""The filters that select a dataset's articles, and their translation into SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from khabar.archive import search
from khabar.archive.database import ArchiveError


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """Filters that an article must all pass; an empty one or None filters nothing.

    Days are days in India (YYYY-MM-DD), both ends included; lengths are in words; shares are 0-1.
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
    whole: bool = False  # leaves out readings known to be degraded
    one_per_story: bool = False
    not_in: tuple[str, ...] = ()  # corpora whose articles are left out, by file name and hash


# SQL condition: the reading's text is known to be shorter than the page's.
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
    # khabar.export.overlap.matching.exclude_overlap fills temp.left_out
    "not_in": "a.id not in (select id from temp.left_out)",
}


def where_clause(selection: ExportSelection) -> str:
    """Returns the selection as an SQL condition over `articles a`, with `query_params`.

    `one_per_story` is no part of it: `batches.first_per_story` applies that.
    """
    conditions = [
        sql
        for name, sql in _CONDITIONS.items()
        if getattr(selection, name) not in (None, False, ())
    ]
    return " and ".join(["a.withheld is null", *conditions])


def query_params(db: Database, selection: ExportSelection) -> dict[str, Any]:
    """Returns the parameters that `where_clause` refers to by name.

    Raises ArchiveError for a query without any searchable term.
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
            raise ArchiveError(f"--query {selection.query!r}: it has no searchable word")
    return params


def count_articles(db: Database, selection: ExportSelection) -> int:
    """Returns the number of selected articles, before `one_per_story` is applied."""
    sql = f"select count(*) from articles a where {where_clause(selection)}"  # noqa: S608  (only constants)
    number: int = db.execute(sql, query_params(db, selection)).fetchone()[0]
    return number
