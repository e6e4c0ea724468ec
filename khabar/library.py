"""Read access to an archive from Python: search, articles, embeds, revisions, Arrow tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from khabar.archive import search, vectors
from khabar.archive.connect import open_archive
from khabar.archive.database import ArchiveError
from khabar.archive.store.articles import (
    ArticleSelection,
    check_sources,
    find_article,
    iter_articles,
    list_revisions,
    load_article,
)

if TYPE_CHECKING:
    import pandas
    import pyarrow

Day = str | date  # a calendar day in India; as a string "2026-11-24"


class SearchFilters(TypedDict, total=False):
    """What narrows a search. `since`, `until`: days, inclusive; `month`: "2026-11"; `section`,
    `place`, `page_type`: as in articles; `agency`: of the byline; `embeds`: with, or without.
    """

    source: str | None
    since: Day | None
    until: Day | None
    month: str | None
    section: str | None
    place: str | None
    page_type: str | None
    agency: str | None
    embeds: bool | None


def open(path: str | Path = "archive.db") -> ReadOnlyArchive:
    """Opens the archive at `path` read-only; a crawl may write to it at the same time.

    Raises ArchiveError when there is no archive at `path` or it cannot be used.
    """
    return ReadOnlyArchive(Path(path))


class ReadOnlyArchive:
    """An open archive, read-only. Get one from `khabar.open`.

    Use it as a context manager or call `close`, and only in the thread that opened it. Articles
    are dictionaries with the keys of `khabar show --json`. `since` and `until` are days in India,
    both inclusive. Articles whose page forbids archiving (noarchive) are never returned.

    Methods that take `since` or `until` raise ValueError for a string that is not an ISO date.
    """

    def __init__(self, path: Path) -> None:
        self._archive = open_archive(path)
        self._db = self._archive.db

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database connection."""
        self._archive.close()

    def search(
        self, query: str, *, limit: int = 20, ranked: bool = False, **filters: Unpack[SearchFilters]
    ) -> list[dict[str, Any]]:
        """Returns up to `limit` articles that match a query (syntax of `khabar search`) and all
        `filters`, newest first, or most relevant first with `ranked`.

        Each is a dictionary with id, url, title, subtitle, source, published_at, page_type,
        `snippet` (matched words in square brackets) and `found_in` (the columns that matched).
        The list is empty for an unknown source and for a query without search terms.
        """
        search_query = _make_search_query(query, filters, limit=limit, ranked=ranked)
        return [search.to_plain_hit(hit) for hit in search.iter_hits(self._db, search_query)]

    def facets(self, query: str, **filters: Unpack[SearchFilters]) -> dict[str, Any]:
        """Counts all articles that `search` would find: a dictionary with `total`, `total_is_exact`
        (False: there are more, and the newest `total` are counted) and `facets`: by source, month,
        section and so on, lists of dictionaries with `value` and `count`.
        """
        return search.count_facets(self._db, _make_search_query(query, filters)).to_json()

    def related(
        self,
        id_or_url: int | str,
        *,
        source: str | None = None,
        since: Day | None = None,
        until: Day | None = None,
        limit: int = 20,
    ) -> list[dict[str, Any]]:
        """Returns up to `limit` articles on the subject of an article, nearest first, without the
        article itself and its copies. Keys as of `search`, `found_in` empty, and `similarity` from
        0 to 1.

        The list is empty for an article without a vector: `khabar vectors build` makes them. Raises
        ArchiveError when numpy is not installed.
        """
        article_id = find_article(self._db, str(id_or_url))
        if article_id is None:
            return []
        query = vectors.RelatedQuery(
            article_id, source, _format_day(since), _format_day(until), limit
        )
        return vectors.find_related(self._db, query)

    def article(self, id_or_url: int | str, revision: int | None = None) -> dict[str, Any] | None:
        """Returns an article by id or by any URL known to lead to it, or None if it is not in the
        archive.

        `revision` selects the text, embeds and images of that revision (None if there is no such
        revision); all other fields are the current ones.
        """
        return load_article(self._db, id_or_url, revision)

    def articles(
        self, *, since: Day | None = None, until: Day | None = None, source: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Iterates over all articles, oldest first. Loads one at a time, so memory use does not
        grow with the archive.

        Raises ArchiveError for a source that is not in the archive.
        """
        return iter_articles(self._db, self._make_selection(since, until, source))

    def embeds(
        self, *, since: Day | None = None, until: Day | None = None, source: str | None = None,
        provider: str | None = None, handle: str | None = None,
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        """Iterates over the embeds of the articles that `articles` returns, in the same order.

        Each has `article_id` and `article_url` added. `provider` (x, youtube …) and the author's
        `handle` (with or without @, any case) filter the embeds.
        """
        for article in self.articles(since=since, until=until, source=source):
            for embed in article["embeds"]:
                if provider in (None, embed["provider"]) and _is_same_handle(
                    handle, embed["author_handle"]
                ):
                    yield {"article_id": article["id"], "article_url": article["url"], **embed}

    def revisions(self, id_or_url: int | str) -> list[dict[str, Any]]:
        """Returns the revisions of an article, oldest first; empty if it is not in the archive.

        Keys: revision, reason, changed, stealth, seen_after, seen_at, title, subtitle, text,
        modified_at.
        """
        return list_revisions(self._db, id_or_url)

    def to_arrow(
        self, *, since: Day | None = None, until: Day | None = None, source: str | None = None
    ) -> pyarrow.Table:
        """Returns the selected articles as an Arrow table with the columns of a Parquet export
        (docs/publish.md).

        Raises ArchiveError for a source that is not in the archive.
        """
        from khabar.export.arrow import read_table

        self._make_selection(since, until, source)  # only for its checks
        return read_table(
            self._db, (source,) if source else (), _format_day(since), _format_day(until)
        )

    def to_pandas(
        self, *, since: Day | None = None, until: Day | None = None, source: str | None = None
    ) -> pandas.DataFrame:
        """Returns the table of `to_arrow` as a pandas DataFrame.

        Raises ImportError when pandas is not installed.
        """
        try:
            import pandas  # noqa: F401
        except ImportError as error:
            raise ImportError(
                "to_pandas needs pandas, which Khabar does not install: pip install pandas"
            ) from error
        return self.to_arrow(since=since, until=until, source=source).to_pandas()

    def _make_selection(
        self, since: Day | None, until: Day | None, source: str | None
    ) -> ArticleSelection:
        """Raises ArchiveError for an unknown source and ValueError for an invalid day."""
        sources = (source,) if source else ()
        check_sources(self._db, sources)
        return ArticleSelection(sources, _format_day(since), _format_day(until))


def _make_search_query(
    query: str, filters: SearchFilters, *, limit: int = 20, ranked: bool = False
) -> search.SearchQuery:
    """Raises ValueError for a day or month that is none."""
    month = filters.get("month")
    if month is not None:
        date.fromisoformat(f"{month}-01")
    return search.SearchQuery(
        query,
        source=filters.get("source"),
        since=_format_day(filters.get("since")),
        until=_format_day(filters.get("until")),
        limit=limit,
        ranked=ranked,
        section=filters.get("section"),
        place=filters.get("place"),
        page_type=filters.get("page_type"),
        month=month,
        agency=filters.get("agency"),
        embeds=filters.get("embeds"),
    )


def _format_day(day: Day | None) -> str | None:
    return (day if isinstance(day, date) else date.fromisoformat(day)).isoformat() if day else None


def _is_same_handle(expected_handle: str | None, handle: str | None) -> bool:
    return (
        expected_handle is None
        or (handle or "").casefold() == expected_handle.removeprefix("@").casefold()
    )


__all__ = ["ArchiveError", "ReadOnlyArchive", "open"]
