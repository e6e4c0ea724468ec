"""Pairs of near-duplicates, each verified word by word, and the stories they make: connected components."""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database

from archive.stories import furniture
from archive.stories.words import Words, like, read
from hindi.shingles import likeness

LEAST_OWN = 20  # shingles: what is less may be the same by chance
_STORY = """with recursive story (id) as (values (:id)
  union select b from story join story_pairs on a = id where own
  union select a from story join story_pairs on b = id where own)
  select id from story"""
_PARTNERS = "select b from story_pairs where a = :id union select a from story_pairs where b = :id"


def add(db: Database, words: Words, candidates: Iterable[int]) -> None:
    """Writes down those candidates that are near-duplicates of an article."""
    for other in filter(None, (read(db, candidate) for candidate in candidates)):
        shared = like(words, other)
        if shared.is_near:
            pair = sorted((words.article_id, other.article_id))
            told = [*pair, shared.jaccard, shared.containment, _own(db, words, other)]
            db.execute("insert into story_pairs (a, b, jaccard, containment, own) values (?, ?, ?, ?, ?)", told)


def _own(db: Database, one: Words, other: Words) -> bool:
    """Whether they are alike without their sources' furniture; the very same words are the same story in any case."""
    if one.text_sha256 is not None and one.text_sha256 == other.text_sha256:
        return True
    left, right = (words.own(furniture.of(db, words)) for words in (one, other))
    return min(len(left), len(right)) >= LEAST_OWN and likeness(left, right).is_near


def judge_again(db: Database, articles: Iterable[int]) -> None:
    """What these articles share with others, looked at again: more of it is furniture now."""
    for words in filter(None, (read(db, article_id) for article_id in articles)):
        for other in filter(None, (read(db, partner) for partner in partners(db, words.article_id))):
            pair = sorted((words.article_id, other.article_id))
            db.execute("update story_pairs set own = ? where a = ? and b = ?", [_own(db, words, other), *pair])


def partners(db: Database, article_id: int) -> list[int]:
    """Ids of the articles that are near-duplicates of one."""
    return [partner for (partner,) in db.execute(_PARTNERS, {"id": article_id})]


def remove(db: Database, article_id: int) -> None:
    """Takes back every pair of an article."""
    db.execute("delete from story_pairs where a = ?", [article_id])
    db.execute("delete from story_pairs where b = ?", [article_id])


def settle(db: Database, articles: Iterable[int]) -> None:
    """Gives these articles, and all that tell the same story, their story's id: the earliest article's. Alone: none."""
    waiting = set(articles)
    while waiting:
        story = {member for (member,) in db.execute(_STORY, {"id": waiting.pop()})}
        waiting -= story
        story_id = min(story) if len(story) > 1 else None
        for member in story:
            db.execute(
                "update articles set story_id = :story where id = :id and story_id is not :story",
                {"story": story_id, "id": member},
            )
