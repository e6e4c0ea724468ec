"""Views of one article: its permanent page, earlier revisions and their diffs, a comparison with
another article, and the archived HTML.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec
from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive import vectors
from khabar.archive.database import ArchiveError
from khabar.archive.store import snapshots
from khabar.web import responses
from khabar.web.access import is_public
from khabar.web.queries import citations, diff, revisions, stories, usage
from khabar.web.queries.excerpts import excerpt_of

RELATED_ARTICLES = 6  # on an article's page
# The charset of a Content-Type header or a <meta> tag.
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.I)


async def show_article(datasette: Datasette, request: Request) -> Response:
    """Shows one article, in its current revision or in the one given by @REVISION, as HTML, JSON,
    BibTeX or CSL-JSON. A public server has no JSON.
    """
    await datasette.ensure_permissions(request.actor, ["view-instance"])
    article_id, revision = _article_id_of(request), _revision_of(request)
    output_format = request.url_vars["format"]
    record = await responses.run_query(
        datasette, lambda db: revisions.load_revision(db, article_id, revision)
    )
    if record is None or (output_format == ".json" and is_public(datasette)):
        return await _article_not_found(datasette, request, article_id)
    citation = citations.build_citation(record, _permalink_of(datasette, request, record))
    if output_format == ".bib":
        return Response.text(citations.as_bibtex(citation))
    if output_format == ".csl.json":
        return Response.json(citations.as_csl(citation))
    if output_format == ".json":
        return Response(msgspec.json.encode(record), content_type="application/json; charset=utf-8")
    return await responses.render_page(
        datasette, request, "article.html", await _article_context(datasette, record, citation)
    )


async def _article_context(
    datasette: Datasette, record: dict[str, Any], citation: dict[str, Any]
) -> dict[str, Any]:
    article_id = record["id"]

    def load_related(db: Database) -> dict[str, Any]:
        for embed, post in zip(
            record["embeds"],
            revisions.list_embed_uses(db, article_id, record["revision"]),
            strict=True,
        ):
            embed |= post
        return {
            "readings": revisions.list_revisions(db, article_id),
            "copies": stories.list_copies(db, article_id),
            "story_id": stories.story_id_of(db, article_id),
            "uses": usage.list_uses(db, article_id),
        }

    return {
        "a": record,
        "excerpt": excerpt_of(record["text"]) if is_public(datasette) else None,
        "cite": {
            "text": citations.as_text(citation),
            "bibtex": citations.as_bibtex(citation),
            **citation,
        },
        **arrange_article(record),
        **await responses.run_query(datasette, load_related),
        "related": await _list_related(datasette, article_id),
    }


async def _list_related(datasette: Datasette, article_id: int) -> list[dict[str, Any]]:
    """Returns up to RELATED_ARTICLES articles on the subject of this one, each with source_name;
    none without vectors or numpy, and while they take longer to read than a page may take.
    """
    query = vectors.RelatedQuery(article_id, limit=RELATED_ARTICLES)

    def find_related(db: Database) -> list[dict[str, Any]]:
        names = dict(db.execute("select key, name from sources").fetchall())
        hits = vectors.find_related(db, query)
        return [hit | {"source_name": names.get(hit["source"], hit["source"])} for hit in hits]

    try:
        return await responses.run_query(datasette, find_related)
    except ArchiveError:  # no numpy
        return []
    except sqlite3.OperationalError as error:
        if str(error) != "interrupted":
            raise
        return []


async def show_changes(datasette: Datasette, request: Request) -> Response:
    """Shows a word diff of each revision against the one before, newest first, or of the two
    revisions given by `from` and `to`.
    """
    article_id = _article_id_of(request)
    record = await responses.run_query(
        datasette, lambda db: revisions.load_revision(db, article_id)
    )
    if record is None or is_public(datasette):
        return await _article_not_found(datasette, request, article_id)
    rows, texts = await responses.run_query(
        datasette,
        lambda db: (
            revisions.list_revisions(db, article_id),
            revisions.revision_texts(db, article_id),
        ),
    )
    old_revision, new_revision = (_parse_revision(request, name, texts) for name in ("from", "to"))
    pairs = (
        [(old_revision, new_revision)]
        if old_revision and new_revision
        else [(row["revision"] - 1, row["revision"]) for row in rows[:0:-1]]
    )
    by_number = {row["revision"]: row for row in rows}
    # In a thread: a diff of two long texts would block the event loop.
    steps = [
        (by_number[a], by_number[b], await asyncio.to_thread(_diff_fields, texts[a], texts[b]))
        for a, b in pairs
        if {a, b} <= texts.keys()
    ]
    return await responses.render_page(
        datasette, request, "changes.html", {"a": record, "steps": steps, "readings": rows}
    )


def _parse_revision(request: Request, name: str, texts: dict[int, Any]) -> int | None:
    """Returns the revision number in a query parameter, or None if `texts` does not have it."""
    value = responses.query_param(request, name)
    return int(value) if value.isdecimal() and int(value[:9]) in texts else None


def _diff_fields(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[list[diff.DiffSpan]]]:
    return {
        name: diff.diff_paragraphs(old[name], new[name]) for name in ("title", "subtitle", "text")
    }


async def show_side_by_side(datasette: Datasette, request: Request) -> Response:
    """Shows two articles side by side with their shared passages marked."""
    article_ids = [int(request.url_vars[name]) for name in ("one", "other")]
    first, second = await responses.run_query(
        datasette,
        lambda db: [revisions.load_revision(db, article_id) for article_id in article_ids],
    )
    if first is None or second is None or is_public(datasette):
        return await _article_not_found(
            datasette, request, article_ids[0] if first is None else article_ids[1]
        )
    first_spans, second_spans, share = await asyncio.to_thread(
        diff.find_shared, first["text"], second["text"]
    )
    context = {"sides": [(first, first_spans), (second, second_spans)], "share": share}
    return await responses.render_page(datasette, request, "beside.html", context)


async def show_snapshot(datasette: Datasette, request: Request) -> Response:
    """Shows the archived HTML of a revision as plain text, so that no browser executes it."""
    article_id, revision = _article_id_of(request), _revision_of(request)
    record = await responses.run_query(
        datasette, lambda db: revisions.load_revision(db, article_id, revision)
    )
    if record is None or is_public(datasette):
        return await _article_not_found(datasette, request, article_id)
    if not (snapshot_id := record["reading"]["snapshot_id"]):  # imported articles have none
        return await responses.not_found(datasette, request)
    page = await responses.run_query(datasette, lambda db: snapshots.load_page(db, snapshot_id))
    charset = _CHARSET.search(page.headers.get("content-type", "").encode()) or _CHARSET.search(
        page.body[:2048]
    )
    headers = {
        "x-khabar-sha256": record["reading"]["sha256"],
        "x-khabar-url": page.url.encode().decode("latin-1"),
    }
    text = page.body.decode(
        _known_codec(charset[1].decode() if charset else "utf-8"), errors="replace"
    )
    return Response.text(text, headers=headers)


def _known_codec(name: str) -> str:
    """Returns `name` if Python can encode text with it, else utf-8."""
    try:
        return "utf-8" if not "".encode(name) else name
    except LookupError:
        return "utf-8"


async def redirect_row(datasette: Datasette, request: Request) -> Response:
    """Redirects from Datasette's page of a row of `articles` to the article's page."""
    return Response.redirect(
        datasette.urls.path(f"/a/{request.url_vars['id']}{request.url_vars['format'] or ''}")
    )


def _article_id_of(request: Request) -> int:
    return int(request.url_vars["id"])


def _revision_of(request: Request) -> int | None:
    value = request.url_vars["revision"]
    return int(value) if value else None


def _permalink_of(datasette: Datasette, request: Request, record: dict[str, Any]) -> str:
    path = datasette.urls.path(f"/a/{record['id']}@{record['revision']}")
    url: str = datasette.absolute_url(request, path)
    return url


async def _article_not_found(datasette: Datasette, request: Request, article_id: int) -> Response:
    """Responds with 410 if the article is withheld or was taken down, else with 404."""
    status = (
        410
        if await responses.run_query(
            datasette, lambda db: revisions.is_withheld_or_deleted(db, article_id)
        )
        else 404
    )
    return await responses.not_found(datasette, request, status, article=True)


def arrange_article(record: dict[str, Any]) -> dict[str, Any]:
    """Groups an article's parts for the template.

    `runs`: consecutive blocks of one type, and insets, see `_group_blocks`; `lead_image`: None if a
    block shows it already; `lead`, `unplaced`: embeds that no block contains; `pictures`: images
    that no block contains, without the lead image.
    """
    blocks, images = record["blocks"], record["images"]
    placed_embeds = {block.get("embed") for block in blocks}
    placed_images = {block.get("image") for block in blocks}
    loose_embeds = [
        item
        for index, item in enumerate(record["embeds"])
        if index not in placed_embeds and item["place"] != "page"
    ]
    lead_image = record["lead_image"]
    lead_duplicates = [
        index
        for index, item in enumerate(images)
        if lead_image and _is_same_image(lead_image, item)
    ]
    return {
        "runs": _group_blocks(blocks, record["insets"]),
        "lead_image": None if placed_images & set(lead_duplicates) else lead_image,
        "lead": [embed for embed in loose_embeds if embed["place"] == "lead"],
        "unplaced": [embed for embed in loose_embeds if embed["place"] != "lead"],
        "pictures": [
            item
            for index, item in enumerate(images)
            if index not in placed_images and index not in lead_duplicates
        ],
    }


def _group_blocks(
    blocks: list[dict[str, Any]], insets: list[dict[str, Any]]
) -> list[tuple[str, str | None, list[dict[str, Any]]]]:
    """Returns (type, time, blocks) for each run of consecutive blocks of one type, and
    ("inset", None, insets) for those that follow a block.

    A block with a `time` starts an update of a live blog, and so a new run with that time.
    """
    insets_by_place: dict[int, list[dict[str, Any]]] = {}
    for inset in insets:
        place = -1 if inset["after_block"] is None else inset["after_block"]
        insets_by_place.setdefault(min(place, len(blocks) - 1), []).append(inset)
    groups: list[tuple[str, str | None, list[dict[str, Any]]]] = []
    for place, block in enumerate([None, *blocks], -1):
        if block is not None:
            if not groups or groups[-1][0] != block["type"] or block.get("time"):
                groups.append((block["type"], block.get("time"), []))
            groups[-1][2].append(block)
        if place in insets_by_place:
            groups.append(("inset", None, insets_by_place[place]))
    return groups


def _is_same_image(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Returns True for the same URL, or for the same caption (one picture in two sizes)."""
    return first["url"] == second["url"] or bool(
        first["caption"] and first["caption"] == second["caption"]
    )
