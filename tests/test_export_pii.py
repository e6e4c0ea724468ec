"""Personal numbers are taken out of a dataset, helplines stay, and the marks still stand over their words."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import pytest
from archive_fixtures import ArchiveBuilder, article
from export_fixtures import exported, lines, prose

from khabar.export.pii import is_verhoeff, redact_text
from khabar.model.items import Block, Embed, Image

PLANTED = [
    ("मुझसे 9876501234 पर बात करें", "मुझसे [phone] पर बात करें"),
    ("फ़ोन +91 98765 01234, घर पर", "फ़ोन [phone], घर पर"),
    ("मोबाइल: +91-9876501234।", "मोबाइल: [phone]।"),
    ("नंबर ९८७६५०१२३४ है", "नंबर [phone] है"),
    ("नंबर 98765-01234 और 098765 01234", "नंबर [phone] और [phone]"),
    ("दफ़्तर 0522-2612345 पर", "दफ़्तर [phone] पर"),
    ("नंबर9876501234पर", "नंबर[phone]पर"),
    ("मेल nisha.rawat+news@kagaz.example.in पर", "मेल [email] पर"),
    ("आधार 2345 6789 0124 दिया", "आधार [aadhaar] दिया"),
    ("आधार 234567890124।", "आधार [aadhaar]।"),
    ("पैन ABCPE1234F है", "पैन [pan] है"),
    ("यूपीआई nisha.rawat@okbank पर भेजें", "यूपीआई [upi] पर भेजें"),
    ("राम 9876501234, श्याम 8765401239", "राम [phone], श्याम [phone]"),
]
KEPT = [
    "हेल्पलाइन नंबर 9876501234 जारी किया गया",
    "बाढ़ नियंत्रण कक्ष 0522-2612345 पर सूचना दें",
    "टोल फ्री नंबर 1800-180-5678 और 112, 1930",
    "आपातकालीन नंबर: 9876501234, 8765401239, लखनऊ: 0522-2612345, कानपुर: 7654301238",
    "helpline 9876501234 is open",
    "ट्रेन संख्या 12345 और पिन कोड 226001",
    "कुल ₹9876501234 की योजना, 9876501234 रुपये",
    "आधार संख्या 2345 6789 0123 ग़लत है",  # its check digit is wrong
    "{\"_id\":\"69a52a8641988320a10b\"}",
    "https://www.example.in/news/9876501234.html देखें",
    "2026-11-24 को 9999999999 बार",
    "मतदाता 12,34,56,789 और 98.76501234",
    "@nisha ने लिखा",
    "1-800-891-4416",
]  # fmt: skip


@pytest.mark.parametrize(("text", "without"), PLANTED)
def test_what_is_planted_is_found(text, without):
    assert redact_text(text, Counter()) == without


@pytest.mark.parametrize("text", KEPT)
def test_helplines_and_other_numbers_stay(text):
    assert redact_text(text, Counter()) == text


def test_a_helpline_does_not_shield_the_next_sentence():
    counts = Counter()
    text = f"हेल्पलाइन 9876501234 है। {prose(1, 14)} पड़ोसी राम का नंबर 8765401239 है।"
    assert redact_text(text, counts) == text.replace("8765401239", "[phone]")
    assert counts == {"helpline kept": 1, "phone": 1}


@pytest.mark.parametrize(
    ("number", "is_valid"),
    [("2363", True), ("2364", False), ("234567890124", True), ("२३६३", True)],
)
def test_verhoeff(number, is_valid):
    assert is_verhoeff(number) is is_valid


@pytest.mark.parametrize("format_", ["jsonl", "parquet"])
def test_an_export_has_none_of_it(tmp_path, format_):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    secret = "9876501234"
    blocks = (Block("heading", f"शिविर {secret}", 2), Block("paragraph", f"संयोजक का नंबर {secret} है, पूछें।"), Block("embed", embed=0),
              Block("paragraph", prose(3)))  # fmt: skip
    desk.read(article(
        title=f"शिविर: {secret}", subtitle=f"फ़ोन {secret}", blocks=blocks,
        embeds=(Embed("x", "post", "1", "https://x.com/a/status/1", text=f"मेरा नंबर {secret}", caption=secret),),
        images=(Image("http://www.kagaz.newsroom.test/1.jpg", f"नंबर {secret}"),),
    ))  # fmt: skip
    manifest = exported(desk.archive, tmp_path / "x", format_, redact=True)
    assert manifest["redacted"] == {"phone": 7}
    if format_ == "jsonl":
        (row,) = lines(tmp_path / "x" / "articles.jsonl")
    else:
        import pyarrow.parquet as pq

        (row,) = pq.read_table(tmp_path / "x" / "data").to_pylist()
    assert secret not in str(row)
    words = [
        row["text"][one["start"] : one["end"]]
        for one in row["blocks"]
        if one.get("start") is not None
    ]
    assert words == ["शिविर [phone]", "संयोजक का नंबर [phone] है, पूछें।", prose(3)]
    assert "| phone | 7 |" in (tmp_path / "x" / "README.md").read_text()
    exported(desk.archive, tmp_path / "y", "jsonl")
    assert secret in (tmp_path / "y" / "articles.jsonl").read_text()
    desk.archive.close()


@pytest.mark.shared
@pytest.mark.slow
def test_what_is_found_in_real_texts_is_a_number_or_an_address(shared):
    """5,434 articles have 120 of them in all. They were read one by one: none was anything else, see docs/publish.md.

    A change that finds more, or keeps fewer helplines, is to be read again.
    """
    counts = Counter()
    with gzip.open(shared / "texts" / "articles_hi.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            redact_text(json.loads(line).get("full_text") or "", counts)
    assert set(counts) == {"phone", "email", "helpline kept"}
    assert counts["helpline kept"] >= 59 and counts["phone"] <= 45 and counts["email"] == 18
