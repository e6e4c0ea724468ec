"""Selects the URLs that are due, in the order in which the crawl requests them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from khabar.model.clock import format_utc
from khabar.model.items import PageKind

# Values of the column pages.tier: the priority of a request on its host, 0 first.
DOCUMENT, NEW, RETRY, REVISIT, BACKFILL = range(5)

_ENTRY_COLUMNS = "id, url, source, kind, state, tries, etag, last_modified, snapshot_id, tier"


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A URL that is due: to be requested, with the validators of the last response, or (`state`
    "fetched") whose snapshot is still to be parsed.
    """

    id: int
    url: str
    source: str
    kind: PageKind
    state: str
    tries: int
    etag: str | None
    last_modified: str | None
    snapshot_id: int | None
    tier: int
    body_sha256: str | None = None  # of a document's last parsed body
    full_at: str | None = None  # when that body was received


def select_due(
    db: Database,
    keys: Sequence[str],
    now: datetime,
    *,
    skip: Collection[int],
    limit: int,
    per_host: int,
    skip_lanes: Collection[tuple[str, int]] = (),
) -> list[QueueEntry]:
    """Returns the URLs to request now: documents, then new pages, retries, revisits and backfills;
    within each, the longest due first, but the retry that became due last.

    `skip`: ids in flight; with these, at most `per_host` of one host. A retry, revisit or backfill
    is returned only for a host with nothing else in flight or due, so that a new page waits for one
    of them at most. `skip_lanes`: (host, tier) pairs with which this run is finished. Paused hosts
    are left out.
    """
    # `waiting` steps through the distinct hosts by index; `select distinct` would scan the table.
    columns = ", ".join(f"p.{name}" for name in _ENTRY_COLUMNS.split(", "))
    due_in_lane = """select d.id from pages d
              where lanes.tier {lanes} and d.host = lanes.host and d.tier = lanes.tier
                and d.next_at <= :now and d.state <> 'fetched'
                and d.source in (select value from json_each(:keys))
                and d.id not in (select value from json_each(:skip))
              order by d.next_at {order} limit :per_host"""
    return _query_entries(
        db,
        f"""with recursive in_flight (host, n) as (
          select host, count(*) from pages
          where id in (select value from json_each(:skip)) group by host),
        waiting (host) as (
          select min(host) from pages where next_at is not null
          union all
          select (select min(host) from pages where next_at is not null and host > waiting.host)
          from waiting where waiting.host is not null),
        lanes (host, tier) as (
          select host, value from waiting, json_each('[0,1,2,3,4]') where host is not null
            and host not in (select host from hosts where rest_until > :now)
            and not exists (select 1 from json_each(:closed) c
              where json_extract(c.value, '$[0]') = host
                and json_extract(c.value, '$[1]') = json_each.value)),
        ranked as (
          select {columns}, p.host, p.next_at,
            row_number() over (partition by p.host
              order by p.tier, iif(p.tier = {RETRY}, '', p.next_at), p.next_at desc, p.id)
              + coalesce((select n from in_flight where in_flight.host = p.host), 0) as nth
          from lanes join pages p on p.id in (
            select id from ({due_in_lane.format(lanes=f"<> {RETRY}", order="")})
            union all select id from ({due_in_lane.format(lanes=f"= {RETRY}", order="desc")})))
        select {_ENTRY_COLUMNS}, body_sha256, full_at
        from ranked left join documents on page_id = id
        where nth <= iif(tier < {RETRY}, :per_host, 1) order by tier, next_at, id limit :limit""",  # noqa: S608
        {
            "skip": _to_json(skip),
            "keys": _to_json(keys),
            "now": format_utc(now),
            "limit": limit,
            "per_host": per_host,
            "closed": _to_json(skip_lanes),
        },
    )


def select_unparsed(
    db: Database, keys: Sequence[str], now: datetime, *, skip: Collection[int], limit: int
) -> list[QueueEntry]:
    """Returns pages that were fetched but not parsed, because an earlier run was killed."""
    return _query_entries(
        db,
        # named, as SQLite would search all rows of the sources
        f"""select {_ENTRY_COLUMNS} from pages indexed by pages_fetched
        where state = 'fetched' and next_at <= :now
        and source in (select value from json_each(:keys))
        and id not in (select value from json_each(:skip)) order by id limit :limit""",  # noqa: S608
        {"skip": _to_json(skip), "keys": _to_json(keys), "now": format_utc(now), "limit": limit},
    )


def select_urls(
    db: Database, urls: Sequence[str], now: datetime, *, skip: Collection[int], limit: int
) -> list[QueueEntry]:
    """Returns the given URLs, and those they are aliases of, as far as they are due and their hosts
    are not paused.
    """
    return _query_entries(
        db,
        f"""with recursive wanted (id) as (
          select id from pages where url in (select value from json_each(:only))
          union select alias_of from pages join wanted using (id) where alias_of is not null)
        select {_ENTRY_COLUMNS} from pages where id in (select id from wanted) and next_at <= :now
        and host not in (select host from hosts where rest_until > :now)
        and id not in (select value from json_each(:skip)) order by id limit :limit""",  # noqa: S608
        {"skip": _to_json(skip), "only": _to_json(urls), "now": format_utc(now), "limit": limit},
    )


def _to_json(values: Iterable[Any]) -> str:
    return json.dumps(list(values))


def _query_entries(db: Database, sql: str, params: dict[str, Any]) -> list[QueueEntry]:
    return [QueueEntry(*row) for row in db.execute(sql, params)]
