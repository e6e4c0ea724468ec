"""What `khabar doctor` reads of an archive: its last runs, its newest backup, robots.txt files."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from khabar.archive.upkeep.copies import ReleasedCopy, list_copies


@dataclass(frozen=True, slots=True)
class RecentRun:
    """A run of the crawl. `finished_at` and `reason`: None while it goes on or if it was killed."""

    started_at: str
    finished_at: str | None
    reason: str | None


def list_recent_runs(db: Database, count: int) -> list[RecentRun]:
    """Returns the last `count` runs, newest first."""
    rows = db.execute(
        "select started_at, finished_at, finish_reason from runs order by id desc limit ?", [count]
    )
    return [RecentRun(*row) for row in rows]


def find_newest_backup(db: Database) -> ReleasedCopy | None:
    """Returns the newest backup that the archive lists, None without one."""
    return next((copy for copy in list_copies(db) if copy.kind == "backup"), None)


def count_articles(db: Database) -> int:
    """Returns the number of articles."""
    count: int = db.execute("select count(*) from articles").fetchone()[0]
    return count


def list_newest_robots(db: Database) -> list[tuple[str, int, bytes]]:
    """Returns (origin, status, body) of each site's newest robots.txt; status 0: no response."""
    rows = db.execute(
        """select origin, status, body from robots r where id = (
          select id from robots where origin = r.origin order by last_asked desc, id desc limit 1)
        order by origin"""
    )
    return list(rows)
