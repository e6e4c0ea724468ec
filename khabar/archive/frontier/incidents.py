"""Incidents of hosts: when most pages of a host end alike in a run (the same redirect target, the
same body, the same status), that is the host's fault and ends none of the pages.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from khabar.model import schedule
from khabar.model.clock import format_utc, parse_utc
from khabar.model.items import Outcome

# Both from the issue that asked for it: fewer pages may end alike by chance.
MIN_PAGES, MIN_SHARE = 3, 0.8
# How far back endings of earlier runs count, and how many are stored of a host; chosen by hand.
SPAN, MAX_STORED = timedelta(days=3), 10
MAX_GOOD = 1000  # good endings of a host that are kept in a run, of 0.4 KB each; chosen by hand
# An outcome that at least half of so many pages of the source had before is usual there: its feeds
# name galleries or pages of another kind. Chosen by hand, not measured.
USUAL_PAGES, USUAL_SHARE, USUAL_WINDOW = 20, 0.5, timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a visit of a page ended. `keys`: what it shares with other pages that ended alike, the
    most specific first: `to URL`, `body SHA-256`, `OUTCOME STATUS`.
    """

    page_id: int
    source: str
    at: str
    is_good: bool
    outcome: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostIncident:
    """An incident: `endings` of `total` pages share the key."""

    host: str
    key: str
    total: int
    endings: tuple[Ending, ...]

    def __str__(self) -> str:
        kind, _, value = self.key.partition(" ")
        what = {"to": f"redirected to {value}", "body": "gave the same body"}.get(
            kind, f"ended as {self.key}"
        )
        return (
            f"incident: {len(self.endings)} of {self.total} pages of {self.host} {what}; "
            "no page is ended by it, all will be requested again"
        )


@dataclass(slots=True)
class RunEndings:
    """The endings of a run: host → page id → its last ending. Of the good ones of a host only the
    newest MAX_GOOD are kept, and `dropped` counts the others: a run may read a million pages.
    """

    by_host: dict[str, dict[int, Ending]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    good_sources: set[str] = field(default_factory=set)  # with a page that ended well
    _good: dict[str, dict[int, None]] = field(default_factory=dict)  # host → ids, oldest first

    def add(self, host: str, ending: Ending) -> None:
        """Adds an ending in place of an earlier one of its page."""
        endings, good = self.by_host.setdefault(host, {}), self._good.setdefault(host, {})
        endings[ending.page_id] = ending
        good.pop(ending.page_id, None)
        if ending.is_good:
            self.good_sources.add(ending.source)
            good[ending.page_id] = None
        if len(good) > MAX_GOOD:
            oldest = next(iter(good))
            del good[oldest], endings[oldest]
            self.dropped[host] += 1


def find_incident(
    host: str, run: Sequence[Ending], earlier: Sequence[Ending], dropped: int = 0
) -> HostIncident | None:
    """Returns the incident of a host; None when its pages did not end alike.

    `run`: the endings of the run; with fewer than MIN_PAGES the newest of `earlier` runs count too.
    `dropped`: how many good ones of the run are not in it.
    """
    if all(ending.is_good for ending in run):
        return None
    missing = MIN_PAGES - len(run)
    endings = [*(earlier[-missing:] if missing > 0 else ()), *run]
    counts = Counter(key for ending in endings for key in ending.keys)
    if not counts:
        return None
    best = max(counts.values())
    key = next(key for ending in endings for key in ending.keys if counts[key] == best)
    total = len(endings) + dropped
    if best < MIN_PAGES or best < MIN_SHARE * total:
        return None
    alike = tuple(ending for ending in endings if key in ending.keys)
    return HostIncident(host, key, total, alike)


def resolve_incidents(
    db: Database, endings: RunEndings, started_at: datetime, now: datetime
) -> list[HostIncident]:
    """Finds the incidents at the end of a run and reopens their pages. Call it inside a
    transaction.
    """
    incidents = []
    for host, by_page in endings.by_host.items():
        run = [_confirm(db, ending) for ending in by_page.values()]
        earlier = _load_endings(db, host, now - SPAN, skip=by_page)
        incident = find_incident(host, run, earlier, endings.dropped[host])
        if incident and not _is_usual(db, incident, started_at):
            _reopen_pages(db, incident, started_at, now)
            incidents.append(incident)
        _save_endings(db, host, [*earlier, *run])
    return incidents


def _confirm(db: Database, ending: Ending) -> Ending:
    """Returns the ending as it is at the end of the run: a redirect whose target turned out to be
    the article is a good one.
    """
    if ending.outcome != Outcome.ALIAS or ending.is_good:
        return ending
    (failing_since,) = db.execute(
        "select failing_since from pages where id = ?", [ending.page_id]
    ).fetchone()
    return ending if failing_since else replace(ending, is_good=True, keys=())


def _is_usual(db: Database, incident: HostIncident, started_at: datetime) -> bool:
    """Whether the source's pages usually ended as this before. Redirects to no article and the same
    body are never usual.
    """
    first = incident.endings[0]
    if incident.key.startswith(("to ", "body ", "redirect ")):
        return False
    count, total = db.execute(
        """select coalesce(sum(iif(outcome = :outcome, pages, 0)), 0), coalesce(sum(pages), 0)
        from run_outcomes o join runs r on r.id = o.run_id
        join run_sources s on s.run_id = o.run_id and s.source = o.source
        where o.source = :source and r.started_at >= :since and r.started_at < :started_at
          and outcome not in ('feed', 'broken-feed', 'not-modified')
          and not exists (select 1 from json_each(s.faults) where value = 'incident')""",
        {
            "outcome": first.outcome,
            "source": first.source,
            "since": format_utc(started_at - USUAL_WINDOW),
            "started_at": format_utc(started_at),
        },
    ).fetchone()
    return bool(total >= USUAL_PAGES and count >= USUAL_SHARE * total)


def _reopen_pages(
    db: Database, incident: HostIncident, started_at: datetime, now: datetime
) -> None:
    """Takes back what the incident ended: pages without an article wait for their retry, articles
    are not removed and are visited again.
    """
    evidence = f"incident of the host: {incident.key}"
    for ending in incident.endings:
        article_id, failing_since = db.execute(
            "select article_id, coalesce(failing_since, last_asked) from pages where id = ?",
            [ending.page_id],
        ).fetchone()
        retry_at = schedule.next_page_retry(parse_utc(failing_since), now, is_named=True)
        if article_id is None:
            db.execute(
                """update pages set state = 'new', outcome = null, alias_of = null, evidence = ?,
                  failing_since = ?, tries = max(tries, 1), next_at = ? where id = ?""",
                [evidence, failing_since, retry_at and format_utc(retry_at), ending.page_id],
            )
            continue
        cursor = db.execute(
            "update articles set removed_at = null where id = ? and removed_at >= ?",
            [article_id, format_utc(started_at)],
        )
        if cursor.rowcount:
            db.execute(
                """update run_sources set removed = removed - 1
                where source = ? and run_id = (select max(id) from runs)""",
                [ending.source],
            )
        db.execute(
            """update pages set outcome = 'article', alias_of = null, evidence = :evidence,
              next_at = min(coalesce(next_at, :retry), :retry)
            where id = :page and url = (select url from articles where id = :article)
              and (select removed_at from articles where id = :article) is null""",
            {
                "evidence": evidence,
                "retry": format_utc(retry_at or now + schedule.DAILY),
                "page": ending.page_id,
                "article": article_id,
            },
        )


def _load_endings(db: Database, host: str, since: datetime, skip: Iterable[int]) -> list[Ending]:
    row = db.execute("select endings from hosts where host = ?", [host]).fetchone()
    stored: list[dict[str, Any]] = json.loads(row[0]) if row else []
    skipped = set(skip)
    endings = [Ending(**{**entry, "keys": tuple(entry["keys"])}) for entry in stored]
    return [
        ending
        for ending in endings
        if ending.at >= format_utc(since) and ending.page_id not in skipped
    ]


def _save_endings(db: Database, host: str, endings: Sequence[Ending]) -> None:
    newest = [
        {name: getattr(ending, name) for name in Ending.__slots__}
        for ending in endings[-MAX_STORED:]
    ]
    db.execute(
        """insert into hosts (host, endings) values (?, ?)
        on conflict (host) do update set endings = excluded.endings""",
        [host, json.dumps(newest)],
    )
