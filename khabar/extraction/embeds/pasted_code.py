"""Reads code that a page shows as text: escaped embed codes and shortcodes of a CMS.

An embed code becomes the elements it describes, a shortcode its URL, caption or nothing. An article
about code keeps it: in <code>, or after a block that mentions code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import classify_url
from khabar.extraction.embeds.cleanup import TextNode, remove_element
from khabar.extraction.embeds.element import parse_fragment
from khabar.extraction.embeds.id_attributes import split_names
from khabar.extraction.embeds.named_ids import PROVIDER_WORDS, build_id_url, split_words
from khabar.extraction.embeds.recognise import EmbedRecogniser
from khabar.extraction.embeds.split_code import find_block, find_script_blocks, join_split_code

_CODE_START = re.compile(
    r"\s*<(?:iframe|blockquote|div|p|figure|center|script|video|audio|amp-[a-z]+)(?:[\s>]|$)", re.I
)
_CODE_TAGS = split_names("code kbd samp xmp textarea script style")
_CODE_CLASS = re.compile(r"(?:^|[\s_-])(?:code|lang(?:uage)?|highlight|prettyprint|brush)\b", re.I)
_ABOUT_CODE = re.compile(
    r"\bHTML\b|iframe|\bcode\b|short-?code|snippet|wordpress|कोड|एचटीएमएल|एम्बेड|वर्डप्रेस", re.I
)
# A headline of an article about code; "code" alone may be one of a lock or a bank.
_CODE_HEADLINE = re.compile(
    r"\bHTML\b|iframe|\bembed|short-?code|wordpress|एचटीएमएल|एम्बेड|वर्डप्रेस", re.I
)
_CONTENT_BLOCKS = split_names("p pre div li td figure span section center font strong b em")
_BLOCK_CHILDREN = ("p", "div", "ul", "ol", "table", "section", "figure", "pre", "blockquote")
_SHORTCODE = re.compile(r"\[(/?)([a-zA-Z][\w-]{0,40})((?:[\s=:][^\[\]]{0,800})?)/?\]")
_ARGUMENT = re.compile(
    r"(?:(?P<name>[\w-]{1,40})\s{0,3}=\s{0,3})?"
    r"(?:\"(?P<double>[^\"]{0,600})\"|'(?P<single>[^']{0,600})'|(?P<bare>[^\s\"']{1,600}))"
)
_QUOTES = str.maketrans("“”″„‘’′", '""""\'\'\'')
_EMBED_NAME = re.compile(
    r"embed|video|audio|youtube|^yt|lyte|tweet|twitter|insta|vimeo|dailymotion|tiktok|facebook|^fb"
    r"|spotify|soundcloud|player|pdf|podcast|reddit|telegram|jwp|gist|arve|wistia|rumble",
    re.I,
)
_FILE_NAME = re.compile(r"video|audio|player|pdf|podcast|media|embed", re.I)
_AD_NAME = re.compile(
    r"(?:^|[_-])(?:ads?|adsense|quads|adrotate|adinserter|banner|advert\w*|adv)(?:$|[_\d-])", re.I
)
# Of an element around the paragraphs of a code. `lang-hi` may be there around any article.
_CODE_BOX_CLASS = re.compile(
    r"(?:^|[\s_-])(?:highlight|prettyprint|brush|syntaxhighlighter|code-?(?:block|box|snippet))\b",
    re.I,
)
_CORE_NAMES = split_names("gallery playlist audio video embed")  # of WordPress itself
_CAPTION_NAMES = split_names("caption wp_caption")
_LAYOUT_NAME = re.compile(r"(?:vc|et_pb|fusion|av|su|tie|cs|mk|tdc?|wpb)_[a-z_]+", re.I)
# Limits in characters; all chosen by hand, not measured.
_MAX_CODE_LENGTH = 20_000
_MAX_CAPTION_LENGTH = 300
_MAX_CONTENT_LENGTH = 5000  # between a shortcode and its closing tag
_MAX_TEXTS, _MAX_SHORTCODES = 300, 200  # texts of a page, and shortcodes of a text, that are read
_MAX_CODE_ANCESTORS = 3
_MAX_CONTEXT_LENGTH = 300  # of the block before, in which code may be mentioned


def find_codes(texts: Iterable[TextNode]) -> list[TextNode]:
    """Returns the first _MAX_TEXTS texts that may be code or contain a shortcode."""
    codes = (node for node in texts if _SHORTCODE.search(node[1]) or _CODE_START.match(node[1]))
    return list(islice(codes, _MAX_TEXTS))


def replace_pasted_code(codes: Iterable[TextNode], recogniser: EmbedRecogniser) -> list[str]:
    """Replaces the code in the texts of `find_codes`. Returns the problems: shortcodes without
    their content.
    """
    problems: list[str] = []
    has_code_headline: bool | None = None
    for owner, text, is_tail in codes:
        if text != (owner.tail if is_tail else owner.text):
            continue  # replaced with an earlier text
        if _SHORTCODE.search(text) and not _is_about_code(owner, is_tail):
            problems += _replace_shortcodes(owner, text, is_tail, recogniser)
        elif _CODE_START.match(text) and not (
            _is_about_code(owner, is_tail) or _is_in_code_box(owner)
        ):
            if has_code_headline is None:
                has_code_headline = _has_code_headline(owner)
            if has_code_headline:
                continue
            _replace_embed_code(owner, text, is_tail, recogniser)
    return list(dict.fromkeys(problems))


def _is_about_code(owner: HtmlElement, is_tail: bool) -> bool:
    """Returns whether the text is in an element for code, or the block before it mentions code."""
    parent = owner.getparent() if is_tail else owner
    block = parent
    for ancestor in (parent, *parent.iterancestors()) if parent is not None else ():
        if ancestor.tag in _CODE_TAGS or _CODE_CLASS.search(ancestor.get("class") or ""):
            return True
        if ancestor.tag in ("p", "pre", "li", "td", "div", "section", "article", "body"):
            block = ancestor
            break
    before = block.getprevious() if block is not None else None
    return _mentions_code(before)


def _mentions_code(block: HtmlElement | None) -> bool:
    if block is None or not isinstance(block.tag, str):
        return False
    return bool(_ABOUT_CODE.search("".join(block.itertext())[-_MAX_CONTEXT_LENGTH:]))


def _is_in_code_box(owner: HtmlElement) -> bool:
    """Returns whether an element near above this one is for code by its class."""
    return any(
        _CODE_BOX_CLASS.search(ancestor.get("class") or "")
        for ancestor in islice(owner.iterancestors(), _MAX_CODE_ANCESTORS)
        if ancestor.tag not in ("article", "main", "body", "html")
    )


def _has_code_headline(owner: HtmlElement) -> bool:
    headline = next(owner.getroottree().getroot().iter("h1"), None)
    return headline is not None and bool(_CODE_HEADLINE.search("".join(headline.itertext())))


# -- escaped embed codes


def _replace_embed_code(
    owner: HtmlElement, text: str, is_tail: bool, recogniser: EmbedRecogniser
) -> None:
    """Replaces a text that is nothing but embed codes of known providers with their elements, and
    removes the paragraphs behind it that are scripts of the code.
    """
    block = None if is_tail else _replace_split_code(owner, recogniser)
    if block is None and _replace_whole_code(owner, text, is_tail, recogniser) and not is_tail:
        block = find_block(owner)
    if block is not None:
        _remove_blocks(find_script_blocks(block))


def _replace_whole_code(
    owner: HtmlElement, text: str, is_tail: bool, recogniser: EmbedRecogniser
) -> bool:
    """Replaces a code that one text node or one block is; returns whether it is one."""
    parts = _parse_embed_code(text, recogniser)
    if not parts and not is_tail and (parts := _parse_block(owner, recogniser)):
        del owner[:]
    if parts:
        _insert_elements(owner, is_tail, parts, "")
    return bool(parts)


def _replace_split_code(owner: HtmlElement, recogniser: EmbedRecogniser) -> HtmlElement | None:
    """Replaces a code in several blocks; returns the block that has its elements, or None."""
    code = join_split_code(owner)
    if code is None or _mentions_code(code.blocks[-1].getnext()):
        return None
    parts = _parse_embed_code(code.text, recogniser)
    if not parts:
        return None
    block = code.blocks[0]
    del block[:]
    _insert_elements(block, False, parts, "")
    _remove_blocks(code.blocks[1:])
    return block


def _parse_block(owner: HtmlElement, recogniser: EmbedRecogniser) -> list[HtmlElement]:
    """Returns the elements of a code that fills a block with inline elements or line breaks."""
    if owner.tag not in _CONTENT_BLOCKS or not len(owner):
        return []
    if next(owner.iterdescendants(*_BLOCK_CHILDREN), None) is not None:
        return []
    return _parse_embed_code("".join(owner.itertext()), recogniser)


def _remove_blocks(blocks: Iterable[HtmlElement]) -> None:
    """Removes blocks, and their texts from those that are still to be read."""
    for block in blocks:
        for el in block.iter():
            el.text = None
        remove_element(block)


def _parse_embed_code(text: str, recogniser: EmbedRecogniser) -> list[HtmlElement]:
    """Returns the elements of a code in which every text belongs to an embed of a known provider;
    no elements for other texts. Quotation marks that a CMS made typographic are made plain.
    """
    plain = text.translate(_QUOTES)
    return _parse_plain_code(text, recogniser) or (
        _parse_plain_code(plain, recogniser) if plain != text else []
    )


def _parse_plain_code(text: str, recogniser: EmbedRecogniser) -> list[HtmlElement]:
    if len(text) > _MAX_CODE_LENGTH or not text.rstrip().endswith(">"):
        return []
    fragment = parse_fragment(text)
    if fragment is None or (fragment.text or "").strip():
        return []
    has_embed = False
    for child in fragment:
        if (child.tail or "").strip():
            return []
        if child.tag == "br" or not isinstance(child.tag, str):
            continue
        embeds = ((el, recogniser.recognise_element(el)) for el in child.iter(etree.Element))
        el, embed = next((pair for pair in embeds if pair[1] is not None), (child, None))
        if embed is None and child.tag == "script":
            continue
        if embed is None or embed.provider == "unknown" or not embed.id:
            return []
        if el is not child and "".join(child.itertext()).strip() != "".join(el.itertext()).strip():
            return []
        has_embed = True
    return list(fragment) if has_embed else []


def _insert_elements(
    owner: HtmlElement, is_tail: bool, elements: list[HtmlElement], text: str
) -> None:
    """Puts `text` and these elements in place of a text node."""
    parent = owner.getparent() if is_tail else owner
    if parent is None:
        return
    if is_tail:
        owner.tail = text
        position = parent.index(owner) + 1
    else:
        owner.text = text
        position = 0
    for number, element in enumerate(elements):
        parent.insert(position + number, element)


# -- shortcodes


def _replace_shortcodes(
    owner: HtmlElement, text: str, is_tail: bool, recogniser: EmbedRecogniser
) -> list[str]:
    """Replaces the shortcodes in a text node; returns the problems."""
    problems: list[str] = []
    markers: list[HtmlElement] = []
    texts = [""]  # before the first marker and after each
    is_alone = _SHORTCODE.sub("", text).strip() == ""
    end = 0
    for match in islice(_SHORTCODE.finditer(text), _MAX_SHORTCODES):
        if match.start() < end:
            continue
        texts[-1] += text[end : match.start()]
        code = _read_shortcode(match, text)
        end = match.end()
        if url := _find_url(code, recogniser.base):
            marker = owner.makeelement("span", {"data-khabar-bare": url})
            marker.text = url
            markers.append(marker)
            texts.append("")
            end = code.end
        elif code.name in _CAPTION_NAMES:
            _mark_caption(owner, is_tail, code)
        elif _is_unrendered(code, is_alone=is_alone):
            end = code.end
            if not code.is_closing and not _AD_NAME.search(code.name):
                problems.append(f"shortcode without its content: {code.name}")
        elif not (_LAYOUT_NAME.fullmatch(code.name) or _wraps_link(owner, code, is_tail)):
            texts[-1] += match[0]
    texts[-1] += text[end:]
    if markers or texts[0] != text:
        for marker, following in zip(markers, texts[1:], strict=True):
            marker.tail = following
        _insert_elements(owner, is_tail, markers, texts[0])
    return problems


@dataclass(frozen=True)
class _Shortcode:
    """A shortcode, in lower case, with the text up to its closing tag and the end of that tag."""

    name: str
    is_closing: bool
    arguments: dict[str, str]
    content: str
    end: int


def _read_shortcode(match: re.Match[str], text: str) -> _Shortcode:
    closing_tag = f"[/{match[2]}]"
    start = match.end()
    closing = text.find(closing_tag, start, start + _MAX_CONTENT_LENGTH) if not match[1] else -1
    return _Shortcode(
        match[2].lower(),
        bool(match[1]),
        _read_arguments(match[3]),
        text[start:closing].strip() if closing >= 0 else "",
        closing + len(closing_tag) if closing >= 0 else start,
    )


def _read_arguments(text: str) -> dict[str, str]:
    """Returns the arguments of a shortcode by name; those without a name by their number."""
    arguments: dict[str, str] = {}
    for number, match in enumerate(_ARGUMENT.finditer(text.translate(_QUOTES).lstrip("=: "))):
        value = match["double"] or match["single"] or match["bare"] or ""
        arguments[(match["name"] or str(number)).lower()] = value.strip()
    return arguments


def _find_url(code: _Shortcode, base: str) -> str | None:
    """Returns the URL of the embed that a shortcode with the name of a player or provider shows."""
    words = split_words(code.name)
    is_named = _EMBED_NAME.search(code.name) or not PROVIDER_WORDS.isdisjoint(words)
    if code.is_closing or not is_named:
        return None
    for value in (*code.arguments.values(), code.content):
        url = value if "/" in value else build_id_url(words, value)
        target = classify_url(url, base) if url and " " not in url else None
        if (
            target
            and target.id
            and (target.provider not in ("file", "pdf") or _FILE_NAME.search(code.name))
        ):
            return url
    return None


def _is_unrendered(code: _Shortcode, *, is_alone: bool) -> bool:
    """Returns whether a shortcode is one that the page should have replaced: an advertisement with
    arguments, or alone in its block and with named arguments or a known name.
    """
    if _AD_NAME.search(code.name):
        return is_alone or bool(code.arguments)
    has_named_argument = any(not key.isdigit() for key in code.arguments)
    return is_alone and (has_named_argument or code.name in _CORE_NAMES)


def _wraps_link(owner: HtmlElement, code: _Shortcode, is_tail: bool) -> bool:
    """Returns whether a shortcode wraps a link to an embed ([embed]<a>…</a>[/embed]), and marks the
    link.
    """
    if not _EMBED_NAME.search(code.name):
        return False
    if code.is_closing:
        return is_tail and owner.get("data-khabar-bare") is not None
    link = owner.getnext() if is_tail else next(iter(owner), None)
    if link is None or link.tag != "a":
        return False
    following = (link.tail or "").lstrip().lower()
    target = classify_url(link.get("href") or "")
    if not following.startswith(f"[/{code.name}]") or target is None or not target.id:
        return False
    link.set("data-khabar-bare", link.get("href") or "")
    return True


def _mark_caption(owner: HtmlElement, is_tail: bool, code: _Shortcode) -> None:
    """Turns the block of a [caption] shortcode into a figure: what follows its picture, or the
    argument `caption`, becomes the <figcaption>.
    """
    block = owner.getparent() if is_tail else owner
    if block is None or code.is_closing or block.tag not in ("p", "div", "figure"):
        return
    pictures = list(block.iterdescendants("img", "picture"))
    if len(pictures) != 1:
        return
    child = pictures[0]
    while child.getparent() is not block:
        child = child.getparent()
    text = _SHORTCODE.sub("", "".join(_iter_following_text(child))).strip()
    text = text or code.arguments.get("caption", "")
    if not text or len(text) > _MAX_CAPTION_LENGTH:
        return
    for sibling in list(child.itersiblings()):
        block.remove(sibling)
    child.tail = None
    block.tag = "figure"
    etree.SubElement(block, "figcaption").text = text


def _iter_following_text(child: HtmlElement) -> Iterator[str]:
    yield child.tail or ""
    for sibling in child.itersiblings():
        yield from sibling.itertext()
        yield sibling.tail or ""
