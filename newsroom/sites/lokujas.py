"""लोक उजास: a Next.js site. The story is a block array in __NEXT_DATA__; the first paragraph is cut
off in the HTML and complete only there, as at a large Hindi daily. Class names are hashes; the date
is shown as an age in words.
"""

from __future__ import annotations

from typing import Any

from newsroom import dates, posts
from newsroom.editions import Item
from newsroom.sites import schema
from newsroom.sites.base import SECTIONS, Issue, Site
from newsroom.stories import StoryPart

_VISIBLE_SHARE = 0.7  # of the first paragraph's words that are in the HTML


class LokUjas(Site):
    key = "lokujas"
    name = "लोक उजास"
    name_en = "Lok Ujas"
    feed = "/rss-v1--category-1061.xml"
    codes = {
        "x": "x_rendered",
        "youtube": "youtube_lite",
        "instagram": "instagram_frame",
        "facebook": "facebook_frame",
        "telegram": "telegram_script",
        "datawrapper": "datawrapper_frame",
        "file": "video_tag",
        "pdf": "pdf_object",
    }
    hoists = True
    disallowed = ("/api/", "/*?ref=")

    def path(self, item: Item) -> str:
        return f"/{SECTIONS[item.section]}/news/{item.slug}-{item.number}.html"

    def format_dateline(self, item: Item) -> str:
        """Returns no dateline: the place is shown beside the page's age."""
        return ""

    def template_values(self, item: Item, issue: Issue) -> dict[str, Any]:
        parts = self.build_parts(item)
        first = next((part for part in parts if part.type == "paragraph"), None)
        return super().template_values(item, issue) | {
            "first": first,
            "cut": truncate_paragraph(first.text) if first else "",
            "age": dates.format_age(item.published, issue.now),
            "nodes": self._jsonld_nodes(item),
            "state": self._page_state(item, parts),
        }

    def _jsonld_nodes(self, item: Item) -> list[dict[str, Any]]:
        article = schema.article_node(self, item)
        gallery = {
            "@context": "https://schema.org",
            "@type": "ImageGallery",
            "url": self.url(item),
            "image": article.get("image", []),
        }
        page = {
            "@context": "https://schema.org",
            "@type": "WebPage",
            "name": item.headline,
            "url": self.url(item),
        }
        nodes = [
            schema.organisation_node(self),
            schema.breadcrumbs_node(self, item),
            page,
            article,
            gallery,
        ]
        return [*nodes, self._video_node(item)] if item.form == "video" else nodes

    def _video_node(self, item: Item) -> dict[str, Any]:
        post = next(part.post for part in item.parts if part.post)
        return {
            "@context": "https://schema.org",
            "@type": "VideoObject",
            "name": post.title,
            "embedUrl": f"https://www.youtube.com/embed/{post.id}",
            "uploadDate": schema.format_time(item.published),
            "thumbnailUrl": f"{self.home}media/{item.slug}.jpg",
        }

    def _page_state(self, item: Item, parts: tuple[StoryPart, ...]) -> dict[str, Any]:
        """Returns the state that Next.js sends to the browser: the whole story as typed blocks."""
        lead = self.pick_lead_picture(item)
        header: dict[str, Any] = {
            "title": item.headline,
            "slug": item.kicker,
            "location": item.place,
            "media": [],
        }
        if lead:
            header["media"] = [{"type": "image", "text": lead.caption, "url": self.media(lead)}]
        story = {
            "id": item.number,
            "header": header,
            "templateContent": [self._state_block(part) for part in parts],
        }
        return {
            "props": {"pageProps": {"story": story, "articleLockType": "NONE"}},
            "page": "/[...slug]",
            "buildId": "uJ4s-v3",
        }

    def _state_block(self, part: StoryPart) -> dict[str, Any]:
        if part.picture:
            return {"type": "image", "text": part.picture.caption, "url": self.media(part.picture)}
        if part.post:
            return {
                "type": "embed",
                "provider": part.post.provider,
                "id": posts.make_native_id(part.post, self.home),
            }
        bold = (
            [{"start": 0, "end": len(part.text), "mType": "bold"}] if part.type == "heading" else []
        )
        return {
            "type": "paragraph" if part.type == "heading" else part.type,
            "text": part.text,
            "markups": bold,
        }


def truncate_paragraph(text: str) -> str:
    """Returns the start of a paragraph, cut off within a sentence."""
    words = text.split()
    prefix = words[: max(12, int(len(words) * _VISIBLE_SHARE))]
    while prefix[-1][-1] in "।?!,;:”":
        prefix.pop()
    return " ".join(prefix)
