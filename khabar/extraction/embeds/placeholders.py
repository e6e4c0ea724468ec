"""Replaces each embed's outermost wrapper with `<p>TOKEN</p>`, at a place trafilatura keeps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import MANUALLY_CLEANED
from trafilatura.xpaths import DISCARD_IMAGE_ELEMENTS, OVERALL_DISCARD_XPATH, TEASER_DISCARD_XPATH

from khabar.extraction.document import is_shorter_than
from khabar.extraction.embeds.cleanup import move_children_out, remove_element
from khabar.extraction.embeds.id_attributes import split_names
from khabar.extraction.embeds.providers import BY_NAME
from khabar.extraction.embeds.walk import FoundEmbed, is_boilerplate_element
from khabar.model.urls import get_host

_WRAPPER_STOP_TAGS = split_names(
    "article main section td th li blockquote body html ul ol table tbody tr dd details noscript"
)
_NON_TEXT_TAGS = split_names("script style noscript figcaption button svg template link meta br")
_MEDIA_TAGS = split_names(
    "img picture video audio iframe object embed table form ul ol amp-img blockquote input"
)
_SPLITTABLE_TAGS = split_names(
    "p span strong b em i u a font small mark center h1 h2 h3 h4 h5 h6 label cite q sub sup abbr"
    " pre o:p"
)
_INLINE_TAGS = split_names(
    "a span strong b em i u font small mark cite q sub sup abbr time label wbr"
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_UNREAD_TAGS = frozenset(["script", "style", "head", "noscript", "template", "svg"])
_XML_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_CLEANED_TAGS = frozenset(MANUALLY_CLEANED)
# HTML tag → the tag it has when trafilatura's discard rules are applied
_TEI_TAGS = {"ul": "list", "ol": "list", "dl": "list", "li": "item", "dt": "item", "dd": "item"}
_DISCARD_XPATHS = [*OVERALL_DISCARD_XPATH, *DISCARD_IMAGE_ELEMENTS, *TEASER_DISCARD_XPATH]
# Limits in characters unless stated; all chosen by hand, not measured.
_MAX_HEADLINE_LENGTH = 300  # a longer heading is an unclosed tag
_MAX_OTHER_TEXT = 400  # an element with more text besides tokens is part of the article
_MAX_CAPTION_LENGTH = 300
_MAX_CREDIT_LENGTH = 200
_MAX_CREDIT_TEXT = 30  # text of a credit line outside its links
_MAX_SIBLINGS = 4  # siblings searched for a credit line, scripts included
_MAX_LINK_LIST_CHILDREN = 12  # an element with more children is not checked for link density
_MIN_CONTEXT_LENGTH, _CONTEXT_LENGTH = 30, 40  # a token's context: shortest block, length kept


def find_wrapper(found_embed: FoundEmbed, other_nodes: set[HtmlElement]) -> HtmlElement:
    """Returns the outermost element that contains this embed and nothing else."""
    own_nodes = set(found_embed.all_nodes)
    node = found_embed.node
    while True:
        parent = node.getparent()
        if (
            parent is None
            or parent.getparent() is None
            or parent.tag in _WRAPPER_STOP_TAGS
            or not _is_only_content(parent, node, own_nodes, other_nodes)
        ):
            return node
        node = parent


def _is_only_content(
    parent: HtmlElement,
    node: HtmlElement,
    own_nodes: set[HtmlElement],
    other_nodes: set[HtmlElement],
) -> bool:
    if (parent.text or "").strip() or (node.tail or "").strip():
        return False
    return all(
        not (sibling.tail or "").strip()
        and (sibling in own_nodes or _is_blank(sibling, other_nodes))
        for sibling in parent
        if sibling is not node
    )


def _is_blank(el: HtmlElement, other_nodes: set[HtmlElement]) -> bool:
    """Returns whether an element has no text, picture or other embed. Captions count as blank,
    JSON-LD does not.
    """
    if not isinstance(el.tag, str):
        return True
    if el in other_nodes or any(inner in other_nodes for inner in el.iter(etree.Element)):
        return False
    if el.tag == "script":
        return "json" not in (el.get("type") or "")
    if el.tag in _NON_TEXT_TAGS or _is_caption(el):
        return True
    for inner in el.iter(etree.Element):
        if inner.tag in _MEDIA_TAGS or (
            inner.tag == "script" and "json" in (inner.get("type") or "")
        ):
            return False
        if inner.tag not in _NON_TEXT_TAGS and (
            (inner.text or "").strip() or (inner is not el and (inner.tail or "").strip())
        ):
            return False
    return True


def _is_caption(el: HtmlElement) -> bool:
    class_names = el.get("class") or ""
    return el.tag == "figcaption" or (
        "caption" in class_names and len("".join(el.itertext())) <= _MAX_CAPTION_LENGTH
    )


def find_caption(outermost: HtmlElement, node: HtmlElement) -> str | None:
    """Returns the caption the article gives an embed: figcaption, or an element with a caption
    class.
    """
    if outermost is node and node.tag != "figure":
        return None
    inner_nodes = set(node.iter(etree.Element)) if outermost is not node else set()
    for el in outermost.iter("figcaption", "div", "p", "span"):
        if (
            el is not outermost
            and el not in inner_nodes
            and _is_caption(el)
            and (text := " ".join("".join(el.itertext()).split()))
        ):
            return text
    return None


def find_credit_lines(outermost: HtmlElement, provider: str) -> list[HtmlElement]:
    """Returns the lines of links next to a player that belong to its code (SoundCloud, Infogram,
    Vimeo, Scribd …).
    """
    row = BY_NAME.get(provider)
    if row is None or not row.has_credit_line:
        return []
    neighbours = [_find_neighbour(outermost, 1), _find_neighbour(outermost, -1)]
    return [el for el in neighbours if el is not None and _is_credit_line(el, row.hosts)]


def _find_neighbour(el: HtmlElement, step: int) -> HtmlElement | None:
    """Returns the next (step 1) or previous (step -1) element, skipping scripts. None if text
    stands between.
    """
    current = el
    for _ in range(_MAX_SIBLINGS):
        neighbour: HtmlElement | None = current.getnext() if step > 0 else current.getprevious()
        if neighbour is None or ((current if step > 0 else neighbour).tail or "").strip():
            return None
        if neighbour.tag != "script":
            return neighbour
        current = neighbour
    return None


def _is_credit_line(el: HtmlElement, hosts: tuple[str, ...]) -> bool:
    links = list(el.iter("a"))
    if (
        el.tag not in ("div", "p", "small", "figcaption")
        or not links
        or next(el.iter("img", "iframe"), None) is not None
    ):
        return False
    text_length = len(" ".join("".join(el.itertext()).split()))
    link_length = sum(len("".join(a.itertext())) for a in links)
    return (
        text_length <= _MAX_CREDIT_LENGTH
        and text_length - link_length <= _MAX_CREDIT_TEXT
        and all(
            f".{get_host(a.get('href') or '')}".endswith(tuple(f".{host}" for host in hosts))
            for a in links
        )
    )


def insert_token(outermost: HtmlElement, found_embed: FoundEmbed, token: str) -> HtmlElement:
    """Replaces the wrapper with a paragraph that holds the token, and returns it. Keeps the
    wrapper's tail text.
    """
    if found_embed.is_unclosed:
        move_children_out(found_embed.node)
    placeholder = cast(HtmlElement, outermost.makeelement("p"))
    placeholder.text = token
    parent = outermost.getparent()
    inner_nodes = set(outermost.iter(etree.Element))
    placeholder.tail, outermost.tail = outermost.tail, None
    parent.replace(outermost, placeholder)
    for duplicate in found_embed.duplicates:
        if (
            duplicate not in inner_nodes
            and duplicate.getroottree().getroot() is placeholder.getroottree().getroot()
        ):
            remove_element(duplicate)
    split_at_token(placeholder)
    return placeholder


def split_at_token(placeholder: HtmlElement) -> None:
    """Splits the paragraph or inline element around a token into the part before and the part
    after.

    A headline is not split: the token goes behind it.
    """
    heading = next(placeholder.iterancestors(*_HEADINGS), None)
    if heading is not None and is_shorter_than(heading, _MAX_HEADLINE_LENGTH):
        remove_element(placeholder)
        heading.addnext(placeholder)
    while (
        (parent := placeholder.getparent()) is not None
        and parent.tag in _SPLITTABLE_TAGS
        and parent.getparent() is not None
    ):
        following = parent.makeelement(_get_safe_tag(parent), dict(_iter_safe_attributes(parent)))
        following.attrib.pop("id", None)
        following.text, placeholder.tail = placeholder.tail, None
        following.extend(list(placeholder.itersiblings()))
        following.tail, parent.tail = parent.tail, None
        parent.addnext(placeholder)
        placeholder.addnext(following)
        if _is_empty(following):
            placeholder.tail = following.tail
            following.tail = None
            following.getparent().remove(following)
        if _is_empty(parent):
            remove_element(parent)


def _get_safe_tag(el: HtmlElement) -> str:
    """Returns the tag, or `span` if lxml cannot create it: <o:p> from word processors, <a< from
    typos.
    """
    return el.tag if _XML_NAME.fullmatch(el.tag) else "span"


def _iter_safe_attributes(el: HtmlElement) -> Iterator[tuple[str, str]]:
    """Yields the attributes lxml can create. A quote in a title="…" leaves attribute names like
    `है,`.
    """
    return ((name, value) for name, value in el.items() if _XML_NAME.fullmatch(name))


def _is_empty(el: HtmlElement) -> bool:
    return len(el) == 0 and not (el.text or "").strip()


class DiscardRules:
    """Returns whether trafilatura would discard an element, by its own rules. Cached by tag and
    attributes.
    """

    def __init__(self) -> None:
        self._cache: dict[tuple[str, ...], bool] = {}

    def __call__(self, el: HtmlElement) -> bool:
        if el.tag in _CLEANED_TAGS:
            return True
        attributes = sorted((name, value) for name, value in el.items())
        key = (str(el.tag), *(part for pair in attributes for part in pair))
        if key not in self._cache:
            self._cache[key] = _is_discarded(el)
        return self._cache[key]


def _is_discarded(el: HtmlElement) -> bool:
    holder = etree.Element("body")
    etree.SubElement(
        holder, _TEI_TAGS.get(str(el.tag), _get_safe_tag(el)), dict(_iter_safe_attributes(el))
    )
    return any(rule(holder) for rule in _DISCARD_XPATHS)


def move_out_of_discards(placeholder: HtmlElement, discard_rules: DiscardRules) -> None:
    """Moves the placeholder out of elements that trafilatura would discard.

    If such an element also holds article text, its class attribute is removed instead, so that it
    is kept.
    """
    ancestor = placeholder.getparent()
    while ancestor is not None and ancestor.tag not in ("article", "main", "body", "html"):
        parent = ancestor.getparent()
        if is_boilerplate_element(ancestor) or parent is None:
            return
        is_discarded = discard_rules(ancestor)
        if (is_discarded or _is_link_heavy(ancestor)) and _count_other_text(
            ancestor
        ) <= _MAX_OTHER_TEXT:
            _move_before(placeholder, ancestor)
        elif is_discarded and any(
            word in (ancestor.get("class") or "").lower() for word in ("embed", "social")
        ):
            ancestor.attrib.pop("class", None)
        elif ancestor.tag in ("ul", "ol") and placeholder.getparent() is ancestor:
            _move_before(placeholder, ancestor)
        ancestor = parent


def _move_before(placeholder: HtmlElement, target: HtmlElement) -> None:
    remove_element(placeholder)
    target.addprevious(placeholder)


def _is_link_heavy(el: HtmlElement) -> bool:
    """Returns whether all other text of the element is link text. trafilatura discards such
    elements.
    """
    if el.tag not in ("div", "section", "p") or len(el) > _MAX_LINK_LIST_CHILDREN:
        return False
    text_length = _count_other_text(el)
    return 0 < text_length <= _MAX_OTHER_TEXT and text_length <= sum(
        len("".join(a.itertext()).strip()) for a in el.iter("a")
    )


def _count_other_text(el: HtmlElement) -> int:
    """Counts the characters of text besides tokens. Stops above `_MAX_OTHER_TEXT`."""
    count = 0
    for inner in el.iter(etree.Element):
        is_skipped = inner.tag in ("script", "style") or (inner.text or "").startswith("EMBEDX")
        count += 0 if is_skipped else len((inner.text or "").strip())
        count += len((inner.tail or "").strip()) if inner is not el else 0
        if count > _MAX_OTHER_TEXT:
            break
    return count


def find_token_context(
    root: HtmlElement, placeholders: Mapping[str, HtmlElement]
) -> dict[str, tuple[str | None, str | None]]:
    """Returns for each token, by its placeholder in page order, the start of the text block before
    it and of the one after it.

    Blocks shorter than 30 characters are skipped, the first 40 are returned, whitespace normalised;
    None where there is no such block.
    """
    shown = {
        token: placeholder
        for token, placeholder in placeholders.items()
        if (ancestors := list(placeholder.iterancestors()))
        and ancestors[-1] is root
        and not any(ancestor.tag in _UNREAD_TAGS for ancestor in ancestors)
    }
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    for token, placeholder in shown.items():
        before[token] = _find_opening(_iter_outward(placeholder, is_forward=False), False, before)
    for token, placeholder in reversed(shown.items()):
        after[token] = _find_opening(_iter_outward(placeholder, is_forward=True), True, after)
    return {token: (before[token], after[token]) for token in shown}


def _find_opening(
    parts: Iterable[str | None], is_forward: bool, known: Mapping[str, str | None]
) -> str | None:
    """Returns the opening of the first block that is long enough. At a token whose result is known,
    that is the result: so no text is read again for each token.
    """
    block: list[str] = []
    for part in parts:
        if part is not None:
            block.append(part)
            continue
        text = " ".join("".join(block if is_forward else reversed(block)).split()) if block else ""
        if len(text) >= _MIN_CONTEXT_LENGTH:
            return text[:_CONTEXT_LENGTH]
        if text in known:
            return known[text]
        block = []
    return None


def _iter_outward(el: HtmlElement, *, is_forward: bool) -> Iterator[str | None]:
    """Yields the page's texts from an element to the end of the page, or backwards to its
    beginning, and None at each edge of a block.
    """
    yield None
    node = el
    while node is not None:
        if is_forward:
            yield node.tail or ""
        for sibling in node.itersiblings(preceding=not is_forward):
            yield from _iter_parts(sibling, is_forward=is_forward)
        node = node.getparent()
        if node is not None:
            if not is_forward:
                yield node.text or ""
            if node.tag not in _INLINE_TAGS:
                yield None


def _iter_parts(el: HtmlElement, *, is_forward: bool) -> Iterator[str | None]:
    """Yields the texts of an element, of its children, and its tail, and None at each edge of a
    block, forwards or backwards.
    """
    if not isinstance(el.tag, str):
        yield (el.tail or "") if el.tag is etree.Comment else ""
        return
    edge = () if el.tag in _INLINE_TAGS else (None,)
    is_read = el.tag not in _UNREAD_TAGS
    if is_forward:
        if is_read:
            yield from (*edge, el.text or "")
            for child in el:
                yield from _iter_parts(child, is_forward=True)
        yield from (*edge, el.tail or "")
    else:
        yield from (el.tail or "", *edge)
        if is_read:
            for child in reversed(el):
                yield from _iter_parts(child, is_forward=False)
            yield from (el.text or "", *edge)
