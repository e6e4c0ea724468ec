"""JSON-LD as found in the wild: many blocks, @graph, lists, comments, broken JSON. Pure functions over script text."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from khabar.extraction.document import Element, listed

Node = Mapping[str, Any]
ARTICLES = frozenset(
    listed("""Article NewsArticle ReportageNewsArticle AnalysisNewsArticle BackgroundNewsArticle OpinionNewsArticle
    ReviewNewsArticle AskPublicNewsArticle BlogPosting LiveBlogPosting Report TechArticle
    AdvertiserContentArticle SatiricalArticle ScholarlyArticle""")
)
# A page's own node: weaker than an article's, still about this page (WordPress puts its dates there).
PAGES = frozenset({"WebPage", "ItemPage", "Review"})
_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)+|(?://\s*)?(?:-->|\]\]>)+\s*$|;\s*$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
# In JSON that no repair makes whole, single facts can still be read.
_FACT = re.compile(
    r'"(@type|headline|datePublished|dateModified|articleSection|isAccessibleForFree|url|description)"\s*:\s*'
    r'(?:"((?:[^"\\]|\\.)*)"(?=\s*[,}\]])|(true|false))'
)
_NAME = re.compile(r'"author"\s*:\s*[\[{\s]*(?:"@type"\s*:\s*"(\w+)"\s*,\s*)?"name"\s*:\s*"((?:[^"\\]|\\.)*)"')


def read_jsonld(root: Element) -> tuple[tuple[Node, ...], list[str]]:
    """Every node of the page's JSON-LD, flattened, and the problems met."""
    nodes: list[Node] = []
    problems: list[str] = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            found, problem = parse_block(script.text_content() or "")
            nodes += found
            problems += [problem] if problem else []
    return tuple(nodes), problems


def parse_block(text: str) -> tuple[list[Node], str | None]:
    """The nodes of one script block, and what had to be repaired (None: nothing)."""
    text = text.strip().lstrip("\ufeff")
    if not text:
        return [], None
    for repair, mend in (("", _same), ("repaired", _mended)):
        try:
            return list(_flat(list(_values(mend(text))))), f"json-ld: {repair}" if repair else None
        except (ValueError, RecursionError):
            continue
    facts = _salvaged(text)
    return ([facts] if facts else []), "json-ld: broken" + (", single facts read" if facts else "")


def _same(text: str) -> str:
    return text


def _mended(text: str) -> str:
    text = _WRAPPING.sub("", _CONTROL.sub(" ", text)).strip()
    text = _WRAPPING.sub("", text)
    if '"' not in text and "&quot;" in text:
        text = html.unescape(text)
    return _BAD_ESCAPE.sub(r"\\\\", _TRAILING_COMMA.sub(r"\1", text))


def _values(text: str) -> Iterator[Any]:
    """One JSON value after another: some sites write `{…}{…}` or `{…};{…}` into one block."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,;"))


def _flat(value: Any, depth: int = 0) -> Iterator[Node]:
    if isinstance(value, list):
        for part in value:
            yield from _flat(part, depth + 1) if depth < 10 else ()
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(value.get(key), dict | list) and depth < 10:
                yield from _flat(value[key], depth + 1)


def _salvaged(text: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for key, words, flag in _FACT.findall(text):
        facts.setdefault(key, words or flag)
    if name := _NAME.search(text):
        facts["author"] = {"@type": name[1] or "Person", "name": name[2]}
    return facts if types_of(facts) & (ARTICLES | PAGES) else {}


def types_of(node: Node) -> frozenset[str]:
    """The node's types, without vocabulary prefixes."""
    return frozenset(_kinds(node))


def _kinds(node: Node) -> list[str]:
    """The node's types as written: where only one can count, it is the first."""
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return [str(name).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for name in names if name]


def of_type(nodes: Iterable[Node], wanted: frozenset[str]) -> list[Node]:
    """The nodes that carry one of the wanted @types."""
    return [node for node in nodes if types_of(node) & wanted]


def text_of(value: Any) -> str | None:
    """A plain string out of what JSON-LD allows for one: string, {"name"}, {"@value"}, or the first of a list."""
    if isinstance(value, list):
        return next((text for text in map(text_of, value[:5]) if text), None)
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value"))
    return " ".join(html.unescape(html.unescape(value)).split()) or None if isinstance(value, str) else None


def texts_of(value: Any) -> list[str]:
    """All plain strings of a value that may be a list."""
    many = value if isinstance(value, list) else [value]
    return [text for text in map(text_of, many[:50]) if text]


def people_of(node: Node, nodes: Iterable[Node]) -> list[tuple[str, str]]:
    """(type, name) of each author; an @id is looked up among the nodes."""
    value = node.get("author") or node.get("creator")
    many = value if isinstance(value, list) else [value]
    found = []
    for one in many[:20]:
        if isinstance(one, dict) and "name" not in one and "@id" in one:
            one = next((other for other in nodes if other.get("@id") == one["@id"] and "name" in other), one)
        kind = next(iter(_kinds(one)), "") if isinstance(one, dict) else ""
        names = texts_of(one.get("name")) if isinstance(one, dict) else texts_of(one)
        found += [(kind, name) for name in names]
    return found


def is_free(node: Node) -> bool | None:
    """isAccessibleForFree as a boolean; None when it is not said."""
    said = str(node.get("isAccessibleForFree", "")).strip().lower().rsplit("/", 1)[-1]
    return {"false": False, "true": True}.get(said)
