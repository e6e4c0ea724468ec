"""Our own pages: the front, an article to read, and the word for what is not there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import accumulate, groupby
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from archive import articles
from archive.datasette.safety import ARCHIVE, is_public

_log = logging.getLogger(__name__)
_NEWEST = 24
_EXCERPT = 280  # code points of an article that strangers are shown
_TOTALS = """
select (select count(*) from articles) as articles, (select count(*) from embeds) as embeds,
  (select min(published_on) from articles) as first_day, (select max(published_on) from articles) as last_day"""
# The newest id tells the newest moment (seconds << 20), so the index alone answers.
_SOURCES = """
select s.key, s.name, s.name_en, count(a.id) as articles, date(max(a.id) >> 20, 'unixepoch', '+330 minutes') as newest
from sources s left join articles a on a.source = s.key group by s.key order by articles desc, s.key"""
_PROVIDERS = "select provider, count(*) as posts from embeds group by provider order by posts desc"
_HEADLINES = """
select l.id, l.title, l.published_at, l.embeds, l.page_type, s.name as source_name
from article_list l join sources s on s.key = l.source order by l.id desc limit ?"""


def routes(*, public: bool) -> list[tuple[str, Callable[..., Any]]]:
    """Addresses of ours. `/a/ID` is permanent; a row's page in Datasette leads there."""
    found: list[tuple[str, Callable[..., Any]]] = [
        (r"/a/(?P<id>\d{1,18})(?P<json>\.json)?$", article),
        (rf"/{ARCHIVE}/articles/(?P<id>\d{{1,18}})(?P<json>\.json)?$", row),
    ]
    if public:
        found.append((r"/-/(?!static/)", not_here))  # they name paths, versions and settings of this machine
    return found


async def article(datasette: Datasette, request: Request) -> Response:
    """One article to read; with `.json` its object in the contract's shape."""
    await datasette.ensure_permissions(request.actor, ["view-instance"])
    found = await _load(datasette, int(request.url_vars["id"]))
    as_json, public = bool(request.url_vars["json"]), is_public(datasette)
    if found is None or (as_json and public):
        return await _page(datasette, request, "error.html", {"status": 404, "article": True}, 404)
    if as_json:
        return Response.json(found)
    told = {"a": found, "excerpt": excerpt(found) if public else None, **arranged(found)}
    return await _page(datasette, request, "article.html", told)


async def row(datasette: Datasette, request: Request) -> Response:
    """A row of `articles`: the page to read it on."""
    return Response.redirect(datasette.urls.path(f"/a/{request.url_vars['id']}{request.url_vars['json'] or ''}"))


async def not_here(datasette: Datasette, request: Request) -> Response:
    """What is not served."""
    return await _page(datasette, request, "error.html", {"status": 404}, 404)


async def front(datasette: Datasette) -> dict[str, Any]:
    """What the archive holds, for the front page."""
    return {
        "totals": (await _rows(datasette, _TOTALS))[0],
        "sources": await _rows(datasette, _SOURCES),
        "providers": await _rows(datasette, _PROVIDERS),
        "headlines": await _rows(datasette, _HEADLINES, [_NEWEST]),
        "queries": await datasette.get_canned_queries(ARCHIVE, None),
    }


async def sorry(datasette: Datasette, request: Request, exception: Exception) -> Response:
    """The answer to what went wrong: a visitor's mistake in a line, ours in the log with its traceback."""
    status, message, more = 500, "Something broke on our side; the server's log says what.", {}
    if isinstance(exception, Base400):
        status, message = exception.status, str(exception.args[0])
    elif isinstance(exception, DatasetteError):
        status, message, more = exception.status, exception.message, exception.error_dict
    else:
        _log.error("%s", request.path, exc_info=exception)
    if request.path.endswith(".json"):
        return Response.json({**more, "ok": False, "error": str(message), "status": status}, status=status)
    return await _page(datasette, request, "error.html", {"status": status, "error": message}, status)


def excerpt(found: dict[str, Any]) -> str:
    """The article's first words, cut at a word."""
    text: str = next((block["text"] for block in found["blocks"] if block["text"]), "")
    return text if len(text) <= _EXCERPT else text[:_EXCERPT].rsplit(" ", 1)[0] + " …"


def arranged(found: dict[str, Any]) -> dict[str, Any]:
    """The article's parts in reading order: runs of blocks of one type, and the embeds and images no block places."""
    blocks, images = found["blocks"], found["images"]
    placed = {block.get("embed") for block in blocks}
    shown = {block.get("image") for block in blocks}
    loose = [one for index, one in enumerate(found["embeds"]) if index not in placed and one["place"] != "page"]
    lead_image = found["lead_image"]
    again = [index for index, one in enumerate(images) if lead_image and _same(lead_image, one)]
    return {
        "runs": _runs(blocks),
        "lead_image": None if shown & set(again) else lead_image,
        "lead": [embed for embed in loose if embed["place"] == "lead"],
        "unplaced": [embed for embed in loose if embed["place"] != "lead"],
        "pictures": [one for index, one in enumerate(images) if index not in shown and index not in again],
    }


def _runs(blocks: list[dict[str, Any]]) -> list[tuple[str, str | None, list[dict[str, Any]]]]:
    """(type, time, blocks) of each run; a block that opens a live blog's update begins one, with the update's time."""
    updates = accumulate(bool(block.get("time")) for block in blocks)
    runs = groupby(zip(blocks, updates, strict=True), key=lambda one: (one[0]["type"], one[1]))
    found = [(kind, [block for block, _ in run]) for (kind, _), run in runs]
    return [(kind, run[0].get("time"), run) for kind, run in found]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two are one picture: of one address, or (in two sizes) under one caption."""
    return one["url"] == other["url"] or bool(one["caption"] and one["caption"] == other["caption"])


async def _load(datasette: Datasette, article_id: int) -> dict[str, Any] | None:
    def load(connection: sqlite3.Connection) -> dict[str, Any] | None:
        return articles.load(Database(connection), article_id)

    found: dict[str, Any] | None = await datasette.get_database(ARCHIVE).execute_fn(load)
    return found


async def _rows(datasette: Datasette, sql: str, told: list[Any] | None = None) -> list[dict[str, Any]]:
    return [dict(one) for one in await datasette.get_database(ARCHIVE).execute(sql, told)]


async def _page(
    datasette: Datasette, request: Request, template: str, told: dict[str, Any], status: int = 200
) -> Response:
    return Response.html(await datasette.render_template(template, told, request=request), status=status)
