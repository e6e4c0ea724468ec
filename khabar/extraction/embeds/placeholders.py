"""Surgery: an embed's outermost wrapper becomes `<p>TOKEN</p>`, at a place where the extractor will keep it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import cast

from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import MANUALLY_CLEANED
from trafilatura.xpaths import DISCARD_IMAGE_ELEMENTS, OVERALL_DISCARD_XPATH, TEASER_DISCARD_XPATH

from khabar.extraction.document import is_brief
from khabar.extraction.embeds.cleanup import drop, empty_out
from khabar.extraction.embeds.id_attributes import names
from khabar.extraction.embeds.providers import BY_NAME
from khabar.extraction.embeds.walk import Find, is_furniture
from khabar.model.urls import host_of

_STOP = names("article main section td th li blockquote body html ul ol table tbody tr dd details noscript")
_SILENT = names("script style noscript figcaption button svg template link meta br")
_MEDIA = names("img picture video audio iframe object embed table form ul ol amp-img blockquote input")
_SPLIT = names("p span strong b em i u a font small mark center h1 h2 h3 h4 h5 h6 label cite q sub sup abbr pre o:p")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_HEADLINE = 300  # characters; a longer heading was never closed
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_CLEANED = frozenset(MANUALLY_CLEANED)
_RENAMED = {"ul": "list", "ol": "list", "dl": "list", "li": "item", "dt": "item", "dd": "item"}
_RULES = [*OVERALL_DISCARD_XPATH, *DISCARD_IMAGE_ELEMENTS, *TEASER_DISCARD_XPATH]
_FEW = 400  # letters of other text: a wrapper, not a part of the article
_CAPTION = 300
_CREDIT = 200


def wrapper(find: Find, others: set[HtmlElement]) -> HtmlElement:
    """The outermost element that holds this embed and nothing else."""
    own = set(find.nodes)
    node = find.node
    while True:
        up = node.getparent()
        if up is None or up.getparent() is None or up.tag in _STOP or not _only(up, node, own, others):
            return node
        node = up


def _only(up: HtmlElement, node: HtmlElement, own: set[HtmlElement], others: set[HtmlElement]) -> bool:
    if (up.text or "").strip() or (node.tail or "").strip():
        return False
    return all(not (s.tail or "").strip() and (s in own or _blank(s, others)) for s in up if s is not node)


def _blank(el: HtmlElement, others: set[HtmlElement]) -> bool:
    """No text, no picture, no other embed; captions are the embed's, JSON-LD is the page's."""
    if not isinstance(el.tag, str):
        return True
    if el in others or any(inner in others for inner in el.iter(etree.Element)):
        return False
    if el.tag == "script":
        return "json" not in (el.get("type") or "")
    if el.tag in _SILENT or _is_caption(el):
        return True
    for inner in el.iter(etree.Element):
        if inner.tag in _MEDIA or (inner.tag == "script" and "json" in (inner.get("type") or "")):
            return False
        if inner.tag not in _SILENT and (
            (inner.text or "").strip() or (inner is not el and (inner.tail or "").strip())
        ):
            return False
    return True


def _is_caption(el: HtmlElement) -> bool:
    name = el.get("class") or ""
    return el.tag == "figcaption" or ("caption" in name and len("".join(el.itertext())) <= _CAPTION)


def caption(top: HtmlElement, node: HtmlElement) -> str | None:
    """The article's own words under an embed: figcaption, or what its wrapper calls a caption."""
    if top is node and node.tag != "figure":
        return None
    inside = set(node.iter(etree.Element)) if top is not node else set()
    for el in top.iter("figcaption", "div", "p", "span"):
        if (
            el is not top
            and el not in inside
            and _is_caption(el)
            and (text := " ".join("".join(el.itertext()).split()))
        ):
            return text
    return None


def credits(top: HtmlElement, provider: str) -> list[HtmlElement]:
    """The lines of links beside a player that belong to its code (SoundCloud, Infogram, Vimeo, Scribd …)."""
    row = BY_NAME.get(provider)
    if row is None or not row.credit:
        return []
    near = [_next(top, 1), _next(top, -1)]
    return [el for el in near if el is not None and _is_credit(el, row.hosts)]


def _next(top: HtmlElement, step: int) -> HtmlElement | None:
    """The neighbour, when no text stands between; scripts are stepped over."""
    here = top
    for _ in range(4):
        there: HtmlElement | None = here.getnext() if step > 0 else here.getprevious()
        if there is None or ((here if step > 0 else there).tail or "").strip():
            return None
        if there.tag != "script":
            return there
        here = there
    return None


def _is_credit(el: HtmlElement, hosts: tuple[str, ...]) -> bool:
    links = list(el.iter("a"))
    if (
        el.tag not in ("div", "p", "small", "figcaption")
        or not links
        or next(el.iter("img", "iframe"), None) is not None
    ):
        return False
    words = len(" ".join("".join(el.itertext()).split()))
    linked = sum(len("".join(a.itertext())) for a in links)
    return words <= _CREDIT and words - linked <= 30 and all(_on(host_of(a.get("href") or ""), hosts) for a in links)


def _on(host: str, hosts: tuple[str, ...]) -> bool:
    return any(host == h or host.endswith("." + h) for h in hosts)


def put(top: HtmlElement, find: Find, token: str) -> HtmlElement:
    """Replace the wrapper by the token's paragraph; the text behind it stays."""
    if find.open:
        empty_out(find.node)
    mark = cast(HtmlElement, top.makeelement("p"))
    mark.text = token
    parent = top.getparent()
    inside = set(top.iter(etree.Element))
    mark.tail, top.tail = top.tail, None
    parent.replace(top, mark)
    for twin in find.twins:
        if twin not in inside and twin.getroottree().getroot() is mark.getroottree().getroot():
            drop(twin)
    split(mark)
    return mark


def split(mark: HtmlElement) -> None:
    """Cut the paragraph or inline element a token stands in into the part before and the part behind.

    A headline stays whole: the token goes behind it.
    """
    heading = next(mark.iterancestors(*_HEADINGS), None)
    if heading is not None and is_brief(heading, _HEADLINE):
        drop(mark)
        heading.addnext(mark)
    while (parent := mark.getparent()) is not None and parent.tag in _SPLIT and parent.getparent() is not None:
        right = parent.makeelement(_tag_of(parent), dict(_attributes(parent)))
        right.attrib.pop("id", None)
        right.text, mark.tail = mark.tail, None
        right.extend(list(mark.itersiblings()))
        right.tail, parent.tail = parent.tail, None
        parent.addnext(mark)
        mark.addnext(right)
        if _empty(right):
            mark.tail = right.tail
            right.tail = None
            right.getparent().remove(right)
        if _empty(parent):
            drop(parent)


def _tag_of(el: HtmlElement) -> str:
    """The tag as one that can be made: pages hold <o:p> of word processors, and <a< of slips."""
    return el.tag if _NAME.fullmatch(el.tag) else "span"


def _attributes(el: HtmlElement) -> Iterator[tuple[str, str]]:
    """The attributes that can be made: a quote in a title="…" leaves names like `है,` behind."""
    return ((name, value) for name, value in el.items() if _NAME.fullmatch(name))


def _empty(el: HtmlElement) -> bool:
    return len(el) == 0 and not (el.text or "").strip()


class Discards:
    """Would the extractor throw this element away? Asked of trafilatura's own rules, one element at a time."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], bool] = {}

    def __call__(self, el: HtmlElement) -> bool:
        if el.tag in _CLEANED:
            return True
        names = sorted((name, value) for name, value in el.items())
        key = (str(el.tag), *(part for pair in names for part in pair))
        if key not in self._known:
            self._known[key] = _discarded(el)
        return self._known[key]


def _discarded(el: HtmlElement) -> bool:
    holder = etree.Element("body")
    etree.SubElement(holder, _RENAMED.get(str(el.tag), _tag_of(el)), dict(_attributes(el)))
    return any(rule(holder) for rule in _RULES)


def free(mark: HtmlElement, discards: Discards) -> None:
    """Lift a token out of what the extractor discards; where the article itself stands there, take the reason away."""
    up = mark.getparent()
    while up is not None and up.tag not in ("article", "main", "body", "html"):
        parent = up.getparent()
        if is_furniture(up) or parent is None:
            return
        thrown = discards(up)
        if (thrown or _linky(up, mark)) and _other_text(up) <= _FEW:
            _lift(mark, up)
        elif thrown and _embedish(up):
            up.attrib.pop("class", None)
        elif up.tag in ("ul", "ol") and mark.getparent() is up:
            _lift(mark, up)
        up = parent


def _lift(mark: HtmlElement, before: HtmlElement) -> None:
    drop(mark)
    before.addprevious(mark)


def _embedish(el: HtmlElement) -> bool:
    name = (el.get("class") or "").lower()
    return "embed" in name or "social" in name


def _linky(el: HtmlElement, mark: HtmlElement) -> bool:
    """All its other text is links, which the extractor counts against it."""
    if el.tag not in ("div", "section", "p") or len(el) > 12:
        return False
    words = _other_text(el)
    return 0 < words <= _FEW and words <= sum(len("".join(a.itertext()).strip()) for a in el.iter("a"))


def _other_text(el: HtmlElement) -> int:
    """Letters of text besides tokens, counted no further than needed."""
    count = 0
    for inner in el.iter(etree.Element):
        own = inner.tag in ("script", "style") or (inner.text or "").startswith("EMBEDX")
        count += 0 if own else len((inner.text or "").strip())
        count += len((inner.tail or "").strip()) if inner is not el else 0
        if count > _FEW:
            break
    return count


def around(root: HtmlElement, tokens: Iterable[str]) -> dict[str, tuple[str | None, str | None]]:
    """For each token the start of the text block before it and behind it, as the extractor would print them."""
    wanted = set(tokens)
    blocks = list(_blocks(root))
    found: dict[str, tuple[str | None, str | None]] = {}
    before: str | None = None
    waiting: list[str] = []
    for block in blocks:
        if block in wanted:
            found[block] = (before, None)
            waiting.append(block)
        elif len(block) >= 30:
            before = block[:40]
            for token in waiting:
                found[token] = (found[token][0], before)
            waiting = []
    return found


def _blocks(root: HtmlElement) -> Iterable[str]:
    """The page's text blocks in order, white space single."""
    parts: list[str] = []
    walker = etree.iterwalk(root, events=("start", "end", "comment"))
    for event, el in walker:
        if event == "start" and el.tag in ("script", "style", "head", "noscript", "template", "svg"):
            walker.skip_subtree()
            continue
        if event != "comment" and el.tag not in _INLINE_TEXT:
            if text := " ".join("".join(parts).split()):
                yield text
            parts = []
        text = el.text if event == "start" else el.tail
        if text:
            parts.append(text)


_INLINE_TEXT = names("a span strong b em i u font small mark cite q sub sup abbr time label wbr")
