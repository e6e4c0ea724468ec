"""Ground truth for a crawl of the newsroom, taken from the stories' source files and not from the
extractor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize

from khabar.model import urls
from khabar.model.items import Outcome, PageType
from newsroom import posts
from newsroom.dates import IST
from newsroom.editions import Item
from newsroom.generated_articles import DEFAULT
from newsroom.incidents import build_incident_url, get_broken_until, iter_incidents
from newsroom.site_server import SiteServer
from newsroom.sites import SITES
from newsroom.sites.base import Issue, Site
from newsroom.stories import Post, StoryPart

_REFUSED_OUTCOMES = {
    "english": Outcome.OTHER_LANGUAGE,
    "marathi": Outcome.OTHER_LANGUAGE,
    "stub": Outcome.PAYWALLED,
}
_PAGE_TYPES: dict[str, PageType] = {"liveblog": "liveblog", "gallery": "gallery", "video": "video"}


@dataclass(frozen=True, slots=True)
class ExpectedEmbed:
    """A post as far as the page's markup shows it: fields that its embed code does not contain are
    None.
    """

    provider: str
    id: str
    url: str
    author_handle: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedArticle:
    """One article, its text in NFC as the archive stores it.

    `blocks` are (type, text); pictures and embeds are ("image", "") and ("embed", "").
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


def expected_articles(edition: datetime, bulk: int = DEFAULT) -> list[ExpectedArticle]:
    """Returns every article on the sites at that time, including generated ones, without removed
    ones.
    """
    server = SiteServer(edition, bulk)
    return [
        _build_expected_article(issue.site, item)
        for issue, item in _iter_items(server)
        if not _is_refused(item, edition)
    ]


def _iter_items(server: SiteServer) -> Iterator[tuple[Issue, Item]]:
    yield from ((issue, item) for issue in server.issues.values() for item in issue.items)


def _is_refused(item: Item, edition: datetime) -> bool:
    return item.form in _REFUSED_OUTCOMES or edition < (get_broken_until(item) or edition)


def _build_expected_article(site: Site, item: Item) -> ExpectedArticle:
    parts = tuple(_iter_parts(site, item))
    return ExpectedArticle(
        source=site.key,
        url=urls.normalize_url(site.url(item)),
        title=_to_nfc(item.headline),
        subtitle=_to_nfc(item.standfirst) or None,
        blocks=tuple((part.type, _to_nfc(part.text)) for part in parts),
        embeds=tuple(_build_expected_embed(site, item, part.post) for part in parts if part.post),
        authors=item.authors,
        desk=None if item.authors else item.desk or None,
        place=item.place or None,
        published_at=site.page_time(item.published).astimezone(IST).isoformat(),
        page_type=_PAGE_TYPES.get(item.form, "article"),
    )


def _to_nfc(text: str) -> str:
    return normalize("NFC", text)


def _iter_parts(site: Site, item: Item) -> Iterator[StoryPart]:
    """Yields the parts between headline and tags on all pages, a gallery's pictures and a live
    blog's updates.
    """
    yield from site.build_parts(item)
    yield from (part for page in item.later for part in page)
    yield from (StoryPart("image", picture=picture) for picture in item.pictures)
    for update in item.updates:
        yield StoryPart("heading", update.title)
        yield StoryPart("paragraph", update.text)
        if update.embed:
            yield StoryPart("embed", post=update.embed)


def _build_expected_embed(site: Site, item: Item, post: Post) -> ExpectedEmbed:
    code = site.pick_embed_code(post, item)
    return ExpectedEmbed(
        provider=post.provider,
        id=posts.make_native_id(post, site.home),
        url=posts.build_visible_url(post, site.home, code),
        author_handle=post.handle if code.handle else None,
        text=_to_nfc(post.text.strip()) if code.text else None,
    )


def expected_outcomes(edition: datetime, bulk: int = DEFAULT) -> dict[str, Outcome]:
    """Returns the outcome of every URL that a crawl meets up to that time and that is not just an
    article.
    """
    server = SiteServer(edition, bulk)
    outcomes = {
        build_incident_url(issue.site, incident): incident.outcome
        for issue in server.issues.values()
        for incident in iter_incidents(issue)
    }
    outcomes |= {
        issue.site.url(item): _REFUSED_OUTCOMES[item.form]
        for issue, item in _iter_items(server)
        if item.form in _REFUSED_OUTCOMES
    }
    outcomes |= {
        f"{issue.site.url(item)}{number}/": Outcome.PART
        for issue, item in _iter_items(server)
        for number in range(2, len(item.later) + 2)
    }
    outcomes |= {
        SITES[key].url(item): Outcome.GONE
        for key, removed_items in server.removed_items.items()
        for item in removed_items.values()
    }
    outcomes |= {
        issue.site.url(item): Outcome.ARTICLE
        for issue, item in _iter_items(server)
        if _is_repaired(item, edition)
    }
    return {urls.normalize_url(url): outcome for url, outcome in outcomes.items()}


def _is_repaired(item: Item, edition: datetime) -> bool:
    repair_time = get_broken_until(item)
    return repair_time is not None and repair_time <= edition
