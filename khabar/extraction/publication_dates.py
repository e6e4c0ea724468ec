"""Published and modified date: collects all candidates on the page, takes the most reliable one,
reports contradictions as problems.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from htmldate import find_date

from khabar.extraction.boilerplate import class_and_id
from khabar.extraction.datetimes import Timestamp, is_plausible, parse_timestamp
from khabar.extraction.document import Element, HtmlDocument, split_words
from khabar.extraction.jsonld import text_value
from khabar.extraction.shown_dates import (
    OTHER_CONTENT_CLASS,
    DateKind,
    iter_time_tags,
    iter_visible_dates,
)
from khabar.hindi.dates import date_from_url

_KINDS: tuple[DateKind, DateKind] = ("published", "modified")
_META_NAMES = {
    "published": split_words("""
        article:published_time og:article:published_time article:published og:published_time
        datepublished publish-date publish_date publishdate published_at published-date pubdate
        publication_date parsely-pub-date sailthru.date dc.date.issued dcterms.created
        dc.date.created article.published created datecreated dc.date date"""),
    "modified": split_words("""
        article:modified_time og:article:modified_time article:modified og:updated_time datemodified
        article:updated_time lastmod last-modified dcterms.modified dc.date.modified
        article.updated"""),
}
# Chosen by hand, not measured.
_MIN_CONFLICT = timedelta(minutes=1)  # a smaller difference is no contradiction
_MAX_UPDATE_AGE = timedelta(days=30)  # an update this long after publication is not expected


@dataclass(frozen=True, slots=True)
class PublicationDates:
    """The chosen dates, and contradictions between candidates as problems."""

    published_at: Timestamp | None = None
    modified_at: Timestamp | None = None
    problems: tuple[str, ...] = ()


def extract_dates(
    doc: HtmlDocument, article: Mapping[str, Any], page: Mapping[str, Any], headline: Element | None
) -> PublicationDates:
    """Extracts both dates from JSON-LD, else meta tags, <time>, visible text, the URL, and as a
    last resort htmldate. `article`, `page`: JSON-LD nodes.
    """
    tags = list(iter_time_tags(doc.root, headline))
    published_claims, modified_claims = (
        list(_iter_claims(kind, doc, (article, page), tags)) for kind in _KINDS
    )
    if not _is_sufficient(published_claims, modified_claims):
        visible = list(iter_visible_dates(doc, headline))
        published_claims += [timestamp for kind, timestamp in visible if kind == "published"]
        modified_claims += [timestamp for kind, timestamp in visible if kind == "modified"]
    if url_day := date_from_url(doc.url):
        published_claims.append(Timestamp(url_day.iso, url_day.precision, "url"))
    published_claims = [claim for claim in published_claims if is_plausible(claim, doc.now)]
    if not published_claims and not modified_claims and (guess := _guess_date(doc)):
        published_claims.append(guess)
    first, conflicts = _choose_published(published_claims, modified_claims)
    problems = [
        *conflicts,
        *_find_conflicts("published_at", published_claims),
        *_find_conflicts("modified_at", modified_claims),
    ]
    last = next(iter(modified_claims), None)
    if first is None and last is not None:
        first = Timestamp(last.iso[:10], "day", "modified")
        problems.append("published_at: only the time of an update is given")
    return PublicationDates(
        _drop_fraction(
            _refine_offset(_refine_day(first, published_claims), published_claims), published_claims
        ),
        _drop_fraction(last, modified_claims),
        tuple(problems),
    )


def _guess_date(doc: HtmlDocument) -> Timestamp | None:
    """Returns htmldate's result; None if it is the first of January, which it derives from
    copyright lines.
    """
    page = copy.deepcopy(doc.root)
    for node in list(page.iter("footer", "aside", "nav", "div", "ul", "section", "time")):
        if node.getparent() is not None and (
            node.tag in ("footer", "aside", "nav", "time")
            or OTHER_CONTENT_CLASS.search(class_and_id(node))
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
    timestamp = Timestamp(day, "day", "htmldate") if day and not day.endswith("-01-01") else None
    return timestamp if timestamp and is_plausible(timestamp, doc.now) else None


def _iter_claims(
    kind: DateKind,
    doc: HtmlDocument,
    nodes: Sequence[Mapping[str, Any]],
    tags: Sequence[tuple[DateKind, str]],
) -> Iterator[Timestamp]:
    """Yields the machine-readable candidates for one of the two dates, the most reliable first."""
    key = "datePublished" if kind == "published" else "dateModified"
    values = [("jsonld", text_value(node.get(key))) for node in nodes]
    values += [
        ("meta", value) for name in _META_NAMES[kind] for value in doc.meta.get(name, ())[:1]
    ]
    values += [("time", value) for tag_kind, value in tags if tag_kind == kind]
    for origin, value in values:
        if timestamp := parse_timestamp(value, origin, doc.now):
            yield timestamp


def _is_sufficient(
    published_claims: Sequence[Timestamp], modified_claims: Sequence[Timestamp]
) -> bool:
    """Whether the machine-readable dates suffice, so that visible ones need not be searched: both
    exist, they differ, and the published one has a time.
    """
    if not published_claims or not modified_claims:
        return False
    return (
        published_claims[0].precision != "day" and published_claims[0].iso != modified_claims[0].iso
    )


def _choose_published(
    published_claims: list[Timestamp], modified_claims: list[Timestamp]
) -> tuple[Timestamp | None, list[str]]:
    """Chooses the first candidate, except that a visible, labelled publication time is preferred to
    JSON-LD or meta tags that repeat the modification time; returns (timestamp, problems).
    """
    best = next(iter(published_claims), None)
    visible = next(
        (claim for claim in published_claims if claim.has_label and claim.precision != "day"), None
    )
    is_repeat = (
        best
        and modified_claims
        and best.origin in ("jsonld", "meta")
        and best.iso == modified_claims[0].iso
    )
    if (
        best
        and visible
        and is_repeat
        and _MIN_CONFLICT <= best.instant - visible.instant < _MAX_UPDATE_AGE
    ):
        return visible, [
            f"published_at: {best.origin} {best.iso} repeats the update; "
            f"the page shows {visible.iso}"
        ]
    return best, []


def _refine_day(best: Timestamp | None, claims: list[Timestamp]) -> Timestamp | None:
    """If the date has no time, returns a candidate with a time on the same day, if there is one."""
    if best is None or best.precision != "day":
        return best
    return next(
        (claim for claim in claims if claim.precision != "day" and claim.iso[:10] == best.iso), best
    )


def _refine_offset(best: Timestamp | None, claims: list[Timestamp]) -> Timestamp | None:
    """If the offset is +05:30, which is assumed for times without one, and another candidate has
    the same local time with another explicit offset, returns that candidate.
    """
    if best is None or not best.iso.endswith("+05:30"):
        return best
    candidates = (
        claim
        for claim in claims
        if claim.iso[:19] == best.iso[:19] and re.search(r"[+-](?!00:00)\d\d:\d\d$", claim.iso)
    )
    return next((claim for claim in candidates if not claim.iso.endswith("+05:30")), best)


def _drop_fraction(best: Timestamp | None, claims: list[Timestamp]) -> Timestamp | None:
    """If the time has a fraction of a second, returns the same candidate without it, if any."""
    if best is None or "." not in best.iso:
        return best
    whole_second = re.sub(r"\.\d+", "", best.iso)
    return next((claim for claim in claims if claim.iso == whole_second), best)


def _find_conflicts(name: str, claims: list[Timestamp]) -> list[str]:
    """Reports JSON-LD and meta tags (or one of them and <time>) that differ by over a minute."""
    by_origin = {
        claim.origin: claim
        for claim in reversed(claims)
        if claim.origin in ("jsonld", "meta", "time")
    }
    first_claim = by_origin.get("jsonld") or by_origin.get("meta")
    second_claim = by_origin.get("meta") if "jsonld" in by_origin else by_origin.get("time")
    if (
        first_claim is None
        or second_claim is None
        or first_claim is second_claim
        or "day" in (first_claim.precision, second_claim.precision)
    ):
        return []
    difference = abs(first_claim.instant - second_claim.instant)
    if difference < _MIN_CONFLICT:
        return []
    first, second = (f"{claim.origin} {claim.iso}" for claim in (first_claim, second_claim))
    return [f"{name}: {first} != {second}"]
