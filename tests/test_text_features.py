"""What is derived from an article's words in one pass is what the functions for each of it say."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from khabar.hindi.minhash import fingerprint, hash_passage, shingles
from khabar.hindi.normalize import compute_text_sha256, fold_for_index, tokens
from khabar.hindi.sentences import count_words
from khabar.model.text_features import compute_text_features, is_informative

WORDS = st.sampled_from(
    "हिन्दी हिंदी गयी गई क़ानून क् \u200d । — 12 १२ ॥ ½ ² a_b Delhi डॉ. श्री ँ कि, नहीं। \u0951 🙂 ℃ 'उद्धरण'".split()
)
LINES = st.lists(WORDS, max_size=20).map(" ".join)
ANY = st.text(st.characters(codec="utf-8") | st.sampled_from(string.whitespace + "\x85\u2028"))
TEXTS = st.lists(LINES | ANY, max_size=8).map("\n\n".join)


@given(text=TEXTS, title=st.none() | LINES | ANY, captions=st.none() | LINES)
def test_in_one_pass_as_one_by_one(text, title, captions):
    texts = {"title": title, "text": text, "captions": captions}
    features = compute_text_features(texts, "kagaz")
    assert features.text_sha256 == compute_text_sha256(text)
    assert features.word_count == count_words(text)
    assert features.fingerprint == fingerprint(shingles(tokens(text)))
    assert features.folded == {name: fold_for_index(one) for name, one in texts.items() if one}
    assert features.terms == {
        word
        for one in texts.values()
        for word in tokens(one or "")
        if "\u0900" <= word[0] <= "\u097f"
    }
    assert list(features.paragraph_keys) == [
        hash_passage("kagaz", tokens(line))
        for line in text.splitlines()
        if is_informative(line, tokens(line))
    ]


def test_without_text():
    features = compute_text_features({"title": "शीर्षक", "text": ""}, "kagaz")
    assert (features.text_sha256, features.word_count, features.fingerprint) == (None, 0, None)
    assert (features.devanagari_share, features.repetition) == (None, None)
    assert features.terms == set(tokens("शीर्षक"))
