"""What vectors the archive has."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from khabar.archive.vectors.build import count_missing, explain_new_model
from khabar.archive.vectors.models import VectorModel, has_vectors, load_current_model


@dataclass(frozen=True, slots=True)
class VectorStatus:
    """`vectors`: articles that have one; `missing`: articles that the next build makes one for;
    `stale`: why it makes a new model, "" if it does not. `model`: None before the first build.
    """

    vectors: int
    missing: int
    stale: str
    model: VectorModel | None


def compute_status(db: Database) -> VectorStatus:
    """Counts the vectors of the archive and those that are missing."""
    model = load_current_model(db)
    if model is None:
        (missing,) = db.execute("select count(*) from articles where withheld is null").fetchone()
        return VectorStatus(0, missing, "", None)
    assert has_vectors(db)
    (vectors,) = db.execute(
        "select count(*) from vectors where bits is not null and model_id = ?", [model.id]
    ).fetchone()
    stale = explain_new_model(db, model, model.encoder)
    return VectorStatus(vectors, count_missing(db, model), stale, model)
