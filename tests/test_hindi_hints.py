"""Hints: quick tests before patterns must let every match of the pattern pass."""

from __future__ import annotations

import pytest

from khabar.extraction.boilerplate_phrases import match_wording
from khabar.extraction.image_credits import split_credit
from khabar.hindi.hints import Hints


@pytest.mark.parametrize(
    ("text", "occurs"),
    [
        ("नदी का जलस्तर बढ़ा, यह भी पढ़ें", True),
        ("नदी का जलस्तर बढ़ा", False),
        ("जलस्तर बढ़ा, read more", True),
        ("जलस्तर बढ़ा, रीड more", False),
        ("lectura, léalo también", True),
        ("", False),
    ],
)
def test_a_text_has_a_hint_or_not(text: str, occurs: bool) -> None:
    assert Hints("पढ़|read|también").occur_in(text) == occurs


@pytest.mark.parametrize(
    "line",
    [
        "पूरी खबर पढ़ें अपने शहर की",
        "लेख अधूरा नहीं छोड़ें",
        "यह QR कोड स्कैन कर लें",
        "हमारी प्रीमियम मेंबरशिप के लाभ",
        "आगे के लिए ऐप खोलें अभी",
        "आगे बढ़ने को लॉगिन करें अभी",
        "हम डाटा संग्रह टूल्स रखते हैं",
        "रियल टाइम अलर्ट पाने को",
        "अब Log in to read the rest",
        "Please sign in or create an account",
        "पढ़ना जारी रखने को आगे बढ़ें",
        "खबर घर, All Rights Reserved",
    ],
)
def test_a_notice_is_found_behind_its_hint(line: str) -> None:
    assert match_wording(line)


@pytest.mark.parametrize(
    ("caption", "credit"),
    [
        ("पुल पर भीड़ (फ़ोटो: रमेश पाल)", "रमेश पाल"),
        ("पुल पर भीड़ (फोटो साभार: रमेश पाल)", "रमेश पाल"),
        ("पुल पर भीड़। तस्वीर - रमेश पाल", "रमेश पाल"),
        ("A bridge (PICTURE: Ramesh Pal)", "Ramesh Pal"),
        ("पुल पर भीड़ © रमेश पाल", "रमेश पाल"),
        ("पुल पर भीड़ [PTI]", "PTI"),
        ("पुल पर भीड़ | ANI", "ANI"),
        ("पुल पर भीड़ — ANI", "ANI"),
        ("पुल पर भीड़", None),
    ],
)
def test_a_credit_is_found_behind_its_hint(caption: str, credit: str | None) -> None:
    assert split_credit(caption)[1] == credit
