"""Finds the embeds of a page in document order and decides whether each is in the article body."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds.candidates import BOX_TAGS, NON_EMBED_TAGS
from khabar.extraction.embeds.id_attributes import split_names
from khabar.extraction.embeds.player_scripts import find_player_calls
from khabar.extraction.embeds.recognise import EmbedRecogniser
from khabar.model.items import Embed, Place

_SKIPPED_TAGS = split_names("head style svg select")
# An embed code in one of these is inserted into the page by a script.
_INERT_TAGS = split_names("template textarea")
_UNREAD_TAGS = _SKIPPED_TAGS | _INERT_TAGS | {"script"}  # their text is none of the page's
_INERT_SCRIPT_TYPE = re.compile(r"template|text/html|text/plain|lazy", re.I)
_LAZY_NAME = re.compile(r"lazy|video|player|youtube|embed|iframe|facade|defer", re.I)
_COPY_NAME = re.compile(r"copy|share|code|clipboard", re.I)
_ATTRIBUTELESS_PLAYERS = split_names(
    "blockquote video audio object"
)  # recognised without attributes
_EMBED_TAG = re.compile(r"<(?:iframe|blockquote|video|audio|amp-|lite-)", re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_NON_ARTICLE_TAGS = split_names("header nav footer aside")
# `//@role/..` takes a third of the time of `//*[@role]`
_NAMED_CONTAINERS = etree.XPath("//@itemprop[.='articleBody']/..|//@role[.='main']/..")
BOILERPLATE_NAME = re.compile(
    r"(?:^|[\s_-])(?:related|sidebar|side-bar|rightbar|right-rail|recommend\w*|promo(?:tion)?"
    r"|newsletter|trending|footer|read-?more|readmore|also-?read|alsoread"
    r"|most-?(?:read|popular|viewed)|outbrain|taboola|more-(?:stories|news|videos|from|on)"
    r"|latest-(?:news|stories|videos)|top-(?:stories|news|videos)|you-may-(?:also-)?like"
    r"|next-(?:story|article)|comments?-?(?:list|section|area|box|wrap\w*)?|tts"
    r"|popular-(?:posts|videos|news)|widget-area|must-?(?:read|watch)|webstor(?:y|ies)"
    r"|sticky-(?:video|player)|floating-(?:video|player))(?:$|[\s_-])",
    re.I,
)
# Limits in characters of text; all chosen by hand, not measured.
_MIN_SENTENCE_LENGTH = 40  # a text node of this length outside links is a sentence, not a label
_MAX_INERT_LENGTH = 20_000  # a longer code in a template is more than an embed
_MAX_INDENT = 200  # of a script in which its first tag is looked for
MIN_ARTICLE_LENGTH = 10 * _MIN_SENTENCE_LENGTH  # with less in sentences, all embeds are body
_MIN_ARTICLE_SHARE = 0.5  # a container with this share of all sentences is the article's
# An embed's element was never closed if its blocks longer than the first exceed the second in all.
_MIN_SWALLOWED_BLOCK, _MIN_SWALLOWED_TEXT = 60, 240


@dataclass(eq=False)
class FoundEmbed:
    """An embed with its node. `duplicates` are further nodes of the same embed (noscript copy,
    placeholder).
    """

    node: HtmlElement
    embed: Embed
    text_offset: int = 0  # characters of visible text before it
    sentence_offset: int = 0  # characters of sentences before it
    duplicates: list[HtmlElement] = field(default_factory=list)
    is_unclosed: bool = False  # its element was never closed and contains article blocks

    @property
    def all_nodes(self) -> list[HtmlElement]:
        return [self.node, *self.duplicates]


@dataclass
class _ContainerSpan:
    """A container that may be the article's, with the range of sentence letters it covers."""

    el: HtmlElement
    start: int
    end: int = -1


class _TextCounter:
    """Walks a tree in document order, counts the letters of its text outside embeds, and writes
    into each embed how many are before it. Collects the containers that may hold the article.
    """

    def __init__(self, root: HtmlElement, found_embeds: Iterable[FoundEmbed]) -> None:
        self.letters = self.sentence_letters = 0
        self.spans: list[_ContainerSpan] = []
        self._link_depth = 0
        self._containers = frozenset(
            (*root.iter("article", "main", "body"), *_NAMED_CONTAINERS(root))
        )
        self._found_by_node = {found_embed.node: found_embed for found_embed in found_embeds}
        self._visit_element(root)

    def _visit_element(self, el: HtmlElement) -> None:
        tag, found_embed, text = el.tag, self._found_by_node.get(el), el.text
        span, is_read = None, tag not in _UNREAD_TAGS and isinstance(tag, str)
        if found_embed:
            found_embed.text_offset = self.letters
            found_embed.sentence_offset = self.sentence_letters
            is_read = found_embed.is_unclosed
        elif is_read:
            if el in self._containers:
                span = _ContainerSpan(el, self.sentence_letters)
                self.spans.append(span)
            self._link_depth += tag == "a"
            # most texts of a page are white space between tags
            if text and not text.isspace():
                self._count_text(text)
        if is_read:
            for child in el[:]:  # a slice is read faster than an iterator
                self._visit_element(child)
            self._link_depth -= tag == "a"
            if span:
                span.end = self.sentence_letters
        if (tail := el.tail) and not tail.isspace():
            self._count_text(tail)

    def _count_text(self, text: str) -> None:
        length = len(text.strip())
        self.letters += length
        if length >= _MIN_SENTENCE_LENGTH and not self._link_depth:
            self.sentence_letters += length


class EmbedFinder:
    """Collects the embeds of a tree in document order."""

    def __init__(
        self, root: HtmlElement, recogniser: EmbedRecogniser, candidates: Set[HtmlElement]
    ) -> None:
        self.root, self.recogniser, self._candidates = root, recogniser, candidates
        self._player_calls = find_player_calls(root, recogniser.base)
        self.found_embeds: list[FoundEmbed] = []

    def find_embeds(self) -> list[FoundEmbed]:
        """Returns all embeds, duplicates merged, each with its place (body or page)."""
        self._collect_embeds()
        if not self.found_embeds:
            return []
        text = self._text
        found_embeds = _merge_duplicates(self.found_embeds)
        for found_embed in found_embeds:
            place = _decide_place(found_embed, text)
            found_embed.embed = replace(found_embed.embed, place=place)
        return [found_embed for found_embed in found_embeds if self._is_relevant(found_embed)]

    @cached_property
    def _text(self) -> _TextCounter:
        """The page's text, counted once it is asked for; after that, each embed has its offsets."""
        return _TextCounter(self.root, self.found_embeds)

    def has_text(self) -> bool:
        """Whether the page has an article's text in sentences outside embeds."""
        if not self.found_embeds:
            size = 0
            for paragraph in self.root.iter("p"):
                length = len((paragraph.text or "").strip())
                if length >= _MIN_SENTENCE_LENGTH and (
                    next(paragraph.iterancestors("a", *_UNREAD_TAGS), None) is None
                ):
                    size += length
                    if size >= MIN_ARTICLE_LENGTH:
                        return True
        return self._text.sentence_letters >= MIN_ARTICLE_LENGTH

    def _collect_embeds(self) -> None:
        candidates, calls, passed_over = self._candidates, self._player_calls, 0
        for position, el in enumerate(self.root.iter(etree.Element)):
            tag = el.tag
            if tag in NON_EMBED_TAGS or position < passed_over:
                continue
            if tag in _UNREAD_TAGS and self._passes_over(el, tag):
                is_passed_over = True
            else:
                is_passed_over = (
                    (el in candidates or tag in _ATTRIBUTELESS_PLAYERS or el in calls)
                    and self._add_embed(el)
                    and not self.found_embeds[-1].is_unclosed
                )
            if is_passed_over:
                passed_over = position + sum(1 for _ in el.iter(etree.Element))

    def _passes_over(self, el: HtmlElement, tag: str) -> bool:
        """Whether neither the element nor its children are visited."""
        if tag in _SKIPPED_TAGS:
            return True
        if tag in _INERT_TAGS or (el.text and "<" in el.text[:_MAX_INDENT]):
            self._add_inert_embed(el)
            return True
        return False

    def _add_embed(self, el: HtmlElement) -> bool:
        embed, tag = self.recogniser.recognise_element(el), el.tag
        if embed is None and el in self._player_calls:
            embed = self.recogniser.recognise_url(el, self._player_calls[el], "setup")
        if embed is None:
            return False
        if embed.via == "dom" and (
            tag == "noscript" or next(el.iterancestors("noscript"), None) is not None
        ):
            embed = replace(embed, via="noscript")
        is_unclosed = (
            tag in BOX_TAGS or tag.startswith(("amp-", "lite-"))
        ) and _has_swallowed_blocks(el)
        self.found_embeds.append(FoundEmbed(el, embed, is_unclosed=is_unclosed))
        return True

    def _add_inert_embed(self, el: HtmlElement) -> None:
        """Adds the embed of a known provider that a template, a text field or a script of type
        template contains, if it contains nothing else.
        """
        code = _read_inert_code(el)
        embed = self.recogniser.recognise_html(code, "attr_html") if code else None
        if embed is not None and embed.provider != "unknown" and embed.id:
            self.found_embeds.append(FoundEmbed(el, embed))

    def _is_relevant(self, found_embed: FoundEmbed) -> bool:
        """Returns whether to keep an embed."""
        if not is_kept_inside_only(found_embed.embed):
            return True
        return found_embed.embed.place == "body" and not any(
            ancestor.tag in _NON_ARTICLE_TAGS for ancestor in found_embed.node.iterancestors()
        )


def _decide_place(found_embed: FoundEmbed, text: _TextCounter) -> Place:
    if is_in_boilerplate(found_embed.node):
        return "page"
    spans = [
        span
        for span in text.spans
        if span.end - span.start >= _MIN_ARTICLE_SHARE * text.sentence_letters
        and span.el.tag != "body"
    ]
    articles = [span for span in spans if span.el.tag == "article"] or spans
    if not articles or text.sentence_letters < MIN_ARTICLE_LENGTH:
        return "body"
    ancestors = set(found_embed.node.iterancestors())
    if any(span.el in ancestors for span in articles):
        return "body"
    # A player above the article in a common container is its lead; one below belongs elsewhere.
    return (
        "body"
        if found_embed.sentence_offset <= articles[0].start
        and any(span.el in ancestors for span in spans)
        else "page"
    )


def is_kept_inside_only(embed: Embed) -> bool:
    """Returns whether an embed outside the article counts for nothing: frames of unknown providers,
    and facades of videos, which lists of videos consist of.
    """
    is_facade = embed.rule.endswith(".facade") and embed.kind != "post"
    return embed.provider == "unknown" or is_facade


def _read_inert_code(el: HtmlElement) -> str:
    """Returns the HTML in a template, script or text field that is short and mostly markup, else
    "". A text field has to be hidden or to have the name of a lazy player: others offer a code to
    be copied.
    """
    if el.tag == "template":
        code = "".join(lxml.html.tostring(child, encoding="unicode") for child in el[:3])
    else:
        code = (el.text or "")[: _MAX_INERT_LENGTH + 1]
    names = f"{el.get('class') or ''} {el.get('id') or ''} {el.get('type') or ''}"
    if el.tag == "textarea" and (_COPY_NAME.search(names) or not _LAZY_NAME.search(names)):
        return ""
    if el.tag == "script" and not _INERT_SCRIPT_TYPE.search(names):
        return ""
    if len(code) > _MAX_INERT_LENGTH or not _EMBED_TAG.search(code):
        return ""
    text = "" if "<blockquote" in code else _TAG.sub("", html.unescape(code))
    return code if len(text.strip()) <= _MIN_SENTENCE_LENGTH else ""


def is_in_boilerplate(node: HtmlElement) -> bool:
    """Returns whether a node is in a related block, a sidebar, a footer … A container with the
    headline does not count.
    """
    for ancestor in node.iterancestors():
        if ancestor.tag in ("article", "main", "body", "html"):
            return False
        if is_boilerplate_element(ancestor):
            return next(ancestor.iter("h1"), None) is None
    return False


def is_boilerplate_element(el: HtmlElement) -> bool:
    """Returns whether an element is boilerplate by its tag, class or id."""
    return el.tag in ("nav", "footer") or any(
        BOILERPLATE_NAME.search(value) for name in ("class", "id") if (value := el.get(name))
    )


def _has_swallowed_blocks(el: HtmlElement) -> bool:
    blocks = el.iterchildren("p", "h2", "h3", "ul", "ol", "blockquote", "div")
    return (
        sum(
            length
            for block in blocks
            if (length := len("".join(block.itertext()).strip())) > _MIN_SWALLOWED_BLOCK
            and block.get("placeholder") is None
        )
        > _MIN_SWALLOWED_TEXT
    )


def _merge_duplicates(found_embeds: Iterable[FoundEmbed]) -> list[FoundEmbed]:
    """Merges repetitions of a post with no text between them: lazy player and noscript copy, AMP
    placeholder.
    """
    placements: list[FoundEmbed] = []
    for found_embed in found_embeds:
        earlier = next(
            (
                candidate
                for candidate in reversed(placements)
                if candidate.text_offset == found_embed.text_offset
                and _is_same_post(candidate.embed, found_embed.embed)
            ),
            None,
        )
        if earlier is None:
            placements.append(found_embed)
        else:
            earlier.duplicates.append(found_embed.node)
            earlier.embed = fill_gaps(earlier.embed, found_embed.embed)
    return placements


def _is_same_post(first: Embed, second: Embed) -> bool:
    return first.provider == second.provider and (
        first.id == second.id
        if first.id or second.id
        else first.url == second.url and first.text == second.text
    )


def fill_gaps(first: Embed, second: Embed) -> Embed:
    """Returns the first copy, with missing fields filled from the second."""
    gaps = {
        name: value
        for name in Embed.__slots__
        if getattr(first, name) in (None, ()) and (value := getattr(second, name)) not in (None, ())
    }
    if second.url and first.url and "/i/status/" in first.url and "/i/status/" not in second.url:
        gaps["url"] = second.url
    return replace(first, **gaps)
