"""व्यापार दर्पण: an old business paper. Tables and <br>, no JSON-LD, dates in Hindi words, URLs
with an id in the query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from newsroom import dates
from newsroom.editions import Item
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

    def format_dateline(self, item: Item) -> str:
        """Returns no dateline: the place is in the byline."""
        return ""

    def page_time(self, dt: datetime) -> datetime:
        return dt.replace(second=0)

    def template_values(self, item: Item, issue: Issue) -> dict[str, Any]:
        signature = ", ".join(item.authors) or item.desk
        byline = " / ".join(part for part in (signature, item.place) if part)
        return super().template_values(item, issue) | {
            "byline": f"{byline}\u00a0{_format_time(item.published)}",
            "edited": _format_time(item.modified) if item.modified else "",
        }

    def iter_other_pages(self, issue: Issue) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yields print versions, which robots.txt disallows."""
        for item in issue.items:
            yield (
                f"/print.php?autono={item.number}",
                partial(self.render_plain_page, issue, item.headline, [item.headline]),
            )


def _format_time(dt: datetime) -> str:
    return f"{dates.format_day(dt)}, {dates.format_clock(dt)}"
