"""Base class of the five sites: names, URLs, rendering of an item, and the issue of one site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar
from urllib.parse import quote

from markupsafe import Markup

from newsroom import posts
from newsroom.editions import Item
from newsroom.posts import CODES, EmbedCode
from newsroom.rendering import render_template
from newsroom.stories import Picture, Post, StoryPart

SECTIONS = {
    "राज्य": "rajya",
    "देश": "desh",
    "कारोबार": "karobar",
    "तकनीक": "takneek",
    "शिक्षा": "shiksha",
    "स्वास्थ्य": "swasthya",
    "खेल": "khel",
    "मौसम": "mausam",
    "मनोरंजन": "manoranjan",
    "जीवन": "jeevan",
    "Education": "english",
}
PER_PAGE = 10
Pager = Callable[[int], str]  # page number → path


class Site:
    """One test site. Subclasses define URLs, datelines and embed markup; templates render the
    rest.
    """

    key: ClassVar[str]
    name: ClassVar[str]
    name_en: ClassVar[str]
    codes: ClassVar[Mapping[str, str]]  # provider → embed markup (macro)
    feed: ClassVar[str]
    feed_template: ClassVar[str] = "feeds/rss.xml"
    news_sitemap: ClassVar[str] = "/news-sitemap.xml"
    archive_index: ClassVar[str] = "/sitemap-index.xml"
    hoists: ClassVar[bool] = False  # the first picture is moved above the story
    mobile_redirects: ClassVar[bool] = False  # the m. host redirects to www.
    disallowed: ClassVar[tuple[str, ...]] = ()
    crawl_delay: ClassVar[int | None] = None

    @property
    def host(self) -> str:
        return f"www.{self.key}.newsroom.test"

    @property
    def mobile(self) -> str:
        return f"m.{self.key}.newsroom.test"

    @property
    def home(self) -> str:
        return f"http://{self.host}/"

    # -- URLs

    def path(self, item: Item) -> str:
        """Returns an item's path."""
        raise NotImplementedError

    def url(self, item: Item) -> str:
        return self.home.rstrip("/") + self.path(item)

    def list_short_paths(self, item: Item) -> tuple[str, ...]:
        """Returns other paths of an item, which redirect to its own."""
        return ()

    def section_path(self, section: str, page: int = 1) -> str:
        return f"/{SECTIONS[section]}/" + (f"?page={page}" if page > 1 else "")

    def topic_path(self, tag: str) -> str:
        return f"/topic/{quote(tag)}/"

    def author_path(self, name: str) -> str:
        return f"/author/{quote(name)}/"

    def month_path(self, month: str) -> str:
        """Returns the path of the archive sitemap of a month such as `2026-10`."""
        return f"/sitemap-{month}.xml"

    def media(self, picture: Picture) -> str:
        return f"{self.home}media/{picture.file}"

    # -- content of a page

    def format_dateline(self, item: Item) -> str:
        """Returns the text before the first paragraph, with punctuation and trailing space; "" for
        none.
        """
        return f"{item.place}। " if item.place else ""

    def page_time(self, dt: datetime) -> datetime:
        """Returns the time with the precision that the site's pages show."""
        return dt

    def pick_lead_picture(self, item: Item) -> Picture | None:
        """Returns the picture above the story."""
        return (
            next((part.picture for part in item.parts if part.picture), None)
            if self.hoists
            else None
        )

    def build_parts(self, item: Item) -> tuple[StoryPart, ...]:
        """Returns the story's parts as published: with the dateline, without the lead picture."""
        lead = self.pick_lead_picture(item)
        parts = [part for part in item.parts if not (lead and part.picture is lead)]
        first = next((index for index, part in enumerate(parts) if part.type == "paragraph"), None)
        if first is not None:
            parts[first] = replace(
                parts[first], text=self.format_dateline(item) + parts[first].text
            )
        return tuple(parts)

    def pick_embed_code(self, post: Post, item: Item) -> EmbedCode:
        """Returns the markup with which this site embeds a post."""
        return CODES[self.codes[post.provider]]

    def render_embed(self, post: Post, item: Item) -> Markup:
        return posts.render_post(post, self.home, self.pick_embed_code(post, item))

    # -- pages

    def template_values(self, item: Item, issue: Issue) -> dict[str, Any]:
        """Returns the variables of the article's template."""
        return {
            "site": self,
            "issue": issue,
            "item": item,
            "url": self.url(item),
            "groups": group_list_items(self.build_parts(item)),
            "lead": self.pick_lead_picture(item),
            "embed": lambda post: self.render_embed(post, item),
            "related": issue.pick_related(item),
        }

    def template_name(self, item: Item) -> str:
        return f"{self.key}/article.html"

    def render_page(self, item: Item, issue: Issue) -> str:
        return render_template(self.template_name(item), **self.template_values(item, issue))

    def render_mobile_page(self, item: Item, issue: Issue) -> str:
        """Renders the page of the site's m. host."""
        return self.render_page(item, issue)

    def render_redesigned_page(self, item: Item, issue: Issue) -> str:
        """Renders the page after a redesign: date and byline are filled in by scripts only."""
        return render_template(
            "redesigned.html", site=self, item=item, groups=group_list_items(self.build_parts(item))
        )

    def iter_other_pages(self, issue: Issue) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yields (path, render function) of further pages that the site has for its items."""
        yield from ()

    def render_plain_page(self, issue: Issue, title: str, paragraphs: Sequence[str]) -> str:
        """Renders a page that is no article: about us, contact, not found."""
        return render_template(
            "plain.html",
            base=f"{self.key}/base.html",
            site=self,
            issue=issue,
            title=title,
            paragraphs=paragraphs,
        )

    def render_listing(
        self,
        issue: Issue,
        title: str,
        items: Sequence[Item],
        page: int = 1,
        pager: Pager | None = None,
    ) -> str:
        """Renders one page of teasers. `pager` gives the paths of the other pages; None: there are
        none.
        """
        page_items = items[(page - 1) * PER_PAGE : page * PER_PAGE] if pager else items
        has_more = pager is not None and page * PER_PAGE < len(items)
        return render_template(
            "listing.html", base=f"{self.key}/base.html", site=self, issue=issue,
            title=title, items=page_items, page=page, more=has_more, pager=pager,
        )  # fmt: skip


def group_list_items(parts: Sequence[StoryPart]) -> list[list[StoryPart]]:
    """Groups consecutive list items; every other part is a group of its own."""
    runs = groupby(
        enumerate(parts), key=lambda pair: -1 if pair[1].type == "list_item" else pair[0]
    )
    return [[part for _, part in run] for _, run in runs]


@dataclass(frozen=True)
class Issue:
    """What one site has published at one time: its items, newest first, without removed ones."""

    site: Site
    now: datetime
    items: tuple[Item, ...]

    @property
    def sections(self) -> tuple[str, ...]:
        """Sections that have items, in the site's order."""
        names = {item.section for item in self.items}
        return tuple(section for section in SECTIONS if section in names)

    def items_in_section(self, section: str) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.section == section)

    def find_item(self, slug: str) -> Item | None:
        return next((item for item in self.items if item.slug == slug), None)

    def pick_related(self, item: Item, count: int = 4) -> tuple[Item, ...]:
        """Returns other items of the issue, chosen by the item's number."""
        others = self.items if len(self.items) > count + 1 else ()
        start = item.number % max(len(others), 1)
        candidates = (
            [others[(start + step) % len(others)] for step in range(count + 1)] if others else []
        )
        return tuple(other for other in candidates if other.slug != item.slug)[:count]
