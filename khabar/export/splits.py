"""Assigns articles to train, validation and test, so that no story is in two of them.

This holds across releases of one dataset name: the archive remembers each released split.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import compress
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from khabar.archive.connect import open_without_lock
from khabar.archive.database import ArchiveError, transaction
from khabar.export.batches import Batch
from khabar.export.options import ExportOptions

# Upper bounds of random_split's percentiles: shares of 90, 5 and 5 %. Chosen by hand, not measured.
SPLIT_LIMITS = (("train", 90), ("validation", 95), ("test", 100))
INSERT_BATCH_SIZE = 1000  # rows stored at a time
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_SAME_STORY = "from articles o where o.story_id = a.story_id"


class SplitRow(NamedTuple):
    """Everything that decides an article's split; the field names are column names.

    `released`: its split in an earlier release; `story_released`: the splits of its story's
    articles, separated by commas; `story_from`, `story_to`: first and last day of its story.
    """

    id: int
    story_id: int | None
    published_on: str | None
    released: str | None
    story_released: str | None
    story_from: str | None
    story_to: str | None


class SplitAssigner:
    """Assigns the splits of one export.

    `columns`: name → SQL of the columns that batches must have for it; `withheld`: reason → number
    of articles left out. Raises ArchiveError for splits or a name that are not valid.
    """

    def __init__(self, db: Database, options: ExportOptions) -> None:
        self.db, self.options = db, options
        self.withheld = Counter[str]()
        self.cutoff = parse_cutoff(options.splits)
        self.columns: dict[str, str] = {}
        if options.splits:
            self.columns = self._history_columns()
            db.execute("drop table if exists temp.assigned_splits")
            db.execute(
                """create temp table assigned_splits
                (article_id integer primary key, split text not null)"""
            )

    def _history_columns(self) -> dict[str, str]:
        """The columns of SplitRow that are not in every batch."""
        name = self.options.name
        if not _NAME.fullmatch(name):
            raise ArchiveError(
                f"--name {name!r}: must be up to 41 of a-z, 0-9, _ and -, not beginning with _ or -"
            )
        # The name goes into the SQL text: it was checked to have no quote in it.
        release_sql = f"from export_splits s where s.name = '{name}' and s.article_id"
        return {
            "released": f"(select s.split {release_sql} = a.id)",
            "story_released": f"""(select group_concat(distinct
                (select s.split {release_sql} = o.id)) {_SAME_STORY})""",
            "story_from": f"(select min(o.published_on) {_SAME_STORY})",
            "story_to": f"(select max(o.published_on) {_SAME_STORY})",
        }

    def assign_splits(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Fills the `split` column; drops and counts rows that may be in no split.

        Without splits the batches are yielded unchanged.
        """
        for batch in batches:
            yield self._assign_batch(batch) if self.options.splits else batch

    def _assign_batch(self, batch: Batch) -> Batch:
        row_splits = [self._assign_row(SplitRow(*row)) for row in batch.iter_rows(SplitRow._fields)]
        assigned_rows = batch.filter_rows(row_splits)
        assigned_rows["split"] = list(compress(row_splits, row_splits))
        self.db.conn.executemany(
            "insert into temp.assigned_splits values (?, ?)",
            assigned_rows.iter_rows(("id", "split")),
        )
        return assigned_rows

    def _assign_row(self, row: SplitRow) -> str | None:
        """Returns a row's split; None when it is withheld, which is counted."""
        released_splits = set(filter(None, (*(row.story_released or "").split(","), row.released)))
        if len(released_splits) > 1:
            return self._count_withheld(
                "its story was released in two splits before it was known to be one"
            )
        if self.cutoff and not row.released:
            if row.published_on is None:
                return self._count_withheld("no day, split by time")
            if row.story_from and row.story_from < self.cutoff <= str(row.story_to):
                return self._count_withheld("its story stands on both sides of the cut")
        if released_splits:
            return released_splits.pop()
        if self.cutoff:
            return "train" if str(row.published_on) < self.cutoff else "test"
        return random_split(row.story_id or row.id)

    def _count_withheld(self, reason: str) -> str | None:
        self.withheld[reason] += 1
        return None

    def save_splits(self, path: Path) -> None:
        """Stores the assigned splits in the archive at `path`, so that later releases keep them.

        Call it before the dataset is moved into place. Raises ArchiveError when another export of
        this name has stored other splits since this one began.
        """
        if not self.options.splits:
            return
        cursor = self.db.execute("select article_id, split from temp.assigned_splits")
        with (
            open_without_lock(path, allow_older=True) as writable_archive,
            transaction(writable_archive.db),
        ):
            while rows := cursor.fetchmany(INSERT_BATCH_SIZE):
                _insert_splits(writable_archive.db, self.options.name, rows)


def _insert_splits(db: Database, name: str, rows: list[tuple[int, str]]) -> None:
    db.conn.executemany(
        """insert into export_splits (name, article_id, split) values (?, ?, ?)
        on conflict do nothing""",
        [(name, *row) for row in rows],
    )
    conflicts = db.execute(
        """select count(*) from json_each(?) d join export_splits s
        on s.name = ? and s.article_id = d.value ->> 0 and s.split <> d.value ->> 1""",
        [json.dumps(rows), name],
    ).fetchone()[0]
    if conflicts:
        raise ArchiveError(
            f"another export has put {conflicts} articles of {name!r} into other splits meanwhile: "
            "run this one again"
        )


def random_split(key: int) -> str:
    """Returns the split of a story, or of an article without copies, by a hash of its id."""
    percentile = int.from_bytes(hashlib.sha256(str(key).encode()).digest()[:8], "big") % 100
    return next(name for name, end in SPLIT_LIMITS if percentile < end)


def parse_cutoff(value: str | None) -> str | None:
    """Parses `--splits`: the first day of the test split (YYYY-MM-DD), None for none or `story`.

    Raises ArchiveError for anything else.
    """
    if value in (None, "story"):
        return None
    kind, _, day = str(value).partition(":")
    try:
        if kind == "time":
            return date.fromisoformat(day).isoformat()
    except ValueError:
        pass
    raise ArchiveError(
        f"--splits {value!r}: must be `story` or `time:YYYY-MM-DD` (test begins with that day)"
    )
