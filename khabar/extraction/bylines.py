"""Author extraction. Desks and agencies are kept apart from authors; the publisher is never one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from khabar.extraction.boilerplate import comparison_key
from khabar.extraction.document import (
    HtmlDocument,
    is_shorter_than,
)
from khabar.extraction.headline import Headline
from khabar.extraction.jsonld import MAX_AUTHORS, count_authors, list_authors
from khabar.extraction.segments import Segment
from khabar.extraction.shown_bylines import find_visible_names
from khabar.hindi.dates import find_dates
from khabar.hindi.names import (
    ParsedByline,
    is_agency,
    is_credit_label,
    is_desk,
    parse_byline,
)
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
# "क ख, बीबीसी संवाददाता, दिल्ली": a person, then their role
_NAME_AND_ROLE = re.compile(
    r"^(?P<name>[^,|:]{3,50}?)\s*,\s*(?:[^,\s]+\s+){0,4}"
    r"(?:संवाददाता|पत्रकार|रिपोर्टर|के\s+लिए|correspondent|reporter|editor|journalist)(?=$"
    r"|[\s,])(?P<rest>.*)$",
    re.I,
)
_FOREIGN_BY_PREFIX = re.compile(r"^(?:von|par|por|door|af|av)\s+", re.I)
_AND = re.compile(r"\s+(?:und|et|og|och|&)\s+")
_SLUG = re.compile(r"[a-z\d]+(?:[-_.][a-z\d]+)*")
_TAG = re.compile(r"<[^<>]*>?")
_EMAIL_AND_NAME = re.compile(
    r"[^\s@()]{1,60}@[^\s@()]{1,60}\s\((?P<name>[^()]{2,60})\)"
)  # as in RSS
_LINK_END = re.compile(r"</(?:a|li|p|div)>(?=\s*<)", re.I)
_SITE_NAME_MARK = re.compile(r"\s[|–—:·-]\s|[|]")
_EDITION_SUFFIX = re.compile(
    "(?:hindi|news|online|live|digital|desk|team|bureau|india|web"
    "|हिंदी|हिन्दी|न्यूज\u093c?|लाइव|ऑनलाइन|डिजिटल|ब्यूरो|इंडिया|टीम|वेब)+$"
)
# How much of the page is searched; chosen by hand, not measured.
_MAX_MARKUP = 2000  # characters of a name with markup, and of a title
_MAX_HOME_LINKS = 50  # links at the top of a page, among which that to the home page is
_MAX_QUOTED = 40  # characters of a name that is quoted in a problem
_MAX_NAMES = 5  # names that are used from meta tags, and from visible bylines
_MAX_BYLINE = 90  # characters of a line; chosen by hand, not measured
_DATELINE_OPENING = re.compile(r"([^।:\n]{3,60}?)\s*[।:]")
_REPORT_ENDING = re.compile(r"\sकी\s(?:\S{1,20}\s)?रिपोर्ट$")


@dataclass(frozen=True, slots=True)
class Credits:
    """Authors, the desk or agency, and the place that the byline gives."""

    authors: tuple[str, ...] = ()
    desk: str | None = None
    place: str | None = None
    origin: str = ""  # source of the authors, or of the desk: jsonld, meta, visible, dateline
    place_origin: str = ""
    desk_origin: str = ""  # where the desk came from, if not from `origin`
    problems: tuple[str, ...] = ()


def extract_credits(
    doc: HtmlDocument,
    article: Mapping[str, Any],
    page: Mapping[str, Any],
    headline: Headline,
    site_names: Iterable[str],
) -> Credits:
    """Extracts authors from JSON-LD, else meta tags, else the visible byline. A desk or an agency
    is never among the authors. `site_names`: names of the publisher.

    A login name or slug (`mohan-tiwari`) is an author only if no source gives a better name.
    """
    host = (urlsplit(doc.url).hostname or "").removeprefix("www.")
    publishers = _list_publisher_names((*site_names, *_find_title_site(doc), host))
    people: list[str] = []
    slugs: list[str] = []
    desk, place, origin, desk_origin, slug_origin = None, None, "", "", ""
    problems: list[str] = []
    for origin, texts in _iter_claims(doc, article, page, headline, publishers):
        names = _sort_names(texts, publishers)
        people, place = names.people, place or names.place
        if names.organisation and not desk:
            desk, desk_origin = names.organisation, origin
        if names.slugs and not slugs:
            slugs, slug_origin = names.slugs, origin
        if origin != "visible":
            problems += [f"authors: {origin} {text!r} names nobody" for text in names.unread]
        if people:
            break
    if not people:
        people, origin = slugs, slug_origin or desk_origin
    given = max(len(people), count_authors(article), count_authors(page))
    if given > MAX_AUTHORS:
        problems.append(f"authors: {given} are given, the first {MAX_AUTHORS} are used")
    return Credits(
        tuple(people[:MAX_AUTHORS]),
        desk,
        place,
        origin,
        (origin if people else "byline") if place else "",
        problems=tuple(dict.fromkeys(problems))[-MAX_AUTHORS:],
    )


@dataclass(slots=True)
class _Names:
    """The names in the bylines of one source, by what they name."""

    people: list[str] = field(default_factory=list)
    slugs: list[str] = field(default_factory=list)
    organisation: str | None = None
    place: str | None = None
    unread: list[str] = field(default_factory=list)  # the beginnings of bylines that name nobody


def _sort_names(texts: Iterable[str], publishers: Sequence[str]) -> _Names:
    names = _Names()
    for text in texts:
        byline = parse_byline(_clean_byline(text))
        if byline == ParsedByline():
            names.unread.append(text[:_MAX_QUOTED])
        organisations = [byline.desk, byline.agency]
        for author in byline.authors:
            person = _strip_publisher(author, publishers)
            if _is_organisation(person, publishers):
                organisations.append(author)
                continue
            same_kind = names.slugs if _SLUG.fullmatch(person) else names.people
            if person not in same_kind:
                same_kind.append(person)
        names.organisation = names.organisation or next(filter(None, organisations), None)
        names.place = names.place or byline.place
    return names


def _clean_byline(name: str) -> str:
    """Removes markup, a foreign "by" (von, par …) and the person's role; separates names by
    commas.
    """
    if "<" in name:
        name = _TAG.sub(" ", _LINK_END.sub(", ", name[:_MAX_MARKUP]))
        name = " ".join(name.split()).replace(" ,", ",")
    if match := _EMAIL_AND_NAME.fullmatch(name[:_MAX_MARKUP].strip()):
        name = match["name"]
    match = _NAME_AND_ROLE.match(name)
    if match and not is_desk(match["name"]) and not is_agency(match["name"]):
        name = match["name"] + match["rest"]
    return _AND.sub(", ", _FOREIGN_BY_PREFIX.sub("", name))


# --- the publisher ---


def _list_publisher_names(names: Iterable[str]) -> tuple[str, ...]:
    """Returns the publisher's names, and the parts of names such as `क ख | Ka Kha News`."""
    parts = [part for name in names if name for part in (name, *_SITE_NAME_MARK.split(name))]
    return tuple(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))


def _find_title_site(doc: HtmlDocument) -> list[str]:
    """Returns the last part of the page's title if it is also the text of a link to the home
    page.
    """
    title = doc.root.findtext(".//title") or ""
    last = comparison_key(_SITE_NAME_MARK.split(title[-_MAX_MARKUP:])[-1])
    home_addresses = ("", str(doc.absolute_url("/")).rstrip("/"))
    for link in islice(doc.root.iter("a"), _MAX_HOME_LINKS) if last else ():
        href = link.get("href") or ""
        if href.rstrip("/") in home_addresses and is_shorter_than(link, _MAX_QUOTED):
            name = link.text_content()
            if comparison_key(name) == last:
                return [name]
    return []


def _is_publisher(name: str, publishers: Iterable[str]) -> bool:
    """Whether a name is the publisher's, with or without an edition (`news`, `live`), its first
    word, or its name of several words and one more (`Team`, a place).
    """
    key = comparison_key(name)
    words = [comparison_key(word) for word in name.split()]
    for publisher in publishers:
        publisher_key = comparison_key(publisher)
        parts = [comparison_key(word) for word in publisher.split()]
        if key == publisher_key or _strip_edition(key) == _strip_edition(publisher_key):
            return bool(key)
        if len(parts) > 1 and (
            (words == parts[:1] and len(key) > 2)
            or (len(words) == len(parts) + 1 and parts in (words[1:], words[:-1]))
        ):
            return True
    return False


def _strip_publisher(name: str, publishers: Iterable[str]) -> str:
    """Removes the publisher's name behind a person's of at least two words: `क ख गांव समाचार`."""
    words = name.split()
    keys = [comparison_key(word) for word in words]
    for publisher in publishers:
        parts = [comparison_key(word) for word in publisher.split()]
        if len(parts) > 1 and len(words) - len(parts) > 1 and keys[-len(parts) :] == parts:
            return " ".join(words[: -len(parts)]).rstrip(" -–—|")
    return name


def _is_organisation(name: str, publishers: Iterable[str]) -> bool:
    """Whether a name is the publisher, a desk, an agency or a URL, not a person."""
    return (
        _is_publisher(name, publishers)
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
    publishers: Sequence[str],
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
            and not _SLUG.fullmatch(value)
            and not _is_publisher(value, publishers)
        ][:_MAX_NAMES],
    )
    yield "visible", list(dict.fromkeys(find_visible_names(headline.element)))[:_MAX_NAMES]
    # organisations other than the publisher count only if no person is found
    yield "jsonld", [name for name in organisations if not _is_publisher(name, publishers)]


def add_dateline_credit(credits: Credits, opening: str) -> Credits:
    """Adds the desk or agency with which the text begins (`जागरण संवाददाता, लखनऊ। …`) to credits
    that have neither authors nor a desk. `opening`: the first paragraph.
    """
    match = _DATELINE_OPENING.match(opening.lstrip()[:_MAX_BYLINE])
    if credits.authors or credits.desk or not match:
        return credits
    byline = parse_byline(match.group(1))
    organisation = byline.desk or byline.agency
    return (
        replace(credits, desk=organisation, place=credits.place or byline.place, origin="dateline")
        if organisation
        else credits
    )


def add_signature_credit(credits: Credits, paragraphs: Sequence[Segment]) -> Credits:
    """Adds the author who signs the story in its last line to credits without authors."""
    last = paragraphs[-1] if paragraphs else None
    if credits.authors or last is None or len(last.text) > _MAX_BYLINE:
        return credits
    is_set_apart = last.bold_share == 1 or "right" in (last.node.get("style") or "")
    byline = parse_signature(last.text, is_set_apart=is_set_apart)
    if byline is None:
        return credits
    desk, desk_origin = credits.desk, credits.desk_origin or credits.origin
    if not desk and (byline.desk or byline.agency):
        desk, desk_origin = byline.desk or byline.agency, "visible"
    place, place_origin = credits.place, credits.place_origin
    if not place and byline.place:
        place, place_origin = byline.place, "byline"
    return replace(
        credits,
        authors=byline.authors,
        origin="visible",
        desk=desk,
        desk_origin=desk_origin if desk else "",
        place=place,
        place_origin=place_origin,
    )


def parse_signature(line: str, *, is_set_apart: bool = False) -> ParsedByline | None:
    """Parses the last line of a story if it names the author: `रिपोर्ट: क ख`, `भाषा / क ख`, `(क ख,
    कानपुर)`, `(कानपुर से क ख की रिपोर्ट)`; None for any other line.

    A name behind a dash or in brackets has to be bold or on the right, too: in 5,434 articles the
    ten names behind a dash at the end were all of people who had been quoted. The other forms gave
    54 signatures, no other line.
    """
    line = " ".join(clean_text(line).split()).rstrip("।. ")
    is_bracketed = line.startswith("(") and line.endswith(")")
    inner = line.strip("()-–—~ ")
    byline = parse_byline(inner)
    if not byline.authors or not all(1 < len(name.split()) < 5 for name in byline.authors):
        return None
    has_place = byline.place is not None and is_place(byline.place)
    is_report = bool(_REPORT_ENDING.search(inner)) and (is_bracketed or has_place)
    label = re.split(r"[:：/–-]", inner, maxsplit=1)[0].strip()
    is_labelled = label != inner and (is_credit_label(label) or is_agency(label))
    is_marked = is_bracketed or line.startswith(("-", "–", "—"))
    is_alone = len(byline.authors) == 1 and not re.search("[,;|/]", inner)
    if (
        is_report
        or is_labelled
        or (is_bracketed and has_place)
        or (is_marked and is_alone and is_set_apart)
    ):
        # more than two are a name and titles
        return byline if len(byline.authors) < 3 else replace(byline, authors=byline.authors[:1])
    return None


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
    if is_credit_label(word):
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
