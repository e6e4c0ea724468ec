"""Metadata extraction: chooses one value per field (headline, dates, credits, section, tags …) and
records the source it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from khabar.extraction import jsonld
from khabar.extraction.boilerplate import class_and_id
from khabar.extraction.bylines import Credits, extract_credits
from khabar.extraction.document import HtmlDocument
from khabar.extraction.headline import (
    Headline,
    extract_headline,
    extract_standfirst,
    title_similarity,
)
from khabar.extraction.jsonld import Node, node_types, text_values
from khabar.extraction.memory import remember_names
from khabar.extraction.pagination import find_adjacent_pages
from khabar.extraction.publication_dates import PublicationDates, extract_dates
from khabar.extraction.sections import find_section
from khabar.hindi.text import clean_text
from khabar.model import urls
from khabar.model.sources import Source


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """All metadata, extracted before the body. `article`: the article's JSON-LD node, {} if there
    is none; `provenance` and `problems` are copied into the Article.
    """

    article: Node
    headline: Headline
    dates: PublicationDates
    credits: Credits
    subtitle: str | None = None
    canonical_url: str | None = None
    amp_url: str | None = None
    next_url: str | None = None
    previous_url: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()  # names of the publisher


def extract_metadata(doc: HtmlDocument, source: Source | None = None) -> PageMetadata:
    """Extracts all metadata of a page in which embeds have been replaced by tokens. `source`
    contributes the publisher's names.
    """
    names = (source.name, source.name_en) if source else ()
    article = find_main_article(doc)
    page = next(iter(jsonld.nodes_of_type(doc.nodes, jsonld.WEBPAGE_TYPES)), {})
    headline = extract_headline(doc, article, names)
    dates = extract_dates(doc, article, page, headline.element)
    publishers = tuple(dict.fromkeys(name for name in (*names, *_iter_publishers(doc)) if name))
    credits = extract_credits(doc, article, page, headline, publishers)
    subtitle, subtitle_origin = extract_standfirst(doc, article, headline)
    section, section_origin = find_section(doc, article, headline.text or "")
    tags, tags_origin = _find_tags(doc, article)
    canonical, canonical_problems = _find_canonical(doc)
    next_url, previous_url = find_adjacent_pages(doc, canonical)
    origins = {
        "title": headline.origin,
        "subtitle": subtitle_origin,
        "published_at": dates.published_at.origin if dates.published_at else "",
        "modified_at": dates.modified_at.origin if dates.modified_at else "",
        "authors": credits.origin if credits.authors else "",
        "desk": credits.origin if credits.desk else "",
        "section": section_origin,
        "tags": tags_origin,
        "canonical_url": "link" if canonical else "",
    }
    return PageMetadata(
        article=article,
        headline=headline,
        dates=dates,
        credits=credits,
        subtitle=subtitle,
        canonical_url=canonical,
        amp_url=_find_link(doc, "amphtml"),
        next_url=next_url,
        previous_url=previous_url,
        section=section,
        tags=tags,
        provenance={name: origin for name, origin in origins.items() if origin},
        problems=(*headline.problems, *dates.problems, *credits.problems, *canonical_problems),
        publishers=publishers,
    )


_TAG_BOX_CLASS = re.compile(
    r"(?:^|[\s_-])p?(?:tags?|topics|keywords)"
    r"(?:[\s_-]?(?:list|box|wrap\w*|links?|cloud|container|section))?(?:$|\s)"
    r"|story-?tags?|article-?tags?|-tags?-|-tags\s",
    re.I,
)
# Chosen by hand, not measured.
_MAX_TAG = 60  # characters
_MAX_TAGS = 30
_MAX_TAG_BOX = 600  # characters of an element with the article's tags
# a script wrote a variable without a value into the address
_NO_ADDRESS = re.compile(r"(?:^|/)(?:undefined|null|none|nan|\[object object\])/?$", re.I)


def find_main_article(doc: HtmlDocument) -> Node:
    """Returns the JSON-LD node of this page's article, {} if there is none. Nodes of other types
    (videos, social posts) are not used.
    """
    nodes = jsonld.nodes_of_type(doc.nodes, jsonld.ARTICLE_TYPES)
    if len(nodes) < 2:
        return nodes[0] if nodes else {}
    title = doc.get_meta("og:title") or doc.root.findtext(".//title") or ""
    return max(nodes, key=lambda node: _rank_node(node, doc, title))


def _rank_node(node: Mapping[str, Any], doc: HtmlDocument, title: str) -> tuple[bool, float, bool]:
    """Sort key for article nodes: same URL path, similar headline, not a live blog."""
    about = node.get("mainEntityOfPage")
    links = [node.get("url"), about.get("@id") if isinstance(about, dict) else about]
    path = urlsplit(doc.url).path
    is_same_path = any(
        isinstance(link, str) and path and urlsplit(link).path == path for link in links
    )
    similarity = title_similarity(jsonld.text_value(node.get("headline")) or "", title)
    return is_same_path, round(similarity, 1), "LiveBlogPosting" not in node_types(node)


def _iter_publishers(doc: HtmlDocument) -> Iterable[str]:
    for node in doc.nodes:
        if name := jsonld.text_value(node.get("publisher")):
            yield name
        if any("Organization" in kind for kind in node_types(node)) or "WebSite" in node_types(
            node
        ):
            yield from text_values(node.get("name"))
    yield from doc.meta.get("og:site_name", ())
    yield from doc.meta.get("application-name", ())


def _find_link(doc: HtmlDocument, rel: str) -> str | None:
    for link, names in doc.rel_links:
        if rel in names.lower().split():
            url = doc.absolute_url(link.get("href"))
            if url and url.split("#")[0] != doc.url.split("#")[0]:
                return url
    return None


def _find_canonical(doc: HtmlDocument) -> tuple[str | None, list[str]]:
    """Returns (canonical URL or None, problems). One that points to the home page is a mistake in
    the site's template and is ignored; so are values that are no address, a relative one on the
    host of another site's <base href>, and a <link> in the body that og:url does not confirm.
    """
    # search engines ignore those in the body; what follows a broken tag in the head is there too
    in_head, in_body = list[str | None](), list[str | None]()
    for link, rel in doc.rel_links:
        if link.tag == "link" and "canonical" in rel.lower().split():
            is_in_head = next(link.iterancestors("head"), None) is not None
            (in_head if is_in_head else in_body).append(link.get("href"))
    og_url = doc.get_meta("og:url")
    confirmed = {urls.resolve_link(doc.url, href) for href in (og_url, doc.url) if href}
    problems = []
    for href in (*in_head, og_url, *in_body):
        url = doc.absolute_url(href)
        path = urlsplit(url).path.strip("/") if url else ""
        if not url or (not path and not urlsplit(doc.url).path.strip("/")):
            continue
        if not path:
            return None, ["canonical_url: points at the home page"]
        if _NO_ADDRESS.search(path) and not _NO_ADDRESS.search(urlsplit(doc.url).path):
            problems.append(f"canonical_url: {href!r} is no address")
        elif "//" not in (href or "") and not _is_same_host(url, doc.url):
            problems.append("canonical_url: on another site's host, by <base href>")
        elif href not in (*in_head, og_url) and urls.resolve_link("", url) not in confirmed:
            problems.append("canonical_url: a <link> in the body, not believed")
        else:
            return url, problems
    return None, problems


def _is_same_host(url: str, other_url: str) -> bool:
    host, other_host = (urls.get_host(url).removeprefix("www.") for url in (url, other_url))
    return host == other_host


def _find_tags(doc: HtmlDocument, article: Node) -> tuple[tuple[str, ...], str]:
    """Extracts visible tags, else those of meta tags, JSON-LD or keywords; returns (tags,
    origin).
    """
    visible = [
        link.text_content()
        for link, rel in doc.rel_links
        if link.tag == "a" and "tag" in rel.split()
    ]
    visible = visible or [
        link.text_content() for box in _iter_tag_boxes(doc) for link in box.iter("a")
    ]
    claims: list[tuple[str, list[str]]] = [
        ("visible", visible),
        ("meta", list(doc.meta.get("article:tag", ()))),
        ("meta", _split_keywords(doc.meta.get("news_keywords", ()))),
        ("jsonld", _split_keywords(text_values(article.get("keywords")))),
        ("meta", _split_keywords(doc.meta.get("keywords", ()))),
    ]
    for origin, names in claims:
        tags = list(
            dict.fromkeys(
                " ".join(clean_text(name).split()).lstrip("#").strip(" ,") for name in names
            )
        )
        tags = [tag for tag in tags if 0 < len(tag) <= _MAX_TAG][:_MAX_TAGS]
        if tags:
            return tuple(tags), origin
    return (), ""


def _iter_tag_boxes(doc: HtmlDocument) -> Iterable[Any]:
    """Yields the first small element whose class or id names it as tags, topics or keywords."""
    for node in doc.root.iter("ul", "div", "section", "p"):
        if (
            _is_tag_box(class_and_id(node))
            and 0 < len(node.text_content().strip()) < _MAX_TAG_BOX
            and node.find(".//img") is None
        ):
            yield node
            return


@remember_names
def _is_tag_box(names: str) -> bool:
    return bool(_TAG_BOX_CLASS.search(names))


def _split_keywords(values: Iterable[str]) -> list[str]:
    """Splits keywords at commas; a single phrase of over three words is not a keyword."""
    parts = [part.strip() for value in values for part in value.split(",")]
    return parts if len(parts) > 1 or sum(len(part.split()) for part in parts) <= 3 else []
