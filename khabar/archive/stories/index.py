"""The index that finds an article's near-duplicates: band keys, 24 for each article, and a sketch to tell strangers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlite_utils import Database

from khabar.archive.database import ArchiveError
from khabar.hindi.minhash import SHINGLE_VERSION, Likeness, Print, likeness, passage_key, shingles
from khabar.hindi.normalize import FOLD_VERSION, tokens

VERSION = f"{FOLD_VERSION}.{SHINGLE_VERSION}"  # of folding and print: keys of two must never meet
CROWD = 200  # articles under one key: that is boilerplate; such a key finds the first ones and takes no more
MOST = 200  # candidates that are looked at, those that share most keys first
_SKETCHES = """select doc, article_id, shingles, sketch from signatures
  where doc in (select value from json_each(?))"""
_UNDER = "select doc from shingle_bands where key = ? order by doc limit ?"


def check_version(db: Database) -> None:
    """Raises ArchiveError when the index was made by another version: who opens the archive to write makes it anew."""
    told = db.execute("select value from meta where name = 'story_version'").fetchone()
    if told != (VERSION,):
        raise ArchiveError("stories were made by another version of Khabar: run `khabar stories rebuild` first")


def look_up(db: Database, told: Print) -> list[int]:
    """Ids of the articles that may be near-duplicates of a text, the likeliest first."""
    shared: Counter[int] = Counter()
    for key in told.keys:
        shared.update(doc for (doc,) in db.execute(_UNDER, [key, CROWD]))
    likeliest = sorted(shared, key=lambda doc: (-shared[doc], doc))[:MOST]
    rows = {row[0]: row[1:] for row in db.execute(_SKETCHES, [json.dumps(likeliest)])}
    found = ((doc, *rows[doc]) for doc in likeliest if doc in rows)
    return [article_id for _, article_id, size, sketch in found if told.may_be_near(size, sketch)]


def add(db: Database, article_id: int, told: Print) -> int:
    """Puts an article into the index. Returns its number there."""
    doc: int = db.execute(
        "insert into signatures (article_id, shingles, sketch) values (?, ?, ?) returning doc",
        [article_id, told.size, told.sketch],
    ).fetchone()[0]
    for key in told.keys:
        db.execute(
            """insert into shingle_bands (key, doc) select :key, :doc
            where (select count(*) from (select 1 from shingle_bands where key = :key limit :crowd)) < :crowd
            on conflict do nothing""",
            {"key": key, "doc": doc, "crowd": CROWD},
        )
    return doc


def number_of(db: Database, article_id: int) -> int | None:
    """The article's number in the index; None when it is not there."""
    row = db.execute("select doc from signatures where article_id = ?", [article_id]).fetchone()
    return row[0] if row else None


def remove(db: Database, doc: int, told: Print) -> None:
    """Takes an article out; `told` is the print it was put in with."""
    for key in told.keys:
        db.execute("delete from shingle_bands where key = ? and doc = ?", [key, doc])
    db.execute("delete from signatures where doc = ?", [doc])


# --- an article's words as stories are told by: folded, by paragraph, and which of them are its own ---


LONG = 12  # words in a paragraph that may tell something; shorter ones tell by their full stop
SHORT = 4
_ENDS = "।॥?!."


@dataclass
class Words:
    """One article's words. `paragraphs`: (key, folded words) of each line that tells something, menus left out."""

    article_id: int
    source: str
    text: str
    text_sha256: str | None

    @cached_property
    def shingles(self) -> frozenset[int]:
        """Of the whole text."""
        return shingles(tokens(self.text))

    @cached_property
    def paragraphs(self) -> list[tuple[int, list[str]]]:
        """The lines that tell something, each with its key in this source."""
        found = ((line, tokens(line)) for line in self.text.splitlines())
        return [(passage_key(self.source, words), words) for line, words in found if _tells(line, words)]

    def own(self, furniture: Collection[int]) -> frozenset[int]:
        """The shingles of what tells something and is not among the source's furniture (keys of paragraphs)."""
        return shingles([word for key, words in self.paragraphs if key not in furniture for word in words])


def _tells(line: str, words: list[str]) -> bool:
    """A sentence or more: not a heading, a menu's item, another story's headline."""
    return len(words) >= LONG or (len(words) >= SHORT and line.rstrip(" \"'”’)]")[-1:] in _ENDS)


def like(one: Words, other: Words) -> Likeness:
    """What two articles share in all."""
    return likeness(one.shingles, other.shingles)


def read(db: Database, article_id: int) -> Words | None:
    """An article's words as they stand now; None when they are withheld or there are none."""
    row = db.execute(
        "select id, source, text, text_sha256 from articles where id = ? and withheld is null and text <> ''",
        [article_id],
    ).fetchone()
    return Words(*row) if row else None


# --- what a source prints again and again: footers, notices, an author's life. It makes no two articles one story ---


DAYS = 3  # on which a source prints the same paragraph
ARTICLES = 8  # or in so many of its articles, be it on one day: more than a story has editions
_USE = """select count(*), count(distinct coalesce(a.published_on, date(a.first_seen, '+330 minutes')))
  from paragraphs p join signatures s on s.doc = p.doc join articles a on a.id = s.article_id where p.key = ?"""


def note(db: Database, doc: int, words: Words) -> list[int]:
    """Notes an article's paragraphs. Returns the keys of those that have become furniture by it."""
    found = []
    for key in {key for key, _ in words.paragraphs}:
        if is_furniture(db, key):
            continue
        db.execute("insert into paragraphs (key, doc) values (?, ?) on conflict do nothing", [key, doc])
        if is_furniture(db, key):
            found.append(key)
    return found


def forget(db: Database, doc: int, words: Words) -> None:
    """Takes an article's paragraphs back; what is furniture by now stays it."""
    for key in {key for key, _ in words.paragraphs}:
        if not is_furniture(db, key):
            db.execute("delete from paragraphs where key = ? and doc = ?", [key, doc])


def is_furniture(db: Database, key: int) -> bool:
    """Whether a paragraph, by its key, is its source's furniture."""
    articles, days = db.execute(_USE, [key]).fetchone()
    return bool(articles >= ARTICLES or days >= DAYS)


def of(db: Database, words: Words) -> set[int]:
    """The keys of the article's paragraphs that are furniture."""
    return {key for key, _ in words.paragraphs if is_furniture(db, key)}


def articles_with(db: Database, keys: Iterable[int]) -> set[int]:
    """Ids of the articles noted for any of these paragraphs."""
    sql = "select s.article_id from paragraphs p join signatures s on s.doc = p.doc where p.key = ?"
    return {article_id for key in keys for (article_id,) in db.execute(sql, [key])}
