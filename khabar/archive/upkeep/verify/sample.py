"""Draws the articles and snapshots that a check of a sample looks at."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Sample:
    """How many articles and snapshots were drawn. Their ids are in the tables temp.sampled_articles
    and temp.sampled_snapshots of the connection.
    """

    articles: int
    snapshots: int


def draw_sample(db: Database, count: int) -> Sample:
    """Draws about `count` articles and as many snapshots at random, evenly spread, all of them if
    there are fewer.
    """
    return Sample(*(_draw_ids(db, table, count) for table in ("articles", "snapshots")))


def _draw_ids(db: Database, table: str, count: int) -> int:
    """Fills a table of ids, one drawn from each of `count` equal parts; returns their number."""
    db.execute(f"create temp table if not exists sampled_{table} (id integer primary key)")
    db.execute(f"delete from temp.sampled_{table}")  # noqa: S608  (one of two)
    total = db.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608
    positions = _draw_positions(total, min(count, total))
    position = next(positions, None)
    # of an index, the rows themselves are not read
    for number, row in enumerate(db.execute(f"select id from {table}")):  # noqa: S608
        if number == position:
            db.execute(f"insert into temp.sampled_{table} values (?)", row)  # noqa: S608
            position = next(positions, None)
    return min(count, int(total))


def _draw_positions(total: int, count: int) -> Iterator[int]:
    for part in range(count):
        yield random.randrange(part * total // count, (part + 1) * total // count)
