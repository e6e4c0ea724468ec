"""Author and place extraction. Desks and agencies are kept apart from authors; the publisher is
never one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from khabar.extraction.boilerplate import class_and_id, comparison_key
from khabar.extraction.document import (
    Element,
    HtmlDocument,
    is_shorter_than,
    split_words,
    text_with_breaks,
)
from khabar.extraction.headline import Headline
from khabar.extraction.jsonld import list_authors, text_value
from khabar.hindi.dates import find_dates
from khabar.hindi.names import ParsedByline, is_agency, is_desk, parse_byline, parse_dateline
from khabar.hindi.places import is_place
from khabar.hindi.text import clean_text

_META_NAMES = (
    "author",
    "article:author",
    "og:article:author",
    "dc.creator",
    "sailthru.author",
    "parsely-author",
    "byl",
    "creator",
)
_AUTHOR_CLASS = re.compile(
    r"\bauthor|author\b|auther|by-?line|\breporter\b|writer|written-?by|editor-?name|post-?by"
    r"|posted-?by",
    re.I,
)
_NOT_AUTHOR_CLASS = re.compile(
    r"bio|about|box|card|social|follow|comment|related|desc|image|pic|avatar|more|list", re.I
)
_AUTHOR_URL = re.compile(r"/(?:byline|authors?|reporter|editor|profile|writer)s?/")
_BYLINE_TAGS = (
    "a",
    "span",
    "div",
    "p",
    "td",
    "li",
    "strong",
    "address",
    "h3",
    "h4",
    "h5",
    "cite",
    "b",
)
_PLACE_CLASS = re.compile(r"(?:^|[\s_-])(?:place|location|dateline|city|loc)(?:$|[\s_-])", re.I)
# times, URLs, slugs and captions
_NOT_A_NAME = re.compile(r"[\d:(){}\[\]@|/]|^[a-z]+(?:[- ][a-z]+)*$|https?|©")
_BY_PREFIX = re.compile(
    r"^\s*(?:by|written\s+by|reported\s+by|लेखक|रिपोर्ट(?:र)?"
    r"|द्वारा)\s*[:：\-–]?\s+(?P<name>\S.{2,60})$",
    re.I,
)
# "नाम / जगह 3 नवंबर …", "नाम / जगह February 14, …": a Latin word between place and day is a month
_NAME_SLASH_PLACE = re.compile(
    r"^(?P<name>[^/\d]{3,60})\s*/\s*(?P<place>[^\d/]{2,40}?)\s*[,।|]?\s+"
    r"(?:[A-Za-z]{3,9}\s+)?[\d०-९]{1,2}\b"
)
# "नई दिल्ली, 28 फरवरी 2014", "क ख / नई दिल्ली February 14, 2020", "लखनऊ 5 मिनट पहले"
_HINDI_WORD = "[\u0900-\u0963\u0970-\u097f\u200c\u200d]{2,20}"
_PLACE_BEFORE_DATE = re.compile(
    rf"^(?:[^/\d|]{{3,60}}/\s*)?(?P<place>{_HINDI_WORD}(?: {_HINDI_WORD})?)\s*[,।|:-]?\s*"
    r"(?:[\d०-९]{1,2}\s+\S+,?\s+[\d०-९]{4}|[A-Z][a-z]{2,8}\s+\d{1,2},?\s+\d{4}"
    r"|(?:कुछ\s+ही\s+(?:क्षण|देर)|[\d०-९]{1,2}\s+(?:मिनट|घंटे|घंटा|दिन))\s+पहले)"
)
# "क ख, बीबीसी संवाददाता, दिल्ली": a person, then their role
_NAME_AND_ROLE = re.compile(
    r"^(?P<name>[^,|:]{3,50}?)\s*,\s*(?:[^,\s]+\s+){0,4}"
    r"(?:संवाददाता|पत्रकार|रिपोर्टर|के\s+लिए|correspondent|reporter|editor|journalist)(?=$"
    r"|[\s,])(?P<rest>.*)$",
    re.I,
)
# Others than the author: `… | Edited By: ग घ`, `… Published by: ग घ`.
_EDITOR_CREDIT = re.compile(
    r"[\s,|(/–-]*\b(?:edited|published|posted|updated|reviewed|curated|produced|translated"
    r"|compiled)\s+by\b.*$"
    r"|[\s,|(/–-]*(?:संपादन|संपादित|संपादक|अनुवाद)\s*[:：-].*$",
    re.I,
)
_FOREIGN_BY_PREFIX = re.compile(r"^(?:von|par|por|door|af|av)\s+", re.I)
_AND = re.compile(r"\s+(?:und|et|og|och|&)\s+")
_SLUG = re.compile(r"[a-z\d]+(?:[-_.][a-z\d]+)+$")
_EDITION_SUFFIX = re.compile(
    "(?:hindi|news|online|live|digital|desk|team|bureau|india|web"
    "|हिंदी|हिन्दी|न्यूज\u093c?|लाइव|ऑनलाइन|डिजिटल|ब्यूरो|इंडिया|टीम|वेब)+$"
)
# How much of the page is searched; chosen by hand, not measured.
_MAX_BYLINE_LEVELS = 7  # ancestors of the headline in which a byline is looked for
_MAX_PLACE_LEVELS = 5  # … and a place
_MAX_BYLINE_TEXT = 90  # characters of an element that is a byline
_MAX_PLACE_LINE = 120  # characters of a line that can contain the place
_MAX_PLACE = 40  # characters of a place
_MAX_NAMES = 5  # names that are used from meta tags, and from visible bylines
_SOCIAL_LABELS = frozenset(
    split_words(
        "facebook twitter x instagram youtube linkedin whatsapp telegram email rss share follow"
    )
)
_MAX_BYLINE = 90  # characters of a line; chosen by hand, not measured
_DATELINE_OPENING = re.compile(r"\s*([^।:\n]{3,60}?)\s*[।:]")
_DATE_LABELS = re.compile(r"अपडेट|प्रकाशित|पब्लिश|तारीख|दिनांक|वार$|समय")


@dataclass(frozen=True, slots=True)
class Credits:
    """Authors, the desk or agency, and the place that the byline gives."""

    authors: tuple[str, ...] = ()
    desk: str | None = None
    place: str | None = None
    origin: str = ""  # source of the authors, or of the desk: jsonld, meta, visible, dateline
    place_origin: str = ""
    desk_origin: str = ""  # where the desk came from, if not from `origin`


def extract_credits(
    doc: HtmlDocument,
    article: Mapping[str, Any],
    page: Mapping[str, Any],
    headline: Headline,
    site_names: Iterable[str],
) -> Credits:
    """Extracts authors from JSON-LD, else meta tags, else the visible byline. A desk or an agency
    is never among the authors. `site_names`: names of the publisher.
    """
    site_keys = {comparison_key(name) for name in site_names if name}
    desk, desk_origin, place = None, "", None
    for origin, names in _iter_claims(doc, article, page, headline, site_keys):
        people: list[str] = []
        for name in names:
            byline = parse_byline(_clean_byline(name))
            place = place or byline.place
            authors = [
                author for author in byline.authors if not _is_organisation(author, site_keys)
            ]
            people += [author for author in authors if author not in people]
            organisation = (
                byline.desk
                or byline.agency
                or next(
                    (author for author in byline.authors if _is_organisation(author, site_keys)),
                    None,
                )
            )
            desk, desk_origin = (
                (desk, desk_origin) if desk or not organisation else (organisation, origin)
            )
        if people:
            return Credits(tuple(people), desk, place, origin, origin if place else "")
    return Credits((), desk, place, desk_origin, "byline" if place else "")


def _clean_byline(name: str) -> str:
    """Removes a foreign "by" (von, par …) and the person's role; separates names by commas."""
    match = _NAME_AND_ROLE.match(name)
    if match and not is_desk(match["name"]) and not is_agency(match["name"]):
        name = match["name"] + match["rest"]
    return _AND.sub(", ", _FOREIGN_BY_PREFIX.sub("", name))


def _is_organisation(name: str, site_keys: set[str]) -> bool:
    """Whether a name is the publisher, a desk, an agency or a URL, not a person."""
    key = comparison_key(name)
    is_publisher = key in site_keys or _strip_edition(key) in {
        _strip_edition(site_key) for site_key in site_keys
    }
    return (
        is_publisher
        or is_desk(name)
        or is_agency(name)
        or bool(re.search(r"https?:|www\.|\w\.[a-z]{2,3}$|@", name))
    )


def _strip_edition(key: str) -> str:
    """Removes "hindi", "news", "live" … from the end of a publisher's name."""
    return _EDITION_SUFFIX.sub("", key) or key


def _iter_claims(
    doc: HtmlDocument,
    article: Mapping[str, Any],
    page: Mapping[str, Any],
    headline: Headline,
    site_keys: set[str],
) -> Iterator[tuple[str, list[str]]]:
    """Yields (origin, names) for each source of authors, the most reliable first."""
    organisations: list[str] = []
    for node in (article, page):
        people = list_authors(node, doc.nodes)
        yield "jsonld", [name for kind, name in people if kind in ("", "Person")]
        organisations += [name for kind, name in people if kind not in ("", "Person")]
    yield (
        "meta",
        [
            value
            for name in _META_NAMES
            for value in doc.meta.get(name, ())
            if not value.startswith(("http", "/", "@"))
            and not _SLUG.match(value)
            and comparison_key(value) not in site_keys
        ][:_MAX_NAMES],
    )
    yield "visible", list(dict.fromkeys(_find_visible_names(doc, headline)))[:_MAX_NAMES]
    # organisations other than the publisher count only if no person is found
    yield "jsonld", [name for name in organisations if comparison_key(name) not in site_keys]


def _find_visible_names(doc: HtmlDocument, headline: Headline) -> Iterator[str]:
    """Yields the names in byline elements of the smallest ancestor of the headline that has any."""
    if headline.element is None:
        return
    # the ancestors contain one another: each element is examined once
    name_by_node: dict[Element, str | None] = {}
    for ancestor in islice(headline.element.iterancestors(), _MAX_BYLINE_LEVELS):
        nodes = list(ancestor.iter(*_BYLINE_TAGS))
        name_by_node |= {node: _extract_name(node) for node in nodes if node not in name_by_node}
        candidates = {
            node: name
            for node in nodes
            if (name := name_by_node[node]) and _is_byline_candidate(node)
        }
        outer = {parent for node in candidates for parent in node.iterancestors()}
        names = [name for node, name in candidates.items() if node not in outer]
        names = [
            name
            for name in names
            if "/" in name or not (_NOT_A_NAME.search(name) or name.lower() in _SOCIAL_LABELS)
        ]
        if names:
            yield from names
            return


def _is_byline_candidate(node: Element) -> bool:
    """Whether an element is outside comments, related links, sidebars and footers."""
    ancestor_names = " ".join(class_and_id(parent) for parent in islice(node.iterancestors(), 3))
    return not re.search(r"comment|related|sidebar|recommend|footer|popular", ancestor_names, re.I)


def _extract_name(node: Element) -> str | None:
    """Returns the name in a byline element; None if the element is not marked as a byline."""
    href, names = node.get("href") or "", class_and_id(node)
    has_author_link = (
        node.get("rel") == "author" or node.get("itemprop") == "author" or "/author/" in href
    )
    has_author_link = has_author_link or (node.tag == "a" and bool(_AUTHOR_URL.search(href)))
    has_author_class = bool(_AUTHOR_CLASS.search(names)) and not _NOT_AUTHOR_CLASS.search(names)
    if len(node) and not has_author_link and not has_author_class:
        return None  # most elements; their text need not be collected
    text = _EDITOR_CREDIT.sub("", " ".join(clean_text(node.text_content()).split()))
    if not 3 <= len(text) <= _MAX_BYLINE_TEXT:
        return None
    if has_author_link or (has_author_class and not re.search(r"\d{4}|[।?!]", text)):
        return match["name"] if (match := _BY_PREFIX.match(text)) else text
    return _match_signature(text) if len(node) == 0 else None


def _match_signature(text: str) -> str | None:
    """Returns the name in `By A B`, or name and place in `क ख / लखनऊ 3 नवंबर …`."""
    if match := _BY_PREFIX.match(text):
        return match["name"]
    match = _NAME_SLASH_PLACE.match(text)
    return f"{match['name']} / {match['place']}" if match else None


def add_dateline_credit(credits: Credits, opening: str) -> Credits:
    """Adds the desk or agency with which the text begins (`जागरण संवाददाता, लखनऊ। …`) to credits
    that have neither authors nor a desk. `opening`: the first paragraph.
    """
    match = _DATELINE_OPENING.match(opening)
    if credits.authors or credits.desk or not match:
        return credits
    byline = parse_byline(match.group(1))
    organisation = byline.desk or byline.agency
    return (
        replace(credits, desk=organisation, place=credits.place or byline.place, origin="dateline")
        if organisation
        else credits
    )


# --- the words a source's bylines open with (`reading.bylines`) ---


def parse_hinted_byline(line: str, openings: tuple[str, ...]) -> ParsedByline | None:
    """Parses a byline that opens with one of the source's own words; None for any other line.

    With the word `खास क़लम`, `खास क़लम, कानपुर` has that desk and the place कानपुर. A word that is a
    label (`Edited By`) is no desk. A line that goes on as a sentence is no byline.
    """
    line = " ".join(clean_text(line).split())
    match = _compile_openings(openings).match(line)
    if match is None or len(line) > _MAX_BYLINE:
        return None
    word, rest = match.group(), line[match.end() :].strip(" ,;:：|/–—-।.")
    parts = [part for part in re.split(r"\s*[,;|/]\s*", rest) if part]
    if re.search("[।?!:：]", rest) or not all(map(_is_byline_part, parts)):
        return None
    if _EDITOR_CREDIT.fullmatch(word) or _BY_PREFIX.match(f"{word} नाम"):
        return parse_byline(line)
    if re.match(r" [^\W_]", line[match.end() :]) and not is_place(rest):
        return None  # only a space between the word and what is no place: a sentence
    # beside an agency, the parser takes a single word for a place, as it is beside a desk
    byline = parse_byline(f"भाषा, {rest}")
    return ParsedByline(byline.authors, word.strip("() "), None, byline.place)


@lru_cache(maxsize=256)  # a crawl reads many pages of few sources
def _compile_openings(openings: tuple[str, ...]) -> re.Pattern[str]:
    """Matches the longest of the words, whatever its case; nothing when there is none."""
    words = sorted((" ".join(clean_text(word).split()) for word in openings), key=len)
    alternatives = "|".join(map(re.escape, reversed(words))) or "(?!)"
    return re.compile(rf"(?:{alternatives})(?![\w\u0900-\u0963])", re.I)


def _is_byline_part(part: str) -> bool:
    """Whether a part can be a name, a desk, an agency, a place or a date."""
    return parse_byline(part) != ParsedByline() or bool(find_dates(part))


def apply_byline_hints(
    credits: Credits, byline: ParsedByline, openings: tuple[str, ...]
) -> Credits:
    """Completes the credits from a hinted byline. Authors that are such a word become the desk."""
    pattern = _compile_openings(openings)
    authors = tuple(name for name in credits.authors if not pattern.fullmatch(name))
    desk, desk_origin = credits.desk, credits.desk_origin or credits.origin
    if not desk and len(authors) < len(credits.authors):
        desk = next(name for name in credits.authors if pattern.fullmatch(name))
    if not desk and byline.desk:
        desk, desk_origin = byline.desk, "visible"
    origin = credits.origin
    if not authors:
        authors, origin = byline.authors, "visible" if byline.authors else desk_origin
    place, place_origin = credits.place, credits.place_origin
    if not place and byline.place:
        place, place_origin = byline.place, "byline"
    return Credits(authors, desk, place, origin, place_origin, desk_origin if desk else "")


def extract_place(
    doc: HtmlDocument,
    article: Mapping[str, Any],
    credits: Credits,
    headline: Headline,
    first_paragraph: str,
) -> tuple[str | None, str]:
    """Extracts the place of writing from the dateline, else the byline, else JSON-LD, else an
    element near the headline; returns (place or None, origin).
    """
    if place := parse_dateline(first_paragraph):
        return place, "dateline"
    if credits.place:
        return credits.place, "byline"
    for key in ("dateline", "contentLocation", "locationCreated"):
        if (place := text_value(article.get(key))) and len(place) <= _MAX_PLACE:
            return place, "jsonld"
    return _find_visible_place(headline.element) if headline.element is not None else (None, "")


def _find_visible_place(headline: Element) -> tuple[str | None, str]:
    """Finds an element named as a place near the headline, or a place directly before a date."""
    seen: set[Element] = set()
    for ancestor in islice(headline.iterancestors(), _MAX_PLACE_LEVELS):
        for node in ancestor.iter("span", "div", "p", "a", "strong", "td", "li"):
            if node in seen:
                continue
            seen.add(node)
            text = text_with_breaks(node) if is_shorter_than(node, _MAX_PLACE_LINE) else ""
            if (
                _PLACE_CLASS.search(class_and_id(node))
                and 2 <= len(text) <= _MAX_PLACE
                and not re.search(r"\d", text)
            ):
                return text.rstrip(",.।: "), "visible"
            if (match := _PLACE_BEFORE_DATE.match(text)) and not _is_date_label(match["place"]):
                return match["place"].strip(" ,|।-"), "visible"
    return None, ""


def _is_date_label(words: str) -> bool:
    """Whether the words before a date are a label ("अपडेट") or a desk, not a place."""
    return bool(_DATE_LABELS.search(words)) or is_desk(words) or is_agency(words)
