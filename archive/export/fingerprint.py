"""Which archive a dataset came from: its schema, and one hash over every reading it holds."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlite_utils import Database

from archive import schema

ROWS = 10_000  # hashed at once


def of(db: Database) -> dict[str, Any]:
    """`fingerprint`: sha256 over (article, revision, seen_at) of every reading, in order. Equal for equal archives."""
    digest = hashlib.sha256()
    readings = db.execute(
        """select cast(article_id || ' ' || revision || ' ' || seen_at || char(10) as blob) from revisions
        order by article_id, revision"""
    )
    while lines := readings.fetchmany(ROWS):
        digest.update(b"".join(line for (line,) in lines))
    number, newest = db.execute("select count(*), max(seen_at) from revisions").fetchone()
    steps = [name for (name,) in db.execute(f"select name from {schema.TABLE} order by name")]  # noqa: S608
    return {"fingerprint": digest.hexdigest(), "readings": number, "newest_reading": newest, "schema": steps}
