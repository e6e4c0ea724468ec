"""A site's discovery documents: robots.txt, feed, news sitemap, monthly archive sitemaps and their index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from newsroom.answers import XML, Answer, page, zipped
from newsroom.incidents import address, incidents
from newsroom.printing import Item
from newsroom.rendering import render
from newsroom.sites.base import Issue

FEED_LENGTH = 30
NEWS_AGE = timedelta(hours=48)  # what Google asks of a news sitemap …
NEWS_LENGTH = 1000  # … and how many it takes in one file


@dataclass(frozen=True, slots=True)
class Entry:
    """What a document says of one address. Without `item` it points at an incident."""

    url: str
    title: str
    summary: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    item: Item | None = None


def _entries(issue: Issue, items: Iterable[Item], document: Literal["feed", "sitemap"]) -> Iterator[Entry]:
    for item in items:
        summary = item.standfirst or next((part.text for part in item.parts if part.type == "paragraph"), item.headline)
        yield Entry(issue.site.url(item), item.headline, summary[:200], item.published, item.modified, item)
    for one in incidents(issue):
        if one.pointed == document:
            yield Entry(address(issue.site, one), one.title, one.title)


def robots(issue: Issue) -> Answer:
    return page(render("feeds/robots.txt", site=issue.site), content_type="text/plain; charset=utf-8")


def feed(issue: Issue) -> Answer:
    entries = list(_entries(issue, issue.items[:FEED_LENGTH], "feed"))
    text = render(issue.site.feed_template, site=issue.site, entries=entries, now=_newest(issue))
    return page(text, content_type="application/atom+xml" if "atom" in issue.site.feed else "application/rss+xml")


def _newest(issue: Issue) -> datetime:
    return max((item.touched for item in issue.items), default=issue.now)


def news_sitemaps(issue: Issue) -> Iterator[tuple[str, Answer]]:
    """(path, answer) of the news sitemap, or of an index and its parts when it is too long for one."""
    fresh = [item for item in issue.items if item.touched > issue.now - NEWS_AGE]
    entries = list(_entries(issue, fresh, "sitemap"))
    path = issue.site.news_sitemap
    if len(entries) <= NEWS_LENGTH:
        yield path, _news_sitemap(issue, entries)
        return
    starts = range(0, len(entries), NEWS_LENGTH)
    paths = [f"/news-sitemap-part-{number}.xml" for number, _ in enumerate(starts, 1)]
    yield path, _index(issue, paths)
    for part, start in zip(paths, starts, strict=True):
        yield part, _news_sitemap(issue, entries[start : start + NEWS_LENGTH])


def _news_sitemap(issue: Issue, entries: list[Entry]) -> Answer:
    return page(render("feeds/news-sitemap.xml", site=issue.site, entries=entries), content_type=XML)


def archives(issue: Issue) -> Iterator[tuple[str, Answer]]:
    """(path, answer) of the archive index and of each month."""
    months: dict[str, list[Item]] = {}
    for item in issue.items:
        months.setdefault(f"{item.published:%Y-%m}", []).append(item)
    paths = {month: issue.site.month_path(month) for month in sorted(months)}
    yield issue.site.archive_index, _index(issue, list(paths.values()))
    for month, path in paths.items():
        text = render("feeds/sitemap.xml", site=issue.site, items=months[month])
        yield path, zipped(text) if path.endswith(".gz") else page(text, content_type=XML)


def _index(issue: Issue, paths: list[str]) -> Answer:
    return page(render("feeds/sitemap-index.xml", site=issue.site, paths=paths), content_type=XML)
