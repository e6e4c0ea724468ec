"""Train, validation and test, so that no story stands in two of them: not in one release, and not in a later one."""

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

from khabar.archive.connect import open_beside
from khabar.archive.database import ArchiveError, transaction
from khabar.export.batches import Batch
from khabar.export.options import Order

SHARES = (("train", 90), ("validation", 95), ("test", 100))  # up to this hundredth
ROWS = 1000  # remembered at once
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_SAME_STORY = "from articles o where o.story_id = a.story_id"


class Told(NamedTuple):
    """What a row is dealt by: what it and its story were given to in earlier releases, where its story lies in time."""

    id: int
    story_id: int | None
    published_on: str | None
    released: str | None
    story_released: str | None
    story_from: str | None
    story_to: str | None


class Splits:
    """How one export is dealt out. `columns`: what that needs of every row. `withheld`: reason → articles."""

    def __init__(self, db: Database, order: Order) -> None:
        self.db, self.order = db, order
        self.withheld = Counter[str]()
        self.cut = cut_of(order.splits)
        self.columns: dict[str, str] = {}
        if order.splits:
            self.columns = self._columns()
            db.execute("drop table if exists temp.dealt")
            db.execute("create temp table dealt (article_id integer primary key, split text not null)")

    def _columns(self) -> dict[str, str]:
        """What the article, and its story, were given to in earlier releases; where its story stands in time."""
        if not _NAME.fullmatch(self.order.name):
            raise ArchiveError(f"--name {self.order.name!r} must be plain a-z0-9_-")
        released = f"from export_splits s where s.name = '{self.order.name}' and s.article_id"  # a plain name: checked
        return {
            "released": f"(select s.split {released} = a.id)",
            "story_released": f"(select group_concat(distinct (select s.split {released} = o.id)) {_SAME_STORY})",
            "story_from": f"(select min(o.published_on) {_SAME_STORY})",
            "story_to": f"(select max(o.published_on) {_SAME_STORY})",
        }

    def deal(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Every row with its `split`; what would stand on both sides is withheld and counted."""
        for batch in batches:
            yield self._dealt(batch) if self.order.splits else batch

    def _dealt(self, batch: Batch) -> Batch:
        dealt = [self._split_of(Told(*row)) for row in batch.rows(Told._fields)]
        kept = batch.kept(dealt)
        kept["split"] = list(compress(dealt, dealt))
        self.db.conn.executemany("insert into temp.dealt values (?, ?)", kept.rows(("id", "split")))
        return kept

    def _split_of(self, row: Told) -> str | None:
        """None: withheld, and counted."""
        released = set(filter(None, (*(row.story_released or "").split(","), row.released)))
        if len(released) > 1:
            return self._withhold("its story was released in two splits before it was known to be one")
        if self.cut and not row.released:
            if row.published_on is None:
                return self._withhold("no day, split by time")
            if row.story_from and row.story_from < self.cut <= str(row.story_to):
                return self._withhold("its story stands on both sides of the cut")
        return released.pop() if released else self._fresh(row)

    def _withhold(self, why: str) -> str | None:
        self.withheld[why] += 1
        return None

    def _fresh(self, row: Told) -> str:
        """The split of a story that was in no release: by time, or by chance that is the same every time."""
        if self.cut:
            return "train" if str(row.published_on) < self.cut else "test"
        return by_chance(row.story_id or row.id)

    def publish(self, path: Path) -> None:
        """Remembers what was dealt, before it is seen: no later release of this name moves it.

        Raises ArchiveError when another export of this name has dealt otherwise since this one began.
        """
        if not self.order.splits:
            return
        dealt = self.db.execute("select article_id, split from temp.dealt")
        with open_beside(path) as beside, transaction(beside.db):
            while rows := dealt.fetchmany(ROWS):
                _remember(beside.db, self.order.name, rows)


def _remember(db: Database, name: str, rows: list[tuple[int, str]]) -> None:
    db.conn.executemany(
        "insert into export_splits (name, article_id, split) values (?, ?, ?) on conflict do nothing",
        [(name, *row) for row in rows],
    )
    moved = db.execute(
        """select count(*) from json_each(?) d join export_splits s
        on s.name = ? and s.article_id = d.value ->> 0 and s.split <> d.value ->> 1""",
        [json.dumps(rows), name],
    ).fetchone()[0]
    if moved:
        raise ArchiveError(f"another export released {moved} articles of {name!r} meanwhile: run this one again")


def by_chance(key: int) -> str:
    """The split of a story or a lone article by its id: nine in ten train."""
    at = int.from_bytes(hashlib.sha256(str(key).encode()).digest()[:8], "big") % 100
    return next(name for name, end in SHARES if at < end)


def cut_of(told: str | None) -> str | None:
    """The day from which on articles are `test`; None for splits by story. Raises ArchiveError for anything else."""
    if told in (None, "story"):
        return None
    kind, _, day = str(told).partition(":")
    try:
        if kind == "time":
            return date.fromisoformat(day).isoformat()
    except ValueError:
        pass
    raise ArchiveError(f"--splits {told!r}: `story`, or `time:YYYY-MM-DD` (from that day on: test)")
