"""schema.org nodes of the sites' JSON-LD."""

from __future__ import annotations

from typing import Any

from newsroom.dates import IST
from newsroom.editions import Item
from newsroom.sites.base import Site


def format_time(value: Any) -> str:
    """ISO 8601 in Indian time."""
    return str(value.astimezone(IST).isoformat())


def organisation_node(site: Site) -> dict[str, Any]:
    logo = {
        "@type": "ImageObject",
        "url": f"{site.home}static/logo.png",
        "width": 600,
        "height": 60,
    }
    return {"@type": "NewsMediaOrganization", "name": site.name, "url": site.home, "logo": logo}


def author_nodes(item: Item) -> list[dict[str, str]]:
    """Returns the authors as a CMS lists them: a desk is a Person too."""
    return [
        {"@type": "Person", "name": name}
        for name in item.authors or ((item.desk,) if item.desk else ())
    ]


def article_node(site: Site, item: Item, kind: str = "NewsArticle") -> dict[str, Any]:
    """Returns the node of the article."""
    pictures = [part.picture for part in item.parts if part.picture] or list(item.pictures)
    node: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": kind,
        "mainEntityOfPage": {"@type": "WebPage", "@id": site.url(item)},
        "headline": item.headline,
        "description": item.standfirst or item.headline,
        "articleSection": item.section,
        "keywords": ", ".join(item.tags),
        "datePublished": format_time(item.published),
        "dateModified": format_time(item.updated_at),
        "author": author_nodes(item),
        "publisher": organisation_node(site),
        "inLanguage": {"english": "en", "marathi": "mr"}.get(item.form, "hi"),
    }
    if pictures:
        node["image"] = [
            {"@type": "ImageObject", "url": site.media(picture), "width": 1200, "height": 675}
            for picture in pictures
        ]
    return node


def breadcrumbs_node(site: Site, item: Item) -> dict[str, Any]:
    steps = [
        ("होम", site.home),
        (item.section, site.home.rstrip("/") + site.section_path(item.section)),
    ]
    steps.append((item.headline, site.url(item)))
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": index, "item": {"@id": url, "name": name}}
            for index, (name, url) in enumerate(steps, 1)
        ],
    }
