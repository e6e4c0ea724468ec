"""The near-duplicate index: 24 band keys per article, and a sketch to rule out other texts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sqlite_utils import Database

from khabar.archive.database import ArchiveError
from khabar.hindi.minhash import (
    SHINGLE_VERSION,
    Fingerprint,
    Similarity,
    fingerprint,
    hash_passage,
    likeness,
    shingles,
)
from khabar.hindi.normalize import FOLD_VERSION, tokens
from khabar.model.items import TextFeatures
from khabar.model.text_features import is_informative

# Of folding and fingerprints: keys of two versions are not comparable.
VERSION = f"{FOLD_VERSION}.{SHINGLE_VERSION}"
# Articles stored under one band key; a key of more is boilerplate, and further articles are not
# stored under it. Chosen by hand, not measured.
MAX_ARTICLES_PER_KEY = 200
# Candidates compared, those that share most keys first. Chosen by hand, not measured.
MAX_CANDIDATES = 200
# The day of an article `a`.
_DAY = "coalesce(a.published_on, date(a.first_seen, '+330 minutes'))"
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
    cursor = db.execute(
        "insert into signatures (article_id, shingles, sketch) values (?, ?, ?)",
        [article_id, fingerprint.size, fingerprint.sketch],
    )
    doc = int(cursor.lastrowid or 0)
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


# Cached: an article is compared with each of its copies, which are stored soon after it.
@lru_cache(maxsize=128)
def _compute_shingles(text: str) -> frozenset[int]:
    return shingles(tokens(text))


@dataclass
class ArticleText:
    """An article's text, folded and split into paragraphs. `features`: of the text, if they were
    computed before.
    """

    article_id: int
    source: str
    text: str
    text_sha256: str | None
    day: str  # of publication in India; without one, of the first visit
    features: TextFeatures | None = None

    @cached_property
    def shingles(self) -> frozenset[int]:
        """The shingles of the whole text."""
        return _compute_shingles(self.text)

    @cached_property
    def fingerprint(self) -> Fingerprint | None:
        """The fingerprint of the text; None for a text without shingles."""
        return self.features.fingerprint if self.features else fingerprint(self.shingles)

    @cached_property
    def paragraph_keys(self) -> frozenset[int]:
        """The keys of the informative lines."""
        if self.features:
            return frozenset(self.features.paragraph_keys)
        return frozenset(key for key, _ in self.paragraphs)

    @cached_property
    def paragraphs(self) -> list[tuple[int, list[str]]]:
        """(key in this source, folded words) of each informative line."""
        return [(key, words) for _, key, words in self._lines if key is not None]

    @cached_property
    def _lines(self) -> list[tuple[str, int | None, list[str]]]:
        """(line, key in this source, folded words) of each line; no key if not informative."""
        lines = ((line, tokens(line)) for line in self.text.splitlines())
        return [
            (line, hash_passage(self.source, words) if is_informative(line, words) else None, words)
            for line, words in lines
        ]

    def own_lines(self, boilerplate: Collection[int]) -> list[str]:
        """Returns the lines whose keys are not in `boilerplate`."""
        return [line for line, key, _ in self._lines if key not in boilerplate]

    def own_shingles(self, boilerplate: Collection[int]) -> frozenset[int]:
        """Returns the shingles of the informative lines whose keys are not in `boilerplate`."""
        return shingles(
            [word for key, words in self.paragraphs if key not in boilerplate for word in words]
        )


def compare_texts(text: ArticleText, other: ArticleText) -> Similarity:
    """Returns how much the whole texts of two articles share."""
    return likeness(text.shingles, other.shingles)


def read_text(db: Database, article_id: int) -> ArticleText | None:
    """Loads an article's current text; None when it is withheld or empty."""
    row = db.execute(
        f"""select id, source, text, text_sha256, {_DAY} from articles a
        where id = ? and withheld is null and text <> ''""",  # noqa: S608  (constant)
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
# Paragraphs of other articles than `:doc`: key, articles, days, whether one of the days is `:day`.
_PARAGRAPH_USE = f"""select p.key, count(*), count(distinct {_DAY}), max({_DAY} is :day)
  from json_each(:keys) k cross join paragraphs p on p.key = k.value
    join signatures s on s.doc = p.doc join articles a on a.id = s.article_id
  where p.doc is not :doc group by p.key"""  # noqa: S608  (constants)


def add_paragraphs(db: Database, doc: int, text: ArticleText) -> set[int]:
    """Stores an article's paragraphs. Returns the keys of those that became boilerplate by this."""
    new_keys, boilerplate = set(text.paragraph_keys), set()
    for key, articles, days, is_same_day in _select_use(db, text.paragraph_keys, doc, text.day):
        if _is_boilerplate(articles, days):
            new_keys.remove(key)
        elif _is_boilerplate(articles + 1, days + (not is_same_day)):
            boilerplate.add(key)
    db.conn.executemany(
        "insert into paragraphs (key, doc) values (?, ?) on conflict do nothing",
        [(key, doc) for key in sorted(new_keys)],
    )
    return boilerplate


def remove_paragraphs(db: Database, doc: int, text: ArticleText) -> None:
    """Deletes an article's paragraphs, except those that are boilerplate, which stay it."""
    keys = text.paragraph_keys - find_boilerplate(db, text)
    db.execute(
        "delete from paragraphs where doc = ? and key in (select value from json_each(?))",
        [doc, json.dumps(sorted(keys))],
    )


def find_boilerplate(db: Database, text: ArticleText) -> set[int]:
    """Returns the keys of the article's paragraphs that are boilerplate of its source."""
    return {
        key
        for key, articles, days, _ in _select_use(db, text.paragraph_keys)
        if _is_boilerplate(articles, days)
    }


def _select_use(
    db: Database, keys: Collection[int], doc: int | None = None, day: str | None = None
) -> list[tuple[int, int, int, int]]:
    params = {"keys": json.dumps(sorted(keys)), "doc": doc, "day": day}
    return db.execute(_PARAGRAPH_USE, params).fetchall()


def _is_boilerplate(articles: int, days: int) -> bool:
    return articles >= BOILERPLATE_ARTICLES or days >= BOILERPLATE_DAYS


def find_articles_with(db: Database, keys: Iterable[int]) -> set[int]:
    """Returns the ids of the articles that have any of these paragraphs."""
    rows = db.execute(
        """select distinct s.article_id
        from json_each(?) k cross join paragraphs p on p.key = k.value
        join signatures s on s.doc = p.doc""",
        [json.dumps(list(keys))],
    )
    return {article_id for (article_id,) in rows}
