"""A drafted source as TOML text: the keys of docs/sources.md in the order of the built-in files. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of the source, with what it answered when it was looked at."""

    url: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Draft:
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
    feeds: Sequence[Listed] = ()
    news_sitemaps: Sequence[Listed] = ()
    archive_sitemaps: Sequence[Listed] = ()
    pattern: str = ""
    date_rule: str = ""
    examples: Sequence[str] = ()
    not_articles: Sequence[str] = ()
    folds: dict[str, str] = field(default_factory=dict)  # host → the host it stands for


def toml_of(draft: Draft) -> str:
    """The whole file. Whatever a page said stands inside quotes, so it can say nothing else."""
    return "\n".join((*_head(draft), "", *_article(draft), *_canonical(draft))) + "\n"


def _head(draft: Draft) -> Iterator[str]:
    yield "# Drafted by `khabar sources add`. Before it is on: try the pattern on more addresses, read robots.txt and"
    yield "# the terms of use, drop what is no news, fill in region and owner. docs/sources.md explains each key."
    for name in ("key", "name", "name_en", "homepage", "owner", "terms_url"):
        if value := getattr(draft, name):
            yield f"{name} = {quoted(value)}"
    yield f"hosts = {_list(draft.hosts)}"
    if draft.languages:
        yield f"languages = {_list(draft.languages)}"
    yield 'status = "draft"'
    yield f"reason = {quoted(draft.reason)}"
    yield 'permission = "none"'
    yield f"checked = {draft.drafted.isoformat()}"
    yield f"evidence = {quoted(draft.evidence)}"
    for name in ("news_sitemaps", "feeds", "archive_sitemaps"):
        yield from _documents(name, getattr(draft, name), draft.drafted)


def _documents(name: str, listed: Sequence[Listed], day: date) -> Iterator[str]:
    if listed:
        yield f"{name} = ["
        for one in listed:
            yield f"  {{ url = {quoted(one.url)}, checked = {day.isoformat()}, evidence = {quoted(one.evidence)} }},"
        yield "]"


def _article(draft: Draft) -> Iterator[str]:
    yield "[article]"
    if draft.pattern:
        yield f"pattern = {_pattern(draft.pattern)}"
    else:
        yield "pattern = '(?!)'  # matches nothing: no article address was found"
    if draft.date_rule:
        yield f"date = {_pattern(draft.date_rule)}"
    for name in ("examples", "not_articles"):
        if addresses := getattr(draft, name):
            yield from (f"{name} = [", *(f"  {quoted(url)}," for url in addresses), "]")


def _canonical(draft: Draft) -> Iterator[str]:
    if draft.folds:
        pairs = ", ".join(f"{quoted(host)} = {quoted(stands_for)}" for host, stands_for in draft.folds.items())
        yield from ("", "[canonical]", f"hosts = {{ {pairs} }}")


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, values))}]"


def _pattern(pattern: str) -> str:
    """As it stands, between single quotes, unless it holds one."""
    plain = "'" not in pattern and pattern.isprintable()
    return f"'{pattern}'" if plain else quoted(pattern)


def quoted(text: str) -> str:
    """A TOML basic string: JSON's, but for DEL and lone surrogates, which TOML forbids as they stand."""
    told = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return told.replace("\x7f", "\\u007f")
