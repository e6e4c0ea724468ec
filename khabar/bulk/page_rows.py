"""Builds the row of a page: the columns of an export, and what else was extracted from the page.

A row depends on the page, the sources' rules and the extractor alone: no clock, no archive.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import msgspec

from khabar.export.schema import EMBED_FIELDS, FIELDS, PAGE_FIELDS, TEXT_FIELDS
from khabar.extraction import extractor_version
from khabar.hindi.india_time import parse_iso_india, to_india_date
from khabar.model import urls
from khabar.model.article_rows import build_block_spans, compute_article_id
from khabar.model.clock import format_utc
from khabar.model.items import Article, Outcome, Page, TextFeatures
from khabar.model.sources import Source
from khabar.model.text_features import compute_text_features
from khabar.processing.admission import NotAdmitted, admit
from khabar.processing.judge import judge_article
from khabar.processing.keys import resolve_canonical_url

# Increase with every change of what a row holds: finished files are then read again.
ROW_VERSION = 1
# `url_key` is for exports that ask for it: an import does not need it.
COLUMNS = tuple(
    field for field in (*FIELDS, *PAGE_FIELDS) if field.when == "always" or field.name == "minhash"
)
# Columns that repeat few values, beside those of an export.
DICTIONARY_COLUMNS = ("outcome", "extractor_version")
_LISTS = frozenset(
    """authors tags blocks embeds images insets problems minhash headers provenance
    embed_markup""".split()
)
_DATE_LENGTH = len("2025-11-07")

Row = dict[str, Any]  # column → value; JSON as bytes in nested columns


class ReaderFault(Exception):
    """The extractor raised an error that nobody foresaw. The message names it."""


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A page of a WARC file, where its record begins, and whose it is. `source_key`: also of a page
    of no known source.
    """

    page: Page
    offset: int
    source: Source | None
    source_key: str

    @property
    def url(self) -> str:
        """The page's address as the archive knows it."""
        url = self.page.url
        return self.source.canonicalize_url(url) if self.source else urls.normalize_url(url)


def extract_row(extract: Callable[[Page, Source | None], Article], record: PageRecord) -> Row:
    """The task of a worker: extracts a page with `extract`, judges it as an import does, and
    returns its row. Raises ReaderFault.
    """
    page, source = record.page, record.source
    try:
        article = extract(page, source)
    except MemoryError:
        raise
    except Exception as error:
        raise ReaderFault(type(error).__name__, f"{error!s:.200}") from error
    try:
        admit(article, page.fetched_at, page.fetched_at)
    except NotAdmitted as error:
        return build_plain_row(record, Outcome.UNREADABLE, str(error))
    outcome, evidence = judge_article(article, source)
    row = build_plain_row(record, outcome, evidence)
    features = TextFeatures()
    if article.page_type not in ("listing", "other"):
        features = compute_text_features(article.search_texts, record.source_key)
    row |= {"url": resolve_canonical_url(article, source)} if outcome is Outcome.ARTICLE else {}
    row["id"] = compute_article_id(row["url"], page.fetched_at, article.published_at)
    row |= _build_article_columns(article) | _build_feature_columns(features)
    if article.rights.get("noarchive"):
        row |= dict.fromkeys(TEXT_FIELDS & _LISTS, b"[]")
        row |= {"title": None, "subtitle": None, "text": b"", "lead_image": b"null"}
        row |= {"embed_markup": b"[]", "text_sha256": None}
        row |= {"devanagari_share": None, "repetition": None}
    return row


def build_plain_row(
    record: PageRecord, outcome: Outcome, evidence: str, redirect_url: str | None = None
) -> Row:
    """Returns the row of a page from which nothing was extracted."""
    page, seen_at = record.page, format_utc(record.page.fetched_at)
    row: Row = {field.name: b"[]" if field.name in _LISTS else None for field in COLUMNS}
    headers = [{"name": name, "value": value} for name, value in page.headers.items()]
    return row | {
        "id": compute_article_id(record.url, page.fetched_at, None),
        "url": record.url,
        "source": record.source_key,
        "paywalled": 0,
        "degraded": 0,
        "first_seen": seen_at,
        "last_seen": seen_at,
        "revision": 1,
        "text": b"",
        "lead_image": b"null",
        "rights": b"{}",
        "page_url": page.url,
        "fetched_at": seen_at,
        "outcome": str(outcome),
        "evidence": _clean_text(evidence),
        "extractor_version": extractor_version(record.source),
        "record_offset": record.offset,
        "body_sha256": hashlib.sha256(page.body).hexdigest(),
        "headers": msgspec.json.encode(headers),
        "redirect_url": redirect_url,
    }


def _build_article_columns(article: Article) -> Row:
    names = """page_type title subtitle language published_at published_precision modified_at
        section place desk canonical_url amp_url next_url previous_url""".split()
    embed_columns = EMBED_FIELDS["full"]
    return {
        **{name: getattr(article, name) for name in names},
        "published_on": to_india_date(article.published_at),
        "published_utc": _format_published_utc(article.published_at),
        "degraded": int(any(problem.startswith("text:") for problem in article.problems)),
        "text": article.text.encode(),
        "authors": msgspec.json.encode(list(dict.fromkeys(article.authors))),
        "tags": msgspec.json.encode(list(dict.fromkeys(article.tags))),
        "blocks": msgspec.json.encode(build_block_spans(article.blocks)),
        "embeds": msgspec.json.encode(_select_parts(article.embeds, tuple(embed_columns))),
        "embed_markup": msgspec.json.encode(
            _select_parts(article.embeds, ("rule", "via", "raw_url", "html"))
        ),
        "images": msgspec.json.encode(article.images),
        "lead_image": msgspec.json.encode(article.lead_image),
        "insets": msgspec.json.encode(article.insets),
        "problems": msgspec.json.encode(article.problems),
        "rights": msgspec.json.encode(dict(article.rights)),
        "provenance": msgspec.json.encode(
            [{"field": name, "origin": origin} for name, origin in article.provenance.items()]
        ),
        "signals": _clean_text(
            json.dumps(msgspec.to_builtins(article.signals), ensure_ascii=False)
        ),
    }


def _build_feature_columns(features: TextFeatures) -> Row:
    keys = features.fingerprint.keys if features.fingerprint else ()
    return {
        "word_count": features.word_count,
        "devanagari_share": features.devanagari_share,
        "repetition": features.repetition,
        "text_sha256": features.text_sha256,
        "minhash": msgspec.json.encode([f"{key:012x}" for key in keys]),
    }


def _select_parts(items: tuple[Any, ...], names: tuple[str, ...]) -> list[Mapping[str, Any]]:
    return [{name: getattr(item, name) for name in names} for item in items]


def _format_published_utc(published_at: str | None) -> str | None:
    """Returns the moment of publication; None where the page gives only a day."""
    if not published_at or len(published_at) <= _DATE_LENGTH:
        return None
    return format_utc(parse_iso_india(published_at).astimezone(UTC))


def _clean_text(text: str) -> str:
    """Returns a text without NUL and halves of characters, which no file can store."""
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")
