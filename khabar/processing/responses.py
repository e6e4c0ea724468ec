"""What came back, as a Visit: pure. A status, a redirect, a feed or a page becomes an outcome or
goes on to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from khabar.archive.frontier.documents import hash_body
from khabar.model import urls
from khabar.model.items import DiscoveredLink, Outcome, Page, PageKind, Visit
from khabar.model.sources import Source
from khabar.parsing.discovery import PARSERS, BrokenDocument

PAUSE_STATUSES = frozenset({429, 503})
DEFAULT_PAUSE = timedelta(minutes=10)
MAX_PAUSE = timedelta(days=1)
STATUS_OUTCOME = {
    204: Outcome.EMPTY,
    401: Outcome.FORBIDDEN,
    402: Outcome.PAYWALLED,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_FOUND,
    410: Outcome.GONE,
    451: Outcome.FORBIDDEN,
}
# What a body is by its first bytes, whatever the header says: PDF, PNG, JPEG, GIF, gzip, zip, RIFF
# (WebP), MP4.
_BINARY_SIGNATURES = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"RIFF",
    b"\x00\x00\x00",
)


def pause_until(status: int, retry_after: str | None, now: datetime) -> datetime | None:
    """Until when a host wants to be left alone after this answer; None when it does not say so.

    `retry_after` is the header's value: seconds or an HTTP date. Unreadable or missing: ten
    minutes; never over a day.
    """
    if status not in PAUSE_STATUSES:
        return None
    until = _parse_retry_after(retry_after or "", now) or now + DEFAULT_PAUSE
    return min(max(until, now + timedelta(seconds=1)), now + MAX_PAUSE)


def _parse_retry_after(value: str, now: datetime) -> datetime | None:
    if value.strip().isdecimal():
        return now + min(timedelta(seconds=int(value.strip()[:9])), MAX_PAUSE)
    try:
        http_date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return http_date if http_date.tzinfo else http_date.replace(tzinfo=UTC)


def build_visit(
    page_id: int, source: Source, kind: PageKind, page: Page, known_hash: str | None = None
) -> Visit:
    """The visit an answer begins. Pages with status 200 have no outcome yet: the pipelines read and
    judge them.

    `known_hash`: the hash of the document as it was last read; the same one is not read again.
    """
    visit = Visit(page_id, source.key, page)
    if page.status == 304:
        visit.evidence = "not modified"
    elif page.status != 200:
        visit.outcome, visit.evidence = _outcome_for_status(page)
        visit.retry_at = _retry_time(page)
        visit.found = _redirect_links(page, kind)
    elif not page.body.strip():
        visit.outcome = Outcome.EMPTY
    elif kind != "page" and known_hash == hash_body(page):
        visit.outcome, visit.evidence = Outcome.FEED, "the same body as before"
    elif kind != "page":
        _parse_document(visit, source, kind)
    elif reason := _not_html_reason(page):
        visit.outcome, visit.evidence = Outcome.NOT_HTML, reason
    return visit


def _outcome_for_status(page: Page) -> tuple[Outcome, str]:
    status = page.status
    if 300 <= status < 400 and page.headers.get("location"):
        return Outcome.ALIAS, f"{status} to {urls.strip_credentials(page.headers['location'])}"[
            :300
        ]
    if status >= 500 or status in (408, 429):
        return Outcome.SERVER_ERROR, str(status)
    return STATUS_OUTCOME.get(status, Outcome.CLIENT_ERROR), str(status)


def _retry_time(page: Page) -> datetime | None:
    """The host's own word on when to come back. A bare 503 may be one page's, not the host's: it
    counts as a try.
    """
    header = page.headers.get("retry-after")
    return (
        pause_until(page.status, header, page.fetched_at) if header or page.status != 503 else None
    )


def _redirect_links(page: Page, kind: PageKind) -> tuple[DiscoveredLink, ...]:
    location = page.headers.get("location")
    if not (300 <= page.status < 400 and location):
        return ()
    return (DiscoveredLink(urls.resolve_link(page.url, location), "redirect", kind),)


def _parse_document(visit: Visit, source: Source, kind: PageKind) -> None:
    assert visit.page
    try:
        links = list(PARSERS[kind](visit.page.body, visit.page.url, visit.page.fetched_at))
    except BrokenDocument as error:
        visit.outcome, visit.evidence = Outcome.BROKEN_FEED, str(error)
        return
    # A section page links to everything; only what looks like an article of the source becomes a
    # ledger row.
    selection = [
        link
        for link in links
        if kind != "listing" or source.is_article(source.canonicalize_url(link.url))
    ]
    visit.outcome, visit.evidence = Outcome.FEED, f"{len(selection)} of {len(links)} links taken"
    visit.found = tuple(selection)


def _not_html_reason(page: Page) -> str | None:
    content_type = page.headers.get("content-type", "text/html").split(";")[0].strip().lower()
    if page.body.lstrip()[:4].startswith(_BINARY_SIGNATURES):
        return f"the body is not text ({page.body.lstrip()[:4]!r})"
    if content_type and not content_type.startswith(
        ("text/", "application/xhtml", "application/xml")
    ):
        return content_type
    return None


def build_failed_visit(
    page_id: int, source: str, outcome: Outcome, evidence: str, retry_at: datetime | None = None
) -> Visit:
    """The visit of a request that brought nothing back."""
    return Visit(page_id, source, outcome=outcome, evidence=evidence, retry_at=retry_at)


def flatten_headers(headers: Mapping[bytes, list[bytes]]) -> dict[str, str]:
    """Response headers with lower-case names; repeated ones joined as HTTP allows."""
    return {
        _decode_header(name).lower(): ", ".join(map(_decode_header, values))
        for name, values in headers.items()
    }


def _decode_header(header: bytes) -> str:
    """Latin-1 by the letter of HTTP; Hindi sites send UTF-8 (Location: /खबर)."""
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")
