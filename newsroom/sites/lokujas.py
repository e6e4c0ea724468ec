"""लोक उजास: a Next.js site. The story is a block array in __NEXT_DATA__; the first paragraph is cut in the tree and
whole only there, as at a large Hindi daily. Class names are hashes; the page's age is told in words."""

from __future__ import annotations

from typing import Any

from newsroom import dates, posts
from newsroom.printing import Item
from newsroom.sites import schema
from newsroom.sites.base import SECTIONS, Issue, Site
from newsroom.stories import Part

_SHOWN = 0.7  # of the first paragraph's words


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

    def dateline(self, item: Item) -> str:
        """None: the place stands beside the page's age."""
        return ""

    def values(self, item: Item, issue: Issue) -> dict[str, Any]:
        parts = self.parts(item)
        first = next((part for part in parts if part.type == "paragraph"), None)
        return super().values(item, issue) | {
            "first": first,
            "cut": cut(first.text) if first else "",
            "age": dates.ago(item.published, issue.now),
            "nodes": self._nodes(item),
            "state": self._state(item, parts),
        }

    def _nodes(self, item: Item) -> list[dict[str, Any]]:
        article = schema.news_article(self, item)
        gallery = {
            "@context": "https://schema.org",
            "@type": "ImageGallery",
            "url": self.url(item),
            "image": article.get("image", []),
        }
        page = {"@context": "https://schema.org", "@type": "WebPage", "name": item.headline, "url": self.url(item)}
        nodes = [schema.organisation(self), schema.breadcrumbs(self, item), page, article, gallery]
        return [*nodes, self._video(item)] if item.form == "video" else nodes

    def _video(self, item: Item) -> dict[str, Any]:
        post = next(part.post for part in item.parts if part.post)
        return {
            "@context": "https://schema.org",
            "@type": "VideoObject",
            "name": post.title,
            "embedUrl": f"https://www.youtube.com/embed/{post.id}",
            "uploadDate": schema.moment(item.published),
            "thumbnailUrl": f"{self.home}media/{item.slug}.jpg",
        }

    def _state(self, item: Item, parts: tuple[Part, ...]) -> dict[str, Any]:
        """What Next.js hands to the browser: the whole story as typed blocks."""
        lead = self.lead(item)
        header: dict[str, Any] = {"title": item.headline, "slug": item.kicker, "location": item.place, "media": []}
        if lead:
            header["media"] = [{"type": "image", "text": lead.caption, "url": self.media(lead)}]
        story = {"id": item.number, "header": header, "templateContent": [self._block(part) for part in parts]}
        return {
            "props": {"pageProps": {"story": story, "articleLockType": "NONE"}},
            "page": "/[...slug]",
            "buildId": "uJ4s-v3",
        }

    def _block(self, part: Part) -> dict[str, Any]:
        if part.picture:
            return {"type": "image", "text": part.picture.caption, "url": self.media(part.picture)}
        if part.post:
            return {"type": "embed", "provider": part.post.provider, "id": posts.native_id(part.post, self.home)}
        bold = [{"start": 0, "end": len(part.text), "mType": "bold"}] if part.type == "heading" else []
        return {"type": "paragraph" if part.type == "heading" else part.type, "text": part.text, "markups": bold}


def cut(text: str) -> str:
    """The beginning of a paragraph, ending amid a sentence."""
    words = text.split()
    shown = words[: max(12, int(len(words) * _SHOWN))]
    while shown[-1][-1] in "।?!,;:”":
        shown.pop()
    return " ".join(shown)
