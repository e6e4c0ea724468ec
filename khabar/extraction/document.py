"""HTML parsing: builds the lxml tree of a page, collects the meta tags."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urljoin

import lxml.html
from lxml import etree

from khabar.extraction.encoding import decode_body
from khabar.hindi.mojibake import (
    decode_windows_1252,
    has_double_escapes,
    is_about_markup,
    may_be_mojibake,
    open_entities,
    restore_mojibake,
)
from khabar.hindi.text import clean_text
from khabar.model.items import Page
from khabar.model.urls import resolve_base

# The limits below were chosen by hand, not measured, except where a reason is given.
MAX_BYTES = 8 << 20  # bytes of a whole page
MAX_MARKUP = 2 << 20  # bytes outside scripts and styles: more take tens of seconds to process
# Levels of nesting. Deeper trees come from unclosed tags; they are flattened so that recursive
# functions do not exhaust the stack.
MAX_DEPTH = 200
# Elements of a page; trafilatura takes quadratic time over them (80,000 paragraphs: 23 s). The
# longest of 28 saved pages, a live blog, has 1,200.
MAX_ELEMENTS = 40_000
_HAS_DEEP_ELEMENT = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")
MIN_BOX_PARAGRAPHS = 3  # <p> elements in one <li> that make it a layout box, not a list item
MAX_BOX_LEVELS = 6  # ancestors of a <p> that are searched for such an <li>
_MIN_TEMPLATE_PROSE = 80  # characters of a paragraph inside or beside a <template> with text
_MAX_TEMPLATES = 50  # templates of a page whose text is compared with what is beside them
_PLACEHOLDER = re.compile(r"\{\{|\$\{|<%|\[\[|%[sd]\b")  # filled in by a script
# An absolute address that `urljoin` returns as it is; most on a page are such addresses.
_PLAIN_URL = re.compile(
    r"https?://[a-z0-9.-]+/[A-Za-z0-9_./%~+,=@!&-]*(?:\?[A-Za-z0-9_./%~+,=&-]+)?"
)
# An address on the page's own host that `urljoin` puts after the origin as it is.
_PLAIN_PATH = re.compile(
    r"(?:/(?!\.{1,2}(?:[/?]|$))[A-Za-z0-9_.~%+,=@!&-]+)+/?(?:\?[A-Za-z0-9_./~%+,=&-]+)?"
)
_REFERENCE = re.compile(b"&#")  # found in a third of the time that `in` takes
_C1_REFERENCE = re.compile(rb"&#(12[89]|1[345]\d);")  # HTML reads these numbers as windows-1252
_INVALID_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)"
    rb"|x0*(?:[0-8bcef]|1[0-9a-f]|fff[ef])(?![0-9a-f]));?",
    re.I,
)

# Control characters that XML forbids: lxml accepts them while parsing a page, but raises when text
# that contains them is assigned to another node.
_SPACES = bytes.maketrans(b"\x0b\x0c", b"  ")
_INVALID_BYTES = bytes(code for code in range(32) if code not in b"\t\n\x0b\x0c\r")

# One class for all elements: lxml's default look-up calls a Python function for every element.
_ELEMENT_CLASSES = etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement)

# lxml ships no type stubs.
Element = Any


def split_words(text: str) -> tuple[str, ...]:
    """Splits a string of words at white space, for constants: `split_words("p div")`."""
    return tuple(text.split())


class UnreadablePage(Exception):
    """The bytes are not an HTML page that can be processed; the message is a short reason."""


@dataclass(frozen=True)
class HtmlDocument:
    """A parsed page, as all modules of this package receive it. In `root`, embeds have already
    been replaced by tokens.
    """

    url: str
    root: Element
    now: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nodes: tuple[Mapping[str, Any], ...] = ()  # JSON-LD, flattened
    base_url: str = ""  # links are resolved against it; "": against `url`

    @cached_property
    def rel_links(self) -> tuple[tuple[Element, str], ...]:
        """The <link> and <a> elements with a rel, and its value, in page order: those that are in
        the tree when this is first asked for, before anything but embeds and insets is removed.
        """
        links = ((link, link.get("rel")) for link in self.root.iter("link", "a"))
        return tuple((link, rel) for link, rel in links if rel)

    def get_meta(self, *names: str) -> str | None:
        """Returns the first non-empty value of these meta names, in the order given, or None."""
        return next((value for name in names for value in self.meta.get(name, ())), None)

    def absolute_url(self, link: str | None) -> str | None:
        """Resolves a link to an absolute http(s) URL; None if that is not possible."""
        if link and _PLAIN_URL.fullmatch(link):
            return link
        if link and link[0] == "/" and _PLAIN_PATH.fullmatch(link):
            return (origin := find_origin(self.base_url or self.url)) and origin + link
        try:
            full = urljoin(self.base_url or self.url, link.strip()) if link else ""
        except ValueError:
            return None
        return full if full.startswith(("http://", "https://")) else None


@lru_cache(maxsize=16)
def find_origin(url: str) -> str | None:
    """Returns scheme and host of a URL, against which a path is resolved; None if not http(s)."""
    try:
        home = urljoin(url, "/")
    except ValueError:
        return None
    return home.removesuffix("/") if home.startswith(("http://", "https://")) else None


class ParsedPage(NamedTuple):
    """A page's tree and what was wrong with it. `elements`: the elements of the tree; lxml makes a
    new Python object at each visit of an element unless a reference to one exists, so who holds
    these visits faster, and may use elements as keys of dictionaries.
    """

    root: Element
    problems: list[str]
    elements: list[Element]


def parse_page(page: Page) -> ParsedPage:
    """Parses a fetched page. Raises UnreadablePage."""
    if not page.body.strip():
        raise UnreadablePage("empty page")
    for size, limit in ((len(page.body), MAX_BYTES), (_markup_size(page.body), MAX_MARKUP)):
        if size > limit:
            raise UnreadablePage(f"page of {size / 2**20:.1f} MB: not read over {limit >> 20} MB")
    if page.body.startswith(
        (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b")
    ):
        raise UnreadablePage("not HTML")
    text, encoding, problem = decode_body(page.body, page.headers.get("content-type", ""))
    restored = 0
    if encoding != "utf-8" or may_be_mojibake(page.body):
        text, restored = restore_mojibake(text)
    is_plain = encoding == "utf-8" and not problem and not restored
    root = parse_html(text, page.body.removeprefix(codecs.BOM_UTF8) if is_plain else None)
    # A Python object of each element, kept while the steps below visit it: see ParsedPage.
    elements = list(islice(root.iter(), MAX_ELEMENTS + 1))
    if has_double_escapes(text):
        _open_double_escapes(root)
    _unwrap_templates(root)
    _unwrap_layout_items(root)
    problems = [problem] if problem else []
    if restored:
        problems.append(f"decoding: UTF-8 read as windows-1252, restored in {restored} places")
    if len(elements) > MAX_ELEMENTS:
        problems.append(_cut_after(elements[MAX_ELEMENTS]))
    return ParsedPage(root, [*problems, *_flatten_deep_tags(root)], elements)


def _open_double_escapes(root: Element) -> None:
    """Opens the entities that are left in the page's texts, except in code and in paragraphs about
    HTML.
    """
    about_markup: dict[Element, bool] = {}

    def open_text(text: str, parent: Element) -> str:
        if parent.tag in _CODE_TAGS:
            return text
        ancestors = (parent, *parent.iterancestors())
        line = next((node for node in ancestors if node.tag in _LINE_TAGS), None)
        if line is not None and line not in about_markup:
            about_markup[line] = is_about_markup(line.text_content())
        is_about = is_about_markup(text) if line is None else about_markup[line]
        return text if is_about else open_entities(text)

    for node in root.iter():
        if node.text and "&" in node.text:
            node.text = open_text(node.text, node)
        if node.tail and "&" in node.tail:
            node.tail = open_text(node.tail, node.getparent())


def find_base_url(root: Element, url: str) -> str:
    """Returns the address against which a page's links are resolved: its first <base> with an href,
    as browsers do, or its own URL.
    """
    base = next((base for base in root.iter("base") if base.get("href") is not None), None)
    return resolve_base(base.get("href"), url) if base is not None else url


def _markup_size(body: bytes) -> int:
    """Bytes of a page outside its scripts and styles, which can be several megabytes long."""
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


def parse_html(text: str, encoded: bytes | None = None) -> Element:
    """Parses HTML text into an lxml tree without comments and processing instructions. `encoded`:
    the text in UTF-8, if it is at hand. Raises UnreadablePage.
    """
    raw = text.encode("utf-8", "replace") if encoded is None else encoded
    if _REFERENCE.search(raw):
        raw = _C1_REFERENCE.sub(lambda m: decode_windows_1252(bytes([int(m[1])])).encode(), raw)
        raw = _INVALID_REFERENCE.sub(b"", raw)
    raw = raw.translate(_SPACES, _INVALID_BYTES)
    if b"\xef" in raw:
        for noncharacter in (b"\xef\xbf\xbe", b"\xef\xbf\xbf"):
            raw = raw.replace(noncharacter, b"")
    parser = lxml.html.HTMLParser(
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
        collect_ids=False,  # nothing asks for an element by its id
    )
    parser.set_element_class_lookup(_ELEMENT_CLASSES)
    try:
        root = lxml.html.document_fromstring(raw, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise UnreadablePage(f"no HTML tree: {error}") from error
    if root.find("body") is None:
        raise UnreadablePage("no HTML body")
    return root


def _unwrap_templates(root: Element) -> None:
    """Turns each <template> that a browser shows, or that continues the text around it, into a
    <div>: a declarative shadow root, and prose beside the article's.
    """
    for number, template in enumerate(list(root.iter("template"))):
        names = template.attrib.keys()
        is_shadow_root = "shadowrootmode" in names or "shadowroot" in names
        if is_shadow_root or (number < _MAX_TEMPLATES and _continues_text(template)):
            template.tag = "div"


def _continues_text(template: Element) -> bool:
    """Whether a <template> contains prose without placeholders and stands beside a paragraph, the
    headline or, in an <article> or <main>, an element that contains one.
    """
    parent = template.getparent()
    if not _count_prose(template) or _PLACEHOLDER.search(template.text_content()):
        return False
    siblings = [sibling for sibling in parent if sibling is not template]
    if any(sibling.tag == "h1" or _is_prose_paragraph(sibling) for sibling in siblings):
        return True
    is_in_story = any(node.tag in ("article", "main") for node in (parent, *parent.iterancestors()))
    return is_in_story and any(
        _count_prose(sibling) or sibling.find(".//h1") is not None for sibling in siblings
    )


def _count_prose(element: Element) -> int:
    return sum(map(_is_prose_paragraph, element.iter("p", "div")))


def _is_prose_paragraph(element: Element) -> bool:
    text = element.text_content() if element.tag == "p" else element.text or ""
    return element.tag in ("p", "div") and len(text.strip()) >= _MIN_TEMPLATE_PROSE


def _unwrap_layout_items(root: Element) -> None:
    """Turns each <li> with several paragraphs into a <div>: some CMS use it for page layout, not
    for list items.
    """
    paragraphs = Counter(
        list_item for p in root.iter("p") if (list_item := _find_list_item(p)) is not None
    )
    for item, count in paragraphs.items():
        if count >= MIN_BOX_PARAGRAPHS:
            item.tag = "div"


def _find_list_item(paragraph: Element) -> Element | None:
    """Returns the <li> around a paragraph, at most MAX_BOX_LEVELS up, or None."""
    node = paragraph
    for _ in range(MAX_BOX_LEVELS):
        node = node.getparent()
        if node is None or node.tag == "li":
            return node
    return None


def _cut_after(last: Element) -> str:
    """Removes everything after the last element that is read; returns the problem."""
    for node in (last, *last.iterancestors()):
        for sibling in list(node.itersiblings()):
            sibling.getparent().remove(sibling)
    return f"over {MAX_ELEMENTS} elements: the rest is not read"


def _flatten_deep_tags(root: Element) -> list[str]:
    if not _HAS_DEEP_ELEMENT(root):
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


def _find_deep_elements(root: Element) -> list[Element]:
    elements = []
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth > MAX_DEPTH:
            elements.append(element)
    return elements


_CODE_TAGS = frozenset(["script", "style", "code", "pre", "kbd", "samp", "textarea"])
_LINE_TAGS = frozenset(split_words("p li dt dd td th h1 h2 h3 h4 h5 h6 title figcaption"))
_EMBED_TOKEN = re.compile(r"EMBEDX[0-9a-f]{8}\d{4,}X")
_BLOCK_TAGS = frozenset(
    split_words("""
    p div li ul ol dl dt dd br hr h1 h2 h3 h4 h5 h6 table caption tr td th section blockquote figure
    pre""")
)


def strip_tokens(text: str) -> str:
    """Removes embed tokens from a text: an unclosed headline or caption element can contain
    some.
    """
    return _EMBED_TOKEN.sub(" ", text) if "EMBEDX" in text else text


def text_with_breaks(node: Element) -> str:
    """Returns the text of an element as one line, with a space at the edges of block elements."""
    parts = []
    for event, element in etree.iterwalk(node, events=("start", "end")):
        gap = " " if element.tag in _BLOCK_TAGS else ""
        parts += (
            [gap, element.text or ""]
            if event == "start"
            else [gap, (element.tail or "") if element is not node else ""]
        )
    return " ".join(clean_text(strip_tokens("".join(parts))).split())


def read_text(node: Element) -> str:
    """Returns the text of an element and of those in it: text_content() in half the time."""
    if len(node):
        text: str = etree.tostring(node, method="text", encoding="unicode", with_tail=False)
        return text
    return node.text or ""


def is_shorter_than(node: Element, limit: int) -> bool:
    """Whether an element's text has fewer than `limit` characters; stops counting at the limit."""
    return read_short_text(node, limit) is not None


def read_short_text(node: Element, limit: int) -> str | None:
    """Returns an element's text if it has fewer than `limit` characters, else None; stops reading
    at the limit.
    """
    if next(iter(node), None) is None:  # len(node) would count thousands of children
        text: str = node.text or ""
        return text if len(text) < limit else None
    parts, size = [], 0
    for part in node.itertext():
        parts.append(part)
        size += len(part)
        if size >= limit:
            return None
    return "".join(parts)


def parse_meta_tags(root: Element) -> dict[str, tuple[str, ...]]:
    """Maps each meta tag's lower-case name (name, property, itemprop or http-equiv) to its
    non-empty values, in page order.
    """
    values_by_name: dict[str, list[str]] = {}
    for tag in root.iter("meta"):
        value = clean_text(tag.get("content") or "").strip()
        if "&" in value and not is_about_markup(value):
            value = open_entities(value).strip()
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            for name in (tag.get(attribute) or "").lower().split() if value else ():
                if value not in values_by_name.setdefault(name, []):
                    values_by_name[name].append(value)
    return {name: tuple(values) for name, values in values_by_name.items()}
