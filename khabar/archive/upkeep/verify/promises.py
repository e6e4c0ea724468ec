"""What other rooms promise: stories that are components of their pairs, takedowns that hold."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlite_utils import Database

from khabar.archive import stories
from khabar.archive.takedown_log import find_missing_takedowns
from khabar.archive.upkeep import takedown
from khabar.archive.upkeep.verify.faults import Case, Fault


def story_ids(case: Case) -> Iterator[Fault]:
    """Articles joined by pairs of their own have one story, by the earliest; all others have none."""
    true = _components(case.db)
    for article_id, url, story_id in case.db.execute("select id, url, story_id from articles"):
        if true.get(article_id) != story_id:
            yield Fault("stories", url, f"its story is {story_id}, not {true.get(article_id)}", _stories_anew)


def _components(db: Database) -> dict[int, int]:
    """Article → its story's id, where it is not alone."""
    root: dict[int, int] = {}

    def find(one: int) -> int:
        while root.setdefault(one, one) != one:
            root[one] = one = root[root[one]]
        return one

    for a, b in db.execute("select a, b from story_pairs where own"):
        first, second = sorted((find(a), find(b)))
        root[second] = first
    return {one: find(one) for one in list(root)}


def story_index(case: Case) -> Iterator[Fault]:
    """What finds an article's copies knows no others than those there are."""
    loose = case.db.execute(
        "select count(*) from shingle_bands where doc not in (select doc from signatures)"
    ).fetchone()[0]
    if loose:
        yield Fault("stories", "shingle_bands", f"{loose} keys of no article", _stories_anew)
    bare = case.db.execute(
        "select count(*) from signatures where doc not in (select doc from shingle_bands)"
    ).fetchone()[0]
    if bare:
        yield Fault("stories", "signatures", f"{bare} articles without keys", _stories_anew)


def _stories_anew(case: Case) -> None:
    stories.rebuild(case.db)


def takedowns(case: Case) -> Iterator[Fault]:
    """Every takedown is finished, nothing that was taken down is here, and none of the log is missing."""
    for missing in find_missing_takedowns(case.db, case.archive.path.parent):
        yield Fault("takedowns", missing.pattern, "was taken down after the backup that this archive was restored from",
                    _repeat)  # fmt: skip
    for pattern, finished_at, reason, asked_by in case.db.execute(
        "select pattern, finished_at, reason, asked_by from takedowns"
    ).fetchall():
        if finished_at is None:
            yield Fault("takedowns", pattern, "is not finished: traces may be left", _finish)
        held = [url for url in takedown.would(case.db, pattern) if _is_held(case.db, url)]
        for url in held:
            yield Fault("takedowns", url, f"is held, and was taken down as {pattern}",
                        partial(_again, pattern, reason, asked_by))  # fmt: skip


def _repeat(case: Case) -> None:
    takedown.repeat(case.archive)


def _is_held(db: Database, url: str) -> bool:
    row = db.execute(
        """select 1 from pages p where p.url = ? and (p.article_id is not null
        or exists (select 1 from snapshots s where s.page_id = p.id))""",
        [url],
    ).fetchone()
    return row is not None


def _again(pattern: str, reason: str, asked_by: str, case: Case) -> None:
    takedown.add(case.archive, pattern, reason, asked_by, case.now)


def _finish(case: Case) -> None:
    takedown.finish(case.archive, case.now)
