"""Before anything is read: what an unclosed tag swallowed comes out, bare URLs get a tag, false embeds go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import direct
from khabar.extraction.embeds.id_attributes import QUOTES, WIDGET_TAGS, WIDGETS, names
from khabar.extraction.embeds.post_text import permalink
from khabar.extraction.embeds.providers import BY_NAME

_LONG = 60  # letters: a paragraph of the article, not a line of a post's code
_LOADER = re.compile(r"(?:widgets|embeds?|embed-loader[\w-]*|sdk)(?:\.min)?\.js")
_LINE = re.compile(r"^\s*(?:\[embed[^\]]*\])?\s*(https?://\S+?)\s*(?:\[/embed\])?\s*$")
_TEXT_PARENTS = names("p div span li td figure section article main center strong b em font body a dd")
_INLINE = names("a span strong b em i u font small mark sub sup img")
_NO_LINES = names("script style textarea noscript title code pre")
_INTENT = re.compile(
    r"(?:twitter|x)\.com/intent/|(?:twitter|x)\.com/share\?|facebook\.com/(?:sharer|dialog/(?:feed|share))|whatsapp://send"
    r"|(?:api\.whatsapp\.com|web\.whatsapp\.com|wa\.me)/(?:send)?\?|(?:t\.me|telegram\.me)/share/|linkedin\.com/share|pinterest\.com/pin/create"
)
_CHANNEL = re.compile(
    r"whatsapp\.com/channel/|chat\.whatsapp\.com/|(?:t|telegram)\.me/(?:joinchat/|\+|s/)?[A-Za-z][\w-]*/?(?:[?#]|$)"
)
_SOCIAL = re.compile(r"intent/|/share|facebook|whatsapp|wa\.me|t\.me|telegram|pin/create")  # either of the two
_INVITES = re.compile(
    r"जु(?:ड\u093c?|\u095c)(?:ें|िए|िये|ने|े|ो)|(?:ज्वाइन|ज्वॉइन|जॉइन|ज्वॉयन|फॉलो|फ\u093cॉलो|फालो|सब्सक्राइब|क्लिक)\s*(?:करें|करिए|करने|कर|कीजिए)"
    r"|\b(?:join|follow|subscribe|click here|get .{0,20}updates)\b",
    re.I,
)
_PROMO_LENGTH = 300
_BLOCK_UP = ("p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "td", "div", "section")


def mend(root: HtmlElement) -> None:
    """Make the tree fit to be read for embeds."""
    sweep(root)
    hoist(root)
    tag_bare_urls(root)


def drop(el: HtmlElement) -> None:
    """Take an element out and keep the text behind it."""
    parent = el.getparent()
    if parent is None:
        return
    if el.tail:
        previous = el.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + el.tail
        else:
            parent.text = (parent.text or "") + el.tail
        el.tail = None
    parent.remove(el)


# -- what looks like an embed and is none


def sweep(root: HtmlElement) -> None:
    """Delete timelines, like boxes, buttons, comment widgets and invitations to channels."""
    for el in list(root.iter(*WIDGET_TAGS)):
        drop(el)
    for el in list(_widgets(root)):
        drop(el)
    for script in list(root.iter("script")):
        if script.get("data-telegram-discussion") or script.get("data-telegram-login"):
            drop(script)
    for a in list(root.iter("a")):
        _link(a)


def _widgets(root: HtmlElement) -> Iterator[HtmlElement]:
    for el in root.iter("div", "a", "span", "blockquote", "amp-twitter"):
        classes = el.get("class")
        if (classes and not WIDGETS.isdisjoint(classes.split())) or el.get("data-timeline-source-type"):
            yield el


def _link(a: HtmlElement) -> None:
    href = a.get("href") or ""
    if not _SOCIAL.search(href):
        return
    if _INTENT.search(href) and len("".join(a.itertext()).strip()) <= 20:
        drop(a)
    elif _CHANNEL.search(href) and (block := _invitation(a)) is not None:
        drop(block)


def _invitation(a: HtmlElement) -> HtmlElement | None:
    """The block that asks readers into a channel; None when the link stands in a sentence of the article."""
    block = next(a.iterancestors(*_BLOCK_UP), None)
    if block is None:
        return None
    words, linked = "".join(block.itertext()).strip(), "".join(a.itertext()).strip()
    short = len(words) <= _PROMO_LENGTH and next(block.iter("p", "h1", "blockquote", "iframe"), block) is block
    return block if short and (_INVITES.search(words) or len(linked) >= 0.6 * len(words)) else None


# -- unclosed codes


def hoist(root: HtmlElement) -> None:
    """Move article blocks that an unclosed code swallowed out, behind it."""
    for quote in list(root.iter("blockquote")):
        if not QUOTES.keys().isdisjoint((quote.get("class") or "").split()) and (last := _own_end(quote)) is not None:
            _out(quote, last)
    for box in root.xpath("//div[contains(@class, 'fb-')]"):
        if not {"fb-post", "fb-video", "fb-comment-embed"}.isdisjoint((box.get("class") or "").split()):
            _facebook(box)


def _own_end(quote: HtmlElement) -> HtmlElement | None:
    """The last child that is the post's own: the one with its permalink, or the loader script behind it."""
    link = permalink(quote)
    if link is not None and len(quote):
        return next((up for up in (link, *link.iterancestors()) if up.getparent() is quote), None)
    return next((s for s in quote if s.tag == "script" and _LOADER.search(s.get("src") or "")), None)


def _out(el: HtmlElement, last: HtmlElement) -> None:
    """Everything behind `last` goes behind `el`, when it is more than the code itself would say."""
    behind = list(last.itersiblings())
    tail = last.tail or ""
    if (
        len(tail.strip())
        + sum(len("".join(b.itertext()).strip()) + len((b.tail or "").strip()) for b in behind if b.tag != "script")
        < _LONG
    ):
        return
    last.tail = None
    for block in reversed(behind):
        el.addnext(block)  # an element's tail moves along
    if el.tail and behind:  # addnext puts the new sibling before the tail
        behind[-1].tail, el.tail = (behind[-1].tail or "") + el.tail, None
    el.tail = tail + (el.tail or "")


def _facebook(box: HtmlElement) -> None:
    quote = next(iter(box.iterchildren("blockquote", "span")), None)
    if quote is not None:
        _out(box, quote)
        return
    if any(len("".join(b.itertext()).strip()) > _LONG for b in box.iterchildren("p", "h2", "h3", "ul")):
        empty_out(box)


def empty_out(el: HtmlElement) -> None:
    """All children of a placeholder go behind it."""
    anchor = etree.SubElement(el, "span")
    anchor.tail, el.text = el.text, None
    el.insert(0, anchor)
    _out(el, cast(HtmlElement, anchor))
    if len(el) and el[0] is anchor:
        el.text = anchor.tail
        anchor.tail = None
        el.remove(anchor)


# -- URLs alone on their line


def tag_bare_urls(root: HtmlElement) -> None:
    """Give every embeddable URL that stands alone on its line an element of its own."""
    for owner, text, is_tail in list(_with_urls(root)):
        if owner.tag == "a":
            if _alone(owner) and (url := _bare(text) or _linked(owner, text)):
                owner.set("data-khabar-bare", url)
        else:
            _split_lines(owner, is_tail, text)


def _with_urls(root: HtmlElement) -> Iterator[tuple[HtmlElement, str, bool]]:
    """Text that may hold a URL: (its element or the one before it, the text, whether it is the latter's tail)."""
    for el in root.iter(*_TEXT_PARENTS):
        if el.text and "http" in el.text:
            yield el, el.text, False
        if el.tail and "http" in el.tail and (up := el.getparent()) is not None and up.tag not in _NO_LINES:
            yield el, el.tail, True


def _linked(a: HtmlElement, text: str) -> str | None:
    """A shortened URL as link text: its href is the URL."""
    href = a.get("href") or ""
    return _bare(href) if re.match(r"\s*https?://\S+…?\s*$", text) else None


def _bare(line: str) -> str | None:
    found = _LINE.match(line)
    if not found or not (what := direct(found[1])) or what.kind == "link":
        return None
    row = BY_NAME.get(what.provider)
    return found[1] if row is not None and row.bare and what.id else None


def _alone(el: HtmlElement) -> bool:
    """Nothing else stands on the element's line."""
    before, after = el.getprevious(), el.getnext()
    parent = el.getparent()
    if parent is None:
        return False
    lead = parent.text if before is None else before.tail
    starts = _ends_line(lead, before)
    ends = not (el.tail or "").strip() or bool(re.match(r"[^\S\n]*\n", el.tail or ""))
    ends = ends and ((el.tail or "").strip() != "" or after is None or after.tag not in _INLINE)
    if parent.tag in _INLINE and starts and ends:
        return _alone(parent)
    return starts and ends


def _ends_line(lead: str | None, before: HtmlElement | None) -> bool:
    if (lead or "").strip():
        return bool(re.search(r"\n\s*$", lead or ""))
    return before is None or before.tag not in _INLINE


def _split_lines(owner: HtmlElement, parent_is_previous: bool, text: str) -> None:
    """Cut one text node into lines; each URL line becomes `<span data-khabar-bare>`."""
    lines = text.split("\n")
    urls = {n: url for n, line in enumerate(lines) if "http" in line and (url := _bare(line))}
    # `is_tail` text belongs behind `owner`; its line may begin before it and end behind it.
    first = owner if parent_is_previous else None
    parent = owner.getparent() if parent_is_previous else owner
    if not urls or parent is None:
        return
    following = first.getnext() if first is not None else (parent[0] if len(parent) else None)
    _keep_bounded(urls, lines, parent, first, following)
    if not urls:
        return
    index = parent.index(first) + 1 if first is not None else 0
    pieces: list[tuple[str | None, str]] = _grouped(lines, urls)
    if first is not None:
        first.tail = pieces[0][1]
    else:
        parent.text = pieces[0][1]
    for url, behind in pieces[1:]:
        marker = parent.makeelement("span", {"data-khabar-bare": url or ""})
        marker.text, marker.tail = url, behind
        parent.insert(index, marker)
        index += 1


def _keep_bounded(
    urls: dict[int, str], lines: list[str], parent: HtmlElement, before: HtmlElement | None, after: HtmlElement | None
) -> None:
    """Forget a first line that an inline element begins, and a last line that one ends."""
    opens = (parent if before is None else before).tag in _INLINE
    if 0 in urls and opens and not (before is None and _alone(parent)):
        del urls[0]
    last = len(lines) - 1
    if last in urls and after is not None and after.tag in _INLINE:
        del urls[last]


def _grouped(lines: list[str], urls: dict[int, str]) -> list[tuple[str | None, str]]:
    pieces: list[tuple[str | None, str]] = [(None, "")]
    for n, line in enumerate(lines):
        if n in urls:
            pieces.append((urls[n], ""))
        else:
            url, text = pieces[-1]
            pieces[-1] = (url, text + line + ("\n" if n + 1 < len(lines) else ""))
    return pieces
