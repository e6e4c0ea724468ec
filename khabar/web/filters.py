"""Jinja filters: times in India, safe links, highlighted search matches, charts as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from markupsafe import Markup, escape

from khabar.archive.search import MARK_END, MARK_START
from khabar.charts.draw import NARROW, WIDE, draw_chart
from khabar.charts.heat_map import HeatMap, draw_heat_map
from khabar.charts.model import Chart
from khabar.charts.svg import NOT_XML
from khabar.hindi.india_time import format_hindi_time, to_india_time
from khabar.model.provider_labels import provider_label

_OTHER_PROVIDERS = {"file": "फ़ाइल", "unknown": "अन्य साइट"}  # not in provider_labels
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
    "clip": "क्लिप",
    "story": "स्टोरी",
    "form": "फ़ॉर्म",
    "poll": "मतदान",
    "calendar": "कैलेंडर",
    "profile": "प्रोफ़ाइल",
    "timeline": "टाइमलाइन",
    "link": "लिंक",
}
_PLACES = {"posts": "पोस्ट में मिला · in a post", "captions": "कैप्शन में मिला · in a caption"}
_MARKED_TEXT = re.compile(f"{MARK_START}(.*?){MARK_END}", re.DOTALL)
_REMOVE_MARKS = str.maketrans("", "", MARK_START + MARK_END)
_MIN_ARTICLE_ID = 1 << 40  # article ids are seconds << 20; all other ids are smaller
_MAX_URL_CHARS = 64  # characters of a displayed URL; chosen by hand, not measured


def format_utc(timestamp: str | None) -> str:
    """Formats an ISO 8601 time as '09:00 UTC'; returns '' for a bare date or an invalid value."""
    if not timestamp or len(timestamp) <= len("2025-11-07"):
        return ""
    try:
        return f"{to_india_time(timestamp).astimezone(UTC):%H:%M} UTC"
    except ValueError:
        return ""


def safe_weblink(url: str | None) -> str:
    """Returns the URL if its scheme is http or https and it has a host, else ''."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def truncate_url(url: str) -> str:
    """Shortens a URL for display: no scheme, no www, percent-decoded, at most 64 characters."""
    address = unquote(re.sub(r"^https?://(www\.)?", "", url)).rstrip("/")
    return address if len(address) <= _MAX_URL_CHARS else address[: _MAX_URL_CHARS - 1] + "…"


def provider_name(name: str) -> str:
    """Returns the display name of an embed provider."""
    return _OTHER_PROVIDERS.get(name) or provider_label(name)


def kind_label(name: str) -> str:
    """Returns the Hindi label of an embed's kind, or '' for an unknown one."""
    return _KINDS.get(name, "")


def highlight_matches(text: str | None) -> Markup:
    """Escapes text and turns the search's match markers into <mark> elements."""
    html = _MARKED_TEXT.sub(r"<mark>\1</mark>", str(escape(text or "")))
    return Markup(html.translate(_REMOVE_MARKS))


def time_of_id(article_id: int) -> str:
    """Returns the ISO 8601 UTC time encoded in an article id: publication, or first seen."""
    return datetime.fromtimestamp(article_id >> 20, UTC).isoformat()


def match_places(places: Sequence[str]) -> str:
    """Labels of the places where a hit matched, posts and captions, if it matched nowhere else."""
    if not _PLACES.keys() >= set(places):
        return ""
    return ", ".join(_PLACES[name] for name in places if name in _PLACES)


def render_chart(chart: Chart | HeatMap | str | None, width: int = WIDE) -> Markup | None:
    """Returns a chart or heat map as HTML with two SVGs, wide and narrow, of which the CSS shows
    one. A string is an SVG that is already drawn and is returned as it is. SVG text is escaped when
    drawn.
    """
    if chart is None or isinstance(chart, str):
        return None if chart is None else Markup(chart)
    if isinstance(chart, HeatMap):
        wide, narrow = (Markup(draw_heat_map(chart, size)) for size in (width, NARROW))
    else:
        wide, narrow = (Markup(draw_chart(chart, size)) for size in (width, NARROW))
    return Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(wide, narrow)


def format_atom_time(timestamp: str | None) -> str:
    """Formats an ISO 8601 time with its UTC offset, as Atom requires; a bare date becomes midnight
    in India, None becomes ''.
    """
    if not timestamp:
        return ""
    return to_india_time(timestamp).isoformat()


def clean_xml_text(text: str | None) -> str:
    """Removes characters that XML 1.0 does not allow, and the search's match markers."""
    return NOT_XML.sub("", (text or "").translate(_REMOVE_MARKS))


def parse_table_rows(text: str) -> list[list[str]]:
    """Splits the text of a table block into cells: one row per line, cells separated by ` | `."""
    return [line.split(" | ") for line in text.splitlines()]


def render_cell_link(
    value: Any, column: str, table: str | None, path: Callable[[str], str]
) -> Markup | None:
    """Renders a cell of a Datasette table: article ids become links, search matches are marked.
    Returns None for every other cell.
    """
    if isinstance(value, int) and value >= _MIN_ARTICLE_ID and column in {"id", "article_id"}:
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
