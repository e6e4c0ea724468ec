"""The vocabulary: what a page, an article, an embed and an image are, in every room of the house.

All are plain frozen dataclasses, so they cross process borders and turn into JSON as they stand.
Times are timezone-aware datetimes for machines' own events, ISO 8601 strings for what a page
claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal


class Outcome(StrEnum):
    """How a URL's way can end: the closed list. Every ledger row that is done carries exactly
    one.
    """

    # read and stored; its page_type tells articles, live blogs, galleries, videos apart
    ARTICLE = "article"
    # another address of a page we know: redirect, canonical, AMP, tracked, same text
    ALIAS = "alias"
    # a later page of an article told on several; its words stand with the first page's
    PART = "part"
    FEED = "feed"  # a discovery document (feed, sitemap) was read
    LISTING = "listing"  # a section, tag or home page
    # a real page that is neither article nor listing (contact, poll, app page)
    OTHER_PAGE = "other-page"
    # an article in a language its source is not kept for; snapshot kept
    OTHER_LANGUAGE = "other-language"
    PAYWALLED = "paywalled"  # only a stub is free to read
    SOFT_404 = "soft-404"  # says 200, means "not found"
    NO_TEXT = "no-text"  # an HTML page without article text
    UNREADABLE = "unreadable"  # the reader timed out, crashed or ran out of memory; snapshot kept
    NOT_HTML = "not-html"
    EMPTY = "empty"  # 200 with no body
    TOO_LARGE = "too-large"
    NOT_FOUND = "not-found"  # 404
    GONE = "gone"  # 410
    FORBIDDEN = "forbidden"  # 401, 403, 451
    CLIENT_ERROR = "client-error"  # any other status that repeating will not change
    SERVER_ERROR = "server-error"  # 5xx, still so after all tries
    UNREACHABLE = "unreachable"  # no name, no route, time-out, still so after all tries
    BROKEN_FEED = "broken-feed"  # a discovery document that cannot be parsed
    ROBOTS = "robots"  # robots.txt forbids it
    BLOCKED_ADDRESS = "blocked-address"  # resolves to an address that is not public
    OFF_SITE = "off-site"  # a host that is not the source's
    DENIED = "denied"  # the source's URL patterns say it is no article
    BAD_URL = "bad-url"  # over-long, other scheme, credentials, trap-like
    REDIRECT_LOOP = "redirect-loop"
    TAKEN_DOWN = "taken-down"  # somebody asked for it to be forgotten; never taken up again


# Outcomes that a later try may change: the ledger gives such rows a next_at until their tries are
# used up.
TRANSIENT = frozenset({Outcome.SERVER_ERROR, Outcome.UNREACHABLE})

PageKind = Literal["page", "feed", "sitemap", "listing"]
PageType = Literal["article", "liveblog", "gallery", "video", "listing", "other"]
BlockType = Literal["paragraph", "heading", "quote", "list_item", "table", "image", "embed"]
Place = Literal["body", "lead", "page", "unplaced"]


@dataclass(frozen=True, slots=True)
class DiscoveredLink:
    """A link somebody pointed at: what a feed, a sitemap, a listing or a page told us of another
    URL.
    """

    url: str
    # feed, news-sitemap, sitemap-index, listing, redirect, canonical, amp, next-page, first-page,
    # operator …
    how: str
    kind: PageKind = "page"
    title: str | None = None
    published: str | None = None  # as ISO 8601, when the pointer says so
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched page, as it came over the wire (decompressed). `headers` has lower-case names."""

    url: str
    body: bytes
    fetched_at: datetime
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Embed:
    """One placement of somebody's post, video, chart or document in an article."""

    provider: str  # lower case: x, youtube, instagram, facebook, …, file, unknown
    # post video short reel live playlist audio photo comment map chart document code link unknown
    kind: str
    id: str | None = None  # the provider's own id, always text
    url: str | None = None  # canonical
    author_name: str | None = None
    author_handle: str | None = None  # without @
    text: str | None = None
    text_complete: bool | None = None  # False: cut or flattened; None: no text
    published_at: str | None = None  # UTC, ISO 8601
    published_src: Literal["id", "markup_datetime", "markup_date", "jsonld"] | None = None
    title: str | None = None
    duration: int | None = None  # seconds, of a video or a recording
    media: tuple[str, ...] = ()  # links of pictures and files the post carries
    caption: str | None = None  # the article's own words under it
    place: Place = "body"
    rule: str = ""  # the recogniser that fired: x.blockquote, youtube.iframe …
    via: Literal["dom", "noscript", "attr_html", "json", "jsonld", "text"] = "dom"
    raw_url: str | None = None  # as written in the page
    html: str | None = None  # the outermost embed node, at most 8 KiB


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of the article in reading order. `text` is empty for images and embeds."""

    type: BlockType
    text: str = ""
    level: int | None = None  # of a heading, 2-6
    embed: int | None = None  # index into Article.embeds
    image: int | None = None  # index into Article.images
    time: str | None = None  # ISO 8601: this block opens a live blog's update of that time


TEXT_BLOCKS: frozenset[str] = frozenset({"paragraph", "heading", "quote", "list_item", "table"})


@dataclass(frozen=True, slots=True)
class Article:
    """What a reader sees on one page, and where each value came from."""

    url: str
    page_type: PageType = "article"
    title: str | None = None
    subtitle: str | None = None
    canonical_url: str | None = None
    amp_url: str | None = None
    next_url: str | None = None  # the next page of an article told on several
    previous_url: str | None = None  # the page this one goes on from
    authors: tuple[str, ...] = ()
    desk: str | None = None
    place: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    published_at: str | None = None  # ISO 8601 with offset, or a bare date
    published_precision: Literal["second", "minute", "day"] | None = None
    modified_at: str | None = None
    blocks: tuple[Block, ...] = ()
    embeds: tuple[Embed, ...] = ()
    images: tuple[Image, ...] = ()
    lead_image: Image | None = None
    rights: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    signals: Mapping[str, Any] = field(default_factory=dict)  # what `judge` weighs

    @property
    def text(self) -> str:
        """The article's plain text: paragraphs parted by a blank line, no embed, no caption."""
        return "\n\n".join(block.text for block in self.blocks if block.type in TEXT_BLOCKS)


@dataclass(frozen=True, slots=True)
class DedupKeys:
    """What makes an article the same as another: the address it stands for and the hash of its
    folded text.
    """

    url: str
    text_sha256: str | None = None


@dataclass(slots=True)
class Visit:
    """One URL on its way through the pipelines; each pipeline adds its own part and passes it
    on.
    """

    page_id: int  # the ledger's row
    source: str
    page: Page | None = None  # None when nothing came back
    snapshot_id: int | None = None
    article: Article | None = None
    keys: DedupKeys | None = None
    outcome: Outcome | None = None
    evidence: str = ""
    found: tuple[DiscoveredLink, ...] = ()  # what this page pointed at
    # later pages seen when it was read: (ledger row, kept body)
    joined: tuple[tuple[int, int], ...] = ()
    strangers: tuple[tuple[int, str], ...] = ()  # those that are none after all, and why
    retry_at: datetime | None = None  # a host's own word on when to come back
