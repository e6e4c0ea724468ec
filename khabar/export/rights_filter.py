"""Filters articles by rights: reservations of page and site and the source's permission decide.

What they decide depends on the export's purpose; every decision is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from sqlite_utils import Database

from khabar.archive.rights import (
    ArticleSignals,
    Extent,
    Permission,
    RightsReader,
    decide_usage,
    find_archive_ban,
    find_reservations,
)
from khabar.export.batches import Batch
from khabar.export.options import ExportOptions
from khabar.export.schema import TEXT_FIELDS


@dataclass
class RightsFilter:
    """Applies the export's purpose to each article.

    `withheld`: reason → articles left out; `text_left_out`: reason → articles exported as metadata
    only; `by_source`: (source, extent) → articles; `origins`: source → sites of its articles.
    """

    db: Database
    options: ExportOptions
    withheld: Counter[str] = dataclass_field(default_factory=Counter)
    text_left_out: Counter[str] = dataclass_field(default_factory=Counter)
    by_source: Counter[tuple[str, str]] = dataclass_field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.permissions: dict[str, Permission] = dict(
            self.db.execute("select key, permission from sources")
        )
        self._reader = RightsReader(self.db)
        self.origins: dict[str, set[str]] = {}

    def filter_batches(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yields the batches without articles that may not be exported.

        Of articles of which only metadata may be exported, the text fields are emptied.
        """
        for batch in batches:
            for source, url in batch.iter_rows(("source", "url")):
                self.origins.setdefault(source, set()).add("/".join(url.split("/", 3)[:3]))
            if self.options.purpose == "research":
                # No reservation binds research; pages that forbid archiving are never selected.
                self.by_source.update((source, "all") for source in batch["source"])
                yield batch
            else:
                yield self._filter_by_rights(batch)

    def find_archive_bans(self) -> dict[str, list[str]]:
        """Returns source → robots of web archives that a robots.txt of its sites bars now."""
        bans: dict[str, list[str]] = {}
        for source, origins in sorted(self.origins.items()):
            names = {
                name
                for origin in origins
                if (text := self._reader.load_site_now(origin).robots.text)
                for name in find_archive_ban(text)
            }
            if names:
                bans[source] = sorted(names, key=str.lower)
        return bans

    def _filter_by_rights(self, batch: Batch) -> Batch:
        signals_by_id = self._reader.load_articles(batch["id"])
        extents = [
            self._decide_extent(source, signals_by_id[article_id])
            for source, article_id in batch.iter_rows(("source", "id"))
        ]
        self._clear_text_fields(batch, [extent == "metadata" for extent in extents])
        # A WARC has raw pages: there is no metadata without the text.
        exportable = {"all"} if self.options.format == "warc" else {"all", "metadata"}
        return batch.filter_rows([extent in exportable for extent in extents])

    def _decide_extent(self, source: str, signals: ArticleSignals) -> Extent:
        decision = decide_usage(
            self.options.purpose,
            self.permissions[source],
            find_reservations(signals),
            allow_unlicensed=self.options.unlicensed_text,
        )
        self.by_source[source, decision.extent] += 1
        if decision.extent == "nothing":
            self.withheld[decision.reason] += 1
        elif decision.extent == "metadata":
            self.text_left_out[decision.reason] += 1
        return decision.extent

    def _clear_text_fields(self, batch: Batch, flags: list[bool]) -> None:
        """Empties the text fields of the flagged rows."""
        if not any(flags):
            return
        for field in self.options.fields:
            if field.name in TEXT_FIELDS:
                is_list = field.kind == "nested" and field.name != "lead_image"
                empty = b"[]" if is_list else None
                batch[field.name] = [
                    empty if is_cleared else value
                    for value, is_cleared in zip(batch[field.name], flags, strict=True)
                ]


def count_withheld(db: Database) -> dict[str, int]:
    """Counts the articles that are in no export, by reason: pages forbid archiving, takedowns."""
    return dict(
        db.execute(
            """select * from (
              select withheld, count(*) from articles where withheld is not null group by 1
              union all
              select 'takedown', count(article_id) from tombstones having count(article_id)
            ) order by 1"""
        )
    )
