"""Restores text that was damaged by a wrong decoding or by a second HTML escaping."""

from __future__ import annotations

import html
import re

from khabar.hindi.text import clean_text

# Bytes 80–9F as windows-1252 shows them; five of them have no character and stay control codes.
_SPECIALS = {
    code: text for code in range(0x80, 0xA0) if (text := bytes([code]).decode("cp1252", "ignore"))
}
_BYTE_OF_SPECIAL = {ord(text): code for code, text in _SPECIALS.items()}
_REST = rf"[\x80-\xbf{''.join(_SPECIALS.values())}]"  # any byte of a UTF-8 sequence but the first
_SEQUENCES = re.compile(rf"(?:[\xc2-\xdf]{_REST}|[\xe0-\xef]{_REST}{{2}}|[\xf0-\xf4]{_REST}{{3}})+")
# What can contain such sequences; its first letter is searched for several times faster.
_RUN = re.compile(rf"[\xc2-\xf4]{_REST}(?:[\xc2-\xf4]|{_REST})*")
# Every damaged text in an Indian script, or damaged quotation mark or dash, contains one of these.
_HINTS = {
    "\xe0": re.compile("\xe0[\xa4-\xb5]"),
    "\xc3": re.compile("\xc3(?:\xa0|&nbsp;)\xc2"),
    "\xe2": re.compile("\xe2(?:\u20ac|\x80)"),
}  # by their first letter, which is found faster
_REFERENCE_HINTS = ("&agrave;&", "&#224;&#")
_RAW_REFERENCE_HINT = re.compile(b"&(?:agrave;&|#224;&#)")  # its first byte is found fast
_LEAD_BYTES = re.compile(rb"\xc3[\xa0\xa2\x83]")  # the leads in UTF-8
_LATIN_REFERENCE = re.compile(r"&(?:#(?:1[2-9]|2[0-5])\d|[A-Za-z]{2,6}\d{0,2});")
# A letter's third byte is missing; and the one that can be a no-break space, as a plain space.
_CUT_LETTER = re.compile(rf"\xe0[\xa4\xa5](?! |{_REST})")
_ESCAPED_SPACE = re.compile("(\xe0[\xa4-\xb5]|\xc3)&(?:nbsp|#160);")
_SPACED_LETTER = re.compile("(\xe0[\xa4\xa5]) ")
# Indian scripts, joiners, quotation marks, dashes, ₹ and €. Measured over 5,434 articles of 2026: 1
# place restored, rightly (a dash); 1 entity opened, rightly.
_RESTORED = re.compile("[\u0900-\u0dff\u200c\u200d\u2010-\u2026\u20ac\u20b9]")
_MAX_ROUNDS = 3  # a text decoded wrongly more than twice was not seen


def decode_windows_1252(body: bytes) -> str:
    """Decodes bytes as browsers do those labelled windows-1252, iso-8859-1 or ascii."""
    return body.decode("latin-1").translate(_SPECIALS)


def may_be_mojibake(body: bytes) -> bool:
    """Whether a page, as UTF-8, has letters or references that `restore_mojibake` looks for."""
    return (b"\xc3" in body and bool(_LEAD_BYTES.search(body))) or bool(
        _RAW_REFERENCE_HINT.search(body)
    )


def restore_mojibake(text: str) -> tuple[str, int]:
    """Restores UTF-8 that was decoded as windows-1252 or latin-1, once or several times; returns
    (text, number of restored places).

    `Ã©` alone is restored only where there is other damage, because two such letters can stand side
    by side in a correct text.
    """
    damaged = text
    if "&" in text and any(hint in text for hint in _REFERENCE_HINTS):
        damaged = _LATIN_REFERENCE.sub(_open_latin_reference, damaged)
    if not any(lead in damaged and hint.search(damaged) for lead, hint in _HINTS.items()):
        return text, 0
    damaged = _ESCAPED_SPACE.sub("\\1\xa0", damaged)
    if _SPACED_LETTER.search(damaged) and not _CUT_LETTER.search(damaged):
        damaged = _SPACED_LETTER.sub("\\1\xa0", damaged)
    count = 0

    def restore(match: re.Match[str]) -> str:
        nonlocal count
        restored = _decode_again(match.group())
        count += bool(_RESTORED.search(restored))
        return restored

    result = _RUN.sub(lambda run: _SEQUENCES.sub(restore, run.group()), damaged)
    return (result, count) if count else (text, 0)


def _decode_again(text: str) -> str:
    for _ in range(_MAX_ROUNDS):
        try:
            text = text.translate(_BYTE_OF_SPECIAL).encode("latin-1").decode("utf-8")
        except UnicodeError:
            break
    return text


def _open_latin_reference(match: re.Match[str]) -> str:
    character = html.unescape(match.group())
    is_latin = len(character) == 1 and ("\x80" <= character <= "\xff")
    return character if is_latin or ord(character[0]) in _BYTE_OF_SPECIAL else match.group()


# Names of characters that editors type; `&amp;lang;` and other rare ones are not opened.
_NAMES = (
    r"(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|quot|apos|nbsp|zwn?j|[lr][sd]quo|[sb]d?quo|[lr]aquo|hellip"
    r"|[nm]dash|bull|middot|shy|copy|reg|trade|deg|times|euro|pound|frac\d\d|lrm|rlm|ensp|emsp|thinsp"
    r"|lt|gt|acute|prime|minus|[rl]arr);"
)
_ESCAPED_TWICE = re.compile(rf"&(?:(?:amp;)++(?:{_NAMES})?|{_NAMES})")
_ABOUT_MARKUP = re.compile(r"html|markup|entit|एचटीएमएल|एंटिटी", re.I)


def has_double_escapes(markup: str) -> bool:
    """Whether some text of a page has been escaped twice: `&amp;quot;`."""
    return bool(re.search(rf"&amp;(?:amp;|{_NAMES})", markup))


def is_about_markup(text: str) -> bool:
    """Whether a text is about HTML, and can mention `&nbsp;` on purpose."""
    return bool(_ABOUT_MARKUP.search(text))


def open_entities(text: str) -> str:
    """Replaces the entities that a second escaping left in a text (`&quot;`, `&amp;#39;`) by their
    characters.
    """
    if "&" not in text or not _ESCAPED_TWICE.search(text):
        return text
    return clean_text(_ESCAPED_TWICE.sub(_open_entity, text))


def _open_entity(match: re.Match[str]) -> str:
    return html.unescape("&" + match.group().rsplit("amp;", 1)[-1].lstrip("&"))
