"""Boilerplate removal: deletes navigation, ads, comments, related links and hidden elements from
the tree. The lists contain no name that only one site uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml.cssselect import CSSSelector

from khabar.extraction.document import Element, split_words

_REMOVE_TAGS = split_words("""
    script style template svg button select option textarea input label iframe object applet canvas
    map dialog menu nav marquee link""")
# An element with one of these words in its class or id is boilerplate even if it contains
# paragraphs (up to a share of the page's prose, see _max_prose_size).
_HARD_WORDS = frozenset(
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
_LONG_TEXT_WORDS = frozenset(
    split_words("footer ftr copyright cookie cookies gdpr ccpa consent onetrust comments disqus")
)
# With one of these words it is boilerplate unless it contains real paragraphs: page templates often
# name a wrapper after one of its parts.
_SOFT_WORDS = frozenset(
    split_words("""
    share sharing social socials addthis sharethis follow promo promotion promotional ad adbox adv
    advt vigyapan banner tag tags topics keywords author authors auther byline bylines bio meta
    metadata timestamp posttime storytime toolbar tools print fontsize speak listen texttospeech tts
    sticky download disclaimer whatsapp telegram googlenews gnews sr skip header masthead topbar
    overlay morenews readmore seealso nextstory bookmark crumb crumbs feedback rating reactions""")
)
_AUTHOR_BOX_PATTERN = (
    r"author[-_ ]?(?:bio|info|desc|detail|box|card|about)|about[-_ ]?(?:the[-_ ]?)?author"
)
_AUTHOR_BOX_CLASS = re.compile(_AUTHOR_BOX_PATTERN, re.I)
_HARD_CLASS = re.compile(
    r"also[-_ ]?read|read[-_ ]?(?:also|next)|lire[-_ ]aussi|you[-_ ]may|"
    r"more[-_ ](?:from|stories|news|on)|most[-_ ](?:read|popular|viewed)|"
    r"next[-_ ](?:story|post|article)|prev(?:ious)?[-_ ](?:story|post|article)|must[-_ ]read|"
    rf"{_AUTHOR_BOX_PATTERN}|"
    r"editors?[-_ ]?(?:name|info|bio|box|picks?|choice)|"
    r"app[-_ ]?(?:download|install|promo|banner)|d-print-\w+|video[-_]fallback"
    r"|(?:visible-)?print-?only|"
    r"screen[-_ ]reader|visually[-_ ]hidden|sr[-_ ]only|"
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
_CSS_VALUE = re.compile(r"\[[^\]\s]*\]?")
_SOFT_TAGS = frozenset(["header", "form"])
_STORY_TAGS = frozenset(split_words("blockquote h2 h3 h4 h5 h6"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDING_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_HIDING_CLASSES = frozenset(["hidden", "d-none", "is-hidden", "u-hidden"])
_SHOWING_CLASS = re.compile(r":|^d-(?:sm|md|lg|xl|xxl)-|visible")
_JSON_START = re.compile(r'\s*[\[{]\s*[\[{]?\s*"')
_KEEP_TAGS = frozenset(
    split_words("""
    html body article main figure figcaption h1 img amp-img picture source noscript br a b strong em
    i""")
)
# Characters of unlinked text in one element that make it a real paragraph ("prose"). This and the
# limits derived from it in _max_prose_size and below: chosen by hand, not measured.
MIN_PROSE = 80


def prune_tree(root: Element, drop: tuple[str, ...] = ()) -> None:
    """Removes boilerplate elements from the tree, in place. `drop`: the source's CSS selectors."""
    body = root.find("body")
    for selector in drop:
        for element in CSSSelector(selector, translator="html")(body):
            _remove_element(element)
    for element in list(body.iter(*_REMOVE_TAGS)):
        if element.tag == "nav" and _is_unclosed_nav(element, body):
            element.drop_tag()
        _remove_element(element)
    total_size = prose_size(body)
    stack = list(reversed(body))
    while stack:
        element = stack.pop()
        if _is_boilerplate(element, total_size):
            _remove_element(element)
        else:
            stack += reversed(element)
    _prune_hidden(body)


def _remove_element(element: Element) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _is_unclosed_nav(nav: Element, body: Element) -> bool:
    """Whether a <nav> was never closed, so that the parser put most of the article into it."""
    size = prose_size(nav)
    return size >= 5 * MIN_PROSE and 2 * size > prose_size(body)


def _is_boilerplate(element: Element, total_size: int) -> bool:
    if element.tag in _KEEP_TAGS:
        return False
    names = class_and_id(element)
    is_hard = element.tag in ("footer", "aside") or _has_word(names, _HARD_WORDS)
    is_soft = (
        not is_hard
        and element.tag not in _STORY_TAGS
        and (element.tag in _SOFT_TAGS or _has_word(names, _SOFT_WORDS))
    )
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
        or _has_word(names, _LONG_TEXT_WORDS)
        or _AUTHOR_BOX_CLASS.search(names)
    ):
        return max(0.9 * total_size, 8 * MIN_PROSE)
    return max(0.4 * total_size, 1)


def class_and_id(element: Element) -> str:
    """Returns the class and the id of an element as one string."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
    return _CSS_VALUE.sub("", names) if "[" in names else names


@lru_cache(maxsize=4096)  # a site uses few different class names
def _has_word(names: str, words: frozenset[str]) -> bool:
    if not names:
        return False
    name_words = {word.lower() for word in _WORD.findall(names)}
    return not words.isdisjoint(name_words) or (
        words is _HARD_WORDS and bool(_HARD_CLASS.search(names))
    )


def prose_size(element: Element) -> int:
    """Characters of unlinked text below an element, in elements of at least MIN_PROSE."""
    return sum(length for length in _text_lengths(element) if length >= MIN_PROSE)


def _text_lengths(element: Element) -> Iterator[int]:
    """Yields the length of each element's own text, without links and nested blocks; 0 if the raw
    text is shorter than MIN_PROSE (saves normalising its white space).
    """
    for node in element.iter(
        "p", "div", "td", "li", "section", "article", "span", "blockquote", "h2", "font"
    ):
        texts = [node.text or ""]
        for child in node:
            if child.tag in ("b", "strong", "i", "em", "u", "span", "font") and node.tag in (
                "p",
                "li",
            ):
                texts.append(child.text_content())
            texts.append(child.tail or "")
        yield len(" ".join("".join(texts).split())) if sum(map(len, texts)) >= MIN_PROSE else 0


def _prune_hidden(body: Element) -> None:
    """Removes hidden elements with little prose, JSON, or a second copy of the visible text."""
    for element in list(body.iter()):
        if element.getparent() is None or not _is_hidden(element):
            continue
        text = element.text_content()
        if (
            _JSON_START.match(text)
            or prose_size(element) < 4 * MIN_PROSE
            or _is_second_copy(element, text, body)
        ):
            _remove_element(element)


def _is_hidden(element: Element) -> bool:
    if element.get("hidden") is not None or _HIDING_STYLE.search(element.get("style") or ""):
        return True
    names = (element.get("class") or "").split()
    # a utility class that hides, without one that shows on some screen size (md:block, d-lg-flex)
    return not _HIDING_CLASSES.isdisjoint(names) and not any(
        _SHOWING_CLASS.search(name) for name in names
    )


def _is_second_copy(element: Element, text: str, body: Element) -> bool:
    """Whether at least half of a hidden element's sentences (of over 20 letters; chosen by hand)
    also occur elsewhere on the page.
    """
    everything = comparison_key(body.text_content())
    sentences = [
        sentence
        for sentence in map(comparison_key, re.split(r"[।.?!]", text))
        if len(sentence) > 20
    ]
    repeats = sum(everything.count(sentence) > 1 for sentence in sentences)
    return bool(sentences) and repeats * 2 >= len(sentences)


_NON_LETTERS = re.compile(r"[^\w\u0900-\u0dff]+|[_।॥]+")


@lru_cache(maxsize=4096)  # the same lines are compared many times while a page is processed
def comparison_key(text: str) -> str:
    """Normalises a text for comparison: lower case, only letters, combining marks and digits."""
    return _NON_LETTERS.sub("", text.lower())
