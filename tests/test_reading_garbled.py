"""Pages whose Hindi is typed for a font of Latin letters, or is garbage: converted, or named and in no language."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import pytest

from khabar.extraction import read_html
from khabar.model.items import Article
from tests.kruti_encoder import encode

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)
TITLE = "कुम्हार टोले में चाक फिर चले"
LINES = (
    "कुम्हार टोले के लोगों ने कहा कि चाक का काम फिर से चल पड़ा है और दीये बिक रहे हैं, इससे घर का खर्च निकल जाता है।",
    "नगर परिषद ने बताया कि टोले में मिट्टी लाने के लिए रास्ता बनेगा और बिजली से चलने वाले दस चाक भी दिए जाएंगे।",
    "बुजुर्ग कारीगर का कहना था कि बच्चों को यह हुनर सिखाना होगा, नहीं तो कुछ साल में यह काम यहां से चला जाएगा।",
)
CONVERTED = "text: typed for the font Kruti Dev, converted to Unicode"


def keys(text: str) -> str:
    return escape(encode(text), quote=False)


TYPED = [f"<p>{keys(line)}</p>" for line in LINES]
STORY = "".join(TYPED)


def read(body: str, head: str = "", title: str = TITLE, lang: str = "hi") -> Article:
    html = f"<html lang='{lang}'><head><title>{title}</title>{head}</head><body><h1>{title}</h1>{body}</body></html>"
    return read_html(html, "https://chaak.example.in/a-1", NOW)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", f"<div style='font-family:\"Kruti Dev 010\"'>{STORY}</div>"),
        ("", "".join(f"<p><font face='Kruti Dev 010' size=4>{keys(line)}</font></p>" for line in LINES)),
        ("<style>p{margin:0} .a, .hindi{font-family:'DevLys 010',serif}</style>", f"<div class='hindi'>{STORY}</div>"),
        ("<style>@font-face{font-family:KrutiDev;src:url(k.ttf)} #s{font:16px KrutiDev}</style>", f"<div id='s'>{STORY}</div>"),
        ("<style>body{font-family:Kruti Dev 010}</style>", f"<div><p>{'<br><br>'.join(map(keys, LINES))}</p></div>"),
        # undeclared, on a Hindi page
        ("", f"<div>{STORY}</div>"),
        ("", f"<div><p>{LINES[0]}</p>{TYPED[1]}{TYPED[2]}</div>"),
    ],
)  # fmt: skip
def test_kruti_dev_is_converted(head: str, body: str) -> None:
    article = read(body, head)
    assert [block.text for block in article.blocks] == list(LINES)
    assert (article.language, article.problems) == ("hi", (CONVERTED,))


def test_a_headline_of_that_font_is_converted_with_the_titles() -> None:
    typed = keys(TITLE)
    head = f"<meta property='og:title' content='{escape(typed)}'><style>body{{font-family:Kruti Dev 010}}</style>"
    article = read(f"<div>{STORY}</div>", head, typed, "en")
    assert article.title == TITLE


def test_other_text_in_that_font_stays() -> None:
    english = (
        "The council said in a note that the road to the potters is ready and will open on Monday."
    )
    inset = f"<p>{english}</p><p>{LINES[1][:60]} <span style='font-family:Arial'>PM Kisan</span> {LINES[2]}</p>"
    article = read(f"<div style='font-family:Kruti Dev 010'>{STORY}{inset}</div>")
    assert english in article.text
    assert "PM Kisan" in article.text
    assert all(line in article.text for line in LINES)


def test_unicode_under_that_font_stays() -> None:
    article = read(
        "<div style='font-family:Kruti Dev 010'>" + "".join(f"<p>{line}</p>" for line in LINES)
    )
    assert [block.text for block in article.blocks] == list(LINES)
    assert article.problems == ()


CHANAKYA = (
    "<p>ÂæðÚU ·¤æ ×æñâ× ·ñ¤âæ ãñ ¥æñÚU Âæçßæü ×ð´ »æÚÜ ·¤æ ç¼Ù ãñ ¥ß ¥æñÚU ÁæÚU ¥æñÚU Âæçßæü ×ð´ ãñ</p>"
    * 3
)
ROMAN = (
    "<p>Kumhar tole ke logon ne kaha ki chaak ka kaam phir se chal pada hai aur diye bik rahe hain.</p>"
    * 2
)
CUT = "".join(f"<p>{line.encode().decode('cp1252', 'ignore')}</p>" for line in LINES)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (CHANAKYA, "text: looks typed for a font that shows Hindi in place of Latin letters"),
        (f"<div style='font-family:Chanakya'>{CHANAKYA}</div>", "text: typed for the font chanakya, which is not converted"),
        (ROMAN, "text: not in the script of its headline, and in no language that is known"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_and_no_hindi(body: str, problem: str) -> None:
    article = read(body)
    assert problem in article.problems
    assert article.language is None


def test_kruti_dev_without_a_second_sign_is_named() -> None:
    article = read(STORY, title=keys(TITLE), lang="en")
    assert article.problems == ("text: looks typed for the font Kruti Dev, not converted",)
    assert article.language is None


def test_mojibake_with_lost_bytes_is_named() -> None:
    assert "text: mojibake that cannot be restored" in read(CUT).problems


def test_broken_characters_are_named() -> None:
    body = "".join(f"<p>{line.replace('का', chr(0xFFFD))}</p>" for line in LINES)
    assert any(problem.endswith("could not be decoded") for problem in read(body).problems)


def test_english_under_a_hindi_headline_is_english() -> None:
    english = (
        "The council said in a note that the road to the potters is ready and will open on Monday."
    )
    article = read(
        f"<p>{english}</p><p>Potters of the town have asked for a market day of their own in the old square.</p>"
    )
    assert (article.language, article.problems) == ("en", ())
