"""Place extraction: from the dateline, the byline, JSON-LD or an element near the headline."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from khabar.extraction.boilerplate import class_and_id
from khabar.extraction.bylines import Credits
from khabar.extraction.document import Element, read_short_text, text_with_breaks
from khabar.extraction.jsonld import text_value
from khabar.extraction.memory import remember_names
from khabar.hindi.names import is_agency, is_desk, parse_dateline, parse_lone_dateline

_PLACE_CLASS = re.compile(r"(?:^|[\s_-])(?:place|location|dateline|city|loc)(?:$|[\s_-])", re.I)
# "नई दिल्ली, 28 फरवरी 2014", "क ख / नई दिल्ली February 14, 2020", "लखनऊ 5 मिनट पहले"
_HINDI_WORD = "[\u0900-\u0963\u0970-\u097f\u200c\u200d]{2,20}"
_PLACE_BEFORE_DATE = re.compile(
    rf"^(?:[^/\d|]{{3,60}}/\s*)?(?P<place>{_HINDI_WORD}(?: {_HINDI_WORD})?)\s*[,।|:-]?\s*"
    r"(?:[\d०-९]{1,2}\s+\S+,?\s+[\d०-९]{4}|[A-Z][a-z]{2,8}\s+\d{1,2},?\s+\d{4}"
    r"|(?:कुछ\s+ही\s+(?:क्षण|देर)|[\d०-९]{1,2}\s+(?:मिनट|घंटे|घंटा|दिन))\s+पहले)"
)
_DATE_SIGN = re.compile(r"[\dछ]")  # each match of _PLACE_BEFORE_DATE contains one of these
_DATE_LABELS = re.compile(r"अपडेट|प्रकाशित|पब्लिश|तारीख|दिनांक|वार$|समय")
# How much of the page is searched; chosen by hand, not measured.
_MAX_PLACE_LEVELS = 5  # ancestors of the headline in which a place is looked for
_MAX_PLACE_LINE = 120  # characters of a line that can contain the place
_MAX_PLACE = 40  # characters of a place


def extract_place(
    article: Mapping[str, Any],
    credits: Credits,
    headline: Element | None,
    paragraphs: Sequence[str],
) -> tuple[str | None, str]:
    """Extracts the place of writing from the dateline, else the byline, else JSON-LD, else an
    element near the headline; returns (place or None, origin). `paragraphs`: the first two; the
    dateline can be a paragraph of its own.
    """
    first, *others = paragraphs or ("",)
    if place := parse_dateline(first) or (others and parse_lone_dateline(first, others[0])):
        return place, "dateline"
    if credits.place:
        return credits.place, "byline"
    for key in ("dateline", "contentLocation", "locationCreated"):
        if (place := text_value(article.get(key))) and len(place) <= _MAX_PLACE:
            return place, "jsonld"
    return _find_visible_place(headline) if headline is not None else (None, "")


def _find_visible_place(headline: Element) -> tuple[str | None, str]:
    """Finds an element named as a place near the headline, or a place directly before a date."""
    seen: set[Element] = set()
    for ancestor in islice(headline.iterancestors(), _MAX_PLACE_LEVELS):
        for node in ancestor.iter("span", "div", "p", "a", "strong", "td", "li"):
            if node in seen:
                continue
            seen.add(node)
            text = read_short_text(node, _MAX_PLACE_LINE) or ""
            is_named = _is_place_class(class_and_id(node))
            # most elements have neither sign, and need not be read further
            if not is_named and not _DATE_SIGN.search(text):
                continue
            text = text_with_breaks(node) if text else ""
            if is_named and 2 <= len(text) <= _MAX_PLACE and not re.search(r"\d", text):
                return text.rstrip(",.।: "), "visible"
            if (match := _PLACE_BEFORE_DATE.match(text)) and not _is_date_label(match["place"]):
                return match["place"].strip(" ,|।-"), "visible"
    return None, ""


@remember_names
def _is_place_class(names: str) -> bool:
    return bool(_PLACE_CLASS.search(names))


def _is_date_label(words: str) -> bool:
    """Whether the words before a date are a label ("अपडेट") or a desk, not a place."""
    return bool(_DATE_LABELS.search(words)) or is_desk(words) or is_agency(words)
