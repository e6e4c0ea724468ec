"""Checks of rules across tables: stories are the components of their pairs, takedowns hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter

from sqlite_utils import Database

from khabar.archive.takedown_log import find_missing_takedowns
from khabar.archive.upkeep.verify.findings import CheckContext, Finding


def check_story_ids(context: CheckContext) -> Iterator[Finding]:
    """Checks that articles linked by pairs (`own`) have the same story id, and others have none."""
    if _are_stories_components(context.db):
        return
    expected_ids = _find_components(context.db)
    for article_id, url, story_id in context.db.execute("select id, url, story_id from articles"):
        if expected_ids.get(article_id) != story_id:
            yield Finding(
                "stories",
                url,
                f"has the story id {story_id}, not {expected_ids.get(article_id)}",
                _rebuild_stories,
            )


def _are_stories_components(db: Database) -> bool:
    """Returns whether each story is one component of the pairs and has its lowest id, and no other
    article has a story id. Holds one story at a time.
    """
    across = db.execute(
        """select 1 from story_pairs p
        left join articles x on x.id = p.a left join articles y on y.id = p.b
        where p.own and (x.story_id is null or x.story_id is not y.story_id) limit 1"""
    ).fetchone()
    if across:
        return False
    pairs = db.execute(
        """select x.story_id, p.a, p.b from articles x join story_pairs p on p.a = x.id
        where x.story_id is not null and p.own order by x.story_id"""
    )
    in_pairs = 0
    for story_id, story_pairs in groupby(pairs, itemgetter(0)):
        components = _join_pairs((a, b) for _, a, b in story_pairs)
        in_pairs += len(components)
        if set(components.values()) != {story_id}:
            return False
    (in_stories,) = db.execute(
        "select count(*) from articles where story_id is not null"
    ).fetchone()
    return bool(in_stories == in_pairs)


def _find_components(db: Database) -> dict[int, int]:
    """Returns article id → story id, for articles in a pair."""
    return _join_pairs(db.execute("select a, b from story_pairs where own"))


def _join_pairs(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Returns id → lowest id of its component, for all ids in pairs."""
    parents: dict[int, int] = {}

    def find_root(node: int) -> int:
        while parents.setdefault(node, node) != node:
            parents[node] = node = parents[parents[node]]
        return node

    for a, b in pairs:
        first, second = sorted((find_root(a), find_root(b)))
        parents[second] = first
    return {node: find_root(node) for node in list(parents)}


def check_story_index(context: CheckContext) -> Iterator[Finding]:
    """Checks that the near-duplicate index has keys for its articles and for no others."""
    orphan_keys = context.db.execute(
        "select count(*) from shingle_bands where doc not in (select doc from signatures)"
    ).fetchone()[0]
    if orphan_keys:
        yield Finding(
            "stories", "shingle_bands", f"{orphan_keys} keys without article", _rebuild_stories
        )
    articles_without_keys = context.db.execute(
        "select count(*) from signatures where doc not in (select doc from shingle_bands)"
    ).fetchone()[0]
    if articles_without_keys:
        yield Finding(
            "stories",
            "signatures",
            f"{articles_without_keys} articles without keys",
            _rebuild_stories,
        )


def _rebuild_stories(context: CheckContext) -> None:
    from khabar.archive import stories

    stories.rebuild_stories(context.db)


def check_takedowns(context: CheckContext) -> Iterator[Finding]:
    """Checks that every takedown is finished, none of the log is missing, and nothing came back."""
    for missing in find_missing_takedowns(context.db, context.archive.path.parent):
        yield Finding(
            "takedowns",
            missing.pattern,
            "is a takedown made after the backup that this archive was restored from",
            _repeat_missing_takedowns,
        )
    for pattern, finished_at, reason, asked_by in context.db.execute(
        "select pattern, finished_at, reason, asked_by from takedowns"
    ).fetchall():
        if finished_at is None:
            yield Finding(
                "takedowns", pattern, "is not finished: traces may be left", _finish_takedowns
            )
        for url in _list_stored_urls(context.db, pattern):
            yield Finding("takedowns", url, f"is stored, but was taken down as {pattern}",
                        partial(_repeat_takedown, pattern, reason, asked_by))  # fmt: skip


def _repeat_missing_takedowns(context: CheckContext) -> None:
    from khabar.archive.upkeep import takedown

    takedown.repeat_missing_takedowns(context.archive)


def _list_stored_urls(db: Database, pattern: str) -> list[str]:
    from khabar.archive.upkeep import takedown  # here, as for the repairs: few archives need it

    return [url for url in takedown.list_target_urls(db, pattern) if _is_stored(db, url)]


def _is_stored(db: Database, url: str) -> bool:
    row = db.execute(
        """select 1 from pages p where p.url = ? and (p.article_id is not null
        or exists (select 1 from snapshots s where s.page_id = p.id))""",
        [url],
    ).fetchone()
    return row is not None


def _repeat_takedown(pattern: str, reason: str, asked_by: str, context: CheckContext) -> None:
    from khabar.archive.upkeep import takedown

    takedown.add_takedown(context.archive, pattern, reason, asked_by, context.now)


def _finish_takedowns(context: CheckContext) -> None:
    from khabar.archive.upkeep import takedown

    takedown.finish_takedowns(context.archive, context.now)
