"""Makes the vectors of articles that have none yet, in a new model where the old one is out of
date.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from khabar.archive.database import ArchiveError, transaction
from khabar.archive.stories.index import ArticleText, find_boilerplate
from khabar.archive.vectors.encoders import encode_texts, load_encoder
from khabar.archive.vectors.models import (
    LEARNED,
    VERSION,
    VectorModel,
    load_current_model,
    require_numpy,
)
from khabar.hindi.normalize import tokens
from khabar.model.clock import format_utc

if TYPE_CHECKING:
    from khabar.archive.vectors.learned import Floats

# Articles a model is learned from at most: bounds the memory (docs/benchmarks.md) and the time.
SAMPLE_SIZE = 20_000
# A learned model is replaced when the archive has so many times the articles it was learned from,
# as long as those are fewer than SAMPLE_SIZE. Chosen by hand, not measured.
GROWTH = 2
_BATCH_SIZE = 200
_SEED = 19
# Articles without a vector of the model and of their current revision.
_MISSING = """select a.id from articles a left join vectors v on v.article_id = a.id
  where a.id > :last and a.withheld is null
    and (v.article_id is null or v.model_id <> :model or v.revision <> a.revision)"""
_NEXT_MISSING = f"{_MISSING} order by a.id limit :size"


@dataclass(frozen=True, slots=True)
class BuildCounts:
    """What a build did. `made`: vectors; `reason`: why a new model was made, "" if none was."""

    made: int
    reason: str


@dataclass(frozen=True, slots=True)
class OwnText:
    """An article's title and the lines of its text that are not boilerplate of its source."""

    article_id: int
    revision: int
    lines: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """Its folded words."""
        return [word for line in self.lines for word in tokens(line)]


def build_vectors(
    db: Database,
    now: datetime,
    encoder: str | None = None,
    *,
    refit: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> BuildCounts:
    """Makes the vectors that are missing. `db` is open for writing.

    `encoder`: LEARNED or the folder of an encoder; None: that of the last build. `refit`: in a new
    model in any case. An interrupted build goes on with the next. Raises ArchiveError without
    numpy, for an encoder that cannot be loaded, and for too few articles to learn from.
    """
    require_numpy()
    model = load_current_model(db)
    name = encoder or (model.encoder if model else LEARNED)
    reason = "asked for" if refit else explain_new_model(db, model, name)
    if model is None or reason:
        model = _make_model(db, name, now)
    encode = _load_encode(db, model)
    with transaction(db):
        db.execute(
            """delete from vectors where article_id in
            (select id from articles where withheld is not null)"""
        )
    made = _make_missing(db, model, encode, on_progress)
    with transaction(db):
        db.execute(
            "update vector_models set built_at = ? where id = ?", [format_utc(now), model.id]
        )
        db.execute("delete from vector_models where id < ?", [model.id])
    return BuildCounts(made, reason)


def explain_new_model(db: Database, model: VectorModel | None, encoder: str) -> str:
    """Returns why the next build makes a new model; "" if it goes on with this one."""
    if model is None:
        return "there is none"
    if model.encoder != encoder:
        return "another encoder"
    if model.encoder != LEARNED:
        return ""
    if model.version != VERSION:
        return "made by another version of Khabar"
    # Weights of words that fewer articles have than MIN_ARTICLES now leave with the old model.
    if db.execute(
        "select 1 from takedowns where articles > 0 and coalesce(finished_at, at) >= ?",
        [model.made_at],
    ).fetchone():
        return "a takedown since"
    (articles,) = db.execute("select count(*) from articles where withheld is null").fetchone()
    if articles >= GROWTH * model.articles and model.articles < SAMPLE_SIZE:
        return "the archive has grown"
    return ""


def _make_model(db: Database, encoder: str, now: datetime) -> VectorModel:
    """Learns or loads a model and stores its row."""
    if encoder == LEARNED:
        from khabar.archive.vectors.learned import fit_model, number_words

        ids = _draw_sample(db)
        learned = fit_model([number_words(text.words) for text in _iter_texts(db, ids)])
        if not len(learned.words):
            raise ArchiveError(
                f"{len(ids)} articles are too few to learn vectors from: no word of the right "
                "rarity is in five of them"
            )
        values = [len(learned.centre), len(ids), len(learned.words), VERSION, learned.to_bytes()]
    else:
        vectors = encode_texts(load_encoder(Path(encoder)), ["ख़बर"], encoder)
        values = [vectors.shape[1], 0, 0, VERSION, b""]
    with transaction(db):
        db.execute(
            """insert into vector_models (encoder, made_at, dimensions, articles, words, version,
              body) values (?, ?, ?, ?, ?, ?, ?)""",
            [encoder, format_utc(now), *values],
        )
    model = load_current_model(db)
    assert model is not None, "its row was just stored"
    return model


def _load_encode(db: Database, model: VectorModel) -> Callable[[Sequence[OwnText]], Floats]:
    """Returns the function that makes the vectors of texts."""
    if model.encoder != LEARNED:
        encoder = load_encoder(Path(model.encoder))
        return lambda texts: encode_texts(
            encoder, ["\n".join(text.lines) for text in texts], model.encoder
        )
    from khabar.archive.vectors.learned import LearnedModel

    (body,) = db.execute("select body from vector_models where id = ?", [model.id]).fetchone()
    learned = LearnedModel.from_bytes(body)
    return lambda texts: learned.encode_words([text.words for text in texts])


def _make_missing(
    db: Database,
    model: VectorModel,
    encode: Callable[[Sequence[OwnText]], Floats],
    on_progress: Callable[[int, int], None],
) -> int:
    """Makes the vectors that are missing, a transaction for each batch. Returns how many."""
    from khabar.archive.vectors.learned import pack_bits

    params: dict[str, Any] = {"model": model.id, "last": -1, "size": _BATCH_SIZE}
    total, done = count_missing(db, model), 0
    while ids := [row[0] for row in db.execute(_NEXT_MISSING, params)]:
        texts = list(_iter_texts(db, ids))
        vectors = encode(texts)
        with transaction(db):
            db.conn.executemany(
                """insert into vectors (article_id, model_id, revision, bits) values (?, ?, ?, ?)
                on conflict (article_id) do update set model_id = excluded.model_id,
                  revision = excluded.revision, bits = excluded.bits""",
                [
                    (text.article_id, model.id, text.revision, bits if vector.any() else None)
                    for text, vector, bits in zip(texts, vectors, pack_bits(vectors), strict=True)
                ],
            )
        done += len(ids)
        params["last"] = ids[-1]
        on_progress(done, total)
    return done


def count_missing(db: Database, model: VectorModel | None) -> int:
    """Returns the number of articles without a vector of the model and of their revision."""
    params = {"model": model.id if model else 0, "last": -1}
    count: int = db.execute(f"select count(*) from ({_MISSING})", params).fetchone()[0]  # noqa: S608
    return count


def _draw_sample(db: Database) -> list[int]:
    """Returns the ids of the articles to learn from: all, or SAMPLE_SIZE at random, always the
    same.
    """
    ids = [row[0] for row in db.execute("select id from articles where withheld is null")]
    ids.sort()
    return sorted(random.Random(_SEED).sample(ids, SAMPLE_SIZE)) if len(ids) > SAMPLE_SIZE else ids


def _iter_texts(db: Database, ids: Sequence[int]) -> Iterator[OwnText]:
    """Yields the texts of articles, a batch in memory at a time."""
    for start in range(0, len(ids), _BATCH_SIZE):
        rows = db.execute(
            """select id, revision, source, title, text from articles
            where id in (select value from json_each(?)) and withheld is null order by id""",
            [json.dumps(ids[start : start + _BATCH_SIZE])],
        ).fetchall()
        for article_id, revision, source, title, text in rows:
            own_lines = _drop_boilerplate(db, article_id, source, text)
            yield OwnText(article_id, revision, tuple(filter(None, (title, *own_lines))))


def _drop_boilerplate(db: Database, article_id: int, source: str, text: str) -> list[str]:
    article_text = ArticleText(article_id, source, text, None, "")
    return article_text.own_lines(find_boilerplate(db, article_text))
