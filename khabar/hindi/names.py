"""Parses bylines and datelines: tells people, desks, agencies and places apart by how newspapers
write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from khabar.hindi.dates import MONTH_NAMES, find_dates
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
    r"(?:press\s+trust\s+of\s+india|प्रेस\s+ट्रस्ट\s+ऑफ\s+इंडिया|asian\s+news\s+international|indo[\s-]asian\s+news\s+service"
    r"|united\s+news\s+of\s+india|agence\s+france[\s-]presse|associated\s+press|times\s+news\s+network|tnn|टी\s*एन\s*एन|टीएनएन"
    r"|टाइम्स\s+न्यूज\s+नेटवर्क|bloomberg|ब्लूमबर्ग|पी\s*टी\s*आई|पीटीआइ|pti|भाषा|bhasha|वार्ता|यूनीवार्ता|univarta|uni|यूएनआई|ani|ए\s*एन\s*आई"
    r"|एएनआइ|ians|आई\s*ए\s*एन\s*एस|आइएएनएस|हिन्दुस्थान\s+समाचार|हिंदुस्थान\s+समाचार|हि\.?\s?स|एएफपी|afp|एपी|ap|र(?:ॉ|ा)यटर(?:्स)?"
    r"|reuters|शिन्हुआ|xinhua|स्पूतनिक|डीपीए|dpa|(?:न्यूज\s+|समाचार\s+)?एजेंस(?:ी|ियां|ियों)|(?:news\s+)?agenc(?:y|ies)|जेएनएन|jnn"
    r"|एसएनएस|sns)"
)
_AGENCY = re.compile(
    rf"{_AGENCIES}(?:[\s/,&-]+(?:और\s+|and\s+)?{_AGENCIES})*(?:\s+(?:news|india|hindi|इंडिया|हिंदी|हिन्दी))?",
    re.I,
)
_DESKS = (
    r"(?:डे(?:स्|श)क|ब्(?:यू|यु)रो(?:\s+रिपोर्ट)?|संवाददाता|संवाद\s+(?:सूत्र|सहयोगी|दाता)|सहयोगी|प्रतिनिधि|टीम|नेटवर्क|न्यूज\s*रूम|संपादकीय|कार्यालय|निप्र|नप्र|निसं"
    r"|desk|bureau|(?:correspondent|reporter)s?|team|network|newsroom|editorial|staff|editors?|admin(?:istrator)?)"
)
_DESK = re.compile(rf"(?:\S+\s+){{0,5}}{_DESKS}", re.I)
_PROSE = re.compile(
    r"[।?!]|\s(?:ने|को|में|से|का|के|की|पर|है|हैं|था|थे|थी|कि|लिए|समेत)(?:\s|$)"
    r"|\s(?:is|was|the|of|in)\s",
    re.I,
)
# Labels of the names that follow them: of authors, or of others and of times, which are not part
# of the byline.
_LETTER = "\\w\u093e-\u094d"
_CREDIT_LABEL = re.compile(
    r"\b(?:(?:edited|published|posted|updated|reviewed|curated|translated|produced|compiled"
    r"|photos?|photographs?|videos?|images?|illustrations?|graphics)\s+by"
    r"|(?:(?:sub|copy)[\s-]?)?editor\s*[:：]|(?:photos?|videos?)\s*[:：]|with\s+inputs?\s+from"
    r"|(?:last\s+)?updated?|publish(?:ed)?|posted|edited|modified)(?!["
    rf"{_LETTER}])"
    rf"|(?<![{_LETTER}])(?:अपडेटेड|अपडेट|प्रकाशित|पब्लिश|संपादित|संपादन|अनुवाद)(?![{_LETTER}])"
    r"|(?:संपादक|फोटो|वीडियो|इनपुट)\s*[:：-]"
    r"|(?P<author>\b(?:(?:written|reported|story|authored|words)\s+)?by(?:\s*[:：\-–]|(?=\s))"
    r"|\b(?:author|reporter|writer)\s*[:：\-–]"
    rf"|(?<![{_LETTER}])(?:लेखक|लेखिका|रिपोर्टर?|प्रस्तुति|द्वारा)\s*[:：\-–]"
    r"|^द्वारा(?=\s)|^(?:संवाददाता|रिपोर्टर|लेखक|लेखिका)(?=\s\S+\s\S))",
    re.I,
)
_EDITOR_IN_BRACKETS = re.compile(
    r"[^,;|/&()]{2,60}\(\s*(?:संपादन|संपादक|अनुवाद|edit(?:ed|or)?|translat(?:ed|or))(?:\sby)?\s*\)",
    re.I,
)
# `लखनऊ से क ख की रिपोर्ट`, `क ख द्वारा`
_BYLINE_ENDING = re.compile(
    r"\s(?:की\s(?:\S{1,20}\s){0,2}?(?:रिपोर्ट|रपट)|का\s(?:\S{1,20}\s)?(?:लेख|विश्लेषण)|की\sकलम\sसे|द्वारा)[\s।.)]{0,5}(?=$|[,|])"
)
_WEEKDAY = re.compile(
    r"(?:सोम|मंगल|बुध|गुरु|बृहस्पति|वीर|शुक्र|शनि|रवि)वार|(?:mon|tues|wednes|thurs|fri|satur|sun)day", re.I
)
# A date, a time, `2 घंटे पहले` or `3 min read` behind a name.
_TIME_AFTER_NAME = re.compile(
    rf"(?:^|[\s(–—-]{{1,5}})(?:(?:on|at)\s)?(?:(?:{_WEEKDAY.pattern}|[a-z]{{3}},)\s{{0,2}})?(?:"
    rf"\d{{1,2}}(?:st|nd|rd|th)?[\s-]{{0,2}}(?:{MONTH_NAMES})|(?:{MONTH_NAMES})[.॰]?\s?\d{{1,2}}(?!\d)"
    r"|\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}[:.]\d\d|अभी[\s-]अभी|just\snow"
    r"|(?:\d{1,3}|एक|दो|तीन|चार|पांच|(?:an?|one|few)(?=\s)|कुछ(?:\sही)?)\s?"
    r"(?:सेकंड|सेकेंड|क्षण|पल|देर|मिनट|मि\.?\s|घंट|घण्ट|दिन|हफ्|सप्ताह|मही|माह|साल|वर्ष"
    r"|sec|min|h(?:ou)?rs?\b|h\b|days?\b|weeks?\b|months?\b|years?\b))"
    rf"|\s(?:{_WEEKDAY.pattern})$|^\d{{4}}(?!\d)",
    re.I,
)
_ROLE = re.compile(
    r"(?:\S+\s){0,2}(?:संपादक|पत्रकार|लेखक|लेखिका|स्तंभकार|journalist|writer|columnist)", re.I
)
# What programs write where a name is missing.
_PLACEHOLDERS = frozenset(
    "null undefined none nil nan na false true unknown anonymous author name guest".split()
)
_PARTS = re.compile(r"\s*[,;|/&]\s*|\s[•·●]\s|\s+(?:और|एवं|तथा|व|and)\s+", re.I)
_JOINT_PLACE_MARK = re.compile(r"\s?[/&]\s?|\s(?:और|एवं|व|and)\s", re.I)
_URL_OR_EMAIL = re.compile(r"(?<!\S)\S*(?:https?:|www\.|@|\.com\b)\S*")
# Limits of names; all chosen by hand, not measured.
_MAX_BYLINE_LENGTH = 1000  # characters of a byline that are read
_MAX_DESK_LENGTH = 60  # characters
_MAX_NAME_WORDS = 5
_MAX_TOWN_WORDS = 2
_MIN_STORY_SENTENCE = 30  # characters of the sentence after a town that has no other evidence
_EDGE_CHARS = " \t\n,;:：|/-–—•*।."
_CREDIT_EDGES = " ,;:：|/-–—•*।"  # of a part of a byline that can end with a bracket


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
    line = _URL_OR_EMAIL.sub("", " ".join(text[:_MAX_BYLINE_LENGTH].split()))
    line = _unwrap_brackets(_drop_other_credits(_EDITOR_IN_BRACKETS.sub("", line)))
    parts = [
        _TIME_AFTER_NAME.split(part, maxsplit=1)[0].strip(_EDGE_CHARS)
        for part in _PARTS.split(line)
    ]
    parts = [
        part
        for part in parts
        if part and not _WEEKDAY.fullmatch(part) and not _ROLE.fullmatch(simplify_text(part))
    ]
    agency = next(filter(is_agency, parts), None)
    desk = next((part for part in parts if is_desk(part) and not is_agency(part)), None)
    rest = [
        part
        for part in parts
        if part not in (agency, desk) and not is_agency(part) and not is_desk(part)
    ]
    place = _find_joint_place(line) or _choose_place(rest, bool(desk or agency))
    rest = [part for part in rest if part != place and not is_place(part)]
    if desk and rest:
        return ParsedByline((), *_split_paper_and_place(desk, rest, agency, place))
    return ParsedByline(tuple(part for part in rest if _is_name(part)), desk, agency, place)


def is_credit_label(words: str) -> bool:
    """Returns whether words are a label of the names that follow them: `Edited By`, `लेखक`."""
    label = _CREDIT_LABEL.match(f"{words}: ")
    return label is not None and label.end() >= len(words)


def is_other_credit(words: str) -> bool:
    """Returns whether the last label in the words before a name is of others than authors: `Edited
    by`.
    """
    labels = list(_CREDIT_LABEL.finditer(f"{words[-_MAX_BYLINE_LENGTH:]} "))
    last = labels[-1] if labels else None
    return last is not None and last["author"] is None


def _drop_other_credits(line: str) -> str:
    """Keeps what stands before the first label and after labels of authors; without the words
    that end a byline.
    """
    kept: list[str] = []
    start, is_author = 0, True
    for label in _CREDIT_LABEL.finditer(line):
        kept += [line[start : label.start()]] if is_author else []
        start, is_author = label.end(), label["author"] is not None
    kept += [line[start:]] if is_author else []
    parts = [part.strip(_CREDIT_EDGES).rstrip(" (") for part in kept]
    parts = [part if "(" in part else part.rstrip(" )") for part in parts]
    line = ", ".join(filter(None, parts))
    if (ending := _BYLINE_ENDING.search(line)) is None:
        return line
    names, places = [], []  # `कानपुर से क ख और मेरठ से ग घ`
    for part in _PARTS.split(line[: ending.start()].strip(_CREDIT_EDGES)):
        place, _, name = part.strip("() ").rpartition(" से ")
        names.append(name)
        places += [place] if place else []
    return ", ".join([*names, *places[:1], line[ending.end() :]])


def _find_joint_place(line: str) -> str | None:
    """Returns places that are written as one, `नई दिल्ली/मुंबई`, as they are written."""
    for chunk in re.split(r"[,;|()]", line):
        places = _JOINT_PLACE_MARK.split(chunk.strip(_EDGE_CHARS))
        if len(places) > 1 and is_place(places[0]) and all(map(_is_known_town, places)):
            return chunk.strip(_EDGE_CHARS)
    return None


def _is_known_town(name: str) -> bool:
    return is_place(name) or (
        len(name.split()) == 1 and bool(_TOWN_SUFFIX.search(simplify_text(name)))
    )


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
        and len(part) > 1
        and part.lower() not in _PLACEHOLDERS
        and not re.search(r"[\d<>{}=\[\]]", part)
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
# hand, not measured. Both patterns are matched with the first _MAX_DATELINE characters.
_DATELINE = re.compile(r"(?P<head>[^।:|\n]{2,80}?)\s*(?P<mark>[।:|]|\s[–—-]\s)\s*(?=\S)")
_AGENCY_DATELINE = re.compile(rf"(?P<head>[^।:\n]{{2,60}}?\(\s*{_AGENCIES}\.?\s*\))", re.I)
_MAX_DATELINE = 160
_MAX_LONE_DATELINE = 60  # characters of a paragraph that is a dateline
_NON_WORD = re.compile(r"\W*")
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
    story = first_paragraph[_NON_WORD.match(first_paragraph).end() :]  # type: ignore[union-attr]
    opening = story[:_MAX_DATELINE]
    match = _AGENCY_DATELINE.match(opening) or _DATELINE.match(opening)
    if match is None:
        return None
    head = _LATIN_LEAD.sub("", match["head"])
    if _PROSE.search(f"{head} ") or (
        head.isascii() and not is_place(head) and not is_agency(head.split("(")[-1])
    ):
        return None
    mark = match["mark"] if "mark" in match.groupdict() else ""
    return next(_iter_place_candidates(head, mark, story[match.end() :]), None)


def parse_lone_dateline(line: str, story: str = "…") -> str | None:
    """Returns the place of a dateline that is a paragraph of its own, `लखनऊ,` or `नई दिल्ली, 7 नवंबर
    (भाषा)`; None if the line is none. `story`: the paragraph that follows it.
    """
    name = line.rstrip(_EDGE_CHARS)
    if not 0 < len(name) <= _MAX_LONE_DATELINE:
        return None
    if is_place(name) or _DAY.search(name) or name.endswith(")"):
        return parse_dateline(f"{name}: {story}")
    mark = line.rstrip()[-1]
    return (
        parse_dateline(f"{name}{'।' if mark == '।' else ':'} {story}")
        if mark in "।:|,-–—"
        else None
    )


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
        is_place(byline.place)
        or _find_joint_place(byline.place)
        or byline.desk
        or byline.agency
        or name.count(",") == 1
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
