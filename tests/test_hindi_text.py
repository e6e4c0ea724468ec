"""Text as it is kept: what is taken out, what stays, and that doing it twice changes nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.hindi.text import clean_text, simplify_text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ख\u093cबर", "ख\u093cबर"),
        (
            "\u0959बर",
            "ख\u093cबर",
        ),  # NFC takes the one-piece letter apart: it is excluded from composition
        ("\u0928\u093c", "\u0929"),  # and puts this one together
        ("e\u0301", "é"),
        ("क्\u200dया और न\u200cहीं", "क्\u200dया और न\u200cहीं"),  # joiners shape letters
        ("\ufeffशुरू", "शुरू"),
        ("बीच\u200bमें", "बीचमें"),
        ("सह\u00adमति", "सहमति"),
        ("एक\u2060दो", "एकदो"),
        ("एक\x00\x08\x1b\x7f\x9fदो", "एकदो"),
        ("आधा \ud83d यहां", "आधा  यहां"),
        ("पंक्ति\nटैब\tयहां", "पंक्ति\nटैब\tयहां"),
        ("एक\r\nदो\rतीन\u2028चार\x0cपांच", "एक\nदो\nतीन\nचार\nपांच"),
        ("", ""),
    ],
)
def test_clean(text: str, kept: str) -> None:
    assert clean_text(text) == kept


@given(st.text(st.characters(exclude_categories=())))
def test_clean_is_idempotent_and_storable(text: str) -> None:
    kept = clean_text(text)
    assert clean_text(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert kept.encode("utf-8") or not kept
    assert not any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in kept)


def test_plain() -> None:
    assert simplify_text("ज\u093cिला चाँद २०२५ क्\u200dया\xa0है") == "जिला चांद 2025 क्या है"
