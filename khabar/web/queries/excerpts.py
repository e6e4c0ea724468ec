"""What strangers are shown of an article: its first words, and nothing of the rest, whatever
they search for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlite_utils import Database

EXCERPT_LENGTH = 280  # code points


def excerpt_of(text: str | None) -> str:
    """The first paragraph, cut at a word."""
    first = (text or "").lstrip().partition("\n\n")[0]
    return (
        first if len(first) <= EXCERPT_LENGTH else first[:EXCERPT_LENGTH].rsplit(" ", 1)[0] + " …"
    )


def with_excerpts(db: Database, hits: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Hits with their article's excerpt as snippet: words around a hit would give the article
    away, query by query.
    """
    for hit in hits:
        text = db.execute(
            "select text from articles where id = ? and withheld is null", [hit["id"]]
        ).fetchone()
        yield hit | {"snippet": excerpt_of(text[0] if text else None)}
