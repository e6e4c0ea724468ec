"""The page of what co-occurs with a search: words, accounts, domains and hashtags, also as JSON and
CSV. Its parameters are those of the search page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database

from khabar.archive.search import MIN_ARTICLES, Cooccurrences, find_cooccurring
from khabar.web import responses
from khabar.web.facet_links import FILTER_LABELS, encode_search, list_active_filters
from khabar.web.filters import provider_name
from khabar.web.queries import lists
from khabar.web.search_page import list_notes, read_params

# Each kind with its name in both languages, and what its values are counted in.
_LABELS = {
    "words": ("शब्द", "Words", "लेखों के शीर्षक और पाठ में", "in headlines and texts"),
    "accounts": ("खाते", "Accounts", "लेखों में लगी पोस्ट के", "of embedded posts"),
    "domains": ("डोमेन", "Domains", "लगी पोस्ट और उनके लिंक के", "of embedded posts and their links"),
    "hashtags": ("हैशटैग", "Hashtags", "लगी पोस्ट में", "in embedded posts"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _ValueRows:
    """The values of all kinds as rows for a CSV download."""

    cooccurrences: Cooccurrences

    def iter_rows(self, db: Database) -> Iterator[dict[str, Any]]:
        yield from self.cooccurrences.iter_rows()


async def show_cooccurrences(
    datasette: Datasette, request: Request
) -> Response | responses.CsvResponse:
    """Shows what stands in the hits of `q` more often than in the rest of their period."""
    names = await responses.run_query(datasette, lists.load_source_names)
    params = read_params(request, names) | {"rank": ""}
    query = lists.build_search_query(params)
    found = await responses.run_query(datasette, lambda db: find_cooccurring(db, query))
    file_format = request.url_vars["format"]
    if file_format == ".csv":
        return await responses.download_csv(datasette, request, _ValueRows(found), "co-occurring")
    if file_format == ".json":
        notes = [note.english for note in list_notes(params, names)]
        return Response.json({"query": query.query, **found.to_json(), "notes": notes})
    context = {
        "search_params": params,
        "query": encode_search(params),
        "found": found,
        "kinds": _list_kinds(datasette, found, params),
        "least": MIN_ARTICLES,
        "active": list_active_filters(params, names),
        "hidden": {
            name: params[name]
            for name in FILTER_LABELS
            if params[name] and name not in ("source", "since", "until")
        },
        "notes": list_notes(params, names),
        "offered": sorted(names.items()),
    }
    return await responses.render_page(datasette, request, "cooccurrence.html", context)


def _list_kinds(
    datasette: Datasette, found: Cooccurrences, params: dict[str, str]
) -> list[tuple[Any, ...]]:
    """Returns for each kind its labels, the kind, and its values with their labels and links."""
    kinds: list[tuple[Any, ...]] = []
    for name, labels in _LABELS.items():
        kind = found.kinds[name]
        values = [
            (value, _link_value(datasette, params, name, value.value)) for value in kind.values
        ]
        kinds.append((labels, kind, values))
    return kinds


def _link_value(
    datasette: Datasette, params: dict[str, str], kind: str, value: str
) -> tuple[str, str | None]:
    """Returns the label of a value and the path of its page; None where there is none."""
    path = datasette.urls.path
    if kind == "accounts":
        provider, _, handle = value.partition(":")
        label = f"@{handle} · {provider_name(provider)}"
        return label, path(f"/account/{quote(provider, safe='')}/{quote(handle, safe='')}")
    if kind == "domains":
        return value, None
    word = f"post:{value[1:]}" if kind == "hashtags" else value
    return value, path(f"/search?{encode_search({**params, 'q': params['q'] + ' ' + word})}")
