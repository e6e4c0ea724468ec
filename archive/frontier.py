"""What is due: the ledger's rows whose time has come, in the order a polite crawl asks for them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from crawler.clock import stamp
from crawler.items import PageKind

_ENTRY = "id, url, source, kind, state, tries, etag, last_modified, snapshot_id"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that is due: what to ask for and with which validators, or (state fetched) which kept page to read."""

    id: int
    url: str
    source: str
    kind: PageKind
    state: str
    tries: int
    etag: str | None
    last_modified: str | None
    snapshot_id: int | None


def due(
    db: Database, keys: Sequence[str], now: datetime, *, skip: Collection[int], limit: int, per_host: int
) -> list[Entry]:
    """What to ask for now: documents before pages, older debts first, at most `per_host` of one host in flight."""
    return _entries(
        db,
        f"""with flying as (select id, host from pages where id in (select value from json_each(:skip))),
        ranked as (
          select {_ENTRY}, host, kind = 'page' as late, next_at,
            row_number() over (partition by host order by kind = 'page', next_at, id) as nth
          from pages where next_at <= :now and state <> 'fetched'
            and source in (select value from json_each(:keys)) and id not in (select id from flying))
        select {_ENTRY} from ranked
        where nth + (select count(*) from flying where flying.host = ranked.host) <= :per_host
        order by late, next_at, id limit :limit""",  # noqa: S608  (column names of our own)
        {"skip": _json(skip), "keys": _json(keys), "now": stamp(now), "limit": limit, "per_host": per_host},
    )


def kept(db: Database, keys: Sequence[str], now: datetime, *, skip: Collection[int], limit: int) -> list[Entry]:
    """Pages fetched and not yet read: an earlier run died before it could."""
    return _entries(
        db,
        f"""select {_ENTRY} from pages where state = 'fetched' and next_at <= :now
        and source in (select value from json_each(:keys))
        and id not in (select value from json_each(:skip)) order by id limit :limit""",  # noqa: S608
        {"skip": _json(skip), "keys": _json(keys), "now": stamp(now), "limit": limit},
    )


def named(db: Database, only: Sequence[str], now: datetime, *, skip: Collection[int], limit: int) -> list[Entry]:
    """The addresses an operator named, and where they lead, as far as they are due."""
    return _entries(
        db,
        f"""with recursive wanted (id) as (
          select id from pages where url in (select value from json_each(:only))
          union select alias_of from pages join wanted using (id) where alias_of is not null)
        select {_ENTRY} from pages where id in (select id from wanted) and next_at <= :now
        and id not in (select value from json_each(:skip)) order by id limit :limit""",  # noqa: S608
        {"skip": _json(skip), "only": _json(only), "now": stamp(now), "limit": limit},
    )


def _json(values: Iterable[Any]) -> str:
    return json.dumps(list(values))


def _entries(db: Database, sql: str, told: dict[str, Any]) -> list[Entry]:
    return [Entry(*row) for row in db.execute(sql, told)]
