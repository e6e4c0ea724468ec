"""All stories anew from the texts, and the version of folding and fingerprint they were made with: never two mixed."""

from __future__ import annotations

from collections.abc import Callable

from sqlite_utils import Database

from archive.connect import transaction
from archive.stories import index
from archive.stories.filing import enter

SOME = 200  # articles between two commits: a rebuild that is stopped goes on from there
_BEHIND = """select a.id from articles a left join signatures s on s.article_id = a.id
  where s.doc is null and a.id > ? and a.withheld is null and a.text <> '' order by a.id limit ?"""


def keep_version(db: Database) -> None:
    """Before the first write: stories made by another version, or by a rebuild that was stopped, are made anew."""
    told = _told(db, "story_version")
    if told is None:
        with transaction(db):
            _tell(db, "story_version", index.VERSION)
    if told not in (None, index.VERSION):
        rebuild(db)
    elif _told(db, "story_rebuild"):
        _catch_up(db, lambda done: None)


def rebuild(db: Database, moved: Callable[[int], None] = lambda done: None) -> int:
    """Makes every story anew. `moved` hears how many articles are done; returns how many stories there are."""
    with transaction(db):
        for table in ("story_pairs", "signatures", "shingle_bands", "paragraphs"):
            db.execute(f"delete from {table}")  # noqa: S608  (names of our own tables)
        db.execute("update articles set story_id = null where story_id is not null")
        _tell(db, "story_version", index.VERSION)
        _tell(db, "story_rebuild", "under way")
    _catch_up(db, moved)
    stories: int = db.execute("select count(distinct story_id) from articles where story_id is not null").fetchone()[0]
    return stories


def to_do(db: Database) -> int:
    """How many articles a rebuild reads."""
    count: int = db.execute("select count(*) from articles where withheld is null and text <> ''").fetchone()[0]
    return count


def _catch_up(db: Database, moved: Callable[[int], None]) -> None:
    """Enters every article that is in no index yet, some in each transaction."""
    at, done = 0, 0
    while behind := [article_id for (article_id,) in db.execute(_BEHIND, [at, SOME])]:
        with transaction(db):
            for article_id in behind:
                enter(db, article_id)
        at, done = behind[-1], done + len(behind)
        moved(done)
    with transaction(db):
        db.execute("delete from meta where name = 'story_rebuild'")


def _told(db: Database, name: str) -> str | None:
    row = db.execute("select value from meta where name = ?", [name]).fetchone()
    return row[0] if row else None


def _tell(db: Database, name: str, value: str) -> None:
    db.execute("insert or replace into meta values (?, ?)", [name, value])
