"""Headline and standfirst extraction: the visible ones where they agree with the metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from khabar.extraction.boilerplate import class_and_id, comparison_key
from khabar.extraction.document import (
    Element,
    HtmlDocument,
    is_shorter_than,
    strip_tokens,
    text_with_breaks,
)
from khabar.extraction.jsonld import text_value
from khabar.extraction.memory import remember_names
from khabar.hindi.language import compute_devanagari_share
from khabar.hindi.text import clean_text

_SEPARATOR = re.compile(r"\s+[|\-–—•»]\s+|\s*\|\s*")
_SITE_WORDS = re.compile(
    r"hindi\s*(?:news|samachar)|news\s+in\s+hindi|latest\s+news"
    r"|हिं?न?्?दी\s+(?:न्यूज|समाचार|ख\u093c?बर)|समाचार$|ताज\u093c?ा\s+ख\u093c?बर",
    re.I,
)
_COUNTER = re.compile(
    r"\(?\d{1,6}\)?(?: ?(?:comments?|shares?|views?|(?:टिप्पण|कमेंट|कॉमेंट)\S{0,12}))?", re.I
)
_GLUED_NUMBER = re.compile(r"(?<=[^\W\d_]|[\u0900-\u0965])\d{1,5}$")
_COUNTER_NAME = re.compile(r"comment|count|disqus|टिप्पणी", re.I)
_KICKER_END = re.compile(r"[:：/|]$")
_STANDFIRST_CLASS = re.compile(
    r"stand-?first|sub-?(?:title|head)|synopsis|summary|excerpt|strap|\bdek\b|\bdeck\b|intro"
    r"|short-?desc|art-?desc|\blead\b|teaser-?text|"
    r"story-?desc|highlight-?text",
    re.I,
)
# All numbers in this module were chosen by hand while pages were added to the tests; none was
# measured on its own. Similarities are results of title_similarity.
_SAME_TITLE = 0.6  # similarity from which an alternative headline only repeats the headline
_MIN_AGREEMENT = 0.4  # similarity below which the <h1> contradicts JSON-LD and og:title
_CLAIMS_AGREE = 0.8  # similarity from which JSON-LD and og:title agree with one another
_REPEATS_TITLE = 0.9  # similarity above which a standfirst of the headline's length repeats it
_MAX_STANDFIRST_LEVELS = 4  # ancestors of the headline in which a standfirst is looked for


@dataclass(frozen=True, slots=True)
class Headline:
    """The headline, the source it comes from, and the heading element that shows it, if any."""

    text: str | None = None
    origin: str = ""
    element: Element | None = None
    problems: tuple[str, ...] = ()


def extract_headline(
    doc: HtmlDocument, article: Mapping[str, Any], publisher_names: Iterable[str] = ()
) -> Headline:
    """Extracts the headline: the <h1> unless JSON-LD and og:title contradict it, else JSON-LD,
    og:title, other meta tags or <title>, else an <h2>. `publisher_names` are removed from it.
    """
    site_keys = _collect_site_keys(doc, publisher_names)
    claims = _collect_claims(doc, article, site_keys)
    visible = [
        (_strip_counter(heading_text(h1), h1, claims), h1)
        for h1 in doc.root.iter("h1")
        if _is_headline(h1)
    ]
    visible = [
        (_strip_site_name(text, site_keys, slugs=False), h1)
        for text, h1 in visible
        if text and comparison_key(text) not in site_keys
    ]
    if visible:
        text, element = max(visible, key=lambda candidate: _rank_candidate(candidate[0], claims))
        if not _is_contradicted(text, claims):
            return Headline(_complete_headline(text, claims), "h1", element)
    if claims:
        origin, text = claims[0]
        problems = (f"title: h1 {visible[0][0]!r} is not the headline",) if visible else ()
        return Headline(text, origin, _find_heading(doc, text), problems)
    for h2 in doc.root.iter("h2"):
        if _is_headline(h2) and (text := heading_text(h2)):
            return Headline(text, "h2", h2)
    return Headline()


def _collect_site_keys(doc: HtmlDocument, names: Iterable[str]) -> set[str]:
    """Returns the comparison keys of the publisher's names and of the host name."""
    host = (urlsplit(doc.url).hostname or "").removeprefix("www.")
    publishers = [text_value(node.get("publisher")) for node in doc.nodes] + [
        text_value(node.get("name"))
        for node in doc.nodes
        if "Organization" in str(node.get("@type")) or node.get("@type") == "WebSite"
    ]
    candidates = (
        *names,
        *doc.meta.get("og:site_name", ()),
        *doc.meta.get("application-name", ()),
        host,
        host.split(".")[0],
        *publishers,
    )
    return {comparison_key(name) for name in candidates if name and comparison_key(name)}


def _collect_claims(
    doc: HtmlDocument, article: Mapping[str, Any], site_keys: set[str]
) -> list[tuple[str, str]]:
    """Returns (origin, headline) from JSON-LD and the page's head, the most reliable first;
    romanised ones last if there is one in Devanagari.
    """
    raw_claims = [
        ("jsonld", text_value(article.get("headline")) or text_value(article.get("name"))),
        ("og", doc.get_meta("og:title")),
        ("meta", doc.get_meta("twitter:title", "title", "dc.title", "headline")),
        ("title", doc.root.findtext(".//title")),
    ]
    claims = [
        (origin, _strip_site_name(" ".join(clean_text(text).split()), site_keys))
        for origin, text in raw_claims
        if text
    ]
    claims = [claim for claim in claims if claim[1]]
    if any(compute_devanagari_share(text) > 0.5 for _, text in claims):
        # a stable sort that only moves romanised headlines to the end
        claims.sort(key=lambda claim: compute_devanagari_share(claim[1]) < 0.2)
    return claims


def _strip_site_name(text: str, site_keys: set[str], slugs: bool = True) -> str:
    """Removes the site's name, and romanised keywords added for search engines, at both ends."""
    separators = list(_SEPARATOR.finditer(text))
    if not separators:
        return text
    edges = [
        (0, 0),
        *((separator.start(), separator.end()) for separator in separators),
        (len(text), len(text)),
    ]
    parts = [(before[1], after[0]) for before, after in zip(edges, edges[1:], strict=False)]
    has_hindi = slugs and any(
        compute_devanagari_share(text[start:end]) > 0.5 for start, end in parts
    )
    while len(parts) > 1 and _is_site_or_slug(text[slice(*parts[-1])], site_keys, has_hindi):
        parts.pop()
    while len(parts) > 1 and _is_site_or_slug(
        text[slice(*parts[0])], site_keys, has_hindi, leading=True
    ):
        parts.pop(0)
    return text[parts[0][0] : parts[-1][1]].strip()


def _is_site_or_slug(
    part: str, site_keys: set[str], has_hindi: bool, leading: bool = False
) -> bool:
    """Whether a part between separators is the site's name or (beside Hindi) a romanised slug."""
    key = comparison_key(part)
    if not key or key in site_keys or (len(part) < 60 and _SITE_WORDS.search(part)):
        return True
    if any(
        len(site_key) > 4
        and key in (site_key + suffix for suffix in ("hindi", "news", "com", "live"))
        for site_key in site_keys
    ):
        return True
    # a Latin part beside a Hindi one is a slug; at the beginning only if too long for a name
    return (
        has_hindi
        and compute_devanagari_share(part) == 0
        and any(ch.isalpha() for ch in part)
        and (not leading or len(part.split()) > 3)
    )


def heading_text(heading: Element) -> str:
    """Returns the text of a heading, with a space after a kicker that the markup does not separate
    from the headline.
    """
    text = ""
    for part in heading.itertext() if len(heading) else (heading.text or "",):
        needs_space = text and not text[-1].isspace() and part and not part[0].isspace()
        if needs_space and (_KICKER_END.search(text) or _has_styled_parts(heading)):
            text += " "
        text += part
    return " ".join(clean_text(strip_tokens(text)).split())


def _strip_counter(text: str, heading: Element, claims: list[tuple[str, str]]) -> str:
    """Returns a headline without the number of comments behind it: a number in an element of its
    own that is named as a counter; or glued to the last word, or in its own element, where the
    metadata's headline lacks it.
    """
    last = next(reversed(heading), None)
    count, names = None, ""
    if last is not None and not (last.tail or "").strip():
        count = _COUNTER.fullmatch(" ".join(last.text_content().split()))
        names = f"{class_and_id(last)} {last.get('href') or ''}"
    count = count or _GLUED_NUMBER.search(text)
    rest = text.removesuffix(count.group()).rstrip(" |(-–") if count else ""
    is_counter = bool(rest) and (
        _COUNTER_NAME.search(names) is not None
        or any(comparison_key(claim) == comparison_key(rest) for _, claim in claims)
    )
    return rest if is_counter else text


def _has_styled_parts(heading: Element) -> bool:
    """Whether the heading has children that the page displays separately."""
    return any(
        child.tag in ("div", "p", "br")
        or re.search(r"kicker|label|slug|tag|category|prefix", class_and_id(child), re.I)
        for child in heading
    )


def _is_headline(heading: Element) -> bool:
    """Whether a heading is neither a logo nor part of navigation, footer or sidebar."""
    if heading.find(".//img") is not None and not heading.text_content().strip():
        return False
    return not any(parent.tag in ("nav", "footer", "aside") for parent in heading.iterancestors())


@lru_cache(maxsize=256)  # the page's own titles are compared with each of its headings
def _word_keys(text: str) -> frozenset[str]:
    return frozenset(key for key in map(comparison_key, text.split()) if key)


def title_similarity(title: str, other: str) -> float:
    """Returns the overlap of two headlines, 0–1: common words / words of the shorter one."""
    keys, other_keys = _word_keys(title), _word_keys(other)
    return len(keys & other_keys) / min(len(keys), len(other_keys)) if keys and other_keys else 0.0


def _rank_candidate(text: str, claims: list[tuple[str, str]]) -> tuple[float, int]:
    """Sort key for visible headings: similarity with the metadata, then length."""
    best = max((title_similarity(text, claim) for _, claim in claims), default=0.0)
    return (round(best, 1), len(text))


def _is_contradicted(text: str, claims: list[tuple[str, str]]) -> bool:
    """Whether JSON-LD and og:title agree with one another but not with the <h1>, or the <h1> is
    romanised or has at most two words.
    """
    strong = [claim for origin, claim in claims if origin in ("jsonld", "og")]
    if any(claim.startswith(text) for claim in strong):
        return False
    if not strong or max(title_similarity(text, claim) for claim in strong) >= _MIN_AGREEMENT:
        return bool(strong) and len(_word_keys(text)) <= 2 < len(_word_keys(strong[0])) - 2
    is_romanised = compute_devanagari_share(text) == 0 and compute_devanagari_share(strong[0]) > 0.5
    return (
        is_romanised
        or len(_word_keys(text)) <= 2
        or (len(strong) == 2 and title_similarity(*strong) >= _CLAIMS_AGREE)
    )


def _complete_headline(text: str, claims: list[tuple[str, str]]) -> str:
    """Returns the complete headline if the visible one (of over 20 characters) ends in an ellipsis
    and one in the metadata continues it.
    """
    prefix = text.rstrip(".… ")
    if text == prefix or len(prefix) <= 20:
        return text
    for _, claim in claims:
        rest = claim[len(prefix) :].lstrip(".… ")
        # what follows a separator is the site's name
        if claim.startswith(prefix) and rest and not _SEPARATOR.match(f" {rest}"):
            return claim
    return text


def _find_heading(doc: HtmlDocument, text: str) -> Element | None:
    """Returns the heading element with this text, or None."""
    key = comparison_key(text)
    headings = doc.root.iter("h1", "h2", "h3")
    return next(
        (heading for heading in headings if comparison_key(heading.text_content()) == key), None
    )


def extract_standfirst(
    doc: HtmlDocument, article: Mapping[str, Any], headline: Headline
) -> tuple[str | None, str]:
    """Extracts the standfirst: an element named as one, or an <h2>, below the headline, else
    JSON-LD alternativeHeadline; returns (text or None, origin).
    """
    if headline.element is None:
        return None, ""
    for ancestor in list(headline.element.iterancestors())[:_MAX_STANDFIRST_LEVELS]:
        for node in _iter_below_headline(headline.element, ancestor):
            text = text_with_breaks(node) if _is_standfirst_candidate(node) else ""
            if text and _is_standfirst_text(node, text, headline.text or ""):
                return text, node.tag
    alternative = text_value(article.get("alternativeHeadline"))
    if alternative and compute_devanagari_share(
        headline.text or ""
    ) > 0.5 > compute_devanagari_share(alternative):
        alternative = None  # romanised keywords
    if (
        alternative
        and title_similarity(alternative, headline.text or "") < _SAME_TITLE
        and len(alternative) > 30
    ):
        return alternative, "jsonld"
    return None, ""


def _iter_below_headline(element: Element, ancestor: Element) -> Iterable[Element]:
    """Yields the ancestor's elements after the headline, up to the first paragraph of over 150
    characters that is not named as a standfirst.
    """
    is_below = False
    inside = frozenset(element.iter())
    for node in ancestor.iter("h1", "h2", "h3", "p", "div", "span", "ul"):
        if node is element:
            is_below = True
        elif is_below and node not in inside:
            if (
                node.tag == "p"
                and not _is_standfirst_class(class_and_id(node))
                and not is_shorter_than(node, 151)
            ):
                return
            yield node


def _is_standfirst_candidate(node: Element) -> bool:
    """Whether an element is named as a standfirst, or is an <h2>, which most often is one."""
    has_itemprop = node.get("itemprop") in ("description", "alternativeHeadline")
    return has_itemprop or node.tag == "h2" or _is_standfirst_class(class_and_id(node))


@remember_names
def _is_standfirst_class(names: str) -> bool:
    return bool(_STANDFIRST_CLASS.search(names))


def _is_standfirst_text(node: Element, text: str, title: str) -> bool:
    """Whether a text has a standfirst's length (30–600 characters), does not repeat the headline
    and is neither a whole section nor mostly links.
    """
    if (
        not 30 <= len(text) <= 600
        or title_similarity(text, title) > _REPEATS_TITLE
        and len(text) <= len(title) + 10
    ):
        return False
    if (
        node.find(".//h1") is not None
        or node.find(".//p") is not None
        and len(node.findall(".//p")) > 2
    ):
        return False
    # marked to be read aloud: usually the first paragraph of the article
    if "speakable" in class_and_id(node):
        return False
    link_size = sum(len(link.text_content()) for link in node.iter("a"))
    return link_size * 3 < len(text)
