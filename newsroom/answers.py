"""What a request gets: a status, a type, a body, and now and then a wait."""

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
class Answer:
    """One answer. `body` is sent as it stands; `modified` feeds Last-Modified; `wait` is in seconds."""

    body: bytes = b""
    status: int = 200
    content_type: str = HTML
    location: str = ""
    modified: datetime | None = None
    wait: float = 0.0

    @cached_property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    def headers(self) -> dict[str, str]:
        found = {"Content-Type": self.content_type}
        if self.location:
            found["Location"] = self.location
        if self.status == 200 and self.body:
            found["ETag"] = self.etag
        if self.modified:
            found["Last-Modified"] = format_datetime(self.modified.astimezone(UTC), usegmt=True)
        return found

    def unchanged_for(self, asked: Mapping[str, str]) -> bool:
        """Whether these request headers may be told 304: the ETag decides where one was sent, else the date."""
        if self.status != 200 or not self.body:
            return False
        if known := asked.get("If-None-Match"):
            return self.etag in known
        since = asked.get("If-Modified-Since")
        return bool(since and self.modified and self.modified.replace(microsecond=0) <= parsedate_to_datetime(since))


def page(text: str, *, status: int = 200, content_type: str = HTML, modified: datetime | None = None) -> Answer:
    return Answer(text.encode(), status, content_type, modified=modified)


def zipped(text: str) -> Answer:
    """A gzipped file, the same bytes every time."""
    return Answer(gzip.compress(text.encode(), mtime=0), content_type="application/gzip")


def moved(location: str) -> Answer:
    return Answer(status=301, location=location)
