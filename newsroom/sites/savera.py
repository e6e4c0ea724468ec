"""सवेरा: a WordPress site, with Yoast's JSON-LD @graph and oEmbed figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from newsroom.editions import Item
from newsroom.posts import CODES, EmbedCode
from newsroom.rendering import render_template
from newsroom.sites import schema
from newsroom.sites.base import Issue, Site, group_list_items
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

    def list_short_paths(self, item: Item) -> tuple[str, ...]:
        return (f"/?p={item.number}",)

    def section_path(self, section: str, page: int = 1) -> str:
        folder = super().section_path(section)
        return f"/category{folder}" + (f"page/{page}/" if page > 1 else "")

    def pick_embed_code(self, post: Post, item: Item) -> EmbedCode:
        """Returns the markup of a post. In sport and weather, tweets are pasted by hand: WordPress
        has wrapped the lines of their code in paragraphs.
        """
        by_hand = post.provider == "x" and item.section in ("खेल", "मौसम")
        return CODES["x_wpautop"] if by_hand else super().pick_embed_code(post, item)

    def template_name(self, item: Item) -> str:
        return "savera/gallery.html" if item.form == "gallery" else "savera/article.html"

    def template_values(self, item: Item, issue: Issue, page: int = 1) -> dict[str, Any]:
        values = super().template_values(item, issue) | {
            "graph": self._yoast_graph(item),
            "page": page,
            "pages": len(item.later) + 1,
        }
        return values if page == 1 else values | {"groups": group_list_items(item.later[page - 2])}

    def iter_other_pages(self, issue: Issue) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yields later pages of long stories (WordPress's <!--nextpage-->)."""
        for item in issue.items:
            for page in range(2, len(item.later) + 2):
                yield (
                    f"{self.path(item)}{page}/",
                    partial(self._render_later_page, item, issue, page),
                )

    def _render_later_page(self, item: Item, issue: Issue, page: int) -> str:
        return render_template(self.template_name(item), **self.template_values(item, issue, page))

    def _yoast_graph(self, item: Item) -> dict[str, Any]:
        """Returns Yoast's graph: nodes that refer to each other by @id."""
        url = self.url(item)
        persons = [
            {
                "@type": "Person",
                "@id": f"{self.home}#/schema/person/{index}",
                "name": person["name"],
            }
            for index, person in enumerate(schema.author_nodes(item))
        ]
        article = schema.article_node(self, item) | {
            "@id": f"{url}#article",
            "isPartOf": {"@id": url},
            "mainEntityOfPage": {"@id": url},
            "author": [{"@id": person["@id"]} for person in persons],
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
        site = {
            "@type": "WebSite",
            "@id": f"{self.home}#website",
            "url": self.home,
            "name": self.name,
        }
        house = schema.organisation_node(self) | {"@id": f"{self.home}#organization"}
        crumbs = schema.breadcrumbs_node(self, item)
        crumbs.pop("@context")
        return {
            "@context": "https://schema.org",
            "@graph": [article, page, crumbs, site, house, *persons],
        }
