"""Reads the rows of `khabar extract --to` back: each is a page that was extracted elsewhere.

Whoever wrote them, a row is checked as a page of a WARC file is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from khabar.hindi.india_time import parse_iso_india
from khabar.model import urls
from khabar.model.items import (
    TEXT_BLOCKS,
    Article,
    Block,
    DiscoveredLink,
    Embed,
    Image,
    Inset,
    Outcome,
    Page,
    PageType,
)
from khabar.model.sources import Source
from khabar.processing.admission import MAX_NUMBER, NotAdmitted, admit
from khabar.processing.extract_page import ExtractedPage
from khabar.processing.jsonl_import import BlockSpan, ImportRights, LineError
from khabar.processing.keys import compute_keys

# The columns by which such a file is told from that of an export.
PAGE_COLUMNS = frozenset({"page_url", "fetched_at", "outcome", "signals", "provenance"})
# Outcomes of pages from which nothing is extracted.
_PLAIN_OUTCOMES = frozenset(
    {Outcome.UNREADABLE, Outcome.NOT_HTML, Outcome.EMPTY, Outcome.ALIAS, Outcome.NO_TEXT}
)
_EXTRACTOR_VERSION = re.compile(r"\d{1,6}(?:\+[0-9a-f]{6})?")
MAX_SIGNALS = 64 << 10  # characters; chosen by hand, not measured
MAX_EVIDENCE = 2000  # characters; chosen by hand, not measured


class RowHead(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a page before its article is built."""

    page_url: str
    fetched_at: datetime
    outcome: Outcome
    extractor_version: str
    evidence: str = ""
    page_type: PageType | None = None
    redirect_url: str | None = None
    rights: ImportRights = ImportRights()

    @property
    def is_extracted(self) -> bool:
        """Whether the row holds what was extracted from the page."""
        return self.page_type is not None

    @property
    def is_withheld(self) -> bool:
        """Whether the row lacks the page's words, as the page forbids archives."""
        return bool(self.rights.noarchive)

    def make_page(self) -> Page:
        """Returns the page, without its body and headers: they are in the WARC file alone."""
        moment = self.fetched_at
        return Page(self.page_url, b"", moment if moment.tzinfo else moment.replace(tzinfo=UTC))

    def list_links(self) -> tuple[DiscoveredLink, ...]:
        """Returns where a page leads that only redirects."""
        is_redirect = self.redirect_url and self.outcome is Outcome.ALIAS
        return (DiscoveredLink(str(self.redirect_url), "redirect"),) if is_redirect else ()


class FieldOrigin(msgspec.Struct, frozen=True):
    """Where the value of a field came from."""

    field: str
    origin: str


class EmbedMarkup(msgspec.Struct, frozen=True, kw_only=True):
    """How an embed stood in the page."""

    rule: str = ""
    via: Literal["dom", "noscript", "attr_html", "json", "jsonld", "text"] = "dom"
    raw_url: str | None = None
    html: str | None = None


class ExtractedRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns from which the article of a page is built."""

    page_url: str
    page_type: PageType
    fetched_at: datetime
    text: str
    title: str | None = None
    subtitle: str | None = None
    canonical_url: str | None = None
    amp_url: str | None = None
    next_url: str | None = None
    previous_url: str | None = None
    authors: tuple[str, ...] = ()
    desk: str | None = None
    place: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    published_at: str | None = None
    published_precision: Literal["second", "minute", "day"] | None = None
    modified_at: str | None = None
    blocks: tuple[BlockSpan, ...] = ()
    embeds: tuple[Embed, ...] = ()
    embed_markup: tuple[EmbedMarkup, ...] = ()
    images: tuple[Image, ...] = ()
    lead_image: Image | None = None
    insets: tuple[Inset, ...] = ()
    rights: ImportRights = ImportRights()
    provenance: tuple[FieldOrigin, ...] = ()
    problems: tuple[str, ...] = ()
    signals: str = "{}"
    word_count: Annotated[int, msgspec.Meta(ge=0, lt=MAX_NUMBER)] | None = None


def parse_head(content: bytes) -> RowHead:
    """Parses what is known of a page before its article is built. Raises LineError."""
    head: RowHead = _decode(content, RowHead)
    if not head.is_extracted and head.outcome not in _PLAIN_OUTCOMES:
        raise LineError(f"outcome {head.outcome} without an extraction")
    if not _EXTRACTOR_VERSION.fullmatch(head.extractor_version):
        raise LineError("extractor_version: no version of an extractor")
    if len(head.evidence) > MAX_EVIDENCE:
        raise LineError("evidence: too long")
    if head.redirect_url and (reason := urls.reject_reason(head.redirect_url)):
        raise LineError(f"redirect_url: {reason}")
    return head


def _decode(content: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise LineError(str(error), re.sub(r"\d+", "N", str(error))) from error


def build_extracted_article(content: bytes) -> Article:
    """Builds the article of a row, as it was extracted. Raises LineError."""
    row: ExtractedRow = _decode(content, ExtractedRow)
    _check_times(row)
    if row.embed_markup and len(row.embed_markup) != len(row.embeds):
        raise LineError("embed_markup: not one for each embed")
    markups = row.embed_markup or (EmbedMarkup(),) * len(row.embeds)
    article = Article(
        url=row.page_url,
        page_type=row.page_type,
        title=row.title,
        subtitle=row.subtitle,
        canonical_url=row.canonical_url,
        amp_url=row.amp_url,
        next_url=row.next_url,
        previous_url=row.previous_url,
        authors=row.authors,
        desk=row.desk,
        place=row.place,
        section=row.section,
        tags=row.tags,
        language=row.language,
        published_at=row.published_at,
        published_precision=row.published_precision,
        modified_at=row.modified_at,
        blocks=_build_blocks(row),
        embeds=tuple(
            replace(
                embed, rule=markup.rule, via=markup.via, raw_url=markup.raw_url, html=markup.html
            )
            for embed, markup in zip(row.embeds, markups, strict=True)
        ),
        images=row.images,
        lead_image=row.lead_image,
        insets=row.insets,
        rights=_drop_nulls(row.rights),
        provenance={item.field: item.origin for item in row.provenance},
        problems=row.problems,
        signals=_parse_signals(row.signals),
    )
    if article.text != row.text:
        raise LineError("blocks: not those of the text")
    try:
        admit(article, row.fetched_at, row.fetched_at)
    except NotAdmitted as error:
        raise LineError(str(error), error.kind) from error
    return article


def _build_blocks(row: ExtractedRow) -> tuple[Block, ...]:
    for span in row.blocks:
        places = {"embed": (span.embed, row.embeds), "image": (span.image, row.images)}
        if span.type in places:
            index, items = places[span.type]
            if index is None or index not in range(len(items)):
                raise LineError(f"blocks: no {span.type} for one of them")
        elif span.type in TEXT_BLOCKS and not _is_within(span, row.text):
            raise LineError("blocks: not those of the text")
    return tuple(span.to_block(row.text) for span in row.blocks)


def _is_within(span: BlockSpan, text: str) -> bool:
    start, end = span.start, span.end
    return start is not None and end is not None and 0 <= start <= end <= len(text)


def _check_times(row: ExtractedRow) -> None:
    for name in ("published_at", "modified_at"):
        value = getattr(row, name)
        try:
            if value:
                parse_iso_india(value)
        except ValueError as error:
            raise LineError(f"{name}: {value[:80]!r}", f"{name}: not a valid time") from error


def _drop_nulls(rights: ImportRights) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(rights)
    return {name: value for name, value in fields.items() if value is not None}


def _parse_signals(text: str) -> dict[str, Any]:
    if len(text) > MAX_SIGNALS:
        raise LineError(f"signals: longer than {MAX_SIGNALS} characters")
    signals: dict[str, Any] = _decode(text.encode(), dict[str, Any])
    return signals


def check_row(content: bytes) -> str:
    """Returns why a row cannot be imported, as LineError says; '' if it can.

    Whatever a parser raises costs this row alone and is named: there is no list of exceptions.
    """
    try:
        _check_row(content)
    except LineError as error:
        return str(error)
    return ""


def _check_row(content: bytes) -> None:
    try:
        if parse_head(content).is_extracted:
            build_extracted_article(content)
    except (LineError, MemoryError):
        raise
    except Exception as error:
        raise LineError(f"{type(error).__name__}: {error!s:.200}", type(error).__name__) from error


def restore_page(content: bytes, source: Source) -> ExtractedPage:
    """The task of a worker: builds the article of a checked row and its keys."""
    article = build_extracted_article(content)
    if article.page_type in ("listing", "other"):
        return ExtractedPage(article, None)
    keys = compute_keys(article, source)
    if article.rights.get("noarchive"):  # its words are not in the row, their number is
        row: ExtractedRow = _decode(content, ExtractedRow)
        keys = replace(keys, features=replace(keys.features, word_count=row.word_count or 0))
    return ExtractedPage(article, keys)
