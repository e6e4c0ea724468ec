"""Builds an archive of any size for the export benchmark, with plain SQL and without a crawl.
Deterministic.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from khabar.archive import open_archive
from khabar.archive.database import transaction
from newsroom.stories import iter_parts, read_stories

SOURCES = tuple(f"source{number:02}" for number in range(20))
FIRST = 1_700_000_000  # seconds: November 2023; one article every five minutes
STEP, BATCH = 300, 1000
PARAGRAPHS, LENGTH = 11, 41  # words
_MOMENT = "2026-11-24T09:00:00Z"
_TRIGGERS = ("articles_fts_insert", "articles_fts_delete", "articles_fts_update")


def build_archive(path: Path, number: int) -> None:
    """Builds an archive of `number` articles of about 450 words, every second with embeds, all with
    images, authors and tags.
    """
    with open_archive(path, write=True) as archive:
        db = archive.db
        for trigger in _TRIGGERS:  # the full-text index is not measured here
            db.execute(f"drop trigger if exists {trigger}")
        with transaction(db):
            db.conn.executemany("insert into sources (key, name, first_seen) values (?1, ?1, ?2)",
                                ((key, _MOMENT) for key in SOURCES))  # fmt: skip
            for table, name in (("authors", "संवाददाता"), ("tags", "विषय")):
                db.conn.executemany(
                    f"insert into {table} (id, name) values (?, ?)",  # noqa: S608
                    ((index + 1, f"{name} {index}") for index in range(1000)),
                )
        rows = _iter_articles(number)
        while batch := list(islice(rows, BATCH)):
            with transaction(db):
                for table in batch[0]:
                    table_rows = [row for article in batch for row in article[table]]
                    _insert_rows(db, table, table_rows)


def _insert_rows(db: Any, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = list(rows[0])
        marks = ", ".join(f":{name}" for name in names)
        db.conn.executemany(f"insert into {table} ({', '.join(names)}) values ({marks})", rows)  # noqa: S608


def _load_words() -> list[str]:
    """What articles are made of: the words of the newsroom's own stories."""
    texts = [part.text for story in read_stories() for part in iter_parts(story, story.body)]
    return sorted({word for text in texts for word in text.split()})


def _iter_articles(number: int) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Yields each article's rows by table."""
    words, chance = _load_words(), Random(7)
    for index in range(number):
        sample = chance.choices(words, k=PARAGRAPHS * LENGTH)
        paragraphs = [
            " ".join(sample[start : start + LENGTH]) for start in range(0, len(sample), LENGTH)
        ]
        yield _article_rows(index, paragraphs, chance)


def _article_rows(
    index: int, paragraphs: list[str], chance: Random
) -> dict[str, list[dict[str, Any]]]:
    source, seconds = SOURCES[index % len(SOURCES)], FIRST + index * STEP
    url = f"https://{source}.example.in/news/{index}-{chance.randrange(10**9)}.html"
    article_id = (
        seconds << 20 | int.from_bytes(hashlib.sha256(url.encode()).digest()[:4], "big") >> 12
    )
    day = f"{2023 + index % 3}-{1 + index % 12:02}-{1 + index % 28:02}"
    embeds = chance.randrange(4) if index % 2 else 0
    key = {"article_id": article_id, "revision": 1}
    image = {
        "url": f"https://{source}.example.in/img/{index}.jpg",
        "caption": "घाट पर स्वयंसेवक",
        "credit": None,
    }
    return {
        "articles": [
            _make_article(article_id, url, source, day, paragraphs, embeds)
            | {"lead_image": json.dumps(image)}
        ],
        "revisions": [{**key, "reason": "first", "seen_at": _MOMENT, "extractor_version": "1"}],
        "article_authors": [{"article_id": article_id, "ord": 0, "author_id": 1 + index % 1000}],
        "article_tags": [
            {"article_id": article_id, "ord": n, "tag_id": 1 + (index * 7 + n) % 1000}
            for n in range(4)
        ],
        "embeds": [_make_embed(index, n) for n in range(embeds)],
        "article_embeds": [
            {
                **key,
                "ord": n,
                "embed_id": index * 4 + n + 1,
                "place": "body",
                "block": 3 + n,
                "rule": "x",
                "via": "dom",
                "text_here": None,
                "html": "<blockquote>…</blockquote>" * 20,
            }
            for n in range(embeds)
        ],
        "images": [{**key, "ord": 0, **image}],
    }


def _make_article(
    article_id: int, url: str, source: str, day: str, paragraphs: list[str], embeds: int
) -> dict[str, Any]:
    text, offset, blocks = "\n\n".join(paragraphs), 0, []
    for paragraph in paragraphs:
        blocks.append({"type": "paragraph", "start": offset, "end": offset + len(paragraph)})
        offset += len(paragraph) + 2
    blocks[3:3] = [{"type": "embed", "embed": number} for number in range(embeds)]
    return {
        "id": article_id,
        "url": url,
        "source": source,
        "page_type": "article",
        "title": paragraphs[0][:60],
        "subtitle": paragraphs[1][:90],
        "text": text,
        "blocks": json.dumps(blocks),
        "language": "hi",
        "published_at": f"{day}T10:00:00+05:30",
        "published_on": day,
        "published_precision": "minute",
        "modified_at": f"{day}T11:00:00+05:30",
        "section": "शहर",
        "place": "लखनऊ",
        "desk": None,
        "word_count": len(text.split()),
        "devanagari_share": 0.99,
        "repetition": 0.0,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "extractor_version": "1",
        "rights": '{"meta_robots":["index","follow","max-image-preview:large"]}',
        "first_seen": _MOMENT,
        "last_seen": _MOMENT,
    }


def _make_embed(index: int, number: int) -> dict[str, Any]:
    native = str(1_800_000_000_000_000_000 + index * 4 + number)
    return {
        "id": index * 4 + number + 1,
        "key": f"x:{native}",
        "provider": "x",
        "kind": "post",
        "native_id": native,
        "url": f"https://x.com/kagaz/status/{native}",
        "author_name": "काग़ज़ घर",
        "author_handle": "kagaz_ghar",
        "text": "नदी के घाट पर आज सफ़ाई का काम पूरा हुआ, सभी साथियों का धन्यवाद।\nअगला शिविर रविवार को।",
        "text_complete": 1,
        "published_at": "2024-11-01T13:43:19Z",
        "published_src": "id",
        "media": '["https://t.co/abcdefghij"]',
        "first_seen": _MOMENT,
        "last_seen": _MOMENT,
    }
