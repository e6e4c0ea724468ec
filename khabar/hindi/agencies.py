"""Finds the news agencies a story credits: in its byline, its dateline or at its end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from khabar.hindi.names import is_agency

# Agency → pattern of its names. Hindi services (भाषा) belong to their parent agency (PTI).
# `names._AGENCIES` lists the same names for whole bylines: keep the two alike.
_AGENCY_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?<![\w\u0900-\u097f])(?:{words})(?![\w\u0900-\u097f])", re.I))
    for name, words in (
        (
            "PTI",
            r"pti|press\s+trust\s+of\s+india|प्रेस\s+ट्रस्ट\s+ऑफ\s+इंडिया|पी\s*टी\s*आई|पीटीआइ"
            r"|भाषा|bhasha",
        ),
        ("UNI", r"uni|united\s+news\s+of\s+india|यूएनआई|univarta|यूनीवार्ता|वार्ता"),
        ("ANI", r"ani|asian\s+news\s+international|ए\s*एन\s*आई|एएनआइ"),
        ("IANS", r"ians|indo[\s-]asian\s+news\s+service|आई\s*ए\s*एन\s*एस|आइएएनएस"),
        ("Hindusthan Samachar", r"हिन्दुस्थान\s+समाचार|हिंदुस्थान\s+समाचार|हि\.?\s?स\.?"),
        ("AFP", r"afp|agence\s+france[\s-]presse|एएफपी"),
        ("AP", r"ap|associated\s+press|एपी"),
        ("Reuters", r"reuters|र(?:ॉ|ा)यटर(?:्स)?"),
        ("Xinhua", r"xinhua|शिन्हुआ"),
        ("DPA", r"dpa|डीपीए"),
        ("TNN", r"tnn|times\s+news\s+network|टी\s*एन\s*एन|टाइम्स\s+न्यूज\s+नेटवर्क"),
        ("Bloomberg", r"bloomberg|ब्लूमबर्ग"),
    )
)
UNNAMED_AGENCY = "agency"  # (एजेंसी): agency copy without the agency's name
# Brackets (2–40 characters) after at most 80 characters of the first line, or at the end of the
# last. Limits chosen by hand, not measured.
_DATELINE_CREDIT = re.compile(r"[^()।\n]{0,80}\(([^()\n]{2,40})\)")
_CLOSING_CREDIT = re.compile(r"\(([^()\n]{2,40})\)[\s।.]*$")
# The last line of PTI's and UNI's Hindi copy: the service and its editors' names, भाषा अमित मनीषा
_CLOSING_SIGNATURE = re.compile(r"(भाषा|वार्ता)(?:\s+[^\s।.]+){1,5}")


def find_credited_agencies(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Returns the agencies a story credits, by their usual names, in order of appearance.

    An agency that is credited but not named ("एजेंसी") is `UNNAMED_AGENCY`. `names`: the story's
    authors and desk.
    """
    agencies: list[str] = []
    for credit in (*names, *_iter_credits(text)):
        if is_agency(credit):
            named = [name for name, pattern in _AGENCY_PATTERNS if pattern.search(credit)]
            agencies += named or [UNNAMED_AGENCY]
    return tuple(dict.fromkeys(agencies))


@lru_cache(maxsize=4096)
def find_desk_agency(desk: str | None) -> str | None:
    """Returns the agency that a byline's desk is, by its usual name; None for any other desk."""
    agencies = find_credited_agencies("", [desk]) if desk else ()
    return agencies[0] if agencies else None


def _iter_credits(text: str) -> Iterator[str]:
    """Yields the text at each place where a story may credit an agency: brackets in its dateline,
    brackets at its end, its last line.
    """
    lines = text.strip().splitlines() or [""]
    for match in (
        _DATELINE_CREDIT.match(lines[0]),
        _CLOSING_CREDIT.search(lines[-1]),
        _CLOSING_SIGNATURE.fullmatch(lines[-1].strip()),
    ):
        if match:
            yield match[1]
