"""The headline as the page shows it, and the standfirst under it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from khabar.extraction.boilerplate import names_of, squeezed
from khabar.extraction.document import Document, Element, spaced, without_tokens
from khabar.extraction.jsonld import text_of
from khabar.hindi.language import devanagari_share
from khabar.hindi.text import clean

_PARTS = re.compile(r"\s+[|\-–—•»]\s+|\s*\|\s*")
_SITE_WORDS = re.compile(
    r"hindi\s*(?:news|samachar)|news\s+in\s+hindi|latest\s+news|हिं?न?्?दी\s+(?:न्यूज|समाचार|ख\u093c?बर)|समाचार$|ताज\u093c?ा\s+ख\u093c?बर",
    re.I,
)
_KICKER_END = re.compile(r"[:：/|]$")
_STANDFIRST = re.compile(
    r"stand-?first|sub-?(?:title|head)|synopsis|summary|excerpt|strap|\bdek\b|\bdeck\b|intro|short-?desc|art-?desc|\blead\b|teaser-?text|"
    r"story-?desc|highlight-?text",
    re.I,
)
_AGREE = 0.6


@dataclass(frozen=True, slots=True)
class Headline:
    text: str | None = None
    how: str = ""
    element: Element | None = None
    problems: tuple[str, ...] = ()


def read_headline(doc: Document, article: Mapping[str, Any], names: Iterable[str] = ()) -> Headline:
    """h1 where it agrees with what og:title and JSON-LD say, else those, else <title>. `names` are the site's own."""
    sites = _site_names(doc, names)
    claims = _claims(doc, article, sites)
    shown = [(shown_text(h1), h1) for h1 in doc.root.iter("h1") if _is_headline(h1)]
    shown = [
        (_without_site(text, sites, slugs=False), h1) for text, h1 in shown if text and squeezed(text) not in sites
    ]
    if shown:
        text, element = max(shown, key=lambda one: _agreement(one[0], claims))
        if not _contradicted(text, claims):
            return Headline(_longer(text, claims), "h1", element)
    if claims:
        how, text = claims[0]
        problems = (f"title: h1 {shown[0][0]!r} is not the headline",) if shown else ()
        return Headline(text, how, _element_of(doc, text), problems)
    for h2 in doc.root.iter("h2"):
        if _is_headline(h2) and (text := shown_text(h2)):
            return Headline(text, "h2", h2)
    return Headline()


def _site_names(doc: Document, names: Iterable[str]) -> set[str]:
    host = (urlsplit(doc.url).hostname or "").removeprefix("www.")
    publishers = [text_of(node.get("publisher")) for node in doc.nodes] + [
        text_of(node.get("name"))
        for node in doc.nodes
        if "Organization" in str(node.get("@type")) or node.get("@type") == "WebSite"
    ]
    known = (
        *names,
        *doc.meta.get("og:site_name", ()),
        *doc.meta.get("application-name", ()),
        host,
        host.split(".")[0],
        *publishers,
    )
    return {squeezed(name) for name in known if name and squeezed(name)}


def _claims(doc: Document, article: Mapping[str, Any], sites: set[str]) -> list[tuple[str, str]]:
    """(source, headline) as the head of the page claims it; those in Devanagari before romanised ones."""
    said = [
        ("jsonld", text_of(article.get("headline")) or text_of(article.get("name"))),
        ("og", doc.first("og:title")),
        ("meta", doc.first("twitter:title", "title", "dc.title", "headline")),
        ("title", doc.root.findtext(".//title")),
    ]
    found = [(how, _without_site(" ".join(clean(text).split()), sites)) for how, text in said if text]
    found = [one for one in found if one[1]]
    if any(devanagari_share(text) > 0.5 for _, text in found):
        found.sort(key=lambda one: devanagari_share(one[1]) < 0.2)  # stable: a romanised slug goes last
    return found


def _without_site(text: str, sites: set[str], slugs: bool = True) -> str:
    """Without the site's name and the romanised slug that search engines are fed, at either end."""
    cuts = list(_PARTS.finditer(text))
    if not cuts:
        return text
    edges = [(0, 0), *((cut.start(), cut.end()) for cut in cuts), (len(text), len(text))]
    parts = [(left[1], right[0]) for left, right in zip(edges, edges[1:], strict=False)]
    hindi = slugs and any(devanagari_share(text[start:end]) > 0.5 for start, end in parts)
    while len(parts) > 1 and _is_addition(text[slice(*parts[-1])], sites, hindi):
        parts.pop()
    while len(parts) > 1 and _is_addition(text[slice(*parts[0])], sites, hindi, leading=True):
        parts.pop(0)
    return text[parts[0][0] : parts[-1][1]].strip()


def _is_addition(part: str, sites: set[str], hindi: bool, leading: bool = False) -> bool:
    key = squeezed(part)
    if not key or key in sites or (len(part) < 60 and _SITE_WORDS.search(part)):
        return True
    if any(len(site) > 4 and key in (site + suffix for suffix in ("hindi", "news", "com", "live")) for site in sites):
        return True
    # a Latin part beside a Hindi one is a slug; in front, only when it is long enough to be no name
    return (
        hindi
        and devanagari_share(part) == 0
        and any(ch.isalpha() for ch in part)
        and (not leading or len(part.split()) > 3)
    )


def shown_text(heading: Element) -> str:
    """A heading's words; a kicker glued to the headline in the markup is parted from it by a space."""
    text = ""
    for part in heading.itertext():
        glued = text and not text[-1].isspace() and part and not part[0].isspace()
        if glued and (_KICKER_END.search(text) or _styled_break(heading)):
            text += " "
        text += part
    return " ".join(clean(without_tokens(text)).split())


def _styled_break(heading: Element) -> bool:
    """Whether the heading is built of parts that the page shows apart."""
    return any(
        child.tag in ("div", "p", "br") or re.search(r"kicker|label|slug|tag|category|prefix", names_of(child), re.I)
        for child in heading
    )


def _is_headline(heading: Element) -> bool:
    if heading.find(".//img") is not None and not heading.text_content().strip():
        return False
    return not any(parent.tag in ("nav", "footer", "aside") for parent in heading.iterancestors())


def _words(text: str) -> set[str]:
    return {key for key in map(squeezed, text.split()) if key}


def agree(one: str, other: str) -> float:
    """How much two headlines say the same, 0–1: shared words over the words of the shorter."""
    left, right = _words(one), _words(other)
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0


def _agreement(text: str, claims: list[tuple[str, str]]) -> tuple[float, int]:
    best = max((agree(text, claim) for _, claim in claims), default=0.0)
    return (round(best, 1), len(text))


def _contradicted(text: str, claims: list[tuple[str, str]]) -> bool:
    """JSON-LD and og:title agree with one another and not with the h1, or the h1 is only a slug or a word or two."""
    strong = [claim for how, claim in claims if how in ("jsonld", "og")]
    if any(claim.startswith(text) for claim in strong):
        return False
    if not strong or max(agree(text, claim) for claim in strong) >= 0.4:
        return bool(strong) and len(_words(text)) <= 2 < len(_words(strong[0])) - 2
    romanised = devanagari_share(text) == 0 and devanagari_share(strong[0]) > 0.5
    return romanised or len(_words(text)) <= 2 or (len(strong) == 2 and agree(*strong) >= 0.8)


def _longer(text: str, claims: list[tuple[str, str]]) -> str:
    """The whole headline when the shown one is cut by an ellipsis."""
    start = text.rstrip(".… ")
    if text != start and len(start) > 20:
        return next((claim for _, claim in claims if claim.startswith(start) and _goes_on(claim[len(start) :])), text)
    return text


def _goes_on(rest: str) -> bool:
    """Whether what follows the cut is the rest of a headline, not a site's name."""
    rest = rest.lstrip(".… ")
    return bool(rest) and not _PARTS.match(f" {rest}")


def _element_of(doc: Document, text: str) -> Element | None:
    """The heading that shows this headline, when one does."""
    key = squeezed(text)
    headings = doc.root.iter("h1", "h2", "h3")
    return next((heading for heading in headings if squeezed(heading.text_content()) == key), None)


def read_standfirst(doc: Document, article: Mapping[str, Any], headline: Headline) -> tuple[str | None, str]:
    """The text shown between headline and story: what is marked as one, or an h2 right under the headline."""
    if headline.element is None:
        return None, ""
    for holder in list(headline.element.iterancestors())[:4]:
        for node in _behind(headline.element, holder):
            text = spaced(node) if _is_marked(node) else ""
            if text and _is_standfirst(node, text, headline.text or ""):
                return text, node.tag
    said = text_of(article.get("alternativeHeadline"))
    if said and devanagari_share(headline.text or "") > 0.5 > devanagari_share(said):
        said = None  # a slug in words
    if said and agree(said, headline.text or "") < _AGREE and len(said) > 30:
        return said, "jsonld"
    return None, ""


def _behind(element: Element, holder: Element) -> Iterable[Element]:
    """Elements of the holder behind the headline, up to the first long paragraph."""
    seen = False
    for node in holder.iter("h1", "h2", "h3", "p", "div", "span", "ul"):
        if node is element:
            seen = True
        elif seen and element not in node.iterancestors():
            if node.tag == "p" and len(node.text_content()) > 150 and not _STANDFIRST.search(names_of(node)):
                return
            yield node


def _is_marked(node: Element) -> bool:
    """Whether an element is called a standfirst, or is the h2 that mostly is one."""
    named = node.get("itemprop") in ("description", "alternativeHeadline")
    return named or node.tag == "h2" or bool(_STANDFIRST.search(names_of(node)))


def _is_standfirst(node: Element, text: str, title: str) -> bool:
    if not 30 <= len(text) <= 600 or agree(text, title) > 0.9 and len(text) <= len(title) + 10:
        return False
    if node.find(".//h1") is not None or node.find(".//p") is not None and len(node.findall(".//p")) > 2:
        return False
    if "speakable" in names_of(node):  # to be read aloud: as a rule the story's own first paragraph
        return False
    links = sum(len(link.text_content()) for link in node.iter("a"))
    return links * 3 < len(text)
