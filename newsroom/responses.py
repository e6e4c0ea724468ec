"""HTTP responses of the newsroom: status, content type, body, and sometimes a delay."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property

HTML = "text/html; charset=utf-8"
XML = "application/xml; charset=utf-8"


@dataclass(frozen=True)
class SiteResponse:
    """One response. `last_modified` is sent as Last-Modified; `wait` is a delay in seconds."""

    body: bytes = b""
    status: int = 200
    content_type: str = HTML
    location: str = ""
    last_modified: datetime | None = None
    wait: float = 0.0

    @cached_property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    def build_headers(self) -> dict[str, str]:
        headers = {"Content-Type": self.content_type}
        if self.location:
            headers["Location"] = self.location
        if self.status == 200 and self.body:
            headers["ETag"] = self.etag
        if self.last_modified:
            headers["Last-Modified"] = format_datetime(
                self.last_modified.astimezone(UTC), usegmt=True
            )
        return headers

    def is_unchanged(self, request_headers: Mapping[str, str]) -> bool:
        """Whether a request with these headers gets a 304: by its ETag if it has one, else by
        date.
        """
        if self.status != 200 or not self.body:
            return False
        if known_etag := request_headers.get("If-None-Match"):
            return self.etag in known_etag
        since = request_headers.get("If-Modified-Since")
        return bool(
            since
            and self.last_modified
            and self.last_modified.replace(microsecond=0) <= parsedate_to_datetime(since)
        )


def text_response(
    text: str, *, status: int = 200, content_type: str = HTML, last_modified: datetime | None = None
) -> SiteResponse:
    return SiteResponse(text.encode(), status, content_type, last_modified=last_modified)


def gzip_response(text: str) -> SiteResponse:
    """Returns a gzipped file, byte-identical every time."""
    return SiteResponse(gzip.compress(text.encode(), mtime=0), content_type="application/gzip")


def redirect_response(location: str) -> SiteResponse:
    return SiteResponse(status=301, location=location)
