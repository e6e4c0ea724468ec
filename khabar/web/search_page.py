"""Views of the search: hits page by page, all hits as CSV, the first page as an Atom feed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database

from khabar.archive.search import suggest_query
from khabar.model import clock
from khabar.web import responses
from khabar.web.access import is_public
from khabar.web.queries import lists
from khabar.web.queries.lists import SearchHits

_PARAM_NAMES = ("q", "source", "since", "until", "rank")


async def show_search(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Shows the hits of `q`, filtered by `source`, `since` and `until`, newest first, or most
    relevant first with rank=1.
    """
    params = {name: responses.query_param(request, name) for name in _PARAM_NAMES}
    hits = _build_hits(datasette, request, params)
    if request.url_vars["format"] == ".csv":
        return await responses.download_csv(datasette, request, hits, "search")
    page_number = responses.page_number(request)

    def query_page(db: Database) -> tuple[list[dict[str, Any]], bool, list[Any], Any]:
        rows, more = hits.fetch_page(db, page_number)
        is_first = page_number == 1 and not more
        suggestion = suggest_query(db, params["q"], len(rows)) if is_first else None
        return rows, more, lists.list_sources(db), suggestion

    rows, more, sources, suggestion = await responses.run_query(datasette, query_page)
    names = {source["key"]: source["name"] for source in sources}
    rows = [{**hit, "source_name": names[hit["source"]]} for hit in rows]
    context = {
        "search_params": params,
        "rows": rows,
        "sources": sources,
        "number": page_number,
        "query": _query_string(params),
        "suggestion": suggestion,
    }
    if request.url_vars["format"] == ".atom":
        context |= {"base": responses.base_url(datasette, request), "now": clock.now()}
        body = await datasette.render_template("feed.xml", context, request=request)
        return Response(body, content_type="application/atom+xml; charset=utf-8")
    links = {
        "suggested": _query_string({**params, "q": suggestion.query}) if suggestion else None,
        "before": _query_string(params, page_number - 1) if page_number > 1 else None,
        "after": _query_string(params, page_number + 1),
    }
    return await responses.render_page(
        datasette, request, "search.html", {**context, **links, "more": more}
    )


def _build_hits(datasette: Datasette, request: Request, params: dict[str, str]) -> SearchHits:
    since, until = responses.day_param(request, "since"), responses.day_param(request, "until")
    search_query = lists.build_search_query(
        params["q"], params["source"], since, until, ranked=bool(params["rank"])
    )
    return SearchHits(search_query, is_public(datasette))


def _query_string(params: dict[str, str], page_number: int = 1) -> str:
    """Encodes the search as a URL query string, without empty parameters."""
    values = {name: value for name, value in params.items() if value}
    return urlencode(values | ({"page": str(page_number)} if page_number > 1 else {}))


async def redirect_search(
    datasette: Datasette, request: Request
) -> Response | responses.CsvResponse:
    """Redirects the canned queries `search` and `search_ranked` to the search page; with .csv,
    responds with all hits. Their JSON stays Datasette's.
    """
    params = {name: responses.query_param(request, name) for name in _PARAM_NAMES}
    params["rank"] = "1" if request.url_vars["name"] == "search_ranked" else ""
    if request.url_vars["format"]:
        return await responses.download_csv(
            datasette, request, _build_hits(datasette, request, params), request.url_vars["name"]
        )
    query = _query_string(params)
    return Response.redirect(datasette.urls.path("/search") + (f"?{query}" if query else ""))
