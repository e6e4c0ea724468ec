"""What a later reading changed: title, subtitle, text, blocks, embeds, images; what changes by
itself left out.
"""

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
from khabar.hindi.boilerplate import is_volatile_line
from khabar.hindi.dates import IST
from khabar.model.items import TEXT_BLOCKS, Article, Block

_IMAGE_SUFFIX = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.I)
GROWTH_FIELDS = frozenset({"updates", "embeds", "images"})


@dataclass(frozen=True, slots=True)
class _ComparedBlock:
    """A block as readings are compared by. `content`: its words, or its embed's or image's key."""

    type: str
    content: str
    level: int | None = None
    time: str | None = None


def build_block_spans(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Blocks as marks over Article.text: start and end in code points, half-open; embeds and images
    by index.

    A mark with a `time` opens a live blog's update.
    """
    spans: list[dict[str, Any]] = []
    offset = 0
    for block in blocks:
        span: dict[str, Any] = {"type": block.type}
        if block.type in TEXT_BLOCKS:
            span |= {"start": offset, "end": offset + len(block.text)}
            offset += len(block.text) + 2  # the blank line
        attributes = {
            "level": block.level,
            "embed": block.embed,
            "image": block.image,
            "time": block.time,
        }
        spans.append(
            span | {name: value for name, value in attributes.items() if value is not None}
        )
    return spans


def diff_fields(
    db: Database, article_id: int, article: Article, *, strictly: bool = False
) -> tuple[str, ...]:
    """Which parts differ from the newest reading; () when a reader would see the same.

    A live blog that goes on says `updates`; it says `text` too where an update it had before was
    rewritten. `strictly`: counters, update lines and the headlines of other stories count, too.
    """
    revision, withheld, title, subtitle, text, blocks = db.execute(
        "select revision, withheld, title, subtitle, text, blocks from articles where id = ?",
        [article_id],
    ).fetchone()
    if withheld or article.rights.get("noarchive"):
        return () if withheld and article.rights.get("noarchive") else ("withheld",)
    embeds, images = placements.load_media_keys(db, article_id, revision)
    new_embeds = [(placements.build_embed_key(item), item.place) for item in article.embeds]
    new_images = [(item.url, item.caption) for item in article.images]
    old_blocks = _build_compared_blocks(text, json.loads(blocks), embeds, images, strictly=strictly)
    new_blocks = _build_compared_blocks(
        article.text, build_block_spans(article.blocks), new_embeds, new_images, strictly=strictly
    )
    fields = [
        name
        for name, old_value, new_value in (
            ("title", title, article.title),
            ("subtitle", subtitle, article.subtitle),
        )
        if old_value != new_value
    ]
    fields += _diff_text(old_blocks, new_blocks)
    if _drop_page_embeds(embeds) != _drop_page_embeds(new_embeds):
        fields.append("embeds")
    if _normalize_images(images) != _normalize_images(new_images):
        fields.append("images")
    return tuple(fields or (["blocks"] if old_blocks != new_blocks else []))


def _build_compared_blocks(
    text: str, blocks: Sequence[dict[str, Any]], embeds: Sequence[tuple[str, str]],
    images: Sequence[tuple[str, str | None]], *, strictly: bool,
) -> list[_ComparedBlock]:  # fmt: skip
    compared_blocks = []
    for span in blocks:
        content = text[span.get("start", 0) : span.get("end", 0)]
        if "embed" in span:
            content = embeds[span["embed"]][0]
        elif "image" in span:
            content = _strip_image_params(images[span["image"]][0])
        elif not strictly and span.get("time") is None and is_volatile_line(content):
            continue
        compared_blocks.append(
            _ComparedBlock(span["type"], content, span.get("level"), span.get("time"))
        )
    return compared_blocks


def _drop_page_embeds(embeds: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without those of the page around the article."""
    return [(key, place) for key, place in embeds if place != "page"]


def _normalize_images(images: Iterable[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    return [(_strip_image_params(url), caption) for url, caption in images]


def _strip_image_params(url: str) -> str:
    """A picture's address without the size and the version asked for; one that is told by its
    query keeps it.
    """
    parts = urlsplit(url)
    return (
        parts._replace(query="", fragment="").geturl() if _IMAGE_SUFFIX.search(parts.path) else url
    )


def _diff_text(old: Sequence[_ComparedBlock], new: Sequence[_ComparedBlock]) -> list[str]:
    """`text`, `updates` (a live blog went on), or both (it went on and rewrote what it had
    said).
    """
    before, after = _group_updates(old), _group_updates(new)
    if before == after:
        return []
    if before.keys() == after.keys():
        return ["text"]
    is_rewritten = any(before[update_time] != after.get(update_time) for update_time in before)
    return ["updates", "text"] if is_rewritten else ["updates"]


def _group_updates(compared_blocks: Iterable[_ComparedBlock]) -> dict[str, list[str]]:
    """A live blog's updates: moment → words. What stands before the first is under ''."""
    updates: dict[str, list[str]] = {"": []}
    update_time = ""
    for block in compared_blocks:
        update_time = block.time or update_time
        updates.setdefault(update_time, [])
        if block.type in TEXT_BLOCKS:
            updates[update_time].append(block.content)
    return updates


def is_append_only(
    db: Database, article_id: int, revision: int, changed_fields: Sequence[str], article: Article
) -> bool:
    """Whether a live blog only went on, as it had in the reading before: nothing it said or
    showed is gone.
    """
    if "updates" not in changed_fields or not GROWTH_FIELDS.issuperset(changed_fields):
        return False
    before = db.execute(
        "select changed from revisions where article_id = ? and revision = ? and reason = 'edit'",
        [article_id, revision],
    ).fetchone()
    if before is None or not GROWTH_FIELDS.issuperset(json.loads(before[0])):
        return False
    embeds, images = placements.load_media_keys(db, article_id, revision)
    has_old_embeds = {key for key, _ in embeds} <= {
        placements.build_embed_key(item) for item in article.embeds
    }
    return has_old_embeds and {_strip_image_params(url) for url, _ in images} <= {
        _strip_image_params(item.url) for item in article.images
    }


def is_stealth_edit(
    changed_fields: Sequence[str], before: str | None, after: str | None, seen_after: str | None
) -> bool:
    """Whether words changed while the page says it was last modified when it still had the old
    ones.

    `before`, `after`: its modified_at then and now; `seen_after`: the last fetch with the old
    words.
    """
    if (
        not {"title", "subtitle", "text"} & set(changed_fields)
        or after is None
        or before != after
        or seen_after is None
    ):
        return False
    return (
        len(after) > 10
        or after < datetime.fromisoformat(seen_after).astimezone(IST).date().isoformat()
    )
