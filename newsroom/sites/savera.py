"""सवेरा: a WordPress site. Yoast's JSON-LD @graph, oEmbed figures, a featured look of its own in `templates/savera`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from newsroom.posts import CODES, Code
from newsroom.printing import Item
from newsroom.rendering import render
from newsroom.sites import schema
from newsroom.sites.base import Issue, Site, grouped
from newsroom.stories import Post


class Savera(Site):
    key = "savera"
    name = "सवेरा"
    name_en = "Savera"
    feed = "/feed/"
    feed_template = "feeds/wordpress.xml"
    codes = {
        "x": "x_wordpress",
        "youtube": "youtube_lazy",
        "instagram": "instagram_quote",
        "facebook": "facebook_box",
        "telegram": "telegram_script",
        "datawrapper": "datawrapper_script",
        "file": "video_wordpress",
        "pdf": "pdf_wordpress",
    }
    mobile_redirects = True
    disallowed = ("/wp-admin/", "/2026/10/prayojit-")

    def path(self, item: Item) -> str:
        if item.form == "gallery":
            return f"/photo-gallery/{item.slug}/"
        return f"/{item.published:%Y/%m}/{item.slug}/"

    def short_paths(self, item: Item) -> tuple[str, ...]:
        return (f"/?p={item.number}",)

    def section_path(self, section: str, page: int = 1) -> str:
        folder = super().section_path(section)
        return f"/category{folder}" + (f"page/{page}/" if page > 1 else "")

    def code(self, post: Post, item: Item) -> Code:
        """Old editors paste the code by hand: in sport and weather WordPress has wrapped its lines in paragraphs."""
        by_hand = post.provider == "x" and item.section in ("खेल", "मौसम")
        return CODES["x_wpautop"] if by_hand else super().code(post, item)

    def template(self, item: Item) -> str:
        return "savera/gallery.html" if item.form == "gallery" else "savera/article.html"

    def values(self, item: Item, issue: Issue, page: int = 1) -> dict[str, Any]:
        told = super().values(item, issue) | {"graph": self._graph(item), "page": page, "pages": len(item.later) + 1}
        return told if page == 1 else told | {"groups": grouped(item.later[page - 2])}

    def other_pages(self, issue: Issue) -> Iterator[tuple[str, Callable[[], str]]]:
        """Later pages of long stories (WordPress's <!--nextpage-->)."""
        for item in issue.items:
            for page in range(2, len(item.later) + 2):
                yield f"{self.path(item)}{page}/", partial(self._later_page, item, issue, page)

    def _later_page(self, item: Item, issue: Issue, page: int) -> str:
        return render(self.template(item), **self.values(item, issue, page))

    def _graph(self, item: Item) -> dict[str, Any]:
        """Yoast's graph: nodes that point at one another by @id."""
        url = self.url(item)
        persons = [
            {"@type": "Person", "@id": f"{self.home}#/schema/person/{at}", "name": one["name"]}
            for at, one in enumerate(schema.people(item))
        ]
        article = schema.news_article(self, item) | {
            "@id": f"{url}#article",
            "isPartOf": {"@id": url},
            "mainEntityOfPage": {"@id": url},
            "author": [{"@id": one["@id"]} for one in persons],
            "publisher": {"@id": f"{self.home}#organization"},
        }
        article.pop("@context")
        if item.form == "gallery":  # it has no dateline to name the place
            article["contentLocation"] = {"@type": "Place", "name": item.place}
        page = {
            "@type": "WebPage",
            "@id": url,
            "url": url,
            "name": f"{item.headline} | {self.name}",
            "inLanguage": "hi-IN",
        }
        site = {"@type": "WebSite", "@id": f"{self.home}#website", "url": self.home, "name": self.name}
        house = schema.organisation(self) | {"@id": f"{self.home}#organization"}
        crumbs = schema.breadcrumbs(self, item)
        crumbs.pop("@context")
        return {"@context": "https://schema.org", "@graph": [article, page, crumbs, site, house, *persons]}
