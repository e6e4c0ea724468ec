"""Real articles of 2026, read in place: what brute force finds is found, and no footer makes a story."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.near_duplicates import find_exact_pairs, find_with_khabar, load_texts
from khabar.hindi.minhash import shingles
from khabar.hindi.normalize import tokens

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def found():
    return find_with_khabar(load_texts())


@pytest.fixture(scope="module")
def truth():
    return find_exact_pairs(load_texts())


@pytest.mark.parametrize(("least", "share"), [(0.8, 0.995), (0.5, 0.9)])
def test_pairs_that_brute_force_finds_are_found(found, truth, least, share):
    wanted = [pair for pair, like in truth.items() if like.jaccard >= least]
    assert len(wanted) > 50
    assert sum(pair in found[0] for pair in wanted) / len(wanted) >= share


def test_every_pair_is_near(found, truth):
    assert [
        pair for pair in found[0] if pair not in truth or not truth[pair].is_near_duplicate
    ] == []


def test_no_story_is_made_of_what_is_printed_under_everything(found):
    """A footer stands, all of it, in other articles of its source: of what the ten largest stories share, less does.

    Told by counting in all texts, without the rule that is tested. Weather reports repeat their phrases, so less is not
    little.
    """
    prints = [shingles(tokens(text.words)) for text in load_texts()]
    printed = Counter(
        (text.source, number)
        for text, one in zip(load_texts(), prints, strict=True)
        for number in one
    )
    assert len(found[1]) > 50 and len(found[1][0]) < 10
    for story in found[1][:10]:
        within = Counter(
            (load_texts()[place].source, number) for place in story for number in prints[place]
        )
        counts = Counter(number for place in story for number in prints[place])
        shared = {number for number, count in counts.items() if count > 1}
        common = {
            number
            for source, number in within
            if printed[source, number] - within[source, number] >= 3
        }
        assert len(shared & common) < 0.75 * len(shared), [
            load_texts()[place].title for place in story
        ]
