"""An article to read at its permanent address, the readings before it, what it shares with others, the page as kept."""

from __future__ import annotations

import asyncio
import re
from itertools import accumulate, groupby
from typing import Any

import msgspec
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database

from khabar.archive.store import snapshots
from khabar.web import responses
from khabar.web.access import is_public
from khabar.web.queries import citations, diff, revisions, stories
from khabar.web.queries.excerpts import excerpt_of

_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.I)


async def article(datasette: Datasette, request: Request) -> Response:
    """One article to read, as it reads now or (@REVISION) as it read then; or its object, or how to cite it."""
    await datasette.ensure_permissions(request.actor, ["view-instance"])
    number, revision, wanted = _number(request), _revision(request), request.url_vars["format"]
    found = await responses.ask(datasette, lambda db: revisions.load(db, number, revision))
    if found is None or (wanted == ".json" and is_public(datasette)):
        return await _missing(datasette, request, number)
    cited = citations.cited(found, _permalink(datasette, request, found))
    if wanted == ".bib":
        return Response.text(citations.as_bibtex(cited))
    if wanted == ".csl.json":
        return Response.json(citations.as_csl(cited))
    if wanted == ".json":
        return Response(msgspec.json.encode(found), content_type="application/json; charset=utf-8")
    return await responses.page(datasette, request, "article.html", await _told(datasette, found, cited))


async def _told(datasette: Datasette, found: dict[str, Any], cited: dict[str, Any]) -> dict[str, Any]:
    number = found["id"]

    def around(db: Database) -> dict[str, Any]:
        for embed, post in zip(found["embeds"], revisions.carried(db, number, found["revision"]), strict=True):
            embed |= post
        return {
            "readings": revisions.all_of(db, number),
            "copies": stories.copies(db, number),
            "story_id": stories.id_of(db, number),
        }

    return {
        "a": found,
        "excerpt": excerpt_of(found["text"]) if is_public(datasette) else None,
        "cite": {"text": citations.as_text(cited), "bibtex": citations.as_bibtex(cited), **cited},
        **arranged(found),
        **await responses.ask(datasette, around),
    }


async def changes(datasette: Datasette, request: Request) -> Response:
    """What each reading changed, word by word; `from` and `to` choose two of them."""
    number = _number(request)
    found = await responses.ask(datasette, lambda db: revisions.load(db, number))
    if found is None or is_public(datasette):
        return await _missing(datasette, request, number)
    rows, words = await responses.ask(datasette, lambda db: (revisions.all_of(db, number), revisions.words(db, number)))
    one, other = (_chosen(request, name, words) for name in ("from", "to"))
    pairs = [(one, other)] if one and other else [(row["revision"] - 1, row["revision"]) for row in rows[:0:-1]]
    by_number = {row["revision"]: row for row in rows}
    steps = [
        (by_number[a], by_number[b], await asyncio.to_thread(_differences, words[a], words[b]))
        for a, b in pairs
        if {a, b} <= words.keys()
    ]
    return await responses.page(datasette, request, "changes.html", {"a": found, "steps": steps, "readings": rows})


def _chosen(request: Request, name: str, words: dict[int, Any]) -> int | None:
    value = responses.told(request, name)
    return int(value) if value.isdecimal() and int(value[:9]) in words else None


def _differences(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[list[diff.Piece]]]:
    return {part: diff.changes(old[part], new[part]) for part in ("title", "subtitle", "text")}


async def beside(datasette: Datasette, request: Request) -> Response:
    """Two articles side by side, the passages they share marked."""
    numbers = [int(request.url_vars[name]) for name in ("one", "other")]
    one, other = await responses.ask(datasette, lambda db: [revisions.load(db, number) for number in numbers])
    if one is None or other is None or is_public(datasette):
        return await _missing(datasette, request, numbers[0] if one is None else numbers[1])
    ones, others, share = await asyncio.to_thread(diff.shared, one["text"], other["text"])
    told = {"sides": [(one, ones), (other, others)], "share": share}
    return await responses.page(datasette, request, "beside.html", told)


async def snapshot(datasette: Datasette, request: Request) -> Response:
    """The page as it was kept: its source as plain text, which no browser runs."""
    number, revision = _number(request), _revision(request)
    found = await responses.ask(datasette, lambda db: revisions.load(db, number, revision))
    if found is None or is_public(datasette):
        return await _missing(datasette, request, number)
    if not (kept := found["reading"]["snapshot_id"]):  # it was imported
        return await responses.missing(datasette, request)
    page = await responses.ask(datasette, lambda db: snapshots.load(db, kept))
    told = _CHARSET.search(page.headers.get("content-type", "").encode()) or _CHARSET.search(page.body[:2048])
    headers = {"x-khabar-sha256": found["reading"]["sha256"], "x-khabar-url": page.url.encode().decode("latin-1")}
    text = page.body.decode(_codec(told[1].decode() if told else "utf-8"), errors="replace")
    return Response.text(text, headers=headers)


def _codec(name: str) -> str:
    try:
        return "utf-8" if not "".encode(name) else name
    except LookupError:
        return "utf-8"


async def row(datasette: Datasette, request: Request) -> Response:
    """A row of `articles`: the page to read it on."""
    return Response.redirect(datasette.urls.path(f"/a/{request.url_vars['id']}{request.url_vars['format'] or ''}"))


def _number(request: Request) -> int:
    return int(request.url_vars["id"])


def _revision(request: Request) -> int | None:
    told = request.url_vars["revision"]
    return int(told) if told else None


def _permalink(datasette: Datasette, request: Request, found: dict[str, Any]) -> str:
    path = datasette.urls.path(f"/a/{found['id']}@{found['revision']}")
    address: str = datasette.absolute_url(request, path)
    return address


async def _missing(datasette: Datasette, request: Request, number: int) -> Response:
    """410 of what was here and may not be shown, 404 of what never was."""
    status = 410 if await responses.ask(datasette, lambda db: revisions.is_gone(db, number)) else 404
    return await responses.missing(datasette, request, status, article=True)


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
