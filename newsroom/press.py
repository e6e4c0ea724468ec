"""All five sites at one moment: which address of which host gets which answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Literal
from urllib.parse import unquote, urlsplit

from newsroom.answers import Answer, moved, page
from newsroom.bulk import generated
from newsroom.incidents import broken_until, seconds
from newsroom.media import file_answer
from newsroom.printing import Item, printed
from newsroom.routes import Route, routes
from newsroom.sites import SITES
from newsroom.sites.base import Issue, Site

Name = Literal["www", "m", "bare"]
HOSTS: dict[str, tuple[Site, Name]] = {
    **{site.host: (site, "www") for site in SITES.values()},
    **{site.mobile: (site, "m") for site in SITES.values()},
    **{f"{site.key}.newsroom.test": (site, "bare") for site in SITES.values()},
}


class Press:
    """What is printed at `now`, `bulk` generated articles included; sites `redesigned` in a layout nobody knows yet."""

    def __init__(self, now: datetime, bulk: int, redesigned: Collection[str] = ()) -> None:
        self.now, self.redesigned = now, redesigned
        self.items = (*printed(now), *generated(bulk, now))
        self.issues = {site.key: self._issue(site) for site in SITES.values()}

    def _issue(self, site: Site) -> Issue:
        own = (item for item in self.items if item.site == site.key and not self._is_removed(item))
        return Issue(site, self.now, tuple(sorted(own, key=lambda item: (item.published, item.slug), reverse=True)))

    def _is_removed(self, item: Item) -> bool:
        return item.removed is not None and item.removed <= self.now

    def answer(self, host: str, target: str) -> Answer:
        """The answer to a request line's target on a Host; 404 for what we do not have."""
        known = HOSTS.get(host.partition(":")[0].lower())
        if known is None:
            return page("इस नाम की कोई साइट यहाँ नहीं है।", status=404, content_type="text/plain; charset=utf-8")
        site, name = known
        if name == "bare" or (name == "m" and site.mobile_redirects and target != "/robots.txt"):
            return moved(site.home.rstrip("/") + target)
        key, issue = _key(target), self.issues[site.key]
        if item := self._articles[site.key].get(key):
            return _article(issue, item, name, redesigned=site.key in self.redesigned)
        if route := self._routes[site.key].get(key):
            return route()
        return self._nothing(issue, key)

    def _nothing(self, issue: Issue, key: str) -> Answer:
        """A file, or what is said where nothing stands (any more)."""
        if key.startswith(("/media/", "/static/", "/favicon.ico")) and (file := file_answer(key)):
            return file
        site = issue.site
        if key in self.removed[site.key]:
            return page(site.plain(issue, "ख़बर हटाई गई", ("यह सूचना अब मान्य नहीं है।",)), status=410)
        return page(site.plain(issue, "पन्ना नहीं मिला", ("जो पता आपने खोला है, वह यहाँ नहीं है।",)), status=404)

    @cached_property
    def removed(self) -> dict[str, dict[str, Item]]:
        """By site: paths whose article was taken away, and the article."""
        gone = [item for item in self.items if self._is_removed(item)]
        return {key: {_key(site.path(one)): one for one in gone if one.site == key} for key, site in SITES.items()}

    @cached_property
    def _articles(self) -> dict[str, dict[str, Item]]:
        return {key: {_key(issue.site.path(item)): item for item in issue.items} for key, issue in self.issues.items()}

    @cached_property
    def _routes(self) -> dict[str, dict[str, Route]]:
        return {key: {_key(path): route for path, route in routes(issue)} for key, issue in self.issues.items()}


def _key(target: str) -> str:
    """A target as it is looked up: unquoted, without the parameters that only count readers."""
    parts = urlsplit(target)
    kept = [pair for pair in parts.query.split("&") if pair and not pair.startswith("utm_")]
    return unquote(parts.path) + ("?" + "&".join(kept) if kept else "")


def _article(issue: Issue, item: Item, name: Name, *, redesigned: bool) -> Answer:
    heals = broken_until(item)
    if heals and issue.now < heals:
        return page("<h1>500 Internal Server Error</h1>", status=500)
    if redesigned:
        return page(issue.site.redesigned_page(item, issue), modified=item.touched)
    text = issue.site.mobile_page(item, issue) if name == "m" else issue.site.page(item, issue)
    return replace(page(text, modified=item.touched), wait=seconds(item))
