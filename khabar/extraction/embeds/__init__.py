"""Other people's posts, videos, charts and documents in an article: found, read, and lifted out of the tree.

The extractor must never see an embed's own markup: it would take its words for the article's. So `lift` puts a token
in each one's place, and the caller finds the tokens again in the extracted text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha1

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds import block_arrays, placeholders
from khabar.extraction.embeds.classify import Classified, classify
from khabar.extraction.embeds.cleanup import drop, mend
from khabar.extraction.embeds.element import snapshot
from khabar.extraction.embeds.embedded_json import from_state, slots, videos
from khabar.extraction.embeds.flattened_tweets import flattened
from khabar.extraction.embeds.walk import Find, Walk
from khabar.model.items import Embed

__all__ = ["Classified", "Lifted", "anchors", "classify", "flattened", "from_state", "lift"]


@dataclass(frozen=True)
class Lifted:
    """The embeds of a page, one per placement in page order, and the token that stands for each in the tree.

    An embed that is only in the page's data has the token "" and the place `unplaced`.
    """

    embeds: tuple[Embed, ...]
    tokens: tuple[str, ...]
    unknown_hosts: Mapping[str, int]
    nonce: str
    around: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches any token of this page."""
        return re.compile(rf"EMBEDX{self.nonce}\d{{4,}}X" if self.nonce else "(?!)")

    def index(self, token: str) -> int:
        """Which embed a token stands for. Raises ValueError for what is no token of this page."""
        if not token:
            raise ValueError("no token")
        return self.tokens.index(token)


def anchors(lifted: Lifted) -> dict[str, tuple[str | None, str | None]]:
    """For each token the first 40 characters of the text blocks (30 or longer) right before and behind it."""
    return dict(lifted.around)


def lift(root: HtmlElement, url: str, now: datetime | None = None) -> Lifted:
    """Find every embed of a parsed page and replace its outermost wrapper by `<p>TOKEN</p>`; changes the tree.

    Also takes out of the tree what looks like an embed and is none: timelines, share and follow buttons, like boxes,
    comment widgets, invitations to channels. `now` is the time that ids are held against (default: now).
    """
    mend(root)
    walk = Walk(root, url, now)
    finds = walk.run()
    finds, loose = _with_state(root, url, walk, finds)
    nonce = _nonce(root, url) if finds else ""
    tokens = [f"EMBEDX{nonce}{number:04d}X" for number in range(len(finds))]
    embeds = _replaced(finds, tokens)
    around = placeholders.around(root, tokens) if tokens else {}
    return Lifted((*embeds, *loose), (*tokens, *("" for _ in loose)), walk.reader.unknown_hosts, nonce, around)


def _with_state(root: HtmlElement, url: str, walk: Walk, finds: list[Find]) -> tuple[list[Find], list[Embed]]:
    """Add what only scripts know: onto empty placeholders when there are as many, else without a place."""
    known = {(find.embed.provider, find.embed.id) for find in finds}
    if told := block_arrays.told(root, walk.reader, known):
        finds = _in_order(root, [*finds, *told])
        known |= {(find.embed.provider, find.embed.id) for find in told}
    hidden = from_state(root, url, known, walk.reader)
    if hidden:
        places = slots(root, {node for find in finds for node in find.nodes})
        if len(places) == len(hidden):
            filled = [Find(el, replace(embed, place="body"), 0, 0) for el, embed in zip(places, hidden, strict=True)]
            return _in_order(root, [*finds, *filled]), []
    named = videos(root, url)
    return _titled(finds, named), [*hidden, *_lone_video(finds, hidden, named)]


def _in_order(root: HtmlElement, finds: list[Find]) -> list[Find]:
    order = {el: number for number, el in enumerate(root.iter(etree.Element))}
    return sorted(finds, key=lambda find: order[find.node])


def _titled(finds: list[Find], named: list[Embed]) -> list[Find]:
    """Shown players with the title and the length that JSON-LD gives them."""
    told = {(embed.provider, embed.id): embed for embed in named}
    for find in finds:
        if same := told.get((find.embed.provider, find.embed.id)):
            title = find.embed.title or same.title
            find.embed = replace(find.embed, title=title, duration=find.embed.duration or same.duration)
    return finds


def _lone_video(finds: list[Find], hidden: list[Embed], named: list[Embed]) -> list[Embed]:
    """The article's video, when only JSON-LD knows it: any player in the page would be the same one."""
    shown = [
        e
        for e in (*(find.embed for find in finds), *hidden)
        if e.kind in ("video", "short", "live") and e.place != "page"
    ]
    return named[:1] if not shown else []


def _nonce(root: HtmlElement, url: str) -> str:
    """Letters and digits the page does not contain; the same for the same page."""
    text = etree.tostring(root, method="text", encoding="unicode")
    nonce = sha1(url.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:8]
    while f"EMBEDX{nonce}" in text:
        nonce = sha1(nonce.encode(), usedforsecurity=False).hexdigest()[:8]
    return nonce


def _replaced(finds: list[Find], tokens: list[str]) -> list[Embed]:
    everything = {node for find in finds for node in find.nodes}
    discards = placeholders.Discards()
    embeds = []
    for find, token in zip(finds, tokens, strict=True):
        top = find.node if find.open else placeholders.wrapper(find, everything - set(find.nodes))
        embeds.append(_finished(find, top))
        for line in placeholders.credits(top, find.embed.provider):
            drop(line)
        mark = placeholders.put(top, find, token)
        if find.embed.place != "page":
            placeholders.free(mark, discards)
    return embeds


def _finished(find: Find, top: HtmlElement) -> Embed:
    bare = find.embed.rule.endswith(".bare")
    html = find.embed.raw_url if bare else snapshot(top, find.embed.provider)
    return replace(find.embed, html=html, caption=placeholders.caption(top, find.node))
