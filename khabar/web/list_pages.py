"""Pages of a source, an author, an account, a post, a story; headlines that changed. Each list is a CSV too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from datasette.app import Datasette
from datasette.utils.asgi import BadRequest, Request, Response
from sqlite_utils import Database

from khabar.web import responses
from khabar.web.access import is_public
from khabar.web.queries import accounts, headlines, lists, stories
from khabar.web.queries.accounts import Account, By
from khabar.web.queries.lists import PAGE, Listing

WAYS: tuple[By, ...] = ("post", "article")
_Head = Callable[[Database], dict[str, Any] | None]


async def source(datasette: Datasette, request: Request) -> Response | responses.Download:
    """A source: what is held of it, who writes there, its articles."""
    key, since, until = responses.named(request, "key"), responses.day(request, "from"), responses.day(request, "to")

    def head(db: Database) -> dict[str, Any] | None:
        found = lists.source(db, key)
        return found and {"source": found, "authors": lists.authors_of(db, key)}

    return await _listed(datasette, request, lists.of_source(key, since, until), "source.html", head, key)


async def author(datasette: Datasette, request: Request) -> Response | responses.Download:
    """An author: the sources written for, the articles."""
    name, since, until = responses.named(request, "name"), responses.day(request, "from"), responses.day(request, "to")

    def head(db: Database) -> dict[str, Any] | None:
        found = lists.author(db, name)
        return {"author": name, "sources": found} if found else None

    return await _listed(datasette, request, lists.of_author(name, since, until), "author.html", head, name)


async def account(datasette: Datasette, request: Request) -> Response | responses.Download:
    """An account: which articles carry its posts, by the day of the post or (by=article) of the article."""
    written = responses.named(request, "provider"), responses.named(request, "handle")
    provider, handle = accounts.known_as(*written)
    if (provider, handle) != written:
        return _moved(datasette, request, f"/account/{quote(provider)}/{quote(handle)}")
    by = next((way for way in WAYS if way == (responses.told(request, "by") or "post")), None)
    if by is None:
        raise BadRequest("by: post or article")
    one = Account(provider, handle, responses.day(request, "from"), responses.day(request, "to"))

    def head(db: Database) -> dict[str, Any] | None:
        name = accounts.name_of(db, one)
        counts = {way: accounts.counts(db, one, way) for way in WAYS}
        return None if name is None else {"account": one, "name": name, "by": by, "counts": counts}

    listing = accounts.placements(one, by)
    return await _listed(datasette, request, listing, "account.html", head, f"{provider}-{handle}")


async def embed(datasette: Datasette, request: Request) -> Response | responses.Download:
    """A post: as it is known best, and every article that carries it."""
    key = responses.named(request, "key")
    found = await responses.ask(datasette, lambda db: accounts.post(db, key))
    if found is None:
        return await responses.missing(datasette, request)
    head = {"post": found, "is_public": is_public(datasette)}
    return await _listed(datasette, request, lists.of_embed(found["id"]), "embed.html", lambda db: head, "embed")


async def story(datasette: Datasette, request: Request) -> Response | responses.Download:
    """A story: who printed what when. Under the id of any of its articles it is found, too: its own may change."""
    number = int(request.url_vars["id"])
    told_by = await responses.ask(datasette, lambda db: stories.id_of(db, number))
    if told_by and told_by != number:
        return _moved(datasette, request, f"/story/{told_by}")

    def head(db: Database) -> dict[str, Any] | None:
        found = stories.story(db, number)
        return found and {"story": found}

    return await _listed(datasette, request, stories.members(number), "story.html", head, f"story-{number}")


async def headlines_page(datasette: Datasette, request: Request) -> Response | responses.Download:
    """Headlines that changed: of a search (q), a story, a source, or all."""
    since, until = responses.day(request, "from"), responses.day(request, "to")
    query, key, number = (responses.told(request, name) for name in ("q", "source", "story"))

    def listing(db: Database) -> Listing:
        if query:
            return headlines.of_search(lists.match_of(db, query), key, since, until)
        if number.isdecimal():
            return headlines.of_articles(stories.ids(db, int(number[:18])), since, until)
        return headlines.of_source(key, since, until)

    rows = await responses.ask(datasette, listing)
    head = {"query": query, "key": key, "number": number, "since": since, "until": until}
    return await _listed(datasette, request, rows, "headlines.html", lambda db: head, "headlines")


async def _listed(
    datasette: Datasette, request: Request, listing: Listing, template: str, head: _Head, name: str
) -> Response | responses.Download:
    """A page of a list under its head, or all of it as CSV; 404 when there is no head."""
    number = responses.number(request)
    told = await responses.ask(datasette, head)
    if told is None:
        return await responses.missing(datasette, request)
    if request.url_vars["format"]:
        return await responses.download(datasette, request, listing, name)
    rows, count = await responses.ask(datasette, lambda db: (listing.page(db, number), listing.count(db)))
    bounds = {"since": responses.day(request, "from"), "until": responses.day(request, "to")}
    shown = {"rows": rows, "count": count, "pager": _pager(request, number, count), "csv": _csv(request)}
    return await responses.page(datasette, request, template, bounds | told | shown)


def _pager(request: Request, number: int, count: int) -> dict[str, str | int]:
    """number, of, and the addresses before and after as far as there are any."""
    last = max(1, -(-count // PAGE))
    found: dict[str, str | int] = {"number": number, "of": last}
    if number > 1:
        found["before"] = _page_address(request, number - 1)
    if number < last:
        found["after"] = _page_address(request, number + 1)
    return found


def _page_address(request: Request, number: int) -> str:
    asked = [(name, request.args.get(name)) for name in request.args if name != "page"]
    return "?" + urlencode([*asked, ("page", number)])


def _csv(request: Request) -> str:
    asked = [(name, request.args.get(name)) for name in request.args if name != "page"]
    path = request.path.removesuffix(".csv")
    return f"{path}.csv" + (f"?{urlencode(asked)}" if asked else "")


def _moved(datasette: Datasette, request: Request, path: str) -> Response:
    ending = request.url_vars["format"] or ""
    query = f"?{request.query_string}" if request.query_string else ""
    return Response.redirect(datasette.urls.path(f"{path}{ending}") + query)
