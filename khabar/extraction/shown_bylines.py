"""Visible bylines: elements that name the article's author, by their link, class or wording, and
where on the page they are.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlsplit

from khabar.extraction.boilerplate import MIN_PROSE, class_and_id, comparison_key
from khabar.extraction.document import Element, is_shorter_than, split_words
from khabar.extraction.memory import remember_names
from khabar.hindi.names import is_other_credit, parse_byline
from khabar.hindi.places import is_place
from khabar.hindi.text import clean_text

_AUTHOR_CLASS = re.compile(
    r"\bauthor|author\b|auther|by-?line|\breporter\b|writer|written-?by|editor-?name|post-?by"
    r"|posted-?by",
    re.I,
)
_NOT_AUTHOR_CLASS = re.compile(
    r"bio|about|box|card|social|follow|comment|related|desc|image|pic|avatar|more|list", re.I
)
_AUTHOR_URL = re.compile(r"/(?:byline|authors?|reporter|editor|profile|writer)s?/")
_BYLINE_TAGS = split_words("a span div p td li strong address h3 h4 h5 cite b")
# URLs, captions and slugs
_NOT_A_NAME = re.compile(r"[:@|]|^[a-z]+(?:[- ][a-z]+)*$|https?|©")
_SOCIAL_LABELS = frozenset(
    split_words(
        "facebook twitter x instagram youtube linkedin whatsapp telegram email rss share follow"
    )
)
_BY = re.compile(
    r"\s*(?:by|written\s+by|reported\s+by|लेखक|रिपोर्ट(?:र)?"
    r"|द्वारा)\s*[:：\-–]?\s+(?P<name>\S.{2,60})$",
    re.I,
)
# "नाम / जगह 3 नवंबर …", "नाम / जगह February 14, …": a Latin word between place and day is a month
_NAME_SLASH_PLACE = re.compile(
    r"(?P<name>[^/\d]{3,60})\s*/\s*(?P<place>[^\d/]{2,40}?)\s*[,।|]?\s+"
    r"(?:[A-Za-z]{3,9}\s+)?[\d०-९]{1,2}\b"
)
# Each signature contains one of these.
_SIGNATURE_HINT = re.compile(r"by|लेखक|रिपोर्ट|द्वारा|/", re.I)
# "लखनऊ से क ख की रिपोर्ट"
_REPORT_FROM = re.compile(
    r"(?P<place>\S{2,20}(?:\s\S{2,20})?)\sसे\s\S.{2,50}\sकी\s(?:\S{1,15}\s)?रिपोर्ट"
)
_EDITOR_BEHIND = re.compile(r"\s{0,3}\(\s?(?:संपादन|संपादक|अनुवाद|edit)", re.I)
# Elements about other stories, or by others: one sign of two.
_OTHER_CLASS = re.compile(
    r"comment|related|sidebar|recommend|footer|popular|also-?_?read|read-?_?also|sponsor|promo"
    r"|taboola|outbrain|trending|latest|teaser|aside|next-?_?(?:story|post|article)",
    re.I,
)
_CARD_CLASS = re.compile(r"card|collection|widget|\bmore|list", re.I)
_HEADINGS = split_words("h1 h2 h3 h4 h5 h6")
_PROSE_TAGS = frozenset(split_words("p div span font td section article"))
# How much of the page is searched; chosen by hand, not measured.
_MAX_BYLINE_LEVELS = 7  # ancestors of the headline in which a byline is looked for
_MAX_CANDIDATES = 50  # elements that are marked as bylines
_MAX_BYLINE_TEXT = 160  # characters of an element that is a byline, with dates and labels
_MAX_NAME = 90  # characters of the names in it
_MAX_LABEL_LEVELS = 3  # ancestors in which the label before a name is looked for
_MAX_CREDITS_TEXT = 200  # characters of the element with all credits
_MIN_LINKED_HEADLINE = 25  # characters of a link that is the headline of another story
_MAX_CARD = 400  # characters of an element about another story
_STORY_HAS_BEGUN = 2  # long paragraphs after the headline; one may be the standfirst
_MAX_STATEMENT = 600  # characters of a paragraph that is examined; by hand, not measured
_MIN_STATEMENT_WORDS = 7  # besides the name, of a sentence; a byline has fewer; by hand


def find_visible_names(headline: Element | None) -> Iterator[str]:
    """Yields the texts of the byline elements in the smallest ancestor of the headline that has
    any. A byline is between headline and story, or in the flow of the story; what is in an element
    about another story, or in an advertisement, is none.
    """
    if headline is None:
        return
    # the ancestors contain one another: each element is examined once
    text_by_node: dict[Element, str | None] = {}
    for ancestor in islice(headline.iterancestors(), _MAX_BYLINE_LEVELS):
        nodes = list(ancestor.iter(*_BYLINE_TAGS))
        text_by_node |= {node: _extract_text(node) for node in nodes if node not in text_by_node}
        candidates = {node: text for node in nodes if (text := text_by_node[node])}
        candidates = dict(islice(candidates.items(), _MAX_CANDIDATES))
        if not candidates:
            continue
        layout = _map_layout(ancestor, headline)
        candidates = {
            node: text
            for node, text in candidates.items()
            if _belongs_to_article(node, ancestor, headline, layout)
        }
        outer = {parent for node in candidates for parent in node.iterancestors()}
        names = [text for node, text in candidates.items() if node not in outer]
        if names:
            yield from names
            return


def _extract_text(node: Element) -> str | None:
    """Returns the text of a byline element; None if the element is not marked as a byline, or names
    nobody, or names an editor.
    """
    has_author_link, has_author_class = _is_author_link(node), _has_author_class(node)
    if not (has_author_link or has_author_class):  # most elements
        own_text = "" if len(node) else node.text or ""
        if len(own_text) >= _MAX_BYLINE_TEXT or not _SIGNATURE_HINT.search(own_text):
            return None
    elif not is_shorter_than(node, _MAX_BYLINE_TEXT):
        return None
    parts = node.itertext() if len(node) else [node.text or ""]
    text = " ".join(clean_text(" ".join(parts)).split())
    if len(text) < 3:
        return None
    if not has_author_link and (not has_author_class or re.search(r"[।?!]", text)):
        return _match_signature(text) if len(node) == 0 else None
    if match := _BY.match(text):
        text = match["name"]
    byline = parse_byline(text)
    names = byline.authors or tuple(filter(None, (byline.desk, byline.agency)))
    is_name = names and len("".join(names)) <= _MAX_NAME and not any(map(_is_no_name, names))
    return text if is_name and not (_is_editor(node) or _is_in_statement(node)) else None


def _is_in_statement(node: Element) -> bool:
    """Whether an element is a part of a sentence of the story: its paragraph has at least as many
    words besides and ends like a statement.
    """
    paragraph = next(node.iterancestors("p", "li", "blockquote"), None)
    if paragraph is None or not is_shorter_than(paragraph, _MAX_STATEMENT):
        return False
    text = "".join(paragraph.itertext()).strip()
    words = len(text.split()) - len("".join(node.itertext()).split())
    return words >= _MIN_STATEMENT_WORDS and text.endswith(("।", ".", "?", "!"))


def _is_author_link(node: Element) -> bool:
    if node.get("rel") == "author" or node.get("itemprop") == "author":
        return True
    href = node.get("href")
    return bool(href) and (
        "/author/" in href or (node.tag == "a" and bool(_AUTHOR_URL.search(href)))
    )


def _has_author_class(node: Element) -> bool:
    names = class_and_id(node)
    return bool(names) and _is_author_class(names)


@remember_names
def _is_author_class(names: str) -> bool:
    return bool(_AUTHOR_CLASS.search(names)) and not _NOT_AUTHOR_CLASS.search(names)


def _is_no_name(name: str) -> bool:
    return bool(_NOT_A_NAME.search(name)) or name.lower() in _SOCIAL_LABELS


def _match_signature(text: str) -> str | None:
    """Returns the name in `By A B`, or name and place in `क ख / लखनऊ 3 नवंबर …` and in `लखनऊ से क ख
    की रिपोर्ट`, if the place is known.
    """
    if match := _BY.match(text):
        name = match["name"]
        return (
            name if "/" in name or not any(map(_is_no_name, parse_byline(name).authors)) else None
        )
    if match := _NAME_SLASH_PLACE.match(text):
        return f"{match['name']} / {match['place']}"
    match = _REPORT_FROM.match(text)
    return text if match and is_place(match["place"]) else None


def _is_editor(node: Element) -> bool:
    """Whether the credits of which a name is part call it an editor's: the last label before it
    does (`Edited by`), or one in brackets behind it.
    """
    following = node.getnext()
    behind = f"{node.tail or ''}{following.text or '' if following is not None else ''}"
    if _EDITOR_BEHIND.match(behind[:40]):
        return True
    before = ""
    for parent in islice(node.iterancestors(), _MAX_LABEL_LEVELS):
        if not is_shorter_than(parent, _MAX_CREDITS_TEXT):
            break
        parts = [parent.text or ""]
        for sibling in islice(parent, _MAX_CREDITS_TEXT):
            if sibling is node:
                break
            parts += [*sibling.itertext(), sibling.tail or ""]
        before = " ".join((*parts, before))
        node = parent
    return is_other_credit(" ".join(before.split()))


# --- where the byline is ---


@dataclass(frozen=True, slots=True)
class _Layout:
    """The position of each element below an ancestor of the headline, in document order."""

    positions: dict[Element, int]
    headline: int
    prose: list[int]  # of the elements with a long text of their own
    about_others: dict[Element, bool] = field(default_factory=dict)  # known for these elements


def _map_layout(ancestor: Element, headline: Element) -> _Layout:
    positions = {node: i for i, node in enumerate(ancestor.iter())}
    start = positions[headline]
    prose = [i for node, i in positions.items() if node.tag in _PROSE_TAGS and _is_prose(node)]
    return _Layout(positions, start, prose)


def _is_prose(node: Element) -> bool:
    size = len(node.text or "")
    if size < MIN_PROSE and len(node):
        size += sum(len(child.tail or "") for child in node)
    return size >= MIN_PROSE


def _belongs_to_article(
    node: Element, ancestor: Element, headline: Element, layout: _Layout
) -> bool:
    """Whether a byline element is the article's. Two signs show that it is not: a class name and a
    linked headline of another story, or a class name and a place outside of headline and story. A
    byline without link and class has to be a line beside the headline or in the story.
    """
    position = layout.positions[node]
    first = bisect_left(layout.prose, layout.headline)
    before = bisect_left(layout.prose, position) - first
    is_outside = position < layout.headline or before >= _STORY_HAS_BEGUN
    for level, box in enumerate((node, *node.iterancestors())):
        if box is ancestor:
            break
        names = class_and_id(box)
        is_other = box.tag in ("aside", "footer", "nav") or bool(_OTHER_CLASS.search(names))
        is_other |= bool(_CARD_CLASS.search(names)) and not _AUTHOR_CLASS.search(names)
        if is_other and is_outside:
            return False
        if level and box not in layout.about_others:
            layout.about_others[box] = _is_about_other_story(box, layout, is_other=is_other)
        if level and layout.about_others[box]:
            return False
        if box.tag == "a" and _is_brand_of_link(node, box.get("href") or ""):
            return False
    if _is_author_link(node) or _has_author_class(node):
        return True
    line = node if node.tag == "p" else next(node.iterancestors("p"), node)
    if position < layout.headline:
        return line.getparent() is headline.getparent()
    return before < _STORY_HAS_BEGUN or _is_beside_prose(line)


def _is_about_other_story(box: Element, layout: _Layout, *, is_other: bool) -> bool:
    """Whether an element has the linked headline of another story; if its class does not show that
    it is about another one, it also has to be small.
    """
    if not is_other and not is_shorter_than(box, _MAX_CARD):
        return False
    start = layout.positions[box]
    end = start + sum(1 for _ in box.iter())
    inside = bisect_left(layout.prose, end) - bisect_left(layout.prose, start)
    if 2 * inside > len(layout.prose) - bisect_left(layout.prose, layout.headline):
        return False  # most of the story
    headings = [link for heading in box.iter(*_HEADINGS) for link in heading.iter("a")]
    headings += [link for link in box.iter("a") if link.find("*") is not None or is_other]
    return any(
        not _is_author_link(link)
        and link.get("href")
        and len(" ".join(link.text_content().split())) >= _MIN_LINKED_HEADLINE
        for link in headings
    )


def _is_beside_prose(node: Element) -> bool:
    """Whether an element is a sibling of a long paragraph."""
    return any(
        sibling.tag == "p" and _is_prose(sibling)
        for sibling in (*node.itersiblings(), *node.itersiblings(preceding=True))
    )


def _is_brand_of_link(node: Element, href: str) -> bool:
    """Whether the name in a link is that of the linked site: `by Example` to popup.example.com."""
    try:
        labels = (urlsplit(href).hostname or "").split(".")
    except ValueError:
        return False
    text = _BY.match(node.text_content())
    return text is not None and comparison_key(text["name"]) in labels[:-1]
