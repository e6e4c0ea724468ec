"""Splits the words under a picture into caption and credit."""

from __future__ import annotations

import re

from khabar.hindi.hints import Hints
from khabar.hindi.names import is_agency

_MAX_NAME = 80  # characters of a credit; chosen by hand, not measured
_TAIL = 160  # characters at the end of a caption in which a credit begins; by hand, not measured
# Words of a credit, and of what may as well be the caption; chosen by hand, not measured.
_MAX_WORDS = 8
_MAX_DOUBTFUL_WORDS = 3
_NOUN = (
    r"photo(?:graph|grapher)?s?|image|picture|pic|source|bild|foto|फ\u093c?ोटो|तस्वीर|चित्र|इमेज"
    r"|स्रोत|सोर्स|सौजन्य|साभार|क्रेडिट"
)
_GIVEN = r"credits?|courtesy|by|via|साभार|सौजन्य|क्रेडिट|सोर्स"
_COPYRIGHT = re.compile(r"(?:^|(?<=[\s(\[|,]))(?:©|copyright)[\s:]{0,3}(?=\S)", re.I)
# `Photo:`, `फोटो साभार -`, `Photo |`; the sign between label and name is required.
_LABEL = re.compile(
    rf"(?<![\w\u0900-\u097f])(?:{_NOUN})(?:\s{{0,3}}(?:{_GIVEN}))?\s{{0,3}}"
    r"(?:[:：]|(?P<weak>[|/\-–—]))\s{0,3}",
    re.I,
)
# `Photo by`, `Image courtesy`: no sign is required at the beginning, after a sentence or a bracket.
_PHRASE = re.compile(
    rf"(?:^|(?<=[(\[|।.,:–—-])|(?<=[(\[|।.,:–—-]\s))(?:{_NOUN})\s{{1,3}}(?:{_GIVEN})\s{{1,3}}",
    re.I,
)
_LABELS = (_LABEL, _PHRASE, _COPYRIGHT)
_LABEL_HINTS = Hints(  # what one of the three matches contains one of these
    "photo|image|pic|source|bild|foto|ोटो|तस्वीर|चित्र|इमेज|स्रोत|सोर्स|सौजन्य|साभार|क्रेडिट|©|copyright"
)
_BRACKETED = re.compile(r"[(\[](?P<inner>[^()\[\]]{2,80})[)\]][\s.।]{0,3}$")
_AFTER_BAR = re.compile(r"(?:\||\s[-–—])\s{0,3}(?P<inner>[^|/()\[\]–—]{2,40})$")
_LABEL_WORD = re.compile(rf"^(?:{_NOUN})\s{{1,3}}|\s{{1,3}}(?:{_NOUN})$", re.I)
_NAME_EDGES = " \t()[]|.,।:-–—"
_CAPTION_EDGES = " \t([|,-–—/"
_SENTENCE_MARK = re.compile(r"[।॥?!]|\.\s")


def split_credit(caption: str) -> tuple[str, str | None]:
    """Returns (caption without the credit at its end, credit or None).

    A credit is what follows a label (`(Photo: X)`, `फोटो साभार: X`, `Photo by X`, `© X`), and an
    agency's name in brackets or after a bar (`(PTI)`, `| ANI`, `(PTI Photo)`).
    """
    offset = max(0, len(caption) - _TAIL)
    tail = caption[offset:]
    for pattern in _LABELS if _LABEL_HINTS.occur_in(tail.lower()) else ():
        for label in pattern.finditer(tail):
            is_doubtful = bool(label.groupdict().get("weak"))
            if credit := _parse_name(tail[label.end() :], is_doubtful):
                rest = caption[: offset + label.start()].rstrip(_CAPTION_EDGES)
                agency = rest.rpartition(" ")[2]
                if is_agency(agency):  # `AP Photo/X`
                    return rest.removesuffix(agency).rstrip(_CAPTION_EDGES), f"{agency}/{credit}"
                return rest, credit
    has_bracket, has_bar = ")" in tail or "]" in tail, any(map(tail.__contains__, "|-–—"))
    for pattern, has_mark in ((_BRACKETED, has_bracket), (_AFTER_BAR, has_bar)):
        if has_mark and (match := pattern.search(tail)):
            agency = _LABEL_WORD.sub("", match["inner"].strip())
            if is_agency(agency.rpartition("/")[2]):
                return caption[: offset + match.start()].rstrip(_CAPTION_EDGES), agency
    return caption, None


def is_credit_line(line: str) -> bool:
    """Whether a line is a credit and nothing else: `Photo Credit: PTI`."""
    rest, credit = split_credit(line)
    return credit is not None and not rest


def _parse_name(text: str, is_doubtful: bool) -> str | None:
    """Returns the name in what follows a label; None for what is a sentence, or has brackets. A
    doubtful one, after a dash, bar or slash, or that ends like a sentence, has to be short.
    """
    name = text.strip(_NAME_EDGES)
    name += ")" * (0 < name.count("(") - name.count(")") < 2)
    is_doubtful = is_doubtful or text.rstrip().endswith("।")
    is_name = (
        2 <= len(name) <= _MAX_NAME
        and len(name.split()) <= (_MAX_DOUBTFUL_WORDS if is_doubtful else _MAX_WORDS)
        and name.count("(") == name.count(")")
        and not re.search(r"[\[\]]", name)
        and not _SENTENCE_MARK.search(name)
        and any(char.isalpha() for char in name)
    )
    return name if is_name else None
