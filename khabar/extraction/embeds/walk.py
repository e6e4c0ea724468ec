"""One walk through the page: every embed once, in order, with where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from lxml.html import HtmlElement

from khabar.extraction.embeds.id_attributes import names
from khabar.extraction.embeds.recognise import BOXES, Reader
from khabar.model.items import Embed, Place

_SKIPPED = names("head template style svg select textarea")
_BARE_PLAYERS = names("blockquote video audio object")  # need no attribute to be one
_BARE_FRAME = names("header nav footer aside")
_SPANS = names("article main body")
_STILL = names("h1 h2 h3 h4 h5 h6 ul ol table tbody tr td th br hr img body html article main picture source")
FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:related|sidebar|side-bar|rightbar|right-rail|recommend\w*|promo(?:tion)?|newsletter|trending|footer|read-?more|readmore"
    r"|also-?read|alsoread|most-?(?:read|popular|viewed)|outbrain|taboola|more-(?:stories|news|videos|from|on)|latest-(?:news|stories|videos)"
    r"|top-(?:stories|news|videos)|you-may-(?:also-)?like|next-(?:story|article)|comments?-?(?:list|section|area|box|wrap\w*)?|tts"
    r"|popular-(?:posts|videos|news)|widget-area|must-?(?:read|watch)|webstor(?:y|ies)|sticky-(?:video|player)|floating-(?:video|player))"
    r"(?:$|[\s_-])",
    re.I,
)
_PROSE = 40  # letters: a text node this long is a sentence, not a label


@dataclass(eq=False)
class Find:
    """An embed of the page: its node, and its twins (no-script copy, placeholder) that say the same again."""

    node: HtmlElement
    embed: Embed
    at: int  # letters of visible text before it
    prose: int  # letters of sentences before it
    twins: list[HtmlElement] = field(default_factory=list)
    open: bool = False  # its element was never closed and holds blocks of the article

    @property
    def nodes(self) -> list[HtmlElement]:
        return [self.node, *self.twins]


@dataclass
class _Span:
    """A container that may be the article's, as the stretch of prose it holds."""

    el: HtmlElement
    start: int
    end: int = -1


class Walk:
    """Reads a tree in document order. After `run`, `finds` and the page's containers are known."""

    def __init__(self, root: HtmlElement, url: str, now: datetime | None = None) -> None:
        self.root, self.reader = root, Reader(url, now)
        self.finds: list[Find] = []
        self.letters = self.prose = 0
        self._spans: dict[HtmlElement, _Span] = {}
        self._links = self._noscript = 0

    def run(self) -> list[Find]:
        """All embeds, twins joined, each with its place (body or page)."""
        self._visit(self.root)
        finds = [self._placed(find) for find in _joined(self.finds)]
        return [find for find in finds if self._wanted(find)]

    def _visit(self, el: HtmlElement) -> None:
        if isinstance(el.tag, str):  # no comment
            if not self._start(el):
                for child in el:
                    self._visit(child)
            self._end(el)
        if el.tail:
            self._count(el.tail)

    def _start(self, el: HtmlElement) -> bool:
        """Take an element in; True when its inside is of no further interest."""
        tag = el.tag
        if tag in _SKIPPED:
            return True
        if tag == "a":
            self._links += 1
        elif tag == "noscript":
            self._noscript += 1
        keys = el.keys()
        if tag not in _STILL and (keys or tag in _BARE_PLAYERS) and self._find(el):
            return not self.finds[-1].open
        if tag == "script":
            return True
        if tag in _SPANS or (keys and _is_body(el, keys)):
            self._spans[el] = _Span(el, self.prose)
        if el.text:
            self._count(el.text)
        return False

    def _find(self, el: HtmlElement) -> bool:
        embed, tag = self.reader.read(el), el.tag
        if embed is None:
            return False
        if self._noscript and embed.via == "dom":
            embed = replace(embed, via="noscript")
        swallowed = (tag in BOXES or tag.startswith(("amp-", "lite-"))) and _swallowed(el)
        self.finds.append(Find(el, embed, self.letters, self.prose, open=swallowed))
        return True

    def _end(self, el: HtmlElement) -> None:
        if el.tag == "a":
            self._links -= 1
        elif el.tag == "noscript":
            self._noscript -= 1
        elif el in self._spans:
            self._spans[el].end = self.prose

    def _count(self, text: str) -> None:
        length = len(text.strip())
        self.letters += length
        if length >= _PROSE and not self._links:
            self.prose += length

    # -- where it stands

    def _placed(self, find: Find) -> Find:
        find.embed = replace(find.embed, place=self._place(find))
        return find

    def _place(self, find: Find) -> Place:
        if in_furniture(find.node):
            return "page"
        spans = [s for s in self._spans.values() if s.end - s.start >= 0.5 * self.prose and s.el.tag != "body"]
        articles = [s for s in spans if s.el.tag == "article"] or spans
        if not articles or self.prose < 10 * _PROSE:
            return "body"
        up = set(find.node.iterancestors())
        if any(s.el in up for s in articles):
            return "body"
        # Above the article but within its page a player is its lead; below it is somebody else's.
        return "body" if find.prose <= articles[0].start and any(s.el in up for s in spans) else "page"

    def _wanted(self, find: Find) -> bool:
        """A frame nobody knows is kept only within the article."""
        if find.embed.provider != "unknown":
            return True
        return find.embed.place == "body" and not any(up.tag in _BARE_FRAME for up in find.node.iterancestors())


def _is_body(el: HtmlElement, keys: list[str]) -> bool:
    """Whether an element says it is the article's body."""
    named = "itemprop" in keys and el.get("itemprop") == "articleBody"
    return named or ("role" in keys and el.get("role") == "main")


def in_furniture(node: HtmlElement) -> bool:
    """Does it stand in a related block, a sidebar, a footer …? A container that holds the headline is none."""
    for up in node.iterancestors():
        if up.tag in ("article", "main", "body", "html"):
            return False
        if is_furniture(up):
            return next(up.iter("h1"), None) is None
    return False


def is_furniture(el: HtmlElement) -> bool:
    """By its tag or by what it is called."""
    return el.tag in ("nav", "footer") or any(
        FURNITURE.search(value) for name in ("class", "id") if (value := el.get(name))
    )


def _swallowed(el: HtmlElement) -> bool:
    blocks = el.iterchildren("p", "h2", "h3", "ul", "ol", "blockquote", "div")
    return (
        sum(
            length
            for b in blocks
            if (length := len("".join(b.itertext()).strip())) > 60 and b.get("placeholder") is None
        )
        > 240
    )


def _joined(finds: Iterable[Find]) -> list[Find]:
    """The same post twice with no text between is one placement: lazy player and no-script copy, AMP placeholder."""
    kept: list[Find] = []
    for find in finds:
        twin = next((k for k in reversed(kept) if k.at == find.at and _same(k.embed, find.embed)), None)
        if twin is None:
            kept.append(find)
        else:
            twin.twins.append(find.node)
            twin.embed = _fuller(twin.embed, find.embed)
    return kept


def _same(a: Embed, b: Embed) -> bool:
    return a.provider == b.provider and (a.id == b.id if a.id or b.id else a.url == b.url and a.text == b.text)


def _fuller(a: Embed, b: Embed) -> Embed:
    """The first copy, with what only the second says."""
    gaps = {
        name: value
        for name in Embed.__slots__
        if getattr(a, name) in (None, ()) and (value := getattr(b, name)) not in (None, ())
    }
    if b.url and a.url and "/i/status/" in a.url and "/i/status/" not in b.url:
        gaps["url"] = b.url
    return replace(a, **gaps)
