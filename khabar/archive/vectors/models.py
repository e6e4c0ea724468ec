"""The rows of `vector_models`: which encoder made the vectors of the archive, and from what."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, fields

from sqlite_utils import Database

from khabar.archive.database import ArchiveError
from khabar.hindi.normalize import FOLD_VERSION

LEARNED = "learned"  # the encoder of a model that was learned from the archive
METHOD_VERSION = 1  # increase when the same articles give other vectors
VERSION = f"{FOLD_VERSION}.{METHOD_VERSION}"


@dataclass(frozen=True, slots=True)
class VectorModel:
    """A model that makes vectors.

    `encoder`: LEARNED, or the folder of another encoder. `built_at`: when a build last had a vector
    of every article; None until then. `articles`: it was learned from so many; `words`: it knows so
    many (0 for another encoder). `bytes`: the size of its body.
    """

    id: int
    encoder: str
    made_at: str
    built_at: str | None
    dimensions: int
    articles: int
    words: int
    version: str
    bytes: int


_COLUMNS = ", ".join(
    "length(body)" if field.name == "bytes" else field.name for field in fields(VectorModel)
)


def has_vectors(db: Database) -> bool:
    """Whether the archive has the tables of vectors: one of an older Khabar has none."""
    return bool(db.execute("select 1 from sqlite_schema where name = 'vectors'").fetchone())


def load_current_model(db: Database) -> VectorModel | None:
    """Returns the model of the last build; None before the first."""
    if not has_vectors(db):
        return None
    row = db.execute(
        f"select {_COLUMNS} from vector_models order by id desc limit 1"  # noqa: S608  (constants)
    ).fetchone()
    return VectorModel(*row) if row else None


def require_numpy() -> None:
    """Raises ArchiveError, which names the extra, when numpy is not installed."""
    try:
        importlib.import_module("numpy")
    except ImportError as error:
        raise ArchiveError(
            "related articles need numpy: install it with `pip install 'khabar[vectors]'`"
        ) from error
