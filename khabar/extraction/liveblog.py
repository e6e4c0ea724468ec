"""The updates of a live blog: which piece opens each, and when it was written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any

from khabar.extraction.body import Body
from khabar.extraction.boilerplate import squeezed
from khabar.extraction.dates import Times
from khabar.extraction.datetimes import IST, normal_time
from khabar.extraction.document import Document, Element
from khabar.extraction.jsonld import of_type, text_of
from khabar.extraction.liveblog_times import dated, is_stamp, opening, shown
from khabar.extraction.segments import Piece

_LIKE = 60  # characters by which the beginning of an update is known
_MOST = 2000  # updates
_LEAST = 12  # fewer may stand anywhere
_FEW = 3  # moments: fewer may be the article's own
_SAYS = 12  # words of an update; a timetable has fewer behind its clocks
_STAMP = re.compile(r"^data-(?:[\w-]*-)?(?:time|timestamp|date|datetime|published|created|posted)(?:-\w+)?$")
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?$")  # seconds or milliseconds, 2001 to 2033


@dataclass(frozen=True, slots=True)
class Told:
    """One update as JSON-LD tells it: its moment, and the squeezed words it may begin with."""

    time: str
    openings: tuple[str, ...]


def posts(doc: Document) -> Sequence[Mapping[str, Any]]:
    """The liveBlogUpdate nodes of a page."""
    found = [node.get("liveBlogUpdate") for node in of_type(doc.nodes, frozenset({"LiveBlogPosting"}))]
    many = [post for value in found for post in (value if isinstance(value, list) else [value])]
    return [post for post in many if isinstance(post, dict)][:_MOST]


def live_updates(doc: Document, body: Body, times: Times, *, named: bool = False) -> list[str]:
    """The times of a live blog's updates, in the page's order, ISO 8601: by JSON-LD, else by <time> elements.

    `named`: address or headline say it is one; then a moment in a data attribute counts too, or a clock it shows.
    """
    said = [_date_of(post) for post in posts(doc)]
    if not any(said) and body.scope is not None:
        said = [node.get("datetime") for node in body.scope.iter("time")]
    if len(set(said)) < _FEW and body.scope is not None and named:
        said = [moment for _, moment in _all_marks(doc, body.scope, times)]
    moments = [normal_time(value, "time", doc.now) for value in said]
    return list(dict.fromkeys(moment.iso for moment in moments if moment))


def timed(doc: Document, body: Body, headline: Element | None, times: Times) -> Body:
    """The body with the time of each update on the piece that opens it: by JSON-LD, else by the element around it.

    A line that only shows the clock is that time, no text.
    """
    pieces, seen = [piece for piece in body.pieces if not is_stamp(piece.text)], set[datetime]()
    marks = _all_marks(doc, body.scope, times) if body.scope is not None else []
    for at, moment in (*_by_words(doc, pieces), *_by_place(marks, body.scope, pieces, headline)):
        if pieces[at].time is None and (instant := datetime.fromisoformat(moment)) not in seen:
            seen.add(instant)
            pieces[at] = replace(pieces[at], time=moment)
    return replace(body, pieces=tuple(pieces))


def _by_words(doc: Document, pieces: Sequence[Piece]) -> Iterator[tuple[int, str]]:
    """(place, moment) of each update whose headline or first words are a piece's. Each piece opens one update."""
    waiting = [told for post in posts(doc) if (told := _told(post, doc))]
    for at, piece in enumerate(pieces):
        found = next((told for told in waiting if piece.text and _opens(_words_of(piece), told)), None)
        if found:
            waiting.remove(found)
            yield at, found.time


def _words_of(piece: Piece) -> str:
    """What a piece says, without the clock it may begin with."""
    begun = opening(piece.text)
    return squeezed(piece.text[begun[1] :]) if begun else piece.key


def _told(post: Mapping[str, Any], doc: Document) -> Told | None:
    moment = _moment(_date_of(post), doc)
    said = [squeezed(text_of(post.get(name)) or "") for name in ("headline", "articleBody")]
    openings = tuple(words for words in said if len(words) >= _LEAST)
    return Told(moment, openings) if moment and openings else None


def _opens(key: str, told: Told) -> bool:
    """Whether a piece is the update's headline or its beginning; a headline may carry the clock before it."""
    if len(key) < _LEAST:
        return False
    return any(key.startswith(words[:_LIKE]) or words.startswith(key[:_LIKE]) or words.endswith(key)
               for words in told.openings)  # fmt: skip


def _by_place(
    marks: Sequence[tuple[Element, str]], scope: Element, pieces: Sequence[Piece], headline: Element | None
) -> Iterator[tuple[int, str]]:
    """(place, moment): the first piece in an update's own element; where times stand between pieces, the next one."""
    own = _own(marks, headline)
    inside = [(at, told) for at, piece in enumerate(pieces) if (told := _around(piece.node, own))]
    if inside:
        yield from inside
        return
    order = {node: at for at, node in enumerate(scope.iter())} if marks else {}
    places = [order.get(piece.node, 0) for piece in pieces]
    for node, moment in reversed(marks):  # of two before one piece the nearer is its own
        if (behind := bisect_right(places, order[node])) < len(pieces):
            yield behind, moment


def _own(marks: Sequence[tuple[Element, str]], headline: Element | None) -> dict[Element, str]:
    """For each mark the largest element around it that holds no other moment and not the page's headline."""
    above = set(headline.iterancestors()) if headline is not None else set()
    held: dict[Element, set[str]] = {}
    for node, moment in marks:
        for holder in (node, *node.iterancestors()):
            held.setdefault(holder, set()).add(moment)
    own = {}
    for node, moment in ((node, moment) for node, moment in marks if node not in above):
        around = takewhile(lambda one: len(held[one]) == 1 and one not in above, (node, *node.iterancestors()))
        for outermost in deque(around, maxlen=1):
            own[outermost] = moment
    return own


def _around(node: Element, own: Mapping[Element, str]) -> str | None:
    return next((own[one] for one in (node, *node.iterancestors()) if one in own), None)


def _all_marks(doc: Document, scope: Element, times: Times) -> list[tuple[Element, str]]:
    """Elements that carry a moment, for machines; where few do, those that show a clock before some words."""
    marks = list(_marks(doc, scope))
    if len({moment for _, moment in marks}) >= _FEW:
        return marks
    clocks = list(shown(scope))
    moments = dated([stamp for _, stamp in clocks], times.published, times.modified)
    told = len(scope.text_content().split()) >= _SAYS * len(moments) and len(moments) >= _FEW
    return [(node, moment) for (node, _), moment in zip(clocks, moments, strict=True)] if told else marks


def _marks(doc: Document, scope: Element) -> Iterator[tuple[Element, str]]:
    """Elements that carry a moment for machines: <time datetime>, or a data attribute named as one."""
    for node in scope.iter():
        if isinstance(node.tag, str) and (moment := _moment(next(iter(_said(node)), None), doc)):
            yield node, moment


def _said(node: Element) -> Iterable[str]:
    values = [node.get("datetime")] if node.tag == "time" else []
    values += [value for name, value in node.attrib.items() if name.startswith("data-") and _STAMP.match(name)]
    return (value for value in values if value)


def _date_of(post: Mapping[str, Any]) -> str | None:
    value = post.get("datePublished") or post.get("dateModified")
    return value if isinstance(value, str) else None


def _moment(value: str | None, doc: Document) -> str | None:
    """A moment of the day as ISO 8601; a bare date tells no update from another."""
    if value and _EPOCH.fullmatch(value.strip()):
        seconds = int(value) / 1000 if len(value.strip()) > 10 else int(value)
        value = datetime.fromtimestamp(seconds, IST).isoformat()
    told = normal_time(value, "time", doc.now)
    return told.iso if told and told.precision != "day" else None
