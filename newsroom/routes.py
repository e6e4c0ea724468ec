"""Routes of a site except its articles: documents, listings, short URLs, about pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from newsroom import documents
from newsroom.editions import Item
from newsroom.incidents import build_incident_url, incident_response, iter_incidents
from newsroom.responses import SiteResponse, redirect_response, text_response
from newsroom.sites.base import PER_PAGE, Issue, Site

Route = Callable[[], SiteResponse]
TEASER_COUNT = 40  # teasers on a front page, topic page or author page
ABOUT_PAGES = {
    "/hamare-bare-mein/": (
        "हमारे बारे में",
        "यह एक बनावटी समाचार साइट है। यहाँ छपा हर व्यक्ति, हर संस्था और हर घटना गढ़ी हुई है।",
    ),
    "/sampark/": ("संपर्क", "संपादकीय कार्यालय का पता इस साइट पर जानबूझकर नहीं दिया गया है।"),
    "/gopniyata/": ("गोपनीयता नीति", "यह साइट आपके बारे में कुछ भी नहीं जानती।"),
    "/app/": ("ऐप", "हमारा ऐप अभी बन रहा है।"),
    "/epaper/aaj.html": ("ई-पेपर", "ई-पेपर पढ़ने के लिए सदस्यता चाहिए।"),
}


def iter_routes(issue: Issue) -> Iterator[tuple[str, Route]]:
    """Yields (path, function that returns the response). Pages are rendered on request."""
    site = issue.site
    yield "/robots.txt", partial(documents.robots_response, issue)
    yield site.feed, partial(documents.feed_response, issue)
    yield "/", partial(_render_listing, issue, site.name, issue.items)
    for path, response in (
        *documents.iter_news_sitemaps(issue),
        *documents.iter_archive_sitemaps(issue),
        *_iter_redirects(issue),
    ):
        yield path, partial(_return_response, response)
    for path, (title, words) in ABOUT_PAGES.items():
        yield path, partial(_render_about_page, issue, title, words)
    yield from _iter_section_routes(issue)
    yield from _iter_topic_routes(issue)
    yield from (
        (path, partial(_render_response, draw)) for path, draw in site.iter_other_pages(issue)
    )
    for incident in iter_incidents(issue):
        if incident.kind != "moved" and build_incident_url(site, incident).startswith(site.home):
            yield incident.path, partial(incident_response, incident, issue)


def _iter_redirects(issue: Issue) -> Iterator[tuple[str, SiteResponse]]:
    for item in issue.items:
        yield from (
            (path, redirect_response(issue.site.url(item)))
            for path in issue.site.list_short_paths(item)
        )


def _iter_section_routes(issue: Issue) -> Iterator[tuple[str, Route]]:
    """Yields every page of every section."""
    for section in issue.sections:
        items = issue.items_in_section(section)
        pager = partial(issue.site.section_path, section)
        for number in range(1, -(-len(items) // PER_PAGE) + 1):
            yield pager(number), partial(_render_section, issue, section, items, number)


def _iter_topic_routes(issue: Issue) -> Iterator[tuple[str, Route]]:
    """Yields a page for each tag, author and desk."""
    topics: dict[str, tuple[str, list[Item]]] = {}
    for item in issue.items:
        for name, path in _topic_paths(issue.site, item):
            topics.setdefault(path, (name, []))[1].append(item)
    yield from (
        (path, partial(_render_listing, issue, name, items))
        for path, (name, items) in topics.items()
    )


def _topic_paths(site: Site, item: Item) -> Iterator[tuple[str, str]]:
    yield from ((tag, site.topic_path(tag)) for tag in item.tags)
    yield from ((name, site.author_path(name)) for name in (*item.authors, item.desk) if name)


def _return_response(response: SiteResponse) -> SiteResponse:
    return response


def _render_response(draw: Callable[[], str]) -> SiteResponse:
    return text_response(draw())


def _render_about_page(issue: Issue, title: str, words: str) -> SiteResponse:
    return text_response(issue.site.render_plain_page(issue, title, (words,)))


def _render_section(
    issue: Issue, section: str, items: tuple[Item, ...], number: int
) -> SiteResponse:
    return text_response(
        issue.site.render_listing(
            issue, section, items, number, partial(issue.site.section_path, section)
        )
    )


def _render_listing(issue: Issue, name: str, items: list[Item] | tuple[Item, ...]) -> SiteResponse:
    return text_response(issue.site.render_listing(issue, name, items[:TEASER_COUNT]))
