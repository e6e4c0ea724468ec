"""Turns the facets of a search into links that narrow it, and its filters into links
to the search without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from khabar.archive.search import FacetCounts
from khabar.hindi.india_time import format_hindi_month, format_hindi_time

# Filter → its name in Hindi and English, in the order in which they are shown.
FILTER_LABELS = {
    "source": ("स्रोत", "Source"),
    "since": ("कब से", "Since"),
    "until": ("कब तक", "Until"),
    "month": ("महीना", "Month"),
    "section": ("खंड", "Section"),
    "place": ("जगह", "Place"),
    "page_type": ("प्रकार", "Type"),
    "embeds": ("एम्बेड", "Embeds"),
    "agency": ("एजेंसी", "Agency"),
}
MAX_LINKS = 20  # values of a facet on the page; chosen by hand, not measured
_VALUE_LABELS = {
    ("page_type", "article"): "लेख",
    ("page_type", "liveblog"): "लाइव ब्लॉग",
    ("page_type", "gallery"): "तस्वीरें",
    ("page_type", "video"): "वीडियो",
    ("embeds", "yes"): "पोस्ट या वीडियो के साथ",
    ("embeds", "no"): "बिना",
    ("agency", "agency"): "बिना नाम की एजेंसी",
}


@dataclass(frozen=True, slots=True)
class FacetLink:
    """A value that narrows a search: its label, the hits it leaves (None: not counted), and the
    query string of that search.
    """

    label: str
    count: int | None
    query: str


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """A facet in both languages, with its values."""

    hindi: str
    english: str
    links: tuple[FacetLink, ...]


def encode_search(params: Mapping[str, str], page_number: int = 1) -> str:
    """Encodes a search as a URL query string, without empty parameters."""
    values = {name: value for name, value in params.items() if value}
    return urlencode(values | ({"page": str(page_number)} if page_number > 1 else {}))


def build_facet_groups(
    counts: FacetCounts, params: Mapping[str, str], source_names: Mapping[str, str]
) -> list[FacetGroup]:
    """Returns the facets that would narrow a search further, their first MAX_LINKS values each
    linked to the search with the other filters kept. A facet whose filter is set, or whose only
    value all hits have, is left out.
    """
    groups = []
    for name, values in counts.facets.items():
        if params[name] or not values or values[0][1] == counts.total:
            continue
        links = [
            FacetLink(
                _label_value(name, value, source_names),
                count,
                encode_search({**params, name: value}),
            )
            for value, count in values[:MAX_LINKS]
        ]
        groups.append(FacetGroup(*FILTER_LABELS[name], tuple(links)))
    return groups


def list_active_filters(
    params: Mapping[str, str], source_names: Mapping[str, str]
) -> list[FacetGroup]:
    """Returns the filters that are set, each with one link: its value, to the search without it."""
    return [
        FacetGroup(
            *labels,
            (
                FacetLink(
                    _label_value(name, params[name], source_names),
                    None,
                    encode_search({**params, name: ""}),
                ),
            ),
        )
        for name, labels in FILTER_LABELS.items()
        if params[name]
    ]


def _label_value(name: str, value: str, source_names: Mapping[str, str]) -> str:
    if name == "source":
        return source_names.get(value, value)
    if name == "month":
        return format_hindi_month(value)
    if name in ("since", "until"):
        return format_hindi_time(value)
    return _VALUE_LABELS.get((name, value), value)
