"""Raw pages, kept before anything can fail: zstd with one page of the source, its prose blanked, as dictionary."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from datetime import datetime

from sqlite_utils import Database

from archive.connect import Archive, transaction
from crawler.clock import parse_stamp, stamp
from crawler.items import Page

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3  # level 9 saves a fifth more for seven times the CPU
DICTIONARY_AFTER = 4096  # bytes: a smaller page is no sample of its source's furniture
_STRETCH = re.compile(r'[^<>"]{40,}')
_LETTER = re.compile(r"\\u0[9aA][0-9a-fA-F]{2}|[^\W\d_]|[\u0900-\u097f]")


def keep(archive: Archive, page: Page, page_id: int) -> int:
    """Stores the page and marks its ledger row fetched, in one transaction. Returns the snapshot's id."""
    db, digest = archive.db, hashlib.sha256(page.body).hexdigest()
    with transaction(db):
        same_as = _same(db, page_id, digest)
        dictionary_id, body = (None, None) if same_as else _packed(archive, page, page_id)
        snapshot_id: int = db.execute(
            """insert into snapshots (page_id, url, fetched_at, status, headers, sha256, size, dictionary_id, body,
              same_as)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id""",
            [page_id, page.url, stamp(page.fetched_at), page.status, json.dumps(dict(page.headers)), digest,
             len(page.body), dictionary_id, body, same_as],
        ).fetchone()[0]  # fmt: skip
        db.execute(
            "update pages set state = 'fetched', snapshot_id = ?, last_asked = ?, next_at = ? where id = ?",
            [snapshot_id, stamp(page.fetched_at), stamp(page.fetched_at), page_id],
        )
    return snapshot_id


def _same(db: Database, page_id: int, digest: str) -> int | None:
    """The page's snapshot that has this very body."""
    row = db.execute(
        "select id from snapshots where page_id = ? and sha256 = ? and body is not null order by id desc limit 1",
        [page_id, digest],
    ).fetchone()
    return row[0] if row else None


def _packed(archive: Archive, page: Page, page_id: int) -> tuple[int | None, bytes]:
    source = archive.db.execute("select source from pages where id = ?", [page_id]).fetchone()[0]
    known = _dictionary(archive, source, page)
    if known is None:
        return None, zstd.compress(page.body, LEVEL)
    return known[0], zstd.compress(page.body, LEVEL, zstd_dict=known[1])


def _dictionary(archive: Archive, source: str, page: Page) -> tuple[int, zstd.ZstdDict] | None:
    """The source's newest dictionary; its first page of some size becomes one."""
    if source in archive.dictionaries:
        return archive.dictionaries[source]
    row = archive.db.execute(
        "select id, body from dictionaries where source = ? order by id desc limit 1", [source]
    ).fetchone()
    if row is None and len(page.body) < DICTIONARY_AFTER:
        return None
    if row is None:
        body = blanked(page.body)
        made = archive.db.execute(
            "insert into dictionaries (source, body, created_at) values (?, ?, ?)",
            [source, body, stamp(page.fetched_at)],
        )
        row = (made.lastrowid, body)
    archive.dictionaries[source] = (row[0], zstd.ZstdDict(row[1], is_raw=True))
    return archive.dictionaries[source]


def blanked(body: bytes) -> bytes:
    """A page without its prose: markup, scripts and labels stay. A takedown must not leave words in a dictionary."""
    text = body.decode("utf-8", errors="replace")
    return _STRETCH.sub(lambda found: "" if _is_prose(found.group()) else found.group(), text).encode()


def _is_prose(stretch: str) -> bool:
    """Six words or more, nearly all letters: code and style sheets are full of other signs."""
    bare = "".join(stretch.split())
    letters = sum(len(found.group()) for found in _LETTER.finditer(bare))
    return len(stretch.split()) >= 6 and letters >= 0.8 * len(bare)


def load(db: Database, snapshot_id: int) -> Page:
    """The page as it came."""
    row = db.execute(
        """select s.url, s.fetched_at, s.status, s.headers, coalesce(s.body, o.body),
          coalesce(s.dictionary_id, o.dictionary_id)
        from snapshots s left join snapshots o on o.id = s.same_as where s.id = ?""",
        [snapshot_id],
    ).fetchone()
    url, fetched_at, status, headers, body, dictionary_id = row
    raw = (
        zstd.decompress(body, zstd_dict=_load_dictionary(db, dictionary_id)) if dictionary_id else zstd.decompress(body)
    )
    moment: datetime = parse_stamp(fetched_at)
    return Page(url, raw, moment, status, json.loads(headers))


def _load_dictionary(db: Database, dictionary_id: int) -> zstd.ZstdDict:
    body = db.execute("select body from dictionaries where id = ?", [dictionary_id]).fetchone()[0]
    return zstd.ZstdDict(body, is_raw=True)


def keep_hash_only(db: Database, snapshot_id: int, like: int) -> None:
    """A revisit that read the same as the snapshot `like` keeps headers and hash; the body is that one's.

    Only of one page: what a twin (AMP, m.) showed is kept for itself.
    """
    db.execute(
        """update snapshots set body = null, dictionary_id = null, same_as = o.id
        from (select page_id, coalesce(same_as, id) as id from snapshots where id = :like) o
        where snapshots.id = :id and same_as is null and o.id <> :id and o.page_id = snapshots.page_id""",
        {"id": snapshot_id, "like": like},
    )


def remember_rights(db: Database, snapshot_id: int, rights: object) -> None:
    """What the page said about keeping and using it, beside the bytes it said it in."""
    db.execute("update snapshots set rights = ? where id = ?", [json.dumps(rights, ensure_ascii=False), snapshot_id])
