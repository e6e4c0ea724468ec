"""URLs of the test sites that fail or are no article (`incidents.toml`), and the server's responses
there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from khabar.model.items import Outcome
from newsroom.editions import Item
from newsroom.media import PDF
from newsroom.responses import SiteResponse, text_response
from newsroom.sites.base import Issue, Site

Kind = Literal[
    "advert",
    "missing",
    "elsewhere",
    "hub",
    "webstory",
    "apology",
    "empty",
    "pdf",
    "gone",
    "closed",
    "trap",
    "moved",
]
DocumentKind = Literal["feed", "sitemap"]
# Pages of one sentence: status, title ("": the incident's title), text.
_SHORT_PAGES = {
    "advert": (200, "", "यह विज्ञापन का पन्ना है, इसे किसी ख़बर की तरह न पढ़ें।"),
    "webstory": (200, "", "उँगली से आगे बढ़ाइए और देखिए पहाड़ की सात सुबहें।"),
    "missing": (404, "पन्ना नहीं मिला", "जो पता आपने खोला है, वह अब यहाँ नहीं है।"),
    "trap": (404, "पन्ना नहीं मिला", "यह पता अपने आप में घूमता है।"),
    "apology": (200, "404: यह पेज नहीं मिला", "माफ़ कीजिए, आप जो ख़बर खोज रहे हैं वह हटाई जा चुकी है।"),
    "gone": (410, "ख़बर हटाई गई", "यह ख़बर वापस ले ली गई है।"),
    "closed": (403, "केवल सदस्यों के लिए", "यह रिपोर्ट सदस्यता के बिना नहीं खुलती।"),
}


class _IncidentTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the TOML."""


class Incident(_IncidentTable, frozen=True, kw_only=True):
    site: str
    path: str
    kind: Kind
    outcome: Outcome
    title: str
    pointed: DocumentKind


class Alias(_IncidentTable, frozen=True, kw_only=True):
    site: str
    of: str
    path: str
    pointed: DocumentKind


class ItemTrouble(_IncidentTable, frozen=True, kw_only=True):
    """An item that responds 500 until a given time, or only after some seconds."""

    site: str
    of: str
    broken_until: datetime | None = None
    seconds: float = 0.0


class _IncidentFile(_IncidentTable, frozen=True, kw_only=True):
    incidents: tuple[Incident, ...]
    aliases: tuple[Alias, ...]
    troubles: tuple[ItemTrouble, ...]


@cache
def _read_file() -> _IncidentFile:
    path = Path(__file__).parent / "incidents.toml"
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _IncidentFile)


def iter_incidents(issue: Issue) -> Iterator[Incident]:
    """Yields every incident of a site at that time, including other URLs of its items."""
    yield from (incident for incident in _read_file().incidents if incident.site == issue.site.key)
    for alias in _read_file().aliases:
        if alias.site == issue.site.key and (item := issue.find_item(alias.of)):
            path = alias.path.format(path=issue.site.path(item), number=item.number)
            yield Incident(
                site=alias.site,
                path=path,
                kind="moved",
                outcome=Outcome.ALIAS,
                title=item.headline,
                pointed=alias.pointed,
            )


def build_incident_url(site: Site, incident: Incident) -> str:
    """Returns the absolute URL of an incident."""
    return (
        incident.path if incident.path.startswith("http") else site.home.rstrip("/") + incident.path
    )


def incident_response(incident: Incident, issue: Issue) -> SiteResponse:
    """Returns the server's response to an incident's URL."""
    site = issue.site
    if incident.kind == "hub":
        return text_response(site.render_listing(issue, incident.title, issue.items))
    if incident.kind in _SHORT_PAGES:
        status, title, words = _SHORT_PAGES[incident.kind]
        return text_response(
            site.render_plain_page(issue, title or incident.title, (words,)), status=status
        )
    return {"pdf": SiteResponse(PDF, content_type="application/pdf"), "empty": SiteResponse()}[
        incident.kind
    ]


def get_broken_until(item: Item) -> datetime | None:
    """Returns until when an item responds 500; None if it does not."""
    return next((trouble.broken_until for trouble in _iter_troubles(item)), None)


def get_wait_seconds(item: Item) -> float:
    """Returns the seconds an item delays its response."""
    return sum(trouble.seconds for trouble in _iter_troubles(item))


def _iter_troubles(item: Item) -> Iterator[ItemTrouble]:
    return (
        trouble
        for trouble in _read_file().troubles
        if (trouble.site, trouble.of) == (item.site, item.slug)
    )
