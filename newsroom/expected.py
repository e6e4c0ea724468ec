"""What a faithful crawl of the newsroom must hold: said by those who wrote it, never by the reader under test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize

from khabar.model import urls
from khabar.model.items import Outcome, PageType
from newsroom import posts
from newsroom.bulk import DEFAULT
from newsroom.dates import IST
from newsroom.incidents import address, broken_until, incidents
from newsroom.press import Press
from newsroom.printing import Item
from newsroom.sites import SITES
from newsroom.sites.base import Issue, Site
from newsroom.stories import Part, Post

_REFUSED = {
    "english": Outcome.OTHER_LANGUAGE,
    "marathi": Outcome.OTHER_LANGUAGE,
    "stub": Outcome.PAYWALLED,
}
_PAGE_TYPES: dict[str, PageType] = {"liveblog": "liveblog", "gallery": "gallery", "video": "video"}


@dataclass(frozen=True, slots=True)
class ExpectedEmbed:
    """A post as far as the page's own markup tells of it: what is not in the code is None."""

    provider: str
    id: str
    url: str
    author_handle: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """One article, its words in NFC as the archive keeps them.

    `blocks` are (type, text); pictures and embeds stand as ("image", "") and ("embed", "").
    """

    source: str
    url: str
    title: str
    subtitle: str | None
    blocks: tuple[tuple[str, str], ...]
    embeds: tuple[ExpectedEmbed, ...]
    authors: tuple[str, ...]
    desk: str | None
    place: str | None
    published_at: str  # ISO 8601, Indian time
    page_type: PageType = "article"


def expected_articles(edition: datetime, bulk: int = DEFAULT) -> list[Expected]:
    """Every article that stands on the sites at that moment, generated ones included, removed ones not."""
    press = Press(edition, bulk)
    return [_expected(issue.site, item) for issue, item in _items(press) if not _is_refused(item, edition)]


def _items(press: Press) -> Iterator[tuple[Issue, Item]]:
    yield from ((issue, item) for issue in press.issues.values() for item in issue.items)


def _is_refused(item: Item, edition: datetime) -> bool:
    return item.form in _REFUSED or edition < (broken_until(item) or edition)


def _expected(site: Site, item: Item) -> Expected:
    parts = tuple(_parts(site, item))
    return Expected(
        source=site.key,
        url=urls.normal(site.url(item)),
        title=_nfc(item.headline),
        subtitle=_nfc(item.standfirst) or None,
        blocks=tuple((part.type, _nfc(part.text)) for part in parts),
        embeds=tuple(_embed(site, item, part.post) for part in parts if part.post),
        authors=item.authors,
        desk=None if item.authors else item.desk or None,
        place=item.place or None,
        published_at=site.told(item.published).astimezone(IST).isoformat(),
        page_type=_PAGE_TYPES.get(item.form, "article"),
    )


def _nfc(text: str) -> str:
    return normalize("NFC", text)


def _parts(site: Site, item: Item) -> Iterator[Part]:
    """What stands between headline and tags, on all pages: parts, a gallery's pictures, a live blog's updates."""
    yield from site.parts(item)
    yield from (part for page in item.later for part in page)
    yield from (Part("image", picture=picture) for picture in item.pictures)
    for update in item.updates:
        yield Part("heading", update.title)
        yield Part("paragraph", update.text)
        if update.embed:
            yield Part("embed", post=update.embed)


def _embed(site: Site, item: Item, post: Post) -> ExpectedEmbed:
    code = site.code(post, item)
    return ExpectedEmbed(
        provider=post.provider,
        id=posts.native_id(post, site.home),
        url=posts.told_address(post, site.home, code),
        author_handle=post.handle if code.handle else None,
        text=_nfc(post.text.strip()) if code.text else None,
    )


def expected_outcomes(edition: datetime, bulk: int = DEFAULT) -> dict[str, Outcome]:
    """How every address ends that a crawl meets up to that moment and that is not simply an article."""
    press = Press(edition, bulk)
    told = {address(issue.site, one): one.outcome for issue in press.issues.values() for one in incidents(issue)}
    told |= {issue.site.url(item): _REFUSED[item.form] for issue, item in _items(press) if item.form in _REFUSED}
    told |= {f"{issue.site.url(item)}{at}/": Outcome.PART for issue, item in _items(press) for at in _later(item)}
    told |= {SITES[key].url(item): Outcome.GONE for key, gone in press.removed.items() for item in gone.values()}
    told |= {issue.site.url(item): Outcome.ARTICLE for issue, item in _items(press) if _has_healed(item, edition)}
    return {urls.normal(url): outcome for url, outcome in told.items()}


def _later(item: Item) -> range:
    """The numbers of an item's later pages."""
    return range(2, len(item.later) + 2)


def _has_healed(item: Item, edition: datetime) -> bool:
    heals = broken_until(item)
    return heals is not None and heals <= edition
