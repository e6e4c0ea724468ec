"""Finds tweets that another extractor flattened into plain text.

Part of a tweet's text may be lost; author and date are not.
"""

from __future__ import annotations

import re

from khabar.extraction.embeds.id_timestamps import DATE_PATTERN, parse_printed_date
from khabar.extraction.embeds.post_text import strip_pic_links
from khabar.model.items import Embed

# Blanks are limited, or a line of them would take time that grows with its square.
_BLANKS = r"[ \t\u00a0]{0,100}"
_ATTRIBUTION = re.compile(
    rf"(?i)(?:[—–―]|--){_BLANKS}(?P<name>[^()\n—–―]{{1,80}}?)"
    rf"{_BLANKS}\(@(?P<handle>\w{{1,15}})\){_BLANKS}(?P<day>{DATE_PATTERN})"
)
_TRAILING_PIC_LINK = re.compile(r"pic\.(?:twitter|x)\.com/\w+\s*$")
_PIC_LINK = re.compile(r"pic\.(?:twitter|x)\.com/\w+")
_MAX_LINES_BELOW = 8  # lines searched for the end of a tweet; chosen by hand, not measured


def find_flattened_tweets(text: str) -> list[Embed]:
    """Returns the flattened tweets in plain text, in order: no id, `text_complete` False, `via`
    "text".
    """
    lines = [line for line in text.split("\n") if line.strip()]
    tweets: list[Embed] = []
    for number, line in enumerate(lines):
        start = 0
        for attribution in _ATTRIBUTION.finditer(line):
            text_before = line[start : attribution.start()].strip() or (
                _read_line_above(lines, number) if start == 0 else ""
            )
            text_after = line[attribution.end() :]
            next_attribution = _ATTRIBUTION.search(text_after)
            lines_after = [
                text_after[: next_attribution.start()] if next_attribution else text_after
            ]
            if not next_attribution:
                lines_after += _collect_lines_below(lines, number)
            tweets.append(_build_tweet(attribution, text_before, lines_after))
            start = attribution.end()
    return tweets


def _read_line_above(lines: list[str], number: int) -> str:
    """Returns the line above an attribution that stands alone. "" if that line contains another
    attribution.
    """
    above = lines[number - 1].strip() if number else ""
    return "" if _ATTRIBUTION.search(above) else above


def _collect_lines_below(lines: list[str], number: int) -> list[str]:
    lines_below: list[str] = []
    for line in lines[number + 1 : number + 1 + _MAX_LINES_BELOW]:
        if _ATTRIBUTION.search(line):
            break
        lines_below.append(line)
    return lines_below


def _build_tweet(attribution: re.Match[str], text_before: str, lines_after: list[str]) -> Embed:
    full_text = text_before
    if not _PIC_LINK.search(text_before):
        full_text = "\n".join(
            part for part in (text_before, *_collect_continuation(lines_after)) if part
        )
    post_text, media = strip_pic_links(full_text)
    return Embed(
        provider="x",
        kind="post",
        author_name=attribution["name"].strip() or None,
        author_handle=attribution["handle"],
        text=post_text or None,
        text_complete=False,
        published_at=parse_printed_date(attribution["day"]),
        published_src="markup_date",
        media=media,
        rule="flat.attribution",
        via="text",
        place="body",
    )


def _collect_continuation(lines: list[str]) -> list[str]:
    """Returns the lines up to the first that ends with a picture link: the tweet continues to
    there. [] if none does.
    """
    for number, line in enumerate(lines):
        if _TRAILING_PIC_LINK.search(line):
            return [part.strip() for part in lines[: number + 1]]
    return []
