"""Stores and loads the machine-made insets of a revision."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from khabar.model.items import Article

_SELECT_INSETS = """select label, text, after_block from insets
  where article_id = ? and revision = ? order by ord"""


def replace_insets(db: Database, article_id: int, revision: int, article: Article) -> None:
    """Stores the insets of a revision in place of those it has."""
    old = list(db.query(_SELECT_INSETS, [article_id, revision]))
    new = [
        {"label": inset.label, "text": inset.text, "after_block": inset.after_block}
        for inset in article.insets
    ]
    if old == new:
        return
    db.execute("delete from insets where article_id = ? and revision = ?", [article_id, revision])
    add_insets(db, article_id, revision, article)


def add_insets(db: Database, article_id: int, revision: int, article: Article) -> None:
    """Stores the insets of a revision that has none yet."""
    if article.insets:
        db.conn.executemany(
            """insert into insets (article_id, revision, ord, label, text, after_block)
            values (?, ?, ?, ?, ?, ?)""",
            [
                (article_id, revision, ord_, inset.label, inset.text, inset.after_block)
                for ord_, inset in enumerate(article.insets)
            ],
        )


def load_insets(db: Database, article_id: int, revision: int) -> list[dict[str, Any]]:
    """Returns a revision's insets in page order; none in an archive of an older Khabar."""
    if not has_insets(db):
        return []
    return list(db.query(_SELECT_INSETS, [article_id, revision]))


def has_insets(db: Database) -> bool:
    """Whether the archive has the table: one that only older versions wrote to has not."""
    sql = "select 1 from sqlite_schema where type = 'table' and name = 'insets'"
    return db.execute(sql).fetchone() is not None
