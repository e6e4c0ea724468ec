"""Text as it is kept: NFC, free of what no reader sees. ZWJ and ZWNJ stay, they shape Hindi letters."""

from __future__ import annotations

import re
from unicodedata import normalize

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters, soft hyphen, zero-width space, word joiner, stray byte order marks, halves of surrogate pairs.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
_PLAIN = {0x966 + digit: str(digit) for digit in range(10)} | dict.fromkeys(map(ord, "\u093c\u200c\u200d"))
_PLAIN |= {0x958 + at: letter for at, letter in enumerate("कखगजडढफय")} | {ord("ँ"): "ं", 0xA0: " "}


def clean(text: str) -> str:
    """The text in NFC with every line break as a newline and unseen characters gone. Idempotent."""
    if text.isprintable():  # then none of these is in it
        return normalize("NFC", text)
    return normalize("NFC", _UNSEEN.sub("", _BREAKS.sub("\n", text)))


def plain(text: str) -> str:
    """The text as our own word lists are written: ASCII digits, ं for ँ, neither nukta nor joiners."""
    return text.translate(_PLAIN)
