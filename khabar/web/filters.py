"""How values look on a page: moments in India's time, links that are safe to follow, found words marked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from markupsafe import Markup, escape

from khabar.archive.search import MARK_END, MARK_START
from khabar.charts.draw import NARROW, WIDE, draw
from khabar.charts.model import Chart
from khabar.hindi.india_time import hindi_time, in_india
from khabar.model.provider_labels import provider_label

_OTHERS = {"file": "फ़ाइल", "unknown": "अन्य साइट"}  # no provider of their own
_KINDS = {
    "post": "पोस्ट", "video": "वीडियो", "short": "शॉर्ट", "reel": "रील", "live": "लाइव", "playlist": "प्लेलिस्ट",
    "audio": "ऑडियो", "photo": "तस्वीर", "comment": "टिप्पणी", "map": "नक़्शा", "chart": "चार्ट",
    "document": "दस्तावेज़", "code": "कोड", "link": "लिंक",
}  # fmt: skip
_PLACES = {"posts": "पोस्ट में मिला · in a post", "captions": "कैप्शन में मिला · in a caption"}
_MARKED = re.compile(f"{MARK_START}(.*?){MARK_END}", re.DOTALL)
_STRAY = str.maketrans("", "", MARK_START + MARK_END)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ARTICLE_IDS = 1 << 40  # seconds << 20: no other id of the archive is so large
_SHORT = 64


def utc(moment: str | None) -> str:
    """'09:00 UTC' of a full ISO 8601 time, to stand beside India's; '' of anything else."""
    if not moment or len(moment) <= len("2025-11-07"):
        return ""
    try:
        return f"{in_india(moment).astimezone(UTC):%H:%M} UTC"
    except ValueError:
        return ""


def weblink(url: str | None) -> str:
    """The address if a browser may be sent there (http, https), else ''."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def short(url: str) -> str:
    """An address for the eye: no scheme, no www, readable letters, cut."""
    told = unquote(re.sub(r"^https?://(www\.)?", "", url)).rstrip("/")
    return told if len(told) <= _SHORT else told[: _SHORT - 1] + "…"


def provider(name: str) -> str:
    """A provider as people call it."""
    return _OTHERS.get(name) or provider_label(name)


def kind(name: str) -> str:
    """What a card shows, in both languages; nothing for a plain post."""
    return _KINDS.get(name, "")


def marked(text: str | None) -> Markup:
    """Escaped text whose found words, between the search's two marks, stand in <mark>."""
    within = _MARKED.sub(r"<mark>\1</mark>", str(escape(text or "")))
    return Markup(within.translate(_STRAY))


def first_known(article_id: int) -> str:
    """The moment an article's id tells: published, or first seen."""
    return datetime.fromtimestamp(article_id >> 20, UTC).isoformat()


def found_in(places: Sequence[str]) -> str:
    """Where else than in the article's own words a hit's words stand: in a post, in a caption."""
    return ", ".join(_PLACES[name] for name in places if name in _PLACES)


def drawing(one: Chart | str | None, width: int = WIDE) -> Markup | None:
    """A chart for a desk and for a phone, of which the page's style shows one; a drawing as it is. Both are escaped."""
    if one is None or isinstance(one, str):
        return None if one is None else Markup(one)
    wide, narrow = Markup(draw(one, width)), Markup(draw(one, NARROW))
    return Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(wide, narrow)


def atom_time(moment: str | None) -> str:
    """An ISO 8601 time with its offset, as Atom wants it; a bare date is midnight in India."""
    if not moment:
        return ""
    return in_india(moment).isoformat()


def xml(text: str | None) -> str:
    """Text without the characters XML 1.0 cannot hold and without the search's marks."""
    return _NOT_XML.sub("", (text or "").translate(_STRAY))


def rows_of(text: str) -> list[list[str]]:
    """The cells of a table block: a line a row, cells parted by ` | `."""
    return [line.split(" | ") for line in text.splitlines()]


def cell(value: Any, column: str, table: str | None, path: Callable[[str], str]) -> Markup | None:
    """A cell of Datasette's tables: an article's id leads to the page that can be read, found words are marked."""
    if isinstance(value, int) and value >= _ARTICLE_IDS and column in {"id", "article_id"}:
        return Markup('<a href="{}">{}</a>').format(path(f"/a/{value}"), value)
    if isinstance(value, str) and table is None and MARK_START in value:
        return marked(value)
    return None


FILTERS: dict[str, Callable[..., Any]] = {
    "when": hindi_time, "utc": utc, "weblink": weblink, "short": short, "provider": provider, "kind": kind,
    "first_known": first_known, "found_in": found_in, "marked": marked, "rows_of": rows_of,
    "atom_time": atom_time, "xml": xml,
}  # fmt: skip
