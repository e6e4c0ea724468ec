"""Writes WARC 1.1: the raw pages of the articles, a record for each fetch.

A fetch is a `response` record, or a `revisit` record when it brought the same bytes as an earlier.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from io import BytesIO

from sqlite_utils import Database
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from khabar.archive.store import snapshots
from khabar.export.batches import Batch
from khabar.export.folder import DatasetFolder
from khabar.model.items import Page

WARC_FILE = "pages.warc.gz"
# Record ids are derived from snapshot ids, so that two exports have the same bytes.
_RECORD_NAMESPACE = uuid.UUID("6f1c7a52-6a51-4f0e-9a53-0c6f1f0b7d1e")
# Left out: they describe the response on the wire, and the stored body is decoded; and cookies.
_TRANSFER_HEADERS = frozenset(
    {"content-encoding", "transfer-encoding", "content-length", "connection", "set-cookie"}
)
_REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_REASONS = {200: "OK"}


class WarcDatasetWriter:
    """Writes pages.warc.gz: every snapshot of every article in the dataset, by article and time."""

    def __init__(self, db: Database, folder: DatasetFolder) -> None:
        self._db, self._file = db, folder.open(WARC_FILE)
        self._writer = WARCWriter(self._file, gzip=True, warc_version="1.1")
        self._has_warcinfo = False

    def add_batch(self, batch: Batch) -> None:
        """Writes the snapshots of the articles' pages, without those that forbade archiving."""
        for article_id in batch["id"]:
            for snapshot_row in self._db.execute(_SNAPSHOTS, [article_id]).fetchall():
                self._write_warcinfo(snapshot_row[1])
                self._write_snapshot(*snapshot_row)

    def close(self) -> None:
        self._write_warcinfo("1970-01-01T00:00:00Z")
        self._file.close()

    def _write_warcinfo(self, warc_date: str) -> None:
        """Writes the warcinfo record once, dated as the first page: exports must be repeatable."""
        if self._has_warcinfo:
            return
        self._has_warcinfo = True
        info = {"software": "Khabar", "format": "WARC File Format 1.1"}
        record = self._writer.create_warcinfo_record(WARC_FILE, info)
        record.rec_headers.replace_header("WARC-Record-ID", _record_id("warcinfo"))
        record.rec_headers.replace_header("WARC-Date", warc_date)
        self._writer.write_record(record)

    def _write_snapshot(self, snapshot_id: int, fetched_at: str, same_as: int | None) -> None:
        page = snapshots.load_page(self._db, snapshot_id)
        warc_headers = {"WARC-Record-ID": _record_id(str(snapshot_id)), "WARC-Date": fetched_at}
        if same_as:
            warc_headers |= self._revisit_headers(same_as, page)
        body = BytesIO(b"" if same_as else page.body)
        kind = "revisit" if same_as else "response"
        headers = _http_headers(page)
        record = self._writer.create_warc_record(
            page.url, kind, payload=body, http_headers=headers, warc_headers_dict=warc_headers
        )
        self._writer.write_record(record)

    def _revisit_headers(self, same_as: int, page: Page) -> dict[str, str]:
        digest = hashlib.sha1(page.body, usedforsecurity=False).digest()
        url, fetched_at = self._db.execute(
            "select url, fetched_at from snapshots where id = ?", [same_as]
        ).fetchone()
        return {
            "WARC-Profile": _REVISIT_PROFILE,
            "WARC-Refers-To": _record_id(str(same_as)),
            "WARC-Refers-To-Target-URI": url,
            "WARC-Refers-To-Date": fetched_at,
            "WARC-Payload-Digest": f"sha1:{base64.b32encode(digest).decode()}",
        }


_SNAPSHOTS = """select s.id, s.fetched_at, s.same_as
  from pages p join snapshots s on s.page_id = p.id
  where p.article_id = ? and s.status = 200
    and coalesce(json_extract(s.rights, '$.noarchive'), 0) = 0 order by s.id"""


def _record_id(name: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(_RECORD_NAMESPACE, name)}>"


def _http_headers(page: Page) -> StatusAndHeaders:
    """Returns the response's status line and headers, with the length of the stored body."""
    header_pairs = [
        (name.title(), value)
        for name, value in sorted(page.headers.items())
        if name not in _TRANSFER_HEADERS
    ]
    header_pairs.append(("Content-Length", str(len(page.body))))
    return StatusAndHeaders(
        f"{page.status} {_REASONS.get(page.status, '')}".strip(), header_pairs, protocol="HTTP/1.1"
    )
