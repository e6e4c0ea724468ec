"""Raw pages, kept before anything can fail: zstd with one page of the source, its prose blanked, as dictionary.

Old months may be sealed (`khabar.archive.store.month_files`); `load` gives the same page from either place.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime

from sqlite_utils import Database

from khabar.archive.compression import zstd
from khabar.archive.database import Archive, transaction
from khabar.archive.store import month_files
from khabar.model import urls
from khabar.model.clock import parse_stamp, stamp
from khabar.model.items import Article, Page

ZstdError = zstd.ZstdError
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
              same_as, robots_id, tdmrep_id)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id""",
            [page_id, page.url, stamp(page.fetched_at), page.status, json.dumps(dict(page.headers)), digest,
             len(page.body), dictionary_id, body, same_as, *_site_words(db, page)],
        ).fetchone()[0]  # fmt: skip
        db.execute(
            "update pages set state = 'fetched', snapshot_id = ?, last_asked = ?, next_at = ? where id = ?",
            [snapshot_id, stamp(page.fetched_at), stamp(page.fetched_at), page_id],
        )
    return snapshot_id


def _site_words(db: Database, page: Page) -> list[int | None]:
    """The robots.txt and the tdmrep.json in force when the page came; None where we had none by then."""
    told = [urls.origin_of(page.url), stamp(page.fetched_at)]
    found = (
        db.execute(
            f"select id from {table} where origin = ? and first_seen <= ? order by last_asked desc, id desc limit 1",  # noqa: S608
            told,
        ).fetchone()
        for table in ("robots", "tdmreps")
    )
    return [row[0] if row else None for row in found]


def _same(db: Database, page_id: int, digest: str) -> int | None:
    """The page's snapshot that has this very body."""
    row = db.execute(
        "select id from snapshots where page_id = ? and sha256 = ? and same_as is null order by id desc limit 1",
        [page_id, digest],
    ).fetchone()
    return row[0] if row else None


def _packed(archive: Archive, page: Page, page_id: int) -> tuple[int | None, bytes]:
    source = archive.db.execute("select source from pages where id = ?", [page_id]).fetchone()[0]
    known = _dictionary(archive, source, page, page_id)
    return (known[0], packed(page.body, known[1])) if known else (None, packed(page.body, None))


def packed(raw: bytes, dictionary: zstd.ZstdDict | None) -> bytes:
    """A body as it is kept."""
    return zstd.compress(raw, LEVEL, zstd_dict=dictionary)


def unpacked(body: bytes, dictionary: bytes | None) -> bytes:
    """A kept body as it came. Raises ZstdError when it is damaged, or the dictionary is another."""
    return zstd.decompress(body, zstd_dict=as_dictionary(dictionary) if dictionary is not None else None)


def as_dictionary(body: bytes) -> zstd.ZstdDict:
    """A page's bytes as what others are compressed by."""
    return zstd.ZstdDict(body, is_raw=True)


def _dictionary(archive: Archive, source: str, page: Page, page_id: int) -> tuple[int, zstd.ZstdDict] | None:
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
            "insert into dictionaries (source, page_id, body, created_at) values (?, ?, ?, ?)",
            [source, page_id, body, stamp(page.fetched_at)],
        )
        row = (made.lastrowid, body)
    archive.dictionaries[source] = (row[0], as_dictionary(row[1]))
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
    """The page as it came. Raises ArchiveError when the file of its sealed month is missing."""
    url, fetched_at, status, headers, month, holder = db.execute(
        "select url, fetched_at, status, headers, sealed, coalesce(same_as, id) from snapshots where id = ?",
        [snapshot_id],
    ).fetchone()
    if month:
        headers = month_files.read(db, month, snapshot_id).headers
    moment: datetime = parse_stamp(fetched_at)
    return Page(url, raw_body(db, holder), moment, status, json.loads(headers))


def newest(db: Database, article_id: int) -> Page | None:
    """The page an article's newest reading came from; None when it came from no page."""
    row = db.execute(
        """select r.snapshot_id from articles a join revisions r on r.article_id = a.id and r.revision = a.revision
        where a.id = ? and r.snapshot_id is not null""",
        [article_id],
    ).fetchone()
    return load(db, row[0]) if row else None


def raw_body(db: Database, holder: int) -> bytes:
    """The bytes of a snapshot that has a body of its own."""
    body, dictionary, month = db.execute(
        """select s.body, d.body, s.sealed from snapshots s left join dictionaries d on d.id = s.dictionary_id
        where s.id = ?""",
        [holder],
    ).fetchone()
    if month:
        leaf = month_files.read(db, month, holder)
        body, dictionary = leaf.body, leaf.dictionary
    return unpacked(body, dictionary)


def keep_hash_only(db: Database, snapshot_id: int, like: int) -> None:
    """A revisit that read the same as the snapshot `like` keeps headers and hash; the body is that one's.

    Only of one page: what a twin (AMP, m.) showed is kept for itself.
    """
    db.execute(
        """update snapshots set body = null, dictionary_id = null, same_as = o.id
        from (select page_id, coalesce(same_as, id) as id from snapshots where id = :like) o
        where snapshots.id = :id and same_as is null and sealed is null and o.id <> :id
          and o.page_id = snapshots.page_id""",
        {"id": snapshot_id, "like": like},
    )


def drop(db: Database, snapshot_id: int) -> None:
    """A page that must not be kept after all. One that a reading came from stays until that reading goes."""
    db.execute("update pages set snapshot_id = null where snapshot_id = ?", [snapshot_id])
    db.execute(
        "delete from snapshots where id = :id and not exists (select 1 from revisions where snapshot_id = :id)",
        {"id": snapshot_id},
    )


def remember_rights(db: Database, snapshot_id: int, article: Article) -> None:
    """What the page said about keeping and using it, beside the bytes it said it in; `paywall`: what shows one."""
    wall = article.signals.get("paywalled")
    said = dict(article.rights) | ({"paywall": str(wall)} if wall else {})
    db.execute("update snapshots set rights = ? where id = ?", [json.dumps(said, ensure_ascii=False), snapshot_id])
