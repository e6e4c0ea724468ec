"""Who wrote it and from where: people, desks and agencies apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from khabar.extraction.boilerplate import names_of, squeezed
from khabar.extraction.document import Document, Element, is_brief, listed, spaced
from khabar.extraction.headline import Headline
from khabar.extraction.jsonld import people_of, text_of
from khabar.hindi.names import is_agency, is_desk, read_byline, read_dateline
from khabar.hindi.text import clean

_META = (
    "author",
    "article:author",
    "og:article:author",
    "dc.creator",
    "sailthru.author",
    "parsely-author",
    "byl",
    "creator",
)
_AUTHOR = re.compile(
    r"\bauthor|author\b|auther|by-?line|\breporter\b|writer|written-?by|editor-?name|post-?by|posted-?by", re.I
)
_NOT_AUTHOR = re.compile(r"bio|about|box|card|social|follow|comment|related|desc|image|pic|avatar|more|list", re.I)
_AUTHOR_PAGE = re.compile(r"/(?:byline|authors?|reporter|editor|profile|writer)s?/")
_HOLDERS = ("a", "span", "div", "p", "td", "li", "strong", "address", "h3", "h4", "h5", "cite", "b")
_PLACE = re.compile(r"(?:^|[\s_-])(?:place|location|dateline|city|loc)(?:$|[\s_-])", re.I)
_UNLIKE = re.compile(r"[\d:(){}\[\]@|/]|^[a-z]+(?:[- ][a-z]+)*$|https?|©")  # no name: times, addresses, slugs, captions
_BY = re.compile(
    r"^\s*(?:by|written\s+by|reported\s+by|लेखक|रिपोर्ट(?:र)?|द्वारा)\s*[:：\-–]?\s+(?P<name>\S.{2,60})$", re.I
)
# "नाम / जगह 3 नवंबर …" or "… February 14, …": only a Latin word between place and day is a month
_SLASH = re.compile(
    r"^(?P<name>[^/\d]{3,60})\s*/\s*(?P<place>[^\d/]{2,40}?)\s*[,।|]?\s+(?:[A-Za-z]{3,9}\s+)?[\d०-९]{1,2}\b"
)
# "नई दिल्ली, 28 फरवरी 2014", "क ख / नई दिल्ली February 14, 2020", "लखनऊ 5 मिनट पहले"; a Latin place needs its comma
_WORD = "[\u0900-\u0963\u0970-\u097f\u200c\u200d]{2,20}"
_BEFORE_DATE = re.compile(
    rf"^(?:[^/\d|]{{3,60}}/\s*)?(?P<place>{_WORD}(?: {_WORD})?)\s*[,।|:-]?\s*"
    r"(?:[\d०-९]{1,2}\s+\S+,?\s+[\d०-९]{4}|[A-Z][a-z]{2,8}\s+\d{1,2},?\s+\d{4}"
    r"|(?:कुछ\s+ही\s+(?:क्षण|देर)|[\d०-९]{1,2}\s+(?:मिनट|घंटे|घंटा|दिन))\s+पहले)"
)
# "क ख, बीबीसी संवाददाता, दिल्ली": a person, then what they do
_ROLE = re.compile(
    r"^(?P<name>[^,|:]{3,50}?)\s*,\s*(?:[^,\s]+\s+){0,4}"
    r"(?:संवाददाता|पत्रकार|रिपोर्टर|के\s+लिए|correspondent|reporter|editor|journalist)(?=$|[\s,])(?P<rest>.*)$",
    re.I,
)
# Who worked on it after its author: `… | Edited By: ग घ`, `… Published by: ग घ`.
_LATER = re.compile(
    r"[\s,|(/–-]*\b(?:edited|published|posted|updated|reviewed|curated|produced|translated|compiled)\s+by\b.*$"
    r"|[\s,|(/–-]*(?:संपादन|संपादित|संपादक|अनुवाद)\s*[:：-].*$",
    re.I,
)
_WRITTEN = re.compile(r"^(?:von|par|por|door|af|av)\s+", re.I)
_AND = re.compile(r"\s+(?:und|et|og|och|&)\s+")
_SLUG = re.compile(r"[a-z\d]+(?:[-_.][a-z\d]+)+$")
_EDITION = re.compile(
    "(?:hindi|news|online|live|digital|desk|team|bureau|india|web|हिंदी|हिन्दी|न्यूज\u093c?|लाइव|ऑनलाइन|डिजिटल|ब्यूरो|इंडिया|टीम|वेब)+$"
)
_LINKS = frozenset(listed("facebook twitter x instagram youtube linkedin whatsapp telegram email rss share follow"))
_OPENING = re.compile(r"\s*([^।:\n]{3,60}?)\s*[।:]")
_LABELS = re.compile(r"अपडेट|प्रकाशित|पब्लिश|तारीख|दिनांक|वार$|समय")


@dataclass(frozen=True, slots=True)
class Credits:
    authors: tuple[str, ...] = ()
    desk: str | None = None
    place: str | None = None
    how: str = ""  # where the authors (or the desk) came from
    place_how: str = ""


def read_credits(
    doc: Document, article: Mapping[str, Any], page: Mapping[str, Any], headline: Headline, sites: Iterable[str]
) -> Credits:
    """Authors by JSON-LD → meta → visible byline; a desk or an agency never stands among them."""
    own = {squeezed(name) for name in sites if name}
    desk, desk_how, place = None, "", None
    for how, names in _sources(doc, article, page, headline, own):
        people: list[str] = []
        for name in names:
            byline = read_byline(_plain(name))
            place = place or byline.place
            found = [one for one in byline.authors if not _is_house(one, own)]
            people += [one for one in found if one not in people]
            house = byline.desk or byline.agency or next((one for one in byline.authors if _is_house(one, own)), None)
            desk, desk_how = (desk, desk_how) if desk or not house else (house, how)
        if people:
            return Credits(tuple(people), desk, place, how, how if place else "")
    return Credits((), desk, place, desk_how, "byline" if place else "")


def _plain(name: str) -> str:
    """A byline without its "von" and what the person does; several names parted by commas."""
    found = _ROLE.match(name)
    if found and not is_desk(found["name"]) and not is_agency(found["name"]):
        name = found["name"] + found["rest"]
    return _AND.sub(", ", _WRITTEN.sub("", name))


def _is_house(name: str, own: set[str]) -> bool:
    key = squeezed(name)
    ours = key in own or _core(key) in {_core(one) for one in own}
    return ours or is_desk(name) or is_agency(name) or bool(re.search(r"https?:|www\.|\w\.[a-z]{2,3}$|@", name))


def _core(key: str) -> str:
    """A house's name without what it adds for its web edition."""
    return _EDITION.sub("", key) or key


def _sources(
    doc: Document, article: Mapping[str, Any], page: Mapping[str, Any], headline: Headline, own: set[str]
) -> Iterator[tuple[str, list[str]]]:
    houses: list[str] = []
    for node in (article, page):
        people = people_of(node, doc.nodes)
        yield "jsonld", [name for kind, name in people if kind in ("", "Person")]
        houses += [name for kind, name in people if kind not in ("", "Person")]
    yield (
        "meta",
        [value for name in _META for value in doc.meta.get(name, ()) if _is_name(value) and squeezed(value) not in own][
            :5
        ],
    )
    yield "visible", list(dict.fromkeys(_shown(doc, headline)))[:5]
    # an organisation signs only what nobody else does, and the publisher itself nothing
    yield "jsonld", [name for name in houses if squeezed(name) not in own]


def _is_name(value: str) -> bool:
    return not value.startswith(("http", "/", "@")) and not _SLUG.match(value)


def _shown(doc: Document, headline: Headline) -> Iterator[str]:
    """Names in what the page marks as its byline, nearest to the headline first."""
    if headline.element is None:
        return
    known: dict[Element, str | None] = {}  # holders stand in one another: each element is asked once
    for holder in islice(headline.element.iterancestors(), 7):
        nodes = list(holder.iter(*_HOLDERS))
        known |= {node: _name_in(node) for node in nodes if node not in known}
        found = {node: name for node in nodes if (name := known[node]) and _is_near(node)}
        inner = [name for node, name in found.items() if not any(node in other.iterancestors() for other in found)]
        inner = [name for name in inner if "/" in name or not (_UNLIKE.search(name) or name.lower() in _LINKS)]
        if inner:
            yield from inner
            return


def _is_near(node: Element) -> bool:
    """Whether an element could be the byline: none inside comments, cards or the running text."""
    around = " ".join(names_of(parent) for parent in islice(node.iterancestors(), 3))
    return not re.search(r"comment|related|sidebar|recommend|footer|popular", around, re.I)


def _name_in(node: Element) -> str | None:
    href, names = node.get("href") or "", names_of(node)
    linked = node.get("rel") == "author" or node.get("itemprop") == "author" or "/author/" in href
    linked = linked or (node.tag == "a" and bool(_AUTHOR_PAGE.search(href)))
    called = bool(_AUTHOR.search(names)) and not _NOT_AUTHOR.search(names)
    if len(node) and not linked and not called:
        return None  # before its text is put together: most elements end here
    text = _LATER.sub("", " ".join(clean(node.text_content()).split()))
    if not 3 <= len(text) <= 90:
        return None
    if linked or (called and not re.search(r"\d{4}|[।?!]", text)):
        return by["name"] if (by := _BY.match(text)) else text
    return _signature(text) if len(node) == 0 else None


def _signature(text: str) -> str | None:
    """The name in `By A B`, name and place in `क ख / लखनऊ 3 नवंबर …`."""
    if found := _BY.match(text):
        return found["name"]
    found = _SLASH.match(text)
    return f"{found['name']} / {found['place']}" if found else None


def signed(credits: Credits, opening: str) -> Credits:
    """Credits nobody else gave, from a desk or agency that opens the story: `जागरण संवाददाता, लखनऊ। …`."""
    found = _OPENING.match(opening)
    if credits.authors or credits.desk or not found:
        return credits
    byline = read_byline(found.group(1))
    house = byline.desk or byline.agency
    return replace(credits, desk=house, place=credits.place or byline.place, how="dateline") if house else credits


def read_place(
    doc: Document, article: Mapping[str, Any], credits: Credits, headline: Headline, first: str
) -> tuple[str | None, str]:
    """Where it was written: dateline → byline → JSON-LD → what the page marks as a place."""
    if place := read_dateline(first):
        return place, "dateline"
    if credits.place:
        return credits.place, "byline"
    for key in ("dateline", "contentLocation", "locationCreated"):
        if (place := text_of(article.get(key))) and len(place) <= 40:
            return place, "jsonld"
    return _place_shown(headline.element) if headline.element is not None else (None, "")


def _place_shown(headline: Element) -> tuple[str | None, str]:
    """What the page marks as a place near the headline, or writes right before the date."""
    seen: set[Element] = set()
    for holder in islice(headline.iterancestors(), 5):
        for node in holder.iter("span", "div", "p", "a", "strong", "td", "li"):
            if node in seen:
                continue
            seen.add(node)
            text = spaced(node) if is_brief(node, 120) else ""
            if _PLACE.search(names_of(node)) and 2 <= len(text) <= 40 and not re.search(r"\d", text):
                return text.rstrip(",.।: "), "visible"
            if (found := _BEFORE_DATE.match(text)) and not _is_label(found["place"]):
                return found["place"].strip(" ,|।-"), "visible"
    return None, ""


def _is_label(words: str) -> bool:
    return bool(_LABELS.search(words)) or is_desk(words) or is_agency(words)
