"""Weeks of runs for the tests of health: the same functions a crawl calls, with visits made up instead of fetched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from archive_fixtures import article, source
from shared_crawls import made_once

from khabar.archive import health, open_archive
from khabar.archive.database import transaction
from khabar.archive.frontier import outcomes, url_store
from khabar.hindi.india_time import IST
from khabar.model.items import Article, DiscoveredLink, Outcome, Page, Visit

MONDAY = datetime(2026, 11, 2, 0, 30, tzinfo=IST)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WELL = replace(
    article(),
    published_at="2026-11-02T09:00:00+05:30",
    published_precision="minute",
    authors=("निशा रावत",),
)
UNDATED = replace(WELL, published_at=None, published_precision=None)

Hour = Callable[[datetime], int]  # how many new articles an hour brings


def weekday(at: datetime) -> int:
    """A daily's day: nothing at night, the most in the morning, on Sundays a third of it."""
    local = at.astimezone(IST)
    if not 6 <= local.hour < 23:
        return 0
    busy = 6 if local.hour < 12 else 3
    return busy // 3 if local.weekday() == 6 else busy


def page_row(is_document: bool) -> dict[str, object]:
    """The row of a page or feed before its first visit, as far as health looks at it."""
    return {
        "kind": "feed" if is_document else "page",
        "failing_since": None,
        "tries": 0,
        "article_id": None,
        "outcome": None,
    }


@dataclass
class Press:
    """An archive with sources, watched run by run from `now` on."""

    path: Path
    keys: Sequence[str] = ("kagaz", "dawat", "kalam", "syahi", "panna")
    now: datetime = MONDAY
    told: list[tuple[str, str | None]] = field(
        default_factory=list
    )  # (state, source) of every alert so far

    def __post_init__(self) -> None:
        self.archive = open_archive(self.path, write=True)
        self.db = self.archive.db
        self.pages: dict[str, tuple[int, int]] = {}  # source → (a document's row, a page's row)
        for key in self.keys:
            one = source(key)
            url_store.register_source(self.db, one, self.now)
            with transaction(self.db):
                document, page = url_store.upsert_urls(
                    self.db, one, [DiscoveredLink(one.feeds[0].url, "feed", "feed"), DiscoveredLink(f"{one.homepage}news/1", "feed")],
                    self.now, None,
                )  # fmt: skip
                outcomes.set_outcome(self.db, page, Outcome.ARTICLE, "", self.now)
            self.pages[key] = document, page

    def run(self, brings: Callable[[str], Iterable[Visit]], reason: str = "finished") -> int:
        """One run: every source's visits counted, the verdicts written."""
        run = health.start_run(self.db, self.now, self.keys)
        with transaction(self.db):
            for key in self.keys:
                for visit in brings(key):
                    is_document = visit.page_id == self.pages[key][0]
                    change = "new" if visit.outcome is Outcome.ARTICLE else None
                    health.count_visit(
                        self.db, run, visit, visit.outcome, change, page_row(is_document)
                    )
        health.finish_run(self.db, run, self.now, reason, free=10**11)
        alerts = health.list_pending_alerts(self.db, self.now)
        health.mark_printed(self.db, alerts, self.now)
        health.mark_posted(self.db, alerts, self.now)
        health.mark_mailed(self.db, alerts, self.now)
        self.told += [(alert.state, alert.source) for alert in alerts]
        return run

    def document(self, key: str, outcome: Outcome | None = None) -> Visit:
        """A feed asked for: 304 by default."""
        return Visit(self.pages[key][0], key, outcome=outcome)

    def read(
        self, key: str, count: int, one: Article = WELL, outcome: Outcome = Outcome.ARTICLE
    ) -> list[Visit]:
        page = Page(f"http://www.{key}.newsroom.test/news/1", b"<html>" * 100, self.now)
        return [
            Visit(self.pages[key][1], key, page, article=one, outcome=outcome) for _ in range(count)
        ]

    def lost(self, key: str, count: int, outcome: Outcome) -> list[Visit]:
        return [Visit(self.pages[key][1], key, outcome=outcome) for _ in range(count)]

    def well(self, key: str, hour: Hour = weekday) -> list[Visit]:
        """A run in which all is as usual."""
        return [self.document(key), *self.read(key, hour(self.now))]

    def watch(self, days: float, hour: Hour = weekday, every: timedelta = HOUR) -> None:
        """Days of runs, all of them well."""
        end = self.now + days * DAY
        while self.now < end:
            self.run(lambda key: self.well(key, hour))
            self.now += every

    def broken(self) -> dict[str, str]:
        """What the last run says: source → words."""
        run = health.last_run_id(self.db)
        assert run
        return dict(health.list_broken(self.db, run))


def watched_for(
    days: int, factory: pytest.TempPathFactory
) -> tuple[Path, datetime, list[tuple[str, str | None]]]:
    """The archive after days that were all well, the moment they ended, the alerts so far; made once in a test run."""

    def make(folder: Path) -> None:
        press = Press(folder / "archive.db")
        press.watch(days)
        press.archive.close()
        (folder / "told.json").write_text(json.dumps([press.now.isoformat(), press.told]))

    folder = made_once(factory, f"watched-{days}-days", make)
    now, told = json.loads((folder / "told.json").read_text())
    return folder / "archive.db", datetime.fromisoformat(now), [tuple(one) for one in told]
