"""Pruning: deletes navigation, ads, comments, related links and hidden elements from the tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lxml import etree
from lxml.cssselect import CSSSelector

from khabar.extraction.boilerplate import (
    INLINE_TAGS,
    KEPT_TAGS,
    MIN_PROSE,
    SCREEN_READER_PATTERN,
    class_and_id,
    comparison_key,
    is_boilerplate,
    prose_size,
    split_name,
)
from khabar.extraction.document import Element, split_words
from khabar.extraction.removal import (
    CONTROLS,
    Removal,
    RemovalRule,
    may_be_text,
    remove_element,
    take_out,
)

_REMOVE_TAGS = split_words("""
    script style template svg button select option textarea input label iframe object applet canvas
    map dialog menu nav marquee link""")
_SCREEN_READER_CLASS = re.compile(SCREEN_READER_PATTERN, re.I)
_TEXT_TAGS = frozenset(["menu", "dialog"])  # removed by their tag, but may contain text
# A button or label in one of these is the heading of a part that can be opened.
_QUESTION_TAGS = ("h2", "h3", "h4", "h5", "h6", "summary", "dt")
_HIDING_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
# Text that no control ever shows: for search engines.
_INVISIBLE_STYLE = re.compile(r"(?:font-size|opacity)\s*:\s*0(?:[^\d.]|$)", re.I)
_OFFSCREEN_STYLE = re.compile(r"(?:text-indent|left|right|top)\s*:\s*-\d{4}", re.I)
# An attribute's parent is found in half the time of an element with the attribute; `*//` instead of
# `descendant::*` is quadratic in the number of siblings.
_HIDING_ATTRIBUTES = "descendant::*/@hidden/..|descendant::*/@style/.."
_HAS_HIDING_ATTRIBUTE = etree.XPath(_HIDING_ATTRIBUTES)
_CAN_BE_HIDDEN = etree.XPath(
    f"{_HIDING_ATTRIBUTES}|descendant::*/@class[contains(., 'hidden') or contains(., 'd-none')]/.."
)
_HIDING_CLASSES = frozenset(["hidden", "d-none", "is-hidden", "u-hidden"])
_SHOWING_CLASS = re.compile(r":|^d-(?:sm|md|lg|xl|xxl)-|visible")
# Names of parts that readers can open, and the labels of the controls that do it.
_PART_WORDS = frozenset(
    split_words("""
    more rest panel pane answer answers ans accordion faq tab tabs collapse collapsed collapsible
    expand expanded expandable toggle readmore showmore full remaining continue continued""")
)
_EXPAND_LABEL = re.compile(
    r"(?:पूर[ाी]\s+(?:ख़?बर\s+|लेख\s+|स्टोरी\s+)?(?:पढ़?ें|पढ़?िए|देखें)|(?:और|आगे|विस्तार\s+से)\s+(?:पढ़?ें|पढ़?िए|देखें)"
    r"|(?:read|show|view|see)\s+(?:more|full|all|the\s+(?:full|rest)|less)\b|continue\s+reading"
    r"|expand\b|load\s+more)",
    re.I,
)
_SENTENCE_END = re.compile(r"[।॥.?!…][\"”’'»)\]]*$")
_JSON_START = re.compile(r'\s*[\[{]\s*[\[{]?\s*"')
_MIN_SENTENCE = 25  # letters beside an inline element that make it a part of a sentence; by hand


def prune_tree(root: Element, drop: tuple[str, ...] = ()) -> dict[Element, Removal]:
    """Removes boilerplate elements from the tree, in place. `drop`: the source's CSS selectors.

    Returns the removed elements that may contain text of the article, by the empty <template> that
    stands for each in the tree: `restoration` decides about them once the article is known.
    """
    body = root.find("body")
    removals: dict[Element, Removal] = {}
    for selector in drop:
        for element in CSSSelector(selector, translator="html")(body):
            take_out(element, "selector", removals)
    controls = list(body.iter("a", "button", "label"))
    _prune_by_tag(body, removals)
    total_size = prose_size(body)
    stack = body[::-1]
    has_hidden_class = False
    while stack:
        element = stack.pop()
        is_kept = element.tag in KEPT_TAGS
        names = element.get("class") or "" if is_kept else class_and_id(element)
        has_hidden_class = has_hidden_class or "hidden" in names or "d-none" in names
        if (
            is_kept
            or not is_boilerplate(element, names, total_size)
            or _is_part_of_sentence(element)
        ):
            stack += element[::-1]
        elif take_out(element, _removal_rule(element), removals):
            stack += [child for child in element[::-1] if not may_be_text(child)]
    parts = [removal.element for removal in removals.values()]
    find_hideable = _CAN_BE_HIDDEN if has_hidden_class else _HAS_HIDING_ATTRIBUTE
    _prune_hidden(find_hideable(body), body, removals, controls)
    for part in parts:
        _prune_hidden(_CAN_BE_HIDDEN(part), body, removals, controls)
    return removals


def _prune_by_tag(body: Element, removals: dict[Element, Removal]) -> None:
    """Removes elements that contain no text of an article, by their tag; the label of a button in a
    heading stays.
    """
    for element in list(body.iter(*_REMOVE_TAGS)):
        is_label = element.tag in ("button", "label") and (
            next(element.iterancestors(*_QUESTION_TAGS), None) is not None
        )
        if is_label or (element.tag == "nav" and _is_unclosed_nav(element, body)):
            element.drop_tag()
        elif element.tag in _TEXT_TAGS:
            take_out(element, "tag", removals)
        elif element.tag in ("input", "textarea", "select") and element.get("type") != "hidden":
            element.getparent().set(CONTROLS, "1")
            remove_element(element)
        else:
            remove_element(element)


def _removal_rule(element: Element) -> RemovalRule:
    if _SCREEN_READER_CLASS.search(class_and_id(element)):
        return "invisible"
    return "tag" if element.tag in ("aside", "footer") else "class"


def _is_part_of_sentence(element: Element) -> bool:
    """Whether an inline element has text of the same paragraph beside it: its class says how it
    looks, not what it is.
    """
    parent = element.getparent()
    if element.tag not in INLINE_TAGS or parent is None or element.tag == "a":
        return False
    size = len(comparison_key(parent.text_content())) - len(comparison_key(element.text_content()))
    if size < _MIN_SENTENCE:
        return False
    if comparison_key(element.tail or ""):
        return True
    before = element.getprevious()
    preceding = (parent.text if before is None else before.tail) or ""
    return bool(comparison_key(preceding)) and not _SENTENCE_END.search(preceding.rstrip())


def _is_expand_control(element: Element) -> bool:
    """Whether a button or link says that it shows the rest of the article here."""
    if element.tag == "a" and (element.get("href") or "#").strip()[:1] not in ("#", "", "j"):
        return False
    text = " ".join(element.text_content().split())
    return len(text) < 40 and bool(_EXPAND_LABEL.match(text))


def _is_unclosed_nav(nav: Element, body: Element) -> bool:
    """Whether a <nav> was never closed, so that the parser put most of the article into it."""
    size = prose_size(nav)
    return size >= 5 * MIN_PROSE and 2 * size > prose_size(body)


def _prune_hidden(
    hideable: Iterable[Element],
    body: Element,
    removals: dict[Element, Removal],
    controls: Sequence[Element],
) -> None:
    """Removes hidden elements with little prose, JSON, a second copy of the visible text, or text
    in invisible type. `hideable`: elements that may be hidden; `controls`: links and buttons, of
    which one may show the rest of the article.
    """
    hidden = _remove_empty_hidden(hideable)
    if not hidden:
        return
    can_expand = any(map(_is_expand_control, controls))
    page_key = comparison_key(body.text_content())
    for element in hidden:
        if element.getparent() is None:
            continue
        text = element.text_content()
        if _JSON_START.match(text):
            remove_element(element)
        elif _is_second_copy(element, text, page_key):
            remove_element(element)
            page_key = comparison_key(body.text_content())
        elif _is_invisible(element):
            take_out(element, "invisible", removals)
        elif element.tag in INLINE_TAGS:
            if not _continues_sentence(element, text, can_expand):
                remove_element(element)
        elif prose_size(element) < 4 * MIN_PROSE:
            revealed = can_expand or _is_in_run(element) or _can_be_opened(element)
            take_out(element, "hidden", removals, is_revealed=revealed)


def _remove_empty_hidden(hideable: Iterable[Element]) -> list[Element]:
    """Removes hidden elements without text; returns the other hidden ones."""
    hidden = []
    for element in filter(is_hidden, hideable):
        if element.text_content().strip():
            hidden.append(element)
        else:
            remove_element(element)
    return hidden


def is_hidden(element: Element) -> bool:
    """Whether an element is not shown when the page opens."""
    style = element.get("style")
    if element.get("hidden") is not None or (style and _HIDING_STYLE.search(style)):
        return True
    if style and _is_invisible(element):
        return True
    names = (element.get("class") or "").split()
    # a utility class that hides, without one that shows on some screen size (md:block, d-lg-flex)
    return not _HIDING_CLASSES.isdisjoint(names) and not any(
        _SHOWING_CLASS.search(name) for name in names
    )


def _is_invisible(element: Element) -> bool:
    """Whether an element's text cannot be seen: beside the screen, or in type without size. (On a
    wrapper, font-size: 0 only removes the gaps between its parts.)
    """
    style = element.get("style") or ""
    return bool(_OFFSCREEN_STYLE.search(style)) or (
        bool((element.text or "").strip()) and bool(_INVISIBLE_STYLE.search(style))
    )


def _can_be_opened(element: Element) -> bool:
    """Whether a hidden element, or the one around it, is named as a part that readers can open."""
    if (element.get("hidden") or "").strip().lower() == "until-found":
        return True
    return any(
        not _PART_WORDS.isdisjoint(word.lower() for word in split_name(class_and_id(node)))
        for node in (element, element.getparent())
    )


def _is_in_run(element: Element) -> bool:
    """Whether a hidden paragraph or list item continues a run of visible ones."""
    return element.tag in ("p", "li", "blockquote") and any(
        not is_hidden(sibling) and sibling.text_content().strip()
        for sibling in element.getparent().iterchildren(element.tag)
    )


def _continues_sentence(element: Element, text: str, can_expand: bool) -> bool:
    """Whether hidden inline text is the rest of the paragraph around it: the visible part breaks
    off, or the rest can be opened.
    """
    parts = [element.getparent().text or ""]
    for node in element.getparent():
        if node is element:
            break
        parts += [node.text_content(), node.tail or ""]
    preceding = "".join(parts).strip()
    is_sentence = len(text.split()) >= 4 and bool(_SENTENCE_END.search(text.strip()))
    if not is_sentence or not comparison_key(preceding):
        return False
    breaks_off = not _SENTENCE_END.search(preceding) or preceding.endswith(("...", "…"))
    return breaks_off or can_expand or _can_be_opened(element)


def _is_second_copy(element: Element, text: str, page_key: str) -> bool:
    """Whether at least half of a hidden element's sentences (of over 20 letters; chosen by hand)
    also occur elsewhere on the page. `page_key`: the comparison key of the whole page.
    """
    sentences = [
        sentence
        for sentence in map(comparison_key, re.split(r"[।.?!]", text))
        if len(sentence) > 20
    ]
    own = int(next(element.iterancestors("body"), None) is not None)
    repeats = sum(page_key.count(sentence) > own for sentence in sentences)
    return bool(sentences) and repeats * 2 >= len(sentences)
