"""A line of somebody's collection as an Article: strict about what it is, silent about nothing it leaves out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from khabar.extraction.datetimes import Moment, Precision, normal_time
from khabar.extraction.embeds.flattened_tweets import flattened
from khabar.extraction.embeds.id_timestamps import DAY
from khabar.hindi.language import detect
from khabar.hindi.text import clean
from khabar.model import urls
from khabar.model.items import TEXT_BLOCKS, Article, Block, BlockType, Embed, Image, PageType
from khabar.processing import jsonl_dialects

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_PIC = re.compile(r"\s*pic\.(?:twitter|x)\.com/\w+")


class LineError(ValueError):
    """A line that cannot be imported, and why."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A block with its words, or (as an export writes it) with where they stand in the text."""

    type: BlockType
    text: str = ""
    start: int | None = None
    end: int | None = None
    level: int | None = None
    embed: int | None = None
    image: int | None = None
    time: str | None = None

    def block(self, text: str) -> Block:
        words = self.text if self.start is None else text[self.start : self.end]
        return Block(self.type, words, self.level, self.embed, self.image, self.time)


class Rights(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a page said of its use (khabar/extraction/rights.py), where the line knows it."""

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
    license: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The fields an import knows, as an export writes them; others are the collection's own affair."""

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
    blocks: list[Mark] = []
    embeds: list[Embed] = []
    images: list[Image] = []
    lead_image: Image | None = None
    problems: list[str] = []
    rights: Rights = Rights()


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list without words (`khabar export --ids-only`): an article to be fetched again."""

    id: int
    url: str
    source: str | None = None


def read_line(raw: bytes, renamed: Mapping[str, str] | None = None) -> Line | Pointer:
    """One JSON line, in our words or those of a tool we know. `renamed`: field of ours → what the collection calls it.

    Raises LineError that says what is missing, wrong or no address.
    """
    try:
        told = msgspec.json.decode(raw, type=dict[str, Any])
        told |= {name: told.get(theirs) for name, theirs in (renamed or {}).items()}
        line = _typed(jsonl_dialects.ours(told))
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise LineError(str(error)) from error
    if why := urls.bad(line.url):
        raise LineError(f"url: {why}")
    if line.source is not None and not _KEY.fullmatch(line.source):
        raise LineError(f"source: {line.source!r} must be plain a-z0-9_-")
    if isinstance(line, Line):
        _check(line)
    return line


def _typed(told: Mapping[str, Any]) -> Line | Pointer:
    if "id" in told and told.get("text") is None:
        return msgspec.convert(told, Pointer)
    return msgspec.convert(told, Line)


def _check(line: Line) -> None:
    if line.page_type in ("listing", "other"):
        raise LineError(f"page_type: {line.page_type} is no article")
    if not line.text.strip() and not (line.embeds or line.images):
        raise LineError("text is empty")


def first_seen(line: Line, now: datetime) -> datetime:
    """When the article was first known: what the collection says, if it can be; else now. Raises LineError."""
    moment = _time("first_seen", line, now)
    return min(moment.instant, now) if moment else now


def article_of(line: Line, now: datetime) -> Article:
    """The line as an article. Tweets that an older extractor left flattened in its text are found again as embeds.

    Raises LineError for a time that cannot be read.
    """
    blocks, embeds = _content(line)
    published, modified = _time("published_at", line, now), _time("modified_at", line, now)
    language = line.language or detect(f"{line.title or ''}\n{line.text}").code
    given = {name: "import" for name in Line.__struct_fields__ if getattr(line, name)}
    return Article(
        url=line.url,
        page_type=line.page_type,
        title=" ".join(clean(line.title or "").split()) or None,
        subtitle=line.subtitle,
        authors=tuple(line.authors),
        desk=line.desk,
        place=line.place,
        section=line.section,
        tags=tuple(line.tags),
        language=language,
        published_at=published.iso if published else None,
        published_precision=(line.published_precision or published.precision) if published else None,
        modified_at=modified.iso if modified else None,
        blocks=blocks,
        embeds=embeds,
        images=tuple(line.images),
        lead_image=line.lead_image,
        rights=msgspec.to_builtins(line.rights),
        provenance={"language": "text", **given} if language else given,
        problems=tuple(line.problems),
    )


def _content(line: Line) -> tuple[tuple[Block, ...], tuple[Embed, ...]]:
    """The line's own blocks where they tell its text, else a paragraph per line of it, its flattened tweets lifted."""
    blocks = tuple(mark.block(line.text) for mark in line.blocks)
    told = "\n\n".join(block.text for block in blocks if block.type in TEXT_BLOCKS)
    if blocks and told == line.text and _index_what_is_there(blocks, line):
        placed = {block.embed for block in blocks}
    else:
        blocks, placed = _paragraphs(line.text), set()
    if line.embeds:
        return blocks, tuple(_at(one, is_placed=at in placed) for at, one in enumerate(line.embeds))
    tweets = tuple(flattened(clean(line.text)))
    return _without(blocks, tweets), tweets


def _paragraphs(text: str) -> tuple[Block, ...]:
    paragraphs = (" ".join(one.split()) for one in clean(text).splitlines())
    return tuple(Block("paragraph", one) for one in paragraphs if one)


def _index_what_is_there(blocks: tuple[Block, ...], line: Line) -> bool:
    embeds, images = range(len(line.embeds)), range(len(line.images))
    return all(
        (block.type != "embed" or block.embed in embeds) and (block.type != "image" or block.image in images)
        for block in blocks
    )


def _at(embed: Embed, *, is_placed: bool) -> Embed:
    """An embed that no block holds stands beside the text: where it was said to, but not in the body."""
    return embed if is_placed or embed.place != "body" else replace(embed, place="unplaced")


# --- flattened tweets ---


def _without(blocks: tuple[Block, ...], tweets: tuple[Embed, ...]) -> tuple[Block, ...]:
    """The blocks with each tweet at its place instead of the lines it had been flattened into."""
    done: list[Block] = []
    rest = list(blocks)
    for number, tweet in enumerate(tweets):
        signed = re.compile(rf"(?:[—–―]|--)[^()—–―]{{1,80}}\(@{tweet.author_handle}\)\s*{DAY}", re.I)
        at, found = next((at, found) for at, block in enumerate(rest) if (found := signed.search(block.text)))
        words = {_bare(line) for line in (tweet.text or "").split("\n")}
        first = at - (at > 0 and _bare(rest[at - 1].text) in words)
        done += [*rest[:first], Block("embed", embed=number)]
        behind = rest[at].text[found.end() :].strip()
        rest = [*([replace(rest[at], text=behind)] if behind else []), *rest[at + 1 :]]
        while rest and _bare(rest[0].text) in words:
            rest = rest[1:]
    return (*done, *rest)


def _bare(line: str) -> str:
    """A line as it stands in a tweet's words: without the links of its pictures."""
    return " ".join(_PIC.sub("", line).split())


def _time(name: str, line: Line, now: datetime) -> Moment | None:
    """ISO 8601 or a date in words; without an offset it is Indian time."""
    told: str | None = getattr(line, name)
    moment = normal_time(told, "import", now)
    if told and moment is None:
        raise LineError(f"{name}: {told!r} is no time that can be")
    return moment
