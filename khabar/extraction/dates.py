"""When the article was published and changed: every claim the page makes, the best one taken, quarrels named."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from htmldate import find_date

from khabar.extraction.boilerplate import names_of
from khabar.extraction.datetimes import Moment, normal_time, possible
from khabar.extraction.document import Document, Element, listed
from khabar.extraction.jsonld import text_of
from khabar.extraction.shown_dates import NOT_OURS, Kind, time_tags, visible_dates
from khabar.hindi.dates import url_date

_KINDS: tuple[Kind, Kind] = ("published", "modified")
_META = {
    "published": listed("""
        article:published_time og:article:published_time article:published og:published_time datepublished publish-date
        publish_date publishdate published_at published-date pubdate publication_date parsely-pub-date sailthru.date
        dc.date.issued dcterms.created dc.date.created article.published created datecreated dc.date date"""),
    "modified": listed("""
        article:modified_time og:article:modified_time article:modified og:updated_time datemodified
        article:updated_time lastmod last-modified dcterms.modified dc.date.modified article.updated"""),
}


@dataclass(frozen=True, slots=True)
class Times:
    published: Moment | None = None
    modified: Moment | None = None
    problems: tuple[str, ...] = ()


def read_times(doc: Document, article: Mapping[str, Any], page: Mapping[str, Any], headline: Element | None) -> Times:
    """Published and modified, by JSON-LD → meta → <time> → visible text → URL."""
    tags = list(time_tags(doc.root, headline))
    published, modified = (list(_claims(kind, doc, (article, page), tags)) for kind in _KINDS)
    if not _suffices(published, modified):
        shown = list(visible_dates(doc, headline))
        published += [moment for kind, moment in shown if kind == "published"]
        modified += [moment for kind, moment in shown if kind == "modified"]
    if link := url_date(doc.url):
        published.append(Moment(link.iso, link.precision, "url"))
    published = [one for one in published if possible(one, doc.now)]
    if not published and not modified and (guess := _guessed(doc)):
        published.append(guess)
    first, said = _first_shown(published, modified)
    problems = [*said, *_quarrels("published_at", published), *_quarrels("modified_at", modified)]
    last = next(iter(modified), None)
    if first is None and last is not None:
        first = Moment(last.iso[:10], "day", "modified")
        problems.append("published_at: only the time of an update is given")
    return Times(
        _plainest(_zoned(_sharper(first, published), published), published), _plainest(last, modified), tuple(problems)
    )


def _guessed(doc: Document) -> Moment | None:
    """htmldate's word, the last resort; the first of January is what it makes of a copyright line."""
    page = copy.deepcopy(doc.root)
    for node in list(page.iter("footer", "aside", "nav", "div", "ul", "section", "time")):
        if node.getparent() is not None and (
            node.tag in ("footer", "aside", "nav", "time") or NOT_OURS.search(names_of(node))
        ):
            node.drop_tree()
    try:
        day = find_date(
            page,
            original_date=True,
            extensive_search=False,
            outputformat="%Y-%m-%d",
            max_date=doc.now.strftime("%Y-%m-%d"),
        )
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    moment = Moment(day, "day", "htmldate") if day and not day.endswith("-01-01") else None
    return moment if moment and possible(moment, doc.now) else None


def _claims(
    kind: Kind,
    doc: Document,
    told: Sequence[Mapping[str, Any]],
    tags: Sequence[tuple[Kind, str]],
) -> Iterator[Moment]:
    """All that is claimed of one of the two for machines, the most trusted first."""
    key = "datePublished" if kind == "published" else "dateModified"
    said = [("jsonld", text_of(node.get(key))) for node in told]
    said += [("meta", value) for name in _META[kind] for value in doc.meta.get(name, ())[:1]]
    said += [("time", value) for one, value in tags if one == kind]
    for how, value in said:
        if moment := normal_time(value, how, doc.now):
            yield moment


def _suffices(published: Sequence[Moment], modified: Sequence[Moment]) -> bool:
    """Whether machines are told so much that no look at the page is needed: both times, to the minute, and apart."""
    if not published or not modified:
        return False
    return published[0].precision != "day" and published[0].iso != modified[0].iso


def _first_shown(published: list[Moment], modified: list[Moment]) -> tuple[Moment | None, list[str]]:
    """The best claim; but a first publication the page shows wins over JSON-LD that repeats the update."""
    best = next(iter(published), None)
    shown = next((one for one in published if one.labelled and one.precision != "day"), None)
    repeated = best and modified and best.how in ("jsonld", "meta") and best.iso == modified[0].iso
    if best and shown and repeated and timedelta(minutes=1) <= best.instant - shown.instant < timedelta(days=30):
        return shown, [f"published_at: {best.how} {best.iso} repeats the update; the page shows {shown.iso}"]
    return best, []


def _sharper(best: Moment | None, claims: list[Moment]) -> Moment | None:
    """A day is sharpened by a later claim that gives the time of that same day."""
    if best is None or best.precision != "day":
        return best
    return next((one for one in claims if one.precision != "day" and one.iso[:10] == best.iso), best)


def _zoned(best: Moment | None, claims: list[Moment]) -> Moment | None:
    """A clock without an offset was read as Indian; where another claim has the same clock and an offset, that one."""
    if best is None or not best.iso.endswith("+05:30"):
        return best
    same = (one for one in claims if one.iso[:19] == best.iso[:19] and re.search(r"[+-](?!00:00)\d\d:\d\d$", one.iso))
    return next((one for one in same if not one.iso.endswith("+05:30")), best)


def _plainest(best: Moment | None, claims: list[Moment]) -> Moment | None:
    """Of several spellings of the same second and offset the one without a fraction."""
    if best is None or "." not in best.iso:
        return best
    bare = re.sub(r"\.\d+", "", best.iso)
    return next((one for one in claims if one.iso == bare), best)


def _quarrels(name: str, claims: list[Moment]) -> list[str]:
    """Where JSON-LD and meta name different moments."""
    first = {one.how: one for one in reversed(claims) if one.how in ("jsonld", "meta", "time")}
    left = first.get("jsonld") or first.get("meta")
    right = first.get("meta") if "jsonld" in first else first.get("time")
    if left is None or right is None or left is right or "day" in (left.precision, right.precision):
        return []
    apart = abs(left.instant - right.instant)
    return [f"{name}: {left.how} {left.iso} != {right.how} {right.iso}"] if apart >= timedelta(minutes=1) else []
