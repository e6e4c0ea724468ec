"""Folding: what is one word in different dress, what is not, and that the search index lines up with the original."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlite_utils.utils import sqlite3

from khabar.hindi import normalize
from khabar.hindi.normalize import (
    FOLD_VERSION,
    compute_text_sha256,
    fold_for_index,
    fold_word,
    tokens,
)
from khabar.hindi.text import WORD

TOKENIZE = "unicode61 remove_diacritics 0 categories 'L* M* N* Co Cf'"

# rule → spellings that are one word
SAME = {
    "nukta": "ख\u093cबर खबर \u0959बर", "nukta after its vowel": "पढ\u093cें पढे\u093cं पढें",
    "chandrabindu": "चाँद चांद", "n before a stop": "हिन्दी हिंदी", "n before a stop and r": "केन्द्र केंद्र",
    "m before a labial": "सम्बन्ध संबंध संबन्ध सम्बंध", "n of a loan": "इन्टरनेट इंटरनेट", "palatal n": "पञ्चायत पंचायत",
    "retroflex n": "घण्टा घंटा", "velar n": "गङ्गा गंगा", "yi, ye": "गयी गई", "ye": "गये गए", "ye inside": "जायेगा जाएगा",
    "yen": "जायें जाएं जाएँ", "price": "रुपये रुपए रूपये रूपए", "ru": "रूस रुस", "last u": "साधू साधु", "hindu": "हिन्दू हिंदू",
    "visarga": "दुःख दुख", "doubled t": "महत्त्व महत्व", "doubled j": "उज्ज्वल उज्वल", "doubled behind r": "कर्त्तव्य कर्तव्य",
    "open o": "डॉक्टर डाक्टर", "open o at the start": "ऑफिस आफिस", "open o and n": "लॉन्च लांच लॉंच", "congress": "कॉंग्रेस कांग्रेस काँग्रेस कॉङ्ग्रेस",
    "a in pieces": "अाजम आजम", "o in pieces": "काे को", "au in pieces": "आैर और", "signs in the wrong order": "मंे में",
    "a sign twice": "जिलोंं जिलों", "r with i": "कोर्इ कोई", "joiner": "क्\u200dया क्या", "non-joiner": "न\u200cहीं नहीं",
    "digits": "१९८४ 1984", "halant": "श्रीमान् श्रीमान", "case": "Lucknow LUCKNOW lucknow", "accent": "Café cafe", "full width": "ＢＪＰ bjp",
    "sthayi": "स्थायी स्थाई",
}  # fmt: skip

# words that differ: none may be merged with another of its line
DIFFERENT = [
    "दिन दीन", "में मैं", "बोल बॉल", "लोग लॉग", "माल मॉल", "जान जॉन", "राय रॉय", "जाति जाती", "की कि", "हाथ हाथी", "सरकार सरकारी",
    "राम रोम रमा रामा", "मोदी मुद्दा मादा", "लड\u093cका लड\u093cकी लड\u093cके", "छात्र छात्रा", "मंत्र मंत्री", "पान पानी", "आरोप आरोपी", "अन्य अंय", "कन्या कंया",
    "न्याय याय", "सम्मान समान", "बल बाल बिल बोल", "हिंदू हिंदी", "यीशु ईशु", "अन्न अन", "उम्र उमर", "2024 2025", "किया कि या",
]  # fmt: skip


@pytest.mark.parametrize("rule", SAME)
def test_one_word(rule: str) -> None:
    assert len({fold_word(spelling) for spelling in SAME[rule].split()}) == 1


@pytest.mark.parametrize("line", DIFFERENT)
def test_different_words(line: str) -> None:
    words = line.split()
    assert len({fold_word(word) for word in words}) == len(words)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("हिन्दी, ख\u093cबर!", ["हिंदी", "खबर"]),
        ("राम-श्याम। २०२५", ["राम", "श्याम", "2025"]),
        ("a_b C", ["a", "b", "c"]),
        ("❤️ ½ 🤣 शब्द", ["12", "शब्द"]),
        ("क्\u200dया दु:ख", ["क्या", "दु", "ख"]),
        ("\u200d \u093e ।", []),
        ("", []),
    ],
)
def test_tokens(text: str, folded: list[str]) -> None:
    assert tokens(text) == folded


def test_a_version_is_kept() -> None:
    assert FOLD_VERSION >= 1
    assert fold_for_index(None) is None


ANY = st.text(st.characters(exclude_categories=["Cs"]))
HINDI = st.text(
    st.characters(min_codepoint=0x900, max_codepoint=0x97F) | st.sampled_from("\u200d\u200c ।-")
)


@given(ANY | HINDI)
def test_folding_twice_changes_nothing(word: str) -> None:
    assert fold_word(fold_word(word)) == fold_word(word)


@given(ANY | HINDI)
@example("कर्त्तव्य")
@example("चिठ्ठी")
@example("हिीन्दी")
def test_a_word_is_searched_for_all_that_the_rules_change(word: str) -> None:
    for rules in (normalize._SPELLING_RULES, normalize._LONG_WORD_RULES, normalize._COMMON_RULES):
        changed = word
        for pattern, replacement in rules._rules:
            changed = pattern.sub(replacement, changed)
        assert rules.apply(word) == changed


@given(ANY | HINDI)
def test_a_folded_word_is_one_token(text: str) -> None:
    for word in tokens(text):
        assert tokens(word) == [word]


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(f'create virtual table found using fts5(text, tokenize="{TOKENIZE}")')
    connection.execute("create virtual table terms using fts5vocab(found, 'instance')")
    yield connection
    connection.close()


def in_index(index: sqlite3.Connection, text: str) -> list[str]:
    """The tokens FTS5 makes of a text."""
    index.execute("delete from found")
    index.execute("insert into found values (?)", [text])
    return [term for (term,) in index.execute("select term from terms order by offset")]


@given(ANY | HINDI | st.text())
@example("🤣🧿 ❤️ ½ ⑴ ﷺ İ ß ㎅ \u0345 \ue000 \u200d \u093e ꙮ 𝟏 ①")
@example("न् म् गयी दु:ख क्\u200dया काे र्इ")
@example("\U0001fae8\U0001f9ff \u20bf ₹500 \u2bff")
def test_a_folded_text_has_a_token_for_each_token_of_the_original(
    index: sqlite3.Connection, text: str
) -> None:
    text = "".join(char for char in text if char != "\0" and not "\ud800" <= char <= "\udfff")
    folded = fold_for_index(text)
    assert folded is not None
    assert len(in_index(index, folded)) == len(in_index(index, text))


def test_words_part_where_sqlite_parts_them() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(f'create virtual table found using fts5(text, tokenize="{TOKENIZE}")')
    connection.execute("create virtual table terms using fts5vocab(found, 'instance')")
    points = [point for point in range(1, sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    connection.executemany(
        "insert into found (rowid, text) values (?, ?)", ((at, f"qq{chr(at)}qq") for at in points)
    )
    parting = {at for (at,) in connection.execute("select doc from terms where term = 'qq'")}
    assert {at for at in points if not WORD.fullmatch(chr(at))} == parting


def test_highlight_lines_up() -> None:
    connection = sqlite3.connect(":memory:")
    connection.create_function("hi_fold", 1, fold_for_index, deterministic=True)
    connection.execute("create table pages (id integer primary key, text)")
    connection.execute(
        f'create virtual table found using fts5(text, content="pages", content_rowid="id", tokenize="{TOKENIZE}")'
    )
    text = "🤣 हिन्दी में: क्\u200dया दु:ख, ½ चम्मच ❤️ — मुख्यमन्त्री ने कहा"
    connection.execute("insert into pages values (1, ?)", [text])
    connection.execute("insert into found (rowid, text) select id, hi_fold(text) from pages")
    for typed, shown in (
        ("हिंदी", "[हिन्दी]"),
        ("क्या", "[क्\u200dया]"),
        ("मुख्यमंत्री", "[मुख्यमन्त्री]"),
        ("कहा", "[कहा]"),
    ):
        [marked] = connection.execute(
            "select highlight(found, 0, '[', ']') from found where found match ?", [f'"{typed}"']
        ).fetchone()
        assert marked == text.replace(shown[1:-1], shown)


def test_the_hash_of_a_text_is_pinned():
    """Identity, takedowns by words, overlap and verify hold archives of years to it."""
    pinned = "3731bea6002fa6b60e934ff4b36b2e934acf7aaa653f5fbd8f4341c96b353a0e"
    assert (
        compute_text_sha256("क़ानून, नया\n\nक्\u200dया?")
        == compute_text_sha256("कानून नया क्या")
        == pinned
    )
    assert compute_text_sha256("") is None and compute_text_sha256(" — ।") is None
