"""An article enters its stories, and leaves them, inside the transaction that stores its words."""

from __future__ import annotations

from sqlite_utils import Database

from archive.stories import furniture, index, pairs
from archive.stories.words import read
from hindi.shingles import fingerprint


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
    concerned = furniture.articles_with(db, furniture.note(db, doc, words))
    pairs.add(db, words, candidates)
    pairs.judge_again(db, concerned)
    partners = {partner for one in concerned for partner in pairs.partners(db, one)}
    pairs.settle(db, {article_id, *concerned, *partners})


def withdraw(db: Database, article_id: int) -> None:
    """Before an article's words are replaced or deleted: it leaves its story, and the others are told apart anew."""
    doc, words = index.number_of(db, article_id), read(db, article_id)
    if doc is None or words is None:
        return
    told = fingerprint(words.shingles)
    assert told, "only what has a print is in the index"
    partners = pairs.partners(db, article_id)
    furniture.forget(db, doc, words)
    index.remove(db, doc, told)
    pairs.remove(db, article_id)
    pairs.settle(db, [article_id, *partners])
