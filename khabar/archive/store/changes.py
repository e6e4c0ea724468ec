"""Compares an extraction with the newest revision; content that changes by itself is ignored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from khabar.archive.store import embeds as media
from khabar.hindi.boilerplate import is_volatile_line
from khabar.hindi.india_time import IST
from khabar.model.article_rows import build_block_spans
from khabar.model.items import TEXT_BLOCKS, Article

_IMAGE_SUFFIX = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.I)
GROWTH_FIELDS = frozenset({"updates", "embeds", "images"})


@dataclass(frozen=True, slots=True)
class _ComparedBlock:
    """A block as it is compared. `content`: its text, or the key of its embed or image."""

    type: str
    content: str
    level: int | None = None
    time: str | None = None


def diff_fields(
    db: Database, article_id: int, article: Article, *, strictly: bool = False
) -> tuple[str, ...]:
    """Returns the fields that differ from the newest revision; () when a reader sees no difference.

    An addition to a live blog is `updates`, and `text` as well if an earlier update was changed.
    `strictly`: counters, "updated at" lines and headlines of other stories count, too.
    """
    revision, withheld, title, subtitle, text, blocks = db.execute(
        "select revision, withheld, title, subtitle, text, blocks from articles where id = ?",
        [article_id],
    ).fetchone()
    if withheld or article.rights.get("noarchive"):
        return () if withheld and article.rights.get("noarchive") else ("withheld",)
    embeds, images = media.load_media_keys(db, article_id, revision)
    new_embeds = [(media.build_embed_key(embed), embed.place) for embed in article.embeds]
    new_images = [(image.url, image.caption) for image in article.images]
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
    """Returns the embeds of the article, without those of the page around it."""
    return [(key, place) for key, place in embeds if place != "page"]


def _normalize_images(images: Iterable[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    return [(_strip_image_params(url), caption) for url, caption in images]


def _strip_image_params(url: str) -> str:
    """Returns an image URL without its query (size, version), if its path has an image suffix.

    Other URLs keep their query, which may identify the image.
    """
    parts = urlsplit(url)
    has_suffix = _IMAGE_SUFFIX.search(parts.path)
    return parts._replace(query="", fragment="").geturl() if has_suffix else url


def _diff_text(old: Sequence[_ComparedBlock], new: Sequence[_ComparedBlock]) -> list[str]:
    """Returns `text`, `updates` (a live blog was continued), both (and changed), or nothing."""
    before, after = _group_updates(old), _group_updates(new)
    if before == after:
        return []
    if before.keys() == after.keys():
        return ["text"]
    is_rewritten = any(before[update_time] != after.get(update_time) for update_time in before)
    return ["updates", "text"] if is_rewritten else ["updates"]


def _group_updates(compared_blocks: Iterable[_ComparedBlock]) -> dict[str, list[str]]:
    """Returns the texts of a live blog by the time of their update ('': before the first)."""
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
    """Returns whether a live blog was only continued, by this and by the previous revision.

    That is: nothing that the previous one had was changed or removed.
    """
    if "updates" not in changed_fields or not GROWTH_FIELDS.issuperset(changed_fields):
        return False
    before = db.execute(
        "select changed from revisions where article_id = ? and revision = ? and reason = 'edit'",
        [article_id, revision],
    ).fetchone()
    if before is None or not GROWTH_FIELDS.issuperset(json.loads(before[0])):
        return False
    embeds, images = media.load_media_keys(db, article_id, revision)
    new_embed_keys = {media.build_embed_key(embed) for embed in article.embeds}
    new_image_urls = {_strip_image_params(image.url) for image in article.images}
    return {key for key, _ in embeds} <= new_embed_keys and {
        _strip_image_params(url) for url, _ in images
    } <= new_image_urls


def is_stealth_edit(
    changed_fields: Sequence[str], before: str | None, after: str | None, seen_after: str | None
) -> bool:
    """Returns whether the text changed but the page's modification time did not.

    `before`, `after`: its modified_at in the two revisions; `seen_after`: the last fetch with the
    old text. A date without a time counts only when it is before the day of that fetch.
    """
    if (
        not {"title", "subtitle", "text"} & set(changed_fields)
        or after is None
        or before != after
        or seen_after is None
    ):
        return False
    has_time = len(after) > 10  # YYYY-MM-DD is ten characters
    seen_on = datetime.fromisoformat(seen_after).astimezone(IST).date().isoformat()
    return has_time or after < seen_on
