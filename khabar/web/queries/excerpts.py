"""Excerpts: all that a public server shows of an article's text, whatever the query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlite_utils import Database

EXCERPT_LENGTH = 280  # code points; chosen by hand, not measured


def excerpt_of(text: str | None) -> str:
    """Returns the first paragraph, cut between words after at most EXCERPT_LENGTH code points."""
    first = (text or "").lstrip().partition("\n\n")[0]
    if len(first) <= EXCERPT_LENGTH:
        return first
    return first[:EXCERPT_LENGTH].rsplit(" ", 1)[0] + " …"


def with_excerpts(db: Database, hits: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Replaces the snippet of each hit by the article's excerpt: snippets around the matches would
    let a visitor rebuild the article query by query.
    """
    for hit in hits:
        text = db.execute(
            "select text from articles where id = ? and withheld is null", [hit["id"]]
        ).fetchone()
        yield hit | {"snippet": excerpt_of(text[0] if text else None)}
