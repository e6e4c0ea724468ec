"""Discovery documents of a site: robots.txt, feed, news sitemap, monthly archive sitemaps and their
index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from newsroom.editions import Item
from newsroom.incidents import build_incident_url, iter_incidents
from newsroom.rendering import render_template
from newsroom.responses import XML, SiteResponse, gzip_response, text_response
from newsroom.sites.base import Issue

FEED_LENGTH = 30
# Google's limits of a news sitemap: age of its articles, and entries in one file
NEWS_AGE = timedelta(hours=48)
NEWS_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed or sitemap. Without `item` it links to an incident."""

    url: str
    title: str
    summary: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    item: Item | None = None


def _list_entries(
    issue: Issue, items: Iterable[Item], document: Literal["feed", "sitemap"]
) -> Iterator[FeedEntry]:
    for item in items:
        summary = item.standfirst or next(
            (part.text for part in item.parts if part.type == "paragraph"), item.headline
        )
        yield FeedEntry(
            issue.site.url(item), item.headline, summary[:200], item.published, item.modified, item
        )
    for incident in iter_incidents(issue):
        if incident.pointed == document:
            yield FeedEntry(
                build_incident_url(issue.site, incident), incident.title, incident.title
            )


def robots_response(issue: Issue) -> SiteResponse:
    return text_response(
        render_template("feeds/robots.txt", site=issue.site),
        content_type="text/plain; charset=utf-8",
    )


def feed_response(issue: Issue) -> SiteResponse:
    entries = list(_list_entries(issue, issue.items[:FEED_LENGTH], "feed"))
    text = render_template(
        issue.site.feed_template, site=issue.site, entries=entries, now=_newest_time(issue)
    )
    return text_response(
        text,
        content_type="application/atom+xml" if "atom" in issue.site.feed else "application/rss+xml",
    )


def _newest_time(issue: Issue) -> datetime:
    return max((item.updated_at for item in issue.items), default=issue.now)


def iter_news_sitemaps(issue: Issue) -> Iterator[tuple[str, SiteResponse]]:
    """Yields (path, response) of the news sitemap, or of an index and its parts if it is too long
    for one file.
    """
    recent_items = [item for item in issue.items if item.updated_at > issue.now - NEWS_AGE]
    entries = list(_list_entries(issue, recent_items, "sitemap"))
    path = issue.site.news_sitemap
    if len(entries) <= NEWS_LENGTH:
        yield path, _news_sitemap_response(issue, entries)
        return
    starts = range(0, len(entries), NEWS_LENGTH)
    paths = [f"/news-sitemap-part-{number}.xml" for number, _ in enumerate(starts, 1)]
    yield path, _sitemap_index_response(issue, paths)
    for part, start in zip(paths, starts, strict=True):
        yield part, _news_sitemap_response(issue, entries[start : start + NEWS_LENGTH])


def _news_sitemap_response(issue: Issue, entries: list[FeedEntry]) -> SiteResponse:
    return text_response(
        render_template("feeds/news-sitemap.xml", site=issue.site, entries=entries),
        content_type=XML,
    )


def iter_archive_sitemaps(issue: Issue) -> Iterator[tuple[str, SiteResponse]]:
    """Yields (path, response) of the archive index and of each month."""
    months: dict[str, list[Item]] = {}
    for item in issue.items:
        months.setdefault(f"{item.published:%Y-%m}", []).append(item)
    paths = {month: issue.site.month_path(month) for month in sorted(months)}
    yield issue.site.archive_index, _sitemap_index_response(issue, list(paths.values()))
    for month, path in paths.items():
        text = render_template("feeds/sitemap.xml", site=issue.site, items=months[month])
        yield (
            path,
            gzip_response(text) if path.endswith(".gz") else text_response(text, content_type=XML),
        )


def _sitemap_index_response(issue: Issue, paths: list[str]) -> SiteResponse:
    return text_response(
        render_template("feeds/sitemap-index.xml", site=issue.site, paths=paths), content_type=XML
    )
