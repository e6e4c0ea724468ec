"""What a verdict is made from: one source's run, its last day, its last fortnight, and what was said of it before."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from khabar.archive.health import baselines
from khabar.archive.health.baselines import Share, chance_allowed
from khabar.archive.health.coverage import FIELDS
from khabar.model.clock import parse_stamp, stamp

DAY, FORTNIGHT, LOOKS_KEPT = timedelta(days=1), timedelta(days=14), timedelta(days=60)
CHECKS = len(FIELDS) + 2  # and silent, and few
# A row's verdict at the end of the source's run before this one.
_BROKEN_SINCE = """select broken_since from run_sources e where e.source = f.source and e.run_id < :run
  order by e.run_id desc limit 1"""
Shares = Mapping[str, Share]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a source: nothing, or what is not as usual: in words, by check, with a URL and since when."""

    broken: str | None = None
    faults: tuple[str, ...] = ()
    url: str | None = None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """One source at a run's end. Shares are by field; a field never seen is a share of nothing."""

    asked: int
    waiting: int
    before: Verdict
    now: Shares
    day: Shares  # with this run, without those in which the field was broken
    since: Shares  # from the run that broke it, where it is broken, up to the one before this
    usual: Shares  # the fortnight's runs before this one, without those in which the field was broken
    first_without: Mapping[str, str]  # field → URL
    lost_before: frozenset[str]  # fields that were low already when they were last seen, before this run
    finally_lost: bool  # a document ended in this run as repeating will not change
    document: str | None  # the URL of one of its documents
    looks: tuple[baselines.Look, ...]  # every run that could look for something new, oldest first
    chance: float  # what one check may leave to chance
    press: float  # how the other sources' last day compares with their usual ones: 1.0 as usual


def remember(db: Database, run: int, now: datetime) -> dict[str, Memory]:
    """Every source of the run, with what is needed to judge it."""
    shares_now = _shares(db, "f.run_id = :run", run, now)
    shares_day = _shares(db, "r.started_at > :day and f.run_id <= :run and not was_broken", run, now)
    usual = _shares(db, "r.started_at > :fortnight and f.run_id < :run and not was_broken", run, now)
    since = _shares(db, f"f.run_id < :run and r.finished_at >= ({_BROKEN_SINCE})", run, now)
    without, documents, lost = _first_without(db, run, now), _documents(db), _lost_before(db, run)
    final, looks, before = _finally_lost(db, run), _looks(db, run, now), _before(db, run)
    asked_often = _asked_often(db, now)
    press = baselines.press_factors(looks, now)
    rows = db.execute("select source, asked, waiting from run_sources where run_id = ?", [run])
    return {
        source: Memory(
            asked, waiting or 0, before.get(source, Verdict()), shares_now[source], shares_day[source], since[source],
            usual[source], without[source], frozenset(lost[source]), source in final, documents.get(source),
            looks[source], chance_allowed(asked_often.get(source, 0), CHECKS), press[source],
        )
        for source, asked, waiting in list(rows)
    }  # fmt: skip


def _shares(db: Database, which: str, run: int, now: datetime) -> dict[str, dict[str, Share]]:
    """Source → field → share, over the runs that `which` chooses."""
    rows = db.execute(
        f"""select source, field, sum(held), sum(counted) from (
          select f.source, f.field, f.held, f.of as counted, f.run_id,
            exists (select 1 from json_each(s.faults) where value = f.field) as was_broken
          from run_fields f join run_sources s on s.run_id = f.run_id and s.source = f.source) f
        join runs r on r.id = f.run_id where {which} group by 1, 2""",  # noqa: S608  (our own conditions, above)
        {"run": run, "day": stamp(now - DAY), "fortnight": stamp(now - FORTNIGHT)},
    )
    found: dict[str, dict[str, Share]] = defaultdict(lambda: defaultdict(Share))
    for source, field, held, of in rows:
        found[source][field] = Share(held, of)
    return found


def _first_without(db: Database, run: int, now: datetime) -> dict[str, dict[str, str]]:
    """The first page without a field, of the newest run in the last day that met one."""
    rows = db.execute(
        """select f.source, f.field, p.url from run_fields f join runs r on r.id = f.run_id
        join pages p on p.id = f.first_without
        where f.run_id <= ? and r.started_at > ? order by f.run_id""",
        [run, stamp(now - DAY)],
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for source, field, url in rows:
        found[source][field] = url
    return found


def _before(db: Database, run: int) -> dict[str, Verdict]:
    """Each source's verdict at the end of its run before this one."""
    rows = db.execute(
        """select b.source, b.broken, b.faults, b.broken_url, b.broken_since from run_sources s
        join run_sources b on b.source = s.source and b.run_id =
          (select max(run_id) from run_sources e where e.source = s.source and e.run_id < s.run_id)
        where s.run_id = ?""",
        [run],
    )
    return {
        source: Verdict(broken, tuple(json.loads(faults)), url, since) for source, broken, faults, url, since in rows
    }


def _asked_often(db: Database, now: datetime) -> dict[str, int]:
    """Source → its runs of the fortnight."""
    rows = db.execute(
        """select source, count(*) from run_sources s join runs r on r.id = s.run_id
        where r.started_at > ? and asked > 0 group by source""",
        [stamp(now - FORTNIGHT)],
    )
    return dict(rows.fetchall())


def _documents(db: Database) -> dict[str, str]:
    return dict(db.execute("select source, min(url) from pages where kind <> 'page' group by source").fetchall())


def _lost_before(db: Database, run: int) -> dict[str, set[str]]:
    """Source → fields that less than half had, in the last run before this one that saw any."""
    rows = db.execute(
        """select source, field, held, of, max(run_id) from run_fields where run_id < ? group by source, field""",
        [run],
    )
    found: dict[str, set[str]] = defaultdict(set)
    for source, field, held, of, _ in rows:
        if held * 2 < of:
            found[source].add(field)
    return found


def _finally_lost(db: Database, run: int) -> set[str]:
    """Sources with a document that ended, in this run, in an outcome that trying again will not mend soon."""
    rows = db.execute(
        """select distinct source from pages where kind <> 'page' and state = 'done'
        and outcome not in ('feed', 'alias') and last_asked >= (select started_at from runs where id = ?)""",
        [run],
    )
    return {source for (source,) in rows}


def _looks(db: Database, run: int, now: datetime) -> dict[str, tuple[baselines.Look, ...]]:
    """Source → its runs that could look for something new. The very first is left out: it brought what had piled up."""
    rows = db.execute(
        """select k.key, r.started_at, s.new, s.broken is not null from sources k
        join run_sources s on s.source = k.key and s.run_id <= :run and s.run_id >
          (select run_id from run_sources e where e.source = k.key and e.asked > 0 order by run_id limit 1)
        join runs r on r.id = s.run_id
        where s.documents > s.documents_failed and r.started_at > :since order by s.run_id""",
        {"run": run, "since": stamp(now - LOOKS_KEPT)},
    )
    found: dict[str, list[baselines.Look]] = defaultdict(list)
    for source, at, new, was_broken in rows:
        found[source].append(baselines.Look(parse_stamp(at), new, bool(was_broken)))
    return defaultdict(tuple, {source: tuple(looks) for source, looks in found.items()})
