"""Suggestions for a search box while one types, as JSON; static/suggest.js asks for them."""

from __future__ import annotations

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from khabar.archive.search import complete_query
from khabar.model import clock
from khabar.web import responses
from khabar.web.facet_links import encode_search

MAX_AGE = 300  # seconds for which a browser may keep an answer; chosen by hand
# What is said beside a suggestion that is no word.
_NOTES = {"word": "", "place": "जगह · Place", "source": "स्रोत · Source"}


async def show_suggestions(datasette: Datasette, request: Request) -> Response:
    """Responds with the completions of `q`: kind, query, label, note, url of the search."""
    # Not stripped: a blank at the end asks for the next word.
    query = request.args.get("q") or ""
    now = clock.now()
    found = await responses.run_query(datasette, lambda db: complete_query(db, query, now))
    suggestions = [
        {
            "kind": item.kind,
            "query": item.query,
            "source": item.source,
            "label": item.label,
            "note": _NOTES[item.kind],
            "url": datasette.urls.path("/search")
            + "?"
            + encode_search({"q": item.query, "source": item.source or ""}),
        }
        for item in found
    ]
    return Response.json(
        {"suggestions": suggestions},
        headers={"cache-control": f"private, max-age={MAX_AGE}"},
    )
