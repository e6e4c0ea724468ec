"""Raw pages, kept before anything can fail: zstd with one page of the source, its prose blanked, as
dictionary.

Old months may be sealed (`khabar.archive.store.month_files`); `load_page` gives the same page from
either place.
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
from khabar.model.clock import format_utc, parse_utc
from khabar.model.items import Article, Page

ZstdError = zstd.ZstdError
COMPRESSION_LEVEL = 3  # level 9 saves a fifth more for seven times the CPU
MIN_DICTIONARY_BYTES = 4096  # bytes: a smaller page is no sample of its source's furniture
_TEXT_RUN = re.compile(r'[^<>"]{40,}')
_LETTER = re.compile(r"\\u0[9aA][0-9a-fA-F]{2}|[^\W\d_]|[\u0900-\u097f]")


def save_snapshot(archive: Archive, page: Page, page_id: int) -> int:
    """Stores the page and marks its ledger row fetched, in one transaction. Returns the
    snapshot's id.
    """
    db, digest = archive.db, hashlib.sha256(page.body).hexdigest()
    with transaction(db):
        same_as = _find_same_body(db, page_id, digest)
        dictionary_id, body = (None, None) if same_as else _compress_page(archive, page, page_id)
        snapshot_id: int = db.execute(
            """insert into snapshots (page_id, url, fetched_at, status, headers, sha256, size, dictionary_id, body,
              same_as, robots_id, tdmrep_id)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id""",
            [
                page_id,
                page.url,
                format_utc(page.fetched_at),
                page.status,
                json.dumps(dict(page.headers)),
                digest,
                len(page.body),
                dictionary_id,
                body,
                same_as,
                *_find_site_files(db, page),
            ],
        ).fetchone()[0]
        db.execute(
            "update pages set state = 'fetched', snapshot_id = ?, last_asked = ?, next_at = ? where id = ?",
            [snapshot_id, format_utc(page.fetched_at), format_utc(page.fetched_at), page_id],
        )
    return snapshot_id


def _find_site_files(db: Database, page: Page) -> list[int | None]:
    """The robots.txt and the tdmrep.json in force when the page came; None where we had none by
    then.
    """
    params = [urls.get_origin(page.url), format_utc(page.fetched_at)]
    rows = (
        db.execute(
            f"select id from {table} where origin = ? and first_seen <= ? order by last_asked desc, id desc limit 1",  # noqa: S608
            params,
        ).fetchone()
        for table in ("robots", "tdmreps")
    )
    return [row[0] if row else None for row in rows]


def _find_same_body(db: Database, page_id: int, digest: str) -> int | None:
    """The page's snapshot that has this very body."""
    row = db.execute(
        "select id from snapshots where page_id = ? and sha256 = ? and same_as is null order by id desc limit 1",
        [page_id, digest],
    ).fetchone()
    return row[0] if row else None


def _compress_page(archive: Archive, page: Page, page_id: int) -> tuple[int | None, bytes]:
    source = archive.db.execute("select source from pages where id = ?", [page_id]).fetchone()[0]
    dictionary = _get_dictionary(archive, source, page, page_id)
    return (
        (dictionary[0], compress_body(page.body, dictionary[1]))
        if dictionary
        else (None, compress_body(page.body, None))
    )


def compress_body(raw: bytes, dictionary: zstd.ZstdDict | None) -> bytes:
    """A body as it is kept."""
    return zstd.compress(raw, COMPRESSION_LEVEL, zstd_dict=dictionary)


def decompress_body(body: bytes, dictionary: bytes | None) -> bytes:
    """A kept body as it came. Raises ZstdError when it is damaged, or the dictionary is another."""
    return zstd.decompress(
        body, zstd_dict=build_zstd_dictionary(dictionary) if dictionary is not None else None
    )


def build_zstd_dictionary(body: bytes) -> zstd.ZstdDict:
    """A page's bytes as what others are compressed by."""
    return zstd.ZstdDict(body, is_raw=True)


def _get_dictionary(
    archive: Archive, source: str, page: Page, page_id: int
) -> tuple[int, zstd.ZstdDict] | None:
    """The source's newest dictionary; its first page of some size becomes one."""
    if source in archive.dictionaries:
        return archive.dictionaries[source]
    row = archive.db.execute(
        "select id, body from dictionaries where source = ? order by id desc limit 1", [source]
    ).fetchone()
    if row is None and len(page.body) < MIN_DICTIONARY_BYTES:
        return None
    if row is None:
        body = strip_prose(page.body)
        cursor = archive.db.execute(
            "insert into dictionaries (source, page_id, body, created_at) values (?, ?, ?, ?)",
            [source, page_id, body, format_utc(page.fetched_at)],
        )
        row = (cursor.lastrowid, body)
    archive.dictionaries[source] = (row[0], build_zstd_dictionary(row[1]))
    return archive.dictionaries[source]


def strip_prose(body: bytes) -> bytes:
    """A page without its prose: markup, scripts and labels stay. A takedown must not leave words
    in a dictionary.
    """
    text = body.decode("utf-8", errors="replace")
    return _TEXT_RUN.sub(
        lambda match: "" if _is_prose(match.group()) else match.group(), text
    ).encode()


def _is_prose(text: str) -> bool:
    """Six words or more, nearly all letters: code and style sheets are full of other signs."""
    characters = "".join(text.split())
    letters = sum(len(match.group()) for match in _LETTER.finditer(characters))
    return len(text.split()) >= 6 and letters >= 0.8 * len(characters)


def load_page(db: Database, snapshot_id: int) -> Page:
    """The page as it came. Raises ArchiveError when the file of its sealed month is missing."""
    url, fetched_at, status, headers, month, body_snapshot_id = db.execute(
        "select url, fetched_at, status, headers, sealed, coalesce(same_as, id) from snapshots where id = ?",
        [snapshot_id],
    ).fetchone()
    if month:
        headers = month_files.read_snapshot(db, month, snapshot_id).headers
    fetch_time: datetime = parse_utc(fetched_at)
    return Page(url, read_body(db, body_snapshot_id), fetch_time, status, json.loads(headers))


def load_newest_page(db: Database, article_id: int) -> Page | None:
    """The page an article's newest reading came from; None when it came from no page."""
    row = db.execute(
        """select r.snapshot_id from articles a join revisions r on r.article_id = a.id and r.revision = a.revision
        where a.id = ? and r.snapshot_id is not null""",
        [article_id],
    ).fetchone()
    return load_page(db, row[0]) if row else None


def read_body(db: Database, snapshot_id: int) -> bytes:
    """The bytes of a snapshot that has a body of its own."""
    body, dictionary, month = db.execute(
        """select s.body, d.body, s.sealed from snapshots s left join dictionaries d on d.id = s.dictionary_id
        where s.id = ?""",
        [snapshot_id],
    ).fetchone()
    if month:
        archived_page = month_files.read_snapshot(db, month, snapshot_id)
        body, dictionary = archived_page.body, archived_page.dictionary
    return decompress_body(body, dictionary)


def drop_duplicate_body(db: Database, snapshot_id: int, original_id: int) -> None:
    """A revisit that read the same as the snapshot `original_id` keeps headers and hash; the body
    is that one's.

    Only of one page: what a twin (AMP, m.) showed is kept for itself.
    """
    db.execute(
        """update snapshots set body = null, dictionary_id = null, same_as = o.id
        from (select page_id, coalesce(same_as, id) as id from snapshots where id = :like) o
        where snapshots.id = :id and same_as is null and sealed is null and o.id <> :id
          and o.page_id = snapshots.page_id""",
        {"id": snapshot_id, "like": original_id},
    )


def delete_snapshot(db: Database, snapshot_id: int) -> None:
    """A page that must not be kept after all. One that a reading came from stays until that
    reading goes.
    """
    db.execute("update pages set snapshot_id = null where snapshot_id = ?", [snapshot_id])
    db.execute(
        "delete from snapshots where id = :id and not exists (select 1 from revisions where snapshot_id = :id)",
        {"id": snapshot_id},
    )


def save_rights(db: Database, snapshot_id: int, article: Article) -> None:
    """What the page said about keeping and using it, beside the bytes it said it in; `paywall`:
    what shows one.
    """
    paywall = article.signals.get("paywalled")
    rights = dict(article.rights) | ({"paywall": str(paywall)} if paywall else {})
    db.execute(
        "update snapshots set rights = ? where id = ?",
        [json.dumps(rights, ensure_ascii=False), snapshot_id],
    )
