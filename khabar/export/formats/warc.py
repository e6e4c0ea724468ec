"""WARC 1.1: the raw pages behind the articles: each fetch a response, one that brought the same bytes a revisit."""

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
from khabar.export.folder import Folder
from khabar.model.items import Page

NAME = "pages.warc.gz"
# Ids of records follow from their snapshots': two exports are the same.
_RECORDS = uuid.UUID("6f1c7a52-6a51-4f0e-9a53-0c6f1f0b7d1e")
# True of the answer on the wire, not of the bytes kept: those are unpacked.
_OF_THE_WIRE = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection", "set-cookie"})
_SAME = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_REASONS = {200: "OK"}


class WarcFile:
    """pages.warc.gz: every snapshot of every article in the dataset, by article and time."""

    def __init__(self, db: Database, folder: Folder) -> None:
        self._db, self._part = db, folder.open(NAME)
        self._writer = WARCWriter(self._part, gzip=True, warc_version="1.1")
        self._began = False

    def take(self, batch: Batch) -> None:
        """The snapshots of each article's pages; those of pages that forbid archives are no part of a selection."""
        for article_id in batch["id"]:
            for found in self._db.execute(_SNAPSHOTS, [article_id]).fetchall():
                self._begin(found[1])
                self._write(*found)

    def close(self) -> None:
        self._begin("1970-01-01T00:00:00Z")
        self._part.close()

    def _begin(self, moment: str) -> None:
        """The file's own record, dated by the first page: no clock of ours is in a dataset."""
        if self._began:
            return
        self._began = True
        told = {"software": "Khabar", "format": "WARC File Format 1.1"}
        record = self._writer.create_warcinfo_record(NAME, told)
        record.rec_headers.replace_header("WARC-Record-ID", _id("warcinfo"))
        record.rec_headers.replace_header("WARC-Date", moment)
        self._writer.write_record(record)

    def _write(self, snapshot_id: int, fetched_at: str, same_as: int | None) -> None:
        page = snapshots.load(self._db, snapshot_id)
        told = {"WARC-Record-ID": _id(str(snapshot_id)), "WARC-Date": fetched_at}
        if same_as:
            told |= self._pointing(same_as, page)
        body = BytesIO(b"" if same_as else page.body)
        kind = "revisit" if same_as else "response"
        headers = _http_headers(page)
        record = self._writer.create_warc_record(
            page.url, kind, payload=body, http_headers=headers, warc_headers_dict=told
        )
        self._writer.write_record(record)

    def _pointing(self, same_as: int, page: Page) -> dict[str, str]:
        url, moment = self._db.execute("select url, fetched_at from snapshots where id = ?", [same_as]).fetchone()
        return {
            "WARC-Profile": _SAME,
            "WARC-Refers-To": _id(str(same_as)),
            "WARC-Refers-To-Target-URI": url,
            "WARC-Refers-To-Date": moment,
            "WARC-Payload-Digest": _digest(page.body),
        }


_SNAPSHOTS = """select s.id, s.fetched_at, s.same_as from pages p join snapshots s on s.page_id = p.id
  where p.article_id = ? and s.status = 200
    and coalesce(json_extract(s.rights, '$.noarchive'), 0) = 0 order by s.id"""


def _id(name: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(_RECORDS, name)}>"


def _digest(body: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def _http_headers(page: Page) -> StatusAndHeaders:
    """The answer's headers, without what is no longer true of unpacked bytes."""
    kept = [(name.title(), value) for name, value in sorted(page.headers.items()) if name not in _OF_THE_WIRE]
    kept.append(("Content-Length", str(len(page.body))))
    return StatusAndHeaders(f"{page.status} {_REASONS.get(page.status, '')}".strip(), kept, protocol="HTTP/1.1")
