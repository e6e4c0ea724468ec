"""One reading of an article: its words then, the page they were read from, and what changed since."""

from __future__ import annotations

import json
from typing import Any

from sqlite_utils import Database

from archive import articles


def load(db: Database, article_id: int, revision: int | None = None) -> dict[str, Any] | None:
    """The article as it read then (by default now), with `reading`: when it was seen, why, from which snapshot.

    None when the article or the reading is unknown or its words are withheld.
    """
    found = articles.load(db, article_id, revision)
    if found is None:
        return None
    found["reading"] = {row["revision"]: row for row in all_of(db, article_id)}[found["revision"]]
    return found


def all_of(db: Database, article_id: int) -> list[dict[str, Any]]:
    """Every reading of an article, oldest first, without its words: when, why, what changed, the snapshot's sha256."""
    rows = list(
        db.query(
            """select r.revision, r.reason, r.changed, r.seen_after, r.seen_at, r.snapshot_id, r.extractor_version,
              n.sha256, n.fetched_at, n.size, n.url as snapshot_url
            from revisions r left join snapshots n on n.id = r.snapshot_id
            where r.article_id = ? order by r.revision""",
            [article_id],
        )
    )
    return [row | {"changed": json.loads(row["changed"])} for row in rows]


def words(db: Database, article_id: int) -> dict[int, dict[str, Any]]:
    """revision → title, subtitle, text of every reading; empty when they may not be shown."""
    rows = db.query("select revision, title, subtitle, text from readings where article_id = ?", [article_id])
    return {row["revision"]: row for row in rows}


def is_gone(db: Database, article_id: int) -> bool:
    """Whether the archive once had an article there that it may not show: withheld, or taken down."""
    row = db.execute(
        """select 1 from articles where id = :id and withheld is not null
        union all select 1 from tombstones where article_id = :id limit 1""",
        {"id": article_id},
    ).fetchone()
    return row is not None


def carried(db: Database, article_id: int, revision: int) -> list[dict[str, Any]]:
    """key and articles (how many carry it) of the post in each placement of a reading, in its order."""
    return list(
        db.query(
            """select e.key, coalesce(u.articles, 0) as articles from article_embeds x
            join embeds e on e.id = x.embed_id left join embed_use u on u.embed_id = e.id
            where x.article_id = ? and x.revision = ? order by x.ord""",
            [article_id, revision],
        )
    )
