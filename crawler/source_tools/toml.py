"""Formats a drafted source as TOML, keys in the order of the built-in files. Pure: no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class DraftDocument:
    """A feed or sitemap of the source, with what was found when it was fetched."""

    url: str
    evidence: str


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """A source as far as it is known; unknown fields are empty. Names are keys of source files."""

    key: str
    name: str
    name_en: str
    homepage: str
    hosts: Sequence[str]
    drafted: date
    reason: str
    evidence: str
    owner: str = ""
    terms_url: str = ""
    languages: Sequence[str] = ()
    feeds: Sequence[DraftDocument] = ()
    news_sitemaps: Sequence[DraftDocument] = ()
    archive_sitemaps: Sequence[DraftDocument] = ()
    pattern: str = ""
    date_rule: str = ""
    examples: Sequence[str] = ()
    not_articles: Sequence[str] = ()
    folds: dict[str, str] = field(default_factory=dict)  # host → canonical host
    archives_barred: Sequence[str] = ()  # robots of web archives that robots.txt bars


def format_source_toml(draft: SourceDraft) -> str:
    """Returns the whole file. All text from pages is quoted, so it cannot add other keys."""
    lines = [*_format_header(draft), "", *_format_article_table(draft)]
    if draft.folds:
        pairs = ", ".join(
            f"{quote_string(host)} = {quote_string(target)}" for host, target in draft.folds.items()
        )
        lines += ["", "[canonical]", f"hosts = {{ {pairs} }}"]
    return "\n".join(lines) + "\n"


def _format_header(draft: SourceDraft) -> Iterator[str]:
    yield "# Drafted by `khabar sources add`. Before you turn it on: try the pattern on more URLs,"
    yield "# read robots.txt and the terms of use, remove what is not news, and fill in owner."
    yield "# docs/sources.md explains each key."
    if draft.archives_barred:
        yield f"# Its robots.txt bars web archives ({', '.join(draft.archives_barred)}): ask the"
        yield "# site before you archive it."
    for name in ("key", "name", "name_en", "homepage", "owner", "terms_url"):
        if value := getattr(draft, name):
            yield f"{name} = {quote_string(value)}"
    yield f"hosts = {_format_list(draft.hosts)}"
    if draft.languages:
        yield f"languages = {_format_list(draft.languages)}"
    yield 'status = "draft"'
    yield f"reason = {quote_string(draft.reason)}"
    yield 'permission = "none"'
    yield f"checked = {draft.drafted.isoformat()}"
    yield f"evidence = {quote_string(draft.evidence)}"
    for name in ("news_sitemaps", "feeds", "archive_sitemaps"):
        yield from _format_documents(name, getattr(draft, name), draft.drafted)


def _format_documents(name: str, documents: Sequence[DraftDocument], day: date) -> Iterator[str]:
    if documents:
        yield f"{name} = ["
        for document in documents:
            url, evidence = quote_string(document.url), quote_string(document.evidence)
            yield f"  {{ url = {url}, checked = {day.isoformat()}, evidence = {evidence} }},"
        yield "]"


def _format_article_table(draft: SourceDraft) -> Iterator[str]:
    yield "[article]"
    if draft.pattern:
        yield f"pattern = {_format_pattern(draft.pattern)}"
    else:
        yield "pattern = '(?!)'  # matches nothing: no article URL was found"
    if draft.date_rule:
        yield f"date = {_format_pattern(draft.date_rule)}"
    for name in ("examples", "not_articles"):
        if addresses := getattr(draft, name):
            yield from (f"{name} = [", *(f"  {quote_string(url)}," for url in addresses), "]")


def _format_list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(quote_string, values))}]"


def _format_pattern(pattern: str) -> str:
    """Returns a literal TOML string ('…'), which needs no escapes, if the pattern allows it."""
    plain = "'" not in pattern and pattern.isprintable()
    return f"'{pattern}'" if plain else quote_string(pattern)


def quote_string(text: str) -> str:
    """Returns a TOML basic string.

    As in JSON, except that DEL must be escaped and lone surrogates (replaced here) are forbidden.
    """
    json_text = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return json_text.replace("\x7f", "\\u007f")
