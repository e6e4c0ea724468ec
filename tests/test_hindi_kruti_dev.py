"""Text typed for the font Kruti Dev: read back letter by letter, and told from other Latin text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.hindi.kruti_dev import decode_kruti_dev, is_english, looks_like_kruti_dev
from khabar.hindi.text import clean_text
from tests.kruti_encoder import encode

LINE = "कुम्हार टोले के लोगों ने कहा कि चाक का काम फिर से चल पड़ा है और दीये बिक रहे हैं।"


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("vkt", "आज"), ("eksj", "मोर"), ("fdrkc", "किताब"), ("vkS\"kf/k", "औषधि"), ("[ksr", "खेत"),
        ("flag", "सिंह"), ("fLFkfr", "स्थिति"), ("fiz;", "प्रिय"), ("vkfFkZd", "आर्थिक"), ("dk;ksZa", "कार्यों"),
        ("eafnj", "मंदिर"), ("fu;af=r", "नियंत्रित"), ("xehZ", "गर्मी"), ("fo|kFkhZ", "विद्यार्थी"), ("jk\"Vªh;", "राष्ट्रीय"),
        ("fo'ks\"kK", "विशेषज्ञ"), ("f'k{kk", "शिक्षा"), ("Jhefr", "श्रीमति"), ("yM+dk", "लड़का"), ("[k+cj", "ख़बर"),
        ("nq%[k", "दुःख"), ("cSBd% vkt", "बैठक: आज"), ("gSA", "है।"), ("¼10&12½", "(10-12)"), ("^ckx*", "‘बाग’"),
        ("mÙkj", "उत्तर"), ("M‚DVj", "डॉक्टर"), ("g¡lh", "हँसी"), ("’kgj", "शहर"), ("#i;s", "रुपये"),
        ("ƒ„ fnu", "१२ दिन"), ("2026", "2026"), ("", ""),
    ],
)  # fmt: skip
def test_decode(keys: str, text: str) -> None:
    assert decode_kruti_dev(keys) == clean_text(text)


CONSONANT = st.sampled_from("कखगघचछजटठडढणतथदधनपफबभमयरलवशषसह")
HEAD = st.sampled_from("कखगघचजणतथधनपफबभमयलवशषसह")
SYLLABLE = st.tuples(
    st.sampled_from(["", "", "", "र्"]),
    st.one_of(st.just(""), HEAD.map(lambda letter: f"{letter}्")),
    CONSONANT,
    st.sampled_from(["", *"ािीुूृेैोौ"]),
    st.sampled_from(["", "", "ं", "ँ"]),
).map("".join)
# Clusters with signs of their own (क्ष, त्र, …) are written in several ways; र् before र is none.
WORD = st.lists(SYLLABLE, min_size=1, max_size=5).map("".join)


@given(WORD)
def test_what_is_typed_is_read_back(word: str) -> None:
    assert decode_kruti_dev(encode(word)) == clean_text(word)


@given(st.text())
def test_any_text_is_decoded(text: str) -> None:
    decoded = decode_kruti_dev(text)
    assert decoded == clean_text(decoded)


def test_its_common_words_tell_it() -> None:
    assert looks_like_kruti_dev(encode(LINE))


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        "",
        "The potters of the town said that the wheel is turning again and that lamps are sold.",
        "Kumhar tole ke logon ne kaha ki chaak ka kaam phir se chal pada hai aur diye bik rahe hain.",
        "Die Töpfer der Stadt sagten, dass die Arbeit wieder läuft und Lampen verkauft werden.",
        f"{encode(LINE)} {LINE}",
        "8GB RAM, 128GB storage, AMOLED display, 5000mAh battery",
    ],
)
def test_other_text(text: str) -> None:
    assert not looks_like_kruti_dev(text)


def test_english() -> None:
    assert is_english("The work is on and water will reach the fields")
    assert not is_english(encode(LINE))


@pytest.mark.parametrize("unit", ["f", "d~", "Z", "fd~", "a", "k", "D;"])
def test_long_runs_take_linear_time(unit: str) -> None:
    start = time.process_time()
    decode_kruti_dev(unit * 100_000)
    assert time.process_time() - start < 5
