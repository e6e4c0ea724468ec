"""दैनिक प्रहरी: the text is in the HTML twice, for desktop and mobile, one copy hidden; every page
has an AMP version. The sports section is AMP only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from markupsafe import Markup

from newsroom import posts
from newsroom.editions import Item
from newsroom.posts import CODES, EmbedCode
from newsroom.rendering import render_template
from newsroom.sites import schema
from newsroom.sites.base import SECTIONS, Issue, Site
from newsroom.stories import Post

_AMP_CODES = {
    "x": "x_amp",
    "youtube": "youtube_amp",
    "instagram": "instagram_amp",
    "facebook": "facebook_amp",
    "telegram": "telegram_frame",
    "datawrapper": "datawrapper_frame",
    "file": "video_amp",
    "pdf": "pdf_object",
}


class Prahari(Site):
    key = "prahari"
    name = "दैनिक प्रहरी"
    name_en = "Dainik Prahari"
    feed = "/feed.atom"
    feed_template = "feeds/atom.xml"
    codes = {
        "x": "x_lazy",
        "youtube": "youtube_lazy",
        "instagram": "instagram_quote",
        "facebook": "facebook_frame",
        "telegram": "telegram_frame",
        "datawrapper": "datawrapper_frame",
        "file": "video_tag",
        "pdf": "pdf_object",
    }
    hoists = True
    disallowed = ("/epaper/",)
    crawl_delay = 2

    def path(self, item: Item) -> str:
        return f"/{SECTIONS[item.section]}/{item.slug}-{item.number}.html"

    def amp_path(self, item: Item) -> str:
        return f"/amp{self.path(item)}"

    def format_dateline(self, item: Item) -> str:
        """Returns `प्रहरी संवाददाता, कोटा। ` for an article signed by a desk, only the place for
        one with an author.
        """
        return (
            f"{item.desk}, {item.place}। "
            if item.desk and item.place
            else super().format_dateline(item)
        )

    def is_amp(self, item: Item) -> bool:
        """Whether the item's only page is AMP."""
        return item.section == "खेल"

    def pick_embed_code(self, post: Post, item: Item) -> EmbedCode:
        return (
            CODES[_AMP_CODES[post.provider]]
            if self.is_amp(item)
            else super().pick_embed_code(post, item)
        )

    def template_values(self, item: Item, issue: Issue) -> dict[str, Any]:
        node = schema.article_node(self, item)
        for key in ("datePublished", "dateModified"):
            node[key] = "+0530".join(node[key].rsplit("+05:30", 1))  # as its CMS writes the offset
        if item.form == "stub":
            wall = {
                "@type": "WebPageElement",
                "isAccessibleForFree": False,
                "cssSelector": ".premium-wall",
            }
            node |= {"isAccessibleForFree": False, "hasPart": wall}
        return super().template_values(item, issue) | {
            "node": node,
            "crumbs": schema.breadcrumbs_node(self, item),
        }

    def template_name(self, item: Item) -> str:
        return "prahari/amp.html" if self.is_amp(item) else "prahari/article.html"

    def render_amp_page(self, item: Item, issue: Issue) -> str:
        """Renders the AMP version of an item's page."""

        def render_embed(post: Post) -> Markup:
            return posts.render_post(post, self.home, CODES[_AMP_CODES[post.provider]])

        return render_template(
            "prahari/amp.html", **self.template_values(item, issue) | {"embed": render_embed}
        )

    def render_mobile_page(self, item: Item, issue: Issue) -> str:
        return self.render_amp_page(item, issue)

    def iter_other_pages(self, issue: Issue) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yields the AMP versions."""
        yield from (
            (self.amp_path(item), partial(self.render_amp_page, item, issue))
            for item in issue.items
        )
