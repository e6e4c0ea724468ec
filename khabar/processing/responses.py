"""Turns an HTTP response into a Visit: its status, redirect, feed or body becomes an outcome, or a
page to extract. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from khabar.model import urls
from khabar.model.clock import parse_http_date
from khabar.model.items import DiscoveredLink, Outcome, Page, PageKind, Visit
from khabar.model.sources import Source
from khabar.parsing.discovery import BrokenDocument, parse_document
from khabar.parsing.documents import decompress_chunks
from khabar.parsing.rsl import MAX_FEED_BYTES, NAMESPACE, parse_rsl
from khabar.processing.refresh import find_refresh

PAUSE_STATUSES = frozenset({429, 503})
TEMPORARY_REDIRECTS = frozenset({300, 302, 303, 307})
# Chosen by hand, not measured.
DEFAULT_PAUSE = timedelta(minutes=10)  # of a host that gives no readable Retry-After
MAX_PAUSE = timedelta(days=1)  # however long the host asks for
MAX_EVIDENCE = 300  # characters of a redirect's evidence
STATUS_OUTCOME = {
    204: Outcome.EMPTY,
    401: Outcome.FORBIDDEN,
    402: Outcome.FORBIDDEN,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_FOUND,
    410: Outcome.GONE,
    451: Outcome.FORBIDDEN,
}
# First bytes of bodies that are not HTML, whatever Content-Type says: PDF, PNG, JPEG, GIF, gzip,
# zip, RIFF (WebP), MP4.
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

# Types of pages, and of bodies that are something else even where they begin as text.
_PAGE_TYPES = ("text/", "application/xhtml", "application/xml")
_MEDIA_TYPES = ("image/", "audio/", "video/", "font/", "model/", "multipart/", "message/")
_DATA_TYPE = re.compile(r"json|script|pdf|zip|rss\+xml|atom\+xml|word|office|wasm|font|css\b|svg")
_SNIFFED_BYTES = 1445  # as browsers do (MIME Sniffing, 5.2)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def pause_until(status: int, retry_after: str | None, now: datetime) -> datetime | None:
    """Returns until when the host must not be requested after a 429 or 503; None for any other
    status.

    `retry_after` is the value of that header: seconds or an HTTP date. If it is missing or
    unreadable the pause is DEFAULT_PAUSE; it is never longer than MAX_PAUSE.
    """
    if status not in PAUSE_STATUSES:
        return None
    until = _parse_retry_after(retry_after or "", now) or now + DEFAULT_PAUSE
    return min(max(until, now + timedelta(seconds=1)), now + MAX_PAUSE)


def _parse_retry_after(value: str, now: datetime) -> datetime | None:
    if value.strip().isdecimal():
        return now + min(timedelta(seconds=int(value.strip()[:9])), MAX_PAUSE)
    return parse_http_date(value)


def build_visit(
    page_id: int, source: Source, kind: PageKind, page: Page, known_hash: str | None = None
) -> Visit:
    """Returns the visit of a response. With status 200, a page gets no outcome yet, nor does a
    document: the pipelines parse them in a worker process. 203, a proxy's 200, is read as 200.

    `known_hash`: hash of the document when it was last parsed; an unchanged one is not parsed
    again.
    """
    # here, as workers, which parse documents by `read_document`, need nothing of the archive
    from khabar.archive.frontier.documents import hash_body

    if page.status == 203:
        page = replace(page, status=200)
    visit = Visit(page_id, source.key, page, kind=kind)
    if page.status == 304:
        visit.evidence = "not modified"
    elif page.status != 200:
        visit.outcome, visit.evidence = _outcome_for_status(page)
        # A bare 503 may be about the page, not the host: without Retry-After it counts as a try.
        if (retry_after := page.headers.get("retry-after")) or page.status != 503:
            visit.retry_at = pause_until(page.status, retry_after, page.fetched_at)
        if visit.outcome is Outcome.ALIAS and kind != "page" and page.status in TEMPORARY_REDIRECTS:
            visit.outcome = Outcome.BROKEN_FEED  # the target is no document: see NewsSpider
        elif 300 <= page.status < 400 and (location := page.headers.get("location")):
            target = urls.resolve_link(page.url, location)
            visit.found = (DiscoveredLink(target, "redirect", kind),)
    elif kind == "page":
        classify_page(visit, page)
    elif not page.body.strip():
        visit.outcome = Outcome.EMPTY
    elif known_hash == hash_body(page):
        visit.outcome, visit.evidence = Outcome.FEED, "the same body as before"
    return visit


def classify_page(visit: Visit, page: Page) -> None:
    """Sets the outcome of a page that is not extracted: empty, not HTML, or a refresh, which is a
    redirect for now (`_handle_redirect` in store/save).
    """
    is_empty = not page.body.strip()
    if not is_empty and (reason := _not_html_reason(page)):
        visit.outcome, visit.evidence = Outcome.NOT_HTML, reason
    elif target := find_refresh(page):
        visit.outcome = Outcome.ALIAS
        visit.evidence = f"refresh to {urls.strip_credentials(target)}"[:MAX_EVIDENCE]
        visit.found = (DiscoveredLink(target, "redirect"),)
    elif is_empty:
        visit.outcome = Outcome.EMPTY


def _outcome_for_status(page: Page) -> tuple[Outcome, str]:
    status = page.status
    if 300 <= status < 400 and page.headers.get("location"):
        target = urls.strip_credentials(page.headers["location"])
        return Outcome.ALIAS, f"{status} to {target}"[:MAX_EVIDENCE]
    if status >= 500 or status in (408, 429):
        return Outcome.SERVER_ERROR, str(status)
    return STATUS_OUTCOME.get(status, Outcome.CLIENT_ERROR), str(status)


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """What a document gives: its outcome with the evidence, and the links that are taken."""

    outcome: Outcome
    evidence: str
    links: tuple[DiscoveredLink, ...] = ()
    feed_license: str | None = None  # see Visit


def read_document(kind: PageKind, page: Page, source: Source) -> DocumentContent:
    """Parses a document. Runs in a worker process."""
    try:
        links = parse_document(kind, page.body, page.url, page.fetched_at)
    except BrokenDocument as error:
        return DocumentContent(Outcome.BROKEN_FEED, str(error))
    # A section page links to everything; only article URLs of the source are stored.
    selection = tuple(link for link in links if kind != "listing" or _is_article_link(link, source))
    # a section page without any article is another page: an error, a portal
    is_other_page = kind == "listing" and not selection
    outcome = Outcome.BROKEN_FEED if is_other_page else Outcome.FEED
    evidence = f"{len(selection)} of {len(links)} links taken"
    feed_license = read_feed_license(page.body) if kind == "feed" else None
    return DocumentContent(outcome, evidence, () if is_other_page else selection, feed_license)


def read_license(body: bytes) -> bytes:
    """Parses an RSL licence. Returns what it says as JSON; raises BrokenDocument. Runs in a worker
    process.
    """
    return msgspec.json.encode(parse_rsl(body))


def read_feed_license(body: bytes) -> str | None:
    """Returns what the rsl: elements of a feed say, as JSON: '' if they cannot be read, None if
    there are none.
    """
    try:
        text = b"".join(decompress_chunks(body, MAX_FEED_BYTES))
        if NAMESPACE not in text:
            return None
        return msgspec.json.encode(parse_rsl(text, is_feed=True)).decode()
    except BrokenDocument:
        return ""


def _is_article_link(link: DiscoveredLink, source: Source) -> bool:
    try:
        return source.is_article(source.canonicalize_url(link.url))
    except ValueError:  # no address
        return False


def _not_html_reason(page: Page) -> str | None:
    """Returns why a body is not read as a page; None if it is. A type that says nothing of it
    (application/octet-stream, unknown) is decided by its first bytes.
    """
    content_type = page.headers.get("content-type", "text/html").split(";")[0].strip().lower()
    if page.body.lstrip()[:4].startswith(_BINARY_SIGNATURES):
        return f"the body is not text ({page.body.lstrip()[:4]!r})"
    if not content_type or content_type.startswith(_PAGE_TYPES):
        return None
    is_other = content_type.startswith(_MEDIA_TYPES) or _DATA_TYPE.search(content_type)
    return content_type if is_other or not _begins_as_text(page.body) else None


def _begins_as_text(body: bytes) -> bool:
    """Whether the first bytes can be text: no control characters, or UTF-16 with its mark."""
    start = body[:_SNIFFED_BYTES]
    return start.startswith((b"\xff\xfe", b"\xfe\xff")) or not _CONTROL.search(start)


def build_failed_visit(
    page_id: int, source: str, outcome: Outcome, evidence: str, retry_at: datetime | None = None
) -> Visit:
    """Returns the visit of a request that got no response."""
    return Visit(page_id, source, outcome=outcome, evidence=evidence, retry_at=retry_at)


def flatten_headers(headers: Mapping[bytes, list[bytes]]) -> dict[str, str]:
    """Returns headers with lower-case names; repeated ones are joined by commas as HTTP allows."""
    return {
        _decode_header(name).lower(): ", ".join(map(_decode_header, values))
        for name, values in headers.items()
    }


def _decode_header(header: bytes) -> str:
    """Decodes a header as UTF-8, which Hindi sites send (Location: /खबर), else as Latin-1, as HTTP
    defines.
    """
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")
