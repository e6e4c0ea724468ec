"""Dictionaries that may hold words of a page that was purged: their pages are packed anew without them."""

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

RUN, SHORT = 4, 3  # words in a row that are somebody's own; a text of three is its own run
_CANDIDATES = 20  # pages looked at for one that can stand in
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def suspects(db: Database, pages: Sequence[int], texts: Sequence[str]) -> list[int]:
    """Dictionaries made from one of these pages, or with a run of these words in them."""
    own = runs(texts)
    rows = db.execute(
        "select id, body, page_id in (select value from json_each(?)) from dictionaries", [json.dumps(pages)]
    ).fetchall()
    return [found for found, body, made_from in rows if made_from or not own.isdisjoint(runs_in(body))]


def runs(texts: Iterable[str]) -> set[str]:
    """Every four words in a row, folded; of a text of three all of it. Two words are anybody's."""
    return {run for text in texts for run in _of(tokens(text))}


def _of(words: Sequence[str]) -> Iterator[str]:
    if len(words) == SHORT:
        yield " ".join(words)
    for at in range(len(words) - RUN + 1):
        yield " ".join(words[at : at + RUN])


def runs_in(body: bytes) -> set[str]:
    """The runs of a page's source: with its tags, which have words in them too, and without; escapes undone."""
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), unquote(html.unescape(body.decode(errors="replace"))))
    found: set[str] = set()
    for words in (tokens(text), tokens(re.sub(r"<[^>]*>", " ", text))):
        found |= {" ".join(words[at : at + size]) for size in (SHORT, RUN) for at in range(len(words) - size + 1)}
    return found


def renew(db: Database, old: Sequence[int], texts: Sequence[str]) -> None:
    """Puts another page in the place of each dictionary, or none, and packs the live pages of its source anew.

    Inside a transaction. What is sealed is packed anew when its month is rewritten (`khabar.archive.upkeep.months`).
    """
    own = runs(texts)
    for dictionary in old:
        source, body = db.execute("select source, body from dictionaries where id = ?", [dictionary]).fetchone()
        _repack(db, dictionary, body, _stand_in(db, dictionary, source, own))
        db.execute("delete from dictionaries where id = ?", [dictionary])


def _stand_in(db: Database, old: int, source: str, own: set[str]) -> tuple[int, bytes] | None:
    """A newer dictionary of the source, else one made from a page of it that has none of these words."""
    row = db.execute(
        "select id, body from dictionaries where source = ? and id > ? order by id desc limit 1", [source, old]
    ).fetchone()
    if row and own.isdisjoint(runs_in(row[1])):
        return row[0], row[1]
    for page_id, fetched_at, snapshot_id in _candidates(db, source):
        body = snapshots.blanked(snapshots.raw_body(db, snapshot_id))
        if own.isdisjoint(runs_in(body)):
            made = db.execute(
                "insert into dictionaries (source, page_id, body, created_at) values (?, ?, ?, ?) returning id",
                [source, page_id, body, fetched_at],
            )
            return made.fetchone()[0], body
    return None


def _candidates(db: Database, source: str) -> list[tuple[int, str, int]]:
    rows = db.execute(
        """select p.id, s.fetched_at, s.id from snapshots s join pages p on p.id = s.page_id
        where p.source = ? and s.body is not null and s.size >= ? order by s.id desc""",
        [source, snapshots.DICTIONARY_AFTER],
    )
    return list(islice(rows, _CANDIDATES))


def _repack(db: Database, old: int, body: bytes, new: tuple[int, bytes] | None) -> None:
    new_id, by = (new[0], snapshots.as_dictionary(new[1])) if new else (None, None)
    for (snapshot_id,) in db.execute("select id from snapshots where dictionary_id = ?", [old]).fetchall():
        kept = db.execute("select body from snapshots where id = ?", [snapshot_id]).fetchone()[0]
        packed = snapshots.packed(snapshots.unpacked(kept, body), by)
        db.execute("update snapshots set body = ?, dictionary_id = ? where id = ?", [packed, new_id, snapshot_id])
