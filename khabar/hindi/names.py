"""Parses bylines and datelines: tells people, desks, agencies and places apart by how newspapers
write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from khabar.hindi.dates import find_dates
from khabar.hindi.places import is_place
from khabar.hindi.text import simplify_text


@dataclass(frozen=True, slots=True)
class ParsedByline:
    """The parts of a byline. `authors` contains people only."""

    authors: tuple[str, ...] = ()
    desk: str | None = None
    agency: str | None = None
    place: str | None = None


# `agencies._AGENCY_PATTERNS` lists the same names by agency: keep the two alike.
_AGENCIES = (
    r"(?:press\s+trust\s+of\s+india|पी\s*टी\s*आई|पीटीआइ|pti|भाषा|bhasha|वार्ता|यूनीवार्ता|univarta|uni|यूएनआई|ani|ए\s*एन\s*आई"
    r"|एएनआइ|ians|आई\s*ए\s*एन\s*एस|आइएएनएस|हिन्दुस्थान\s+समाचार|हिंदुस्थान\s+समाचार|हि\.?\s?स|एएफपी|afp|एपी|ap|र(?:ॉ|ा)यटर(?:्स)?"
    r"|reuters|शिन्हुआ|xinhua|स्पूतनिक|डीपीए|dpa|(?:न्यूज\s+|समाचार\s+)?एजेंस(?:ी|ियां|ियों)|(?:news\s+)?agenc(?:y|ies)|जेएनएन|jnn"
    r"|एसएनएस|sns)"
)
_AGENCY = re.compile(
    rf"{_AGENCIES}(?:[\s/,&-]+(?:और\s+|and\s+)?{_AGENCIES})*(?:\s+(?:news|india|इंडिया))?", re.I
)
_DESKS = (
    r"(?:डे(?:स्|श)क|ब्(?:यू|यु)रो|संवाददाता|संवाद\s+(?:सूत्र|सहयोगी|दाता)|सहयोगी|प्रतिनिधि|टीम|नेटवर्क|न्यूज\s*रूम|संपादकीय|कार्यालय|निप्र|नप्र|निसं"
    r"|desk|bureau|(?:correspondent|reporter)s?|team|network|newsroom|editorial|staff|editors?|admin(?:istrator)?)"
)
_DESK = re.compile(rf"(?:\S+\s+){{0,5}}{_DESKS}", re.I)
_PROSE = re.compile(
    r"[।?!]|\s(?:ने|को|में|से|का|के|की|पर|है|हैं|था|थे|थी|कि|लिए|समेत)(?:\s|$)"
    r"|\s(?:is|was|the|of|in)\s",
    re.I,
)
_BYLINE_LABEL = re.compile(
    r"^\s*(?:written|reported|posted|published|story|authored)?\s*by(?:\s*[:：\-–]\s*|\s+)"
    r"|^\s*(?:लेखक|लेखिका|रिपोर्टर?|प्रस्तुति|द्वारा|author|reporter|writer)\s*[:：\-–]\s*",
    re.I,
)
# Credits and times of editing, which are not part of the byline.
_EDITING_CREDIT = re.compile(
    r"[\s,|(]*\b(?:(?:edited|published|posted|updated|reviewed|curated|translated|produced)\s+by"
    r"|(?:last\s+)?updated?|publish(?:ed)?|posted|edited|modified|अपडेटेड|अपडेट|प्रकाशित|पब्लिश|संपादित|संपादन|अनुवाद)(?![\w\u093e-\u094d]).*$",
    re.I | re.S,
)
_PARTS = re.compile(r"\s*[,;|/&]\s*|\s+(?:और|एवं|तथा|व|and)\s+", re.I)
_URL_OR_EMAIL = re.compile(r"\S*(?:https?:|www\.|@|\.com\b)\S*")
# Limits of names; all chosen by hand, not measured.
_MAX_DESK_LENGTH = 60  # characters
_MAX_NAME_WORDS = 5
_MAX_TOWN_WORDS = 2
_MIN_STORY_SENTENCE = 30  # characters of the sentence after a town that has no other evidence
_EDGE_CHARS = " \t\n,;:：|/-–—•*।."


def is_agency(name: str) -> bool:
    """Returns whether a name is a news agency's, or the word for one (एजेंसी)."""
    return bool(_AGENCY.fullmatch(simplify_text(name).strip(f"{_EDGE_CHARS}()")))


def is_desk(name: str) -> bool:
    """Returns whether a name is a desk, a bureau or an unnamed correspondent: लखनऊ ब्यूरो, संवाद
    सूत्र, News Desk.
    """
    label = simplify_text(name).strip(f"{_EDGE_CHARS}()")
    return (
        len(label) <= _MAX_DESK_LENGTH and bool(_DESK.fullmatch(label)) and not _PROSE.search(label)
    )


def parse_byline(text: str) -> ParsedByline:
    """Parses a byline as printed: `जागरण संवाददाता, लखनऊ` · `By A and B` · `एएनआई, नई दिल्ली` · `क
    ख / नई दिल्ली`.
    """
    line = _BYLINE_LABEL.sub(
        "", _EDITING_CREDIT.sub("", " ".join(_URL_OR_EMAIL.sub("", text).split()))
    )
    parts = [
        part
        for part in (part.strip(_EDGE_CHARS) for part in _PARTS.split(_unwrap_brackets(line)))
        if part
    ]
    agency = next(filter(is_agency, parts), None)
    desk = next((part for part in parts if is_desk(part) and not is_agency(part)), None)
    rest = [
        part
        for part in parts
        if part not in (agency, desk) and not is_agency(part) and not is_desk(part)
    ]
    place = _choose_place(rest, bool(desk or agency))
    rest = [part for part in rest if part != place and not is_place(part)]
    if desk and rest:
        return ParsedByline((), *_split_paper_and_place(desk, rest, agency, place))
    return ParsedByline(tuple(part for part in rest if _is_name(part)), desk, agency, place)


def _unwrap_brackets(line: str) -> str:
    """Turns a bracketed agency or desk, `(भाषा)`, into a part of its own. Drops other brackets (a
    district, a nickname).
    """
    return re.sub(
        r"\s*\(([^()]*)\)",
        lambda match: f", {match[1]}," if is_agency(match[1]) or is_desk(match[1]) else "",
        line,
    )


def _choose_place(parts: Sequence[str], has_desk_or_agency: bool) -> str | None:
    """Returns a known place; else a single word next to a desk or an agency, or after a name of two
    or more words.
    """
    known_place = next(filter(is_place, parts), None)
    if known_place or not parts:
        return known_place
    last = parts[-1]
    is_single_word = len(last.split()) == 1 and not last.isascii() and _is_name(last)
    return (
        last
        if is_single_word
        and (has_desk_or_agency or (len(parts) == 2 and len(parts[0].split()) > 1))
        else None
    )


def _is_name(part: str) -> bool:
    return (
        len(part.split()) <= _MAX_NAME_WORDS
        and not re.search(r"\d", part)
        and not _PROSE.search(f" {part} ")
    )


def _split_paper_and_place(
    desk: str, rest: Sequence[str], agency: str | None, place: str | None
) -> tuple[str, str | None, str | None]:
    """Returns (desk, agency, place) for `न्यूज डेस्क, अमर उजाला नई दिल्ली`: the paper's name is
    added to the desk, its place is split off.
    """
    words = rest[0].split()
    # रामगंज मंडी, फतेहपुर सीकरी: one place of two words
    if len(words) == 2 and _TOWN_SUFFIX.search(simplify_text(words[0])):
        return desk, agency, place or rest[0]
    for index in range(len(words)):
        if is_place(" ".join(words[index:])):
            place = place or " ".join(words[index:])
            words = words[:index]
            break
    return f"{desk}, {' '.join(words)}" if words else desk, agency, place


# The head of a dateline has 2–80 characters, 2–60 if it ends with a bracketed agency; chosen by
# hand, not measured.
_DATELINE = re.compile(r"\W*(?P<head>[^।:|\n]{2,80}?)\s*(?P<mark>[।:|]|\s[–—-]\s)\s*(?=\S)")
_AGENCY_DATELINE = re.compile(rf"\W*(?P<head>[^।:\n]{{2,60}}?\(\s*{_AGENCIES}\.?\s*\))", re.I)
_DAY = re.compile(r"[\s,]*\b\d{1,2}\s+[^\W\d][^\s,()]*(?:,?\s+\d{4})?\s*")
_FOLLOWING_DESK = re.compile(rf"(?:\S+\s+)?{_DESKS}(?:\s|$)")
_LATIN_LEAD = re.compile(r"^[\x20-\x7e]+(?=[\u0900-\u097f])")  # `Raipur. रायपुर`
_TOWN_SUFFIX = re.compile("(?:पुर|नगर|गंज|गढ|गांव|कोट|(?<!जिंदा)बाद)$")
_NON_TOWN_WORDS = frozenset(
    """नमस्ते नमस्कार दोस्तो दोस्तों साथियो साथियों मित्रो मित्रों हैलो धन्यवाद शुक्रिया बधाई स्वागत
    सावधान अलर्ट विज्ञापन हां नहीं आज कल अब
    सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार सुबह शाम रात दोपहर""".split()
)


def parse_dateline(first_paragraph: str) -> str | None:
    """Returns the place in a story's dateline as written. None if the first paragraph has no
    dateline.

    `लखनऊ। …` · `नई दिल्ली, 7 नवंबर (भाषा) …` · `संवाद सूत्र, ठाकुरगंज (किशनगंज) : …`
    """
    match = _AGENCY_DATELINE.match(first_paragraph) or _DATELINE.match(first_paragraph)
    if match is None:
        return None
    head = _LATIN_LEAD.sub("", match["head"])
    if _PROSE.search(f"{head} ") or (
        head.isascii() and not is_place(head) and not is_agency(head.split("(")[-1])
    ):
        return None
    mark = match["mark"] if "mark" in match.groupdict() else ""
    return next(_iter_place_candidates(head, mark, first_paragraph[match.end() :]), None)


def _iter_place_candidates(head: str, mark: str, story: str) -> Iterator[str]:
    """Yields possible places in the words before the dateline mark, most certain first."""
    day = next(
        (match for match in _DAY.finditer(head) if find_dates(f"{match.group()} 2000")), None
    )
    name = (f"{head[: day.start()]} {head[day.end() :]}" if day else head).strip(_EDGE_CHARS)
    byline, place_name = parse_byline(name), _unwrap_brackets(name).strip(_EDGE_CHARS)
    if is_place(place_name):
        yield place_name
    if byline.place and (
        is_place(byline.place) or byline.desk or byline.agency or name.count(",") == 1
    ):
        yield byline.place
    if _can_be_town(place_name, mark, story, bool(day)):
        yield place_name


def _can_be_town(name: str, mark: str, story: str, has_day: bool) -> bool:
    """Returns whether an unknown name may be a town: it has a date or a desk next to it, has a
    town's ending, or is one word that a danda separates from a long sentence.
    """
    if (
        name.isascii()
        or len(name.split()) > _MAX_TOWN_WORDS
        or simplify_text(name) in _NON_TOWN_WORDS
        or not _is_name(name)
    ):
        return False
    if has_day or _FOLLOWING_DESK.match(story):
        return True
    if len(name.split()) > 1:
        return bool(_TOWN_SUFFIX.search(simplify_text(name.split()[0]))) and is_place(
            name.split()[1]
        )
    return bool(_TOWN_SUFFIX.search(simplify_text(name))) or (
        mark == "।" and len(re.split("[।.?!]", story)[0]) > _MIN_STORY_SENTENCE
    )
