"""Views of the search: hits page by page with facets, the same as JSON, all hits as CSV, the first
page as an Atom feed; how browsers search here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import BadRequest, Request, Response
from sqlite_utils import Database

from khabar.archive.search import (
    FIELDS,
    FacetCounts,
    SpellingSuggestion,
    count_facets,
    suggest_query,
    to_plain_hit,
)
from khabar.hindi.query_notes import QueryNote, explain_query
from khabar.model import clock
from khabar.web import responses
from khabar.web.access import is_public
from khabar.web.facet_links import (
    FILTER_LABELS,
    build_facet_groups,
    encode_search,
    list_active_filters,
)
from khabar.web.queries import lists
from khabar.web.queries.lists import MAX_QUERY_CHARS, SearchHits

_PARAM_NAMES = ("q", *FILTER_LABELS, "rank")
# Filters that the form has no field for: it sends them along.
_HIDDEN_NAMES = ("month", "section", "place", "page_type", "embeds", "agency", "rank")


@dataclass(frozen=True, slots=True)
class _SearchPage:
    """One page of hits, whether more follow, and what the search says of all hits."""

    hits: list[dict[str, Any]]
    more: bool
    counts: FacetCounts
    suggestion: SpellingSuggestion | None


async def show_search(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Shows the hits of `q` within the filters, newest first, or best first with rank=1."""
    names = await responses.run_query(datasette, lists.load_source_names)
    params = read_params(request, names)
    hits = SearchHits(lists.build_search_query(params), is_public(datasette))
    file_format = request.url_vars["format"]
    if file_format == ".csv":
        return await responses.download_csv(datasette, request, hits, "search")
    page_number = responses.page_number(request)

    def query_page(db: Database) -> _SearchPage:
        rows, more = hits.fetch_page(db, page_number)
        if file_format == ".atom":
            return _SearchPage(rows, more, FacetCounts(), None)
        counts = count_facets(db, hits.query)
        return _SearchPage(rows, more, counts, suggest_query(db, hits.query.query, counts.total))

    page = await responses.run_query(datasette, query_page)
    if file_format == ".json":
        notes = [note.english for note in list_notes(params, names)]
        following = f"/search.json?{encode_search(params, page_number + 1)}"
        base = responses.base_url(datasette, request)
        answer = {
            "hits": [to_plain_hit(hit) for hit in page.hits],
            "suggestion": page.suggestion.query if page.suggestion else None,
            "notes": notes,
            "page": page_number,
            "next": f"{base}{following}" if page.more else None,
        }
        return Response.json(page.counts.to_json() | answer)
    rows = [{**hit, "source_name": names[hit["source"]]} for hit in page.hits]
    context: dict[str, Any] = {"search_params": params, "rows": rows}
    context["query"] = encode_search(params)
    if file_format == ".atom":
        context |= {"base": responses.base_url(datasette, request), "now": clock.now()}
        body = await datasette.render_template("feed.xml", context, request=request)
        return Response(body, content_type="application/atom+xml; charset=utf-8")
    context |= _describe_page(params, names, page, page_number)
    return await responses.render_page(datasette, request, "search.html", context)


def _describe_page(
    params: dict[str, str], names: Mapping[str, str], page: _SearchPage, page_number: int
) -> dict[str, Any]:
    """Returns the template variables of what surrounds the hits: counts, facets, links."""
    suggestion = page.suggestion
    return {
        "number": page_number,
        "counts": page.counts,
        "groups": build_facet_groups(page.counts, params, names),
        "active": list_active_filters(params, names),
        "notes": list_notes(params, names),
        "hidden": {name: params[name] for name in _HIDDEN_NAMES if params[name]},
        "offered": [(key, names[key]) for key, _ in page.counts.facets["source"]],
        "orders": [encode_search({**params, "rank": rank}) for rank in ("", "1")],
        "suggestion": suggestion,
        "suggested": encode_search({**params, "q": suggestion.query}) if suggestion else None,
        "before": encode_search(params, page_number - 1) if page_number > 1 else None,
        "after": encode_search(params, page_number + 1) if page.more else None,
    }


def read_params(request: Request, names: Mapping[str, str]) -> dict[str, str]:
    """Returns the parameters of a search, '' where one is missing. A source may be given by key or
    by name.

    Raises BadRequest for a day, a month or a value of `embeds` that is none.
    """
    params = {name: responses.query_param(request, name) for name in _PARAM_NAMES}
    params |= {name: responses.day_param(request, name) for name in ("since", "until")}
    params["month"] = responses.month_param(request, "month")
    if params["embeds"] not in ("", "yes", "no"):
        raise BadRequest("embeds: yes or no")
    if params["source"] not in names:
        keys = [key for key, name in names.items() if name == params["source"]]
        params["source"] = keys[0] if keys else params["source"]
    return params


def list_notes(params: Mapping[str, str], names: Mapping[str, str]) -> list[QueryNote]:
    """Returns what is not what it looks like in a search."""
    notes = explain_query(params["q"][:MAX_QUERY_CHARS], FIELDS)
    if (source := params["source"]) and source not in names:
        notes.append(QueryNote(source, f"there is no source {source}", f"{source} कोई स्रोत नहीं"))
    return notes


async def redirect_search(
    datasette: Datasette, request: Request
) -> Response | responses.CsvResponse:
    """Redirects the canned queries `search` and `search_ranked` to the search page; with .csv,
    responds with all hits. Their JSON stays Datasette's.
    """
    names = await responses.run_query(datasette, lists.load_source_names)
    params = read_params(request, names)
    params["rank"] = "1" if request.url_vars["name"] == "search_ranked" else ""
    if request.url_vars["format"]:
        hits = SearchHits(lists.build_search_query(params), is_public(datasette))
        return await responses.download_csv(datasette, request, hits, request.url_vars["name"])
    query = encode_search(params)
    return Response.redirect(datasette.urls.path("/search") + (f"?{query}" if query else ""))


async def describe_search(datasette: Datasette, request: Request) -> Response:
    """Responds with the OpenSearch description, by which browsers offer the archive's search."""
    context = {"base": responses.base_url(datasette, request)}
    body = await datasette.render_template("opensearch.xml", context, request=request)
    return Response(body, content_type="application/opensearchdescription+xml; charset=utf-8")
