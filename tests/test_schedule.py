"""When to come back: revisits at set ages, retries ever later, polls at their pace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.model import schedule
from khabar.model.items import PageKind

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "next_age"),
    [
        (timedelta(), timedelta(hours=1)),
        (timedelta(minutes=59), timedelta(hours=1)),
        (timedelta(hours=1), timedelta(hours=6)),
        (timedelta(hours=5), timedelta(hours=6)),
        (timedelta(days=2), timedelta(days=3)),
        (timedelta(days=29), timedelta(days=30)),
        (timedelta(days=30), None),
        (timedelta(days=3650), None),
        (timedelta(hours=-2), timedelta(hours=1)),  # a clock that was set back
    ],
)
def test_revisit(age, next_age):
    first_seen = NOW - age
    assert schedule.next_revisit(first_seen, NOW) == (next_age and first_seen + next_age)


@pytest.mark.parametrize(
    ("tries", "minutes"), [(1, 5), (2, 20), (3, 80), (4, 320), (5, 1280), (6, None), (99, None)]
)
def test_retry(tries, minutes):
    assert schedule.next_retry(tries, NOW) == (minutes and NOW + timedelta(minutes=minutes))


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("every", "since", "brought", "learned"),
    [
        (15, 15, 0, 22.5),  # nothing: half as long again
        (15, 15, 2, 15),  # as many as we want of a poll
        (15, 15, 8, 7.5),  # more: half-way, in ratio
        (15, 60, 2, 30),  # cron comes hourly
        (6, 6, 40, 5),  # never under five minutes
        (300, 300, 0, 360),  # never over six hours
    ],
)
def test_a_document_s_interval_is_learned(every, since, brought, learned):
    told = schedule.next_poll_interval("feed", every * MINUTE, since * MINUTE, brought, timedelta())
    assert told / MINUTE == pytest.approx(learned)


@given(st.integers(1, 100), st.floats(0, 60), st.floats(1, 1e5), st.integers(0, 500))
def test_all_documents_of_a_source_together_keep_to_their_share(documents, delay, since, brought):
    least = schedule.min_poll_interval(documents, delay)
    every = schedule.next_poll_interval(
        "feed", timedelta(minutes=15), timedelta(seconds=since), brought, least
    )
    seconds_a_day = documents * delay * (timedelta(days=1) / every)
    assert seconds_a_day <= 86400 * schedule.POLL_SHARE * 1.001


@pytest.mark.parametrize(
    ("edited", "revisits", "backlog", "allowance", "pace"),
    [
        (0, 0, 0, 100, 1),  # nothing known: as it stands
        (10, 100, 0, 100, 1),  # one in ten
        (40, 100, 0, 100, 0.5),  # it edits a lot: we come more often, to a limit
        (0, 1000, 0, 100, 4),  # it hardly ever does
        (10, 100, 300, 100, 3),  # three runs' worth is due
        (0, 1000, 10**6, 100, 16),
    ],
)
def test_revisits_bend_to_the_edit_rate_and_the_backlog(edited, revisits, backlog, allowance, pace):
    assert schedule.compute_age_factor(edited, revisits, backlog, allowance) == pytest.approx(
        pace, rel=0.05
    )


def test_the_last_age_stays_however_ages_are_stretched():
    for pace in (0.5, 1, 4, 16):
        at, ages = NOW, []
        while (at := schedule.next_revisit(NOW, at, pace)) is not None:
            ages.append(at - NOW)
        assert ages[-1] == schedule.REVISIT_AGES[-1]
        assert len(ages) <= len(schedule.REVISIT_AGES)


@pytest.mark.parametrize(
    ("refusals", "days"), [(1, None), (4, None), (5, 1), (6, 3), (7, 7), (40, 7)]
)
def test_lasting_refusals_rest_a_host_ever_longer(refusals, days):
    assert schedule.next_host_pause(refusals) == (days and timedelta(days=days))


def test_every_document_has_its_pace():
    assert set(schedule.FIRST_POLL_INTERVALS) == set(get_args(PageKind)) - {"page"}


@given(st.timedeltas(timedelta(0), timedelta(days=60)))
def test_a_revisit_lies_ahead_and_revisits_end(age):
    at, visits = schedule.next_revisit(NOW, NOW + age), 0
    while at is not None:
        assert at > NOW + age
        age, visits = at - NOW, visits + 1
        at = schedule.next_revisit(NOW, NOW + age)
    assert visits <= len(schedule.REVISIT_AGES)
