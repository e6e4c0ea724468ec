"""The near-duplicate index: 24 band keys per article, and a sketch to rule out other texts."""

from __future__ import annotations

import json
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

# Of folding and fingerprints: keys of two versions are not comparable.
VERSION = f"{FOLD_VERSION}.{SHINGLE_VERSION}"
# Articles stored under one band key; a key of more is boilerplate, and further articles are not
# stored under it. Chosen by hand, not measured.
MAX_ARTICLES_PER_KEY = 200
# Candidates compared, those that share most keys first. Chosen by hand, not measured.
MAX_CANDIDATES = 200
# The articles that share most keys with these, with their sketches.
_CANDIDATES = """with shared as (
    select b.doc, count(*) as key_count
    from json_each(:keys) k cross join shingle_bands b on b.key = k.value
    group by b.doc order by key_count desc, b.doc limit :limit)
  select s.article_id, s.shingles, s.sketch from shared join signatures s on s.doc = shared.doc
  order by shared.key_count desc, shared.doc"""


def check_version(db: Database) -> None:
    """Raises ArchiveError when the index was made by another version of folding or fingerprints."""
    row = db.execute("select value from meta where name = 'story_version'").fetchone()
    if row != (VERSION,):
        raise ArchiveError(
            "stories were made by another version of Khabar: run `khabar stories rebuild` first"
        )


def find_candidates(db: Database, fingerprint: Fingerprint) -> list[int]:
    """Returns the ids of articles that may be near-duplicates of a text, most shared keys first."""
    rows = db.execute(
        _CANDIDATES, {"keys": json.dumps(list(fingerprint.keys)), "limit": MAX_CANDIDATES}
    )
    return [
        article_id
        for article_id, size, sketch in rows
        if fingerprint.can_be_near_duplicate(size, sketch)
    ]


def add_fingerprint(db: Database, article_id: int, fingerprint: Fingerprint) -> int:
    """Adds an article to the index. Returns its number (doc) there."""
    doc: int = db.execute(
        "insert into signatures (article_id, shingles, sketch) values (?, ?, ?) returning doc",
        [article_id, fingerprint.size, fingerprint.sketch],
    ).fetchone()[0]
    db.execute(
        """insert into shingle_bands (key, doc) select k.value, :doc from json_each(:keys) k
        where (select count(*) from
          (select 1 from shingle_bands where key = k.value limit :crowd)) < :crowd
        on conflict do nothing""",
        {"keys": json.dumps(list(fingerprint.keys)), "doc": doc, "crowd": MAX_ARTICLES_PER_KEY},
    )
    return doc


def find_doc(db: Database, article_id: int) -> int | None:
    """Returns the article's number (doc) in the index; None when it is not there."""
    row = db.execute("select doc from signatures where article_id = ?", [article_id]).fetchone()
    return row[0] if row else None


def remove_fingerprint(db: Database, doc: int, fingerprint: Fingerprint) -> None:
    """Removes an article from the index; `fingerprint` is the one it was added with."""
    db.execute(
        "delete from shingle_bands where doc = ? and key in (select value from json_each(?))",
        [doc, json.dumps(list(fingerprint.keys))],
    )
    db.execute("delete from signatures where doc = ?", [doc])


# --- an article's text, folded, by paragraph ---


# Words in an informative line: with this many it needs no full stop. Chosen by hand, not measured.
MIN_PARAGRAPH_WORDS = 12
# Words in an informative line that ends with a full stop. Chosen by hand, not measured.
MIN_SENTENCE_WORDS = 4
_SENTENCE_ENDS = "।॥?!."


@dataclass
class ArticleText:
    """An article's text, folded and split into paragraphs."""

    article_id: int
    source: str
    text: str
    text_sha256: str | None

    @cached_property
    def shingles(self) -> frozenset[int]:
        """The shingles of the whole text."""
        return shingles(tokens(self.text))

    @cached_property
    def paragraphs(self) -> list[tuple[int, list[str]]]:
        """(key in this source, folded words) of each informative line."""
        lines = ((line, tokens(line)) for line in self.text.splitlines())
        return [
            (hash_passage(self.source, words), words)
            for line, words in lines
            if _is_informative(line, words)
        ]

    def own_shingles(self, boilerplate: Collection[int]) -> frozenset[int]:
        """Returns the shingles of the informative lines whose keys are not in `boilerplate`."""
        return shingles(
            [word for key, words in self.paragraphs if key not in boilerplate for word in words]
        )


def _is_informative(line: str, words: list[str]) -> bool:
    """Returns whether a line is a sentence or more: no heading, menu item or linked headline."""
    return len(words) >= MIN_PARAGRAPH_WORDS or (
        len(words) >= MIN_SENTENCE_WORDS and line.rstrip(" \"'”’)]")[-1:] in _SENTENCE_ENDS
    )


def compare_texts(text: ArticleText, other: ArticleText) -> Similarity:
    """Returns how much the whole texts of two articles share."""
    return likeness(text.shingles, other.shingles)


def read_text(db: Database, article_id: int) -> ArticleText | None:
    """Loads an article's current text; None when it is withheld or empty."""
    row = db.execute(
        """select id, source, text, text_sha256 from articles
        where id = ? and withheld is null and text <> ''""",
        [article_id],
    ).fetchone()
    return ArticleText(*row) if row else None


# --- boilerplate: paragraphs that a source repeats (footers, notices, author bios). Articles that
# share only these are not one story ---


# A paragraph is boilerplate when its source published it on this many days, or in this many
# articles, which is more than a story has editions. Both chosen by hand. Without the rule one
# footer made a "story" of 173 articles (docs/decisions.md); with it none of the ten largest was
# boilerplate (docs/benchmarks.md).
BOILERPLATE_DAYS = 3
BOILERPLATE_ARTICLES = 8
_BOILERPLATE_KEYS = """select p.key
  from json_each(:keys) k cross join paragraphs p on p.key = k.value
    join signatures s on s.doc = p.doc join articles a on a.id = s.article_id
  group by p.key
  having count(*) >= :articles
    or count(distinct coalesce(a.published_on, date(a.first_seen, '+330 minutes'))) >= :days"""


def add_paragraphs(db: Database, doc: int, text: ArticleText) -> set[int]:
    """Stores an article's paragraphs. Returns the keys of those that became boilerplate by this."""
    new_keys = {key for key, _ in text.paragraphs} - find_boilerplate(db, text)
    db.execute(
        """insert into paragraphs (key, doc) select value, ? from json_each(?) where true
        on conflict do nothing""",
        [doc, json.dumps(sorted(new_keys))],
    )
    return _select_boilerplate(db, new_keys)


def remove_paragraphs(db: Database, doc: int, text: ArticleText) -> None:
    """Deletes an article's paragraphs, except those that are boilerplate, which stay it."""
    keys = {key for key, _ in text.paragraphs} - find_boilerplate(db, text)
    db.execute(
        "delete from paragraphs where doc = ? and key in (select value from json_each(?))",
        [doc, json.dumps(sorted(keys))],
    )


def find_boilerplate(db: Database, text: ArticleText) -> set[int]:
    """Returns the keys of the article's paragraphs that are boilerplate of its source."""
    return _select_boilerplate(db, {key for key, _ in text.paragraphs})


def _select_boilerplate(db: Database, keys: Collection[int]) -> set[int]:
    params = {
        "keys": json.dumps(sorted(keys)),
        "articles": BOILERPLATE_ARTICLES,
        "days": BOILERPLATE_DAYS,
    }
    return {key for (key,) in db.execute(_BOILERPLATE_KEYS, params)}


def find_articles_with(db: Database, keys: Iterable[int]) -> set[int]:
    """Returns the ids of the articles that have any of these paragraphs."""
    rows = db.execute(
        """select distinct s.article_id
        from json_each(?) k cross join paragraphs p on p.key = k.value
        join signatures s on s.doc = p.doc""",
        [json.dumps(list(keys))],
    )
    return {article_id for (article_id,) in rows}
