"""Search: a page of hits, all of them as CSV, the newest as an Atom feed."""

from __future__ import annotations

from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from khabar.model import clock
from khabar.web import responses
from khabar.web.access import is_public
from khabar.web.queries import lists
from khabar.web.queries.lists import Hits

_NAMES = ("q", "source", "since", "until", "rank")


async def search(datasette: Datasette, request: Request) -> Response | responses.Download:
    """The hits of q, narrowed by source, since and until; rank=1 puts the best first."""
    asked = {name: responses.told(request, name) for name in _NAMES}
    hits = _hits(datasette, request, asked)
    if request.url_vars["format"] == ".csv":
        return await responses.download(datasette, request, hits, "search")
    number = responses.number(request)
    (rows, more), sources = await responses.ask(datasette, lambda db: (hits.page(db, number), lists.sources(db)))
    names = {one["key"]: one["name"] for one in sources}
    rows = [{**hit, "source_name": names[hit["source"]]} for hit in rows]
    told = {"asked": asked, "rows": rows, "sources": sources, "number": number, "query": _query(asked)}
    if request.url_vars["format"] == ".atom":
        return await _feed(datasette, request, told)
    pages = {"before": _query(asked, number - 1) if number > 1 else None, "after": _query(asked, number + 1)}
    return await responses.page(datasette, request, "search.html", {**told, **pages, "more": more})


def _hits(datasette: Datasette, request: Request, asked: dict[str, str]) -> Hits:
    since, until = responses.day(request, "since"), responses.day(request, "until")
    wanted = lists.wanted(asked["q"], asked["source"], since, until, ranked=bool(asked["rank"]))
    return Hits(wanted, is_public(datasette))


def _query(asked: dict[str, str], number: int = 1) -> str:
    """The search as the end of an address."""
    told = {name: value for name, value in asked.items() if value}
    return urlencode(told | ({"page": str(number)} if number > 1 else {}))


async def _feed(datasette: Datasette, request: Request, told: dict[str, object]) -> Response:
    """The same hits as Atom; entries are known by their permanent address."""
    shown = {**told, "base": responses.base(datasette, request), "now": clock.now()}
    body = await datasette.render_template("feed.xml", shown, request=request)
    return Response(body, content_type="application/atom+xml; charset=utf-8")


async def moved(datasette: Datasette, request: Request) -> Response | responses.Download:
    """The prepared queries `search` and `search_ranked` are read on the search page, and taken away whole as it is; as
    JSON they stay."""
    asked = {name: responses.told(request, name) for name in _NAMES}
    asked["rank"] = "1" if request.url_vars["name"] == "search_ranked" else ""
    if request.url_vars["format"]:
        return await responses.download(datasette, request, _hits(datasette, request, asked), request.url_vars["name"])
    query = _query(asked)
    return Response.redirect(datasette.urls.path("/search") + (f"?{query}" if query else ""))
