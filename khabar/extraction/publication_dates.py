"""Published and modified date: collects all candidates on the page, takes the most reliable one,
reports contradictions as problems.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from khabar.extraction.boilerplate import class_and_id
from khabar.extraction.date_corrections import (
    DateKind,
    DateText,
    check_order,
    correct_zones,
    find_future,
    has_slash_date,
    is_marked_utc,
    resolve_slash_dates,
)
from khabar.extraction.datetimes import Timestamp, is_plausible, parse_timestamp
from khabar.extraction.document import Element, HtmlDocument, split_words
from khabar.extraction.jsonld import text_value
from khabar.extraction.shown_dates import (
    OTHER_CONTENT_CLASS,
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
_MAX_QUOTED = 40  # characters of a date that is quoted in a problem
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
    texts = list(_iter_texts(doc, (article, page), iter_time_tags(doc.root, headline)))
    claims, problems = _parse_texts(texts, doc.now)
    url_day = date_from_url(doc.url)
    has_slashes = has_slash_date(texts)
    if has_slashes or not _is_sufficient(claims):
        visible = list(iter_visible_dates(doc, headline))
        if has_slashes:
            certain, _ = _parse_texts(
                [text for text in texts if not has_slash_date([text])], doc.now
            )
            others = [*certain["published"], *certain["modified"], *(date for _, date in visible)]
            days = {claim.iso[:10] for claim in others} | {url_day.iso if url_day else ""}
            texts, conflicts = resolve_slash_dates(texts, days, doc.now)
            claims, problems = _parse_texts(texts, doc.now)
            problems += conflicts
        for kind, timestamp in visible:
            claims[kind].append(timestamp)
    if url_day and is_plausible(timestamp := Timestamp(url_day.iso, "day", "url"), doc.now):
        claims["published"].append(timestamp)
    if not any(claims.values()) and (guess := _guess_date(doc)):
        claims["published"].append(guess)
    for kind in _KINDS:
        problems += _find_conflicts(f"{kind}_at", claims[kind])
    return _choose_dates(claims, problems, doc.now)


def _choose_dates(
    claims: dict[DateKind, list[Timestamp]], problems: list[str], now: datetime
) -> PublicationDates:
    """Corrects the candidates by each other, chooses the most reliable ones, and adds to the
    problems what is contradictory.
    """
    claims, zone_problems = correct_zones(claims, now)
    published_claims, modified_claims = claims["published"], claims["modified"]
    first, repeat_problems = _choose_published(published_claims, modified_claims)
    last = next(iter(modified_claims), None)
    first, last, order_problems = check_order(first, last, claims)
    problems = [*repeat_problems, *problems, *zone_problems, *order_problems]
    if first is None and last is not None:
        first = Timestamp(last.iso[:10], "day", "modified")
        problems.append("published_at: only the time of an update is given")
    first = _refine_offset(_refine_day(first, published_claims), published_claims)
    problems += find_future("published_at", first, now) + find_future("modified_at", last, now)
    return PublicationDates(
        _drop_fraction(first, published_claims),
        _drop_fraction(last, modified_claims),
        tuple(problems),
    )


def _guess_date(doc: HtmlDocument) -> Timestamp | None:
    """Returns htmldate's result; None if it is the first of January, which it derives from
    copyright lines.
    """
    from htmldate import find_date  # here, as few pages need it

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


def _iter_texts(
    doc: HtmlDocument,
    nodes: Sequence[Mapping[str, Any]],
    tags: Iterable[tuple[DateKind, str]],
) -> Iterator[DateText]:
    """Yields the machine-readable dates as the page writes them, the most reliable first."""
    for kind in _KINDS:
        key = "datePublished" if kind == "published" else "dateModified"
        for node in nodes:
            if text := _number_or_text(node.get(key)):
                yield DateText(kind, "jsonld", text)
        for name in _META_NAMES[kind]:
            for text in doc.meta.get(name, ())[:1]:
                yield DateText(kind, "meta", text)
    for kind, text in tags:
        yield DateText(kind, "time", text)


def _number_or_text(value: Any) -> str | None:
    """Converts a JSON-LD date to a string: a text, or the number of seconds since 1970."""
    if isinstance(value, list):
        return next((text for text in map(_number_or_text, value[:5]) if text), None)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else text_value(value)


def _parse_texts(
    texts: Sequence[DateText], now: datetime
) -> tuple[dict[DateKind, list[Timestamp]], list[str]]:
    """Parses machine-readable dates; returns (candidates by kind, problems). The first date of each
    kind that JSON-LD or a meta tag gives and that cannot be parsed is a problem.
    """
    claims: dict[DateKind, list[Timestamp]] = {kind: [] for kind in _KINDS}
    unread: dict[DateKind, str] = {}
    for kind, origin, text in texts:
        if timestamp := parse_timestamp(text, origin, now):
            claims[kind].append(timestamp)
        elif origin != "time":
            unread.setdefault(
                kind, f"{kind}_at: {origin} {text[:_MAX_QUOTED]!r} is no plausible date"
            )
    return claims, list(unread.values())


def _is_sufficient(claims: Mapping[DateKind, Sequence[Timestamp]]) -> bool:
    """Whether the machine-readable dates suffice, so that visible ones need not be searched: both
    exist, they differ and are in order, the published one has a time, and both have a zone other
    than UTC (UTC or no zone may be a mistake, which the visible dates show).
    """
    if not claims["published"] or not claims["modified"]:
        return False
    first, last = claims["published"][0], claims["modified"][0]
    return (
        first.precision != "day"
        and first.iso != last.iso
        and first.instant <= last.instant
        and all(claim.has_zone and not is_marked_utc(claim) for claim in (first, last))
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
