"""What may go out: each article's signals and its source's permission, weighed for the export's purpose and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from sqlite_utils import Database

from khabar.archive.rights import Extent, Permission, Site, reservations, verdict
from khabar.export.batches import Batch
from khabar.export.options import Order
from khabar.export.schema import WORDS, Field
from khabar.model import urls

_decode = msgspec.json.Decoder(dict).decode
SITES = 1000  # robots.txt bodies held at once


@dataclass
class Permits:
    """The gate of an export. `withheld`, `text_left_out`: reason → articles; `by_source`: (source, what) → articles."""

    db: Database
    order: Order
    withheld: Counter[str] = field(default_factory=Counter)
    text_left_out: Counter[str] = field(default_factory=Counter)
    by_source: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.permissions: dict[str, Permission] = dict(self.db.execute("select key, permission from sources"))
        self._sites: dict[str, Site] = {}

    def let_out(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The batches without what may not go out, and without the text of what may only be named."""
        for batch in batches:
            yield self._all(batch) if self.order.purpose == "research" else self._weighed(batch)

    def _all(self, batch: Batch) -> Batch:
        """Research is bound by no reservation; what pages forbid to archive is in no selection."""
        self.by_source.update((source, "all") for source in batch["source"])
        return batch

    def _weighed(self, batch: Batch) -> Batch:
        extents = [self._extent(*row) for row in batch.rows(("source", "url", "rights"))]
        self._leave_out_words(batch, [extent == "metadata" for extent in extents])
        goes_out = {"all"} if self.order.format == "warc" else {"all", "metadata"}
        return batch.kept([extent in goes_out for extent in extents])

    def _extent(self, source: str, url: str, rights: bytes | str) -> Extent:
        reserved = reservations(_decode(rights), self._site(url), url)
        told = verdict(self.order.purpose, self.permissions[source], reserved, unlicensed=self.order.unlicensed_text)
        self.by_source[source, told.extent] += 1
        if told.extent == "nothing":
            self.withheld[told.why] += 1
        elif told.extent == "metadata":
            self.text_left_out[told.why] += 1
        return told.extent

    def _leave_out_words(self, batch: Batch, flags: list[bool]) -> None:
        """Only what tells an article, not what it says."""
        if any(flags):
            for field in self.order.fields:
                if field.name in WORDS:
                    column = zip(batch[field.name], flags, strict=True)
                    batch[field.name] = [_nothing(field) if is_out else value for value, is_out in column]

    def _site(self, url: str) -> Site:
        """What the article's host said last, over http or https."""
        origin = urls.origin_of(url)
        if origin not in self._sites:
            if len(self._sites) >= SITES:
                self._sites.clear()
            self._sites[origin] = Site(self._said("robots", origin), self._said("tdmreps", origin))
        return self._sites[origin]

    def _said(self, table: Literal["robots", "tdmreps"], origin: str) -> str:
        """The last body that was given, '' for none."""
        row = self.db.execute(
            f"select body from {table} where origin = ? and status = 200 order by last_asked desc, id desc limit 1",  # noqa: S608
            [origin],
        ).fetchone()
        return bytes(row[0]).decode("utf-8", errors="replace") if row else ""


def _nothing(field: Field) -> bytes | None:
    """What stands where words were left out."""
    return b"[]" if field.kind == "nested" and field.name != "lead_image" else None


def withheld_before(db: Database) -> dict[str, int]:
    """Articles that no export has: reason → number (pages that forbid archives, takedowns)."""
    return dict(
        db.execute(
            """select * from (select withheld, count(*) from articles where withheld is not null group by 1
            union all select 'takedown', count(article_id) from tombstones having count(article_id)) order by 1"""
        )
    )
