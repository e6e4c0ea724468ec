"""The index that finds an article's near-duplicates: band keys, 24 for each article, and a
sketch to tell strangers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlite_utils import Database

from khabar.archive.database import ArchiveError
from khabar.hindi.minhash import (
    SHINGLE_VERSION,
    Fingerprint,
    Similarity,
    hash_passage,
    likeness,
    shingles,
)
from khabar.hindi.normalize import FOLD_VERSION, tokens

VERSION = f"{FOLD_VERSION}.{SHINGLE_VERSION}"  # of folding and print: keys of two must never meet
MAX_ARTICLES_PER_KEY = (
    # articles under one key: that is boilerplate; such a key finds the first ones and takes no more
    200
)
MAX_CANDIDATES = 200  # candidates that are looked at, those that share most keys first
_SKETCHES = """select doc, article_id, shingles, sketch from signatures
  where doc in (select value from json_each(?))"""
_DOCS_BY_KEY = "select doc from shingle_bands where key = ? order by doc limit ?"


def check_version(db: Database) -> None:
    """Raises ArchiveError when the index was made by another version: who opens the archive to
    write makes it anew.
    """
    row = db.execute("select value from meta where name = 'story_version'").fetchone()
    if row != (VERSION,):
        raise ArchiveError(
            "stories were made by another version of Khabar: run `khabar stories rebuild` first"
        )


def find_candidates(db: Database, fingerprint: Fingerprint) -> list[int]:
    """Ids of the articles that may be near-duplicates of a text, the likeliest first."""
    shared_keys: Counter[int] = Counter()
    for key in fingerprint.keys:
        shared_keys.update(doc for (doc,) in db.execute(_DOCS_BY_KEY, [key, MAX_ARTICLES_PER_KEY]))
    ranked_docs = sorted(shared_keys, key=lambda doc: (-shared_keys[doc], doc))[:MAX_CANDIDATES]
    rows = {row[0]: row[1:] for row in db.execute(_SKETCHES, [json.dumps(ranked_docs)])}
    candidates = ((doc, *rows[doc]) for doc in ranked_docs if doc in rows)
    return [
        article_id
        for _, article_id, size, sketch in candidates
        if fingerprint.can_be_near_duplicate(size, sketch)
    ]


def add_fingerprint(db: Database, article_id: int, fingerprint: Fingerprint) -> int:
    """Puts an article into the index. Returns its number there."""
    doc: int = db.execute(
        "insert into signatures (article_id, shingles, sketch) values (?, ?, ?) returning doc",
        [article_id, fingerprint.size, fingerprint.sketch],
    ).fetchone()[0]
    for key in fingerprint.keys:
        db.execute(
            """insert into shingle_bands (key, doc) select :key, :doc
            where (select count(*) from (select 1 from shingle_bands where key = :key limit :crowd)) < :crowd
            on conflict do nothing""",
            {"key": key, "doc": doc, "crowd": MAX_ARTICLES_PER_KEY},
        )
    return doc


def find_doc(db: Database, article_id: int) -> int | None:
    """The article's number in the index; None when it is not there."""
    row = db.execute("select doc from signatures where article_id = ?", [article_id]).fetchone()
    return row[0] if row else None


def remove_fingerprint(db: Database, doc: int, fingerprint: Fingerprint) -> None:
    """Takes an article out; `fingerprint` is the print it was put in with."""
    for key in fingerprint.keys:
        db.execute("delete from shingle_bands where key = ? and doc = ?", [key, doc])
    db.execute("delete from signatures where doc = ?", [doc])


# --- an article's words as stories are told by: folded, by paragraph, and which of them are its own
# ---


# words in a paragraph that may tell something; shorter ones tell by their full stop
MIN_PARAGRAPH_WORDS = 12
MIN_SENTENCE_WORDS = 4
_SENTENCE_ENDS = "।॥?!."


@dataclass
class ArticleText:
    """One article's words. `paragraphs`: (key, folded words) of each line that tells something,
    menus left out.
    """

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
        lines = ((line, tokens(line)) for line in self.text.splitlines())
        return [
            (hash_passage(self.source, words), words)
            for line, words in lines
            if _is_informative(line, words)
        ]

    def own_shingles(self, boilerplate: Collection[int]) -> frozenset[int]:
        """The shingles of what tells something and is not among the source's furniture (keys of
        paragraphs).
        """
        return shingles(
            [word for key, words in self.paragraphs if key not in boilerplate for word in words]
        )


def _is_informative(line: str, words: list[str]) -> bool:
    """A sentence or more: not a heading, a menu's item, another story's headline."""
    return len(words) >= MIN_PARAGRAPH_WORDS or (
        len(words) >= MIN_SENTENCE_WORDS and line.rstrip(" \"'”’)]")[-1:] in _SENTENCE_ENDS
    )


def compare_texts(text: ArticleText, other: ArticleText) -> Similarity:
    """What two articles share in all."""
    return likeness(text.shingles, other.shingles)


def read_text(db: Database, article_id: int) -> ArticleText | None:
    """An article's words as they stand now; None when they are withheld or there are none."""
    row = db.execute(
        "select id, source, text, text_sha256 from articles where id = ? and withheld is null and text <> ''",
        [article_id],
    ).fetchone()
    return ArticleText(*row) if row else None


# --- what a source prints again and again: footers, notices, an author's life. It makes no two
# articles one story ---


BOILERPLATE_DAYS = 3  # on which a source prints the same paragraph
# or in so many of its articles, be it on one day: more than a story has editions
BOILERPLATE_ARTICLES = 8
_PARAGRAPH_USE = """select count(*), count(distinct coalesce(a.published_on, date(a.first_seen, '+330 minutes')))
  from paragraphs p join signatures s on s.doc = p.doc join articles a on a.id = s.article_id where p.key = ?"""


def add_paragraphs(db: Database, doc: int, text: ArticleText) -> list[int]:
    """Notes an article's paragraphs. Returns the keys of those that have become furniture by it."""
    new_boilerplate = []
    for key in {key for key, _ in text.paragraphs}:
        if is_boilerplate(db, key):
            continue
        db.execute(
            "insert into paragraphs (key, doc) values (?, ?) on conflict do nothing", [key, doc]
        )
        if is_boilerplate(db, key):
            new_boilerplate.append(key)
    return new_boilerplate


def remove_paragraphs(db: Database, doc: int, text: ArticleText) -> None:
    """Takes an article's paragraphs back; what is furniture by now stays it."""
    for key in {key for key, _ in text.paragraphs}:
        if not is_boilerplate(db, key):
            db.execute("delete from paragraphs where key = ? and doc = ?", [key, doc])


def is_boilerplate(db: Database, key: int) -> bool:
    """Whether a paragraph, by its key, is its source's furniture."""
    articles, days = db.execute(_PARAGRAPH_USE, [key]).fetchone()
    return bool(articles >= BOILERPLATE_ARTICLES or days >= BOILERPLATE_DAYS)


def find_boilerplate(db: Database, text: ArticleText) -> set[int]:
    """The keys of the article's paragraphs that are furniture."""
    return {key for key, _ in text.paragraphs if is_boilerplate(db, key)}


def find_articles_with(db: Database, keys: Iterable[int]) -> set[int]:
    """Ids of the articles noted for any of these paragraphs."""
    sql = "select s.article_id from paragraphs p join signatures s on s.doc = p.doc where p.key = ?"
    return {article_id for key in keys for (article_id,) in db.execute(sql, [key])}
