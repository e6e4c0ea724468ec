"""Sentences end where a reader ends them; words are counted with their signs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.hindi.sentences import count_words, split_sentences, split_words


@pytest.mark.parametrize(
    "parts",
    [
        ["डॉ. राम ने कहा।", "फिर वे चले गए।"],
        ["मो. अनवर रु. 500 लेकर गए.", "लोग हंसे."],
        ["एस.पी. सिंह ने 5.5 कि.मी. दौड\u093c लगाई।", "ठीक है?"],
        ["यह क्या है...", "कोई नहीं जानता।", "सच!"],
        ["रुको…", "सुनो।"],
        ["पहला |", "दूसरा |", "तीसरा।"],
        ["1. पहला बिंदु।", "2. दूसरा बिंदु।"],
        ["उन्होंने कहा, “मैं जाऊंगा।”", "फिर वे चले।"],
        ["वह घर आई.", "सब खुश हुए."],
        ["तापमान 45.5 डिग्री रहा.", "आज गर्मी है."],
        ["Dr. Singh met Mr. Rao.", "They left at 10.30 p.m. yesterday."],
        ["क्या?!", "सच में?"],
        ["बी.जे.पी. ने जीत दर्ज की।"],
        ["बिना चिह्न का वाक्य"],
    ],
)
def test_sentences(parts: list[str]) -> None:
    assert split_sentences(" ".join(parts)) == parts


def test_a_line_break_ends_a_sentence() -> None:
    assert split_sentences("शीर्षक\n\nपहला वाक्य। दूसरा") == ["शीर्षक", "पहला वाक्य।", "दूसरा"]


@pytest.mark.parametrize("text", ["", "  \n", "।।", "...", "—"])
def test_no_sentence(text: str) -> None:
    assert split_sentences(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("राम-श्याम, २०२५ में ₹500", ["राम", "श्याम", "२०२५", "में", "500"]),
        ("'क्\u200dया' ❤️ है।", ["क्\u200dया", "है"]),
        ("मुख्यमंत्री ज\u093cिला", ["मुख्यमंत्री", "ज\u093cिला"]),
        ("। — ...", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert split_words(text) == expected
    assert count_words(text) == len(expected)


@given(
    st.lists(
        st.sampled_from(["राम", "डॉ.", "5.5", "गया।", "क्या?", "...", "\n", "A.", "है |", "“हां।”"])
    ).map(" ".join)
)
def test_no_word_is_lost(text: str) -> None:
    assert split_words(" ".join(split_sentences(text))) == split_words(text)
