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

from khabar.hindi.text import clean_text
from khabar.model.items import Page

MAX_BYTES = 8 << 20
MAX_MARKUP = 2 << 20  # bytes outside of scripts and styles: more cost the reader tens of seconds
# deeper nests are unclosed tags; they are flattened, so that no walker runs out of stack
MAX_DEPTH = 200
MIN_BOX_PARAGRAPHS = 3  # paragraphs in one list item: more than a list has
MAX_BOX_LEVELS = 6  # elements between a paragraph and such an item
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{3,40})""", re.I)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{3,40})""", re.I)
_C1_REFERENCE = re.compile(r"&#(12[89]|1[345]\d);")  # HTML reads these numbers as windows-1252
_INVALID_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)|x0*(?:[0-8bcef]|1[0-9a-f]|fff[ef])(?![0-9a-f]));?",
    re.I,
)

# What XML cannot hold: lxml takes it in from a page, and refuses it when a text is moved from node
# to node.
_SPACES = bytes.maketrans(b"\x0b\x0c", b"  ")
_INVALID_BYTES = bytes(code for code in range(32) if code not in b"\t\n\x0b\x0c\r")

# All elements of one class: lxml's own look-up asks Python anew for each.
_ELEMENT_CLASSES = etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement)

# lxml ships no types; an element is Any where the type adds nothing.
Element = Any


def split_words(text: str) -> tuple[str, ...]:
    """The words of a plain list, one blank between them: `listed("p div")`."""
    return tuple(text.split())


class UnreadablePage(Exception):
    """The bytes hold no page; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class HtmlDocument:
    """One page as every reader of this room sees it. `root` is the whole tree with embeds
    lifted.
    """

    url: str
    root: Element
    now: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nodes: tuple[Mapping[str, Any], ...] = ()  # JSON-LD, flattened

    def get_meta(self, *names: str) -> str | None:
        """The first non-empty meta value of these names, in the order asked."""
        return next((value for name in names for value in self.meta.get(name, ())), None)

    def absolute_url(self, link: str | None) -> str | None:
        """The link as an absolute http(s) URL, or None."""
        try:
            full = urljoin(self.url, link.strip()) if link else ""
        except ValueError:
            return None
        return full if full.startswith(("http://", "https://")) else None


def decode_body(body: bytes, content_type: str = "") -> tuple[str, str, str | None]:
    """(text, encoding, problem). Order: BOM, strict UTF-8, nearly UTF-8, declared charset,
    replacement.
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace"), name, None
    try:
        return body.decode("utf-8"), "utf-8", None
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    if _is_nearly_utf8(text):
        return text, "utf-8", f"decoding: {text.count(chr(0xFFFD))} broken characters in UTF-8"
    for name in _iter_charsets(body, content_type):
        try:
            return body.decode(name), name, None
        except (UnicodeDecodeError, LookupError):
            continue
    return text, "utf-8", "decoding: neither UTF-8 nor the declared charset"


def _is_nearly_utf8(text: str) -> bool:
    """A cut or slightly broken UTF-8 page: few replacement characters among many good non-ASCII
    ones.
    """
    good = sum(ch > "\x7f" and ch != "\ufffd" for ch in text)
    return 0 < text.count("\ufffd") * 50 <= good


def _iter_charsets(body: bytes, content_type: str) -> Iterator[str]:
    if header_match := _HEADER_CHARSET.search(content_type):
        yield header_match[1]
    for match in _CHARSET.finditer(body[:8192]):
        yield match[1].decode("ascii")


def parse_page(page: Page) -> tuple[Element, list[str]]:
    """The tree and the problems met on the way. Raises Unreadable."""
    if not page.body.strip():
        raise UnreadablePage("empty page")
    for size, limit in ((len(page.body), MAX_BYTES), (_markup_size(page.body), MAX_MARKUP)):
        if size > limit:
            raise UnreadablePage(f"page of {size / 2**20:.1f} MB: not read over {limit >> 20} MB")
    if page.body.startswith(
        (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b")
    ):
        raise UnreadablePage("not HTML")
    text, _, problem = decode_body(page.body, page.headers.get("content-type", ""))
    root = parse_html(text)
    _unwrap_layout_items(root)
    return root, [*([problem] if problem else []), *_flatten_deep_tags(root)]


def _markup_size(body: bytes) -> int:
    """Bytes of a page outside of its scripts and styles, which some pages carry megabytes of."""
    if len(body) <= MAX_MARKUP:
        return len(body)
    text = body.lower()
    size, pos = len(text), 0
    for tag in (b"script", b"style"):
        while (start := text.find(b"<" + tag, pos)) >= 0 and (
            pos := text.find(b"</" + tag, start)
        ) >= 0:
            size -= pos - start
        pos = 0
    return size


def parse_html(text: str) -> Element:
    """An lxml tree of HTML text; comments and processing instructions left out. Raises
    Unreadable.
    """
    text = _C1_REFERENCE.sub(lambda m: bytes([int(m[1])]).decode("cp1252", "replace"), text)
    raw = (
        _INVALID_REFERENCE.sub("", text)
        .encode("utf-8", "replace")
        .translate(_SPACES, _INVALID_BYTES)
    )
    for noncharacter in (b"\xef\xbf\xbe", b"\xef\xbf\xbf"):
        raw = raw.replace(noncharacter, b"")
    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    parser.set_element_class_lookup(_ELEMENT_CLASSES)
    try:
        root = lxml.html.document_fromstring(raw, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise UnreadablePage(f"no HTML tree: {error}") from error
    if root.find("body") is None:
        raise UnreadablePage("no HTML body")
    return root


def _unwrap_layout_items(root: Element) -> None:
    """An item with several paragraphs of its own is a box some CMS lays its page out with, and
    no line of a list.
    """
    paragraphs = Counter(
        list_item for p in root.iter("p") if (list_item := _find_list_item(p)) is not None
    )
    for item, count in paragraphs.items():
        if count >= MIN_BOX_PARAGRAPHS:
            item.tag = "div"


def _find_list_item(paragraph: Element) -> Element | None:
    """The list item a paragraph stands in, a few boxes up at most."""
    node = paragraph
    for _ in range(MAX_BOX_LEVELS):
        node = node.getparent()
        if node is None or node.tag == "li":
            return node
    return None


def _flatten_deep_tags(root: Element) -> list[str]:
    if not _is_deep(root):
        return []
    for wrapper in reversed(
        list(root.iter("div", "span", "section", "b", "i", "strong", "em", "font", "center"))
    ):
        if (
            len(wrapper) == 1
            and not (wrapper.text or "").strip()
            and not (wrapper[0].tail or "").strip()
        ):
            wrapper.drop_tag()
    for element in reversed(_find_deep_elements(root)):
        element.drop_tag()
    return [f"tags nested deeper than {MAX_DEPTH}: flattened"]


def _is_deep(root: Element) -> bool:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
    return bool(level)


def _find_deep_elements(root: Element) -> list[Element]:
    elements = []
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth > MAX_DEPTH:
            elements.append(element)
    return elements


_EMBED_TOKEN = re.compile(r"EMBEDX[0-9a-f]{8}\d{4,}X")
_BLOCK_TAGS = frozenset(
    ["p", "div", "li", "ul", "ol", "br", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "td", "section"]
)


def strip_tokens(text: str) -> str:
    """A text without what stands for embeds in the tree: a headline or a caption that was never
    closed holds some.
    """
    return _EMBED_TOKEN.sub(" ", text) if "EMBEDX" in text else text


def text_with_breaks(node: Element) -> str:
    """An element's words on one line, with a space where a block inside it begins or ends."""
    parts = []
    for event, element in etree.iterwalk(node, events=("start", "end")):
        gap = " " if element.tag in _BLOCK_TAGS else ""
        parts += (
            [gap, element.text or ""]
            if event == "start"
            else [gap, (element.tail or "") if element is not node else ""]
        )
    return " ".join(clean_text(strip_tokens("".join(parts))).split())


def is_shorter_than(node: Element, limit: int) -> bool:
    """Whether an element's text has fewer characters than `limit`; looks no further than it
    must.
    """
    count = 0
    for part in node.itertext():
        count += len(part)
        if count >= limit:
            return False
    return True


def parse_meta_tags(root: Element) -> dict[str, tuple[str, ...]]:
    """Meta tags: lower-case name (name, property, itemprop or http-equiv) → its non-empty
    values, in page order.
    """
    values_by_name: dict[str, list[str]] = {}
    for tag in root.iter("meta"):
        value = clean_text(tag.get("content") or "").strip()
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            for name in (tag.get(attribute) or "").lower().split() if value else ():
                if value not in values_by_name.setdefault(name, []):
                    values_by_name[name].append(value)
    return {name: tuple(values) for name, values in values_by_name.items()}
