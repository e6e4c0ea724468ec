"""Train, validation and test, so that no story stands in two of them: not in one release, and
not in a later one.
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

SPLIT_LIMITS = (("train", 90), ("validation", 95), ("test", 100))  # up to this hundredth
INSERT_BATCH_SIZE = 1000  # remembered at once
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_SAME_STORY = "from articles o where o.story_id = a.story_id"


class SplitRow(NamedTuple):
    """What a row is dealt by: what it and its story were given to in earlier releases, where its
    story lies in time.
    """

    id: int
    story_id: int | None
    published_on: str | None
    released: str | None
    story_released: str | None
    story_from: str | None
    story_to: str | None


class SplitAssigner:
    """How one export is dealt out. `columns`: what that needs of every row. `withheld`: reason →
    articles.
    """

    def __init__(self, db: Database, options: ExportOptions) -> None:
        self.db, self.order = db, options
        self.withheld = Counter[str]()
        self.cut = parse_cutoff(options.splits)
        self.columns: dict[str, str] = {}
        if options.splits:
            self.columns = self._history_columns()
            db.execute("drop table if exists temp.dealt")
            db.execute(
                "create temp table dealt (article_id integer primary key, split text not null)"
            )

    def _history_columns(self) -> dict[str, str]:
        """What the article, and its story, were given to in earlier releases; where its story
        stands in time.
        """
        if not _NAME.fullmatch(self.order.name):
            raise ArchiveError(f"--name {self.order.name!r} must be plain a-z0-9_-")
        release_sql = (
            # a plain name: checked
            f"from export_splits s where s.name = '{self.order.name}' and s.article_id"
        )
        return {
            "released": f"(select s.split {release_sql} = a.id)",
            "story_released": f"(select group_concat(distinct (select s.split {release_sql} = o.id)) {_SAME_STORY})",
            "story_from": f"(select min(o.published_on) {_SAME_STORY})",
            "story_to": f"(select max(o.published_on) {_SAME_STORY})",
        }

    def assign_splits(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Every row with its `split`; what would stand on both sides is withheld and counted."""
        for batch in batches:
            yield self._assign_batch(batch) if self.order.splits else batch

    def _assign_batch(self, batch: Batch) -> Batch:
        row_splits = [self._assign_row(SplitRow(*row)) for row in batch.iter_rows(SplitRow._fields)]
        assigned_rows = batch.filter_rows(row_splits)
        assigned_rows["split"] = list(compress(row_splits, row_splits))
        self.db.conn.executemany(
            "insert into temp.dealt values (?, ?)", assigned_rows.iter_rows(("id", "split"))
        )
        return assigned_rows

    def _assign_row(self, row: SplitRow) -> str | None:
        """None: withheld, and counted."""
        released_splits = set(filter(None, (*(row.story_released or "").split(","), row.released)))
        if len(released_splits) > 1:
            return self._count_withheld(
                "its story was released in two splits before it was known to be one"
            )
        if self.cut and not row.released:
            if row.published_on is None:
                return self._count_withheld("no day, split by time")
            if row.story_from and row.story_from < self.cut <= str(row.story_to):
                return self._count_withheld("its story stands on both sides of the cut")
        return released_splits.pop() if released_splits else self._assign_new(row)

    def _count_withheld(self, reason: str) -> str | None:
        self.withheld[reason] += 1
        return None

    def _assign_new(self, row: SplitRow) -> str:
        """The split of a story that was in no release: by time, or by chance that is the same
        every time.
        """
        if self.cut:
            return "train" if str(row.published_on) < self.cut else "test"
        return random_split(row.story_id or row.id)

    def save_splits(self, path: Path) -> None:
        """Remembers what was dealt, before it is seen: no later release of this name moves it.

        Raises ArchiveError when another export of this name has dealt otherwise since this one
        began.
        """
        if not self.order.splits:
            return
        cursor = self.db.execute("select article_id, split from temp.dealt")
        with open_without_lock(path) as writable_archive, transaction(writable_archive.db):
            while rows := cursor.fetchmany(INSERT_BATCH_SIZE):
                _insert_splits(writable_archive.db, self.order.name, rows)


def _insert_splits(db: Database, name: str, rows: list[tuple[int, str]]) -> None:
    db.conn.executemany(
        "insert into export_splits (name, article_id, split) values (?, ?, ?) on conflict do nothing",
        [(name, *row) for row in rows],
    )
    conflicts = db.execute(
        """select count(*) from json_each(?) d join export_splits s
        on s.name = ? and s.article_id = d.value ->> 0 and s.split <> d.value ->> 1""",
        [json.dumps(rows), name],
    ).fetchone()[0]
    if conflicts:
        raise ArchiveError(
            f"another export released {conflicts} articles of {name!r} meanwhile: run this one again"
        )


def random_split(key: int) -> str:
    """The split of a story or a lone article by its id: nine in ten train."""
    percentile = int.from_bytes(hashlib.sha256(str(key).encode()).digest()[:8], "big") % 100
    return next(name for name, end in SPLIT_LIMITS if percentile < end)


def parse_cutoff(value: str | None) -> str | None:
    """The day from which on articles are `test`; None for splits by story. Raises ArchiveError
    for anything else.
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
        f"--splits {value!r}: `story`, or `time:YYYY-MM-DD` (from that day on: test)"
    )
