"""Which articles another corpus has too: found by address, by text, by near-duplicate, one document at a time."""

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
from khabar.export.overlap.documents import Document, Names, documents
from khabar.hindi.minhash import fingerprint, likeness, shingles
from khabar.hindi.normalize import text_sha256, tokens

By = Literal["url", "text", "near"]


@dataclass(frozen=True, slots=True)
class Match:
    """A document and an article that are one. `jaccard`, `containment`: of near-duplicates, 0-1; 1 of equal texts."""

    number: int
    url: str | None
    article_id: int
    by: By
    jaccard: float | None = None
    containment: float | None = None


@dataclass
class Overlap:
    """One comparison. `counts`: documents, those found by each way, articles found."""

    db: Database
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.db.register_function(keys.url_key, deterministic=True)
        self.db.execute("drop table if exists temp.url_keys")
        self.db.execute(
            """create temp table url_keys as select url_key(url) as url_key, id from articles where withheld is null"""
        )
        self.db.execute("create index temp.url_keys_key on url_keys (url_key)")
        self.db.execute("drop table if exists temp.overlapping")
        self.db.execute("create temp table overlapping (id integer primary key)")

    def matches(self, path: Path, names: Names, step: Callable[[int], None]) -> Iterator[Match]:
        """Every match of a file's documents; an article may match several times. `step` hears how far the file is."""
        for document in documents(path, names):
            found = list(self._of(document))
            self.counts["documents"] += 1
            self.counts.update({one.by for one in found})
            for one in found:
                self.counts["articles"] += self._is_new(one.article_id)
                yield one
            step(document.read)

    def _is_new(self, article_id: int) -> int:
        done = self.db.execute("insert into temp.overlapping values (?) on conflict do nothing", [article_id])
        return int(done.rowcount)

    def _of(self, document: Document) -> Iterator[Match]:
        """By the surest way that finds any: the same address, the same words, nearly the same words."""
        seen = set(self._at(document.url))
        for article_id in seen:
            yield Match(document.number, document.url, article_id, "url")
        if document.text is None:
            return
        same = {one for one in self._saying(document.text) if one not in seen}
        for article_id in sorted(same):
            yield Match(document.number, document.url, article_id, "text", 1.0, 1.0)
        yield from self._like(document, seen | same)

    def _at(self, url: str | None) -> list[int]:
        key = keys.url_key(url) if url else None
        return _ids(self.db, "select id from temp.url_keys where url_key = ? order by id", key)

    def _saying(self, text: str) -> list[int]:
        sql = "select id from articles where text_sha256 = ? and withheld is null order by id"
        return _ids(self.db, sql, text_sha256(text))

    def _like(self, document: Document, seen: set[int]) -> Iterator[Match]:
        told = shingles(tokens(document.text or ""))
        looked_for = fingerprint(told)
        for article_id in index.look_up(self.db, looked_for) if looked_for else ():
            read = None if article_id in seen else index.read(self.db, article_id)
            shared = likeness(told, read.shingles) if read else None
            if shared and shared.is_near:
                alike = (round(shared.jaccard, 3), round(shared.containment, 3))
                yield Match(document.number, document.url, article_id, "near", *alike)


def _ids(db: Database, sql: str, key: str | None) -> list[int]:
    return [article_id for (article_id,) in db.execute(sql, [key])] if key else []


def leave_out(db: Database, files: Iterable[Path], step: Callable[[int], None]) -> None:
    """Notes every article that one of the files has too, for an export that leaves them out (`Selection.not_in`)."""
    overlap = Overlap(db)
    for path in files:
        if not path.is_file():
            raise ArchiveError(f"{path}: no such file")
        for _ in overlap.matches(path, Names(), step):
            pass
    db.execute("drop table if exists temp.left_out")
    db.execute("create temp table left_out as select id from temp.overlapping")
