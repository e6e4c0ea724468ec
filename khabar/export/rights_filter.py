"""What may go out: each article's signals and its source's permission, weighed for the export's
purpose and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from sqlite_utils import Database

from khabar.archive.rights import Extent, Permission, SiteFiles, decide_usage, find_reservations
from khabar.export.batches import Batch
from khabar.export.options import ExportOptions
from khabar.export.schema import TEXT_FIELDS, Field
from khabar.model import urls

_decode = msgspec.json.Decoder(dict).decode
SITE_CACHE_SIZE = 1000  # robots.txt bodies held at once


@dataclass
class RightsFilter:
    """The gate of an export. `withheld`, `text_left_out`: reason → articles; `by_source`:
    (source, what) → articles.
    """

    db: Database
    order: ExportOptions
    withheld: Counter[str] = field(default_factory=Counter)
    text_left_out: Counter[str] = field(default_factory=Counter)
    by_source: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.permissions: dict[str, Permission] = dict(
            self.db.execute("select key, permission from sources")
        )
        self._sites: dict[str, SiteFiles] = {}

    def filter_batches(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The batches without what may not go out, and without the text of what may only be
        named.
        """
        for batch in batches:
            yield (
                self._count_sources(batch)
                if self.order.purpose == "research"
                else self._filter_by_rights(batch)
            )

    def _count_sources(self, batch: Batch) -> Batch:
        """Research is bound by no reservation; what pages forbid to archive is in no selection."""
        self.by_source.update((source, "all") for source in batch["source"])
        return batch

    def _filter_by_rights(self, batch: Batch) -> Batch:
        extents = [
            self._decide_extent(*row) for row in batch.iter_rows(("source", "url", "rights"))
        ]
        self._clear_text_fields(batch, [extent == "metadata" for extent in extents])
        exportable = {"all"} if self.order.format == "warc" else {"all", "metadata"}
        return batch.filter_rows([extent in exportable for extent in extents])

    def _decide_extent(self, source: str, url: str, rights: bytes | str) -> Extent:
        reserved_uses = find_reservations(_decode(rights), self._load_site(url), url)
        decision = decide_usage(
            self.order.purpose,
            self.permissions[source],
            reserved_uses,
            allow_unlicensed=self.order.unlicensed_text,
        )
        self.by_source[source, decision.extent] += 1
        if decision.extent == "nothing":
            self.withheld[decision.reason] += 1
        elif decision.extent == "metadata":
            self.text_left_out[decision.reason] += 1
        return decision.extent

    def _clear_text_fields(self, batch: Batch, flags: list[bool]) -> None:
        """Only what tells an article, not what it says."""
        if any(flags):
            for field in self.order.fields:
                if field.name in TEXT_FIELDS:
                    column = zip(batch[field.name], flags, strict=True)
                    batch[field.name] = [
                        _empty_value(field) if is_cleared else value for value, is_cleared in column
                    ]

    def _load_site(self, url: str) -> SiteFiles:
        """What the article's host said last, over http or https."""
        origin = urls.get_origin(url)
        if origin not in self._sites:
            if len(self._sites) >= SITE_CACHE_SIZE:
                self._sites.clear()
            self._sites[origin] = SiteFiles(
                self._last_body("robots", origin), self._last_body("tdmreps", origin)
            )
        return self._sites[origin]

    def _last_body(self, table: Literal["robots", "tdmreps"], origin: str) -> str:
        """The last body that was given, '' for none."""
        row = self.db.execute(
            f"select body from {table} where origin = ? and status = 200 order by last_asked desc, id desc limit 1",  # noqa: S608
            [origin],
        ).fetchone()
        return bytes(row[0]).decode("utf-8", errors="replace") if row else ""


def _empty_value(field: Field) -> bytes | None:
    """What stands where words were left out."""
    return b"[]" if field.kind == "nested" and field.name != "lead_image" else None


def count_withheld(db: Database) -> dict[str, int]:
    """Articles that no export has: reason → number (pages that forbid archives, takedowns)."""
    return dict(
        db.execute(
            """select * from (select withheld, count(*) from articles where withheld is not null group by 1
            union all select 'takedown', count(article_id) from tombstones having count(article_id)) order by 1"""
        )
    )
