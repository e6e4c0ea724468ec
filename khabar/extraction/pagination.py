"""Articles on several pages: finds the links to the next and previous page, and joins the pages
into one Article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from khabar.extraction.boilerplate import class_and_id, comparison_key
from khabar.extraction.document import Element, HtmlDocument, read_text
from khabar.extraction.headline import title_similarity
from khabar.hindi.text import clean_text
from khabar.model import urls
from khabar.model.items import TEXT_BLOCKS, Article, Block, Embed, Image, Inset

_NEXT_PAGE = re.compile(
    r"(?:(?:अगला|अगले|अगली)(?:\s+(?:पेज|पृष्ठ|पन्ना|पन्ने|भाग))?|आगे\s+पढ़ें|next(?:\s+page)?"
    r"|(?:page|पेज|पृष्ठ)?\s*[\d०-९]{1,2})[\s>»›→]*",
    re.I,
)
_PREVIOUS_PAGE = re.compile(
    r"[\s<«‹←]*(?:पिछला|पिछले|पिछली|prev(?:ious)?|(?:page|पेज|पृष्ठ)?\s*[\d०-९]{1,2}"
    r"|पहला)(?:\s+(?:पेज|पृष्ठ|पन्ना|भाग|page))?",
    re.I,
)
# every link that both patterns match contains one of these
_PAGER_HINT = re.compile(r"\d|अगल|आगे|पिछ|पहल|next|prev", re.I)
_OTHER_PAGER_CLASS = re.compile(r"comment|related|disqus|recommend", re.I)
# Chosen by hand, not measured.
_MAX_PAGER_TEXT = 40  # characters of a link to the next or previous page
_MIN_TITLE_SIMILARITY = 0.5  # of the headlines of two pages of one article (title_similarity)
_MIN_REPEAT_LENGTH = 25  # letters of a text that is dropped if an earlier page contains it


def find_adjacent_pages(doc: HtmlDocument, canonical: str | None) -> tuple[str | None, str | None]:
    """Returns the URLs of the article's next and previous page (each None if there is none): from
    rel or the text of a link, if the page number in the URL differs by one.
    """
    page_urls = [
        urls.strip_params(page_url, urls.TRACKING_PARAMS)
        for page_url in (doc.url, canonical)
        if page_url
    ]
    pager_links = [(link, text) for link in doc.root.iter("a") if (text := _pager_text(link))]
    next_hrefs, previous_hrefs = (
        _iter_hrefs(doc.rel_links, pager_links, "next", _NEXT_PAGE),
        _iter_hrefs(doc.rel_links, pager_links, "prev", _PREVIOUS_PAGE),
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
    """Returns the text of a link if it can be a pager's, else ''."""
    line = read_text(link).strip()
    if len(line) > _MAX_PAGER_TEXT and "\n" not in line and "  " not in line:
        return ""  # most links: headlines
    if not _PAGER_HINT.search(line):
        return ""
    line = " ".join(line.split())
    return clean_text(line) if len(line) <= _MAX_PAGER_TEXT else ""


def _iter_hrefs(
    rel_links: Sequence[tuple[Element, str]],
    pager_links: Sequence[tuple[Element, str]],
    rel: str,
    pattern: re.Pattern[str],
) -> Iterator[str | None]:
    yield from (link.get("href") for link, names in rel_links if rel in names.lower().split())
    yield from (
        link.get("href")
        for link, text in pager_links
        if pattern.fullmatch(text) and not _is_other_pager(link)
    )


def _is_other_pager(link: Element) -> bool:
    """Whether a pager belongs to comments or related articles."""
    return any(
        _OTHER_PAGER_CLASS.search(class_and_id(ancestor))
        for ancestor in link.iterancestors()
        if ancestor.tag != "body"
    )


def mismatch_reason(first: Article, page: Article) -> str | None:
    """Returns why `page` is not a later page of the article that begins with `first`; None if it
    is one.
    """
    if page.page_type in ("listing", "other"):
        return f"its page type is {page.page_type}"
    is_same = page.canonical_url == first.url or first.page_type == "gallery"
    if (
        first.title
        and page.title
        and not is_same
        and title_similarity(first.title, page.title) < _MIN_TITLE_SIMILARITY
    ):
        return f"it has a different headline: {page.title}"
    return None if _PageJoiner(first).add_page(page) else "it contains nothing new"


def join_pages(first: Article, pages: Sequence[Article], *, has_more: bool) -> Article:
    """Joins the pages of an article: `first` and the later `pages`, in order, without what they
    repeat.

    `has_more`: a further page is known but not fetched yet; `problems` then mentions it.
    """
    joiner = _PageJoiner(first)
    for page in pages:
        joiner.add_page(page)
    missing = f"text: continues after page {len(pages) + 1}, on a page that is not fetched yet"
    problems = (missing,) if has_more else ()
    article = replace(joiner.build_article(), problems=(*first.problems, *problems))
    if not pages:
        return article
    provenance = {**first.provenance, "text": f"{len(pages) + 1} pages"}
    return replace(article, provenance=provenance, rights=_merge_rights([first, *pages]))


def _merge_rights(pages: Sequence[Article]) -> dict[str, object]:
    """Combines the rights of all pages: a restriction on one page applies to the whole article."""
    restrictions: dict[str, object] = {}
    for page in reversed(pages):
        restrictions |= {name: value for name, value in page.rights.items() if value}
    return {**pages[0].rights, **restrictions}


@dataclass
class _PageJoiner:
    """Builds an article page by page, leaving out what later pages repeat: headline, byline, lead
    image, player.
    """

    first: Article
    blocks: list[Block] = field(default_factory=list)
    embeds: list[Embed] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    insets: list[Inset] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blocks, self.embeds = list(self.first.blocks), list(self.first.embeds)
        self.images, self.insets = list(self.first.images), list(self.first.insets)

    def build_article(self) -> Article:
        return replace(
            self.first,
            blocks=tuple(self.blocks),
            embeds=tuple(self.embeds),
            images=tuple(self.images),
            insets=tuple(self.insets),
        )

    def add_page(self, page: Article) -> int:
        """Adds the new blocks of a page; returns their number, without short lines."""
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
        lead_embeds = _make_lead_embeds(page)
        ends = []  # the index of the last joined block after each block of the page
        for block in (*lead_embeds, *page.blocks):
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
            ends.append(len(self.blocks) - 1)
        for inset in page.insets:
            index = -1 if inset.after_block is None else inset.after_block
            position = [start - 1, *ends][len(lead_embeds) + index + 1]
            self._add_inset(replace(inset, after_block=position if position >= 0 else None))
        return sum(
            block.type not in TEXT_BLOCKS or len(block.text) > _MIN_REPEAT_LENGTH
            for block in self.blocks[start:]
        )

    def _add_embed(self, embed: Embed, block: Block) -> None:
        if _embed_key(embed) not in map(_embed_key, self.embeds):
            self.blocks.append(replace(block, embed=len(self.embeds)))
            self.embeds.append(replace(embed, place="body"))

    def _add_inset(self, inset: Inset) -> None:
        if inset.text not in {other.text for other in self.insets}:
            self.insets.append(inset)

    def _add_image(self, image: Image, block: Block) -> None:
        if image.url not in {other.url for other in (*self.images, self.first.lead_image) if other}:
            self.blocks.append(replace(block, image=len(self.images)))
            self.images.append(image)


def _find_lead_image(page: Article) -> Image | None:
    """Returns the lead image shown above a later page's text, unless it is among the blocks."""
    lead = page.lead_image if page.provenance.get("lead_image") == "visible" else None
    return lead if lead and lead.url not in {image.url for image in page.images} else None


def _make_lead_embeds(page: Article) -> list[Block]:
    """Returns blocks for the embeds above a later page's text, to put where that page begins."""
    return [Block("embed", embed=i) for i, embed in enumerate(page.embeds) if embed.place == "lead"]


def _embed_key(embed: Embed) -> tuple[str, str | None]:
    return embed.provider, embed.id or embed.url or embed.html or embed.text
