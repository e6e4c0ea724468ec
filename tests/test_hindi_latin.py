"""Latin letters: English words and names as Hindi writes them, initials, and what must not be taken for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.hindi.loanwords import (
    build_latin_skeletons,
    build_skeleton,
    can_spell,
    filter_by_spelling,
)
from khabar.hindi.normalize import fold_word
from khabar.hindi.spelling import generate_spellings, parse_initials, spell_initials
from khabar.hindi.transliterate import is_vowel_length_compatible

LOANS = """hospital हॉस्पिटल | lucknow लखनऊ | school स्कूल | doctor डॉक्टर | station स्टेशन | college कॉलेज | university यूनिवर्सिटी
    minister मिनिस्टर | court कोर्ट | bank बैंक | railway रेलवे | budget बजट | team टीम | online ऑनलाइन | market मार्केट | result रिजल्ट
    exam एग्जाम | train ट्रेन | business बिजनेस | village विलेज | game गेम | actor एक्टर | manager मैनेजर | driver ड्राइवर | time टाइम
    computer कंप्यूटर | engineer इंजीनियर | express एक्सप्रेस | jammu जम्मू | tejashwi तेजस्वी | thackeray ठाकरे | gehlot गहलोत
    banerjee बनर्जी | malegaon मालेगांव | commission कमीशन | election इलेक्शन | office ऑफिस | mobile मोबाइल | petrol पेट्रोल
    helmet हेलमेट | passport पासपोर्ट | government गवर्नमेंट | owaisi ओवैसी"""
NOT_LOANS = """time टीम | state सतत | file फल | bus बहस | school सकल | team तम | game गम | share शहर | budget बजटीय
    case किसी | site सहित | down धवन"""


def pairs(table: str) -> list[tuple[str, str]]:
    return [(one.split()[0], one.split()[1]) for one in table.replace("\n", "|").split("|")]


@pytest.mark.parametrize(("latin", "word"), pairs(LOANS))
def test_english_spells_it(latin: str, word: str) -> None:
    folded = fold_word(word)
    assert build_skeleton(folded) in build_latin_skeletons(latin)
    assert can_spell(latin, folded)


@pytest.mark.parametrize(("latin", "word"), pairs(NOT_LOANS))
def test_english_does_not_spell_it(latin: str, word: str) -> None:
    folded = fold_word(word)
    assert not (build_skeleton(folded) in build_latin_skeletons(latin) and can_spell(latin, folded))


@given(
    st.text(st.characters(max_codepoint=0x97F)),
    st.text(st.characters(min_codepoint=0x900, max_codepoint=0x97F), min_size=1),
)
def test_any_two_words_can_be_compared(latin: str, word: str) -> None:
    assert can_spell(latin, fold_word(word)) in (True, False)
    assert all(len(one) > 1 or len(latin) > 5 for one in build_latin_skeletons(latin))


@pytest.mark.parametrize(
    ("word", "letters"),
    [("बीजेपी", "bjp"), ("सीबीआइ", "cbi"), ("एफआईआर", "fir"), ("डब्ल्यूएचओ", "who"), ("5जी", "5g"), ("जी20", "g20"), ("2024", ""), ("जी", ""), ("आई", ""), ("पीपल", ""), ("", "")],
)  # fmt: skip
def test_initials(word: str, letters: str) -> None:
    assert parse_initials(word) == letters


def test_initials_by_name() -> None:
    assert spell_initials("BJP") == ("बी", "जे", "पी")
    assert (
        spell_initials("b"),
        spell_initials("university"),
        spell_initials("बीजेपी"),
        spell_initials("2024"),
    ) == (
        (),
        (),
        (),
        (),
    )
    assert (spell_initials("5G"), spell_initials("g20")) == (("5", "जी"), ("जी", "20"))


@pytest.mark.parametrize(
    ("word", "other"),
    [("गरमी", "गर्मी"), ("गर्मी", "गरमी"), ("बरबाद", "बर्बाद"), ("इनकार", "इंकार"), ("इंसान", "इनसान"), ("भरती", "भर्ती")],
)  # fmt: skip
def test_a_short_a_comes_and_goes(word: str, other: str) -> None:
    assert other in generate_spellings(word)


@pytest.mark.parametrize(
    ("word", "other"),
    [("कर्ता", "करता"), ("बस्ती", "बसती"), ("रत्न", "रतन"), ("उम्र", "उमर"), ("बच्चा", "बचचा")],
)
def test_but_not_where_it_makes_another_word(word: str, other: str) -> None:
    assert other not in generate_spellings(word)
    assert word not in generate_spellings(other)


@pytest.mark.parametrize(
    ("latin", "words", "found"),
    [
        ("ration", "राशन रोशन", "राशन"),
        ("ration", "रोशन", "रोशन"),  # nothing better is there
        ("ball", "बॉल बिल", "बॉल बिल"),
        ("doctor", "डॉक्टर दफ्तर", "डॉक्टर"),
        ("xyz", "राशन", ""),
    ],
)
def test_the_oddest_spellings_count_only_where_nothing_else_fits(
    latin: str, words: str, found: str
) -> None:
    assert filter_by_spelling(latin, map(fold_word, words.split())) == list(
        dict.fromkeys(map(fold_word, found.split()))
    )


@pytest.mark.parametrize(
    ("latin", "word", "may"),
    [
        ("ganna", "गन्ना", True), ("ganna", "गाना", False), ("gana", "गाना", True), ("assam", "असम", True), ("assam", "आसाम", True),
        ("hussain", "हुसैन", True), ("patta", "पाता", False), ("chhatta", "छाता", False), ("nadda", "नड्डा", True), ("", "", True),
        ("sharabbandi", "शराबबंदी", True), ("sharabbandi", "शरबबंदी", True),
    ],
)  # fmt: skip
def test_a_doubled_consonant_leaves_no_room_for_a_long_vowel(
    latin: str, word: str, may: bool
) -> None:
    assert is_vowel_length_compatible(latin, fold_word(word)) is may
