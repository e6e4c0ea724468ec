"""Live blogs: finds the segment with which each update begins, and the update's time."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any

from khabar.extraction.body import ArticleBody
from khabar.extraction.boilerplate import comparison_key
from khabar.extraction.datetimes import parse_timestamp
from khabar.extraction.document import Element, HtmlDocument
from khabar.extraction.jsonld import body_texts, nodes_of_type, text_value
from khabar.extraction.liveblog_times import (
    is_time_label,
    iter_time_labels,
    parse_time_label,
    resolve_timestamps,
)
from khabar.extraction.publication_dates import PublicationDates
from khabar.extraction.segments import Segment
from khabar.extraction.text_parts import TextPart, parse_text_parts
from khabar.hindi.india_time import IST

# Chosen by hand, not measured.
_KEY_LENGTH = 60  # letters by which the beginning of an update is recognised
_MAX_UPDATES = 2000
_MIN_KEY_LENGTH = 12  # letters: a shorter text can occur anywhere
_MIN_TIMES = 3  # fewer times on a page may be those of the article itself
_MIN_WORDS_PER_UPDATE = 12  # a timetable has fewer words after each time
_TIME_ATTRIBUTE = re.compile(
    r"^data-(?:[\w-]*-)?(?:time|timestamp|date|datetime|published|created|posted)(?:-\w+)?$"
)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?$")  # seconds or milliseconds, 2001 to 2033


@dataclass(frozen=True, slots=True)
class LiveUpdate:
    """An update in JSON-LD: its time (ISO 8601), and the comparison keys of its headline and
    text, with one of which it begins on the page.
    """

    time: str
    openings: tuple[str, ...]


def list_update_nodes(doc: HtmlDocument) -> Sequence[Mapping[str, Any]]:
    """Returns the page's JSON-LD liveBlogUpdate nodes, at most _MAX_UPDATES."""
    lists = [
        node.get("liveBlogUpdate")
        for node in nodes_of_type(doc.nodes, frozenset({"LiveBlogPosting"}))
    ]
    posts = [post for value in lists for post in (value if isinstance(value, list) else [value])]
    return [post for post in posts if isinstance(post, dict)][:_MAX_UPDATES]


def list_update_times(
    doc: HtmlDocument, body: ArticleBody, dates: PublicationDates, *, is_declared: bool = False
) -> list[str]:
    """Returns the times of a live blog's updates in page order, ISO 8601: from JSON-LD, else from
    <time> elements.

    With `is_declared` (URL or headline call the page a live blog), also from data attributes or
    visible times.
    """
    values = [_get_date(post) for post in list_update_nodes(doc)]
    if not any(values) and body.container is not None:
        values = [node.get("datetime") for node in body.container.iter("time")]
    if len(set(values)) < _MIN_TIMES and body.container is not None and is_declared:
        values = [timestamp for _, timestamp in _find_time_elements(doc, body.container, dates)]
    timestamps = [parse_timestamp(value, "time", doc.now) for value in values]
    return list(dict.fromkeys(timestamp.iso for timestamp in timestamps if timestamp))


def has_shown_updates(doc: HtmlDocument, body: ArticleBody, dates: PublicationDates) -> bool:
    """Whether the page shows updates with times: three times, or two updates of JSON-LD and two
    times. Two times alone are those of an article's publication and change.
    """
    if body.container is None:
        return False
    times = {time for _, time in _find_time_elements(doc, body.container, dates)}
    updates = {time for _, time in _match_by_text(doc, body.segments)}
    return len(times) >= _MIN_TIMES or min(len(times), len(updates)) >= 2


def read_update_parts(doc: HtmlDocument) -> list[TextPart]:
    """Returns the headlines and texts of the updates in JSON-LD, in the order written; the first
    part of each update has its time.
    """
    result: list[TextPart] = []
    for post in list_update_nodes(doc):
        parts = [part for text in body_texts(post) for part in parse_text_parts(text)]
        headline = text_value(post.get("headline"))
        if headline and comparison_key(headline) not in (part.key for part in parts):
            parts.insert(0, TextPart(headline, "heading", 2))
        if any(part.type != "heading" for part in parts):
            time = _parse_update_time(_get_date(post), doc)
            result += [replace(parts[0], time=time), *parts[1:]]
    return result


def add_update_times(
    doc: HtmlDocument, body: ArticleBody, headline: Element | None, dates: PublicationDates
) -> ArticleBody:
    """Sets the time of each update on the segment with which it begins: from JSON-LD, else from
    the element around it. Lines that contain only a time are removed.
    """
    segments = [segment for segment in body.segments if not is_time_label(segment.text)]
    instants = set[datetime]()
    time_elements = (
        _find_time_elements(doc, body.container, dates) if body.container is not None else []
    )
    for i, timestamp in (
        *_match_by_text(doc, segments),
        *_match_by_position(time_elements, body.container, segments, headline),
    ):
        if (
            segments[i].time is None
            and (instant := datetime.fromisoformat(timestamp)) not in instants
        ):
            instants.add(instant)
            segments[i] = replace(segments[i], time=timestamp)
    return replace(body, segments=tuple(segments))


def _match_by_text(doc: HtmlDocument, segments: Sequence[Segment]) -> Iterator[tuple[int, str]]:
    """Yields (segment index, time) for each update in JSON-LD whose headline or text begins like a
    segment; each update is used once.
    """
    updates = [update for post in list_update_nodes(doc) if (update := _parse_update(post, doc))]
    for i, segment in enumerate(segments):
        match = next(
            (
                update
                for update in updates
                if segment.text and _starts_update(_text_key(segment), update)
            ),
            None,
        )
        if match:
            updates.remove(match)
            yield i, match.time


def _text_key(segment: Segment) -> str:
    """Returns a segment's comparison key without the time at its beginning."""
    match = parse_time_label(segment.text)
    return comparison_key(segment.text[match[1] :]) if match else segment.key


def _parse_update(post: Mapping[str, Any], doc: HtmlDocument) -> LiveUpdate | None:
    timestamp = _parse_update_time(_get_date(post), doc)
    keys = [
        comparison_key(text_value(post.get(name)) or "") for name in ("headline", "articleBody")
    ]
    openings = tuple(key for key in keys if len(key) >= _MIN_KEY_LENGTH)
    return LiveUpdate(timestamp, openings) if timestamp and openings else None


def _starts_update(key: str, update: LiveUpdate) -> bool:
    """Whether a segment's key is the update's headline or its beginning; a headline may begin with
    the time.
    """
    if len(key) < _MIN_KEY_LENGTH:
        return False
    return any(
        key.startswith(opening[:_KEY_LENGTH])
        or opening.startswith(key[:_KEY_LENGTH])
        or opening.endswith(key)
        for opening in update.openings
    )


def _match_by_position(
    time_elements: Sequence[tuple[Element, str]],
    container: Element,
    segments: Sequence[Segment],
    headline: Element | None,
) -> Iterator[tuple[int, str]]:
    """Yields (segment index, time): the segments in each update's element; if no segment is in one,
    the segment after each time.
    """
    update_elements = _find_update_elements(time_elements, headline)
    matches = []
    for i, segment in enumerate(segments):
        around = (segment.node, *segment.node.iterancestors())
        if time := next((update_elements[node] for node in around if node in update_elements), ""):
            matches.append((i, time))
    if matches:
        yield from matches
        return
    order = {node: i for i, node in enumerate(container.iter())} if time_elements else {}
    positions = [order.get(segment.node, 0) for segment in segments]
    # reversed: of two times before one segment, the nearer one is yielded first and is used
    for node, timestamp in reversed(time_elements):
        if (following := bisect_right(positions, order[node])) < len(segments):
            yield following, timestamp


def _find_update_elements(
    time_elements: Sequence[tuple[Element, str]], headline: Element | None
) -> dict[Element, str]:
    """Maps each update's element to its time: the largest ancestor of the time element that
    contains no other time and not the headline.
    """
    headline_ancestors = set(headline.iterancestors()) if headline is not None else set()
    timestamps_by_element: dict[Element, set[str]] = {}
    for node, timestamp in time_elements:
        for ancestor in (node, *node.iterancestors()):
            timestamps_by_element.setdefault(ancestor, set()).add(timestamp)
    result = {}
    for node, timestamp in (
        (node, timestamp) for node, timestamp in time_elements if node not in headline_ancestors
    ):
        ancestors = takewhile(
            lambda element: (
                len(timestamps_by_element[element]) == 1 and element not in headline_ancestors
            ),
            (node, *node.iterancestors()),
        )
        for outermost in deque(ancestors, maxlen=1):
            result[outermost] = timestamp
    return result


def _find_time_elements(
    doc: HtmlDocument, container: Element, dates: PublicationDates
) -> list[tuple[Element, str]]:
    """Returns (element, time) for elements with a machine-readable time; if there are fewer than
    _MIN_TIMES, for elements that show a time before enough text.
    """
    time_elements = list(_iter_machine_times(doc, container))
    if len({timestamp for _, timestamp in time_elements}) >= _MIN_TIMES:
        return time_elements
    clock_elements = list(iter_time_labels(container))
    timestamps = resolve_timestamps(
        [label for _, label in clock_elements], dates.published_at, dates.modified_at
    )
    has_text = (
        len(container.text_content().split()) >= _MIN_WORDS_PER_UPDATE * len(timestamps)
        and len(timestamps) >= _MIN_TIMES
    )
    return (
        [(node, timestamp) for (node, _), timestamp in zip(clock_elements, timestamps, strict=True)]
        if has_text
        else time_elements
    )


def _iter_machine_times(doc: HtmlDocument, container: Element) -> Iterator[tuple[Element, str]]:
    """Yields (element, time) for <time datetime> and data attributes named as a time."""
    for node in container.iter():
        if isinstance(node.tag, str) and (
            timestamp := _parse_update_time(next(iter(_iter_time_values(node)), None), doc)
        ):
            yield node, timestamp


def _iter_time_values(node: Element) -> Iterable[str]:
    values = [node.get("datetime")] if node.tag == "time" else []
    values += [
        value
        for name, value in node.attrib.items()
        if name.startswith("data-") and _TIME_ATTRIBUTE.match(name)
    ]
    return (value for value in values if value)


def _get_date(post: Mapping[str, Any]) -> str | None:
    value = post.get("datePublished") or post.get("dateModified")
    return value if isinstance(value, str) else None


def _parse_update_time(value: str | None, doc: HtmlDocument) -> str | None:
    """Parses an ISO or epoch time to ISO 8601; None for a date without a time, which cannot
    distinguish updates.
    """
    if value and _EPOCH.fullmatch(value.strip()):
        seconds = int(value) / 1000 if len(value.strip()) > 10 else int(value)
        value = datetime.fromtimestamp(seconds, IST).isoformat()
    timestamp = parse_timestamp(value, "time", doc.now)
    return timestamp.iso if timestamp and timestamp.precision != "day" else None
