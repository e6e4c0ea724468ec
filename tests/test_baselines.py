"""The figures behind a verdict: what chance would bring, what counts as a fall, a recovery, a day."""

from __future__ import annotations

import pytest
from watching import DAY, HOUR, MONDAY

from khabar.archive.health import baselines
from khabar.archive.health.baselines import Look, Share, by_day, chance_of_so_few, chance_of_so_quiet


@pytest.mark.parametrize(
    ("now", "usual", "chance"),
    [
        (Share(0, 1), Share(0, 0), 1 / 2),  # nothing known: a coin
        (Share(0, 3), Share(0, 0), 1 / 4),
        (Share(3, 3), Share(5, 5), 1.0),
        (Share(0, 1), Share(9, 9), 1 / 11),
        (Share(0, 2), Share(9, 9), 2 / (11 * 12)),  # Laplace's rule of succession, twice
    ],
)
def test_chance_of_so_few(now, usual, chance):
    assert chance_of_so_few(now, usual) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("new", "days", "usual", "usual_days", "chance"),
    [(0, 1, 0, 1, 1 / 2), (0, 1, 9, 1, 2.0**-10), (0, 14, 13, 14, 2.0**-14), (100, 1, 10, 1, 1.0)],
)
def test_chance_of_so_quiet(new, days, usual, usual_days, chance):
    assert chance_of_so_quiet(new, days, usual, usual_days) == pytest.approx(chance, abs=1e-9)


def test_the_more_looks_the_less_is_left_to_chance():
    assert baselines.chance_allowed(336, 11) < baselines.chance_allowed(2, 11) < 0.001
    assert baselines.chance_allowed(0, 11) == baselines.chance_allowed(1, 11)


def test_days_end_now_and_a_day_nobody_looked_is_not_a_poor_one():
    now = MONDAY
    looks = [Look(now - 3 * DAY, 4), Look(now - 30 * HOUR, 2, was_broken=True), Look(now - HOUR, 1), Look(now, 5)]
    days = by_day(looks, now)
    assert days[:4] == [6, None, None, 4] and len(days) == 15


@pytest.mark.parametrize(
    ("now", "day", "usual", "broke"),
    [
        (Share(0, 3), Share(0, 3), Share(1000, 1000), True),
        (Share(0, 1), Share(0, 1), Share(1000, 1000), False),  # one page is one page
        (Share(0, 3), Share(0, 3), Share(3, 3), False),  # and three were never many
        (Share(5, 6), Share(150, 200), Share(1000, 1000), True),  # a quarter of a day's pages
        (Share(5, 6), Share(190, 200), Share(1000, 1000), False),
        (Share(0, 6), Share(0, 100), Share(400, 1000), True),
        (Share(0, 6), Share(40, 100), Share(400, 1000), False),  # six without, of a source where most are without
        (Share(0, 0), Share(0, 100), Share(1000, 1000), False),  # nothing seen, nothing said
    ],
)
def test_what_is_a_fall(now, day, usual, broke):
    assert baselines.broke(now, day, usual, baselines.chance_allowed(336, 11)) is broke


@pytest.mark.parametrize(
    ("now", "since", "still"),
    [
        (Share(0, 0), Share(0, 10), True),
        (Share(1, 6), Share(0, 10), True),
        (Share(6, 6), Share(0, 10), False),
        (Share(1, 1), Share(0, 3), True),  # one good page may be luck
        (Share(3, 3), Share(60, 90), True),  # and three in a row, where two of three are good
        (Share(1, 1), Share(29, 30), False),
    ],
)
def test_what_is_a_recovery(now, since, still):
    assert baselines.is_still_broken(now, since, Share(1000, 1000)) is still
