"""Data model: page, article, embed, image, and the state of one URL in the pipelines.

All are plain frozen dataclasses (but Visit), so they cross process borders and serialise to JSON.
Times of our own events are timezone-aware datetimes; times that a page claims are ISO 8601 strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from khabar.hindi.minhash import Fingerprint


class Outcome(StrEnum):
    """Result of the last completed visit of a URL: the closed list."""

    ARTICLE = "article"  # extracted and stored (live blogs, galleries, videos too)
    ALIAS = "alias"  # another URL of a known page: redirect, canonical, AMP, same text
    PART = "part"  # a later page of a multi-page article; its text is stored with the first
    FEED = "feed"  # a discovery document (feed, sitemap, listing) was read
    LISTING = "listing"  # a page that the extractor calls a section, tag or home page
    OTHER_PAGE = "other-page"  # neither article nor listing (contact, poll, app page)
    OTHER_LANGUAGE = "other-language"  # not in the source's `languages`; snapshot kept
    PAYWALLED = "paywalled"  # only a stub is free to read
    SOFT_404 = "soft-404"  # status 200, but the page says "not found"
    NO_TEXT = "no-text"  # an HTML page without article text
    UNREADABLE = "unreadable"  # the extractor timed out, crashed or ran out of memory
    NOT_HTML = "not-html"
    EMPTY = "empty"  # 200 with no body
    TOO_LARGE = "too-large"
    NOT_FOUND = "not-found"  # 404
    GONE = "gone"  # 410
    FORBIDDEN = "forbidden"  # 401, 402, 403, 451
    CLIENT_ERROR = "client-error"  # any other 4xx, 2xx or 3xx without a use
    SERVER_ERROR = "server-error"  # 5xx, still so after all tries
    UNREACHABLE = "unreachable"  # DNS failure, no route or time-out, still so after all tries
    BROKEN_FEED = "broken-feed"  # a discovery document that cannot be parsed
    ROBOTS = "robots"  # robots.txt forbids it
    BLOCKED_ADDRESS = "blocked-address"  # resolves to an address that is not public
    OFF_SITE = "off-site"  # not on one of the source's hosts
    DENIED = "denied"  # no article URL by the source's patterns
    BAD_URL = "bad-url"  # too long, other scheme, credentials, looks like a spider trap
    REDIRECT_LOOP = "redirect-loop"
    TAKEN_DOWN = "taken-down"  # removed on request; never fetched again


# The headers of a response that its extraction depends on.
EXTRACTED_HEADERS = (
    *("content-type", "x-robots-tag", "tdm-reservation", "tdm-policy", "link"),
    *("content-usage", "content-signal"),
)
# Outcomes that a later try may change: the URL's row gets a next_at until its tries are used up.
TRANSIENT = frozenset({Outcome.SERVER_ERROR, Outcome.UNREACHABLE})
# Outcomes of a page that one bad answer may have caused: it is requested again, at growing
# intervals (`schedule.next_page_retry`).
RETRYABLE = TRANSIENT | {
    Outcome.NOT_FOUND,
    Outcome.EMPTY,
    Outcome.SOFT_404,
    Outcome.NO_TEXT,
    Outcome.CLIENT_ERROR,
    Outcome.FORBIDDEN,
    Outcome.NOT_HTML,
    Outcome.UNREADABLE,
    Outcome.REDIRECT_LOOP,
}

PageKind = Literal["page", "feed", "sitemap", "listing"]
PageType = Literal["article", "liveblog", "gallery", "video", "listing", "other"]
BlockType = Literal["paragraph", "heading", "quote", "list_item", "table", "image", "embed"]
Place = Literal["body", "lead", "page", "unplaced"]


@dataclass(frozen=True, slots=True)
class DiscoveredLink:
    """A link found in a feed, a sitemap, a listing or a page."""

    url: str
    # feed, news-sitemap, sitemap-index, listing, redirect, canonical, amp, next-page, first-page,
    # operator …
    how: str
    kind: PageKind = "page"
    title: str | None = None
    published: str | None = None  # ISO 8601, if the feed or sitemap gives it
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched page: the decompressed body, and headers with lower-case names."""

    url: str
    body: bytes
    fetched_at: datetime
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Embed:
    """One placement of a post, video, chart or document in an article."""

    provider: str  # lower case: x, youtube, instagram, facebook, …, file, unknown
    # post video short reel live playlist clip story audio photo comment map chart document form
    # poll calendar code profile timeline link (a provider's page of no known form) unknown
    kind: str
    id: str | None = None  # the provider's id, always text
    url: str | None = None  # canonical
    author_name: str | None = None
    author_handle: str | None = None  # without @
    text: str | None = None
    text_complete: bool | None = None  # False: cut or flattened; None: no text
    published_at: str | None = None  # UTC, ISO 8601
    # `id`: derived from the post's id, not shown by the page
    published_src: Literal["id", "markup_datetime", "markup_date", "jsonld"] | None = None
    title: str | None = None
    duration: int | None = None  # seconds, of a video or a recording
    media: tuple[str, ...] = ()  # links of pictures and files the post carries
    alts: tuple[str, ...] = ()  # alternative texts of its pictures
    language: str | None = None  # of the post, as its code declares it: hi, en, ta …
    poll: tuple[str, ...] = ()  # options of its poll
    quoted: str | None = None  # address of the post it quotes
    thread: str | None = None  # position in a thread, as it is written: 2/5
    caption: str | None = None  # the article's caption under it
    place: Place = "body"
    rule: str = ""  # the rule that matched: x.blockquote, youtube.iframe …
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
    """One block of the article in reading order. `text` is empty for images and embeds."""

    type: BlockType
    text: str = ""
    level: int | None = None  # of a heading, 2-6
    embed: int | None = None  # index into Article.embeds
    image: int | None = None  # index into Article.images
    time: str | None = None  # ISO 8601: the block starts a live blog's update of that time


@dataclass(frozen=True, slots=True)
class Inset:
    """A machine-made box in an article ("AI summary"): its words are not the publisher's text."""

    label: str | None  # as the page shows it; None if only its markup says what it is
    text: str  # one line for each paragraph or list item
    after_block: int | None = None  # index into Article.blocks; None: before the first block


TEXT_BLOCKS: frozenset[str] = frozenset({"paragraph", "heading", "quote", "list_item", "table"})


@dataclass(frozen=True, slots=True)
class Article:
    """The article extracted from a page. `provenance` names the origin of each field, `problems`
    lists what could not be read.
    """

    url: str
    page_type: PageType = "article"
    title: str | None = None
    subtitle: str | None = None
    canonical_url: str | None = None
    amp_url: str | None = None
    next_url: str | None = None  # the next page of a multi-page article
    previous_url: str | None = None  # the page before this one of a multi-page article
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
    insets: tuple[Inset, ...] = ()
    rights: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    signals: Mapping[str, Any] = field(default_factory=dict)  # what `judge_article` reads

    @property
    def text(self) -> str:
        """Plain text of the article: text blocks separated by a blank line, without embeds and
        captions.
        """
        return "\n\n".join(block.text for block in self.blocks if block.type in TEXT_BLOCKS)

    @property
    def search_texts(self) -> dict[str, str | None]:
        """The columns of the search index. `posts`: of its embeds with their authors; `captions`:
        of its images. None for no text.
        """
        posts = []
        for embed in self.embeds:
            if embed.place != "page":
                parts = (
                    *(embed.author_name, embed.author_handle, embed.title, embed.text),
                    *(*embed.poll, *embed.alts, embed.caption),
                )
                posts.append("\n".join(filter(None, parts)))
        captions = dict.fromkeys(image.caption for image in self.images if image.caption)
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "text": self.text,
            "posts": "\n\n".join(filter(None, posts)) or None,
            "captions": "\n\n".join(captions) or None,
        }


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """Data derived from the words of an article.

    `folded`: column of the search index → its folded text. `terms`: the Devanagari words of all
    columns, folded, without repetitions. `fingerprint` and `paragraph_keys` (of informative lines,
    in order) are of the text alone; `text_sha256` is None without words, the shares without text.
    """

    text_sha256: str | None = None
    word_count: int = 0
    devanagari_share: float | None = None
    repetition: float | None = None
    folded: Mapping[str, str] = field(default_factory=dict)
    terms: frozenset[str] = frozenset()
    fingerprint: Fingerprint | None = None
    paragraph_keys: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DedupKeys:
    """Identity of an article: its canonical URL and the hash of its folded text; and what else is
    derived from its words.
    """

    url: str
    features: TextFeatures = TextFeatures()

    @property
    def text_sha256(self) -> str | None:
        """The hash of the folded text; None without words."""
        return self.features.text_sha256


@dataclass(slots=True)
class Visit:
    """One fetched URL on its way through the pipelines; each pipeline fills in its fields and
    passes it on.
    """

    page_id: int  # row id in `pages`
    source: str
    page: Page | None = None  # None when there was no response
    kind: PageKind = field(default="page", kw_only=True)
    snapshot_id: int | None = None
    article: Article | None = None
    keys: DedupKeys | None = None
    outcome: Outcome | None = None
    evidence: str = ""
    found: tuple[DiscoveredLink, ...] = ()  # links on this page
    # every later page that was stored and not rejected when the article was joined, also those
    # that were left out: (row id in `pages`, snapshot id)
    joined: tuple[tuple[int, int], ...] = ()
    # pages that turned out not to belong to the article: (row id in `pages`, why)
    unrelated_pages: tuple[tuple[int, str], ...] = ()
    retry_at: datetime | None = None  # from the Retry-After header
    # what a parsed feed says in rsl: elements, as JSON; "": unreadable; None: nothing
    feed_license: str | None = None
    # of the extraction, where it was made elsewhere; None: this extractor's for the source
    extractor_version: str | None = None
    is_shared_text: bool = False  # another article of the source has the text, not the headline
    is_same_page: bool = False  # the response from which the stored article was extracted, again
