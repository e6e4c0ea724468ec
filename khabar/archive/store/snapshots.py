"""Stores raw pages before they are processed, compressed with zstd and a dictionary per source.

The dictionary is one page of the source without its prose. Months may be sealed later
(`khabar.archive.store.month_files`); `load_page` returns the same page from either place.
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
from khabar.model.items import EXTRACTED_HEADERS, Article, Outcome, Page

ZstdError = zstd.ZstdError
COMPRESSION_LEVEL = 3  # level 9 saves a fifth more for seven times the CPU
# A smaller page is no sample of its source's markup. Chosen by hand, not measured.
MIN_DICTIONARY_BYTES = 4096
MIN_MARKUP_BYTES = 512  # zstd refuses a dictionary of less than 8; chosen by hand, not measured
# What counts as prose, which a dictionary must not have: a run of text this long (characters), of
# this many words, with at least this share of letters. Chosen by hand, not measured.
_MIN_PROSE_CHARS = 40
_MIN_PROSE_WORDS = 6
_MIN_LETTER_SHARE = 0.8
_TEXT_RUN = re.compile(rf'[^<>"]{{{_MIN_PROSE_CHARS},}}')
_LETTER = re.compile(r"\\u0[9aA][0-9a-fA-F]{2}|[^\W\d_]|[\u0900-\u097f]")


# Ids of the robots.txt and tdmrep.json in force at the fetch; null if unknown.
_ROBOTS_ID, _TDMREP_ID = (
    f"""(select id from {table} where origin = :origin and first_seen <= :fetched_at
      order by last_asked desc, id desc limit 1)"""  # noqa: S608  (our own tables)
    for table in ("robots", "tdmreps")
)
_INSERT_SNAPSHOT = f"""insert into snapshots (page_id, url, fetched_at, status, headers, sha256,
    size, dictionary_id, body, same_as, robots_id, tdmrep_id)
  values (:page_id, :url, :fetched_at, :status, :headers, :sha256, :size, :dictionary_id, :body,
    :same_as, {_ROBOTS_ID}, {_TDMREP_ID})"""  # noqa: S608  (constants)


def save_snapshot(archive: Archive, page: Page, page_id: int) -> int:
    """Stores a page and sets its frontier row to `fetched`, in one transaction.

    Returns the snapshot's id.
    """
    db, digest = archive.db, hashlib.sha256(page.body).hexdigest()
    with transaction(db):
        source, same_as = _find_same_body(db, page_id, digest)
        dictionary_id, body = None, None
        if not same_as:
            dictionary_id, dictionary = _get_dictionary(archive, page, page_id, source)
            body = compress_body(page.body, dictionary)
        cursor = db.execute(
            _INSERT_SNAPSHOT,
            {
                "page_id": page_id,
                "url": page.url,
                "fetched_at": format_utc(page.fetched_at),
                "status": page.status,
                "headers": json.dumps(dict(page.headers)),
                "sha256": digest,
                "size": len(page.body),
                "dictionary_id": dictionary_id,
                "body": body,
                "same_as": same_as,
                "origin": urls.get_origin(page.url),
            },
        )
        snapshot_id = int(cursor.lastrowid or 0)
        db.execute(
            """update pages set state = 'fetched', snapshot_id = ?, last_asked = ?, next_at = ?
            where id = ?""",
            [snapshot_id, format_utc(page.fetched_at), format_utc(page.fetched_at), page_id],
        )
    return snapshot_id


# The snapshot of a page's article as it is now, if this page and extractor gave it and nothing has
# been queued or has failed since.
_SNAPSHOT_OF_ARTICLE = f"""select s.sha256, s.headers from pages p
    join articles a on a.id = p.article_id
    join revisions r on r.article_id = a.id and r.revision = a.revision
    join snapshots s on s.id = r.snapshot_id
  where p.id = :page_id and s.page_id = p.id and s.sealed is null and p.state <> 'fetched'
    and p.outcome = '{Outcome.ARTICLE}' and p.failing_since is null and a.removed_at is null
    and p.extractor_version = :version and a.extractor_version = :version"""  # noqa: S608


def is_same_page(db: Database, page: Page, page_id: int, extractor_version: str) -> bool:
    """Returns whether a response is, in its body and in the headers that are extracted, the one
    from which the stored article was extracted by this version.
    """
    params = {"page_id": page_id, "version": extractor_version}
    row = db.execute(_SNAPSHOT_OF_ARTICLE, params).fetchone()
    if row is None or row[0] != hashlib.sha256(page.body).hexdigest():
        return False
    headers = json.loads(row[1])
    return all(headers.get(name) == page.headers.get(name) for name in EXTRACTED_HEADERS)


def copy_rights(db: Database, snapshot_id: int, article_id: int) -> None:
    """Gives a snapshot the rights of the one from which an article was extracted."""
    db.execute(
        """update snapshots set rights = (select s.rights from articles a
          join revisions r on r.article_id = a.id and r.revision = a.revision
          join snapshots s on s.id = r.snapshot_id where a.id = ?) where id = ?""",
        [article_id, snapshot_id],
    )


def _find_same_body(db: Database, page_id: int, digest: str) -> tuple[str, int | None]:
    """Returns the page's source, and its snapshot with the same body; None when there is none."""
    row: tuple[str, int | None] = db.execute(
        """select source, (select id from snapshots
          where page_id = pages.id and sha256 = ? and same_as is null order by id desc limit 1)
        from pages where id = ?""",
        [digest, page_id],
    ).fetchone()
    return row


def compress_body(raw: bytes, dictionary: zstd.ZstdDict | None) -> bytes:
    """Compresses a page's body for storage. The dictionary's tables are made once, not for each
    page.
    """
    digested = dictionary.as_digested_dict if dictionary else None
    return zstd.compress(raw, COMPRESSION_LEVEL, zstd_dict=digested)


def decompress_body(body: bytes, dictionary: bytes | None) -> bytes:
    """Decompresses a stored body. Raises ZstdError when it or the dictionary is damaged."""
    return zstd.decompress(
        body, zstd_dict=build_zstd_dictionary(dictionary) if dictionary is not None else None
    )


def build_zstd_dictionary(body: bytes) -> zstd.ZstdDict:
    """Returns a page's bytes as a zstd dictionary."""
    return zstd.ZstdDict(body, is_raw=True)


def _get_dictionary(
    archive: Archive, page: Page, page_id: int, source: str
) -> tuple[int | None, zstd.ZstdDict | None]:
    """Returns (id, dictionary) of a source, the newest; (None, None) without one.

    The source's first page of at least MIN_DICTIONARY_BYTES, with MIN_MARKUP_BYTES without its
    prose, becomes its dictionary.
    """
    if source in archive.dictionaries:
        return archive.dictionaries[source]
    row = archive.db.execute(
        "select id, body from dictionaries where source = ? order by id desc limit 1", [source]
    ).fetchone()
    if row is None:
        body = strip_prose(page.body) if len(page.body) >= MIN_DICTIONARY_BYTES else b""
        if len(body) < MIN_MARKUP_BYTES:
            return None, None
        cursor = archive.db.execute(
            "insert into dictionaries (source, page_id, body, created_at) values (?, ?, ?, ?)",
            [source, page_id, body, format_utc(page.fetched_at)],
        )
        row = (cursor.lastrowid, body)
    archive.dictionaries[source] = (row[0], build_zstd_dictionary(row[1]))
    return archive.dictionaries[source]


def strip_prose(body: bytes) -> bytes:
    """Returns a page without its prose; markup, scripts and labels stay.

    A dictionary must not keep text that is taken down later.
    """
    text = body.decode("utf-8", errors="replace")
    return _TEXT_RUN.sub(
        lambda match: "" if _is_prose(match.group()) else match.group(), text
    ).encode()


def _is_prose(text: str) -> bool:
    """Returns whether a text has enough words, nearly all letters; code and style sheets do not."""
    characters = "".join(text.split())
    letters = sum(len(match.group()) for match in _LETTER.finditer(characters))
    has_words = len(text.split()) >= _MIN_PROSE_WORDS
    return has_words and letters >= _MIN_LETTER_SHARE * len(characters)


def load_page(db: Database, snapshot_id: int) -> Page:
    """Loads a page as it was fetched. Raises ArchiveError when its sealed month is missing."""
    url, fetched_at, status, headers, month, body_snapshot_id = db.execute(
        """select url, fetched_at, status, headers, sealed, coalesce(same_as, id)
        from snapshots where id = ?""",
        [snapshot_id],
    ).fetchone()
    if month:
        headers = month_files.read_snapshot(db, month, snapshot_id).headers
    fetch_time: datetime = parse_utc(fetched_at)
    return Page(url, read_body(db, body_snapshot_id), fetch_time, status, json.loads(headers))


def load_newest_page(db: Database, article_id: int) -> Page | None:
    """Loads the page of an article's newest revision; None when that has none (an import)."""
    row = db.execute(
        """select r.snapshot_id from articles a
        join revisions r on r.article_id = a.id and r.revision = a.revision
        where a.id = ? and r.snapshot_id is not null""",
        [article_id],
    ).fetchone()
    return load_page(db, row[0]) if row else None


def read_body(db: Database, snapshot_id: int) -> bytes:
    """Returns the bytes of a snapshot that has a body of its own."""
    body, dictionary, month = db.execute(
        """select s.body, d.body, s.sealed from snapshots s
        left join dictionaries d on d.id = s.dictionary_id where s.id = ?""",
        [snapshot_id],
    ).fetchone()
    if month:
        archived_page = month_files.read_snapshot(db, month, snapshot_id)
        body, dictionary = archived_page.body, archived_page.dictionary
    return decompress_body(body, dictionary)


def drop_duplicate_body(db: Database, snapshot_id: int, original_id: int) -> None:
    """Replaces a snapshot's body by a reference to `original_id`'s; its headers and hash stay.

    Only for two snapshots of one page: the body of an AMP or mobile copy is kept.
    """
    db.execute(
        """update snapshots set body = null, dictionary_id = null, same_as = o.id
        from (select page_id, coalesce(same_as, id) as id from snapshots where id = :like) o
        where snapshots.id = :id and same_as is null and sealed is null and o.id <> :id
          and o.page_id = snapshots.page_id""",
        {"id": snapshot_id, "like": original_id},
    )


def delete_snapshot(db: Database, snapshot_id: int) -> None:
    """Deletes a snapshot that must not be kept, unless a revision refers to it."""
    db.execute("update pages set snapshot_id = null where snapshot_id = ?", [snapshot_id])
    db.execute(
        """delete from snapshots where id = :id
        and not exists (select 1 from revisions where snapshot_id = :id)""",
        {"id": snapshot_id},
    )


def save_rights(db: Database, snapshot_id: int, article: Article) -> None:
    """Stores the page's rights signals with its snapshot; `paywall`: the signal that shows one."""
    paywall = article.signals.get("paywalled")
    rights = dict(article.rights) | ({"paywall": str(paywall)} if paywall else {})
    db.execute(
        "update snapshots set rights = ? where id = ?",
        [json.dumps(rights, ensure_ascii=False), snapshot_id],
    )
