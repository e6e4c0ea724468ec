"""What became of an article: each reading beside the one before, block by block, without what changes by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from archive import articles
from archive.reading_room.compare import Piece, changes
from hindi.boring import is_boring


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
