"""A line of somebody's collection as an Article: strict about what it is, silent about nothing it leaves out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import msgspec

from crawler import urls
from crawler.items import TEXT_BLOCKS, Article, Block, Embed, Image, PageType
from hindi.language import detect
from hindi.text import clean
from pipelines.reading.embeds.flat import flattened
from pipelines.reading.moments import Moment, normal_time

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


class LineError(ValueError):
    """A line that cannot be imported, and why."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The fields an import knows, as an export writes them; others are the collection's own affair."""

    url: str
    title: str
    text: str
    subtitle: str | None = None
    published_at: str | None = None
    modified_at: str | None = None
    authors: list[str] = []
    desk: str | None = None
    place: str | None = None
    section: str | None = None
    tags: list[str] = []
    language: str | None = None
    source: str | None = None
    page_type: PageType = "article"
    blocks: list[Block] = []
    embeds: list[Embed] = []
    images: list[Image] = []
    lead_image: Image | None = None


def read_line(raw: bytes) -> Line:
    """One JSON line. Raises LineError that says what is missing, wrong or no address."""
    try:
        line = msgspec.json.decode(raw, type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LineError(str(error)) from error
    if why := urls.bad(line.url):
        raise LineError(f"url: {why}")
    if line.source is not None and not _KEY.fullmatch(line.source):
        raise LineError(f"source: {line.source!r} must be plain a-z0-9_-")
    if line.page_type in ("listing", "other"):
        raise LineError(f"page_type: {line.page_type} is no article")
    if not line.text.strip() and not (line.embeds or line.images):
        raise LineError("text is empty")
    return line


def article_of(line: Line, now: datetime) -> Article:
    """The line as an article. Tweets that an older extractor left flattened in its text are found again as embeds.

    Raises LineError for a time that cannot be read.
    """
    blocks = _blocks(line)
    placed = {block.embed for block in blocks}
    told = [replace(one, place=one.place if at in placed else "unplaced") for at, one in enumerate(line.embeds)]
    published, modified = _time("published_at", line, now), _time("modified_at", line, now)
    language = line.language or detect(f"{line.title}\n{line.text}").code
    given = {name: "import" for name in Line.__struct_fields__ if getattr(line, name)}
    return Article(
        url=line.url,
        page_type=line.page_type,
        title=" ".join(clean(line.title).split()) or None,
        subtitle=line.subtitle,
        authors=tuple(line.authors),
        desk=line.desk,
        place=line.place,
        section=line.section,
        tags=tuple(line.tags),
        language=language,
        published_at=published.iso if published else None,
        published_precision=published.precision if published else None,
        modified_at=modified.iso if modified else None,
        blocks=blocks,
        embeds=tuple(told) or tuple(flattened(line.text)),
        images=tuple(line.images),
        lead_image=line.lead_image,
        provenance={"language": "text", **given} if language else given,
    )


def _blocks(line: Line) -> tuple[Block, ...]:
    """The line's own blocks where they tell its text, else a paragraph per line of it."""
    told = "\n\n".join(block.text for block in line.blocks if block.type in TEXT_BLOCKS)
    if line.blocks and told == line.text and _index_what_is_there(line):
        return tuple(line.blocks)
    paragraphs = [" ".join(one.split()) for one in clean(line.text).splitlines()]
    return tuple(Block("paragraph", one) for one in paragraphs if one)


def _index_what_is_there(line: Line) -> bool:
    embeds, images = range(len(line.embeds)), range(len(line.images))
    return all(
        (block.type != "embed" or block.embed in embeds) and (block.type != "image" or block.image in images)
        for block in line.blocks
    )


def _time(name: str, line: Line, now: datetime) -> Moment | None:
    """ISO 8601 or a date in words; without an offset it is Indian time."""
    told: str | None = getattr(line, name)
    moment = normal_time(told, "import", now)
    if told and moment is None:
        raise LineError(f"{name}: {told!r} is no time that can be")
    return moment
