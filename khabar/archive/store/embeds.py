"""Stores the embeds and images of a revision: one row per post, one row per use in an article."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from khabar.archive.store.embed_rows import upsert_embed
from khabar.model.clock import format_utc
from khabar.model.items import Article, Embed

# Characters of a post's text in its key: pages cut a text at different lengths. Chosen by hand,
# not measured.
_MAX_KEY_CHARS = 80


def build_embed_key(embed: Embed) -> str:
    """Returns the key that identifies a post across articles.

    It is made of the provider's id; without one of author, day and text; without those of the URL.
    """
    if embed.id:
        return f"{embed.provider}:{embed.id}"
    if embed.author_handle or embed.text:
        fingerprint = "|".join(
            (
                (embed.author_handle or "").lower(),
                (embed.published_at or "")[:10],  # the day
                " ".join((embed.text or "").split())[:_MAX_KEY_CHARS],
            )
        )
        return f"{embed.provider}:~{_hash_text(fingerprint)}"
    return f"{embed.provider}:#{_hash_text(embed.url or embed.raw_url or embed.html or '')}"


def _hash_text(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def add_media(
    db: Database, article_id: int, revision: int, article: Article, now: datetime
) -> None:
    """Inserts the embeds and images of a revision."""
    blocks = {
        block.embed: index for index, block in enumerate(article.blocks) if block.embed is not None
    }
    placements = [
        (
            *(article_id, revision, ord_, upsert_embed(db, _build_row(embed, now))),
            *(embed.place, blocks.get(ord_), embed.rule, embed.via),
            *(embed.raw_url, embed.caption, embed.text, embed.html),
        )
        for ord_, embed in enumerate(article.embeds)
    ]
    if placements:
        db.conn.executemany(
            """insert into article_embeds (article_id, revision, ord, embed_id, place, block, rule,
              via, raw_url, caption, text_here, html)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            placements,
        )
    if article.images:
        db.conn.executemany(
            """insert into images (article_id, revision, ord, url, caption, credit)
            values (?, ?, ?, ?, ?, ?)""",
            [
                (article_id, revision, ord_, image.url, image.caption, image.credit)
                for ord_, image in enumerate(article.images)
            ],
        )


def _build_row(embed: Embed, now: datetime) -> dict[str, Any]:
    """Returns the row of `embeds` that a page shows of a post."""
    return {
        "key": build_embed_key(embed),
        "provider": embed.provider,
        "kind": embed.kind,
        "native_id": embed.id,
        "url": embed.url,
        "author_name": embed.author_name,
        "author_handle": embed.author_handle,
        "text": embed.text,
        "text_complete": None if embed.text_complete is None else int(embed.text_complete),
        "title": embed.title,
        "duration": embed.duration,
        "published_at": embed.published_at,
        "published_src": embed.published_src,
        "media": json.dumps(embed.media, ensure_ascii=False),
        "alts": json.dumps(embed.alts, ensure_ascii=False),
        "language": embed.language,
        "poll": json.dumps(embed.poll, ensure_ascii=False),
        "quoted": embed.quoted,
        "thread": embed.thread,
        "first_seen": format_utc(now),
        "last_seen": format_utc(now),
    }


def load_media_keys(
    db: Database, article_id: int, revision: int
) -> tuple[list[tuple[str, str]], list[tuple[str, str | None]]]:
    """Returns a revision's embeds as (key, place) and images as (URL, caption), in page order."""
    embeds = db.execute(
        """select e.key, x.place from article_embeds x join embeds e on e.id = x.embed_id
        where x.article_id = ? and x.revision = ? order by x.ord""",
        [article_id, revision],
    ).fetchall()
    images = db.execute(
        "select url, caption from images where article_id = ? and revision = ? order by ord",
        [article_id, revision],
    ).fetchall()
    return [(key, place) for key, place in embeds], [(url, caption) for url, caption in images]
