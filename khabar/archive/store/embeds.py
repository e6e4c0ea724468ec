"""Embeds and images of one reading: a row per post in the world, a row per placement in the
article.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from khabar.model.clock import format_utc
from khabar.model.items import Article, Embed


def build_embed_key(embed: Embed) -> str:
    """What makes two placements the same post: the provider's id, else who said what when, else
    the address.
    """
    if embed.id:
        return f"{embed.provider}:{embed.id}"
    if embed.author_handle or embed.text:
        fingerprint = "|".join(
            (
                (embed.author_handle or "").lower(),
                (embed.published_at or "")[:10],
                " ".join((embed.text or "").split())[:80],
            )
        )
        return f"{embed.provider}:~{hashlib.sha1(fingerprint.encode(), usedforsecurity=False).hexdigest()}"
    address = embed.url or embed.raw_url or embed.html or ""
    return f"{embed.provider}:#{hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()}"


def add_media(
    db: Database, article_id: int, revision: int, article: Article, now: datetime
) -> None:
    """The embeds and images of one reading."""
    blocks = {
        block.embed: index for index, block in enumerate(article.blocks) if block.embed is not None
    }
    for ord_, embed in enumerate(article.embeds):
        _insert_placement(
            db, article_id, revision, ord_, blocks.get(ord_), embed, _upsert_embed(db, embed, now)
        )
    for ord_, image in enumerate(article.images):
        db.execute(
            "insert into images (article_id, revision, ord, url, caption, credit) values (?, ?, ?, ?, ?, ?)",
            [article_id, revision, ord_, image.url, image.caption, image.credit],
        )


def _insert_placement(
    db: Database,
    article_id: int,
    revision: int,
    ord_: int,
    block: int | None,
    embed: Embed,
    embed_id: int,
) -> None:
    db.execute(
        """insert into article_embeds (article_id, revision, ord, embed_id, place, block, rule, via, raw_url, caption,
          text_here, html) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            article_id,
            revision,
            ord_,
            embed_id,
            embed.place,
            block,
            embed.rule,
            embed.via,
            embed.raw_url,
            embed.caption,
            embed.text,
            embed.html,
        ],
    )


def _upsert_embed(db: Database, embed: Embed, now: datetime) -> int:
    """The post's row. What is known better stays: a whole text over a cut one, a named account
    over none.
    """
    row = {
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
        "published_at": embed.published_at,
        "published_src": embed.published_src,
        "media": json.dumps(embed.media, ensure_ascii=False),
        "now": format_utc(now),
    }
    embed_id: int = db.execute(
        """insert into embeds (key, provider, kind, native_id, url, author_name, author_handle, text, text_complete,
          title, published_at, published_src, media, first_seen, last_seen)
        values (:key, :provider, :kind, :native_id, :url, :author_name, :author_handle, :text, :text_complete, :title,
          :published_at, :published_src, :media, :now, :now)
        on conflict (key) do update set last_seen = max(last_seen, excluded.last_seen),
          url = iif(author_handle is null and excluded.author_handle is not null, coalesce(excluded.url, url),
            coalesce(url, excluded.url)),
          author_name = coalesce(author_name, excluded.author_name),
          author_handle = coalesce(author_handle, excluded.author_handle),
          text = iif(excluded.text is not null and coalesce(excluded.text_complete, 0) > coalesce(text_complete, -1),
            excluded.text, text),
          text_complete = max(coalesce(text_complete, excluded.text_complete),
            coalesce(excluded.text_complete, text_complete)),
          title = coalesce(title, excluded.title),
          published_at = coalesce(published_at, excluded.published_at),
          published_src = coalesce(published_src, excluded.published_src),
          media = iif(media = '[]', excluded.media, media)
        returning id""",
        row,
    ).fetchone()[0]
    return embed_id


def build_search_texts(article: Article) -> dict[str, str | None]:
    """What search finds beside the text: its posts, each with who wrote it, and what is said
    under its pictures.
    """
    page_posts = [embed for embed in article.embeds if embed.place != "page"]
    posts = [
        (post.author_name, post.author_handle, post.title, post.text, post.caption)
        for post in page_posts
    ]
    captions = dict.fromkeys(image.caption for image in article.images if image.caption)
    return {
        "posts": "\n\n".join(filter(None, map(_join_lines, posts))) or None,
        "captions": "\n\n".join(captions) or None,
    }


def _join_lines(parts: Iterable[str | None]) -> str:
    return "\n".join(part for part in parts if part)


def load_media_keys(
    db: Database, article_id: int, revision: int
) -> tuple[list[tuple[str, str]], list[tuple[str, str | None]]]:
    """What a revision is compared by: its embeds as (key, place), its images as (url, caption),
    each in order.
    """
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
