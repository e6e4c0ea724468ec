"""Matches the documents of a corpus with articles: by URL, by text, as near-duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from khabar.archive.database import ArchiveError
from khabar.archive.stories import index
from khabar.export.overlap import keys
from khabar.export.overlap.corpora import CorpusDocument, CorpusFields, read_documents
from khabar.hindi.minhash import fingerprint, likeness, shingles
from khabar.hindi.normalize import compute_text_sha256, tokens

MatchMethod = Literal["url", "text", "near"]
_BY_URL = "select id from temp.url_keys where url_key = ? order by id"
_BY_TEXT = "select id from articles where text_sha256 = ? and withheld is null order by id"


@dataclass(frozen=True, slots=True)
class OverlapMatch:
    """A document and the article it matches.

    `number`: of the document, from 1; `jaccard`, `containment`: similarity of the texts, 0-1, None
    for a match by URL.
    """

    number: int
    url: str | None
    article_id: int
    by: MatchMethod
    jaccard: float | None = None
    containment: float | None = None


@dataclass
class OverlapFinder:
    """Compares corpora with the archive.

    `counts`: `documents` read, those matched by each method, and distinct `articles` matched.
    """

    db: Database
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.db.register_function(keys.url_key, deterministic=True)
        self.db.execute("drop table if exists temp.url_keys")
        self.db.execute(
            """create temp table url_keys as
            select url_key(url) as url_key, id from articles where withheld is null"""
        )
        self.db.execute("create index temp.url_keys_key on url_keys (url_key)")
        self.db.execute("drop table if exists temp.overlapping")
        self.db.execute("create temp table overlapping (id integer primary key)")

    def find_matches(
        self, path: Path, fields: CorpusFields, on_progress: Callable[[int], None]
    ) -> Iterator[OverlapMatch]:
        """Yields every match of a file's documents; an article may match several times.

        `on_progress` is called with `CorpusDocument.progress` after each document. Raises
        ArchiveError for a file that cannot be read.
        """
        for document in read_documents(path, fields):
            matches = list(self._match_document(document))
            self.counts["documents"] += 1
            self.counts.update({match.by for match in matches})
            for match in matches:
                self.counts["articles"] += self._is_new(match.article_id)
                yield match
            on_progress(document.progress)

    def _is_new(self, article_id: int) -> int:
        cursor = self.db.execute(
            "insert into temp.overlapping values (?) on conflict do nothing", [article_id]
        )
        return int(cursor.rowcount)

    def _match_document(self, document: CorpusDocument) -> Iterator[OverlapMatch]:
        """Yields an article once, by the surest method: same URL, same words, near-duplicate."""
        key = keys.url_key(document.url) if document.url else None
        url_matches = _select_ids(self.db, _BY_URL, key)
        for article_id in url_matches:
            yield OverlapMatch(document.number, document.url, article_id, "url")
        if document.text is None:
            return
        text_matches = [
            candidate
            for candidate in _select_ids(self.db, _BY_TEXT, compute_text_sha256(document.text))
            if candidate not in url_matches
        ]
        for article_id in text_matches:
            yield OverlapMatch(document.number, document.url, article_id, "text", 1.0, 1.0)
        yield from self._match_near_duplicates(document, {*url_matches, *text_matches})

    def _match_near_duplicates(
        self, document: CorpusDocument, excluded_ids: set[int]
    ) -> Iterator[OverlapMatch]:
        document_shingles = shingles(tokens(document.text or ""))
        signature = fingerprint(document_shingles)
        for article_id in index.find_candidates(self.db, signature) if signature else ():
            candidate = None if article_id in excluded_ids else index.read_text(self.db, article_id)
            similarity = likeness(document_shingles, candidate.shingles) if candidate else None
            if similarity and similarity.is_near_duplicate:
                scores = (round(similarity.jaccard, 3), round(similarity.containment, 3))
                yield OverlapMatch(document.number, document.url, article_id, "near", *scores)


def _select_ids(db: Database, sql: str, key: str | None) -> list[int]:
    """Article ids found by a key, none by None or ''."""
    return [article_id for (article_id,) in db.execute(sql, [key])] if key else []


def exclude_overlap(
    db: Database, files: Iterable[Path], on_progress: Callable[[int], None]
) -> None:
    """Fills temp.left_out with the articles that the files have, for `ExportSelection.not_in`.

    Raises ArchiveError for a file that is missing or cannot be read.
    """
    overlap = OverlapFinder(db)
    for path in files:
        if not path.is_file():
            raise ArchiveError(f"{path}: no such file")
        for _ in overlap.find_matches(path, CorpusFields(), on_progress):
            pass
    db.execute("drop table if exists temp.left_out")
    db.execute("create temp table left_out as select id from temp.overlapping")
