"""Lists the requests sent to a source's hosts, the URLs refused, and the site's rights files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from khabar.archive.database import has_licenses
from khabar.archive.rights import list_licenses
from khabar.model import urls
from khabar.model.items import Outcome
from khabar.parsing.robots import decode_robots

# Outcomes that forbid a request.
REFUSAL_OUTCOMES = (
    Outcome.ROBOTS,
    Outcome.OFF_SITE,
    Outcome.DENIED,
    Outcome.BAD_URL,
    Outcome.BLOCKED_ADDRESS,
    Outcome.TAKEN_DOWN,
)
_NAMES = ("at", "url", "status", "bytes", "reason", "user_agent", "robots", "error")
# Two sources may share a host: a URL in the frontier belongs to its row's source, robots.txt,
# tdmrep.json and licences to both.
_SOURCE_FETCHES = """from fetches f left join pages p on p.url = f.url
  where f.host in (select host from pages where source = :source)
    and (p.source = :source or (p.id is null and f.reason in ('robots', 'tdmrep', 'license')))
    and f.at >= :since and f.at < :until"""
_REFUSED_PAGES = """from pages where source = :source
  and outcome in (select value from json_each(:outcomes))
  and coalesce(last_asked, first_seen) >= :since and coalesce(last_asked, first_seen) < :until"""


def _build_params(source: str, since: str, until: str) -> dict[str, str]:
    return {"source": source, "since": since, "until": until}


def _build_refusal_params(source: str, since: str, until: str) -> dict[str, str]:
    return _build_params(source, since, until) | {"outcomes": json.dumps(REFUSAL_OUTCOMES)}


def iter_requests(db: Database, source: str, since: str, until: str) -> Iterator[dict[str, Any]]:
    """Yields every request in order; `robots` is the file name of the robots.txt then in force."""
    rows = db.execute(
        f"""select f.at, f.url, f.status, f.bytes, f.reason, f.user_agent,
          iif(f.robots_id is null, '', 'site/robots-' || f.robots_id || '.txt'),
          coalesce(f.error, '')
        {_SOURCE_FETCHES} order by f.at, f.id""",
        _build_params(source, since, until),
    )
    for row in rows:
        yield dict(zip(_NAMES, row, strict=True))


def count_responses(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """Returns requests and bytes by reason and status; status 0: no answer."""
    rows = db.execute(
        f"""select f.reason, f.status, count(*), sum(f.bytes) {_SOURCE_FETCHES}
        group by 1, 2 order by 1, 2""",
        _build_params(source, since, until),
    )
    return [dict(zip(("reason", "status", "requests", "bytes"), row, strict=True)) for row in rows]


def list_user_agents(db: Database, source: str, since: str, until: str) -> list[str]:
    """Returns the User-Agent headers that were sent."""
    rows = db.execute(
        f"select distinct f.user_agent {_SOURCE_FETCHES} order by 1",
        _build_params(source, since, until),
    )
    return [name for (name,) in rows]


def measure_intervals(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """Returns requests by host, and the shortest and median interval between two, in seconds."""
    rows = db.execute(
        f"""with asked as (select f.host, f.at, 86400 * (julianday(f.at)
              - julianday(lag(f.at) over (partition by f.host order by f.at, f.id))) as gap
            {_SOURCE_FETCHES}),
          ranked as (select *, row_number() over (partition by host order by gap) as nth,
            count(*) over (partition by host) as many from asked)
        select host, max(many), round(min(gap), 2),
          round(max(iif(nth = 1 + many / 2, gap, null)), 2)
        from ranked group by host order by host""",  # noqa: S608  (constants)
        _build_params(source, since, until),
    )
    return [dict(zip(("host", "requests", "shortest", "middle"), row, strict=True)) for row in rows]


def iter_refused_urls(
    db: Database, source: str, since: str, until: str
) -> Iterator[dict[str, Any]]:
    """Yields the URLs of the period that were not requested, with the outcome that forbade it."""
    rows = db.execute(
        f"""select coalesce(last_asked, first_seen), url, outcome, evidence {_REFUSED_PAGES}
        order by 1, 2""",
        _build_refusal_params(source, since, until),
    )
    for row in rows:
        yield dict(zip(("at", "url", "outcome", "evidence"), row, strict=True))


def count_refusals(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """Returns the number of refused URLs by outcome."""
    rows = db.execute(
        f"select outcome, count(*) {_REFUSED_PAGES} group by 1 order by 2 desc",
        _build_refusal_params(source, since, until),
    )
    return [{"outcome": outcome, "addresses": count} for outcome, count in rows]


def iter_site_files(db: Database, source: str, since: str, until: str) -> Iterator[dict[str, Any]]:
    """Yields each robots.txt, tdmrep.json and RSL licence in force in the period, with its bytes.

    Ordered by origin, then oldest first; licences by their address.
    """
    hosts = {
        host for (host,) in db.execute("select distinct host from pages where source = ?", [source])
    }
    named_licenses = _list_page_licenses(db, source)
    for table, suffix in (("robots", "txt"), ("tdmreps", "json")):
        for columns in _iter_files_in_force(db, table, "origin", since, until):
            if urls.get_host(columns["origin"]) in hosts:
                if table == "robots" and columns["status"] == 200:
                    text = decode_robots(columns["body"])
                    named_licenses.update(list_licenses(text, columns["origin"]))
                yield columns | {"table": table, "file": f"{table}-{columns['id']}.{suffix}"}
    if has_licenses(db):
        for columns in _iter_files_in_force(db, "licenses", "url", since, until):
            if columns["origin"] in named_licenses or urls.get_host(columns["origin"]) in hosts:
                yield columns | {"table": "licenses", "file": f"licenses-{columns['id']}.xml"}


def _iter_files_in_force(
    db: Database, table: str, place: str, since: str, until: str
) -> Iterator[dict[str, Any]]:
    """Yields the rows of a table; `place`: the column with the address. A file that was fetched is
    in force for a day.
    """
    names = ("id", "origin", "status", "sha256", "first_seen", "last_asked", "body")
    columns = ", ".join(place if name == "origin" else name for name in names)
    rows = db.execute(
        f"""select {columns} from {table} where first_seen < ?
        and last_asked >= strftime('%Y-%m-%dT%H:%M:%S', ?, '-1 day')
        order by {place}, first_seen""",  # noqa: S608  (constants)
        [until, since],
    )
    for row in rows:
        yield dict(zip(names, row, strict=True))


def _list_page_licenses(db: Database, source: str) -> set[str]:
    """Returns the addresses of the RSL licences that pages of a source name."""
    rows = db.execute(
        """select distinct value from articles, json_each(articles.rights, '$.rsl')
        where source = ?""",
        [source],
    )
    return {url for (url,) in rows}
