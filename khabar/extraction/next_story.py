"""Removes other articles that a page continues with below its own (endless scroll). A heading ends
the article only by two signs: it is marked up as an article's headline, and what follows it begins
as an article does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import accumulate, islice

from khabar.extraction.boilerplate import MIN_PROSE, class_and_id, comparison_key
from khabar.extraction.boilerplate_phrases import ALSO_READ_LINE
from khabar.extraction.document import Element, HtmlDocument, read_text
from khabar.extraction.headline import Headline, heading_text, title_similarity
from khabar.extraction.jsonld import ARTICLE_TYPES, nodes_of_type, text_value
from khabar.extraction.memory import remember_names
from khabar.extraction.page_type import is_declared_live
from khabar.extraction.script_stories import PageIdentity
from khabar.hindi.dates import find_dates
from khabar.hindi.names import parse_dateline

_ADDRESS_ATTRIBUTE = re.compile(
    r"(?:^|[-_:])(?:url|href|link|permalink|canonical|slug|path)$", re.I
)
_BYLINE_NAME = re.compile(
    r"by-?line|author|writer|reporter|publish|date|time|posted|updated|credit", re.I
)
_NUMBERED = re.compile(r"^\W*[\d०-९]{1,3}\s*[.):\-–]")
_HEADING_TAGS = ("h1", "h2", "h3")
_BOX_TAGS = ("div", "section", "article", "li")
_ADDRESS_DATA = re.compile(r"data-.*(?:url|href|link|canonical|slug|path)", re.S)
_UNSEEN_TAGS = frozenset(("script", "style", "noscript", "template", "a", "button", "option"))
# All chosen by hand, not measured.
_MIN_TEXT_NODE = 40  # characters of a text outside links that counts as prose
_MIN_HEADLINE_WORDS = 4
_SAME_TITLE = 0.6  # similarity (title_similarity) of a heading that repeats the headline
_MAX_CANDIDATES = 40  # headings and boxes examined
_MAX_OPENING_LINES = 8  # lines between a headline and its article's first paragraph
_MAX_LINE = 100  # characters of such a line
_MAX_LOOK = 400  # elements after a heading in which its article must begin
_MIN_SERIES = 3  # alike headings that can be updates or parts of one article
_MIN_STORY_PROSE = 400  # characters under each heading from which on a series is of articles
_MAX_OWN_LEVELS = 4  # ancestors of the headline with which another article's box is compared


@dataclass(frozen=True, slots=True)
class _NextStory:
    """Another article. `elements`: what it consists of; `is_marked`: its markup alone says so."""

    title: str
    elements: tuple[Element, ...]
    prose: int
    is_marked: bool


def remove_next_stories(doc: HtmlDocument, headline: Headline, urls: Sequence[str]) -> list[str]:
    """Removes the articles below the page's own one from the tree; returns problems that name them.
    `urls`: the page's own addresses. A live blog is left as it is.
    """
    if (
        headline.element is None
        or is_declared_live(doc, headline)
        or nodes_of_type(doc.nodes, frozenset({"LiveBlogPosting"}))
    ):
        return []
    titles = [headline.text, doc.get_meta("og:title"), doc.root.findtext(".//title")]
    titles += [
        text_value(node.get("headline")) for node in nodes_of_type(doc.nodes, ARTICLE_TYPES)[:1]
    ]
    identity = PageIdentity(tuple(title for title in titles if title), tuple(urls))
    stories = list(_find_next_stories(doc, headline.element, identity))
    unmarked = [story for story in stories if not story.is_marked]
    if len(unmarked) >= _MIN_SERIES and sum(
        story.prose for story in unmarked
    ) < _MIN_STORY_PROSE * len(unmarked):
        stories = [story for story in stories if story.is_marked]
    for story in stories:
        for element in story.elements:
            if element.getparent() is not None:
                element.drop_tree()
    if not stories:
        return []
    return [f"body: ends before another article, {stories[0].title[:80]!r}"]


def _find_next_stories(
    doc: HtmlDocument, own: Element, identity: PageIdentity
) -> Iterator[_NextStory]:
    """Yields the articles below the headline `own`; none if the first is not preceded by prose,
    which makes the page a list of articles.
    """
    own_ancestors = [own, *own.iterancestors()]
    covered = set[Element]()  # elements of the articles found
    for element in islice(_iter_candidates(doc.root.find("body"), own), _MAX_CANDIDATES):
        is_heading = element.tag in _HEADING_TAGS
        if element in covered or not (is_heading or _has_other_address(element, identity)):
            continue
        story = _examine(element, own_ancestors, identity, doc.now)
        if story is None:
            continue
        if not covered and not _has_prose_between(own, story.elements[0]):
            return
        yield story
        covered.update(*(part.iter() for part in story.elements))


def _iter_candidates(body: Element, own: Element) -> Iterator[Element]:
    """Yields the elements after the headline that are headings, or boxes with a data attribute that
    can be an address, in document order.
    """
    elements = body.iter(*_HEADING_TAGS, *_BOX_TAGS)
    for element in elements:
        if element is own:
            break
    for element in elements:
        if element.tag in _HEADING_TAGS or _have_address(tuple(element.keys())):
            yield element


@lru_cache(maxsize=4096)  # a site uses few different attributes
def _have_address(names: tuple[str, ...]) -> bool:
    """Whether one of the attributes of a box can be an address."""
    return any(map(_ADDRESS_DATA.match, names))


def _has_prose_between(own: Element, other: Element) -> bool:
    """Whether at least MIN_PROSE characters of prose are between the headline and an element."""
    size = 0
    is_below = False
    headline = set(own.iter())
    for node in own.getroottree().getroot().iter():
        if node is other:
            return False
        is_below = is_below or node is own
        if is_below and isinstance(node.tag, str):
            if node not in headline and node.tag not in _UNSEEN_TAGS:
                size += _prose_length(node.text)
            size += _prose_length(node.tail) if node is own or node not in headline else 0
            if size >= MIN_PROSE:
                return True
    return False


def _prose_length(text: str | None) -> int:
    size = len(text.strip()) if text else 0
    return size if size >= _MIN_TEXT_NODE else 0


def _has_other_address(element: Element, identity: PageIdentity) -> bool:
    """Whether an attribute of a box is the address of another article."""
    return any(
        _ADDRESS_ATTRIBUTE.search(name) and identity.matches_address(value) is False
        for name, value in element.attrib.items()
    )


def _examine(
    element: Element, own_ancestors: Sequence[Element], identity: PageIdentity, now: datetime
) -> _NextStory | None:
    """Returns the article that begins with a heading, or that a box with an address contains, if
    there are two signs of it.
    """
    is_heading = element.tag in _HEADING_TAGS
    if element in own_ancestors:
        return None
    heading = element if is_heading else next(element.iter(*_HEADING_TAGS, "h4"), None)
    title = heading_text(heading) if heading is not None else ""
    if is_heading and (len(title.split()) < _MIN_HEADLINE_WORDS or _NUMBERED.match(title)):
        return None
    start = _find_start(element, own_ancestors)
    opening = _read_opening(heading, start)
    if opening is None:
        return None
    if is_heading and any(_is_same_title(title, own) for own in identity.titles):
        return None
    is_box = _has_prose_below(start)
    has_dateline = parse_dateline(opening.prose) is not None
    if not is_box and start is not element and element.tag != "h1" and not has_dateline:
        return None  # a card between the paragraphs of the page's own article
    if not is_box and _follows_also_read(start):
        return None  # a link to another article between the paragraphs
    boxes = [node for node in (element, *element.iterancestors()) if node not in own_ancestors]
    boxes = boxes[: boxes.index(start) + 1] if start in boxes else boxes[:1]
    is_own_box = any(_is_article_box(box, own_ancestors) for box in boxes)
    markup_signs = [
        heading is not None and heading.tag == "h1",
        is_heading and _is_linked_elsewhere(element, identity),
        is_own_box,
        any(_has_other_address(box, identity) for box in boxes),
        _follows_rule(start) or _follows_rule(element),
    ]
    text_signs = [
        opening.has_byline or any(find_dates(line, now) for line in opening.lines),
        has_dateline,
    ]
    if sum(markup_signs) + sum(text_signs) < 2:
        return None
    if not is_box and element.tag != "h1" and not any(text_signs):
        return None
    if not any((*markup_signs[:4], text_signs[0])) and _has_alike_heading(element):
        return None  # a round-up: parts with a place each, divided by rules
    elements = (start,) if is_box else (start, *start.itersiblings())
    prose = sum(map(_prose_below, elements))
    return _NextStory(title or opening.prose, elements, prose, sum(markup_signs) >= 2)


def _is_same_title(title: str, own: str) -> bool:
    """Whether a heading repeats one of the page's own titles, perhaps with more before or after."""
    return (
        title_similarity(title, own) >= _SAME_TITLE
        or 0 < len(comparison_key(own)) <= 2 * len(comparison_key(title))
        and comparison_key(own) in comparison_key(title)
    )


def _find_start(element: Element, own_ancestors: Sequence[Element]) -> Element:
    """Returns the outermost element that begins with this one and does not contain the headline."""
    start = element
    while (
        (parent := start.getparent()) is not None
        and parent not in own_ancestors
        and _is_blank(parent.text)
        and all(
            _is_blank(sibling.tail) and all(map(_is_blank, sibling.itertext()))
            for sibling in start.itersiblings(preceding=True)
        )
    ):
        start = parent
    return start


def _is_blank(text: str | None) -> bool:
    return not text or text.isspace()


@dataclass(frozen=True, slots=True)
class _Opening:
    """What follows a headline: the lines before the first paragraph, and that paragraph."""

    lines: tuple[str, ...]
    has_byline: bool  # one of the lines is marked up as a byline or a time
    prose: str


def _has_alike_heading(heading: Element) -> bool:
    """Whether there is another heading of the same kind under the same parent."""
    return any(
        other is not heading and len(heading_text(other).split()) >= _MIN_HEADLINE_WORDS
        for other in islice(heading.getparent().iterchildren(heading.tag), _MAX_LOOK)
    )


def _read_opening(heading: Element | None, start: Element) -> _Opening | None:
    """Reads the lines after a heading (without one: from the beginning of `start`) up to the first
    paragraph of at least MIN_PROSE characters, inside `start` or its following siblings. None if
    there is no such paragraph.
    """
    lines: list[str] = []
    nodes: list[Element] = []  # of the lines
    for node in islice(_iter_following(heading, start), _MAX_LOOK):
        tag = node.tag
        if not isinstance(tag, str) or tag in ("script", "style", "noscript"):
            continue
        if tag in _HEADING_TAGS and node is not heading:
            break
        text = read_text(node) if tag in ("p", "li", "blockquote") else node.text
        if not text or text.isspace():
            continue
        text = " ".join(text.split())
        if len(text) >= MIN_PROSE:
            return _Opening(tuple(lines), any(map(_is_byline_element, nodes)), text)
        if text and len(text) < _MAX_LINE and len(lines) < _MAX_OPENING_LINES:
            lines.append(text)
            nodes.append(node)
    return None


def _is_byline_element(node: Element) -> bool:
    return (
        node.tag == "time"
        or node.get("rel") == "author"
        or any(
            _names_byline(f"{class_and_id(around)} {around.get('itemprop') or ''}")
            for around in (node, *islice(node.iterancestors(), 1))
        )
    )


@remember_names
def _names_byline(names: str) -> bool:
    return bool(_BYLINE_NAME.search(names))


def _iter_following(heading: Element | None, start: Element) -> Iterator[Element]:
    """Yields the elements after a heading in `start`, then those of its following siblings."""
    inside = {heading, *heading.iterdescendants()} if heading is not None else set()
    is_after = heading is None
    for node in start.iter():
        if node is heading:
            is_after = True
        elif is_after and node not in inside:
            yield node
    for sibling in start.itersiblings():
        yield from sibling.iter()


def _is_article_box(box: Element, own_ancestors: Sequence[Element]) -> bool:
    """Whether a box is marked up as an article: by its tag, by schema.org, or with the tag and
    class of a box of the page's own article.
    """
    if box.tag == "article" or "Article" in (box.get("itemtype") or ""):
        return True
    own = own_ancestors[1 : _MAX_OWN_LEVELS + 1]
    return bool(box.get("class")) and any(
        (box.tag, box.get("class")) == (other.tag, other.get("class")) for other in own
    )


def _is_linked_elsewhere(heading: Element, identity: PageIdentity) -> bool:
    """Whether the whole heading is a link to another article."""
    link = next(heading.iter("a"), None)
    link = link if link is not None else next(heading.iterancestors("a"), None)
    if link is None or identity.matches_address(link.get("href") or "") is not False:
        return False
    return len(link.text_content().strip()) >= 0.9 * len(heading.text_content().strip())


def _follows_rule(element: Element) -> bool:
    previous = element.getprevious()
    return previous is not None and previous.tag == "hr" and not (previous.tail or "").strip()


def _follows_also_read(element: Element) -> bool:
    """Whether the line before an element is a label such as `यह भी पढ़ें`."""
    previous = element.getprevious()
    text = "".join(previous.itertext()).strip() if previous is not None else ""
    return len(text) < _MAX_LINE and bool(ALSO_READ_LINE.match(text))


def _has_prose_below(element: Element) -> bool:
    """Whether an element contains at least MIN_PROSE characters of prose."""
    sizes = accumulate(_iter_prose_lengths(element))
    return any(size >= MIN_PROSE for size in sizes)


def _prose_below(element: Element) -> int:
    return sum(_iter_prose_lengths(element))


def _iter_prose_lengths(element: Element) -> Iterator[int]:
    for node in element.iter():
        if node.text and node.tag not in _UNSEEN_TAGS:
            yield _prose_length(node.text)
        if node.tail and node is not element:
            yield _prose_length(node.tail)
