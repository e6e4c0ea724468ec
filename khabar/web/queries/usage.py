"""What an article may be used for, with the reason, as the account and exports decide it."""

from __future__ import annotations

from sqlite_utils import Database

from khabar.archive.rights import PURPOSES, RightsReader, decide_all


def list_uses(db: Database, article_id: int) -> list[tuple[str, str, str]]:
    """Returns (purpose, extent, reason) for each purpose; empty for an unknown article."""
    row = db.execute(
        """select o.permission from articles a join sources o on o.key = a.source
        where a.id = ?""",
        [article_id],
    ).fetchone()
    if row is None:
        return []
    signals = RightsReader(db).load_articles([article_id])[article_id]
    decisions = decide_all(signals, row[0])
    return [(purpose, decisions[purpose].extent, decisions[purpose].reason) for purpose in PURPOSES]
