"""A story told on several pages: where a page says it goes on, and how the pages are joined into one article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from khabar.extraction.boilerplate import names_of, squeezed
from khabar.extraction.document import Document, Element
from khabar.extraction.headline import agree
from khabar.hindi.text import clean
from khabar.model import urls
from khabar.model.items import TEXT_BLOCKS, Article, Block, Embed, Image

_NEXT = re.compile(
    r"(?:(?:अगला|अगले|अगली)(?:\s+(?:पेज|पृष्ठ|पन्ना|पन्ने|भाग))?|आगे\s+पढ़ें|next(?:\s+page)?|(?:page|पेज|पृष्ठ)?\s*[\d०-९]{1,2})[\s>»›→]*",
    re.I,
)
_PREVIOUS = re.compile(
    r"[\s<«‹←]*(?:पिछला|पिछले|पिछली|prev(?:ious)?|(?:page|पेज|पृष्ठ)?\s*[\d०-९]{1,2}|पहला)(?:\s+(?:पेज|पृष्ठ|पन्ना|भाग|page))?",
    re.I,
)
_TURNS = re.compile(r"\d|अगल|आगे|पिछ|पहल|next|prev", re.I)  # no pager says none of these
_ELSEWHERE = re.compile(r"comment|related|disqus|recommend", re.I)
_PAGER = 40  # characters of a link that only turns the page
_AGREE = 0.5  # share of words two headlines of one story have in common
_REPEATED = 25  # letters: a longer text that stands on an earlier page already is not said again


def neighbours(doc: Document, canonical: str | None) -> tuple[str | None, str | None]:
    """The addresses of the story's next page and of the one before: by rel or by a pager, a page number apart."""
    here = [urls.without(one, urls.TRACKERS) for one in (doc.url, canonical) if one]
    links = list(doc.root.iter("link", "a"))
    turning = [(link, _words(link)) for link in links if link.tag == "a"]
    onward, back = _pointers(links, turning, "next", _NEXT), _pointers(links, turning, "prev", _PREVIOUS)
    return (
        next(
            (url for url in map(doc.absolute, onward) if url and any(urls.page_after(one, url) for one in here)), None
        ),
        next((url for url in map(doc.absolute, back) if url and any(urls.page_after(url, one) for one in here)), None),
    )


def _words(link: Element) -> str:
    """A link's words when they are as few as a pager's, else ''."""
    text = link.text_content() if len(link) else link.text
    if not text or not _TURNS.search(text):
        return ""
    said = " ".join(text.split())
    return clean(said) if len(said) <= _PAGER else ""


def _pointers(
    links: Sequence[Element], turning: Sequence[tuple[Element, str]], rel: str, words: re.Pattern[str]
) -> Iterator[str | None]:
    yield from (link.get("href") for link in links if rel in (link.get("rel") or "").lower().split())
    yield from (link.get("href") for link, said in turning if said and words.fullmatch(said) and not _beside(link))


def _beside(link: Element) -> bool:
    """Whether a pager is not the story's: that of its comments or of a list beside it."""
    return any(_ELSEWHERE.search(names_of(holder)) for holder in link.iterancestors() if holder.tag != "body")


def stranger(first: Article, page: Article) -> str | None:
    """Why a page is no later page of the story `first` begins; None when it is one."""
    if page.page_type in ("listing", "other"):
        return f"it reads as {page.page_type}"
    same = page.canonical_url == first.url or first.page_type == "gallery"
    if first.title and page.title and not same and agree(first.title, page.title) < _AGREE:
        return f"its headline is another: {page.title}"
    return None if _Joining(first).add(page) else "it says nothing new"


def joined(first: Article, pages: Sequence[Article], *, goes_on: bool) -> Article:
    """The whole story: what `first` begins and `pages`, in order, go on with. Only strangers' texts are none of it.

    `goes_on`: a further page is known of and not here; that is named in `problems`.
    """
    whole = _Joining(first)
    for page in pages:
        whole.add(page)
    told = (f"text: goes on after page {len(pages) + 1}, which is not here yet",) if goes_on else ()
    article = replace(whole.article(), problems=(*first.problems, *told))
    if not pages:
        return article
    provenance = {**first.provenance, "text": f"{len(pages) + 1} pages"}
    return replace(article, provenance=provenance, rights=_strictest([first, *pages]))


def _strictest(pages: Sequence[Article]) -> dict[str, object]:
    """One page that forbids something forbids it for the whole."""
    found: dict[str, object] = {}
    for page in reversed(pages):
        found |= {name: value for name, value in page.rights.items() if value}
    return {**pages[0].rights, **found}


@dataclass
class _Joining:
    """A story growing page by page. What a page repeats (headline, byline, lead picture, player) is left out."""

    first: Article
    blocks: list[Block] = field(default_factory=list)
    embeds: list[Embed] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blocks, self.embeds = list(self.first.blocks), list(self.first.embeds)
        self.images = list(self.first.images)

    def article(self) -> Article:
        return replace(self.first, blocks=tuple(self.blocks), embeds=tuple(self.embeds), images=tuple(self.images))

    def add(self, page: Article) -> int:
        """Takes what is new on a page. Returns how many blocks that was, short lines not counted."""
        before, said = len(self.blocks), {squeezed(block.text) for block in self.blocks if block.text}
        said |= {squeezed(text) for text in (self.first.title, self.first.subtitle, *self.first.authors) if text}
        if (lead := _lead(page)) is not None:
            self._image(lead, Block("image"))
        for block in (*_above(page), *page.blocks):
            opening = len(self.blocks) == before
            if block.type in TEXT_BLOCKS:
                key = squeezed(block.text)
                self.blocks += [block] if key not in said or not (opening or len(key) > _REPEATED) else []
            elif block.embed is not None:
                self._embed(page.embeds[block.embed], block)
            elif block.image is not None:
                self._image(page.images[block.image], block)
        return sum(block.type not in TEXT_BLOCKS or len(block.text) > _REPEATED for block in self.blocks[before:])

    def _embed(self, embed: Embed, block: Block) -> None:
        if _key(embed) not in map(_key, self.embeds):
            self.blocks.append(replace(block, embed=len(self.embeds)))
            self.embeds.append(replace(embed, place="body"))

    def _image(self, image: Image, block: Block) -> None:
        if image.url not in {one.url for one in (*self.images, self.first.lead_image) if one}:
            self.blocks.append(replace(block, image=len(self.images)))
            self.images.append(image)


def _lead(page: Article) -> Image | None:
    """The picture a later page shows above its text; one that stands among its blocks has its place there."""
    lead = page.lead_image if page.provenance.get("lead_image") == "visible" else None
    return lead if lead and lead.url not in {one.url for one in page.images} else None


def _above(page: Article) -> list[Block]:
    """The player above a later page's text stands where that page begins."""
    return [Block("embed", embed=at) for at, embed in enumerate(page.embeds) if embed.place == "lead"]


def _key(embed: Embed) -> tuple[str, str | None]:
    return embed.provider, embed.id or embed.url or embed.html or embed.text
