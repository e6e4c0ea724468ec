"""What a later reading changed: title, subtitle, text, blocks, embeds, images; what changes by itself left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from khabar.archive.store import embeds as placements
from khabar.hindi.boilerplate import is_boring
from khabar.hindi.dates import IST
from khabar.model.items import TEXT_BLOCKS, Article, Block

_PICTURE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.I)
GROWTH = frozenset({"updates", "embeds", "images"})


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block as readings are compared by. `what`: its words, or its embed's or image's key."""

    type: str
    what: str
    level: int | None = None
    time: str | None = None


def marks(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Blocks as marks over Article.text: start and end in code points, half-open; embeds and images by index.

    A mark with a `time` opens a live blog's update.
    """
    found: list[dict[str, Any]] = []
    at = 0
    for block in blocks:
        mark: dict[str, Any] = {"type": block.type}
        if block.type in TEXT_BLOCKS:
            mark |= {"start": at, "end": at + len(block.text)}
            at += len(block.text) + 2  # the blank line
        told = {"level": block.level, "embed": block.embed, "image": block.image, "time": block.time}
        found.append(mark | {name: value for name, value in told.items() if value is not None})
    return found


def between(db: Database, article_id: int, article: Article, *, strictly: bool = False) -> tuple[str, ...]:
    """Which parts differ from the newest reading; () when a reader would see the same.

    A live blog that goes on says `updates`; it says `text` too where an update it had before was rewritten.
    `strictly`: counters, update lines and the headlines of other stories count, too.
    """
    revision, withheld, title, subtitle, text, blocks = db.execute(
        "select revision, withheld, title, subtitle, text, blocks from articles where id = ?", [article_id]
    ).fetchone()
    if withheld or article.rights.get("noarchive"):
        return () if withheld and article.rights.get("noarchive") else ("withheld",)
    embeds, images = placements.shape(db, article_id, revision)
    new_embeds = [(placements.key_of(one), one.place) for one in article.embeds]
    new_images = [(one.url, one.caption) for one in article.images]
    old = _pieces(text, json.loads(blocks), embeds, images, strictly=strictly)
    new = _pieces(article.text, marks(article.blocks), new_embeds, new_images, strictly=strictly)
    found = [name for name, left, right in (("title", title, article.title), ("subtitle", subtitle, article.subtitle))
             if left != right]  # fmt: skip
    found += _text_change(old, new)
    if _own(embeds) != _own(new_embeds):
        found.append("embeds")
    if _pictures(images) != _pictures(new_images):
        found.append("images")
    return tuple(found or (["blocks"] if old != new else []))


def _pieces(
    text: str, blocks: Sequence[dict[str, Any]], embeds: Sequence[tuple[str, str]],
    images: Sequence[tuple[str, str | None]], *, strictly: bool,
) -> list[_Piece]:  # fmt: skip
    found = []
    for mark in blocks:
        words = text[mark.get("start", 0) : mark.get("end", 0)]
        if "embed" in mark:
            words = embeds[mark["embed"]][0]
        elif "image" in mark:
            words = _picture(images[mark["image"]][0])
        elif not strictly and mark.get("time") is None and is_boring(words):
            continue
        found.append(_Piece(mark["type"], words, mark.get("level"), mark.get("time")))
    return found


def _own(embeds: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without those of the page around the article."""
    return [(key, place) for key, place in embeds if place != "page"]


def _pictures(images: Iterable[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    return [(_picture(url), caption) for url, caption in images]


def _picture(url: str) -> str:
    """A picture's address without the size and the version asked for; one that is told by its query keeps it."""
    parts = urlsplit(url)
    return parts._replace(query="", fragment="").geturl() if _PICTURE.search(parts.path) else url


def _text_change(old: Sequence[_Piece], new: Sequence[_Piece]) -> list[str]:
    """`text`, `updates` (a live blog went on), or both (it went on and rewrote what it had said)."""
    before, after = _updates(old), _updates(new)
    if before == after:
        return []
    if before.keys() == after.keys():
        return ["text"]
    rewritten = any(before[moment] != after.get(moment) for moment in before)
    return ["updates", "text"] if rewritten else ["updates"]


def _updates(pieces: Iterable[_Piece]) -> dict[str, list[str]]:
    """A live blog's updates: moment → words. What stands before the first is under ''."""
    found: dict[str, list[str]] = {"": []}
    moment = ""
    for piece in pieces:
        moment = piece.time or moment
        found.setdefault(moment, [])
        if piece.type in TEXT_BLOCKS:
            found[moment].append(piece.what)
    return found


def only_grew(db: Database, article_id: int, revision: int, changed: Sequence[str], article: Article) -> bool:
    """Whether a live blog only went on, as it had in the reading before: nothing it said or showed is gone."""
    if "updates" not in changed or not GROWTH.issuperset(changed):
        return False
    before = db.execute(
        "select changed from revisions where article_id = ? and revision = ? and reason = 'edit'",
        [article_id, revision],
    ).fetchone()
    if before is None or not GROWTH.issuperset(json.loads(before[0])):
        return False
    embeds, images = placements.shape(db, article_id, revision)
    kept = {key for key, _ in embeds} <= {placements.key_of(one) for one in article.embeds}
    return kept and {_picture(url) for url, _ in images} <= {_picture(one.url) for one in article.images}


def is_stealthy(changed: Sequence[str], before: str | None, after: str | None, seen_after: str | None) -> bool:
    """Whether words changed while the page says it was last modified when it still had the old ones.

    `before`, `after`: its modified_at then and now; `seen_after`: the last fetch with the old words.
    """
    if not {"title", "subtitle", "text"} & set(changed) or after is None or before != after or seen_after is None:
        return False
    return len(after) > 10 or after < datetime.fromisoformat(seen_after).astimezone(IST).date().isoformat()
