"""Refreshes: pages that are nothing but the way to another, by a header or a meta element. Pure."""

from __future__ import annotations

import re

from khabar.model import urls
from khabar.model.items import Page
from khabar.parsing.markup import decode_chunks, find_attribute, scan_markup

# All chosen by hand, not measured.
MAX_DELAY = 5  # seconds; who waits longer has a page to read
MAX_TEXT = 250  # characters of a page's own text: "if nothing happens, click here"
MAX_BODY = 1 << 18  # bytes of a page that may be nothing but a refresh
_MENTIONS = (b"refresh", b"r\0e\0f\0r\0e\0s\0h")  # in UTF-8 and UTF-16
_VALUE = re.compile(r"\s*(\d{0,9})(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?+(.+)", re.I | re.S)
_NO_TEXT = frozenset({"script", "style", "title", "template"})


def find_refresh(page: Page) -> str | None:
    """Returns the address that a page without text of its own refreshes to within MAX_DELAY; None
    for any other page, and for one that only loads itself again.
    """
    header = page.headers.get("refresh", "")
    if len(page.body) > MAX_BODY:
        return None
    lower = page.body.lower()
    if not header and not any(mention in lower for mention in _MENTIONS):
        return None
    text_length, value, base = _scan_page(page.body)
    if text_length > MAX_TEXT:
        return None
    base = urls.resolve_link(page.url, base) if base else page.url
    target = _parse_refresh(header, page.url) or _parse_refresh(value, base)
    return target if target != urls.resolve_link("", page.url) else None


def _scan_page(body: bytes) -> tuple[int, str, str]:
    """Returns the length of a page's text, the value of its first meta refresh, and its base."""
    length, value, base, hidden = 0, "", "", ""
    for text, tag, attributes in scan_markup(decode_chunks((body,))):
        if hidden:
            hidden = "" if tag == "/" + hidden else hidden
            continue
        length += len(" ".join(text.split()))
        if tag in _NO_TEXT:
            hidden = tag
        elif tag == "base":
            base = base or find_attribute(attributes, "href")
        elif (
            tag == "meta" and find_attribute(attributes, "http-equiv").strip().lower() == "refresh"
        ):
            value = value or find_attribute(attributes, "content")
    return length, value, base


def _parse_refresh(value: str, base: str) -> str | None:
    """Parses `0; URL=/x`; returns the http(s) address, None for a long delay or no address."""
    match = _VALUE.fullmatch(value)
    if not match or int(match[1] or 0) > MAX_DELAY:
        return None
    link = match[2].strip()
    if link[:1] in ("'", '"'):
        link = link[1:].partition(link[0])[0].strip()
    target = urls.resolve_link(base, link) if link else ""
    is_web = target.startswith(("http://", "https://")) and urls.get_host(target)
    return target if is_web else None
