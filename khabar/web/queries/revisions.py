"""What became of an article: each reading beside the one before, block by block, without what changes by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from khabar.archive.store import articles
from khabar.hindi.boilerplate import is_boring
from khabar.web.queries.diff import Piece, changes


@dataclass(frozen=True, slots=True)
class Step:
    """From one reading to the next. It happened between `seen_after` and `seen_at`, nobody knows when.

    `title`, `subtitle`, `text`: their changed paragraphs, in pieces. `gone`, `new`: embeds and pictures by address.
    `stealth`: the words changed, and the page's own modified time did not.
    """

    revision: int
    reason: str
    changed: tuple[str, ...]
    stealth: bool
    seen_after: str | None
    seen_at: str
    modified_at: str | None
    title: tuple[tuple[Piece, ...], ...]
    subtitle: tuple[tuple[Piece, ...], ...]
    text: tuple[tuple[Piece, ...], ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]


def steps(db: Database, article_id: int) -> list[Step]:
    """Every step from the first reading to the newest; none for an article that never changed or is withheld."""
    found = []
    before: dict[str, Any] | None = None
    for row in db.query(_READINGS, [article_id]):
        after = articles.load(db, article_id, row["revision"])
        if before and after:
            found.append(_step(row, before, after))
        before = after
    return found


_READINGS = """select revision, reason, (select group_concat(value, ' ') from json_each(changed)) as changed, stealth,
  seen_after, seen_at, modified_at from readings where article_id = ? order by revision"""


def _step(row: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> Step:
    told = {name: _changed(before[name], after[name]) for name in ("title", "subtitle", "text")}
    old, new = _shown(before), _shown(after)
    return Step(
        revision=row["revision"], reason=row["reason"], changed=tuple((row["changed"] or "").split()),
        stealth=bool(row["stealth"]), seen_after=row["seen_after"], seen_at=row["seen_at"],
        modified_at=row["modified_at"], **told,
        gone=tuple(one for one in old if one not in new), new=tuple(one for one in new if one not in old),
    )  # fmt: skip


def _changed(old: str | None, new: str | None) -> tuple[tuple[Piece, ...], ...]:
    """The paragraphs that are not as they were."""
    return tuple(tuple(pieces) for pieces in changes(old, new) if not _is_same(pieces))


def _is_same(pieces: Iterable[Piece]) -> bool:
    told = [piece for piece in pieces if piece.text.strip()]
    if all(piece.change == "same" for piece in told):
        return True
    sides: list[Callable[[Piece], bool]] = [lambda piece: piece.change != "new", lambda piece: piece.change != "gone"]
    lines = ["".join(piece.text for piece in told if side(piece)) for side in sides]
    return all(is_boring(line) for line in lines if line.strip())


def _shown(article: dict[str, Any]) -> list[str]:
    """Embeds and pictures of the article's own, each by what tells it from others."""
    embeds = [one for one in article["embeds"] if one["place"] != "page"]
    posts = [" ".join(filter(None, (one["provider"], one["url"] or one["id"] or one["text"]))) for one in embeds]
    return list(dict.fromkeys([*posts, *(f"picture {one['url']}" for one in article["images"])]))


# --- one reading of an article: its words then, the page they were read from, and what changed since ---


def load(db: Database, article_id: int, revision: int | None = None) -> dict[str, Any] | None:
    """The article as it read then (by default now), with `reading`: when it was seen, why, from which snapshot.

    None when the article or the reading is unknown or its words are withheld.
    """
    found = articles.load(db, article_id, revision)
    if found is None:
        return None
    found["reading"] = {row["revision"]: row for row in all_of(db, article_id)}[found["revision"]]
    return found


def all_of(db: Database, article_id: int) -> list[dict[str, Any]]:
    """Every reading of an article, oldest first, without its words: when, why, what changed, the snapshot's sha256."""
    rows = list(
        db.query(
            """select r.revision, r.reason, r.changed, r.seen_after, r.seen_at, r.snapshot_id, r.extractor_version,
              n.sha256, n.fetched_at, n.size, n.url as snapshot_url
            from revisions r left join snapshots n on n.id = r.snapshot_id
            where r.article_id = ? order by r.revision""",
            [article_id],
        )
    )
    return [row | {"changed": json.loads(row["changed"])} for row in rows]


def words(db: Database, article_id: int) -> dict[int, dict[str, Any]]:
    """revision → title, subtitle, text of every reading; empty when they may not be shown."""
    rows = db.query("select revision, title, subtitle, text from readings where article_id = ?", [article_id])
    return {row["revision"]: row for row in rows}


def is_gone(db: Database, article_id: int) -> bool:
    """Whether the archive once had an article there that it may not show: withheld, or taken down."""
    row = db.execute(
        """select 1 from articles where id = :id and withheld is not null
        union all select 1 from tombstones where article_id = :id limit 1""",
        {"id": article_id},
    ).fetchone()
    return row is not None


def carried(db: Database, article_id: int, revision: int) -> list[dict[str, Any]]:
    """key and articles (how many carry it) of the post in each placement of a reading, in its order."""
    return list(
        db.query(
            """select e.key, coalesce(u.articles, 0) as articles from article_embeds x
            join embeds e on e.id = x.embed_id left join embed_use u on u.embed_id = e.id
            where x.article_id = ? and x.revision = ? order by x.ord""",
            [article_id, revision],
        )
    )
