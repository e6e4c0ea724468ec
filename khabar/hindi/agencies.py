"""Finds the news agencies a story credits: in its byline, its dateline or at its end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from khabar.hindi.names import is_agency

# Each agency's names, Hindi services with the house they belong to.
_AGENCY_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?<![\w\u0900-\u097f])(?:{words})(?![\w\u0900-\u097f])", re.I))
    for name, words in (
        ("PTI", r"pti|press\s+trust\s+of\s+india|पी\s*टी\s*आई|पीटीआइ|भाषा|bhasha"),
        ("UNI", r"uni|यूएनआई|univarta|यूनीवार्ता|वार्ता"),
        ("ANI", r"ani|ए\s*एन\s*आई|एएनआइ"),
        ("IANS", r"ians|आई\s*ए\s*एन\s*एस|आइएएनएस"),
        ("Hindusthan Samachar", r"हिन्दुस्थान\s+समाचार|हिंदुस्थान\s+समाचार|हि\.?\s?स\.?"),
        ("AFP", r"afp|एएफपी"),
        ("AP", r"ap|एपी"),
        ("Reuters", r"reuters|र(?:ॉ|ा)यटर(?:्स)?"),
        ("Xinhua", r"xinhua|शिन्हुआ"),
        ("DPA", r"dpa|डीपीए"),
    )
)
UNNAMED_AGENCY = "agency"  # (एजेंसी): somebody's copy, and no word on whose
_DATELINE_CREDIT = re.compile(r"[^()।\n]{0,80}\(([^()\n]{2,40})\)")
_CLOSING_CREDIT = re.compile(r"\(([^()\n]{2,40})\)[\s।.]*$")
_CLOSING_SIGNATURE = re.compile(
    r"(भाषा|वार्ता)(?:\s+[^\s।.]+){1,5}"
)  # PTI's and UNI's own end: भाषा and who worked on it


def find_credited_agencies(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Returns the agencies a story credits, by their usual names, in order of appearance.

    An agency that is credited but not named ("एजेंसी") is `UNNAMED_AGENCY`. `names`: the story's
    authors and desk.
    """
    agencies = [
        agency
        for credit in (*names, *_iter_credits(text))
        if is_agency(credit)
        for agency in _identify_agencies(credit)
    ]
    return tuple(dict.fromkeys(agencies))


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


def _identify_agencies(credit: str) -> list[str]:
    return [name for name, words in _AGENCY_PATTERNS if words.search(credit)] or [UNNAMED_AGENCY]
