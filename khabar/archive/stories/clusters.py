"""Pairs of near-duplicates, each verified word by word, and the stories they make: connected components."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.stories import index
from khabar.archive.stories.index import Words, like, read
from khabar.hindi.minhash import fingerprint, likeness

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
    left, right = (words.own(index.of(db, words)) for words in (one, other))
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


# --- an article enters its stories, and leaves them, inside the transaction that stores its words ---


def enter(db: Database, article_id: int) -> None:
    """An article that is new, or newly worded, finds its near-duplicates: one look-up of each of its 24 keys.

    One whose words are withheld, or that has none, enters nothing. Raises ArchiveError when the index is another
    version's.
    """
    index.check_version(db)
    words = read(db, article_id)
    told = fingerprint(words.shingles) if words else None
    if words is None or told is None:
        return
    candidates = index.look_up(db, told)
    doc = index.add(db, article_id, told)
    concerned = index.articles_with(db, index.note(db, doc, words))
    add(db, words, candidates)
    judge_again(db, concerned)
    around = {partner for one in concerned for partner in partners(db, one)}
    settle(db, {article_id, *concerned, *around})


def withdraw(db: Database, article_id: int) -> None:
    """Before an article's words are replaced or deleted: it leaves its story, and the others are told apart anew."""
    doc, words = index.number_of(db, article_id), read(db, article_id)
    if doc is None or words is None:
        return
    told = fingerprint(words.shingles)
    assert told, "only what has a print is in the index"
    before = partners(db, article_id)
    index.forget(db, doc, words)
    index.remove(db, doc, told)
    remove(db, article_id)
    settle(db, [article_id, *before])


# --- versions ---


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
