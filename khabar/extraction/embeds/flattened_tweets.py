"""Tweets that another extractor flattened into an article's text. Half their words are lost; who and when is not."""

from __future__ import annotations

import re

from khabar.extraction.embeds.id_timestamps import DAY, printed_day
from khabar.extraction.embeds.post_text import without_pics
from khabar.model.items import Embed

_SIGNED = re.compile(
    r"(?i)(?:[—–―]|--)[ \t\u00a0]*(?P<name>[^()\n—–―]{1,80}?)[ \t\u00a0]*\(@(?P<handle>\w{1,15})\)"
    rf"[ \t\u00a0]*(?P<day>{DAY})"
)
_PIC_LAST = re.compile(r"pic\.(?:twitter|x)\.com/\w+\s*$")
_PIC = re.compile(r"pic\.(?:twitter|x)\.com/\w+")
_AHEAD = 8  # lines in which a tweet torn apart ends


def flattened(text: str) -> list[Embed]:
    """Flattened tweets in an article's plain text, in order: no id, `text_complete` False, via `text`."""
    lines = [line for line in text.split("\n") if line.strip()]
    found: list[Embed] = []
    for number, line in enumerate(lines):
        start = 0
        for signed in _SIGNED.finditer(line):
            before = line[start : signed.start()].strip() or (_before(lines, number) if start == 0 else "")
            after = line[signed.end() :]
            next_signed = _SIGNED.search(after)
            rest = [after[: next_signed.start()] if next_signed else after]
            if not next_signed:
                rest += _behind(lines, number)
            found.append(_made(signed, before, rest))
            start = signed.end()
    return found


def _before(lines: list[str], number: int) -> str:
    """The line above an attribution that stands alone; another attribution's line is another tweet."""
    above = lines[number - 1].strip() if number else ""
    return "" if _SIGNED.search(above) else above


def _behind(lines: list[str], number: int) -> list[str]:
    behind: list[str] = []
    for line in lines[number + 1 : number + 1 + _AHEAD]:
        if _SIGNED.search(line):
            break
        behind.append(line)
    return behind


def _made(signed: re.Match[str], before: str, rest: list[str]) -> Embed:
    words = before
    if not _PIC.search(before):
        words = "\n".join(piece for piece in (before, *_continued(rest)) if piece)
    said, media = without_pics(words)
    return Embed(
        provider="x", kind="post", author_name=signed["name"].strip() or None, author_handle=signed["handle"],
        text=said or None, text_complete=False, published_at=printed_day(signed["day"]), published_src="markup_date",
        media=media, rule="flat.attribution", via="text", place="body",
    )  # fmt: skip


def _continued(rest: list[str]) -> list[str]:
    """Lines up to the one that closes with a picture's link: the tweet goes on there. None closes: nothing is sure."""
    for number, line in enumerate(rest):
        if _PIC_LAST.search(line):
            return [piece.strip() for piece in rest[: number + 1]]
    return []
