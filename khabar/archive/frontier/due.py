"""What is due: the ledger's rows whose time has come, in the order a polite crawl asks for them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from khabar.model.clock import format_utc
from khabar.model.items import PageKind

# pages.tier: the order in which a host's debts are paid
DOCUMENT, NEW, REVISIT, BACKFILL = range(4)

_ENTRY_COLUMNS = "id, url, source, kind, state, tries, etag, last_modified, snapshot_id, tier"


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A row that is due: what to ask for and with which validators, or (state fetched) which
    kept page to read.
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
    body_sha256: str | None = None  # of a document as it was last read


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
    """What to ask for now: documents, then new pages, then pages read before, then backfills; older
    debts first.

    At most `per_host` of one host in flight. A revisit or a backfill goes out alone, so that what
    is new waits for one of them at most. `skip_lanes`: (host, tier) pairs this run is done with.
    Hosts that rest are left out.
    """
    return _query_entries(
        db,
        f"""with recursive flying (host, n) as (
          select host, count(*) from pages where id in (select value from json_each(:skip)) group by host),
        waiting (host) as (
          select min(host) from pages where next_at is not null
          union all select (select min(host) from pages where next_at is not null and host > waiting.host)
          from waiting where waiting.host is not null),
        lanes (host, tier) as (
          select host, value from waiting, json_each('[0,1,2,3]') where host is not null
            and host not in (select host from hosts where rest_until > :now)
            and not exists (select 1 from json_each(:closed) c
              where json_extract(c.value, '$[0]') = host and json_extract(c.value, '$[1]') = json_each.value)),
        ranked as (
          select {", ".join(f"p.{name.strip()}" for name in _ENTRY_COLUMNS.split(","))}, p.host, p.next_at,
            row_number() over (partition by p.host order by p.tier, p.next_at, p.id)
              + coalesce((select n from flying where flying.host = p.host), 0) as nth
          from lanes join pages p on p.id in (
            select d.id from pages d where d.host = lanes.host and d.tier = lanes.tier and d.next_at <= :now
              and d.state <> 'fetched' and d.source in (select value from json_each(:keys))
              and d.id not in (select value from json_each(:skip)) order by d.next_at limit :per_host))
        select {_ENTRY_COLUMNS}, body_sha256 from ranked left join documents on page_id = id
        where nth <= iif(tier < {REVISIT}, :per_host, 1) order by tier, next_at, id limit :limit""",  # noqa: S608
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
    """Pages fetched and not yet read: an earlier run died before it could."""
    return _query_entries(
        db,
        f"""select {_ENTRY_COLUMNS} from pages where state = 'fetched' and next_at <= :now
        and source in (select value from json_each(:keys))
        and id not in (select value from json_each(:skip)) order by id limit :limit""",  # noqa: S608
        {"skip": _to_json(skip), "keys": _to_json(keys), "now": format_utc(now), "limit": limit},
    )


def select_urls(
    db: Database, urls: Sequence[str], now: datetime, *, skip: Collection[int], limit: int
) -> list[QueueEntry]:
    """The addresses an operator named, and where they lead, as far as they are due and their
    hosts do not rest.
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
