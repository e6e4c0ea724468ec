"""All five sites at one time: maps host and path to a response."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Literal
from urllib.parse import unquote, urlsplit

from newsroom.editions import Item, build_items
from newsroom.generated_articles import generate_articles
from newsroom.incidents import get_broken_until, get_wait_seconds
from newsroom.licenses import LICENSE_PATH, add_license_line, license_response
from newsroom.media import file_response
from newsroom.responses import SiteResponse, redirect_response, text_response
from newsroom.routes import Route, iter_routes
from newsroom.sites import SITES
from newsroom.sites.base import Issue, Site

Name = Literal["www", "m", "bare"]
HOSTS: dict[str, tuple[Site, Name]] = {
    **{site.host: (site, "www") for site in SITES.values()},
    **{site.mobile: (site, "m") for site in SITES.values()},
    **{f"{site.key}.newsroom.test": (site, "bare") for site in SITES.values()},
}


class SiteServer:
    """The sites at `now`, with `bulk` generated articles; `redesigned_sites` use a new layout,
    `licensed_sites` have an RSL licence.
    """

    def __init__(
        self,
        now: datetime,
        bulk: int,
        redesigned_sites: Collection[str] = (),
        licensed_sites: Collection[str] = (),
    ) -> None:
        self.now, self.redesigned_sites = now, redesigned_sites
        self.licensed_sites = licensed_sites
        self.items = (*build_items(now), *generate_articles(bulk, now))
        self.issues = {site.key: self._build_issue(site) for site in SITES.values()}

    def _build_issue(self, site: Site) -> Issue:
        items = (
            item for item in self.items if item.site == site.key and not self._is_removed(item)
        )
        return Issue(
            site,
            self.now,
            tuple(sorted(items, key=lambda item: (item.published, item.slug), reverse=True)),
        )

    def _is_removed(self, item: Item) -> bool:
        return item.removed is not None and item.removed <= self.now

    def get_response(self, host: str, target: str) -> SiteResponse:
        """Returns the response to a request for `target` on `host`; 404 for an unknown one."""
        entry = HOSTS.get(host.partition(":")[0].lower())
        if entry is None:
            return text_response(
                "इस नाम की कोई साइट यहाँ नहीं है।",
                status=404,
                content_type="text/plain; charset=utf-8",
            )
        site, name = entry
        if name == "bare" or (name == "m" and site.mobile_redirects and target != "/robots.txt"):
            return redirect_response(site.home.rstrip("/") + target)
        key, issue = _lookup_key(target), self.issues[site.key]
        if item := self._items_by_key[site.key].get(key):
            return _article_response(
                issue, item, name, is_redesigned=site.key in self.redesigned_sites
            )
        is_licensed = site.key in self.licensed_sites
        if is_licensed and key == LICENSE_PATH:
            return license_response()
        if route := self._routes_by_key[site.key].get(key):
            is_robots = is_licensed and key == "/robots.txt"
            return add_license_line(route(), site) if is_robots else route()
        return self._not_found_response(issue, key)

    def _not_found_response(self, issue: Issue, key: str) -> SiteResponse:
        """Returns a static file, 410 for a removed article, or 404."""
        if key.startswith(("/media/", "/static/", "/favicon.ico")) and (file := file_response(key)):
            return file
        site = issue.site
        if key in self.removed_items[site.key]:
            return text_response(
                site.render_plain_page(issue, "ख़बर हटाई गई", ("यह सूचना अब मान्य नहीं है।",)),
                status=410,
            )
        return text_response(
            site.render_plain_page(issue, "पन्ना नहीं मिला", ("जो पता आपने खोला है, वह यहाँ नहीं है।",)),
            status=404,
        )

    @cached_property
    def removed_items(self) -> dict[str, dict[str, Item]]:
        """Removed articles by site key and path."""
        items = [item for item in self.items if self._is_removed(item)]
        return {
            key: {
                _lookup_key(site.path(article)): article for article in items if article.site == key
            }
            for key, site in SITES.items()
        }

    @cached_property
    def _items_by_key(self) -> dict[str, dict[str, Item]]:
        return {
            key: {_lookup_key(issue.site.path(item)): item for item in issue.items}
            for key, issue in self.issues.items()
        }

    @cached_property
    def _routes_by_key(self) -> dict[str, dict[str, Route]]:
        return {
            key: {_lookup_key(path): route for path, route in iter_routes(issue)}
            for key, issue in self.issues.items()
        }


def _lookup_key(target: str) -> str:
    """Returns the unquoted target without utm parameters."""
    parts = urlsplit(target)
    pairs = [pair for pair in parts.query.split("&") if pair and not pair.startswith("utm_")]
    return unquote(parts.path) + ("?" + "&".join(pairs) if pairs else "")


def _article_response(issue: Issue, item: Item, name: Name, *, is_redesigned: bool) -> SiteResponse:
    repair_time = get_broken_until(item)
    if repair_time and issue.now < repair_time:
        return text_response("<h1>500 Internal Server Error</h1>", status=500)
    if is_redesigned:
        return text_response(
            issue.site.render_redesigned_page(item, issue), last_modified=item.updated_at
        )
    text = (
        issue.site.render_mobile_page(item, issue)
        if name == "m"
        else issue.site.render_page(item, issue)
    )
    return replace(text_response(text, last_modified=item.updated_at), wait=get_wait_seconds(item))
