"""The frontier under anything: links, answers, waits, wrong clocks and kills in any order; what is named is never forgotten."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from khabar.archive.frontier import due, future_times, url_store
from khabar.archive.upkeep.verify import frontier as checks
from khabar.archive.upkeep.verify.findings import CheckContext
from khabar.model import schedule
from khabar.model.clock import format_utc, parse_utc
from khabar.model.items import RETRYABLE, TRANSIENT, DiscoveredLink, Outcome, Page, Visit

URLS = [f"{HOME}/news/page-{number}" for number in range(4)]
BAD = sorted(RETRYABLE - TRANSIENT)
FINAL = [Outcome.GONE, Outcome.LISTING, Outcome.OTHER_LANGUAGE, Outcome.ROBOTS]
some_url = st.sampled_from(URLS)


class Killed(Exception):
    """The process ends here."""


class FrontierMachine(RuleBasedStateMachine):
    """Drives a real archive; keeps what was done to each page, not what should follow from it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.desk = ArchiveBuilder(Path(self.folder.name) / "archive.db")
        self.named: dict[str, object] = {}
        self.final: set[str] = set()
        self.stored: dict[str, object] = {}

    def teardown(self) -> None:
        self.desk.archive.close()
        self.folder.cleanup()

    def _page_id(self, url: str) -> int | None:
        rows = self.desk.rows("select id from pages where url = ?", url)
        return rows[0]["id"] if rows else None

    @rule(url=some_url, how=st.sampled_from(["feed", "news-sitemap", "listing"]))
    def name(self, url, how):
        self.desk.note(url, how=how)
        self.named[url] = self.desk.now

    @rule(url=some_url)
    def backfill(self, url):
        links = [DiscoveredLink(url, "sitemap")]
        url_store.upsert_urls(self.desk.db, self.desk.sources["kagaz"], links, self.desk.now, None, backfill=True)  # fmt: skip

    def _end(self, url, outcome, **told):
        if (page_id := self._page_id(url)) is not None:
            self.desk.file(Visit(page_id, "kagaz", outcome=outcome, **told))

    @rule(url=some_url, outcome=st.sampled_from(BAD))
    def answer_badly(self, url, outcome):
        self._end(url, outcome)

    @rule(url=some_url, outcome=st.sampled_from(sorted(TRANSIENT)))
    def fail_to_answer(self, url, outcome):
        self._end(url, outcome)

    @rule(url=some_url, outcome=st.sampled_from(FINAL))
    def end_for_good(self, url, outcome):
        if self._page_id(url) is not None and url not in self.stored:
            self._end(url, outcome)
            self.final.add(url)

    @rule(url=some_url, place=some_url, status=st.sampled_from([301, 302, 307]))
    def redirect(self, url, place, status):
        page = Page(url, b"", self.desk.now, status, {"location": place})
        found = (DiscoveredLink(place, "redirect"),)
        self._end(url, Outcome.ALIAS, page=page, found=found, evidence=f"{status} to {place}")

    @rule(url=some_url)
    def give_an_article(self, url):
        if self._page_id(url) is not None:
            number = url[-1]
            self.desk.read(article(url, f"नगर {number} की ख़बर " * 9, title=f"ख़बर {number}"))
            self.stored.setdefault(url, self.desk.now)
            self.final.discard(url)

    @rule(url=some_url, outcome=st.sampled_from(BAD))
    def be_killed_while_saving(self, url, outcome):
        """A transaction that does not come to its end changes nothing."""
        if (page_id := self._page_id(url)) is None:
            return
        before = self.desk.rows("select * from pages")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("khabar.archive.health.count_visit", self._die)
            with pytest.raises(Killed):
                self.desk.file(Visit(page_id, "kagaz", outcome=outcome))
        assert self.desk.rows("select * from pages") == before

    @staticmethod
    def _die(*args, **told):
        raise Killed

    @rule(time=st.sampled_from([timedelta(minutes=7), timedelta(hours=2), timedelta(days=1), timedelta(days=5)]))  # fmt: skip
    def wait(self, time):
        self.desk.now += time

    @rule(url=some_url, ahead=st.sampled_from([timedelta(days=2), timedelta(days=3650)]))
    def crawl_with_a_wrong_clock(self, url, ahead):
        now = self.desk.now
        self.desk.now = now + ahead
        self._end(url, Outcome.NOT_FOUND)
        self.desk.end(f"{HOME}/feed.xml", Outcome.FEED)
        self.desk.now = now
        assert future_times.clamp_future_times(self.desk.db, now) is not None

    # --- laws ---

    def _rows(self) -> dict[str, dict]:
        return {
            row["url"]: row for row in self.desk.rows("select * from pages where kind = 'page'")
        }

    @invariant()
    def nothing_is_forgotten(self):
        """A page that a document has named lately, that is not final and has no article, is due some time soon."""
        for url, row in self._rows().items():
            named_at, gave = self.named.get(url), row["article_id"]
            if named_at is None or gave or url in self.final or named_at < self.desk.now - schedule.NAMED_WITHIN:  # fmt: skip
                continue
            is_old = row["failing_since"] and parse_utc(row["failing_since"]) < self.desk.now - schedule.RETRY_LIMIT + schedule.RETRY_INTERVAL  # fmt: skip
            is_alias = row["outcome"] == "alias" and not row["failing_since"]
            if not is_old and not is_alias and row["how"] != "redirect":
                assert row["next_at"], row
                assert parse_utc(row["next_at"]) <= self.desk.now + timedelta(days=8), row

    @invariant()
    def articles_are_visited_again(self):
        for url, since in self.stored.items():
            row = self._rows()[url]
            young = since > self.desk.now - schedule.REVISIT_AGES[-1]
            if row["outcome"] == "article" and row["article_id"] and young:
                assert row["next_at"] or row["failing_since"], row

    @invariant()
    def retries_stand_where_they_belong(self):
        for row in self._rows().values():
            is_retry = bool(row["failing_since"] and row["tries"]) and row["article_id"] is None
            assert (row["tier"] == due.RETRY) == is_retry, row
            assert row["failing_since"] is None or row["failing_since"] <= format_utc(self.desk.now + timedelta(seconds=1)), row  # fmt: skip

    @invariant()
    def verify_finds_nothing(self):
        context = CheckContext(self.desk.archive, self.desk.now)
        for check in (checks.check_outcomes, checks.check_article_rows, checks.check_timestamps):
            assert list(check(context)) == []


TestFrontier = FrontierMachine.TestCase
TestFrontier.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


@pytest.mark.slow
def test_many_more_histories():
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        FrontierMachine, settings=settings(max_examples=600, stateful_step_count=40, deadline=None)
    )
