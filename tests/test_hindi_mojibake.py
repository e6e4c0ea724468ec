"""Text damaged by a wrong decoding or a second escaping: what is restored, and what stays as it is."""

from __future__ import annotations

import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.hindi.mojibake import (
    decode_windows_1252,
    may_be_mojibake,
    open_entities,
    restore_mojibake,
)
from khabar.hindi.text import clean_text

HINDI = "सरपंच ने बैठक में कहा: “तालाब” की सफाई — ठीक समय पर होगी… ₹500"


def as_1252(text: str) -> str:
    return decode_windows_1252(text.encode())


def as_latin_1(text: str) -> str:
    return text.encode().decode("latin-1")


@pytest.mark.parametrize(
    "damaged",
    [
        as_1252(HINDI),
        as_latin_1(HINDI),
        as_1252(as_1252(HINDI)),
        as_latin_1(as_latin_1(HINDI)),
        as_latin_1(as_1252(HINDI)),
        as_1252(HINDI).replace("\xa0", " "),
        as_1252(HINDI).replace("\xa0", "&nbsp;"),
        "".join(f"&#{ord(c)};" if "\x80" <= c <= "\xff" else c for c in as_1252(HINDI)),
        as_1252(HINDI).replace("\xe0\xa4", "&agrave;&curren;").replace("\xe0\xa5", "&agrave;&yen;"),
    ],
)
def test_mojibake_is_restored(damaged: str) -> None:
    text, places = restore_mojibake(damaged)
    assert text == HINDI
    assert places > 5
    assert may_be_mojibake(damaged.encode())


@pytest.mark.parametrize("text", ["தமிழ் செய்தி", "తెలుగు వార్త", "বাংলা খবর", "ગુજરાતી", "it’s – “x”"])
def test_mojibake_of_other_scripts_is_restored(text: str) -> None:
    assert restore_mojibake(as_1252(text))[0] == text


@pytest.mark.parametrize(
    "text",
    [
        HINDI, "voilà\xa0» dit-il", "Ã©tude", "à¤", "naïve “café” – 5 €", "Größe", "© Â® 2025", "São à ¤", "",
        "a&nbsp;b", "&agrave; la carte",
    ],
)  # fmt: skip
def test_correct_text_stays(text: str) -> None:
    assert restore_mojibake(text) == (text, 0)


@given(st.text("\xe0\xe2\xc3\xa4\x80\u20ac&agrve;#24 "))
def test_text_without_signs_of_damage_stays(text: str) -> None:
    assert may_be_mojibake(text.encode()) or restore_mojibake(text) == (text, 0)


@pytest.mark.parametrize("text", [HINDI, "Größe", "3 × 4", "&agrave; la carte", ""])
def test_text_without_signs_of_damage(text: str) -> None:
    assert not may_be_mojibake(text.encode())


@given(st.text())
def test_what_is_restored_has_no_new_markup(text: str) -> None:
    """No text becomes a tag by being restored."""
    restored = restore_mojibake(text)[0]
    assert restored.count("<") == text.count("<")


@given(st.text(st.characters(min_codepoint=0x900, max_codepoint=0xDFF), min_size=1))
def test_restoring_undoes_the_wrong_decoding(text: str) -> None:
    assert restore_mojibake(as_1252(text))[0] == text
    assert restore_mojibake(as_latin_1(as_latin_1(text)))[0] == text


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("&quot;तालाब&quot; की", '"तालाब" की'),
        ("सरपंच &#39;दादा&#x27; ने", "सरपंच 'दादा' ने"),
        ("&amp;amp;quot;क&amp;rsquo;", '"क’'),
        ("क&nbsp;ख", "क\xa0ख"),
        ("क&zwj;ख&zwnj;ग", "क\u200dख\u200cग"),
        ("R&amp;D", "R&D"),
        ("&#8;&#12;&#xFFFE;क", "\nक"),
        # no entity that editors type
        ("AT&T और B&B", "AT&T और B&B"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("&lang; &kya; &amp", "&lang; &kya; &amp"),
        ("", ""),
    ],
)
def test_entities(text: str, opened: str) -> None:
    assert open_entities(text) == opened


@given(st.text("क&;amp#39quotlt "))
def test_opened_text_can_be_stored(text: str) -> None:
    opened = open_entities(text)
    assert opened == clean_text(opened)
    assert open_entities(html.escape(text, quote=False)) == open_entities(text)


@pytest.mark.parametrize(
    "unit", ["&amp;", "amp;", "\xe0\xa4", "\xc3\xa0\xc2", "\xe0 ", "&#22", "\xe0&nbsp;"]
)
def test_long_runs_take_linear_time(unit: str) -> None:
    text = unit * 300_000
    start = time.process_time()
    restore_mojibake(text)
    open_entities(f"&{text}")
    assert time.process_time() - start < 5
