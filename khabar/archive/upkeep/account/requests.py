"""What was asked of a source's hosts, what was not, and what the hosts said on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from khabar.model import urls
from khabar.model.items import Outcome

# Ends without a request: what forbade it.
REFUSED = (
    Outcome.ROBOTS,
    Outcome.OFF_SITE,
    Outcome.DENIED,
    Outcome.BAD_URL,
    Outcome.BLOCKED_ADDRESS,
    Outcome.TAKEN_DOWN,
)
_NAMES = ("at", "url", "status", "bytes", "reason", "user_agent", "robots", "error")
# Hosts may be shared by two sources: an address the ledger knows is its row's, the site's files are everybody's.
_OURS = """from fetches f left join pages p on p.url = f.url
  where f.host in (select host from pages where source = :source)
    and (p.source = :source or (p.id is null and f.reason in ('robots', 'tdmrep')))
    and f.at >= :since and f.at < :until"""


def _told(source: str, since: str, until: str) -> dict[str, str]:
    return {"source": source, "since": since, "until": until}


def made(db: Database, source: str, since: str, until: str) -> Iterator[dict[str, Any]]:
    """Every request, in order; `robots` names the file of the robots.txt then in force."""
    rows = db.execute(
        f"""select f.at, f.url, f.status, f.bytes, f.reason, f.user_agent,
          iif(f.robots_id is null, '', 'site/robots-' || f.robots_id || '.txt'), coalesce(f.error, '')
        {_OURS} order by f.at, f.id""",
        _told(source, since, until),
    )
    for row in rows:
        yield dict(zip(_NAMES, row, strict=True))


def answers(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """Status by status: how many requests, of which kind, how many bytes. 0: no answer."""
    rows = db.execute(
        f"select f.reason, f.status, count(*), sum(f.bytes) {_OURS} group by 1, 2 order by 1, 2",
        _told(source, since, until),
    )
    return [dict(zip(("reason", "status", "requests", "bytes"), row, strict=True)) for row in rows]


def agents(db: Database, source: str, since: str, until: str) -> list[str]:
    """As whom we came."""
    rows = db.execute(f"select distinct f.user_agent {_OURS} order by 1", _told(source, since, until))
    return [name for (name,) in rows]


def gaps(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """Host by host: requests, and the shortest and the middle time between two, in seconds."""
    rows = db.execute(
        f"""with asked as (select f.host, f.at,
            86400 * (julianday(f.at) - julianday(lag(f.at) over (partition by f.host order by f.at, f.id))) as gap
            {_OURS}),
          ranked as (select *, row_number() over (partition by host order by gap) as nth,
            count(*) over (partition by host) as many from asked)
        select host, max(many), round(min(gap), 2), round(max(iif(nth = 1 + many / 2, gap, null)), 2)
        from ranked group by host order by host""",  # noqa: S608  (our own words)
        _told(source, since, until),
    )
    return [dict(zip(("host", "requests", "shortest", "middle"), row, strict=True)) for row in rows]


def refused(db: Database, source: str, since: str, until: str) -> Iterator[dict[str, Any]]:
    """Addresses that became known in the period and were not asked for, each with what forbade it."""
    rows = db.execute(
        """select coalesce(last_asked, first_seen), url, outcome, evidence from pages where source = :source
        and outcome in (select value from json_each(:outcomes)) and coalesce(last_asked, first_seen) >= :since
        and coalesce(last_asked, first_seen) < :until order by 1, 2""",
        _told(source, since, until) | {"outcomes": _refusing()},
    )
    for row in rows:
        yield dict(zip(("at", "url", "outcome", "evidence"), row, strict=True))


def refusals(db: Database, source: str, since: str, until: str) -> list[dict[str, Any]]:
    """The same in sum."""
    rows = db.execute(
        """select outcome, count(*) from pages where source = :source
        and outcome in (select value from json_each(:outcomes)) and coalesce(last_asked, first_seen) >= :since
        and coalesce(last_asked, first_seen) < :until group by 1 order by 2 desc""",
        _told(source, since, until) | {"outcomes": _refusing()},
    )
    return [{"outcome": outcome, "addresses": count} for outcome, count in rows]


def _refusing() -> str:
    return "[" + ", ".join(f'"{one}"' for one in REFUSED) + "]"


def site_words(db: Database, source: str, since: str, until: str) -> Iterator[dict[str, Any]]:
    """Each robots.txt and tdmrep.json of its hosts that was in force in the period, oldest first, with its bytes."""
    hosts = {host for (host,) in db.execute("select distinct host from pages where source = ?", [source])}
    names = ("id", "origin", "status", "sha256", "first_seen", "last_asked", "body")
    for table, suffix in (("robots", "txt"), ("tdmreps", "json")):
        # An answer stands for a day.
        rows = db.execute(
            f"select {', '.join(names)} from {table} where first_seen < ? "  # noqa: S608  (our own names)
            "and last_asked >= strftime('%Y-%m-%dT%H:%M:%S', ?, '-1 day') order by origin, first_seen",
            [until, since],
        )
        for told in (dict(zip(names, row, strict=True)) for row in rows):
            if urls.host_of(told["origin"]) in hosts:
                yield told | {"table": table, "file": f"{table}-{told['id']}.{suffix}"}
