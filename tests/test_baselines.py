"""The figures behind a verdict: what chance would bring, what counts as a fall, a recovery, a day."""

from __future__ import annotations

import pytest
from health_fixtures import DAY, HOUR, MONDAY

from khabar.archive.health import baselines
from khabar.archive.health.baselines import (
    Ratio,
    RunSample,
    count_by_day,
    probability_of_at_most,
    probability_of_at_most_articles,
)


@pytest.mark.parametrize(
    ("now", "usual", "chance"),
    [
        (Ratio(0, 1), Ratio(0, 0), 1 / 2),  # nothing known: a coin
        (Ratio(0, 3), Ratio(0, 0), 1 / 4),
        (Ratio(3, 3), Ratio(5, 5), 1.0),
        (Ratio(0, 1), Ratio(9, 9), 1 / 11),
        (Ratio(0, 2), Ratio(9, 9), 2 / (11 * 12)),  # Laplace's rule of succession, twice
    ],
)
def test_probability_of_at_most(now, usual, chance):
    assert probability_of_at_most(now, usual) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("new", "days", "usual", "usual_days", "chance"),
    [(0, 1, 0, 1, 1 / 2), (0, 1, 9, 1, 2.0**-10), (0, 14, 13, 14, 2.0**-14), (100, 1, 10, 1, 1.0)],
)
def test_probability_of_at_most_articles(new, days, usual, usual_days, chance):
    assert probability_of_at_most_articles(new, days, usual, usual_days) == pytest.approx(
        chance, abs=1e-9
    )


def test_the_more_looks_the_less_is_left_to_chance():
    assert baselines.significance_level(336, 11) < baselines.significance_level(2, 11) < 0.001
    assert baselines.significance_level(0, 11) == baselines.significance_level(1, 11)


def test_days_end_now_and_a_day_nobody_looked_is_not_a_poor_one():
    now = MONDAY
    looks = [
        RunSample(now - 3 * DAY, 4),
        RunSample(now - 30 * HOUR, 2, was_broken=True),
        RunSample(now - HOUR, 1),
        RunSample(now, 5),
    ]
    days = count_by_day(looks, now)
    assert days[:4] == [6, None, None, 4] and len(days) == 15


@pytest.mark.parametrize(
    ("now", "day", "usual", "broke"),
    [
        (Ratio(0, 3), Ratio(0, 3), Ratio(1000, 1000), True),
        (Ratio(0, 1), Ratio(0, 1), Ratio(1000, 1000), False),  # one page is one page
        (Ratio(0, 3), Ratio(0, 3), Ratio(3, 3), False),  # and three were never many
        (Ratio(5, 6), Ratio(150, 200), Ratio(1000, 1000), True),  # a quarter of a day's pages
        (Ratio(5, 6), Ratio(190, 200), Ratio(1000, 1000), False),
        (Ratio(0, 6), Ratio(0, 100), Ratio(400, 1000), True),
        (
            Ratio(0, 6),
            Ratio(40, 100),
            Ratio(400, 1000),
            False,
        ),  # six without, of a source where most are without
        (Ratio(0, 0), Ratio(0, 100), Ratio(1000, 1000), False),  # nothing seen, nothing said
    ],
)
def test_what_is_a_fall(now, day, usual, broke):
    assert baselines.is_anomaly(now, day, usual, baselines.significance_level(336, 11)) is broke


@pytest.mark.parametrize(
    ("now", "since", "still"),
    [
        (Ratio(0, 0), Ratio(0, 10), True),
        (Ratio(1, 6), Ratio(0, 10), True),
        (Ratio(6, 6), Ratio(0, 10), False),
        (Ratio(1, 1), Ratio(0, 3), True),  # one good page may be luck
        (Ratio(3, 3), Ratio(60, 90), True),  # and three in a row, where two of three are good
        (Ratio(1, 1), Ratio(29, 30), False),
    ],
)
def test_what_is_a_recovery(now, since, still):
    assert baselines.is_still_broken(now, since, Ratio(1000, 1000)) is still
