"""A fetched page, parsed once: bytes → text → tree, and what the head says in meta tags."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import lxml.html
from lxml import etree

from khabar.hindi.text import clean
from khabar.model.items import Page

MAX_BYTES = 8 << 20
MAX_MARKUP = 2 << 20  # bytes outside of scripts and styles: more cost the reader tens of seconds
MAX_DEPTH = 200  # deeper nests are unclosed tags; they are flattened, so that no walker runs out of stack
BOXED = 3  # paragraphs in one list item: more than a list has
BOXES = 6  # elements between a paragraph and such an item
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{3,40})""", re.I)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{3,40})""", re.I)
_C1 = re.compile(r"&#(12[89]|1[345]\d);")  # HTML reads these numbers as windows-1252
_UNSAID_NUMBER = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)|x0*(?:[0-8bcef]|1[0-9a-f]|fff[ef])(?![0-9a-f]));?", re.I
)

# What XML cannot hold: lxml takes it in from a page, and refuses it when a text is moved from node to node.
_WHITE = bytes.maketrans(b"\x0b\x0c", b"  ")
_UNSAID = bytes(code for code in range(32) if code not in b"\t\n\x0b\x0c\r")

# All elements of one class: lxml's own look-up asks Python anew for each.
_CLASSES = etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement)

# lxml ships no types; an element is Any where the type adds nothing.
Element = Any


def listed(text: str) -> tuple[str, ...]:
    """The words of a plain list, one blank between them: `listed("p div")`."""
    return tuple(text.split())


class Unreadable(Exception):
    """The bytes hold no page; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Document:
    """One page as every reader of this room sees it. `root` is the whole tree with embeds lifted."""

    url: str
    root: Element
    now: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nodes: tuple[Mapping[str, Any], ...] = ()  # JSON-LD, flattened

    def first(self, *names: str) -> str | None:
        """The first non-empty meta value of these names, in the order asked."""
        return next((value for name in names for value in self.meta.get(name, ())), None)

    def absolute(self, link: str | None) -> str | None:
        """The link as an absolute http(s) URL, or None."""
        try:
            full = urljoin(self.url, link.strip()) if link else ""
        except ValueError:
            return None
        return full if full.startswith(("http://", "https://")) else None


def decode(body: bytes, content_type: str = "") -> tuple[str, str, str | None]:
    """(text, encoding, problem). Order: BOM, strict UTF-8, nearly UTF-8, declared charset, replacement."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace"), name, None
    try:
        return body.decode("utf-8"), "utf-8", None
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    if _nearly(text):
        return text, "utf-8", f"decoding: {text.count(chr(0xFFFD))} broken characters in UTF-8"
    for name in _declared(body, content_type):
        try:
            return body.decode(name), name, None
        except (UnicodeDecodeError, LookupError):
            continue
    return text, "utf-8", "decoding: neither UTF-8 nor the declared charset"


def _nearly(text: str) -> bool:
    """A cut or slightly broken UTF-8 page: few replacement characters among many good non-ASCII ones."""
    good = sum(ch > "\x7f" and ch != "\ufffd" for ch in text)
    return 0 < text.count("\ufffd") * 50 <= good


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    if found := _HEADER_CHARSET.search(content_type):
        yield found[1]
    for match in _CHARSET.finditer(body[:8192]):
        yield match[1].decode("ascii")


def parse(page: Page) -> tuple[Element, list[str]]:
    """The tree and the problems met on the way. Raises Unreadable."""
    if not page.body.strip():
        raise Unreadable("empty page")
    for size, most in ((len(page.body), MAX_BYTES), (_markup(page.body), MAX_MARKUP)):
        if size > most:
            raise Unreadable(f"page of {size / 2**20:.1f} MB: not read over {most >> 20} MB")
    if page.body.startswith((b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b")):
        raise Unreadable("not HTML")
    text, _, problem = decode(page.body, page.headers.get("content-type", ""))
    root = tree_of(text)
    _unbox(root)
    return root, [*([problem] if problem else []), *_flattened(root)]


def _markup(body: bytes) -> int:
    """Bytes of a page outside of its scripts and styles, which some pages carry megabytes of."""
    if len(body) <= MAX_MARKUP:
        return len(body)
    text = body.lower()
    size, at = len(text), 0
    for tag in (b"script", b"style"):
        while (start := text.find(b"<" + tag, at)) >= 0 and (at := text.find(b"</" + tag, start)) >= 0:
            size -= at - start
        at = 0
    return size


def tree_of(text: str) -> Element:
    """An lxml tree of HTML text; comments and processing instructions left out. Raises Unreadable."""
    text = _C1.sub(lambda m: bytes([int(m[1])]).decode("cp1252", "replace"), text)
    raw = _UNSAID_NUMBER.sub("", text).encode("utf-8", "replace").translate(_WHITE, _UNSAID)
    for noncharacter in (b"\xef\xbf\xbe", b"\xef\xbf\xbf"):
        raw = raw.replace(noncharacter, b"")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    parser.set_element_class_lookup(_CLASSES)
    try:
        root = lxml.html.document_fromstring(raw, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Unreadable(f"no HTML tree: {error}") from error
    if root.find("body") is None:
        raise Unreadable("no HTML body")
    return root


def _unbox(root: Element) -> None:
    """An item with several paragraphs of its own is a box some CMS lays its page out with, and no line of a list."""
    paragraphs = Counter(holder for p in root.iter("p") if (holder := _item_of(p)) is not None)
    for item, count in paragraphs.items():
        if count >= BOXED:
            item.tag = "div"


def _item_of(paragraph: Element) -> Element | None:
    """The list item a paragraph stands in, a few boxes up at most."""
    node = paragraph
    for _ in range(BOXES):
        node = node.getparent()
        if node is None or node.tag == "li":
            return node
    return None


def _flattened(root: Element) -> list[str]:
    if not _is_deep(root):
        return []
    for wrapper in reversed(list(root.iter("div", "span", "section", "b", "i", "strong", "em", "font", "center"))):
        if len(wrapper) == 1 and not (wrapper.text or "").strip() and not (wrapper[0].tail or "").strip():
            wrapper.drop_tag()
    for element in reversed(_deep(root)):
        element.drop_tag()
    return [f"tags nested deeper than {MAX_DEPTH}: flattened"]


def _is_deep(root: Element) -> bool:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
    return bool(level)


def _deep(root: Element) -> list[Element]:
    deep = []
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth > MAX_DEPTH:
            deep.append(element)
    return deep


_TOKEN = re.compile(r"EMBEDX[0-9a-f]{8}\d{4,}X")
_BLOCKS = frozenset(["p", "div", "li", "ul", "ol", "br", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "td", "section"])


def without_tokens(text: str) -> str:
    """A text without what stands for embeds in the tree: a headline or a caption that was never closed holds some."""
    return _TOKEN.sub(" ", text) if "EMBEDX" in text else text


def spaced(node: Element) -> str:
    """An element's words on one line, with a space where a block inside it begins or ends."""
    parts = []
    for event, one in etree.iterwalk(node, events=("start", "end")):
        gap = " " if one.tag in _BLOCKS else ""
        parts += [gap, one.text or ""] if event == "start" else [gap, (one.tail or "") if one is not node else ""]
    return " ".join(clean(without_tokens("".join(parts))).split())


def is_brief(node: Element, most: int) -> bool:
    """Whether an element's text has fewer characters than `most`; looks no further than it must."""
    count = 0
    for part in node.itertext():
        count += len(part)
        if count >= most:
            return False
    return True


def read_meta(root: Element) -> dict[str, tuple[str, ...]]:
    """Meta tags: lower-case name (name, property, itemprop or http-equiv) → its non-empty values, in page order."""
    found: dict[str, list[str]] = {}
    for tag in root.iter("meta"):
        value = clean(tag.get("content") or "").strip()
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            for name in (tag.get(attribute) or "").lower().split() if value else ():
                if value not in found.setdefault(name, []):
                    found[name].append(value)
    return {name: tuple(values) for name, values in found.items()}
