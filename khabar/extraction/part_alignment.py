"""Compares an article's blocks with another source of its text, and inserts the paragraphs that
only the other source has, in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from khabar.extraction.boilerplate import KEY_LETTER, comparison_key
from khabar.extraction.embedded_json import is_truncated
from khabar.extraction.text_parts import TextPart
from khabar.model.items import Block

# All chosen by hand, not measured.
_MIN_KEY = 20  # letters of a text that is recognised inside another
_MIN_SHARED = 0.6  # share of the blocks' prose that the other source must contain
_MIN_PROSE = 40  # characters of a sentence that is worth inserting
_MAX_REPEATED = 0.4  # share of word triples that also occur on the page: more is a reworded copy
_MAX_BLOCKS = 800  # blocks or parts; longer articles are not compared
_SENTENCE_END = re.compile(r"[।॥.?!…][\"”’'»)\]\s]*$")


def is_in_text(text: str, key: str) -> bool:
    """Whether a text occurs in another, given as comparison key."""
    own_key = comparison_key(text)
    return not own_key or own_key in key


def insert_missing_parts(
    blocks: Sequence[Block], parts: Sequence[TextPart], page_texts: Iterable[str]
) -> tuple[list[Block], int, int]:
    """Returns (blocks with the missing parts, number of added parts, characters missing before).

    Nothing is added unless the parts contain most of the blocks' prose, in the same order. A part
    is missing if neither it nor a similar text is among the blocks and `page_texts`.
    """
    if max(len(blocks), len(parts)) > _MAX_BLOCKS:
        return list(blocks), 0, 0
    texts = [block.text for block in blocks if block.text] + list(page_texts)
    page_key = "\n".join(map(comparison_key, texts))
    if not any(is_truncated(block.text) for block in blocks):
        # a part can contain several paragraphs of the page
        shown_key = "".join(comparison_key(block.text) for block in blocks)
        if all(part.key in page_key or part.key in shown_key for part in parts):
            return list(blocks), 0, 0
    keys = [key for block in blocks if len(key := comparison_key(block.text)) >= _MIN_KEY]
    parts = [piece for part in parts for piece in _split_part(part, keys)]
    matches = _match_blocks(blocks, parts)
    found = set(matches.values())
    missing = [i for i, part in enumerate(parts) if i not in found and part.key not in page_key]
    if missing:
        triples = {triple for text in texts for triple in _iter_triples(text)}
        missing = [i for i in missing if not _is_reworded(parts[i], triples)]
    missing = [i for i in missing if parts[i].type != "heading" or i + 1 in missing]
    prose_size = sum(
        len(parts[i].text)
        for i in missing
        if len(parts[i].text) >= _MIN_PROSE and _SENTENCE_END.search(parts[i].text)
    )
    prose = [(i, len(block.text)) for i, block in enumerate(blocks) if block.type == "paragraph"]
    shared = sum(size for i, size in prose if i in matches)
    indexes = list(matches.values())
    is_alike = shared >= _MIN_SHARED * sum(size for _, size in prose) and indexes == sorted(indexes)
    if not is_alike or not shared:
        return list(blocks), 0, prose_size if shared else 0
    completed = _complete_blocks(blocks, parts, matches)
    if not prose_size:
        return completed, sum(a is not b for a, b in zip(blocks, completed, strict=True)), 0
    return _insert(completed, parts, matches, missing), len(missing), prose_size


def _match_blocks(blocks: Sequence[Block], parts: Sequence[TextPart]) -> dict[int, int]:
    """Maps the index of each text block to the part with the same text, the first after the last
    match if there are several.
    """
    matches: dict[int, int] = {}
    keys = [part.key for part in parts]
    last = 0
    for i, block in enumerate(blocks):
        key = comparison_key(block.text.rstrip(".… ") if is_truncated(block.text) else block.text)
        if not key:
            continue
        order = (*range(last, len(keys)), *range(last))
        match = next((n for n in order if keys[n] == key), None)
        if match is None and len(key) >= _MIN_KEY:
            match = next((n for n in order if _overlaps(key, keys[n])), None)
        if match is not None:
            matches[i] = last = match
    return matches


def _overlaps(key: str, other: str) -> bool:
    return key in other or (len(other) >= _MIN_KEY and other in key)


def _is_reworded(part: TextPart, triples: set[tuple[str, ...]]) -> bool:
    """Whether much of a part's word triples are among those of the page."""
    own_triples = list(_iter_triples(part.text))
    repeated = sum(triple in triples for triple in own_triples)
    return repeated > _MAX_REPEATED * len(own_triples)


def _iter_triples(text: str) -> Iterable[tuple[str, ...]]:
    words = [key for key in map(comparison_key, text.split()) if key]
    return zip(words, words[1:], words[2:], strict=False)


def _split_part(part: TextPart, block_keys: Sequence[str]) -> list[TextPart]:
    """Splits a part that contains several paragraphs at the ends of those that the blocks have."""
    key = part.key
    inside = [other for other in block_keys if len(other) < len(key) and other in key]
    if part.type != "paragraph" or not inside:
        return [part]
    positions = [match.start() for match in KEY_LETTER.finditer(part.text)]
    if len(positions) != len(key):
        return [part]
    cuts = {0, len(part.text)}
    for other in inside:
        start = key.find(other)
        end = start + len(other)
        cuts |= {positions[start], positions[end] if end < len(key) else len(part.text)}
    edges = sorted(cuts)
    texts = [part.text[a:b].strip() for a, b in zip(edges, edges[1:], strict=False)]
    # a cut inside a sentence: the block is a quotation from the part, not a paragraph of it
    if not all(_SENTENCE_END.search(text) for text in texts[:-1]):
        return [part]
    # a short rest is a dateline or a credit that the page shows elsewhere
    return [
        TextPart(text)
        for text in texts
        if len(text) >= _MIN_PROSE or comparison_key(text) in block_keys
    ]


def _complete_blocks(
    blocks: Sequence[Block], parts: Sequence[TextPart], matches: dict[int, int]
) -> list[Block]:
    """Replaces the text of each truncated paragraph by the part that begins with it."""
    result = []
    for i, block in enumerate(blocks):
        if i in matches and is_truncated(block.text):
            prefix, part = comparison_key(block.text.rstrip(".… ")), parts[matches[i]]
            if part.key.startswith(prefix) and len(part.key) > len(prefix):
                block = replace(block, text=part.text)
        result.append(block)
    return result


def _insert(
    blocks: Sequence[Block],
    parts: Sequence[TextPart],
    matches: dict[int, int],
    missing: Sequence[int],
) -> list[Block]:
    """Inserts each missing part after the last block whose part comes before it, or before the
    first matched block.
    """
    first = min(matches)
    additions: dict[int, list[Block]] = {}
    for n in missing:
        before = max((i for i, match in matches.items() if match < n), default=first - 1)
        part = parts[n]
        additions.setdefault(before, []).append(
            Block(part.type, part.text, part.level, time=part.time)
        )
    result = additions.get(-1, [])
    for i, block in enumerate(blocks):
        result += [block, *additions.get(i, [])]
    return result
