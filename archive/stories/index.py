"""The index that finds an article's near-duplicates: band keys, 24 for each article, and a sketch to tell strangers."""

from __future__ import annotations

import json
from collections import Counter

from sqlite_utils import Database

from archive.connect import ArchiveError
from hindi.fold import FOLD_VERSION
from hindi.shingles import SHINGLE_VERSION, Print

VERSION = f"{FOLD_VERSION}.{SHINGLE_VERSION}"  # of folding and print: keys of two must never meet
CROWD = 200  # articles under one key: that is boilerplate; such a key finds the first ones and takes no more
MOST = 200  # candidates that are looked at, those that share most keys first
_SKETCHES = """select doc, article_id, shingles, sketch from signatures
  where doc in (select value from json_each(?))"""
_UNDER = "select doc from shingle_bands where key = ? order by doc limit ?"


def check_version(db: Database) -> None:
    """Raises ArchiveError when the index was made by another version: who opens the archive to write makes it anew."""
    told = db.execute("select value from meta where name = 'story_version'").fetchone()
    if told != (VERSION,):
        raise ArchiveError("stories were made by another version of Khabar: run `khabar stories rebuild` first")


def look_up(db: Database, told: Print) -> list[int]:
    """Ids of the articles that may be near-duplicates of a text, the likeliest first."""
    shared: Counter[int] = Counter()
    for key in told.keys:
        shared.update(doc for (doc,) in db.execute(_UNDER, [key, CROWD]))
    likeliest = sorted(shared, key=lambda doc: (-shared[doc], doc))[:MOST]
    rows = {row[0]: row[1:] for row in db.execute(_SKETCHES, [json.dumps(likeliest)])}
    found = ((doc, *rows[doc]) for doc in likeliest if doc in rows)
    return [article_id for _, article_id, size, sketch in found if told.may_be_near(size, sketch)]


def add(db: Database, article_id: int, told: Print) -> int:
    """Puts an article into the index. Returns its number there."""
    doc: int = db.execute(
        "insert into signatures (article_id, shingles, sketch) values (?, ?, ?) returning doc",
        [article_id, told.size, told.sketch],
    ).fetchone()[0]
    for key in told.keys:
        db.execute(
            """insert into shingle_bands (key, doc) select :key, :doc
            where (select count(*) from (select 1 from shingle_bands where key = :key limit :crowd)) < :crowd
            on conflict do nothing""",
            {"key": key, "doc": doc, "crowd": CROWD},
        )
    return doc


def number_of(db: Database, article_id: int) -> int | None:
    """The article's number in the index; None when it is not there."""
    row = db.execute("select doc from signatures where article_id = ?", [article_id]).fetchone()
    return row[0] if row else None


def remove(db: Database, doc: int, told: Print) -> None:
    """Takes an article out; `told` is the print it was put in with."""
    for key in told.keys:
        db.execute("delete from shingle_bands where key = ? and doc = ?", [key, doc])
    db.execute("delete from signatures where doc = ?", [doc])
