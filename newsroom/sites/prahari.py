"""दैनिक प्रहरी: its text stands twice in the tree, for desktop and phone, one copy hidden; every page has an AMP twin.
The sports desk prints AMP alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from markupsafe import Markup

from newsroom import posts
from newsroom.posts import CODES, Code
from newsroom.printing import Item
from newsroom.rendering import render
from newsroom.sites import schema
from newsroom.sites.base import SECTIONS, Issue, Site
from newsroom.stories import Post

_AMP = {
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

    def dateline(self, item: Item) -> str:
        """`प्रहरी संवाददाता, कोटा। ` where a desk signs, the place alone where a person does."""
        return f"{item.desk}, {item.place}। " if item.desk and item.place else super().dateline(item)

    def is_amp(self, item: Item) -> bool:
        """Whether the page itself is AMP, without a twin."""
        return item.section == "खेल"

    def code(self, post: Post, item: Item) -> Code:
        return CODES[_AMP[post.provider]] if self.is_amp(item) else super().code(post, item)

    def values(self, item: Item, issue: Issue) -> dict[str, Any]:
        node = schema.news_article(self, item)
        for key in ("datePublished", "dateModified"):
            node[key] = "+0530".join(node[key].rsplit("+05:30", 1))  # as its CMS writes the offset
        if item.form == "stub":
            wall = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".premium-wall"}
            node |= {"isAccessibleForFree": False, "hasPart": wall}
        return super().values(item, issue) | {"node": node, "crumbs": schema.breadcrumbs(self, item)}

    def template(self, item: Item) -> str:
        return "prahari/amp.html" if self.is_amp(item) else "prahari/article.html"

    def amp_page(self, item: Item, issue: Issue) -> str:
        """The AMP twin of an item's page."""

        def embed(post: Post) -> Markup:
            return posts.render(post, self.home, CODES[_AMP[post.provider]])

        return render("prahari/amp.html", **self.values(item, issue) | {"embed": embed})

    def mobile_page(self, item: Item, issue: Issue) -> str:
        return self.amp_page(item, issue)

    def other_pages(self, issue: Issue) -> Iterator[tuple[str, Callable[[], str]]]:
        """The AMP twins."""
        yield from ((self.amp_path(item), partial(self.amp_page, item, issue)) for item in issue.items)
