"""Removes readers' comments whose class does not name them. Comments are alike elements in a row,
each with a name and a time; a second sign is an answer button, a text field, a heading or an
abbreviated class name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from khabar.extraction.boilerplate import class_and_id
from khabar.extraction.document import Element
from khabar.hindi.dates import find_dates

_REPLY = re.compile(r"\W*(?:reply|रिप्लाई|जवाब(?:\s+(?:दें|लिखें))?|उत्तर\s+दें)\W*", re.I)
_COMMENT_CLASS = re.compile(r"(?:^|[\s_-])(?:cmn?ts?|comm?n?ts?|comments?)(?:$|[\s_-])", re.I)
_COMMENT_HEADING = re.compile(r"टिप्पणि|प्रतिक्रिया|\bcomments?\b|कमेंट", re.I)
_SENTENCE_END = re.compile(r"[।.?!]\s*$")
# All chosen by hand, not measured.
_MAX_HINTS = 20
_MAX_REPLY = 16  # characters of an answer button
_MIN_COMMENTS = 2
_MAX_COMMENTS = 500
_MAX_LEVELS = 4  # ancestors of a hint in which a row of comments is looked for
_MAX_NAME = 40  # characters of a reader's name
_MAX_TIME = 40  # characters of a time
_MAX_HEADING = 60  # characters of the heading above the comments
_MAX_ITEM_ELEMENTS = 60


def remove_comments(root: Element, headline: Element | None, now: datetime) -> None:
    """Removes rows of readers' comments below the headline from the tree."""
    own = {headline, *headline.iterancestors()} if headline is not None else set()
    seen = set[Element]()
    for hint in islice(_iter_hints(root.find("body")), _MAX_HINTS):
        around = islice((hint, *hint.iterancestors()), _MAX_LEVELS)
        beside = [
            sibling for sibling in (hint.getprevious(), hint.getnext()) if sibling is not None
        ]
        for parent in (*around, *beside, *_iter_beside_form(hint)):
            if parent in seen or parent.tag in ("body", "html"):
                continue
            seen.add(parent)
            row = _find_row(parent, own, now)
            if row and _has_second_sign(parent, row):
                for item in row:
                    item.drop_tree()


def _iter_hints(body: Element) -> Iterator[Element]:
    """Yields elements near which comments may be: text fields, classes such as cmnt-lst, answer
    buttons and headings.
    """
    fields = (
        element
        for element in body.iter("textarea", "div", "ul", "ol")
        if element.tag == "textarea" or "cm" in (element.get("class") or "")
    )
    yield from list(islice(fields, _MAX_HINTS // 2))
    for label in body.iter("a", "button", "span"):
        if (text := label.text) and len(text) <= _MAX_REPLY and _REPLY.fullmatch(text):
            yield label
    for heading in body.iter("h2", "h3", "h4", "h5", "h6"):
        if heading.text and _COMMENT_HEADING.search(heading.text):
            yield heading


def _iter_beside_form(hint: Element) -> Iterator[Element]:
    """Yields the elements beside the form around a text field."""
    form = next(hint.iterancestors("form"), None) if hint.tag == "textarea" else None
    if form is not None:
        yield from (el for el in (form.getprevious(), form.getnext()) if el is not None)


def _find_row(parent: Element, own: set[Element], now: datetime) -> list[Element]:
    """Returns the children of an element that are comments: alike, each with a name and a time."""
    rows: dict[tuple[str, str | None], list[Element]] = {}
    for child in islice(parent, _MAX_COMMENTS):
        if (
            isinstance(child.tag, str)
            and child not in own
            and child.tag in ("div", "li", "article")
        ):
            rows.setdefault((child.tag, child.get("class")), []).append(child)
    for row in rows.values():
        if len(row) >= _MIN_COMMENTS and all(_is_comment(item, now) for item in row):
            return row
    return []


def _is_comment(item: Element, now: datetime) -> bool:
    """Whether an element has a short line as a name, a time and another text, and no heading."""
    lines = [line for line in _iter_lines(item) if not _REPLY.fullmatch(line)]
    has_heading = next(item.iter("h1", "h2", "h3"), None) is not None
    if len(lines) < 3 or has_heading:
        return False
    times = [
        line for line in lines if len(line) <= _MAX_TIME and (find_dates(line, now) or ":" in line)
    ]
    names = [
        line
        for line in lines
        if line not in times and len(line) <= _MAX_NAME and not _SENTENCE_END.search(line)
    ]
    return bool(times) and bool(names)


def _iter_lines(item: Element) -> Iterator[str]:
    for node in islice(item.iter(), _MAX_ITEM_ELEMENTS):
        for text in (node.text, node.tail if node is not item else None):
            if line := " ".join((text or "").split()):
                yield line


def _has_second_sign(parent: Element, row: Sequence[Element]) -> bool:
    replies = sum(any(_REPLY.fullmatch(line) for line in _iter_lines(item)) for item in row)
    around = (parent, *islice(parent.iterancestors(), 1))
    if replies >= _MIN_COMMENTS or any(
        next(node.iter("textarea"), None) is not None for node in around
    ):
        return True
    if any(_COMMENT_CLASS.search(class_and_id(node)) for node in (parent, *row)):
        return True
    previous = row[0].getprevious() if row[0].getprevious() is not None else parent.getprevious()
    heading = " ".join(previous.itertext()) if previous is not None else ""
    return len(heading) <= _MAX_HEADING and bool(_COMMENT_HEADING.search(heading))
