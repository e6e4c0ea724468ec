"""What goes wrong on the pretend sites, or is no article: `incidents.toml`, and what the server answers there."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from khabar.model.items import Outcome
from newsroom.answers import Answer, page
from newsroom.media import PDF
from newsroom.printing import Item
from newsroom.sites.base import Issue, Site

Kind = Literal[
    "advert", "missing", "elsewhere", "hub", "webstory", "apology", "empty", "pdf", "gone", "closed", "trap", "moved"
]
Document = Literal["feed", "sitemap"]
# Pages that are one sentence: status, title ("" = the incident's own), words.
_SAID = {
    "advert": (200, "", "यह विज्ञापन का पन्ना है, इसे किसी ख़बर की तरह न पढ़ें।"),
    "webstory": (200, "", "उँगली से आगे बढ़ाइए और देखिए पहाड़ की सात सुबहें।"),
    "missing": (404, "पन्ना नहीं मिला", "जो पता आपने खोला है, वह अब यहाँ नहीं है।"),
    "trap": (404, "पन्ना नहीं मिला", "यह पता अपने आप में घूमता है।"),
    "apology": (200, "404: यह पेज नहीं मिला", "माफ़ कीजिए, आप जो ख़बर खोज रहे हैं वह हटाई जा चुकी है।"),
    "gone": (410, "ख़बर हटाई गई", "यह ख़बर वापस ले ली गई है।"),
    "closed": (403, "केवल सदस्यों के लिए", "यह रिपोर्ट सदस्यता के बिना नहीं खुलती।"),
}


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the TOML."""


class Incident(_Part, frozen=True, kw_only=True):
    site: str
    path: str
    kind: Kind
    outcome: Outcome
    title: str
    pointed: Document


class Alias(_Part, frozen=True, kw_only=True):
    site: str
    of: str
    path: str
    pointed: Document


class Trouble(_Part, frozen=True, kw_only=True):
    """An item that answers 500 until a moment, or only after so many seconds."""

    site: str
    of: str
    broken_until: datetime | None = None
    seconds: float = 0.0


class _File(_Part, frozen=True, kw_only=True):
    incidents: tuple[Incident, ...]
    aliases: tuple[Alias, ...]
    troubles: tuple[Trouble, ...]


@cache
def _file() -> _File:
    path = Path(__file__).parent / "incidents.toml"
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)


def incidents(issue: Issue) -> Iterator[Incident]:
    """Every incident of a site at a moment, other addresses of its items among them."""
    yield from (one for one in _file().incidents if one.site == issue.site.key)
    for alias in _file().aliases:
        if alias.site == issue.site.key and (item := issue.find(alias.of)):
            path = alias.path.format(path=issue.site.path(item), number=item.number)
            yield Incident(
                site=alias.site,
                path=path,
                kind="moved",
                outcome=Outcome.ALIAS,
                title=item.headline,
                pointed=alias.pointed,
            )


def address(site: Site, incident: Incident) -> str:
    """The whole URL of an incident."""
    return incident.path if incident.path.startswith("http") else site.home.rstrip("/") + incident.path


def answer(incident: Incident, issue: Issue) -> Answer:
    """What the server says there."""
    site = issue.site
    if incident.kind == "hub":
        return page(site.listing(issue, incident.title, issue.items))
    if incident.kind in _SAID:
        status, title, words = _SAID[incident.kind]
        return page(site.plain(issue, title or incident.title, (words,)), status=status)
    return {"pdf": Answer(PDF, content_type="application/pdf"), "empty": Answer()}[incident.kind]


def broken_until(item: Item) -> datetime | None:
    """Until when an item answers 500."""
    return next((one.broken_until for one in _troubles(item)), None)


def seconds(item: Item) -> float:
    """How long an item lets its reader wait."""
    return sum(one.seconds for one in _troubles(item))


def _troubles(item: Item) -> Iterator[Trouble]:
    return (one for one in _file().troubles if (one.site, one.of) == (item.site, item.slug))
