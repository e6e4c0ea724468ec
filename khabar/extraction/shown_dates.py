"""Visible dates: <time> elements and short lines near the headline, with the kind (published or
modified) that their label gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Literal, cast

from khabar.extraction.boilerplate import class_and_id
from khabar.extraction.datetimes import MAX_DATE_LINE, Precision, Timestamp, is_plausible
from khabar.extraction.document import Element, HtmlDocument, split_words
from khabar.hindi.dates import find_dates

DateKind = Literal["published", "modified"]
_LABEL = re.compile(
    r"(?P<published>first\s+published|publish(?:ed)?(?:\s+(?:on|date|at))?|posted\s+on|created\s+on"
    r"|प्रकाशित|पब्लिश)"
    r"|(?P<modified>last\s+updated|updated?(?:\s+(?:on|at))?|modified|अपडेटेड|अपडेट|संशोधित)",
    re.I,
)
_DATE_HINT = re.compile(r"[\d०-९]{4}|[\d०-९]{1,2}\s*[:.]\s*[\d०-९]{2}|पहले|\bago\b")
_DATE_TAGS = split_words("div span p li td small strong h4 h5 h6 time em font b")
_BLOCK_TAGS = frozenset(
    split_words(
        "div p ul ol table script style h1 h2 h3 h4 h5 h6 section article header figure blockquote"
    )
)
_SENTENCE = re.compile(
    r"[।?!](?:\s|$)|\s(?:ने|को|में|से|का|के|की|है|हैं|था|थे|थी|कि|लिए|the|was|were|is|has|have)\s", re.I
)
# Chosen by hand, not measured.
_MAX_LABEL_OFFSET = 40  # characters at the beginning of a line that can contain its label
_MAX_LEVELS = 8  # ancestors of the headline in which dates are looked for
_MAX_TIME_TAGS = 6  # <time> elements that are used
_DIGIT = re.compile(r"\d")
OTHER_CONTENT_CLASS = re.compile(
    r"comment|related|sidebar|rhs|recommend|popular|trending|footer|also|card|teaser|latest|more-"
    r"|menu|next",
    re.I,
)


def iter_time_tags(root: Element, headline: Element | None) -> Iterator[tuple[DateKind, str]]:
    """Yields (kind, text) of the <time> and itemprop date elements in the smallest ancestor of the
    headline that has any.
    """
    for ancestor in _iter_containers(root, headline):
        nodes = [
            node
            for node in ancestor.iter("time", "abbr", "span", "div", "p")
            if _is_time_tag(node) and _is_own_date(node, ancestor)
        ]
        if nodes:
            for node in nodes[:_MAX_TIME_TAGS]:
                yield (
                    _classify_tag(node),
                    node.get("datetime")
                    or node.get("content")
                    or node.get("title")
                    or node.text_content(),
                )
            return


def _is_time_tag(node: Element) -> bool:
    return node.tag == "time" or node.get("itemprop") in (
        "datePublished",
        "dateModified",
        "dateCreated",
    )


def _classify_tag(node: Element) -> DateKind:
    """Returns the kind of a date element by its class, id or itemprop, else by the label in it or
    directly before it.
    """
    names = f"{class_and_id(node)} {node.get('itemprop') or ''}".lower()
    if re.search(r"publish|entry-date|created", names):
        return "published"
    previous = node.getprevious()
    before = previous.text_content()[-30:] if previous is not None else ""
    label = _LABEL.search(f"{before} {node.text_content()}")
    return (
        "modified"
        if re.search(r"modif|updat", names) or (label and label["modified"])
        else "published"
    )


def _iter_containers(root: Element, headline: Element | None) -> Iterator[Element]:
    """Yields the headline's ancestors up to the body; only the body if there is no headline."""
    body = root.find("body")
    if headline is None:
        yield body
        return
    for ancestor in headline.iterancestors():
        if ancestor.tag != "html":
            yield ancestor


def _is_own_date(node: Element, ancestor: Element) -> bool:
    """Whether no element from the node up to `ancestor` is a comment, a card or a sidebar."""
    for parent in (node, *node.iterancestors()):
        if parent is ancestor:
            return True
        if parent.tag in ("aside", "nav", "footer", "li", "a") or _is_other_content(
            class_and_id(parent)
        ):
            return False
    return True


@lru_cache(maxsize=4096)  # a site uses few different class names
def _is_other_content(names: str) -> bool:
    return bool(OTHER_CONTENT_CLASS.search(names))


def iter_visible_dates(
    doc: HtmlDocument, headline: Element | None
) -> Iterator[tuple[DateKind, Timestamp]]:
    """Yields (kind, timestamp) of the dates in short lines near the headline; from further away
    only labelled publication dates.
    """
    dates: list[tuple[DateKind, Timestamp]] = []
    seen: set[Element] = set()
    for ancestor in list(_iter_containers(doc.root, headline))[:_MAX_LEVELS]:
        new_dates = [
            date
            for line in _iter_date_lines(ancestor, headline, seen)
            for date in _parse_date_line(line, doc.now)
        ]
        if dates:
            new_dates = [date for date in new_dates if date[0] == "published" and date[1].has_label]
        dates += [date for date in new_dates if date not in dates]
        if any(kind == "published" and timestamp.has_label for kind, timestamp in dates):
            break
    yield from dates


def _iter_date_lines(
    ancestor: Element, headline: Element | None, seen: set[Element]
) -> Iterator[str]:
    """Yields the short lines with a date below `ancestor`, with the label before them; skips the
    elements in `seen` and adds the others to it.
    """
    for node in ancestor.iter(*_DATE_TAGS):
        if node in seen:
            continue
        seen.add(node)
        text = _direct_text(node) if node is not headline else ""
        # a cheap test first, for speed
        if not (_DIGIT.search(text) or "पहले" in text or "ago" in text.lower()):
            continue
        text = " ".join(text.split())
        if (
            6 <= len(text) <= MAX_DATE_LINE
            and _DATE_HINT.search(text)
            and not _is_narrative(text)
            and _is_own_date(node, ancestor)
        ):
            yield text if _LABEL.search(text) else f"{_find_label_before(node)} {text}".strip()


def _is_narrative(line: str) -> bool:
    """Whether a line is a sentence that mentions a date, not the date of the page."""
    label = _LABEL.search(line[:_MAX_LABEL_OFFSET])
    return label is None and bool(_SENTENCE.search(line))


def _direct_text(node: Element) -> str:
    """Returns the text of an element without that of block elements inside it."""
    if not len(node):
        return node.text or ""
    parts = [node.text or ""]
    for child in node:
        parts += [
            "" if child.tag in _BLOCK_TAGS else child.text_content(),
            child.tail or "",
        ]
    return " ".join(parts)


def _find_label_before(node: Element) -> str:
    """Returns the label (`Updated :`) directly before the element with the date, else ''."""
    previous = node.getprevious()
    text = (
        node.getparent().text or ""
        if previous is None
        else f"{previous.text_content()[-60:]}{previous.tail or ''}"
    )
    labels = list(_LABEL.finditer(text[-60:]))
    return (
        labels[-1].group()
        if labels and re.fullmatch(r"[\s:：|\-–]*", text[-60:][labels[-1].end() :])
        else ""
    )


def _parse_date_line(line: str, now: datetime) -> list[tuple[DateKind, Timestamp]]:
    """Returns (kind, timestamp) of the first date after each label, and before the first one."""
    labels = list(_LABEL.finditer(line))
    edges = [0, *(label.start() for label in labels), len(line)]
    kinds: list[DateKind | None] = [None]
    kinds += ["published" if label["published"] else "modified" for label in labels]
    dates: list[tuple[DateKind, Timestamp]] = []
    for kind, start, end in zip(kinds, edges, edges[1:], strict=False):
        for date in find_dates(line[start:end], now)[:1]:
            # a relative time ("2 घंटे पहले") depends on when the page was fetched: only its day
            # is used
            iso, precision = (date.iso[:10], "day") if date.relative else (date.iso, date.precision)
            timestamp = Timestamp(
                iso, cast(Precision, precision), "visible", has_label=kind is not None
            )
            if is_plausible(timestamp, now):
                dates.append((kind or "published", timestamp))
    return dates
