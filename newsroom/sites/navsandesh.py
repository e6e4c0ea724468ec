"""नव संदेश टाइम्स: built like the sites of the Times group. Text between spans that act as line
breaks, posts only in the window state with empty placeholders in the text, live blogs.
"""

from __future__ import annotations

from typing import Any

from newsroom.editions import Item
from newsroom.sites import schema
from newsroom.sites.base import SECTIONS, Issue, Site
from newsroom.stories import Post


class NavSandesh(Site):
    key = "navsandesh"
    name = "नव संदेश टाइम्स"
    name_en = "Nav Sandesh Times"
    feed = "/rssfeeds/1.cms"
    feed_template = "feeds/tracked.xml"
    news_sitemap = "/sitemap-today.cms"
    codes = {
        "x": "x_quote",
        "youtube": "youtube_frame",
        "instagram": "instagram_quote",
        "facebook": "facebook_frame",
        "telegram": "telegram_frame",
        "datawrapper": "datawrapper_frame",
        "file": "video_tag",
        "pdf": "pdf_object",
    }
    disallowed = ("/off/", "/*?utm_source=*")

    def path(self, item: Item) -> str:
        kind = "liveblog" if item.form == "liveblog" else "articleshow"
        return f"/{SECTIONS[item.section]}/{item.slug}/{kind}/{item.number}.cms"

    def list_short_paths(self, item: Item) -> tuple[str, ...]:
        return (f"/articleshow/{item.number}.cms",)

    def section_path(self, section: str, page: int = 1) -> str:
        return f"/{SECTIONS[section]}/articlelist.cms" + (f"?curpg={page}" if page > 1 else "")

    def format_dateline(self, item: Item) -> str:
        return f"{item.place}: " if item.place else ""

    def month_path(self, month: str) -> str:
        return f"/sitemap-{month}.xml.gz"

    def template_name(self, item: Item) -> str:
        return f"navsandesh/{'liveblog' if item.form == 'liveblog' else 'article'}.html"

    def template_values(self, item: Item, issue: Issue) -> dict[str, Any]:
        return super().template_values(item, issue) | {
            "node": self._article_node(item),
            "crumbs": schema.breadcrumbs_node(self, item),
            "state": self._window_state(item),
        }

    def _article_node(self, item: Item) -> dict[str, Any]:
        if item.form != "liveblog":
            body = "\n".join(part.text for part in self.build_parts(item) if part.text)
            return schema.article_node(self, item) | {"articleBody": body}
        updates = [
            {
                "@type": "BlogPosting",
                "headline": update.title,
                "articleBody": update.text,
                "datePublished": schema.format_time(update.time),
            }
            for update in item.updates
        ]
        place = {"@type": "Place", "name": item.place}
        node = schema.article_node(self, item, "LiveBlogPosting")
        return node | {
            "contentLocation": place,
            "coverageStartTime": node["datePublished"],
            "liveBlogUpdate": updates,
        }

    def _window_state(self, item: Item) -> dict[str, Any]:
        """Returns the window state, with the embed codes in the order of their placeholders."""
        posts: list[Post] = [part.post for part in item.parts if part.post]
        posts += [update.embed for update in item.updates if update.embed]
        data = [
            {
                "tn": "cdata",
                "type": post.provider,
                "value": str(self.render_embed(post, item)) + "<p/>",
            }
            for post in posts
        ]
        return {
            "pageType": item.form,
            "msid": str(item.number),
            "articleshow": {"data": {"embeds": data}},
            "ads": {"enabled": True},
        }

    def placeholder(self, post: Post) -> str:
        """Returns the class of the empty element that a post is loaded into."""
        return {"x": "plcTwttr socialembed", "youtube": "plcYoutube videoembed"}.get(
            post.provider, "socialembed"
        )
