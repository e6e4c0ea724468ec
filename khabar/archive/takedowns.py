"""What was asked to be forgotten: the one place that crawl, import and merge ask before they
take anything up.
"""

from __future__ import annotations

from sqlite_utils import Database

from khabar.archive.database import ArchiveError
from khabar.model.items import Outcome, Visit

# A pattern's * is GLOB's own; its other signs stand for themselves. Without one it is an address.
PATTERN_GLOB = "replace(replace(pattern, '[', '[[]'), '?', '[?]')"
_FIND_BY_URL = f"""select takedown_id from tombstones where url = :url
  union all select id from takedowns where :url glob {PATTERN_GLOB} limit 1"""  # noqa: S608  (our own words)


def find_takedown(
    db: Database, url: str, source: str | None = None, text_sha256: str | None = None
) -> int | None:
    """The takedown that forbids this address, or these words of this source under any address;
    None for none.
    """
    row = db.execute(_FIND_BY_URL, {"url": url}).fetchone()
    if row is None and text_sha256:
        row = db.execute(
            "select takedown_id from tombstones where source = ? and text_sha256 = ?",
            [source, text_sha256],
        ).fetchone()
    return row[0] if row else None


def find_takedown_of_visit(db: Database, visit: Visit, url: str) -> int | None:
    """The takedown that forbids what a visit to `url` brought: the address, the one it stands
    for, its words.
    """
    takedown_id = find_takedown(db, url)
    if takedown_id is None and visit.keys:
        takedown_id = find_takedown(db, visit.keys.url, visit.source, visit.keys.text_sha256)
    return takedown_id


def takedown_outcome(db: Database, url: str) -> tuple[Outcome, str] | None:
    """The outcome of an address that was taken down, with the evidence, as `Source.judge` gives
    it.
    """
    takedown_id = find_takedown(db, url)
    return (Outcome.TAKEN_DOWN, f"takedown {takedown_id}") if takedown_id else None


def check_not_taken_down(db: Database, url: str) -> None:
    """Raises ArchiveError for an address that must not be asked for."""
    if takedown_id := find_takedown(db, url):
        created_at, reason = db.execute(
            "select at, reason from takedowns where id = ?", [takedown_id]
        ).fetchone()
        raise ArchiveError(
            f"{url}: taken down {created_at[:10]} ({reason}): it is not taken up again"
        )
