"""Which paths of a site answer with what, articles apart: documents, listings, short addresses, pages of the house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from newsroom import documents
from newsroom.answers import Answer, moved, page
from newsroom.incidents import address, answer, incidents
from newsroom.printing import Item
from newsroom.sites.base import PER_PAGE, Issue, Site

Route = Callable[[], Answer]
ON_FRONT = 40  # teasers of a front page, a topic, an author
HOUSE = {
    "/hamare-bare-mein/": ("हमारे बारे में", "यह एक बनावटी समाचार साइट है। यहाँ छपा हर व्यक्ति, हर संस्था और हर घटना गढ़ी हुई है।"),
    "/sampark/": ("संपर्क", "संपादकीय कार्यालय का पता इस साइट पर जानबूझकर नहीं दिया गया है।"),
    "/gopniyata/": ("गोपनीयता नीति", "यह साइट आपके बारे में कुछ भी नहीं जानती।"),
    "/app/": ("ऐप", "हमारा ऐप अभी बन रहा है।"),
    "/epaper/aaj.html": ("ई-पेपर", "ई-पेपर पढ़ने के लिए सदस्यता चाहिए।"),
}


def routes(issue: Issue) -> Iterator[tuple[str, Route]]:
    """(path, what answers there). Pages are drawn when they are asked for."""
    site = issue.site
    yield "/robots.txt", partial(documents.robots, issue)
    yield site.feed, partial(documents.feed, issue)
    yield "/", partial(_listing, issue, site.name, issue.items)
    for path, one in (*documents.news_sitemaps(issue), *documents.archives(issue), *_moved(issue)):
        yield path, partial(_same, one)
    for path, (title, words) in HOUSE.items():
        yield path, partial(_house, issue, title, words)
    yield from _sections(issue)
    yield from _topics(issue)
    yield from ((path, partial(_drawn, draw)) for path, draw in site.other_pages(issue))
    for incident in incidents(issue):
        if incident.kind != "moved" and address(site, incident).startswith(site.home):
            yield incident.path, partial(answer, incident, issue)


def _moved(issue: Issue) -> Iterator[tuple[str, Answer]]:
    for item in issue.items:
        yield from ((path, moved(issue.site.url(item))) for path in issue.site.short_paths(item))


def _sections(issue: Issue) -> Iterator[tuple[str, Route]]:
    """Every page of every section."""
    for section in issue.sections:
        items = issue.in_section(section)
        pager = partial(issue.site.section_path, section)
        for number in range(1, -(-len(items) // PER_PAGE) + 1):
            yield pager(number), partial(_section, issue, section, items, number)


def _topics(issue: Issue) -> Iterator[tuple[str, Route]]:
    """A page for each tag and each signature."""
    topics: dict[str, tuple[str, list[Item]]] = {}
    for item in issue.items:
        for name, path in _boxes(issue.site, item):
            topics.setdefault(path, (name, []))[1].append(item)
    yield from ((path, partial(_listing, issue, name, items)) for path, (name, items) in topics.items())


def _boxes(site: Site, item: Item) -> Iterator[tuple[str, str]]:
    yield from ((tag, site.topic_path(tag)) for tag in item.tags)
    yield from ((name, site.author_path(name)) for name in (*item.authors, item.desk) if name)


def _same(one: Answer) -> Answer:
    return one


def _drawn(draw: Callable[[], str]) -> Answer:
    return page(draw())


def _house(issue: Issue, title: str, words: str) -> Answer:
    return page(issue.site.plain(issue, title, (words,)))


def _section(issue: Issue, section: str, items: tuple[Item, ...], number: int) -> Answer:
    return page(issue.site.listing(issue, section, items, number, partial(issue.site.section_path, section)))


def _listing(issue: Issue, name: str, items: list[Item] | tuple[Item, ...]) -> Answer:
    return page(issue.site.listing(issue, name, items[:ON_FRONT]))
