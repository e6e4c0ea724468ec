"""Which elements are boilerplate, by their names and by how much prose they have; `pruning` takes
them out. The lists contain no name that only one site uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from khabar.extraction.document import Element, read_text, split_words
from khabar.extraction.memory import MAX_NAMES

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
SCREEN_READER_PATTERN = r"screen[-_ ]reader|visually[-_ ]hidden|sr[-_ ]only"
_HARD_CLASS = re.compile(
    r"also[-_ ]?read|read[-_ ]?(?:also|next)|lire[-_ ]aussi|you[-_ ]may|"
    r"more[-_ ](?:from|stories|news|on)|most[-_ ](?:read|popular|viewed)|"
    r"next[-_ ](?:story|post|article)|prev(?:ious)?[-_ ](?:story|post|article)|must[-_ ]read|"
    rf"{_AUTHOR_BOX_PATTERN}|"
    r"editors?[-_ ]?(?:name|info|bio|box|picks?|choice)|"
    r"app[-_ ]?(?:download|install|promo|banner)|d-print-\w+|video[-_]fallback"
    r"|(?:visible-)?print-?only|"
    rf"{SCREEN_READER_PATTERN}|"
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
INLINE_TAGS = frozenset(
    split_words("""
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q ruby rb rp rt s
    samp small span strike strong sub sup time tt u var wbr o:p text picture source track param""")
)
_EMPHASIS_TAGS = frozenset(["b", "strong", "i", "em", "u", "span", "font"])
_STORY_TAGS = frozenset(split_words("blockquote h2 h3 h4 h5 h6"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# Elements that are never boilerplate, whatever they are called.
KEPT_TAGS = frozenset(
    split_words("""
    html body article main figure figcaption h1 img amp-img picture source noscript br a b strong em
    i""")
)
# Characters of unlinked text in one element that make it a real paragraph ("prose"). This and the
# limits derived from it in _max_prose_size and below: chosen by hand, not measured.
MIN_PROSE = 80


def is_boilerplate(element: Element, names: str, total_size: int) -> bool:
    """Whether an element not of KEPT_TAGS is boilerplate by its tag and names and by how much prose
    it has. `names`: its class and id; `total_size`: prose of the whole page.
    """
    tag = element.tag
    if not names and tag not in _NAMED_TAGS:
        return False
    rate = _recall_rating if len(names) <= MAX_NAMES else _rate_names
    is_hard, is_soft = rate(tag, names)
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


def _rate_names(tag: str, names: str) -> tuple[bool, bool]:
    """Returns whether tag, class and id name boilerplate that may, or that may not, have prose."""
    if tag in ("footer", "aside") or has_word(names, HARD_WORDS):
        return True, False
    return False, tag not in _STORY_TAGS and (tag in _SOFT_TAGS or has_word(names, SOFT_WORDS))


_recall_rating = lru_cache(maxsize=4096)(_rate_names)


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


def has_word(names: str, words: frozenset[str]) -> bool:
    """Whether one of the words, or for HARD_WORDS a phrase, is in class names and ids."""
    return (_recall_word if len(names) <= MAX_NAMES else _find_word)(names, words)


def _find_word(names: str, words: frozenset[str]) -> bool:
    if not names:
        return False
    name_words = {word.lower() for word in _WORD.findall(names)}
    return not words.isdisjoint(name_words) or (
        words is HARD_WORDS and bool(_HARD_CLASS.search(names))
    )


_recall_word = lru_cache(maxsize=4096)(_find_word)


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
        for child in node[:]:  # a slice is read faster than an iterator
            if has_inline_text and child.tag in _EMPHASIS_TAGS:
                parts.append(read_text(child))
            if tail := child.tail:
                parts.append(tail)
        text = "".join(parts) if len(parts) > 1 else parts[0]
        if len(text) >= MIN_PROSE:
            yield len(" ".join(text.split()))


_NON_LETTERS = re.compile(r"[^\w\u0900-\u0dff]+|[_।॥]+")
KEY_LETTER = re.compile(r"(?![_।॥])[\w\u0900-\u0dff]")  # a character that comparison_key keeps


@lru_cache(maxsize=4096)  # the same lines are compared many times while a page is processed
def comparison_key(text: str) -> str:
    """Normalises a text for comparison: lower case, only letters, combining marks and digits."""
    return _NON_LETTERS.sub("", "".join(text.lower().split()))  # split() is faster for the spaces
