"""Views of a source, an author, an account, an embedded post, a story and changed headlines.

Each view is a paged list and has a link to the whole list as CSV.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from datasette.app import Datasette
from datasette.utils.asgi import BadRequest, Request, Response
from sqlite_utils import Database

from khabar.web import responses
from khabar.web.access import is_public
from khabar.web.queries import accounts, lists, stories
from khabar.web.queries.accounts import DateBasis, SocialAccount
from khabar.web.queries.lists import PAGE_SIZE, Listing

DATE_BASES: tuple[DateBasis, ...] = ("post", "article")
_HeaderLoader = Callable[[Database], dict[str, Any] | None]


async def show_source(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Lists the articles of a source, below its totals and its most frequent authors."""
    key = responses.path_param(request, "key")
    since, until = responses.day_param(request, "from"), responses.day_param(request, "to")

    def load_header(db: Database) -> dict[str, Any] | None:
        record = lists.load_source(db, key)
        return record and {"source": record, "authors": lists.top_authors(db, key)}

    return await _render_listing(
        datasette,
        request,
        lists.articles_of_source(key, since, until),
        "source.html",
        load_header,
        key,
    )


async def show_author(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Lists the articles of an author, below the sources the author writes for."""
    name = responses.path_param(request, "name")
    since, until = responses.day_param(request, "from"), responses.day_param(request, "to")

    def load_header(db: Database) -> dict[str, Any] | None:
        records = lists.author_sources(db, name)
        return {"author": name, "sources": records} if records else None

    return await _render_listing(
        datasette,
        request,
        lists.articles_of_author(name, since, until),
        "author.html",
        load_header,
        name,
    )


async def show_account(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Lists the articles that embed posts of an account; `from` and `to` apply to the day of the
    post or, with by=article, of the article. Redirects to the normalized provider and handle.
    """
    path_names = responses.path_param(request, "provider"), responses.path_param(request, "handle")
    provider, handle = accounts.normalize_account(*path_names)
    if (provider, handle) != path_names:
        return _redirect_to(datasette, request, f"/account/{quote(provider)}/{quote(handle)}")
    requested_basis = responses.query_param(request, "by") or "post"
    by = next((basis for basis in DATE_BASES if basis == requested_basis), None)
    if by is None:
        raise BadRequest("by: post or article")
    social_account = SocialAccount(
        provider, handle, responses.day_param(request, "from"), responses.day_param(request, "to")
    )

    def load_header(db: Database) -> dict[str, Any] | None:
        name = accounts.display_name(db, social_account)
        if name is None:
            return None
        counts = {
            basis: accounts.count_placements(db, social_account, basis) for basis in DATE_BASES
        }
        return {"account": social_account, "name": name, "by": by, "counts": counts}

    listing = accounts.list_placements(social_account, by)
    return await _render_listing(
        datasette, request, listing, "account.html", load_header, f"{provider}-{handle}"
    )


async def show_embed(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Lists the articles that embed a post, below the most complete version of the post."""
    key = responses.path_param(request, "key")
    post = await responses.run_query(datasette, lambda db: accounts.load_post(db, key))
    if post is None:
        return await responses.not_found(datasette, request)
    header = {"post": post, "is_public": is_public(datasette)}
    return await _render_listing(
        datasette,
        request,
        lists.articles_with_embed(post["id"]),
        "embed.html",
        lambda db: header,
        "embed",
    )


async def show_story(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Lists the articles of a story in order of publication.

    A story's id can change, so the id of any of its articles redirects to it.
    """
    article_id = int(request.url_vars["id"])
    story_id = await responses.run_query(datasette, lambda db: stories.story_id_of(db, article_id))
    if story_id and story_id != article_id:
        return _redirect_to(datasette, request, f"/story/{story_id}")

    def load_header(db: Database) -> dict[str, Any] | None:
        record = stories.story_summary(db, article_id)
        if record is None:
            return None
        posts = stories.list_posts(db, article_id)
        return {"story": record, "posts": posts, "is_public": is_public(datasette)}

    return await _render_listing(
        datasette,
        request,
        stories.list_members(article_id),
        "story.html",
        load_header,
        f"story-{article_id}",
    )


async def show_headlines(
    datasette: Datasette, request: Request
) -> Response | responses.CsvResponse:
    """Lists changed headlines of a search (`q`), a story or a source: the first that is given.

    A search is limited to the source if both are given. Without any of them, lists all.
    """
    since, until = responses.day_param(request, "from"), responses.day_param(request, "to")
    query, source_key, story = (
        responses.query_param(request, name) for name in ("q", "source", "story")
    )

    def build_listing(db: Database) -> Listing:
        if query:
            return lists.changes_of_search(lists.to_fts_match(db, query), source_key, since, until)
        if story.isdecimal():
            article_ids = stories.article_ids_of(db, int(story[:18]))
            return lists.changes_of_articles(article_ids, since, until)
        return lists.changes_of_source(source_key, since, until)

    headline_list = await responses.run_query(datasette, build_listing)
    header = {"query": query, "key": source_key, "number": story, "since": since, "until": until}
    return await _render_listing(
        datasette, request, headline_list, "headlines.html", lambda db: header, "headlines"
    )


async def _render_listing(
    datasette: Datasette,
    request: Request,
    listing: Listing,
    template: str,
    load_header: _HeaderLoader,
    name: str,
) -> Response | responses.CsvResponse:
    """Renders one page of a list below its header, or responds with the whole list as CSV.

    Responds with 404 if `load_header` returns None.
    """
    page_number = responses.page_number(request)
    header = await responses.run_query(datasette, load_header)
    if header is None:
        return await responses.not_found(datasette, request)
    if request.url_vars["format"]:
        return await responses.download_csv(datasette, request, listing, name)
    rows, count = await responses.run_query(
        datasette, lambda db: (listing.fetch_page(db, page_number), listing.count(db))
    )
    bounds = {
        "since": responses.day_param(request, "from"),
        "until": responses.day_param(request, "to"),
    }
    context = {
        "rows": rows,
        "count": count,
        "pager": build_pager_links(request, page_number, count),
        "csv": _csv_url(request),
    }
    return await responses.render_page(datasette, request, template, bounds | header | context)


def build_pager_links(request: Request, page_number: int, count: int) -> dict[str, str | int]:
    """Returns the page number, the last page (`of`), and the URLs of the pages `before` and
    `after`, if there are such pages.
    """
    last = max(1, -(-count // PAGE_SIZE))
    links: dict[str, str | int] = {"number": page_number, "of": last}
    if page_number > 1:
        links["before"] = _page_url(request, page_number - 1)
    if page_number < last:
        links["after"] = _page_url(request, page_number + 1)
    return links


def _page_url(request: Request, page_number: int) -> str:
    params = [(name, request.args.get(name)) for name in request.args if name != "page"]
    return "?" + urlencode([*params, ("page", page_number)])


def _csv_url(request: Request) -> str:
    params = [(name, request.args.get(name)) for name in request.args if name != "page"]
    path = request.path.removesuffix(".csv")
    return f"{path}.csv" + (f"?{urlencode(params)}" if params else "")


def _redirect_to(datasette: Datasette, request: Request, path: str) -> Response:
    """Redirects to `path`, keeping the format suffix and the query string."""
    suffix = request.url_vars["format"] or ""
    query = f"?{request.query_string}" if request.query_string else ""
    return Response.redirect(datasette.urls.path(f"{path}{suffix}") + query)
