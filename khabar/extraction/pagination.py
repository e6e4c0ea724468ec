"""A story told on several pages: where a page says it goes on, and how the pages are joined into
one article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from khabar.extraction.boilerplate import class_and_id, comparison_key
from khabar.extraction.document import Element, HtmlDocument
from khabar.extraction.headline import title_similarity
from khabar.hindi.text import clean_text
from khabar.model import urls
from khabar.model.items import TEXT_BLOCKS, Article, Block, Embed, Image

_NEXT_PAGE = re.compile(
    r"(?:(?:अगला|अगले|अगली)(?:\s+(?:पेज|पृष्ठ|पन्ना|पन्ने|भाग))?|आगे\s+पढ़ें|next(?:\s+page)?|(?:page|पेज|पृष्ठ)?\s*[\d०-९]{1,2})[\s>»›→]*",
    re.I,
)
_PREVIOUS_PAGE = re.compile(
    r"[\s<«‹←]*(?:पिछला|पिछले|पिछली|prev(?:ious)?|(?:page|पेज|पृष्ठ)?\s*[\d०-९]{1,2}|पहला)(?:\s+(?:पेज|पृष्ठ|पन्ना|भाग|page))?",
    re.I,
)
_PAGER_HINT = re.compile(r"\d|अगल|आगे|पिछ|पहल|next|prev", re.I)  # no pager says none of these
_OTHER_PAGER_CLASS = re.compile(r"comment|related|disqus|recommend", re.I)
_MAX_PAGER_TEXT = 40  # characters of a link that only turns the page
_MIN_TITLE_SIMILARITY = 0.5  # share of words two headlines of one story have in common
# letters: a longer text that stands on an earlier page already is not said again
_MIN_REPEAT_LENGTH = 25


def find_adjacent_pages(doc: HtmlDocument, canonical: str | None) -> tuple[str | None, str | None]:
    """The addresses of the story's next page and of the one before: by rel or by a pager, a page
    number apart.
    """
    page_urls = [
        urls.strip_params(page_url, urls.TRACKING_PARAMS)
        for page_url in (doc.url, canonical)
        if page_url
    ]
    links = list(doc.root.iter("link", "a"))
    pager_links = [(link, _pager_text(link)) for link in links if link.tag == "a"]
    next_hrefs, previous_hrefs = (
        _iter_hrefs(links, pager_links, "next", _NEXT_PAGE),
        _iter_hrefs(links, pager_links, "prev", _PREVIOUS_PAGE),
    )
    return (
        next(
            (
                url
                for url in map(doc.absolute_url, next_hrefs)
                if url and any(urls.next_page_number(page_url, url) for page_url in page_urls)
            ),
            None,
        ),
        next(
            (
                url
                for url in map(doc.absolute_url, previous_hrefs)
                if url and any(urls.next_page_number(url, page_url) for page_url in page_urls)
            ),
            None,
        ),
    )


def _pager_text(link: Element) -> str:
    """A link's words when they are as few as a pager's, else ''."""
    text = link.text_content() if len(link) else link.text
    if not text or not _PAGER_HINT.search(text):
        return ""
    line = " ".join(text.split())
    return clean_text(line) if len(line) <= _MAX_PAGER_TEXT else ""


def _iter_hrefs(
    links: Sequence[Element],
    pager_links: Sequence[tuple[Element, str]],
    rel: str,
    pattern: re.Pattern[str],
) -> Iterator[str | None]:
    yield from (
        link.get("href") for link in links if rel in (link.get("rel") or "").lower().split()
    )
    yield from (
        link.get("href")
        for link, text in pager_links
        if text and pattern.fullmatch(text) and not _is_other_pager(link)
    )


def _is_other_pager(link: Element) -> bool:
    """Whether a pager is not the story's: that of its comments or of a list beside it."""
    return any(
        _OTHER_PAGER_CLASS.search(class_and_id(ancestor))
        for ancestor in link.iterancestors()
        if ancestor.tag != "body"
    )


def mismatch_reason(first: Article, page: Article) -> str | None:
    """Why a page is no later page of the story `first` begins; None when it is one."""
    if page.page_type in ("listing", "other"):
        return f"it reads as {page.page_type}"
    is_same = page.canonical_url == first.url or first.page_type == "gallery"
    if (
        first.title
        and page.title
        and not is_same
        and title_similarity(first.title, page.title) < _MIN_TITLE_SIMILARITY
    ):
        return f"its headline is another: {page.title}"
    return None if _PageJoiner(first).add_page(page) else "it says nothing new"


def join_pages(first: Article, pages: Sequence[Article], *, has_more: bool) -> Article:
    """The whole story: what `first` begins and `pages`, in order, go on with. Only strangers' texts
    are none of it.

    `has_more`: a further page is known of and not here; that is named in `problems`.
    """
    joiner = _PageJoiner(first)
    for page in pages:
        joiner.add_page(page)
    problems = (
        (f"text: goes on after page {len(pages) + 1}, which is not here yet",) if has_more else ()
    )
    article = replace(joiner.build_article(), problems=(*first.problems, *problems))
    if not pages:
        return article
    provenance = {**first.provenance, "text": f"{len(pages) + 1} pages"}
    return replace(article, provenance=provenance, rights=_merge_rights([first, *pages]))


def _merge_rights(pages: Sequence[Article]) -> dict[str, object]:
    """One page that forbids something forbids it for the whole."""
    restrictions: dict[str, object] = {}
    for page in reversed(pages):
        restrictions |= {name: value for name, value in page.rights.items() if value}
    return {**pages[0].rights, **restrictions}


@dataclass
class _PageJoiner:
    """A story growing page by page. What a page repeats (headline, byline, lead picture, player)
    is left out.
    """

    first: Article
    blocks: list[Block] = field(default_factory=list)
    embeds: list[Embed] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blocks, self.embeds = list(self.first.blocks), list(self.first.embeds)
        self.images = list(self.first.images)

    def build_article(self) -> Article:
        return replace(
            self.first,
            blocks=tuple(self.blocks),
            embeds=tuple(self.embeds),
            images=tuple(self.images),
        )

    def add_page(self, page: Article) -> int:
        """Takes what is new on a page. Returns how many blocks that was, short lines not
        counted.
        """
        start, keys = (
            len(self.blocks),
            {comparison_key(block.text) for block in self.blocks if block.text},
        )
        keys |= {
            comparison_key(text)
            for text in (self.first.title, self.first.subtitle, *self.first.authors)
            if text
        }
        if (lead := _find_lead_image(page)) is not None:
            self._add_image(lead, Block("image"))
        for block in (*_make_lead_embeds(page), *page.blocks):
            is_opening = len(self.blocks) == start
            if block.type in TEXT_BLOCKS:
                key = comparison_key(block.text)
                self.blocks += (
                    [block]
                    if key not in keys or not (is_opening or len(key) > _MIN_REPEAT_LENGTH)
                    else []
                )
            elif block.embed is not None:
                self._add_embed(page.embeds[block.embed], block)
            elif block.image is not None:
                self._add_image(page.images[block.image], block)
        return sum(
            block.type not in TEXT_BLOCKS or len(block.text) > _MIN_REPEAT_LENGTH
            for block in self.blocks[start:]
        )

    def _add_embed(self, embed: Embed, block: Block) -> None:
        if _embed_key(embed) not in map(_embed_key, self.embeds):
            self.blocks.append(replace(block, embed=len(self.embeds)))
            self.embeds.append(replace(embed, place="body"))

    def _add_image(self, image: Image, block: Block) -> None:
        if image.url not in {other.url for other in (*self.images, self.first.lead_image) if other}:
            self.blocks.append(replace(block, image=len(self.images)))
            self.images.append(image)


def _find_lead_image(page: Article) -> Image | None:
    """The picture a later page shows above its text; one that stands among its blocks has its
    place there.
    """
    lead = page.lead_image if page.provenance.get("lead_image") == "visible" else None
    return lead if lead and lead.url not in {image.url for image in page.images} else None


def _make_lead_embeds(page: Article) -> list[Block]:
    """The player above a later page's text stands where that page begins."""
    return [Block("embed", embed=i) for i, embed in enumerate(page.embeds) if embed.place == "lead"]


def _embed_key(embed: Embed) -> tuple[str, str | None]:
    return embed.provider, embed.id or embed.url or embed.html or embed.text
