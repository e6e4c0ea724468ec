"""How values look on a page: moments in India's time, links that are safe to follow, found words
marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from markupsafe import Markup, escape

from khabar.archive.search import MARK_END, MARK_START
from khabar.charts.draw import NARROW, WIDE, draw_chart
from khabar.charts.model import Chart
from khabar.hindi.india_time import format_hindi_time, to_india_time
from khabar.model.provider_labels import provider_label

_OTHER_PROVIDERS = {"file": "फ़ाइल", "unknown": "अन्य साइट"}  # no provider of their own
_KINDS = {
    "post": "पोस्ट",
    "video": "वीडियो",
    "short": "शॉर्ट",
    "reel": "रील",
    "live": "लाइव",
    "playlist": "प्लेलिस्ट",
    "audio": "ऑडियो",
    "photo": "तस्वीर",
    "comment": "टिप्पणी",
    "map": "नक़्शा",
    "chart": "चार्ट",
    "document": "दस्तावेज़",
    "code": "कोड",
    "link": "लिंक",
}
_PLACES = {"posts": "पोस्ट में मिला · in a post", "captions": "कैप्शन में मिला · in a caption"}
_MARKED_TEXT = re.compile(f"{MARK_START}(.*?){MARK_END}", re.DOTALL)
_REMOVE_MARKS = str.maketrans("", "", MARK_START + MARK_END)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ARTICLE_IDS = 1 << 40  # seconds << 20: no other id of the archive is so large
_MAX_URL_CHARS = 64


def format_utc(timestamp: str | None) -> str:
    """'09:00 UTC' of a full ISO 8601 time, to stand beside India's; '' of anything else."""
    if not timestamp or len(timestamp) <= len("2025-11-07"):
        return ""
    try:
        return f"{to_india_time(timestamp).astimezone(UTC):%H:%M} UTC"
    except ValueError:
        return ""


def safe_weblink(url: str | None) -> str:
    """The address if a browser may be sent there (http, https), else ''."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def truncate_url(url: str) -> str:
    """An address for the eye: no scheme, no www, readable letters, cut."""
    address = unquote(re.sub(r"^https?://(www\.)?", "", url)).rstrip("/")
    return address if len(address) <= _MAX_URL_CHARS else address[: _MAX_URL_CHARS - 1] + "…"


def provider_name(name: str) -> str:
    """A provider as people call it."""
    return _OTHER_PROVIDERS.get(name) or provider_label(name)


def kind_label(name: str) -> str:
    """What a card shows, in both languages; nothing for a plain post."""
    return _KINDS.get(name, "")


def highlight_matches(text: str | None) -> Markup:
    """Escaped text whose found words, between the search's two marks, stand in <mark>."""
    html = _MARKED_TEXT.sub(r"<mark>\1</mark>", str(escape(text or "")))
    return Markup(html.translate(_REMOVE_MARKS))


def time_of_id(article_id: int) -> str:
    """The moment an article's id tells: published, or first seen."""
    return datetime.fromtimestamp(article_id >> 20, UTC).isoformat()


def match_places(places: Sequence[str]) -> str:
    """Where else than in the article's own words a hit's words stand: in a post, in a caption."""
    return ", ".join(_PLACES[name] for name in places if name in _PLACES)


def render_chart(chart: Chart | str | None, width: int = WIDE) -> Markup | None:
    """A chart for a desk and for a phone, of which the page's style shows one; a drawing as it
    is. Both are escaped.
    """
    if chart is None or isinstance(chart, str):
        return None if chart is None else Markup(chart)
    wide, narrow = Markup(draw_chart(chart, width)), Markup(draw_chart(chart, NARROW))
    return Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(wide, narrow)


def format_atom_time(timestamp: str | None) -> str:
    """An ISO 8601 time with its offset, as Atom wants it; a bare date is midnight in India."""
    if not timestamp:
        return ""
    return to_india_time(timestamp).isoformat()


def clean_xml_text(text: str | None) -> str:
    """Text without the characters XML 1.0 cannot hold and without the search's marks."""
    return _NOT_XML.sub("", (text or "").translate(_REMOVE_MARKS))


def parse_table_rows(text: str) -> list[list[str]]:
    """The cells of a table block: a line a row, cells parted by ` | `."""
    return [line.split(" | ") for line in text.splitlines()]


def render_cell_link(
    value: Any, column: str, table: str | None, path: Callable[[str], str]
) -> Markup | None:
    """A cell of Datasette's tables: an article's id leads to the page that can be read, found
    words are marked.
    """
    if isinstance(value, int) and value >= _ARTICLE_IDS and column in {"id", "article_id"}:
        return Markup('<a href="{}">{}</a>').format(path(f"/a/{value}"), value)
    if isinstance(value, str) and table is None and MARK_START in value:
        return highlight_matches(value)
    return None


FILTERS: dict[str, Callable[..., Any]] = {
    "when": format_hindi_time,
    "utc": format_utc,
    "weblink": safe_weblink,
    "short": truncate_url,
    "provider": provider_name,
    "kind": kind_label,
    "first_known": time_of_id,
    "found_in": match_places,
    "marked": highlight_matches,
    "rows_of": parse_table_rows,
    "atom_time": format_atom_time,
    "xml": clean_xml_text,
}
