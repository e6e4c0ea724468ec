"""Loads the rights signals of articles: what their pages said, and what their sites said when the
pages were fetched and say now, from the stored history of robots.txt, tdmrep.json and licences.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from sqlite_utils import Database

from khabar.archive.database import has_licenses
from khabar.archive.rights.robots_rules import MAX_LICENSES, parse_usage_rules
from khabar.archive.rights.signals import (
    ArticleSignals,
    LicenseFile,
    SiteFile,
    SiteSignals,
    SiteVisit,
)
from khabar.model import urls
from khabar.parsing.robots import decode_robots
from khabar.parsing.rsl import decode_terms

SiteTable = Literal["robots", "tdmreps"]
CACHE_SIZE = 1000  # sites of one time that are cached; not measured
_UNKNOWN = SiteFile()
# Statuses of an answer that says something: 2xx, and 4xx but 408 and 429, which mean no file. A
# redirect that an older Khabar stored was not followed, and says nothing of a file either.
_IS_ANSWER = "(status between 200 and 499 and status not in (408, 429))"
# `s`: the newest fetch of the page that read as the article's current revision does.
_SIGNALS_SQL = """select a.id, a.url, a.rights, s.url, s.rights, s.robots_id, s.tdmrep_id,
    s.fetched_at
  from articles a
  left join revisions r on r.article_id = a.id and r.revision = a.revision
  left join snapshots f on f.id = r.snapshot_id
  left join snapshots s on s.id = (select n.id from snapshots n
    where n.page_id = f.page_id and coalesce(n.same_as, n.id) = coalesce(f.same_as, f.id)
    order by n.fetched_at desc, n.id desc limit 1)
  where a.id in (select value from json_each(?))"""


class RightsReader:
    """Reads signals from an archive, with a cache of sites. For one command or request: it does not
    notice what is stored meanwhile.
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self._has_licenses = has_licenses(db)
        self._sites_now: dict[str, SiteSignals] = {}
        self._sites_then: dict[tuple[Any, ...], SiteSignals] = {}

    def load_articles(self, article_ids: Sequence[int]) -> dict[int, ArticleSignals]:
        """Loads the signals of articles by id; unknown ids are left out."""
        rows = self.db.execute(_SIGNALS_SQL, [json.dumps(list(article_ids))]).fetchall()
        return {row[0]: self._build_signals(*row[1:]) for row in rows}

    def _build_signals(
        self,
        url: str,
        rights: str,
        page_url: str | None,
        page_rights: str | None,
        robots_id: int | None,
        tdmrep_id: int | None,
        fetched_at: str | None,
    ) -> ArticleSignals:
        texts = dict.fromkeys(text for text in (rights, page_rights) if text)
        pages = tuple(_decode_rights(text) for text in texts)
        visits: list[SiteVisit] = []
        if page_url and fetched_at:
            site = self._load_site_then(urls.get_origin(page_url), robots_id, tdmrep_id, fetched_at)
            visits.append(SiteVisit("then", page_url, site))
        visits += [
            SiteVisit("now", address, self.load_site_now(urls.get_origin(address)))
            for address in dict.fromkeys(item for item in (url, page_url) if item)
        ]
        named_urls = dict.fromkeys(link for page in pages for link in page.get("rsl") or ())
        licenses = (
            license_file
            for link in list(named_urls)[:MAX_LICENSES]
            for license_file in (
                *(self._load_licenses_then(link, fetched_at) if fetched_at else ()),
                self._load_license_now(link),
            )
        )
        return ArticleSignals(url, pages, tuple(visits), tuple(dict.fromkeys(licenses)))

    # --- sites ---

    def load_site_now(self, origin: str) -> SiteSignals:
        """Loads what a site said in its last answers."""
        if origin not in self._sites_now:
            if len(self._sites_now) >= CACHE_SIZE:
                self._sites_now.clear()
            robots = self._load_last_file("robots", origin)
            licenses = [self._load_license_now(url) for url in list_licenses(robots.text, origin)]
            if self._has_licenses:
                licenses += self._load_feed_licenses(origin, None)
            self._sites_now[origin] = SiteSignals(
                robots, self._load_last_file("tdmreps", origin), tuple(licenses)
            )
        return self._sites_now[origin]

    def _load_last_file(self, table: SiteTable, origin: str) -> SiteFile:
        row = self.db.execute(
            f"""select status, body from {table} where origin = ?
            order by {_IS_ANSWER} desc, last_asked desc, id desc limit 1""",  # noqa: S608
            [origin],
        ).fetchone()
        return read_site_file(table, row[0], bytes(row[1])) if row else _UNKNOWN

    def _load_site_then(
        self, origin: str, robots_id: int | None, tdmrep_id: int | None, fetched_at: str
    ) -> SiteSignals:
        """Loads what a site said at a fetch. Licences depend on its day only: they are asked for
        once a day.
        """
        key = (origin, robots_id, tdmrep_id, fetched_at[:10])
        if key not in self._sites_then:
            if len(self._sites_then) >= CACHE_SIZE:
                self._sites_then.clear()
            robots = load_site_file(self.db, "robots", robots_id)
            licenses = [
                license_file
                for url in list_licenses(robots.text, origin)
                for license_file in self._load_licenses_then(url, fetched_at)
            ]
            if self._has_licenses:
                licenses += self._load_feed_licenses(origin, fetched_at)
            tdmrep = self._load_tdmrep_then(origin, tdmrep_id, fetched_at)
            self._sites_then[key] = SiteSignals(robots, tdmrep, tuple(licenses))
        return self._sites_then[key]

    def _load_tdmrep_then(self, origin: str, tdmrep_id: int | None, fetched_at: str) -> SiteFile:
        """Loads the tdmrep.json of a fetch; if it could not be read, the first answer after it."""
        tdmrep = load_site_file(self.db, "tdmreps", tdmrep_id)
        if tdmrep.state != "unreadable":
            return tdmrep
        row = self.db.execute(
            f"""select id from tdmreps where origin = ? and last_asked >= ? and {_IS_ANSWER}
            order by first_seen, id limit 1""",  # noqa: S608
            [origin, fetched_at],
        ).fetchone()
        return load_site_file(self.db, "tdmreps", row[0]) if row else tdmrep

    # --- licences ---

    def _load_license_now(self, url: str) -> LicenseFile:
        """Loads the last answer to the request for a licence; unread if there was none."""
        row = (
            self._has_licenses
            and self.db.execute(
                f"""select terms from licenses where url = ? and origin = ''
            order by {_IS_ANSWER} desc, last_asked desc, id desc limit 1""",  # noqa: S608
                [url],
            ).fetchone()
        )
        return LicenseFile(url, _decode_terms(row[0]) if row else None)

    def _load_licenses_then(self, url: str, at: str) -> list[LicenseFile]:
        """Loads the versions of a licence that were in force at a time: those asked for within a
        day, else the last one before it, else the first one after it.
        """
        rows = (
            self.db.execute(
                f"""select terms, first_seen <= :at as was_there,
                  first_seen <= :at and last_asked >= strftime('%Y-%m-%dT%H:%M:%SZ', :at, '-1 day')
                from licenses where url = :url and origin = '' and {_IS_ANSWER}
                order by was_there desc, iif(was_there, last_asked, '') desc, first_seen, id""",  # noqa: S608
                {"at": at, "url": url},
            ).fetchall()
            if self._has_licenses
            else []
        )
        in_force = [row for row in rows if row[2]] or rows[:1]
        return [LicenseFile(url, _decode_terms(row[0])) for row in in_force] or [LicenseFile(url)]

    def _load_feed_licenses(self, origin: str, at: str | None) -> list[LicenseFile]:
        """Loads the licences in a site's feeds: the last of each feed before a time."""
        rows = self.db.execute(
            """select url, terms from (
              select url, terms, row_number() over (
                partition by url order by last_asked desc, id desc) as age
              from licenses where origin = ? and first_seen <= coalesce(?, '9')
            ) where age = 1 order by url""",
            [origin, at],
        ).fetchall()
        return [LicenseFile(url, _decode_terms(terms)) for url, terms in rows]


def list_licenses(robots: str, origin: str) -> list[str]:
    """Returns the addresses of the licences that a robots.txt names, as they are asked for."""
    links = parse_usage_rules(robots).licenses if robots else ()
    return list(dict.fromkeys(resolve_license(origin, link) for link in links))


def resolve_license(base: str, link: str) -> str:
    """Returns the address of a licence; a link that is none is returned as it is written."""
    try:
        return urls.resolve_link(f"{base}/" if base.count("/") == 2 else base, link)
    except ValueError:
        return link


def load_site_file(db: Database, table: SiteTable, row_id: int | None) -> SiteFile:
    """Loads a stored robots.txt or tdmrep.json; `unknown` for None."""
    if row_id is None:
        return _UNKNOWN
    row = db.execute(f"select status, body from {table} where id = ?", [row_id]).fetchone()  # noqa: S608
    return read_site_file(table, row[0], bytes(row[1])) if row else _UNKNOWN


def read_site_file(table: SiteTable, status: int, body: bytes) -> SiteFile:
    """Returns the file in an answer. Unreadable: no answer, 5xx, 408, 429, a damaged gzip."""
    if status < 200 or status >= 500 or status in (408, 429):
        return SiteFile("unreadable")
    if status >= 300:
        return SiteFile("absent")
    text = _decode_body(body, is_robots=table == "robots")
    if not text.strip():
        return SiteFile("unreadable" if body.startswith(b"\x1f\x8b") else "absent")
    return SiteFile("read", text)


@lru_cache(maxsize=256)
def _decode_body(body: bytes, *, is_robots: bool) -> str:
    if is_robots:
        return decode_robots(body)
    return body.decode("utf-8", errors="replace").removeprefix("\ufeff")


@lru_cache(maxsize=1024)
def _decode_terms(text: str | None) -> Any:
    return None if text is None else decode_terms(text)


@lru_cache(maxsize=1024)
def _decode_rights(text: str) -> Any:
    return json.loads(text)
