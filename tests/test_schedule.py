"""When to come back: revisits at set ages, retries ever later, polls at their pace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import schedule
from crawler.items import PageKind

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
law = settings(derandomize=True, deadline=None)


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
    assert schedule.revisit(first_seen, NOW) == (next_age and first_seen + next_age)


@pytest.mark.parametrize(("tries", "minutes"), [(1, 5), (2, 20), (3, 80), (4, 320), (5, 1280), (6, None), (99, None)])
def test_retry(tries, minutes):
    assert schedule.retry(tries, NOW) == (minutes and NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(("kind", "minutes"), [("feed", 15), ("sitemap", 15), ("listing", 60)])
def test_poll(kind, minutes):
    assert schedule.poll(kind, NOW) == NOW + timedelta(minutes=minutes)


def test_every_document_has_its_pace():
    assert set(schedule.POLL_EVERY) == set(get_args(PageKind)) - {"page"}


@law
@given(st.timedeltas(timedelta(0), timedelta(days=60)))
def test_a_revisit_lies_ahead_and_revisits_end(age):
    at, visits = schedule.revisit(NOW, NOW + age), 0
    while at is not None:
        assert at > NOW + age
        age, visits = at - NOW, visits + 1
        at = schedule.revisit(NOW, NOW + age)
    assert visits <= len(schedule.REVISIT_AGES)
