"""What stands on a page without being its article: elements to prune, lines to drop. No word is one site's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml.cssselect import CSSSelector

from khabar.extraction.document import Element, listed

_ALWAYS = listed("""
    script style template svg button select option textarea input label iframe object applet canvas map dialog menu nav
    marquee link""")
# An element whose class or id carries one of these words is furniture, whatever it holds …
_HARD = frozenset(
    listed("""
    comment comments disqus vuukle footer ftr cookie cookies gdpr consent copyright sidebar rhs related
    relatedpost relatedposts onetrust ccpa recommended recommend recommendation recommendations taboola outbrain mgid
    alsoread readalso lireaussi popup modal lightbox breadcrumb breadcrumbs bredcrums bredcrumbs breadcrum trending
    mostread mostpopular popular newsletter advert advertisement advertisements ads adsbygoogle adslot sponsored
    sponsor pagination pager poll quiz menu navbar subnav navigation subscribe signup login livetv tickers
    ticker zoom sharedaddy""")
)
# A brief says less than the page's small print and its readers' comments.
_LONG_WINDED = frozenset(listed("footer ftr copyright cookie cookies gdpr ccpa consent onetrust comments disqus"))
# … and with these unless it holds real paragraphs: builders name wrappers after one of their parts.
_SOFT = frozenset(
    listed("""
    share sharing social socials addthis sharethis follow promo promotion promotional ad adbox adv advt vigyapan
    banner tag tags topics keywords author authors auther byline bylines bio meta metadata timestamp
    posttime storytime toolbar tools print fontsize speak listen texttospeech tts sticky download disclaimer
    whatsapp telegram googlenews gnews sr skip header masthead topbar overlay morenews readmore seealso
    nextstory bookmark crumb crumbs feedback rating reactions""")
)
_AUTHOR = r"author[-_ ]?(?:bio|info|desc|detail|box|card|about)|about[-_ ]?(?:the[-_ ]?)?author"
_AUTHOR_BOX = re.compile(_AUTHOR, re.I)
_PAIRS = re.compile(
    r"also[-_ ]?read|read[-_ ]?(?:also|next)|lire[-_ ]aussi|you[-_ ]may|more[-_ ](?:from|stories|news|on)|most[-_ ]"
    r"(?:read|popular|viewed)|next[-_ ](?:story|post|article)|prev(?:ious)?[-_ ](?:story|post|article)|must[-_ ]read|"
    rf"{_AUTHOR}|"
    r"editors?[-_ ]?(?:name|info|bio|box|picks?|choice)|"
    r"app[-_ ]?(?:download|install|promo|banner)|d-print-\w+|video[-_]fallback|(?:visible-)?print-?only|"
    r"screen[-_ ]reader|visually[-_ ]hidden|sr[-_ ]only|"
    r"web[-_ ]stor(?:y|ies)",
    re.I,
)
# A grid that has a sidebar is often named after it, its middle column too.
_CONTENT = re.compile(
    r"(?:article|story|post|entry|main|body)[-_ ]*(?:content|body|text|main|detail)|grid|layout|container"
    r"|(?:content|body)(?:$|\s)",
    re.I,
)
_LAYOUT = re.compile(r"sidebar|rhs|\bads?\b|menu|nav", re.I)
_MEASURE = re.compile(r"\[[^\]\s]*\]?")  # mt-[calc(theme(sticky-header))]: how far from something, not what it is
_TOPS = frozenset(["header", "form"])
_WORDS_OF_A_STORY = frozenset(listed("blockquote h2 h3 h4 h5 h6"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_HIDES = frozenset(["hidden", "d-none", "is-hidden", "u-hidden"])
_SHOWS = re.compile(r":|^d-(?:sm|md|lg|xl|xxl)-|visible")
_JSON = re.compile(r'\s*[\[{]\s*[\[{]?\s*"')
_NEVER = frozenset(
    listed("html body article main figure figcaption h1 img amp-img picture source noscript br a b strong em i")
)
_LONG = 80  # characters of unlinked text that make a real paragraph


def prune(root: Element, drop: tuple[str, ...] = ()) -> None:
    """Take the furniture out of the tree, in place. `drop` are a source's own CSS selectors."""
    body = root.find("body")
    for selector in drop:
        for element in CSSSelector(selector, translator="html")(body):
            _remove(element)
    for element in list(body.iter(*_ALWAYS)):
        if element.tag == "nav" and _swallows_story(element, body):
            element.drop_tag()
        _remove(element)
    whole = paragraph_mass(body)
    waiting = list(reversed(body))
    while waiting:
        element = waiting.pop()
        if _is_furniture(element, whole):
            _remove(element)
        else:
            waiting += reversed(element)
    _prune_hidden(body)


def _remove(element: Element) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _swallows_story(nav: Element, body: Element) -> bool:
    """A <nav> that was never closed."""
    mass = paragraph_mass(nav)
    return mass >= 5 * _LONG and 2 * mass > paragraph_mass(body)


def _is_furniture(element: Element, whole: int) -> bool:
    if element.tag in _NEVER:
        return False
    names = names_of(element)
    hard = element.tag in ("footer", "aside") or _carries(names, _HARD)
    soft = not hard and element.tag not in _WORDS_OF_A_STORY and (element.tag in _TOPS or _carries(names, _SOFT))
    soft = soft and not _heads_section(element)
    if not hard and not soft:
        return False
    mass = paragraph_mass(element)
    if hard and mass >= 2 * _LONG and element.tag != "footer" and _CONTENT.search(names):
        hard = not _LAYOUT.search(names)
    return mass < _most(element, whole, hard) and element.find(".//h1") is None


def _heads_section(element: Element) -> bool:
    """A <header> in the story that shows a sub-heading and nothing else."""
    inner = next(element.iter("h2", "h3", "h4"), None) if element.tag == "header" else None
    return (
        inner is not None
        and inner.find(".//a") is None
        and inner.text_content().strip() == (element.text_content().strip())
    )


def _most(element: Element, whole: int, hard: bool) -> float:
    """How much prose furniture may hold before it is taken for the story's own wrapper after all."""
    if not hard:
        return 2 * _LONG
    names = names_of(element)
    if element.tag == "footer" or _carries(names, _LONG_WINDED) or _AUTHOR_BOX.search(names):
        return max(0.9 * whole, 8 * _LONG)
    return max(0.4 * whole, 1)


def names_of(element: Element) -> str:
    """Class and id, one string."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
    return _MEASURE.sub("", names) if "[" in names else names


@lru_cache(maxsize=4096)  # a site builds its pages of few names
def _carries(names: str, words: frozenset[str]) -> bool:
    """Whether one of the words is among the names of an element."""
    if not names:
        return False
    found = {word.lower() for word in _WORD.findall(names)}
    return not words.isdisjoint(found) or (words is _HARD and bool(_PAIRS.search(names)))


def paragraph_mass(element: Element) -> int:
    """Characters of unlinked running text in pieces that are long enough to be prose."""
    return sum(length for length in _runs(element) if length >= _LONG)


def _runs(element: Element) -> Iterator[int]:
    """The length of each element's own running text; 0 where no look at its words is needed to see that it is short."""
    for node in element.iter("p", "div", "td", "li", "section", "article", "span", "blockquote", "h2", "font"):
        own = [node.text or ""]
        for child in node:
            if child.tag in ("b", "strong", "i", "em", "u", "span", "font") and node.tag in ("p", "li"):
                own.append(child.text_content())
            own.append(child.tail or "")
        yield len(" ".join("".join(own).split())) if sum(map(len, own)) >= _LONG else 0


def _prune_hidden(body: Element) -> None:
    for element in list(body.iter()):
        if element.getparent() is None or not _is_hidden(element):
            continue
        text = element.text_content()
        if _JSON.match(text) or paragraph_mass(element) < 4 * _LONG or _twin(element, text, body):
            _remove(element)


def _is_hidden(element: Element) -> bool:
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        return True
    names = (element.get("class") or "").split()
    # a utility class that hides, and none beside it that shows on some screen (md:block, d-lg-flex)
    return not _HIDES.isdisjoint(names) and not any(_SHOWS.search(name) for name in names)


def _twin(element: Element, text: str, body: Element) -> bool:
    """Whether most sentences of a hidden element stand elsewhere on the page too."""
    everything = squeezed(body.text_content())
    sentences = [one for one in map(squeezed, re.split(r"[।.?!]", text)) if len(one) > 20]
    twice = sum(everything.count(one) > 1 for one in sentences)
    return bool(sentences) and twice * 2 >= len(sentences)


_BETWEEN = re.compile(r"[^\w\u0900-\u0dff]+|[_।॥]+")


@lru_cache(maxsize=4096)  # the same lines are compared many times while a page is read
def squeezed(text: str) -> str:
    """Letters, marks and digits alone, lower case: what two copies of a text share."""
    return _BETWEEN.sub("", text.lower())
