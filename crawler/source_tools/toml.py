"""A drafted source as TOML text: the keys of docs/sources.md in the order of the built-in files.
Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class DraftDocument:
    """A document of the source, with what it answered when it was looked at."""

    url: str
    evidence: str


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """What is known of a source so far; empty where nothing is."""

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
    folds: dict[str, str] = field(default_factory=dict)  # host → the host it stands for


def format_source_toml(draft: SourceDraft) -> str:
    """The whole file. Whatever a page said stands inside quotes, so it can say nothing else."""
    return (
        "\n".join(
            (
                *_format_header(draft),
                "",
                *_format_article_table(draft),
                *_format_canonical_table(draft),
            )
        )
        + "\n"
    )


def _format_header(draft: SourceDraft) -> Iterator[str]:
    yield "# Drafted by `khabar sources add`. Before it is on: try the pattern on more addresses, read robots.txt and"
    yield "# the terms of use, drop what is no news, fill in region and owner. docs/sources.md explains each key."
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
            evidence = quote_string(document.evidence)
            yield f"  {{ url = {quote_string(document.url)}, checked = {day.isoformat()}, evidence = {evidence} }},"
        yield "]"


def _format_article_table(draft: SourceDraft) -> Iterator[str]:
    yield "[article]"
    if draft.pattern:
        yield f"pattern = {_format_pattern(draft.pattern)}"
    else:
        yield "pattern = '(?!)'  # matches nothing: no article address was found"
    if draft.date_rule:
        yield f"date = {_format_pattern(draft.date_rule)}"
    for name in ("examples", "not_articles"):
        if addresses := getattr(draft, name):
            yield from (f"{name} = [", *(f"  {quote_string(url)}," for url in addresses), "]")


def _format_canonical_table(draft: SourceDraft) -> Iterator[str]:
    if draft.folds:
        pairs = ", ".join(
            f"{quote_string(host)} = {quote_string(stands_for)}"
            for host, stands_for in draft.folds.items()
        )
        yield from ("", "[canonical]", f"hosts = {{ {pairs} }}")


def _format_list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(quote_string, values))}]"


def _format_pattern(pattern: str) -> str:
    """As it stands, between single quotes, unless it holds one."""
    plain = "'" not in pattern and pattern.isprintable()
    return f"'{pattern}'" if plain else quote_string(pattern)


def quote_string(text: str) -> str:
    """A TOML basic string: JSON's, but for DEL and lone surrogates, which TOML forbids as they
    stand.
    """
    json_text = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return json_text.replace("\x7f", "\\u007f")
