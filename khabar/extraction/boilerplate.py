"""Boilerplate removal: deletes navigation, ads, comments, related links and hidden elements from
the tree. The lists contain no name that only one site uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from lxml import etree
from lxml.cssselect import CSSSelector

from khabar.extraction.document import Element, read_text, split_words
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
# An element with one of these words in its class or id is boilerplate even if it contains
# paragraphs (up to a share of the page's prose, see _max_prose_size).
HARD_WORDS = frozenset(
    split_words("""
    comment comments disqus vuukle footer ftr cookie cookies gdpr consent copyright sidebar rhs
    related relatedpost relatedposts onetrust ccpa recommended recommend recommendation
    recommendations taboola outbrain mgid alsoread readalso lireaussi popup modal lightbox
    breadcrumb breadcrumbs bredcrums bredcrumbs breadcrum trending mostread mostpopular popular
    newsletter advert advertisement advertisements ads adsbygoogle adslot sponsored sponsor
    pagination pager poll quiz menu navbar subnav navigation subscribe signup login livetv tickers
    ticker zoom sharedaddy""")
)
# Of these, elements that can be longer than a short article: legal notices and readers' comments.
LONG_TEXT_WORDS = frozenset(
    split_words("footer ftr copyright cookie cookies gdpr ccpa consent onetrust comments disqus")
)
# With one of these words it is boilerplate unless it contains real paragraphs: page templates often
# name a wrapper after one of its parts.
SOFT_WORDS = frozenset(
    split_words("""
    share sharing social socials addthis sharethis follow promo promotion promotional ad adbox adv
    advt vigyapan banner tag tags topics keywords author authors auther byline bylines bio meta
    metadata timestamp posttime storytime toolbar tools print fontsize speak listen texttospeech tts
    sticky download disclaimer whatsapp telegram googlenews gnews sr skip header masthead topbar
    overlay morenews readmore seealso nextstory bookmark crumb crumbs feedback rating reactions
    writer columnist contributor""")
)
_AUTHOR_BOX_PATTERN = (
    r"author[-_ ]?(?:bio|info|desc|detail|box|card|about)|about[-_ ]?(?:the[-_ ]?)?author"
)
_AUTHOR_BOX_CLASS = re.compile(_AUTHOR_BOX_PATTERN, re.I)
_SCREEN_READER_PATTERN = r"screen[-_ ]reader|visually[-_ ]hidden|sr[-_ ]only"
_SCREEN_READER_CLASS = re.compile(_SCREEN_READER_PATTERN, re.I)
_HARD_CLASS = re.compile(
    r"also[-_ ]?read|read[-_ ]?(?:also|next)|lire[-_ ]aussi|you[-_ ]may|"
    r"more[-_ ](?:from|stories|news|on)|most[-_ ](?:read|popular|viewed)|"
    r"next[-_ ](?:story|post|article)|prev(?:ious)?[-_ ](?:story|post|article)|must[-_ ]read|"
    rf"{_AUTHOR_BOX_PATTERN}|"
    r"editors?[-_ ]?(?:name|info|bio|box|picks?|choice)|"
    r"app[-_ ]?(?:download|install|promo|banner)|d-print-\w+|video[-_]fallback"
    r"|(?:visible-)?print-?only|"
    rf"{_SCREEN_READER_PATTERN}|"
    r"web[-_ ]stor(?:y|ies)",
    re.I,
)
# A page grid, and its middle column, is often named after the sidebar next to it.
_CONTENT_CLASS = re.compile(
    r"(?:article|story|post|entry|main|body)[-_ ]*(?:content|body|text|main|detail)|grid|layout"
    r"|container"
    r"|(?:content|body)(?:$|\s)",
    re.I,
)
_LAYOUT_CLASS = re.compile(r"sidebar|rhs|\bads?\b|menu|nav", re.I)
# Tailwind's arbitrary values, mt-[calc(theme(sticky-header))]: a size, not the element's role
# and its variants, print:hidden: how the element looks on paper.
_CSS_VALUE = re.compile(r"\[[^\]\s]*\]?|(?<!\S)[\w-]+::?\S*")
_SOFT_TAGS = frozenset(["header", "form"])
_NAMED_TAGS = _SOFT_TAGS | {"footer", "aside"}  # may be boilerplate without class and id
_TEXT_TAGS = frozenset(["menu", "dialog"])  # removed by their tag, but may contain text
# A button or label in one of these is the heading of a part that can be opened.
_QUESTION_TAGS = ("h2", "h3", "h4", "h5", "h6", "summary", "dt")
INLINE_TAGS = frozenset(
    split_words("""
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q ruby rb rp rt s
    samp small span strike strong sub sup time tt u var wbr o:p text picture source track param""")
)
_EMPHASIS_TAGS = frozenset(["b", "strong", "i", "em", "u", "span", "font"])
_STORY_TAGS = frozenset(split_words("blockquote h2 h3 h4 h5 h6"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDING_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
# Text that no control ever shows: for search engines.
_INVISIBLE_STYLE = re.compile(r"(?:font-size|opacity)\s*:\s*0(?:[^\d.]|$)", re.I)
_OFFSCREEN_STYLE = re.compile(r"(?:text-indent|left|right|top)\s*:\s*-\d{4}", re.I)
# An attribute's parent is found in half the time of an element with the attribute; `*//` instead of
# `descendant::*` is quadratic in the number of siblings.
_CAN_BE_HIDDEN = etree.XPath(
    "descendant::*/@hidden/..|descendant::*/@style/.."
    "|descendant::*/@class[contains(., 'hidden') or contains(., 'd-none')]/.."
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
_KEEP_TAGS = frozenset(
    split_words("""
    html body article main figure figcaption h1 img amp-img picture source noscript br a b strong em
    i""")
)
# Characters of unlinked text in one element that make it a real paragraph ("prose"). This and the
# limits derived from it in _max_prose_size and below: chosen by hand, not measured.
MIN_PROSE = 80
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
    stack = list(reversed(body))
    while stack:
        element = stack.pop()
        if not _is_boilerplate(element, total_size) or _is_part_of_sentence(element):
            stack += reversed(element)
        elif take_out(element, _removal_rule(element), removals):
            stack += [child for child in reversed(element) if not may_be_text(child)]
    for part in (body, *(removal.element for removal in list(removals.values()))):
        _prune_hidden(part, body, removals, controls)
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


def _is_boilerplate(element: Element, total_size: int) -> bool:
    tag = element.tag
    if tag in _KEEP_TAGS:
        return False
    names = class_and_id(element)
    if not names and tag not in _NAMED_TAGS:
        return False
    is_hard, is_soft = _rate_names(tag, names)
    is_soft = is_soft and not _is_section_header(element)
    if not is_hard and not is_soft:
        return False
    size = prose_size(element)
    if (
        is_hard
        and size >= 2 * MIN_PROSE
        and element.tag != "footer"
        and _CONTENT_CLASS.search(names)
    ):
        is_hard = not _LAYOUT_CLASS.search(names)
    return size < _max_prose_size(element, total_size, is_hard) and element.find(".//h1") is None


@lru_cache(maxsize=4096)  # a site uses few different class names
def _rate_names(tag: str, names: str) -> tuple[bool, bool]:
    """Returns whether tag, class and id name boilerplate that may, or that may not, have prose."""
    if tag in ("footer", "aside") or has_word(names, HARD_WORDS):
        return True, False
    return False, tag not in _STORY_TAGS and (tag in _SOFT_TAGS or has_word(names, SOFT_WORDS))


def is_named_by_phrase(element: Element) -> bool:
    """Whether a class or id has several words that together name a role: `video-fallback`."""
    return bool(_HARD_CLASS.search(class_and_id(element)))


def split_name(names: str) -> list[str]:
    """Returns the words of class names and ids: `relatedPost-box` has three."""
    return _WORD.findall(names)


def _is_section_header(element: Element) -> bool:
    """Whether an element is a <header> inside the article with a sub-heading and nothing else."""
    heading = next(element.iter("h2", "h3", "h4"), None) if element.tag == "header" else None
    return (
        heading is not None
        and heading.find(".//a") is None
        and heading.text_content().strip() == (element.text_content().strip())
    )


def _max_prose_size(element: Element, total_size: int, is_hard: bool) -> float:
    """Characters of prose from which on an element with a boilerplate name is kept, because it is
    probably a wrapper around the article. `total_size`: prose of the whole page.
    """
    if not is_hard:
        return 2 * MIN_PROSE
    names = class_and_id(element)
    if (
        element.tag == "footer"
        or has_word(names, LONG_TEXT_WORDS)
        or _AUTHOR_BOX_CLASS.search(names)
    ):
        return max(0.9 * total_size, 8 * MIN_PROSE)
    return max(0.4 * total_size, 1)


def class_and_id(element: Element) -> str:
    """Returns the class and the id of an element as one string."""
    names, element_id = element.get("class"), element.get("id")
    if element_id:
        names = f"{names} {element_id}" if names else element_id
    if not names:
        return ""
    names = names.strip()
    return _CSS_VALUE.sub("", names) if "[" in names or ":" in names else names


@lru_cache(maxsize=4096)  # a site uses few different class names
def has_word(names: str, words: frozenset[str]) -> bool:
    """Whether one of the words, or for HARD_WORDS a phrase, is in class names and ids."""
    if not names:
        return False
    name_words = {word.lower() for word in _WORD.findall(names)}
    return not words.isdisjoint(name_words) or (
        words is HARD_WORDS and bool(_HARD_CLASS.search(names))
    )


def prose_size(element: Element) -> int:
    """Characters of unlinked text below an element, in elements of at least MIN_PROSE."""
    if len(read_text(element)) < MIN_PROSE:
        return 0
    return sum(length for length in _text_lengths(element) if length >= MIN_PROSE)


def _text_lengths(element: Element) -> Iterator[int]:
    """Yields the length of each element's own text, without links and nested blocks, if the raw
    text is at least MIN_PROSE long (a shorter one need not be normalised).
    """
    for node in element.iter(
        "p", "div", "td", "li", "section", "article", "span", "blockquote", "h2", "font"
    ):
        parts = [node.text or ""]
        has_inline_text = node.tag in ("p", "li")
        for child in node:
            if has_inline_text and child.tag in _EMPHASIS_TAGS:
                parts.append(read_text(child))
            if tail := child.tail:
                parts.append(tail)
        text = "".join(parts) if len(parts) > 1 else parts[0]
        if len(text) >= MIN_PROSE:
            yield len(" ".join(text.split()))


def _prune_hidden(
    part: Element, body: Element, removals: dict[Element, Removal], controls: Sequence[Element]
) -> None:
    """Removes hidden elements with little prose, JSON, a second copy of the visible text, or text
    in invisible type. `controls`: links and buttons, of which one may show the rest of the article.
    """
    hidden = _remove_empty_hidden(part)
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


def _remove_empty_hidden(part: Element) -> list[Element]:
    """Removes hidden elements without text; returns the other hidden ones."""
    hidden = []
    for element in filter(is_hidden, _CAN_BE_HIDDEN(part)):
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
        not _PART_WORDS.isdisjoint(word.lower() for word in _WORD.findall(class_and_id(node)))
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


_NON_LETTERS = re.compile(r"[^\w\u0900-\u0dff]+|[_।॥]+")
KEY_LETTER = re.compile(r"(?![_।॥])[\w\u0900-\u0dff]")  # a character that comparison_key keeps


@lru_cache(maxsize=4096)  # the same lines are compared many times while a page is processed
def comparison_key(text: str) -> str:
    """Normalises a text for comparison: lower case, only letters, combining marks and digits."""
    return _NON_LETTERS.sub("", "".join(text.lower().split()))  # split() is faster for the spaces
