"""An archive, read from Python: search, articles, embeds, revisions, and tables of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from khabar.archive import search
from khabar.archive.connect import open_archive
from khabar.archive.database import ArchiveError
from khabar.archive.store.articles import (
    ArticleSelection,
    check_sources,
    iter_articles,
    list_revisions,
    load_article,
)

if TYPE_CHECKING:
    import pandas
    import pyarrow

Day = str | date  # 2026-11-24, in India


def open(path: str | Path = "archive.db") -> ReadOnlyArchive:
    """The archive at a path, read-only; a crawl may write to it meanwhile. ArchiveError where
    there is none.
    """
    return ReadOnlyArchive(Path(path))


class ReadOnlyArchive:
    """An open archive. Use it as a context, or close it when done; it belongs to the thread that
    opened it.

    Articles are dictionaries in the shape of `khabar show --json`. Days are days in India, both
    included. What pages forbid to archive (noarchive) is given by no method.
    """

    def __init__(self, path: Path) -> None:
        self._archive = open_archive(path)
        self._db = self._archive.db

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._archive.close()

    def search(
        self,
        query: str,
        *,
        source: str | None = None,
        since: Day | None = None,
        until: Day | None = None,
        limit: int = 20,
        ranked: bool = False,
    ) -> list[dict[str, Any]]:
        """The articles a query finds, newest first, or best first when `ranked`: id, url, title,
        source, published_at, page_type, `snippet` with the words found in square brackets,
        `found_in`.
        """
        search_query = search.SearchQuery(
            query, source, _format_day(since), _format_day(until), limit, ranked
        )
        return [search.to_plain_hit(hit) for hit in search.iter_hits(self._db, search_query)]

    def article(self, id_or_url: int | str, revision: int | None = None) -> dict[str, Any] | None:
        """One article by its id or any address known to lead to it; None when the archive does not
        hold it.

        `revision`: with the words, embeds and images of that revision.
        """
        return load_article(self._db, id_or_url, revision)

    def articles(
        self, *, since: Day | None = None, until: Day | None = None, source: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Every article, oldest first, one at a time: memory does not grow with the archive."""
        return iter_articles(self._db, self._make_selection(since, until, source))

    def embeds(
        self, *, since: Day | None = None, until: Day | None = None, source: str | None = None,
        provider: str | None = None, handle: str | None = None,
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        """Every embed of those articles, in their order, with `article_id` and `article_url`;
        `provider` (x, youtube …) and `handle` (without @) narrow it.
        """
        for article in self.articles(since=since, until=until, source=source):
            for embed in article["embeds"]:
                if provider in (None, embed["provider"]) and _is_same_handle(
                    handle, embed["author_handle"]
                ):
                    yield {"article_id": article["id"], "article_url": article["url"], **embed}

    def revisions(self, id_or_url: int | str) -> list[dict[str, Any]]:
        """Every reading of an article, the first first: revision, reason, changed, stealth,
        seen_after, seen_at, title, subtitle, text, modified_at. Empty when the archive does not
        hold it.
        """
        return list_revisions(self._db, id_or_url)

    def to_arrow(
        self, *, since: Day | None = None, until: Day | None = None, source: str | None = None
    ) -> pyarrow.Table:
        """Those articles as an Arrow table, with the columns of a Parquet export
        (docs/publish.md).
        """
        from khabar.export.arrow import read_table

        self._make_selection(since, until, source)
        return read_table(
            self._db, (source,) if source else (), _format_day(since), _format_day(until)
        )

    def to_pandas(
        self, *, since: Day | None = None, until: Day | None = None, source: str | None = None
    ) -> pandas.DataFrame:
        """The table of `to_arrow` as a DataFrame. ImportError that says so where pandas is not
        installed.
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
        """ArchiveError for a source the archive does not have, ValueError for a day that is
        none.
        """
        sources = (source,) if source else ()
        check_sources(self._db, sources)
        return ArticleSelection(sources, _format_day(since), _format_day(until))


def _format_day(day: Day | None) -> str | None:
    return (day if isinstance(day, date) else date.fromisoformat(day)).isoformat() if day else None


def _is_same_handle(expected_handle: str | None, handle: str | None) -> bool:
    return (
        expected_handle is None
        or (handle or "").casefold() == expected_handle.removeprefix("@").casefold()
    )


__all__ = ["ArchiveError", "ReadOnlyArchive", "open"]
