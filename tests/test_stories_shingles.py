"""A text's print: stable for ever, blind to spelling, and likely to meet what is like it."""

from __future__ import annotations

from itertools import combinations

import pytest

from khabar.hindi.minhash import BANDS, BIN_COUNT, fingerprint, hash_passage, likeness, shingles
from khabar.hindi.normalize import tokens
from newsroom import agency_copies


def of(text: str):
    return shingles(tokens(text))


WORDS = "नगर के पुराने पुस्तकालय में रविवार को किताबों की मरम्मत का शिविर लगा"


def test_a_print_never_changes():
    """Prints are kept for years: other numbers here need another SHINGLE_VERSION."""
    told = fingerprint(of(WORDS))
    assert (told.size, len(told.keys), len(told.sketch)) == (11, BANDS, BIN_COUNT)
    assert told.keys[:3] == KEYS
    assert told.sketch[:4].hex() == SKETCH
    assert hash_passage("kagaz", ["नगर", "पुराना"]) == PASSAGE


KEYS, SKETCH, PASSAGE = (
    (73428439396654, 88096480592966, 102764521789279),
    "bcbcbcbc",
    69971242673613,
)


@pytest.mark.parametrize("text", ["", "एक", "एक दो", "123 —"])
def test_a_text_of_less_than_three_words_has_no_print(text):
    assert of(text) == frozenset() and fingerprint(of(text)) is None


def test_how_a_word_is_spelt_makes_no_difference():
    assert of("ज़मीन पर हिन्दी में गयी चाँद की ख़बर") == of("जमीन पर हिंदी में गई चांद की खबर")


@pytest.mark.parametrize(
    ("one", "other", "jaccard", "containment"),
    [
        ("क ख ग घ ङ", "क ख ग घ ङ", 1.0, 1.0),
        ("क ख ग घ ङ", "क ख ग", 1 / 3, 1.0),
        ("क ख ग घ", "ख ग घ च", 1 / 3, 0.5),
        ("क ख ग", "ग ख क", 0.0, 0.0),
        ("क ख ग", "क ख", 0.0, 0.0),
    ],
)
def test_likeness_is_exact(one, other, jaccard, containment):
    told = likeness(shingles(one.split()), shingles(other.split()))
    assert (told.jaccard, told.containment) == (pytest.approx(jaccard), pytest.approx(containment))
    assert told.is_near_duplicate is (jaccard >= 0.5 or containment >= 0.8)


def test_copies_meet_and_strangers_do_not():
    """Of 40 stories: every copy shares a key with its story, and no two stories share one."""
    stories = [fingerprint(of("\n".join(agency_copies.make_story(n)))) for n in range(40)]
    copies = [
        fingerprint(of("\n".join(agency_copies.make_copy(n, "10 % rewritten")))) for n in range(40)
    ]
    assert all(
        set(a.keys) & set(b.keys) and a.can_be_near_duplicate(b.size, b.sketch)
        for a, b in zip(stories, copies, strict=True)
    )
    pairs = list(combinations(stories, 2))
    assert [1 for a, b in pairs if set(a.keys) & set(b.keys)] == []
    assert [1 for a, b in pairs if a.can_be_near_duplicate(b.size, b.sketch)] == []


@pytest.mark.parametrize("edit", [name for name in agency_copies.EDITS if name != "50 % rewritten"])
def test_what_desks_do_to_copy_leaves_it_near(edit):
    """What the rules of the benchmark make is what they say: near, but for sentences all in other words."""
    near = [
        likeness(
            of("\n".join(agency_copies.make_story(n))),
            of("\n".join(agency_copies.make_copy(n, edit))),
        ).is_near_duplicate
        for n in range(20)
    ]
    assert sum(near) >= (12 if edit == "30 % rewritten" else 20)
