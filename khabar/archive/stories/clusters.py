"""Pairs of near-duplicate articles, and stories.

Stories are the connected components of the pairs that are near-duplicates without boilerplate as
well (column `own` = 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.stories import index
from khabar.archive.stories.index import ArticleText, compare_texts, read_text
from khabar.hindi.minhash import likeness

# Shingles both texts need without boilerplate; fewer may be equal by chance. Chosen by hand, not
# measured.
MIN_OWN_SHINGLES = 20
_STORY_MEMBERS = """with recursive story (id) as (values (:id)
  union select b from story join story_pairs on a = id where own
  union select a from story join story_pairs on b = id where own)
  select id from story"""
_NEIGHBOURS = (
    "select b from story_pairs where a = :id union select a from story_pairs where b = :id"
)


def add_pairs(db: Database, text: ArticleText, candidates: Iterable[int]) -> bool:
    """Stores a pair for each candidate that is a near-duplicate of an article. Returns whether any
    is.

    The column `own` says whether both are near-duplicates without boilerplate as well.
    """
    has_pairs = False
    for other in filter(None, (read_text(db, candidate) for candidate in candidates)):
        similarity = compare_texts(text, other)
        if similarity.is_near_duplicate:
            has_pairs = True
            pair = sorted((text.article_id, other.article_id))
            without_boilerplate = _is_near_without_boilerplate(db, text, other)
            db.execute(
                "insert into story_pairs (a, b, jaccard, containment, own) values (?, ?, ?, ?, ?)",
                [*pair, similarity.jaccard, similarity.containment, without_boilerplate],
            )
    return has_pairs


def _is_near_without_boilerplate(db: Database, text: ArticleText, other: ArticleText) -> bool:
    """Returns whether two articles are near-duplicates without their sources' boilerplate.

    True for identical texts in any case.
    """
    if text.text_sha256 is not None and text.text_sha256 == other.text_sha256:
        return True
    text_shingles, other_shingles = (
        article_text.own_shingles(index.find_boilerplate(db, article_text))
        for article_text in (text, other)
    )
    return (
        min(len(text_shingles), len(other_shingles)) >= MIN_OWN_SHINGLES
        and likeness(text_shingles, other_shingles).is_near_duplicate
    )


def reverify_pairs(db: Database, articles: Iterable[int]) -> None:
    """Compares these articles with their neighbours again, after a paragraph became boilerplate."""
    for text in filter(None, (read_text(db, article_id) for article_id in articles)):
        for other in filter(
            None, (read_text(db, neighbour) for neighbour in list_neighbours(db, text.article_id))
        ):
            pair = sorted((text.article_id, other.article_id))
            db.execute(
                "update story_pairs set own = ? where a = ? and b = ?",
                [_is_near_without_boilerplate(db, text, other), *pair],
            )


def list_neighbours(db: Database, article_id: int) -> list[int]:
    """Returns the ids of an article's near-duplicates."""
    return [neighbour for (neighbour,) in db.execute(_NEIGHBOURS, {"id": article_id})]


def remove_pairs(db: Database, article_id: int) -> None:
    """Deletes every pair of an article."""
    db.execute("delete from story_pairs where a = ?", [article_id])
    db.execute("delete from story_pairs where b = ?", [article_id])


def assign_story_ids(db: Database, articles: Iterable[int]) -> None:
    """Sets the story id of these articles and of all in their stories: the lowest article id.

    An article without a near-duplicate (boilerplate not counted) gets none.
    """
    pending = set(articles)
    while pending:
        story = {member for (member,) in db.execute(_STORY_MEMBERS, {"id": pending.pop()})}
        pending -= story
        story_id = min(story) if len(story) > 1 else None
        for member in story:
            db.execute(
                "update articles set story_id = :story where id = :id and story_id is not :story",
                {"story": story_id, "id": member},
            )


# --- indexing, inside the transaction that stores an article's text ---


def index_article(db: Database, article_id: int) -> None:
    """Adds a stored article to the index and to its story. Does nothing for one that has no text or
    is withheld. Raises ArchiveError as `index_text` does.
    """
    if text := read_text(db, article_id):
        index_text(db, text)


def index_text(db: Database, text: ArticleText) -> None:
    """Adds the text of a new or changed article to the index and to its story, by a lookup of its
    24 band keys. The article belongs to no story yet.

    Does nothing for a text without shingles. Raises ArchiveError when the index was made by another
    version.
    """
    index.check_version(db)
    if text.fingerprint is None:
        return
    candidates = index.find_candidates(db, text.fingerprint)
    doc = index.add_fingerprint(db, text.article_id, text.fingerprint)
    boilerplate = index.add_paragraphs(db, doc, text)
    affected_ids = index.find_articles_with(db, boilerplate) if boilerplate else set()
    has_pairs = add_pairs(db, text, candidates)
    reverify_pairs(db, affected_ids)
    neighbour_ids = {
        neighbour for affected_id in affected_ids for neighbour in list_neighbours(db, affected_id)
    }
    if has_pairs or affected_ids:
        assign_story_ids(db, {text.article_id, *affected_ids, *neighbour_ids})


def unindex_article(db: Database, article_id: int) -> None:
    """Removes an article from the index and its story, before its text is changed or deleted."""
    doc, text = index.find_doc(db, article_id), read_text(db, article_id)
    if doc is None or text is None:
        return
    assert text.fingerprint, "only articles with a fingerprint are in the index"
    neighbour_ids = list_neighbours(db, article_id)
    index.remove_paragraphs(db, doc, text)
    index.remove_fingerprint(db, doc, text.fingerprint)
    remove_pairs(db, article_id)
    assign_story_ids(db, [article_id, *neighbour_ids])


# --- versions ---


# Articles between two commits: an interrupted rebuild is resumed from the last one. Chosen by hand,
# not measured.
BATCH_SIZE = 200
_NOT_INDEXED = """select a.id from articles a left join signatures s on s.article_id = a.id
  where s.doc is null and a.id > ? and a.withheld is null and a.text <> '' order by a.id limit ?"""


def ensure_version(db: Database) -> None:
    """Rebuilds the stories if another version indexed them; completes an interrupted rebuild.

    Called before the first write to an archive.
    """
    version = _get_meta(db, "story_version")
    if version is None:
        with transaction(db):
            _set_meta(db, "story_version", index.VERSION)
    if version not in (None, index.VERSION):
        rebuild_stories(db)
    elif _get_meta(db, "story_rebuild"):
        _index_missing(db, lambda count: None)


def rebuild_stories(db: Database, on_progress: Callable[[int], None] = lambda done: None) -> int:
    """Rebuilds all stories. Returns their number.

    `on_progress` is called with the number of articles indexed so far.
    """
    with transaction(db):
        for table in ("story_pairs", "signatures", "shingle_bands", "paragraphs"):
            db.execute(f"delete from {table}")  # noqa: S608  (names of our own tables)
        db.execute("update articles set story_id = null where story_id is not null")
        _set_meta(db, "story_version", index.VERSION)
        _set_meta(db, "story_rebuild", "under way")
    _index_missing(db, on_progress)
    story_count: int = db.execute(
        "select count(distinct story_id) from articles where story_id is not null"
    ).fetchone()[0]
    return story_count


def count_indexable(db: Database) -> int:
    """Returns the number of articles that a rebuild indexes."""
    count: int = db.execute(
        "select count(*) from articles where withheld is null and text <> ''"
    ).fetchone()[0]
    return count


def _index_missing(db: Database, on_progress: Callable[[int], None]) -> None:
    """Indexes every article that is not in the index yet, in transactions of BATCH_SIZE."""
    last_id, indexed_count = 0, 0
    while article_ids := [row[0] for row in db.execute(_NOT_INDEXED, [last_id, BATCH_SIZE])]:
        with transaction(db):
            for article_id in article_ids:
                index_article(db, article_id)
        last_id, indexed_count = article_ids[-1], indexed_count + len(article_ids)
        on_progress(indexed_count)
    with transaction(db):
        db.execute("delete from meta where name = 'story_rebuild'")


def _get_meta(db: Database, name: str) -> str | None:
    row = db.execute("select value from meta where name = ?", [name]).fetchone()
    return row[0] if row else None


def _set_meta(db: Database, name: str, value: str) -> None:
    db.execute("insert or replace into meta values (?, ?)", [name, value])
