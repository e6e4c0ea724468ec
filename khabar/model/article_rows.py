"""What is computed of an article for a row of the archive or of a file: its id, and its blocks as
spans of its text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from khabar.hindi.india_time import parse_iso_india
from khabar.model.items import TEXT_BLOCKS, Block

ID_BITS = 20  # the low bits of an id, which are not its time


def compute_article_id(url: str, seen_at: datetime, published_at: str | None) -> int:
    """Returns the id of an article, which the archive increases if it is taken: earliest known time
    in seconds << 20 | 20 bits of the URL's hash. Raises ValueError for a time that is none.
    """
    earliest = min(seen_at, parse_iso_india(published_at)) if published_at else seen_at
    digest = hashlib.sha256(url.encode()).digest()
    bits = int.from_bytes(digest[:4], "big") >> (32 - ID_BITS)
    return (int(earliest.timestamp()) << ID_BITS) | bits


def build_block_spans(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Returns blocks as spans of Article.text: start and end in code points, half-open.

    Embeds and images are given by index. A span with a `time` begins an update of a live blog.
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
