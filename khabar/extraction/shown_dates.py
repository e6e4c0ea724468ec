"""Visible dates: <time> elements and short lines near the headline, with the kind (published or
modified) that their label gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import cast

from lxml import etree

from khabar.extraction.boilerplate import class_and_id
from khabar.extraction.date_corrections import DateKind
from khabar.extraction.datetimes import MAX_DATE_LINE, Precision, Timestamp, is_plausible
from khabar.extraction.document import (
    Element,
    HtmlDocument,
    is_shorter_than,
    read_text,
    split_words,
)
from khabar.extraction.memory import remember_names
from khabar.hindi.dates import find_dates

_LABEL = re.compile(
    r"(?P<published>first\s+published|publish(?:ed)?(?:\s+(?:on|date|at))?|posted\s+on|created\s+on"
    r"|प्रकाशित|पब्लिश)"
    r"|(?P<modified>last\s+updated|updated?(?:\s+(?:on|at))?|modified|अपडेटेड|अपडेट|संशोधित)",
    re.I,
)
_PUBLISHED_WORDS = split_words("publish posted created प्रकाशित पब्लिश")  # one in each such label
# In UTF-8, which is put into lower case twenty times as fast as a string; and the letters that are
# no ASCII and become letters of these words when they are folded.
_PUBLISHED_BYTES = tuple(word.encode() for word in _PUBLISHED_WORDS)
_FOLDED_BYTES = tuple(letter.encode() for letter in "ſﬅﬆẖ")
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
_MIN_DATE_DIGITS = 6  # of an attribute with a date: 28 Nov 2026
_MAX_TIME_TAGS = 6  # <time> elements that are used
_DIGIT = re.compile(r"\d")
_DATE_PART = re.compile(r"\d|पहले|ago")  # each date has one of these
OTHER_CONTENT_CLASS = re.compile(
    r"comment|related|sidebar|rhs|recommend|popular|trending|footer|also|card|teaser|latest|more-"
    r"|menu|next",
    re.I,
)


# Attributes with a machine-readable date, also of elements other than <time>.
_TIME_ATTRIBUTES = split_words("""
    datetime data-datetime data-date-time data-timestamp data-time data-date data-epoch data-unix
    data-published data-publish-date data-published-at data-pubdate data-utc data-utc-time data-gmt
    data-datestring""")
_SIGNS_OF_DATES = frozenset({*_TIME_ATTRIBUTES, "itemprop"})
_ITEMPROPS = ("datePublished", "dateModified", "dateCreated")
_DATE_CLASS = re.compile(r"date|time|publish|update|posted|ago\b", re.I)
_LOCAL_TIME_CLASS = re.compile(r"local[-_]?time|utc|gmt", re.I)  # a script converts it from UTC
_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d|UTC|GMT|IST)\s*$|^\d+$", re.I)


def iter_time_tags(root: Element, headline: Element | None) -> Iterator[tuple[DateKind, str]]:
    """Yields (kind, text) of the <time> elements, itemprop dates and visible dates with a
    machine-readable attribute in the smallest ancestor of the headline that has any.
    """
    seen: set[Element] = set()
    for ancestor in _iter_containers(root, headline):
        nodes = [node for node in ancestor.iter("abbr", *_DATE_TAGS) if node not in seen]
        seen.update(nodes)
        texts = [
            (_classify_tag(node), text)
            for node in nodes
            if (node.tag == "time" or not _SIGNS_OF_DATES.isdisjoint(node.keys()))
            and _is_own_date(node, ancestor)
            and (text := _read_time_tag(node)) is not None
        ]
        if texts:
            yield from texts[:_MAX_TIME_TAGS]
            return


def _read_time_tag(node: Element) -> str | None:
    """Returns the date of a date element as written. None for an element whose attribute is the
    only sign of a date: neither its class nor its text gives one.
    """
    is_date_element = node.tag == "time" or node.get("itemprop") in _ITEMPROPS
    names = ("datetime", "content", "title") if is_date_element else ()
    text: str | None = next((value for name in names if (value := node.get(name))), None)
    if text:
        return text
    for name in _TIME_ATTRIBUTES:
        text = node.get(name) or ""
        if len(_DIGIT.findall(text[:MAX_DATE_LINE])) < _MIN_DATE_DIGITS:
            continue
        shown = node.text_content() if is_shorter_than(node, MAX_DATE_LINE) else ""
        classes = class_and_id(node)
        if not (
            is_date_element
            or _DATE_CLASS.search(classes)
            or _LABEL.search(shown)
            or _DATE_HINT.search(shown)
        ):
            continue
        is_utc = "utc" in name or "gmt" in name or bool(_LOCAL_TIME_CLASS.search(classes))
        return f"{text} UTC" if is_utc and not _ZONE.search(text) else text
    return str(node.text_content()) if is_date_element else None


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


@remember_names
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
        has_label = any(kind == "published" and timestamp.has_label for kind, timestamp in dates)
        if has_label or (dates and not _has_published_label(doc.root)):
            break
    yield from dates


def _has_published_label(root: Element) -> bool:
    """Whether any text of the page has a word of a publication date's label, whatever its case."""
    text = etree.tostring(root.find("body"), method="text", encoding="utf-8", with_tail=False)
    if any(map(text.lower().__contains__, _PUBLISHED_BYTES)):
        return True
    if not any(letter[:1] in text and letter in text for letter in _FOLDED_BYTES):
        return False  # one byte is found much faster than two
    folded = text.decode().casefold()
    return any(word in folded for word in _PUBLISHED_WORDS)


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
        if len(text) < 6 or not _DATE_PART.search(text):
            continue  # most elements; a quick check, for speed
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
        if child.tag not in _BLOCK_TAGS:
            parts.append(read_text(child))
        if tail := child.tail:
            parts.append(tail)
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
                iso, cast(Precision, precision), "visible", kind is not None, date.has_zone
            )
            if is_plausible(timestamp, now):
                dates.append((kind or "published", timestamp))
    return dates
