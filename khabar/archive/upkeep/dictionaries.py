"""Dictionaries that may hold words of a page that was purged: their pages are packed anew
without them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from urllib.parse import unquote

from sqlite_utils import Database

from khabar.archive.store import snapshots
from khabar.hindi.normalize import tokens

# words in a row that are somebody's own; a text of three is its own run
NGRAM_WORDS, MIN_NGRAM_WORDS = 4, 3
_MAX_CANDIDATES = 20  # pages looked at for one that can stand in
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def find_tainted_dictionaries(
    db: Database, pages: Sequence[int], texts: Sequence[str]
) -> list[int]:
    """Dictionaries made from one of these pages, or with a run of these words in them."""
    ngrams = build_ngrams(texts)
    rows = db.execute(
        "select id, body, page_id in (select value from json_each(?)) from dictionaries",
        [json.dumps(pages)],
    ).fetchall()
    return [
        dictionary_id
        for dictionary_id, body, is_made_from in rows
        if is_made_from or not ngrams.isdisjoint(find_ngrams_in(body))
    ]


def build_ngrams(texts: Iterable[str]) -> set[str]:
    """Every four words in a row, folded; of a text of three all of it. Two words are anybody's."""
    return {ngram for text in texts for ngram in _iter_ngrams(tokens(text))}


def _iter_ngrams(words: Sequence[str]) -> Iterator[str]:
    if len(words) == MIN_NGRAM_WORDS:
        yield " ".join(words)
    for start in range(len(words) - NGRAM_WORDS + 1):
        yield " ".join(words[start : start + NGRAM_WORDS])


def find_ngrams_in(body: bytes) -> set[str]:
    """The runs of a page's source: with its tags, which have words in them too, and without;
    escapes undone.
    """
    text = _ESCAPE.sub(
        lambda ngrams: chr(int(ngrams[1], 16)),
        unquote(html.unescape(body.decode(errors="replace"))),
    )
    ngrams: set[str] = set()
    for words in (tokens(text), tokens(re.sub(r"<[^>]*>", " ", text))):
        ngrams |= {
            " ".join(words[start : start + size])
            for size in (MIN_NGRAM_WORDS, NGRAM_WORDS)
            for start in range(len(words) - size + 1)
        }
    return ngrams


def replace_dictionaries(db: Database, dictionary_ids: Sequence[int], texts: Sequence[str]) -> None:
    """Puts another page in the place of each dictionary, or none, and packs the live pages of its
    source anew.

    Inside a transaction. What is sealed is packed anew when its month is rewritten
    (`khabar.archive.upkeep.months`).
    """
    ngrams = build_ngrams(texts)
    for dictionary in dictionary_ids:
        source, body = db.execute(
            "select source, body from dictionaries where id = ?", [dictionary]
        ).fetchone()
        _recompress_pages(db, dictionary, body, _find_replacement(db, dictionary, source, ngrams))
        db.execute("delete from dictionaries where id = ?", [dictionary])


def _find_replacement(
    db: Database, old_id: int, source: str, ngrams: set[str]
) -> tuple[int, bytes] | None:
    """A newer dictionary of the source, else one made from a page of it that has none of these
    words.
    """
    row = db.execute(
        "select id, body from dictionaries where source = ? and id > ? order by id desc limit 1",
        [source, old_id],
    ).fetchone()
    if row and ngrams.isdisjoint(find_ngrams_in(row[1])):
        return row[0], row[1]
    for page_id, fetched_at, snapshot_id in _select_candidates(db, source):
        body = snapshots.strip_prose(snapshots.read_body(db, snapshot_id))
        if ngrams.isdisjoint(find_ngrams_in(body)):
            cursor = db.execute(
                "insert into dictionaries (source, page_id, body, created_at) values (?, ?, ?, ?) returning id",
                [source, page_id, body, fetched_at],
            )
            return cursor.fetchone()[0], body
    return None


def _select_candidates(db: Database, source: str) -> list[tuple[int, str, int]]:
    rows = db.execute(
        """select p.id, s.fetched_at, s.id from snapshots s join pages p on p.id = s.page_id
        where p.source = ? and s.body is not null and s.size >= ? order by s.id desc""",
        [source, snapshots.MIN_DICTIONARY_BYTES],
    )
    return list(islice(rows, _MAX_CANDIDATES))


def _recompress_pages(
    db: Database, old_id: int, body: bytes, replacement: tuple[int, bytes] | None
) -> None:
    new_id, zstd_dictionary = (
        (replacement[0], snapshots.build_zstd_dictionary(replacement[1]))
        if replacement
        else (None, None)
    )
    for (snapshot_id,) in db.execute(
        "select id from snapshots where dictionary_id = ?", [old_id]
    ).fetchall():
        old_body = db.execute("select body from snapshots where id = ?", [snapshot_id]).fetchone()[
            0
        ]
        new_body = snapshots.compress_body(
            snapshots.decompress_body(old_body, body), zstd_dictionary
        )
        db.execute(
            "update snapshots set body = ?, dictionary_id = ? where id = ?",
            [new_body, new_id, snapshot_id],
        )
