"""व्यापार दर्पण: an old business paper. Tables and <br>, no JSON-LD, dates in Hindi words, addresses with a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from newsroom import dates
from newsroom.printing import Item
from newsroom.sites.base import SECTIONS, Issue, Site


class Vyapar(Site):
    key = "vyapar"
    name = "व्यापार दर्पण"
    name_en = "Vyapar Darpan"
    feed = "/rss/latest.xml"
    feed_template = "feeds/soup.xml"
    codes = {
        "x": "x_quote",
        "youtube": "youtube_frame",
        "instagram": "instagram_old",
        "facebook": "facebook_box",
        "telegram": "telegram_script",
        "datawrapper": "datawrapper_frame",
        "file": "video_tag",
        "pdf": "pdf_object",
    }
    mobile_redirects = True
    disallowed = ("/search.php", "/print.php")

    def path(self, item: Item) -> str:
        return f"/storypage.php?autono={item.number}"

    def section_path(self, section: str, page: int = 1) -> str:
        return f"/section.php?sec={SECTIONS[section]}" + (f"&page={page}" if page > 1 else "")

    def dateline(self, item: Item) -> str:
        """None: the place stands in the byline."""
        return ""

    def told(self, moment: datetime) -> datetime:
        return moment.replace(second=0)

    def values(self, item: Item, issue: Issue) -> dict[str, Any]:
        signed = ", ".join(item.authors) or item.desk
        stands = " / ".join(part for part in (signed, item.place) if part)
        return super().values(item, issue) | {
            "byline": f"{stands}\u00a0{dates.day(item.published)}, {dates.clock(item.published)}",
            "edited": f"{dates.day(item.modified)}, {dates.clock(item.modified)}" if item.modified else "",
        }

    def other_pages(self, issue: Issue) -> Iterator[tuple[str, Callable[[], str]]]:
        """Pages for the printer, which robots.txt forbids."""
        for item in issue.items:
            yield f"/print.php?autono={item.number}", partial(self.plain, issue, item.headline, [item.headline])
