"""Hindi text typed for fonts that show Hindi letters in place of Latin ones: converts that of Kruti
Dev and DevLys to Unicode, and names the other fonts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml.cssselect import CSSSelector, SelectorError

from khabar.extraction.document import Element, split_words
from khabar.extraction.memory import remember_by_hash
from khabar.hindi.kruti_dev import decode_kruti_dev, is_english, looks_like_kruti_dev
from khabar.hindi.language import compute_devanagari_share

_KRUTI_DEV = re.compile(r"kruti[\s_-]?dev|dev[\s_-]?lys", re.I)
# Fonts with other layouts.
_OTHER_FONT = re.compile(
    r"chanakya|walkman|sh?usha|akruti|shree[\s_-]?dev|dvb?w?[-_]?tt[\s_-]?(?:surekh|yogesh)|4c?gandhi",
    re.I,
)
_MAX_FONTS = 300  # characters of a list of fonts; chosen by hand, not measured
_FONT_FAMILY = re.compile(rf"font(?:-family)?\s*:\s*([^;{{}}]{{1,{_MAX_FONTS}}})", re.I)
# Tags, classes and ids, at most three deep.
_SELECTOR = re.compile(r"[\w.#-]{1,80}(?:[\s>]{1,3}[\w.#-]{1,80}){0,2}")
# Parts of the fonts' names in lower case.
_HINTS = split_words("kruti lys chanakya walkman usha shree dv-tt dvb-tt dvw-tt gandhi")
_FONT_STYLES = etree.XPath("//@style[contains(., 'font') or contains(., 'FONT')]")
# Hindi as Kruti Dev writes it contains these; they do not occur together in other languages.
_WORD_HINTS = (b" esa ", b" dks ", b" gSA", b" vkSj ", b" ugha ")
_MIN_WORD_HINTS = 3
_SKIPPED_TAGS = frozenset(split_words("script style noscript textarea code"))
_BLOCK_TAGS = frozenset(split_words("p h1 h2 h3 h4 h5 h6 li td th div blockquote figcaption"))
# All chosen by hand, not measured.
_MAX_RULES = 40  # CSS rules that declare such a font
_MIN_SEED_WORDS = 6  # words of a block that is recognised by its words alone


def convert_legacy_fonts(root: Element, body: bytes) -> list[str]:
    """Converts the Kruti Dev text of a page, in place; returns problems. `body`: the page as bytes.

    Text is converted where its font is declared and it reads as Kruti Dev; and on a Hindi page
    where the words alone show it.
    """
    # most pages are in neither case, which a few searches show
    is_declared = _declares_font(root)
    has_words = _WORD_HINTS[0] in body and sum(map(body.count, _WORD_HINTS)) >= _MIN_WORD_HINTS
    if not is_declared and not has_words:
        return []
    fonts = _find_fonts(root) if is_declared else {}
    problems = []
    nodes = [node for node, font in fonts.items() if font == "kruti dev"]
    own_text = " ".join(part for node in nodes for part in _own_texts(node))
    converted = set()
    if looks_like_kruti_dev(_without_hindi(own_text)):
        converted = set(nodes)
    elif not is_declared or nodes:
        converted = _find_by_words(root)
        if converted and not _is_hindi_page(root):
            return ["text: looks typed for the font Kruti Dev, not converted"]
    for node in converted:
        _convert(node)
    if converted:
        _convert_titles(root)
        problems.append("text: typed for the font Kruti Dev, converted to Unicode")
    others = {font for font in fonts.values() if font not in ("", "kruti dev")}
    for font in sorted(others):
        texts = (
            part for node, other in fonts.items() if other == font for part in _own_texts(node)
        )
        if (sample := " ".join(texts)) and _is_unreadable(sample):
            problems.append(f"text: typed for the font {font}, which is not converted")
    return problems


def _declares_font(root: Element) -> bool:
    """Whether the page's CSS or markup names a legacy font."""
    css = [*(style.text or "" for style in root.iter("style")), *_FONT_STYLES(root)]
    faces = "\n".join(font.get("face") or "" for font in root.iter("font")).lower()
    return any(hint in faces for hint in _HINTS) or _names_font("\n".join(css))


@remember_by_hash
def _names_font(css: str) -> bool:
    css = css.lower()
    if not any(hint in css for hint in _HINTS):
        return False  # most pages
    # only the values of font and font-family: CSS can have hundreds of thousands of characters
    names = [value[:_MAX_FONTS].partition(";")[0] for value in css.split("font")[1:]]
    return any(hint in name for hint in _HINTS for name in names)


def _find_fonts(root: Element) -> dict[Element, str]:
    """Maps each element to the legacy font of its text: `kruti dev`, the name of another, or ""."""
    own: dict[Element, str] = {}
    rules = [rule for style in root.iter("style") for rule in (style.text or "").split("}")]
    declared_fonts = [(rule, font) for rule in rules if (font := _declared_font(rule))]
    for rule, font in declared_fonts[:_MAX_RULES]:
        selectors = rule.rpartition("{")[0].rpartition("{")[2].split(",")
        for selector in map(str.strip, selectors[:_MAX_RULES]):
            if _SELECTOR.fullmatch(selector):
                own |= dict.fromkeys(_select(root, selector), font)
    fonts: dict[Element, str] = {}
    for node in root.iter():
        face = node.get("face") if node.tag == "font" else None
        declared = _declared_font(f"font:{face}" if face else node.get("style") or "")
        if declared is None:
            declared = own.get(node, fonts.get(node.getparent(), ""))
        fonts[node] = declared
    return {node: font for node, font in fonts.items() if font}


def _declared_font(declarations: str) -> str | None:
    """Returns the legacy font of CSS declarations, "" for another font, None if there is none."""
    match = _FONT_FAMILY.search(declarations)
    if match is None:
        return None
    if _KRUTI_DEV.search(match[1]):
        return "kruti dev"
    other = _OTHER_FONT.search(match[1])
    return other.group().lower() if other else ""


def _select(root: Element, selector: str) -> list[Element]:
    try:
        return list(CSSSelector(selector, translator="html")(root))
    except SelectorError:
        return []


def _own_texts(node: Element) -> Iterator[str]:
    """Yields the texts directly in an element."""
    if isinstance(node.tag, str) and node.tag not in _SKIPPED_TAGS:
        yield from filter(None, (node.text, *(child.tail for child in node)))


def _without_hindi(text: str) -> str:
    """Returns a text without its Devanagari words."""
    return " ".join(word for word in text.split() if compute_devanagari_share(word) == 0)


def _find_by_words(root: Element) -> set[Element]:
    """Returns the elements of the blocks that read as Kruti Dev, and of their siblings that are not
    English.
    """
    seeds = {
        block
        for block in root.iter(*_BLOCK_TAGS)
        if next(block.iterchildren(*_BLOCK_TAGS), None) is None
        and len((words := block.text_content()).split()) >= _MIN_SEED_WORDS
        and looks_like_kruti_dev(words)
    }
    siblings = {
        sibling
        for parent in {seed.getparent() for seed in seeds}
        for sibling in parent.iterchildren(*_BLOCK_TAGS)
        if sibling in seeds or _can_be_kruti_dev(sibling.text_content())
    }
    return {node for block in (*seeds, *siblings) for node in block.iter()}


def _can_be_kruti_dev(text: str) -> bool:
    return bool(text.strip()) and compute_devanagari_share(text) == 0 and not is_english(text)


def _is_hindi_page(root: Element) -> bool:
    """Whether a page calls itself Hindi, or has a Hindi headline or title."""
    if (root.get("lang") or "").lower().startswith("hi"):
        return True
    titles = [node.text_content() for node in root.iter("title", "h1")]
    return any(compute_devanagari_share(title) > 0.5 for title in titles)


def _convert(node: Element) -> None:
    """Converts the texts directly in an element, but no English and no Unicode Hindi."""
    if not isinstance(node.tag, str) or node.tag in _SKIPPED_TAGS:
        return
    if node.text and _can_be_kruti_dev(node.text):
        node.text = _decode_keeping_spaces(node.text)
    for child in node:
        if child.tail and _can_be_kruti_dev(child.tail):
            child.tail = _decode_keeping_spaces(child.tail)


def _decode_keeping_spaces(text: str) -> str:
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    return text[:start] + decode_kruti_dev(text[start:end]) + text[end:]


def _convert_titles(root: Element) -> None:
    """Converts the page's titles in its head where they repeat a converted headline."""
    keys = {"".join(node.text_content().split()) for node in root.iter("h1", "h2")}
    for node in root.iter("title", "meta"):
        text = (node.text if node.tag == "title" else node.get("content")) or ""
        if not _can_be_kruti_dev(text):
            continue
        decoded = decode_kruti_dev(text)
        if looks_like_kruti_dev(text) or "".join(decoded.split()) in keys:
            if node.tag == "title":
                node.text = decoded
            else:
                node.set("content", decoded)


def _is_unreadable(text: str) -> bool:
    return compute_devanagari_share(text) < 0.1 and not is_english(text) and len(text.split()) > 5
