"""Replaces compression dictionaries that may contain text of a purged page.

The pages that use one are compressed again without it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from sqlite_utils import Database

from khabar.archive.store import snapshots
from khabar.hindi.normalize import tokens

# Words in a row that identify a text; of a text of MIN_NGRAM_WORDS these do, and two words are too
# common. Chosen by hand, not measured.
NGRAM_WORDS, MIN_NGRAM_WORDS = 4, 3
# Recent pages tried as a new dictionary. Chosen by hand, not measured.
_MAX_CANDIDATES = 20
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def find_dictionaries_to_replace(
    db: Database, pages: Sequence[int], texts: Sequence[str]
) -> list[int]:
    """Returns the dictionaries made from one of these pages, or with an n-gram of these texts."""
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
    """Returns every four folded words in a row; of a text of three words, these."""
    return {ngram for text in texts for ngram in _iter_ngrams(tokens(text))}


def _iter_ngrams(words: Sequence[str]) -> Iterator[str]:
    if len(words) == MIN_NGRAM_WORDS:
        yield " ".join(words)
    for start in range(len(words) - NGRAM_WORDS + 1):
        yield " ".join(words[start : start + NGRAM_WORDS])


def find_ngrams_in(body: bytes) -> set[str]:
    """Returns the n-grams of a page's source, once with its tags and once without, escapes decoded.

    Tags are included because their attributes contain words, too.
    """
    text = _ESCAPE.sub(
        lambda match: chr(int(match[1], 16)),
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
    """Replaces each dictionary by another or none, and compresses the live pages that use it again.

    To be called inside a transaction. Sealed pages are compressed again when their month is
    rewritten (`khabar.archive.upkeep.seal`).
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
    """Returns (id, bytes) of a dictionary of the source without these n-grams; None without one.

    It is the newest one, if that is newer than `old_id`; else one made from a recent page.
    """
    row = db.execute(
        "select id, body from dictionaries where source = ? and id > ? order by id desc limit 1",
        [source, old_id],
    ).fetchone()
    if row and ngrams.isdisjoint(find_ngrams_in(row[1])):
        return row[0], row[1]
    candidates = db.execute(
        """select p.id, s.fetched_at, s.id from snapshots s join pages p on p.id = s.page_id
        where p.source = ? and s.body is not null and s.size >= ? order by s.id desc limit ?""",
        [source, snapshots.MIN_DICTIONARY_BYTES, _MAX_CANDIDATES],
    ).fetchall()
    for page_id, fetched_at, snapshot_id in candidates:
        body = snapshots.strip_prose(snapshots.read_body(db, snapshot_id))
        if ngrams.isdisjoint(find_ngrams_in(body)):
            cursor = db.execute(
                """insert into dictionaries (source, page_id, body, created_at)
                values (?, ?, ?, ?) returning id""",
                [source, page_id, body, fetched_at],
            )
            return cursor.fetchone()[0], body
    return None


def _recompress_pages(
    db: Database, old_id: int, body: bytes, replacement: tuple[int, bytes] | None
) -> None:
    new_id, zstd_dictionary = None, None
    if replacement:
        new_id, zstd_dictionary = replacement[0], snapshots.build_zstd_dictionary(replacement[1])
    ids = db.execute("select id from snapshots where dictionary_id = ?", [old_id]).fetchall()
    for (snapshot_id,) in ids:
        (old_body,) = db.execute(
            "select body from snapshots where id = ?", [snapshot_id]
        ).fetchone()
        raw = snapshots.decompress_body(old_body, body)
        db.execute(
            "update snapshots set body = ?, dictionary_id = ? where id = ?",
            [snapshots.compress_body(raw, zstd_dictionary), new_id, snapshot_id],
        )
