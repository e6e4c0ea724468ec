"""Redacts personal data in texts: phone numbers, e-mail, Aadhaar, PAN and UPI; helplines are kept.

Patterns cannot tell whose number it is. They are made for recall, and the card says how many were
redacted. docs/publish.md has what they found in 5,434 articles.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import msgspec

from khabar.export.batches import Batch, choose_text_encoding
from khabar.export.options import ExportOptions

# \d matches the digits of every script: ९८७६… is a phone number, too. Links come first, so that
# digits in a URL are left alone.
_LINK = r"(?P<link>(?:https?://|www\.)\S+)"
_MAIL = r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
_UPI = r"(?P<upi>(?<![\w.-])[\w.-]{3,}@[a-z]{3,}(?![\w.]))"
_PAN = r"(?P<pan>(?<![A-Za-z0-9])[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?![A-Za-z0-9]))"
_AADHAAR = r"(?P<aadhaar>(?<![\d+])[2-9२-९]\d{3}(?P<gap>[ -]?)\d{4}(?P=gap)\d{4}(?![ -]?\d))"
_MOBILE = r"(?:(?:\+|00)?91[ -]?|0)?[6-9६-९](?:\d{9}|\d{4}[ -]\d{5}|\d{2}[ -]\d{3}[ -]\d{4})"
_LANDLINE = r"(?:(?:\+|00)91[ -]?|0)\(?[1-9१-९]\d{1,3}\)?[ -]\d{6,8}"
_PHONE = rf"(?P<phone>(?<![A-Za-z\d+.,])(?<!\b1[ -])(?:{_MOBILE}|{_LANDLINE})(?![A-Za-z\d]|[.,]\d))"
_PERSONAL = re.compile("|".join((_LINK, _MAIL, _UPI, _PAN, _PHONE, _AADHAAR)))
# Words beside numbers that are published to be called, and those beside amounts of money.
_HELPLINE_WORDS = re.compile(
    r"(?i)हेल्प\s?लाइन|हेल्प\s?डेस्क|टोल\s?फ्री|कंट्रोल\s?रूम|नियंत्रण कक्ष|पीसीआर|कॉल सेंटर"
    r"|आपातकालीन|आपात स्थिति|चौबीसों घंटे|शिकायत केंद्र|नंबर जारी"
    r"|help\s?line|help\s?desk|toll[\s-]?free|control room|\bpcr\b|call cent|customer care"
    r"|emergency"
)
_MONEY_BEFORE = re.compile(r"(?i)(?:₹|rs\.?|रु\.?|रुपये|रुपए)\s*$")
_MONEY_AFTER = re.compile(r"(?i)\s*(?:रुपये|रुपए|रूपये|करोड़|लाख|रु\b|rupees|crore)")
# Characters around a phone number in which a helpline word counts. Chosen by hand, not measured.
_CONTEXT_BEFORE, _CONTEXT_AFTER = 60, 24
# Between two numbers of a list of helplines: up to 30 characters and no end of a sentence. Chosen
# by hand, not measured.
_LIST_SEPARATOR = re.compile(r"[^।.!?]{0,30}")
_decode, _encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
_TEXT_FIELDS = frozenset({"title", "subtitle"})
_NESTED_FIELDS = frozenset({"embeds", "images", "lead_image", "insets"})


def redact_text(text: str, counts: Counter[str]) -> str:
    """Replaces personal data by `[phone]`, `[email]`, `[aadhaar]`, `[pan]` or `[upi]`.

    Adds the replacements to `counts` by kind, and the helplines kept as `helpline kept`.
    """
    return _PERSONAL.sub(_TextRedactor(counts).replace_match, text)


@dataclass(slots=True)
class _TextRedactor:
    """Redacts one text from start to end. `helpline_end`: where the last helpline number ended."""

    counts: Counter[str]
    helpline_end: int | None = None

    def replace_match(self, match: re.Match[str]) -> str:
        """Returns the replacement of a match: its kind in brackets, or the match itself."""
        kind = str(match.lastgroup if match.lastgroup != "gap" else "aadhaar")
        if (
            kind == "link"
            or (kind == "aadhaar" and not is_verhoeff(match.group()))
            or _is_amount(match, kind)
        ):
            return match.group()
        if kind == "phone" and self._is_helpline(match):
            self.helpline_end = match.end()
            self.counts["helpline kept"] += 1
            return match.group()
        self.counts[kind] += 1
        return f"[{kind}]"

    def _is_helpline(self, match: re.Match[str]) -> bool:
        """True beside a helpline word, or next to the last helpline in a list of numbers."""
        context = match.string[
            max(0, match.start() - _CONTEXT_BEFORE) : match.end() + _CONTEXT_AFTER
        ]
        if _HELPLINE_WORDS.search(context):
            return True
        return self.helpline_end is not None and bool(
            _LIST_SEPARATOR.fullmatch(match.string, self.helpline_end, match.start())
        )


def _is_amount(match: re.Match[str], kind: str) -> bool:
    """True for an amount of money, and for a number too round to be a phone number.

    Too round is under 3 different digits among the last 10: chosen by hand, not measured.
    """
    if kind != "phone":
        return False
    text = match.string
    digits = [char for char in match.group() if char.isdigit()]
    is_money = _MONEY_BEFORE.search(text[: match.start()]) or _MONEY_AFTER.match(text, match.end())
    return bool(is_money) or len(set(digits[-10:])) < 3


# Verhoeff's check digit: the multiplication table of the dihedral group D5, and the permutation of
# the digits by place.
_VERHOEFF_PRODUCT = tuple(
    tuple(int(digit) for digit in row)
    for row in """
    0123456789 1234067895 2340178956 3401289567 4012395678
    5987604321 6598710432 7659821043 8765932104 9876543210
    """.split()
)
_VERHOEFF_PERMUTATION = tuple(
    tuple(int(digit) for digit in row)
    for row in """
    0123456789 1576283094 5803796142 8916043527
    9453126870 4286573901 2793806415 7046913258
    """.split()
)


def is_verhoeff(number: str) -> bool:
    """Returns whether the last digit is the Verhoeff check digit, as in every Aadhaar number.

    Digits may be of any script; other characters are ignored.
    """
    check = 0
    for place, digit in enumerate(reversed([int(char) for char in number if char.isdigit()])):
        check = _VERHOEFF_PRODUCT[check][_VERHOEFF_PERMUTATION[place % 8][digit]]
    return check == 0


class Redactor:
    """Applies `--redact pii` to an export's batches. `counts`: kind → number of redactions."""

    def __init__(self, options: ExportOptions) -> None:
        self._options = options
        self._text_encoding = choose_text_encoding(options)
        self.counts = Counter[str]()

    def redact_batch(self, batch: Batch) -> Batch:
        """Redacts titles, texts, captions, insets and embedded posts in place; returns the batch.

        The marks of `blocks` are moved along with the text.
        """
        if not self._options.redact:
            return batch
        for name in _TEXT_FIELDS & batch.columns.keys():
            batch[name] = [value and redact_text(value, self.counts) for value in batch[name]]
        for name in _NESTED_FIELDS & batch.columns.keys():
            batch[name] = [
                raw and _encode(self._redact_nested(_decode(raw))) for raw in batch[name]
            ]
        if "text" in batch.columns:
            self._redact_texts(batch)
        return batch

    def _redact_texts(self, batch: Batch) -> None:
        """Redacts the plain texts and converts them into the form that the writer takes."""
        has_marks = "blocks" in batch.columns
        marks = (
            [_decode(raw) for raw in batch["blocks"]] if has_marks else [[] for _ in batch["text"]]
        )
        texts = [
            text and self._redact_blocks(text, text_marks)
            for text, text_marks in zip(batch["text"], marks, strict=True)
        ]
        batch["text"] = [
            text if text is None else self._text_encoding.encode(text) for text in texts
        ]
        if has_marks:
            batch["blocks"] = [_encode(text_marks) for text_marks in marks]

    def _redact_blocks(self, text: str, marks: list[dict[str, Any]]) -> str:
        """Redacts block by block and moves the marks, so that they cover the same words."""
        parts: list[str] = []
        position = length = 0
        for mark in (mark for mark in marks if "start" in mark):
            gap = text[position : mark["start"]]
            replacement = redact_text(text[mark["start"] : mark["end"]], self.counts)
            position = mark["end"]
            mark["start"] = length + len(gap)
            mark["end"] = length = mark["start"] + len(replacement)
            parts += [gap, replacement]
        return "".join(parts) + redact_text(text[position:], self.counts)

    def _redact_nested(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._redact_nested(item) for item in value]
        if isinstance(value, str):
            return redact_text(value, self.counts)
        text_keys = ("text", "title", "caption", "credit", "label")
        return {
            name: redact_text(item, self.counts)
            if name in text_keys and item
            else self._redact_nested(item)
            if name in ("alts", "poll")
            else item
            for name, item in value.items()
        }
