"""What was asked of a source's hosts, what was not, and what the hosts said on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from khabar.model import urls
from khabar.model.items import Outcome

# Ends without a request: what forbade it.
REFUSAL_OUTCOMES = (
    Outcome.ROBOTS,
    Outcome.OFF_SITE,
    Outcome.DENIED,
    Outcome.BAD_URL,
    Outcome.BLOCKED_ADDRESS,
    Outcome.TAKEN_DOWN,
)
_NAMES = ("at", "url", "status", "bytes", "reason", "user_agent", "robots", "error")
# Hosts may be shared by two sources: an address the ledger knows is its row's, the site's files are
# everybody's.
_SOURCE_FETCHES = """from fetches f left join pages p on p.url = f.url
  where f.host in (select host from pages where source = :source)
    and (p.source = :source or (p.id is null and f.reason in ('robots', 'tdmrep')))
    and f.at >= :since and f.at < :until"""


def _build_params(source: str, since: str, until: str) -> dict[str, str]:
    return {"source": source, "since": since, "until": until}


def iter_requests(db: Database, source: str, since: str, until: str) -> Iterator[dict[str, Any]]:
    """Every request, in order; `robots` names the file of the robots.txt then in force."""
    rows = db.execute(
        f"""select f.at, f.url, f.status, f.bytes, f.reason, f.user_agent,
          iif(f.robots_id is null, '', 'site/robots-' || f.robots_id || '.txt'), coalesce(f.error, '')
        {_SOURCE_FETCHES} order by f.at, f.id""",
        _build_params(source, since, until),
    )
    for row in rows:
        yield dict(zip(_NAMES, row, strict=True))


def count_responses(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """Status by status: how many requests, of which kind, how many bytes. 0: no answer."""
    rows = db.execute(
        f"select f.reason, f.status, count(*), sum(f.bytes) {_SOURCE_FETCHES} group by 1, 2 order by 1, 2",
        _build_params(source, since, until),
    )
    return [dict(zip(("reason", "status", "requests", "bytes"), row, strict=True)) for row in rows]


def list_user_agents(db: Database, source: str, since: str, until: str) -> list[str]:
    """As whom we came."""
    rows = db.execute(
        f"select distinct f.user_agent {_SOURCE_FETCHES} order by 1",
        _build_params(source, since, until),
    )
    return [name for (name,) in rows]


def measure_intervals(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """Host by host: requests, and the shortest and the middle time between two, in seconds."""
    rows = db.execute(
        f"""with asked as (select f.host, f.at,
            86400 * (julianday(f.at) - julianday(lag(f.at) over (partition by f.host order by f.at, f.id))) as gap
            {_SOURCE_FETCHES}),
          ranked as (select *, row_number() over (partition by host order by gap) as nth,
            count(*) over (partition by host) as many from asked)
        select host, max(many), round(min(gap), 2), round(max(iif(nth = 1 + many / 2, gap, null)), 2)
        from ranked group by host order by host""",  # noqa: S608  (our own words)
        _build_params(source, since, until),
    )
    return [dict(zip(("host", "requests", "shortest", "middle"), row, strict=True)) for row in rows]


def iter_refused_urls(
    db: Database, source: str, since: str, until: str
) -> Iterator[dict[str, Any]]:
    """Addresses that became known in the period and were not asked for, each with what forbade
    it.
    """
    rows = db.execute(
        """select coalesce(last_asked, first_seen), url, outcome, evidence from pages where source = :source
        and outcome in (select value from json_each(:outcomes)) and coalesce(last_asked, first_seen) >= :since
        and coalesce(last_asked, first_seen) < :until order by 1, 2""",
        _build_params(source, since, until) | {"outcomes": _encode_outcomes()},
    )
    for row in rows:
        yield dict(zip(("at", "url", "outcome", "evidence"), row, strict=True))


def count_refusals(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """The same in sum."""
    rows = db.execute(
        """select outcome, count(*) from pages where source = :source
        and outcome in (select value from json_each(:outcomes)) and coalesce(last_asked, first_seen) >= :since
        and coalesce(last_asked, first_seen) < :until group by 1 order by 2 desc""",
        _build_params(source, since, until) | {"outcomes": _encode_outcomes()},
    )
    return [{"outcome": outcome, "addresses": count} for outcome, count in rows]


def _encode_outcomes() -> str:
    return "[" + ", ".join(f'"{outcome}"' for outcome in REFUSAL_OUTCOMES) + "]"


def iter_site_files(db: Database, source: str, since: str, until: str) -> Iterator[dict[str, Any]]:
    """Each robots.txt and tdmrep.json of its hosts that was in force in the period, oldest
    first, with its bytes.
    """
    hosts = {
        host for (host,) in db.execute("select distinct host from pages where source = ?", [source])
    }
    names = ("id", "origin", "status", "sha256", "first_seen", "last_asked", "body")
    for table, suffix in (("robots", "txt"), ("tdmreps", "json")):
        # An answer stands for a day.
        rows = db.execute(
            f"select {', '.join(names)} from {table} where first_seen < ? "  # noqa: S608  (our own names)
            "and last_asked >= strftime('%Y-%m-%dT%H:%M:%S', ?, '-1 day') order by origin, first_seen",
            [until, since],
        )
        for columns in (dict(zip(names, row, strict=True)) for row in rows):
            if urls.get_host(columns["origin"]) in hosts:
                yield columns | {"table": table, "file": f"{table}-{columns['id']}.{suffix}"}
