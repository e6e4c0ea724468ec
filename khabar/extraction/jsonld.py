"""JSON-LD parsing that tolerates what real pages contain: several blocks, @graph, lists, comments,
invalid JSON.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from khabar.extraction.document import Element, split_words
from khabar.hindi.mojibake import restore_mojibake

Node = Mapping[str, Any]
ARTICLE_TYPES = frozenset(
    split_words("""
    Article NewsArticle ReportageNewsArticle AnalysisNewsArticle BackgroundNewsArticle
    OpinionNewsArticle ReviewNewsArticle AskPublicNewsArticle BlogPosting LiveBlogPosting Report
    TechArticle AdvertiserContentArticle SatiricalArticle ScholarlyArticle""")
)
# Nodes that describe the page itself: less specific than an article node, but WordPress puts the
# dates there.
WEBPAGE_TYPES = frozenset({"WebPage", "ItemPage", "Review"})
MAX_AUTHORS = 20  # authors of an article that are used; chosen by hand, not measured
_NAME_PARTS = ("givenName", "additionalName", "familyName")
_WRAPPER = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)+|(?://\s*)?(?:-->|\]\]>)+\s*$|;\s*$"
)
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
# Single values that can still be found by pattern in JSON that cannot be repaired.
_FACT = re.compile(
    r'"(@type|headline|datePublished|dateModified|articleSection|isAccessibleForFree|url'
    r'|description)"\s*:\s*'
    r'(?:"((?:[^"\\]|\\.)*)"(?=\s*[,}\]])|(true|false))'
)
# A string, or the key of an object with what is before it. An unclosed string ends the text.
_LITERAL_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*+"?'
    r"|'(?P<single>(?:[^'\\]|\\.)*+)'?"
    r"|(?P<before>[{,]\s*+)(?P<key>[A-Za-z_$@][\w$-]*+)\s*+:",
    re.S,
)
_QUOTE_OR_ESCAPE = re.compile(r'\\.|"', re.S)
_QUOTES = {"\\'": "'", '"': '\\"'}
_SEPARATORS = re.compile(r"[ \t\r\n,;]*")
_AUTHOR_NAME = re.compile(
    r'"author"\s*:\s*[\[{\s]*(?:"@type"\s*:\s*"(\w+)"\s*,\s*)?"name"\s*:\s*"((?:[^"\\]|\\.)*)"'
)


def parse_jsonld(root: Element) -> tuple[tuple[Node, ...], list[str]]:
    """Parses all JSON-LD blocks of a page; returns (flat list of nodes, problems)."""
    nodes: list[Node] = []
    problems: list[str] = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            block_nodes, problem = parse_jsonld_block(script.text_content() or "")
            nodes += block_nodes
            problems += [problem] if problem else []
    return tuple(nodes), problems


def parse_jsonld_block(text: str) -> tuple[list[Node], str | None]:
    """Parses one script block; returns (nodes, problem or None). Invalid JSON is repaired, else
    single values are taken from it by pattern.
    """
    text = text.strip().lstrip("\ufeff")
    if not text:
        return [], None
    for problem, repair in (
        (None, str),
        ("json-ld: repaired", _repair_json),
        ("json-ld: repaired", _quote_literal),
    ):
        try:
            return list(_flatten_nodes(list(_iter_values(repair(text))))), problem
        except (ValueError, RecursionError):
            continue
    facts = _salvage_facts(text)
    return ([facts] if facts else []), "json-ld: broken" + (", single facts read" if facts else "")


def _repair_json(text: str) -> str:
    """Removes comment wrappers, control characters and trailing commas; fixes escapes."""
    text = _WRAPPER.sub("", _CONTROL_CHARACTER.sub(" ", text)).strip()
    text = _WRAPPER.sub("", text)
    if '"' not in text and "&quot;" in text:
        text = html.unescape(text)
    return _BAD_ESCAPE.sub(r"\\\\", _TRAILING_COMMA.sub(r"\1", text))


def _quote_literal(text: str) -> str:
    """Turns an object literal of JavaScript, with unquoted keys or single quotes, into JSON."""

    def quote(match: re.Match[str]) -> str:
        if match["key"]:
            return f'{match["before"]}"{match["key"]}":'
        if match["single"] is None:
            return match.group()
        inner = _QUOTE_OR_ESCAPE.sub(lambda m: _QUOTES.get(m[0], m[0]), match["single"])
        return f'"{inner}"'

    return _repair_json(_LITERAL_TOKEN.sub(quote, text))


def _iter_values(text: str) -> Iterator[Any]:
    """Yields each JSON value of a block: some sites write `{…}{…}` or `{…};{…}` into one."""
    decoder = json.JSONDecoder(strict=False)
    pos = 0
    while pos < len(text):
        value, pos = decoder.raw_decode(text, pos)
        yield value
        separators = _SEPARATORS.match(text, pos)
        pos = separators.end() if separators else len(text)


def _flatten_nodes(value: Any, depth: int = 0) -> Iterator[Node]:
    if isinstance(value, list):
        for part in value:
            yield from _flatten_nodes(part, depth + 1) if depth < 10 else ()
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(value.get(key), dict | list) and depth < 10:
                yield from _flatten_nodes(value[key], depth + 1)


def _salvage_facts(text: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for key, words, flag in _FACT.findall(text):
        facts.setdefault(key, words or flag)
    if name := _AUTHOR_NAME.search(text):
        facts["author"] = {"@type": name[1] or "Person", "name": name[2]}
    return facts if node_types(facts) & (ARTICLE_TYPES | WEBPAGE_TYPES) else {}


def node_types(node: Node) -> frozenset[str]:
    """Returns a node's types without vocabulary prefixes."""
    return frozenset(_list_types(node))


def _list_types(node: Node) -> list[str]:
    """A node's types in the order written; callers that need a single type take the first."""
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return [str(name).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for name in names if name]


def nodes_of_type(nodes: Iterable[Node], types: frozenset[str]) -> list[Node]:
    """Returns the nodes that have at least one of these @types."""
    return [node for node in nodes if node_types(node) & types]


def text_value(value: Any) -> str | None:
    """Converts a JSON-LD value to a plain string: a string, {"name"}, {"@value"}, or the first
    usable of the first five items of a list. None if there is none.
    """
    if isinstance(value, list):
        return next((text for text in map(text_value, value[:5]) if text), None)
    if isinstance(value, dict):
        return text_value(value.get("name") or value.get("@value"))
    return (
        " ".join(html.unescape(html.unescape(restore_mojibake(value)[0])).split()) or None
        if isinstance(value, str)
        else None
    )


def text_values(value: Any) -> list[str]:
    """Returns all plain strings of a value that may be a list, of which 50 items count."""
    items = value if isinstance(value, list) else [value]
    return [text for text in map(text_value, items[:50]) if text]


def body_texts(node: Node) -> list[str]:
    """Returns the strings of a node's articleBody, of which 200 count, with their line breaks."""
    value = node.get("articleBody")
    items = value if isinstance(value, list) else [value]
    texts = (item.get("@value") if isinstance(item, dict) else item for item in items[:200])
    return [text for text in texts if isinstance(text, str) and text.strip()]


def list_authors(node: Node, nodes: Iterable[Node]) -> list[tuple[str, str]]:
    """Returns (type, name) of the first MAX_AUTHORS authors; a reference by @id is resolved in
    `nodes`. A name may be in parts, or in the author of a Role.
    """
    authors = []
    for author in _author_items(node)[:MAX_AUTHORS]:
        if isinstance(author, dict) and isinstance(author.get("author"), dict):
            author = author["author"]
        if isinstance(author, dict) and "name" not in author and "@id" in author:
            author = next(
                (other for other in nodes if other.get("@id") == author["@id"] and "name" in other),
                author,
            )
        kind = next(iter(_list_types(author)), "") if isinstance(author, dict) else ""
        names = text_values(author.get("name")) if isinstance(author, dict) else text_values(author)
        if isinstance(author, dict) and not names:
            parts = (text_value(author.get(key)) for key in _NAME_PARTS)
            names = [name] if (name := " ".join(filter(None, parts))) else []
        authors += [(kind, name) for name in names]
    return authors


def count_authors(node: Node) -> int:
    """Returns how many authors a node lists."""
    return len(_author_items(node))


def _author_items(node: Node) -> list[Any]:
    value = node.get("author") or node.get("creator")
    return value if isinstance(value, list) else [value]


def is_free(node: Node) -> bool | None:
    """Returns isAccessibleForFree as a boolean; None if it is missing or has another value."""
    flag = str(node.get("isAccessibleForFree", "")).strip().lower().rsplit("/", 1)[-1]
    return {"false": False, "true": True}.get(flag)
