"""A line of somebody's collection as an Article: strict about what it is, silent about nothing it leaves out."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
from hindi.language import detect
from hindi.text import clean

from crawler import urls
from crawler.items import Article, Block, Embed
from pipelines.reading.embeds.flat import flattened

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


class LineError(ValueError):
    """A line that cannot be imported, and why."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The fields an import knows; others are the collection's own affair."""

    url: str
    title: str
    text: str
    subtitle: str | None = None
    published_at: str | None = None
    modified_at: str | None = None
    authors: list[str] = []
    section: str | None = None
    tags: list[str] = []
    language: str | None = None
    source: str | None = None
    embeds: list[dict[str, Any]] = []


def read_line(raw: bytes) -> Line:
    """One JSON line. Raises LineError that says what is missing, wrong or no address."""
    try:
        line = msgspec.json.decode(raw, type=Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LineError(str(error)) from error
    if why := urls.bad(line.url):
        raise LineError(f"url: {why}")
    if line.source is not None and not _KEY.fullmatch(line.source):
        raise LineError(f"source {line.source!r} must be plain a-z0-9_-")
    if not line.text.strip():
        raise LineError("text is empty")
    for name in ("published_at", "modified_at"):
        _check_time(name, getattr(line, name))
    return line


def _check_time(name: str, value: str | None) -> None:
    try:
        moment = datetime.fromisoformat(value) if value else None
    except ValueError as error:
        raise LineError(f"{name}: {value!r} is not ISO 8601") from error
    if moment and len(str(value)) > 10 and moment.tzinfo is None:
        raise LineError(f"{name}: {value!r} has no offset")


def article_of(line: Line) -> Article:
    """The line as an article: a paragraph per line of its text; tweets flattened into it are found again as embeds."""
    paragraphs = [" ".join(one.split()) for one in clean(line.text).splitlines()]
    embeds = tuple(_embed(one) for one in line.embeds) or tuple(flattened(line.text))
    language = line.language or detect(f"{line.title}\n{line.text}").code
    given = {name: "import" for name in Line.__struct_fields__ if getattr(line, name)}
    return Article(
        url=line.url,
        title=" ".join(clean(line.title).split()) or None,
        subtitle=line.subtitle,
        authors=tuple(line.authors),
        section=line.section,
        tags=tuple(line.tags),
        language=language,
        published_at=line.published_at,
        published_precision=_precision(line.published_at),
        modified_at=line.modified_at,
        blocks=tuple(Block("paragraph", one) for one in paragraphs if one),
        embeds=embeds,
        provenance=given if line.language or not language else {**given, "language": "text"},
    )


def _precision(published_at: str | None) -> Any:
    if not published_at:
        return None
    return "day" if len(published_at) <= 10 else "second"


def _embed(told: dict[str, Any]) -> Embed:
    """An embed as an export wrote it; what it lacks stays unknown. Imported embeds have no place in the text."""
    known = {name: told[name] for name in Embed.__dataclass_fields__ if name in told}
    try:
        return msgspec.convert({"kind": "unknown", **known, "place": "unplaced"}, Embed)
    except msgspec.ValidationError as error:
        raise LineError(f"embeds: {error}") from error
