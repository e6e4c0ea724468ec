"""Converts one JSON line of another collection to an Article. Invalid lines are rejected with a
reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from khabar.extraction.datetimes import Precision, Timestamp, parse_timestamp
from khabar.hindi.language import detect_article_language
from khabar.hindi.text import clean_text
from khabar.model import urls
from khabar.model.items import TEXT_BLOCKS, Article, Block, BlockType, Embed, Image, Inset, PageType
from khabar.processing import jsonl_dialects

# Increase with every change of how a line becomes an article: known lines are then read again.
LINE_VERSION = 1
_PICTURE_LINK = re.compile(r"\s*pic\.(?:twitter|x)\.com/\w+")


class LineError(ValueError):
    """A line that cannot be imported. The message says why; `kind` is the message without what
    differs from line to line.
    """

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind or message


class EmptyText(LineError):
    """A line whose text is there and empty: nothing to import, and no fault of the file."""


class BlockSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A block with its text, or, as an export writes it, with its span in the article's text."""

    type: BlockType
    text: str = ""
    start: int | None = None
    end: int | None = None
    level: int | None = None
    embed: int | None = None
    image: int | None = None
    time: str | None = None

    def to_block(self, text: str) -> Block:
        words = self.text if self.start is None else text[self.start : self.end]
        return Block(self.type, words, self.level, self.embed, self.image, self.time)


class ImportRights(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Usage rights that the page declared (khabar/extraction/rights.py), as far as the line has
    them.
    """

    meta_robots: list[str] | None = None
    x_robots_tag: list[str] | None = None
    noindex: bool | None = None
    noarchive: bool | None = None
    nosnippet: bool | None = None
    noai: bool | None = None
    noimageai: bool | None = None
    max_snippet: int | None = None
    tdm_reservation: str | None = None
    tdm_policy: str | None = None
    content_usage: str | None = None
    content_signal: str | None = None
    meta_content_usage: str | None = None
    meta_content_signal: str | None = None
    license: str | None = None
    rsl: list[str] | None = None
    rsl_inline: bool | None = None


class ImportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of a line that an import reads, named as in an export. Other fields are ignored."""

    url: str
    title: str | None
    text: str
    subtitle: str | None = None
    published_at: str | None = None
    published_precision: Precision | None = None
    modified_at: str | None = None
    first_seen: str | None = None
    authors: list[str] = []
    desk: str | None = None
    place: str | None = None
    section: str | None = None
    tags: list[str] = []
    language: str | None = None
    source: str | None = None
    page_type: PageType = "article"
    blocks: list[BlockSpan] = []
    embeds: list[Embed] = []
    images: list[Image] = []
    lead_image: Image | None = None
    insets: list[Inset] = []
    problems: list[str] = []
    rights: ImportRights = ImportRights()


class ArticleRef(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an export without text (`khabar export --ids-only`): an article to fetch again."""

    id: int
    url: str
    source: str | None = None


def parse_line(raw: bytes, field_map: Mapping[str, str] | None = None) -> ImportRecord | ArticleRef:
    """Parses one JSON line, with our field names or those of a known tool. `field_map`: our field →
    the collection's name for it.

    Raises LineError, which names a field that is missing or invalid.
    """
    try:
        fields = msgspec.json.decode(raw, type=dict[str, Any])
        fields = _rename_fields(fields, field_map or {})
        fields = dict(jsonl_dialects.map_fields(fields))
        is_reference = "id" in fields and fields.get("text") is None
        if not is_reference and _is_empty(fields):
            raise EmptyText("text is empty")
        kind: type[ImportRecord | ArticleRef] = ArticleRef if is_reference else ImportRecord
        line = msgspec.convert(fields, kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise LineError(str(error), re.sub(r"\d+", "N", str(error))) from error
    if reason := urls.reject_reason(line.url):
        raise LineError(f"url: {reason}")
    if isinstance(line, ImportRecord) and line.page_type in ("listing", "other"):
        raise LineError(f"page_type: {line.page_type} is no article")
    return line


def _rename_fields(fields: dict[str, Any], field_map: Mapping[str, str]) -> dict[str, Any]:
    """Returns the fields with ours renamed; one whose other name the line lacks is missing."""
    others = {name: value for name, value in fields.items() if name not in field_map}
    return others | {name: fields[theirs] for name, theirs in field_map.items() if theirs in fields}


def _is_empty(fields: Mapping[str, Any]) -> bool:
    """Whether the text of a record is there and empty, and it has neither embeds nor images."""
    text = fields.get("text", "missing")
    is_blank = text is None or (isinstance(text, str) and not text.strip())
    return is_blank and not (fields.get("embeds") or fields.get("images"))


def list_fields(raw: bytes) -> list[str]:
    """Returns the names of a JSON line's fields; [] if it cannot be read."""
    try:
        return sorted(msgspec.json.decode(raw, type=dict[str, msgspec.Raw]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []


def parse_first_seen(line: ImportRecord, now: datetime) -> datetime:
    """Returns when the article was first seen: the line's `first_seen`, but never later than `now`.
    Raises LineError.
    """
    timestamp = _parse_time("first_seen", line, now)
    return min(timestamp.instant, now) if timestamp else now


def build_article(line: ImportRecord, now: datetime) -> Article:
    """Builds the article of a line. Tweets that an older extractor flattened into its text become
    embeds again.

    Raises LineError for a time that cannot be parsed.
    """
    blocks, embeds = _build_content(line)
    published_time, modified_time = (
        _parse_time("published_at", line, now),
        _parse_time("modified_at", line, now),
    )
    language = line.language or detect_article_language(line.title or "", line.text).code
    provenance = {name: "import" for name in ImportRecord.__struct_fields__ if getattr(line, name)}
    return Article(
        url=line.url,
        page_type=line.page_type,
        title=" ".join(clean_text(line.title or "").split()) or None,
        subtitle=line.subtitle,
        authors=tuple(line.authors),
        desk=line.desk,
        place=line.place,
        section=line.section,
        tags=tuple(line.tags),
        language=language,
        published_at=published_time.iso if published_time else None,
        published_precision=(line.published_precision or published_time.precision)
        if published_time
        else None,
        modified_at=modified_time.iso if modified_time else None,
        blocks=blocks,
        embeds=embeds,
        images=tuple(line.images),
        lead_image=line.lead_image,
        insets=tuple(_place_inset(inset, blocks, line) for inset in line.insets),
        rights=msgspec.to_builtins(line.rights),
        provenance={"language": "text", **provenance} if language else provenance,
        problems=tuple(line.problems),
    )


def _build_content(line: ImportRecord) -> tuple[tuple[Block, ...], tuple[Embed, ...]]:
    """Returns blocks and embeds: the line's own blocks if they match its text, else one paragraph
    for each line of text. Without embeds of its own, flattened tweets are extracted.
    """
    text = clean_text(line.text)
    blocks = tuple(mark.to_block(line.text) for mark in line.blocks)
    block_text = "\n\n".join(block.text for block in blocks if block.type in TEXT_BLOCKS)
    if blocks and block_text == line.text and _has_valid_indexes(blocks, line):
        embed_indexes = {block.embed for block in blocks}
    else:
        blocks, embed_indexes = _split_paragraphs(text), set()
    if line.embeds:
        return blocks, tuple(
            _place_embed(embed, is_placed=index in embed_indexes)
            for index, embed in enumerate(line.embeds)
        )
    # here, as it imports all the embed providers
    from khabar.extraction.embeds.flattened_tweets import find_flattened_tweets

    return _insert_tweets(blocks, find_flattened_tweets(text))


def _split_paragraphs(text: str) -> tuple[Block, ...]:
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.splitlines())
    return tuple(Block("paragraph", paragraph) for paragraph in paragraphs if paragraph)


def _has_valid_indexes(blocks: tuple[Block, ...], line: ImportRecord) -> bool:
    embeds, images = range(len(line.embeds)), range(len(line.images))
    return all(
        (block.type != "embed" or block.embed in embeds)
        and (block.type != "image" or block.image in images)
        for block in blocks
    )


def _place_embed(embed: Embed, *, is_placed: bool) -> Embed:
    """Returns an embed in the body that no block refers to as `unplaced`, any other as it is."""
    return embed if is_placed or embed.place != "body" else replace(embed, place="unplaced")


def _place_inset(inset: Inset, blocks: tuple[Block, ...], line: ImportRecord) -> Inset:
    """Returns an inset with its place, if that is one of the line's own blocks; else at the top."""
    is_placed = len(blocks) == len(line.blocks) and inset.after_block in range(len(blocks))
    return inset if is_placed else replace(inset, after_block=None)


# --- flattened tweets ---


def _insert_tweets(
    blocks: tuple[Block, ...], tweets: Sequence[Embed]
) -> tuple[tuple[Block, ...], tuple[Embed, ...]]:
    """Replaces the lines a tweet was flattened into by an embed block. Returns blocks and embeds.

    A tweet whose signature stands in no single block becomes an `unplaced` embed, and the blocks
    stay as they are.
    """
    from khabar.extraction.embeds.id_timestamps import DATE_PATTERN

    output: list[Block] = []
    remaining = list(blocks)
    embeds = list(tweets)
    for number, tweet in enumerate(tweets):
        # 80: as in khabar/extraction/embeds/flattened_tweets.py
        signature = re.compile(
            rf"(?:[—–―]|--)[^()—–―]{{1,80}}\(@{tweet.author_handle}\)\s*{DATE_PATTERN}", re.I
        )
        # The tweets were found in cleaned text; blocks of the line's own are as they were written.
        index, match = next(
            (
                (index, match)
                for index, block in enumerate(remaining)
                if (match := signature.search(clean_text(block.text)))
            ),
            (0, None),
        )
        if match is None:
            embeds[number] = replace(tweet, place="unplaced")
            continue
        words = {_strip_picture_links(line) for line in (tweet.text or "").split("\n")}
        first = index - (index > 0 and _strip_picture_links(remaining[index - 1].text) in words)
        output += [*remaining[:first], Block("embed", embed=number)]
        tail = match.string[match.end() :].strip()
        remaining = [
            *([replace(remaining[index], text=tail)] if tail else []),
            *remaining[index + 1 :],
        ]
        while remaining and _strip_picture_links(remaining[0].text) in words:
            remaining = remaining[1:]
    return (*output, *remaining), tuple(embeds)


def _strip_picture_links(line: str) -> str:
    """Returns the line as in the tweet's text: cleaned, without picture links."""
    return " ".join(_PICTURE_LINK.sub("", clean_text(line)).split())


def _parse_time(name: str, line: ImportRecord, now: datetime) -> Timestamp | None:
    """Parses ISO 8601 or a date in words; without an offset it is Indian time. Raises LineError."""
    value: str | None = getattr(line, name)
    timestamp = parse_timestamp(value, "import", now)
    if value and timestamp is None:
        raise LineError(f"{name}: {value[:80]!r} is not a valid time", f"{name}: not a valid time")
    return timestamp
