"""Prepares the tree for embed recognition.

Removes widgets, moves out content that an unclosed embed tag swallowed, and tags bare URLs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import classify_direct_url
from khabar.extraction.embeds.id_attributes import (
    QUOTE_PROVIDERS,
    WIDGET_CLASSES,
    WIDGET_TAGS,
    split_names,
)
from khabar.extraction.embeds.post_text import find_permalink
from khabar.extraction.embeds.providers import BY_NAME

# Limits in characters unless stated; all chosen by hand, not measured.
_MIN_BLOCK_LENGTH = 60  # shortest article text; shorter text may be a line of the embed code
_LOADER_SCRIPT = re.compile(r"(?:widgets|embeds?|embed-loader[\w-]*|sdk)(?:\.min)?\.js")
_BARE_URL_LINE = re.compile(r"^\s*(?:\[embed[^\]]*\])?\s*(https?://\S+?)\s*(?:\[/embed\])?\s*$")
_TEXT_PARENTS = split_names(
    "p div span li td figure section article main center strong b em font body a dd"
)
_CODE_NEIGHBOURS = ("pre", "img", "br", "noscript")  # code is also in these and behind them
_INLINE_TAGS = split_names("a span strong b em i u font small mark sub sup img")
_NON_TEXT_TAGS = split_names("script style textarea noscript title code pre")
# `//@name/..` takes a third of the time of `//*[@name]`
_TIMELINES = etree.XPath("//@data-timeline-source-type/..")
_SHARE_LINK = re.compile(
    r"(?:twitter|x)\.com/intent/|(?:twitter|x)\.com/share\?|facebook\.com/(?:sharer|dialog/(?:feed|share))"
    r"|whatsapp://send|(?:api\.whatsapp\.com|web\.whatsapp\.com|wa\.me)/(?:send)?\?"
    r"|(?:t\.me|telegram\.me)/share/|linkedin\.com/share|pinterest\.com/pin/create"
)
_CHANNEL_LINK = re.compile(
    r"whatsapp\.com/channel/|chat\.whatsapp\.com/"
    r"|(?:t|telegram)\.me/(?:joinchat/|\+|s/)?[A-Za-z][\w-]*/?(?:[?#]|$)"
)
_INVITATION_TEXT = re.compile(
    r"जु(?:ड\u093c?|\u095c)(?:ें|िए|िये|ने|े|ो)"
    r"|(?:ज्वाइन|ज्वॉइन|जॉइन|ज्वॉयन|फॉलो|फ\u093cॉलो|फालो|सब्सक्राइब|क्लिक)\s*(?:करें|करिए|करने|कर|कीजिए)"
    r"|\b(?:join|follow|subscribe|click here|get .{0,20}updates)\b",
    re.I,
)
_MAX_INVITATION_LENGTH = 300  # longest block that can be an invitation to a channel
_MIN_INVITATION_LINK_SHARE = 0.6  # a block with this share of link text is an invitation
_FACEBOOK_CLASSES = frozenset(["fb-post", "fb-video", "fb-comment-embed"])
_MAX_SHARE_BUTTON_LENGTH = 20  # longest text of a share button
_BLOCK_TAGS = ("p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "td", "div", "section")


TextNode = tuple[HtmlElement, str, bool]  # element, text, whether the text is its tail


def clean_tree(
    root: HtmlElement, classes: Set[str], social_links: Iterable[tuple[HtmlElement, str]]
) -> None:
    """Removes widgets, moves content out of unclosed embeds. Modifies the tree. `classes`,
    `social_links`: what `survey_elements` found.
    """
    remove_widgets(root, classes, social_links)
    unnest_unclosed_embeds(root, classes)


def remove_element(el: HtmlElement) -> None:
    """Removes an element but keeps its tail text."""
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


# -- widgets: what looks like an embed but is not


def remove_widgets(
    root: HtmlElement, classes: Set[str], social_links: Iterable[tuple[HtmlElement, str]]
) -> None:
    """Removes timelines, like boxes, buttons, comment widgets and invitations to channels."""
    for el in list(root.iter(*WIDGET_TAGS)):
        remove_element(el)
    widgets = {names for names in classes if not WIDGET_CLASSES.isdisjoint(names.split())}
    if widgets:
        for el in list(root.iter("div", "a", "span", "blockquote", "amp-twitter")):
            if el.get("class") in widgets:
                remove_element(el)
    for el in _TIMELINES(root):
        remove_element(el)
    for script in list(root.iter("script")):
        if script.get("data-telegram-discussion") or script.get("data-telegram-login"):
            remove_element(script)
    for a, href in social_links:
        _remove_social_link(a, href)


def _remove_social_link(a: HtmlElement, href: str) -> None:
    if _SHARE_LINK.search(href) and len("".join(a.itertext()).strip()) <= _MAX_SHARE_BUTTON_LENGTH:
        remove_element(a)
    elif _CHANNEL_LINK.search(href) and (block := _find_invitation_block(a)) is not None:
        remove_element(block)


def _find_invitation_block(a: HtmlElement) -> HtmlElement | None:
    """Returns the block that invites readers to a channel. None if the link is part of a sentence
    of the article.
    """
    block = next(a.iterancestors(*_BLOCK_TAGS), None)
    if block is None:
        return None
    block_text, link_text = "".join(block.itertext()).strip(), "".join(a.itertext()).strip()
    is_short = (
        len(block_text) <= _MAX_INVITATION_LENGTH
        and next(block.iter("p", "h1", "blockquote", "iframe"), block) is block
    )
    return (
        block
        if is_short
        and (
            _INVITATION_TEXT.search(block_text)
            or len(link_text) >= _MIN_INVITATION_LINK_SHARE * len(block_text)
        )
        else None
    )


# -- unclosed embed tags


def unnest_unclosed_embeds(root: HtmlElement, classes: Set[str]) -> None:
    """Moves article blocks that an unclosed embed tag swallowed to behind the embed. `classes`: the
    values of class on the page.
    """
    for quote in list(root.iter("blockquote")):
        if (
            not QUOTE_PROVIDERS.keys().isdisjoint((quote.get("class") or "").split())
            and (last_child := _find_last_own_child(quote)) is not None
        ):
            _move_following_out(quote, last_child)
    boxes = {names for names in classes if not _FACEBOOK_CLASSES.isdisjoint(names.split())}
    if boxes:
        for box in list(root.iter("div")):
            if box.get("class") in boxes:
                _unnest_facebook_box(box)


def _find_last_own_child(quote: HtmlElement) -> HtmlElement | None:
    """Returns the last child that is part of the post: the one with its permalink, or the loader
    script.
    """
    link = find_permalink(quote)
    if link is not None and len(quote):
        return next(
            (
                ancestor
                for ancestor in (link, *link.iterancestors())
                if ancestor.getparent() is quote
            ),
            None,
        )
    return next(
        (
            child
            for child in quote
            if child.tag == "script" and _LOADER_SCRIPT.search(child.get("src") or "")
        ),
        None,
    )


def _move_following_out(el: HtmlElement, last_child: HtmlElement) -> None:
    """Moves everything after `last_child` to behind `el`, if it has more text than an embed code
    would.
    """
    following = list(last_child.itersiblings())
    tail = last_child.tail or ""
    if (
        len(tail.strip())
        + sum(
            len("".join(sibling.itertext()).strip()) + len((sibling.tail or "").strip())
            for sibling in following
            if sibling.tag != "script"
        )
        < _MIN_BLOCK_LENGTH
    ):
        return
    last_child.tail = None
    for block in reversed(following):
        el.addnext(block)  # moves the block's tail with it
    if el.tail and following:  # addnext puts the new sibling before the tail
        following[-1].tail, el.tail = (following[-1].tail or "") + el.tail, None
    el.tail = tail + (el.tail or "")


def _unnest_facebook_box(box: HtmlElement) -> None:
    quote = next(iter(box.iterchildren("blockquote", "span")), None)
    if quote is not None:
        _move_following_out(box, quote)
        return
    if any(
        len("".join(child.itertext()).strip()) > _MIN_BLOCK_LENGTH
        for child in box.iterchildren("p", "h2", "h3", "ul")
    ):
        move_children_out(box)


def move_children_out(el: HtmlElement) -> None:
    """Moves all children of an element to behind it."""
    anchor = etree.SubElement(el, "span")
    anchor.tail, el.text = el.text, None
    el.insert(0, anchor)
    _move_following_out(el, cast(HtmlElement, anchor))
    if len(el) and el[0] is anchor:
        el.text = anchor.tail
        anchor.tail = None
        el.remove(anchor)


# -- URLs alone on their line


def find_texts(root: HtmlElement) -> list[TextNode]:
    """Returns the texts that may contain a URL or code."""
    texts: list[TextNode] = []
    for el in root.iter(*_TEXT_PARENTS, *_CODE_NEIGHBOURS):
        if (text := el.text) and ("http" in text or "[" in text or "<" in text):
            texts.append((el, text, False))
        if (
            (text := el.tail)
            and ("http" in text or "[" in text or "<" in text)
            and (parent := el.getparent()) is not None
            and parent.tag not in _NON_TEXT_TAGS
        ):
            texts.append((el, text, True))
    return texts


def tag_bare_urls(texts: Iterable[TextNode]) -> None:
    """Marks every embeddable URL that stands alone on its line with `data-khabar-bare`. A text that
    is no longer in the tree is left out.
    """
    for owner, text, is_tail in texts:
        if (
            "http" not in text
            or owner.tag in _CODE_NEIGHBOURS
            or text != (owner.tail if is_tail else owner.text)
        ):
            continue
        if owner.tag == "a":
            if is_alone_on_line(owner) and (
                url := _match_bare_url(text) or _resolve_shortened_link(owner, text)
            ):
                owner.set("data-khabar-bare", url)
        else:
            _tag_url_lines(owner, is_tail, text)


def _resolve_shortened_link(a: HtmlElement, text: str) -> str | None:
    """Returns the link's href if its text is a shortened URL and the href is embeddable."""
    href = a.get("href") or ""
    return _match_bare_url(href) if re.match(r"\s*https?://\S+…?\s*$", text) else None


def _match_bare_url(line: str) -> str | None:
    match = _BARE_URL_LINE.match(line)
    if not match or not (target := classify_direct_url(match[1])) or target.kind == "link":
        return None
    provider = BY_NAME.get(target.provider)
    return match[1] if provider is not None and provider.allows_bare_url and target.id else None


def is_alone_on_line(el: HtmlElement) -> bool:
    """Returns whether nothing else is on the element's line."""
    before, after = el.getprevious(), el.getnext()
    parent = el.getparent()
    if parent is None:
        return False
    leading_text = parent.text if before is None else before.tail
    starts_line = _is_line_start(leading_text, before)
    ends_line = not (el.tail or "").strip() or bool(re.match(r"[^\S\n]*\n", el.tail or ""))
    ends_line = ends_line and (
        (el.tail or "").strip() != "" or after is None or after.tag not in _INLINE_TAGS
    )
    if parent.tag in _INLINE_TAGS and starts_line and ends_line:
        return is_alone_on_line(parent)
    return starts_line and ends_line


def _is_line_start(leading_text: str | None, before: HtmlElement | None) -> bool:
    if (leading_text or "").strip():
        return bool(re.search(r"\n\s*$", leading_text or ""))
    return before is None or before.tag not in _INLINE_TAGS


def _tag_url_lines(owner: HtmlElement, is_tail: bool, text: str) -> None:
    """Splits a text node into lines and turns each URL line into `<span data-khabar-bare>`."""
    lines = text.split("\n")
    urls = {
        number: url
        for number, line in enumerate(lines)
        if "http" in line and (url := _match_bare_url(line))
    }
    # If `is_tail`, the text follows `owner`; its line may begin before it and end after it.
    previous = owner if is_tail else None
    parent = owner.getparent() if is_tail else owner
    if not urls or parent is None:
        return
    following = previous.getnext() if previous is not None else (parent[0] if len(parent) else None)
    _drop_unbounded_urls(urls, lines, parent, previous, following)
    if not urls:
        return
    index = parent.index(previous) + 1 if previous is not None else 0
    groups: list[tuple[str | None, str]] = _group_lines(lines, urls)
    if previous is not None:
        previous.tail = groups[0][1]
    else:
        parent.text = groups[0][1]
    for url, following_text in groups[1:]:
        marker = parent.makeelement("span", {"data-khabar-bare": url or ""})
        marker.text, marker.tail = url, following_text
        parent.insert(index, marker)
        index += 1


def _drop_unbounded_urls(
    urls: dict[int, str],
    lines: list[str],
    parent: HtmlElement,
    before: HtmlElement | None,
    after: HtmlElement | None,
) -> None:
    """Drops a URL on the first line if an inline element precedes it, and one on the last line if
    an inline element follows.
    """
    starts_inline = (parent if before is None else before).tag in _INLINE_TAGS
    if 0 in urls and starts_inline and not (before is None and is_alone_on_line(parent)):
        del urls[0]
    last_line = len(lines) - 1
    if last_line in urls and after is not None and after.tag in _INLINE_TAGS:
        del urls[last_line]


def _group_lines(lines: list[str], urls: dict[int, str]) -> list[tuple[str | None, str]]:
    groups: list[tuple[str | None, str]] = [(None, "")]
    for number, line in enumerate(lines):
        if number in urls:
            groups.append((urls[number], ""))
        else:
            url, text = groups[-1]
            groups[-1] = (url, text + line + ("\n" if number + 1 < len(lines) else ""))
    return groups
