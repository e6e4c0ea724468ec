"""Everything a page says about its article besides the text: one value per field, and where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from khabar.extraction import jsonld
from khabar.extraction.boilerplate import names_of
from khabar.extraction.bylines import Credits, read_credits
from khabar.extraction.dates import Times, read_times
from khabar.extraction.document import Document
from khabar.extraction.headline import Headline, agree, read_headline, read_standfirst
from khabar.extraction.jsonld import Node, texts_of, types_of
from khabar.extraction.pagination import neighbours
from khabar.hindi.text import clean
from khabar.model.sources import Source


@dataclass(frozen=True, slots=True)
class Metadata:
    """What was read, before the body is known. `provenance` and `problems` go into the Article as they are."""

    article: Node
    headline: Headline
    times: Times
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


def read_metadata(doc: Document, source: Source | None = None) -> Metadata:
    """All metadata of a page whose embeds are lifted. Pure; raises nothing of its own."""
    names = (source.name, source.name_en) if source else ()
    article = main_article(doc)
    page = next(iter(jsonld.of_type(doc.nodes, jsonld.PAGES)), {})
    headline = read_headline(doc, article, names)
    times = read_times(doc, article, page, headline.element)
    credits = read_credits(doc, article, page, headline, (*names, *_publishers(doc)))
    subtitle, subtitle_how = read_standfirst(doc, article, headline)
    section, section_how = _section(doc, article)
    tags, tags_how = _tags(doc, article)
    canonical, strange = _canonical(doc)
    onward, back = neighbours(doc, canonical)
    found = {
        "title": headline.how,
        "subtitle": subtitle_how,
        "published_at": times.published.how if times.published else "",
        "modified_at": times.modified.how if times.modified else "",
        "authors": credits.how if credits.authors else "",
        "desk": credits.how if credits.desk else "",
        "section": section_how,
        "tags": tags_how,
        "canonical_url": "link" if canonical else "",
    }
    return Metadata(
        article=article,
        headline=headline,
        times=times,
        credits=credits,
        subtitle=subtitle,
        canonical_url=canonical,
        amp_url=_link(doc, "amphtml"),
        next_url=onward,
        previous_url=back,
        section=section,
        tags=tags,
        provenance={name: how for name, how in found.items() if how},
        problems=(*headline.problems, *times.problems, *strange),
    )


_TAG_BOX = re.compile(
    r"(?:^|[\s_-])p?(?:tags?|topics|keywords)(?:[\s_-]?(?:list|box|wrap\w*|links?|cloud|container|section))?(?:$|\s)|story-?tags?|article-?tags?|-tags?-|-tags\s",
    re.I,
)


def main_article(doc: Document) -> Node:
    """The JSON-LD node of this page's article; {} when there is none. Videos and posts never stand in for it."""
    nodes = jsonld.of_type(doc.nodes, jsonld.ARTICLES)
    if len(nodes) < 2:
        return nodes[0] if nodes else {}
    title = doc.first("og:title") or doc.root.findtext(".//title") or ""
    return max(nodes, key=lambda node: _fit(node, doc, title))


def _fit(node: Mapping[str, Any], doc: Document, title: str) -> tuple[bool, float, bool]:
    about = node.get("mainEntityOfPage")
    links = [node.get("url"), about.get("@id") if isinstance(about, dict) else about]
    path = urlsplit(doc.url).path
    here = any(isinstance(link, str) and path and urlsplit(link).path == path for link in links)
    agreement = agree(jsonld.text_of(node.get("headline")) or "", title)
    return here, round(agreement, 1), "LiveBlogPosting" not in types_of(node)


def _publishers(doc: Document) -> Iterable[str]:
    for node in doc.nodes:
        if name := jsonld.text_of(node.get("publisher")):
            yield name
        if any("Organization" in kind for kind in types_of(node)) or "WebSite" in types_of(node):
            yield from texts_of(node.get("name"))
    yield from doc.meta.get("og:site_name", ())
    yield from doc.meta.get("application-name", ())


def _link(doc: Document, rel: str) -> str | None:
    for link in doc.root.iter("link", "a"):
        if rel in (link.get("rel") or "").lower().split():
            url = doc.absolute(link.get("href"))
            if url and url.split("#")[0] != doc.url.split("#")[0]:
                return url
    return None


def _canonical(doc: Document) -> tuple[str | None, list[str]]:
    """The canonical URL, unless it points at the home page, which is a template's mistake."""
    links = [
        link.get("href") for link in doc.root.iter("link") if "canonical" in (link.get("rel") or "").lower().split()
    ]
    said = [*links, doc.first("og:url")]
    for link in said:
        url = doc.absolute(link)
        if url and urlsplit(url).path.strip("/"):
            return url, []
        if url and urlsplit(doc.url).path.strip("/"):
            return None, ["canonical_url: points at the home page"]
    return None, []


def _section(doc: Document, article: Node) -> tuple[str | None, str]:
    said = [("jsonld", section) for section in texts_of(article.get("articleSection"))[:1]]
    said += [
        ("meta", value) for value in (doc.first("article:section", "og:article:section", "articlesection"),) if value
    ]
    said += [("breadcrumb", name) for name in _crumbs(doc)[-1:]]
    said = [(how, " ".join(clean(text).split())) for how, text in said]
    said = [one for one in said if one[1]]
    if len(said) > 1 and said[0][1].isupper() and said[0][1].casefold() == said[1][1].casefold():
        said.pop(0)  # SHOUTED in JSON-LD, written in the meta tag
    return (said[0][1], said[0][0]) if said else (None, "")


def _crumbs(doc: Document) -> list[str]:
    """Names of the breadcrumb between home and the page itself."""
    for node in jsonld.of_type(doc.nodes, frozenset({"BreadcrumbList"})):
        items = node.get("itemListElement")
        items = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
        names = [jsonld.text_of(one.get("name")) or jsonld.text_of(one.get("item")) or "" for one in items]
        title = doc.first("og:title") or ""
        return [name for name in names[1:] if name and not (len(name) > 25 and agree(name, title) > 0.6)]
    for node in doc.root.iter("ul", "ol", "div", "nav"):
        if "crumb" in names_of(node).lower():
            names = [" ".join(clean(link.text_content()).split()) for link in node.iter("a")]
            return [name for name in names[1:] if 0 < len(name) < 40]
    return []


def _tags(doc: Document, article: Node) -> tuple[tuple[str, ...], str]:
    """Tags as the page shows them, else as meta, JSON-LD or keywords name them."""
    shown = [link.text_content() for link in doc.root.iter("a") if "tag" in (link.get("rel") or "").split()]
    shown = shown or [link.text_content() for box in _tag_boxes(doc) for link in box.iter("a")]
    said: list[tuple[str, list[str]]] = [
        ("visible", shown),
        ("meta", list(doc.meta.get("article:tag", ()))),
        ("meta", _parted(doc.meta.get("news_keywords", ()))),
        ("jsonld", _parted(texts_of(article.get("keywords")))),
        ("meta", _parted(doc.meta.get("keywords", ()))),
    ]
    for how, names in said:
        tags = list(dict.fromkeys(" ".join(clean(name).split()).lstrip("#").strip(" ,") for name in names))
        tags = [tag for tag in tags if 0 < len(tag) <= 60][:30]
        if tags:
            return tuple(tags), how
    return (), ""


def _tag_boxes(doc: Document) -> Iterable[Any]:
    """Small lists of links that the page calls tags or topics."""
    for node in doc.root.iter("ul", "div", "section", "p"):
        if _is_tag_box(names_of(node)) and 0 < len(node.text_content().strip()) < 600 and node.find(".//img") is None:
            yield node
            return


@lru_cache(maxsize=4096)  # a page's elements have few names
def _is_tag_box(names: str) -> bool:
    return bool(_TAG_BOX.search(names))


def _parted(values: Iterable[str]) -> list[str]:
    """Keywords parted at commas; one long phrase is a slug in words, no keyword."""
    parts = [part.strip() for value in values for part in value.split(",")]
    return parts if len(parts) > 1 or sum(len(part.split()) for part in parts) <= 3 else []
