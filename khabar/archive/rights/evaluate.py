"""Decides what an article may be used for, from all its rights signals and the source's permission.

Pure. The strictest signal counts, of those in force when the page was fetched and of what the site
says now, whatever their order. What cannot be read reserves. It repeats what page and site state
and is no legal advice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from khabar.archive.rights.robots_rules import parse_usage_rules
from khabar.archive.rights.signals import (
    PURPOSES,
    ArticleSignals,
    LicenseFile,
    Permission,
    Purpose,
    Reservation,
    SiteFile,
    SiteSignals,
    SiteVisit,
    UsageDecision,
    When,
)
from khabar.parsing.robots import encode_path
from khabar.parsing.rsl import evaluate_terms
from khabar.parsing.tdmrep import is_path_reserved
from khabar.parsing.usage_preferences import (
    Use,
    combine_preferences,
    parse_content_signal,
    parse_content_usage,
)

_AI: tuple[Use, ...] = ("train", "ai-input")
NEVER_ASKED = "unknown: the site was never asked"
Statement = tuple[Use, str, str]  # use, signal, where


def decide_usage(
    purpose: Purpose,
    permission: Permission,
    reservations: tuple[Reservation, ...],
    *,
    allow_unlicensed: bool = False,
) -> UsageDecision:
    """Decides how much of an article may be published for a purpose.

    A source's written permission overrides the reservations it publishes; no reservation applies
    to research. Training needs a permission, unless `allow_unlicensed`; without one only the
    metadata may be published.
    """
    if permission == "written":
        return UsageDecision("all", "the source permits it in writing")
    if reservation := next((item for item in reservations if item.use == purpose), None):
        return UsageDecision("nothing", reservation.reason, reservation.signal, reservation.where)
    if purpose == "train" and permission == "none" and not allow_unlicensed:
        return UsageDecision("metadata", "no permission of the source")
    return UsageDecision(
        "all", "openly licensed" if permission == "open" else "nothing is reserved"
    )


def decide_all(signals: ArticleSignals, permission: Permission) -> dict[Purpose, UsageDecision]:
    """Returns the decision for each purpose."""
    reservations = find_reservations(signals)
    return {purpose: decide_usage(purpose, permission, reservations) for purpose in PURPOSES}


def find_reservations(signals: ArticleSignals) -> tuple[Reservation, ...]:
    """Returns the uses that an article's page or site reserves: the page's first, then those that
    hold then and now, those of one time, and that the site was never asked. The first of a use is
    the one that decides.
    """
    times: dict[Statement, set[When]] = {}
    for statement in _iter_page_statements(signals):
        times.setdefault(statement, set()).update(("then", "now"))
    for visit in signals.visits:
        for statement in _iter_site_statements(visit, signals.pages):
            times.setdefault(statement, set()).add(visit.when)
    if all(visit.site.robots.state == "unknown" for visit in signals.visits):
        for use in _AI:
            times.setdefault((use, NEVER_ASKED, "none"), set())
    known_times = {visit.when for visit in signals.visits if visit.site != SiteSignals()}
    reservations = [
        # what holds at all times that are known is not told as of one time
        Reservation(*statement, frozenset(when if when != known_times else {"then", "now"}))
        for statement, when in times.items()
    ]
    return tuple(sorted(reservations, key=_rank_reservation))


def _rank_reservation(reservation: Reservation) -> tuple[bool, bool, int]:
    return reservation.where == "none", reservation.where != "page", -len(reservation.when)


# --- what the page says ---


def _iter_page_statements(signals: ArticleSignals) -> Iterator[Statement]:
    for page in signals.pages:
        yield from _iter_directives(page)
        if page.get("rsl_inline"):
            for use in _AI:
                yield use, "an RSL licence inside the page, which is not read", "page"
    for license_file in signals.licenses:
        yield from _iter_license_statements([license_file], signals.url, is_of_page=True)


def _iter_directives(page: Mapping[str, Any]) -> Iterator[Statement]:
    if page.get("noai"):
        for use in _AI:
            yield use, "noai", "page"
    for flag in ("noindex", "nosnippet"):
        if page.get(flag):
            yield "search", flag, "page"
    if str(page.get("tdm_reservation", "")) == "1":
        yield "train", "TDM reservation", "page"
    for key, label, parse in (
        ("content_usage", "Content-Usage", parse_content_usage),
        ("content_signal", "Content-Signal", parse_content_signal),
    ):
        # a header and a meta tag are two statements: the strictest counts
        preferences = combine_preferences(
            parse(str(page[name])) for name in (key, f"meta_{key}") if page.get(name)
        )
        for use, preference in preferences.items():
            if preference != "allowed":
                unclear = ", which is not clear" if preference == "unclear" else ""
                yield use, f"{label}{unclear}", "page"


# --- what the site says ---


def _iter_site_statements(
    visit: SiteVisit, pages: tuple[Mapping[str, Any], ...]
) -> Iterator[Statement]:
    site, path = visit.site, encode_path(visit.url)
    if _is_mining_reserved(site.tdmrep, path, pages):
        signal = "TDM reservation" if site.tdmrep.text else "tdmrep.json cannot be read"
        yield "train", signal, "tdmrep.json"
    if site.robots.state == "unreadable":
        for use in _AI:
            yield use, "robots.txt cannot be read", "robots.txt"
    elif site.robots.text:
        for use, signal in parse_usage_rules(site.robots.text).find_reserved(path):
            yield use, signal, "robots.txt"
    yield from _iter_license_statements(site.licenses, visit.url, is_of_page=False)


def _is_mining_reserved(tdmrep: SiteFile, path: str, pages: tuple[Mapping[str, Any], ...]) -> bool:
    """TDMRep: a page's own value overrides tdmrep.json of its site."""
    if any(str(page.get("tdm_reservation", "")) in ("0", "1") for page in pages):
        return False
    return tdmrep.state == "unreadable" or is_path_reserved(tdmrep.text, path)


def _iter_license_statements(
    licenses: Iterable[LicenseFile], url: str, *, is_of_page: bool
) -> Iterator[Statement]:
    where = "page" if is_of_page else "licence"
    for license_file in licenses:
        if license_file.terms is None:
            for use in _AI:
                yield use, "an RSL licence that could not be read", where
            continue
        objections = evaluate_terms(license_file.terms, url, is_of_page=is_of_page)
        for use, reason in objections.items():
            yield use, f"the RSL licence {reason}", where
