"""Finds the articles nearest to an article: the bits in which their vectors differ are counted for
all of them, which is quick enough without an index (docs/benchmarks.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from khabar.archive.vectors.models import has_vectors, require_numpy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Bits that may differ. On 5,434 texts two halves of one article differ in .31 of the bits (median)
# and the tenth nearest half in .38; of all other halves one in a hundred is as near as this.
MAX_DIFFERENCE = 0.42
_SLICE = 1 << 16  # rows compared at once: 2 MB of bits
_FETCH = 20_000  # rows read from the archive at once
_BATCH_SIZE = 200  # neighbours looked up at once
_SNIPPET_CHARS = 200
_HIT_COLUMNS = ("id", "url", "title", "subtitle", "source", "published_at", "page_type", "snippet")
_SELECT_HITS = f"""select id, url, title, subtitle, source, published_at, page_type,
    substr(text, 1, {_SNIPPET_CHARS + 1})
  from articles where id in (select value from json_each(:ids)) and id <> :id and withheld is null
    and (:story is null or story_id is not :story)
    and (:source is null or source = :source)
    and (:since is null or published_on >= :since) and (:until is null or published_on <= :until)"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class RelatedQuery:
    """A request for related articles and its filters. `since`, `until`: days in India (ISO 8601),
    inclusive.
    """

    article_id: int
    source: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True, eq=False)
class BitMatrix:
    """The vectors of a model: article ids, newest first, and their bits, a row each."""

    ids: NDArray[np.int64]
    rows: NDArray[np.uint64]

    def sort_by_distance(self, bits: bytes, limit: int) -> tuple[NDArray[np.int64], list[int]]:
        """Returns the ids of the articles whose vectors differ in at most `limit` bits, nearest
        first, then newest first; and the bits in which each differs.
        """
        import numpy as np

        row = _pad_rows([bits])
        distances = np.concatenate(
            [
                np.bitwise_count(self.rows[start : start + _SLICE] ^ row).sum(1, dtype=np.uint16)
                for start in range(0, len(self.rows), _SLICE)
            ]
            or [np.zeros(0, np.uint16)]
        )
        near = np.flatnonzero(distances <= limit)
        order = near[np.argsort(distances[near], kind="stable")]
        return self.ids[order], [int(distance) for distance in distances[order]]


def find_related(db: Database, query: RelatedQuery) -> list[dict[str, Any]]:
    """Returns the articles nearest to an article, without itself, its copies and withheld ones.

    Each has the keys of a search hit (`search.to_plain_hit`), `found_in` empty and the beginning of
    the text as `snippet`, and `similarity`: the share of equal bits. Empty for an article without a
    vector. Raises ArchiveError without numpy.
    """
    vector = _load_vector(db, query.article_id)
    if vector is None:
        return []
    require_numpy()
    model_id, bits, dimensions, story_id = vector
    matrix = _load_matrix(db, model_id)
    ids, distances = matrix.sort_by_distance(bits, int(MAX_DIFFERENCE * dimensions))
    hits: list[dict[str, Any]] = []
    for start in range(0, len(ids), _BATCH_SIZE):
        near_ids = ids[start : start + _BATCH_SIZE].tolist()
        found = _load_hits(db, query, near_ids, story_id)
        for article_id, distance in zip(near_ids, distances[start:], strict=False):
            if hit := found.get(article_id):
                hits.append(hit | {"similarity": round(1 - distance / dimensions, 3)})
        if len(hits) >= query.limit:
            break
    return hits[: query.limit]


def _load_vector(db: Database, article_id: int) -> tuple[int, bytes, int, int | None] | None:
    """Returns the model, the bits, their number and the story of an article; None without them."""
    if not has_vectors(db):
        return None
    row: tuple[int, bytes, int, int | None] | None = db.execute(
        """select v.model_id, v.bits, m.dimensions, a.story_id from vectors v
        join vector_models m on m.id = v.model_id join articles a on a.id = v.article_id
        where v.article_id = ? and v.bits is not null and a.withheld is null""",
        [article_id],
    ).fetchone()
    return row


def _load_hits(
    db: Database, query: RelatedQuery, ids: list[int], story_id: int | None
) -> dict[int, dict[str, Any]]:
    params = {
        "ids": json.dumps(ids),
        "id": query.article_id,
        "story": story_id,
        "source": query.source,
        "since": query.since,
        "until": query.until,
    }
    rows = db.execute(_SELECT_HITS, params)
    hits = (dict(zip(_HIT_COLUMNS, row, strict=True)) for row in rows)
    return {
        hit["id"]: hit | {"snippet": _shorten_text(hit["snippet"]), "found_in": []} for hit in hits
    }


def _shorten_text(text: str) -> str:
    """Returns the first words of a text on one line."""
    words = " ".join(text.split())
    return words if len(text) <= _SNIPPET_CHARS else f"{words.rpartition(' ')[0]}…"


# The vectors of the archive that was asked last, by file, model and time of the last build: a web
# server reads a million rows once, not for every page. What a takedown deletes meanwhile is no
# article any more, and so no hit.
_matrices: dict[tuple[str, int, str], BitMatrix] = {}


def _load_matrix(db: Database, model_id: int) -> BitMatrix:
    """Returns the vectors of a model."""
    (file,) = db.execute("select file from pragma_database_list where name = 'main'").fetchone()
    (built_at,) = db.execute(
        "select built_at from vector_models where id = ?", [model_id]
    ).fetchone()
    if not (file and built_at):  # a build is not finished: there are more at every look
        return _read_matrix(db, model_id)
    key = (file, model_id, built_at)
    if (matrix := _matrices.get(key)) is None:
        matrix = _read_matrix(db, model_id)
        _matrices.clear()
        _matrices[key] = matrix
    return matrix


def _read_matrix(db: Database, model_id: int) -> BitMatrix:
    import numpy as np

    ids, rows = [np.zeros(0, np.int64)], []
    for batch in _iter_vectors(db, model_id):
        ids.append(np.array([article_id for article_id, _ in batch], np.int64))
        rows.append(_pad_rows([bits for _, bits in batch]))
    return BitMatrix(
        np.concatenate(ids), np.concatenate(rows) if rows else np.zeros((0, 1), np.uint64)
    )


def _iter_vectors(db: Database, model_id: int) -> Iterator[list[tuple[int, bytes]]]:
    cursor = db.execute(
        """select article_id, bits from vectors where model_id = ? and bits is not null
        order by article_id desc""",
        [model_id],
    )
    while batch := cursor.fetchmany(_FETCH):
        yield batch


def _pad_rows(bits: list[bytes]) -> NDArray[np.uint64]:
    """Returns vectors as rows of 64-bit words, the last word filled up with zeros."""
    import numpy as np

    size = len(bits[0])
    packed = np.frombuffer(b"".join(bits), np.uint8).reshape(len(bits), size)
    return np.pad(packed, ((0, 0), (0, -size % 8))).view(np.uint64)
