"""Finds machine-made insets: boxes with a summary that a program wrote (label "AI summary").

Their words are not the article's. A box needs two signs: a label that says it is machine-made, or a
class that does and a label or list of a summary; and an element of its own beside the story.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from khabar.extraction.boilerplate import MIN_PROSE, comparison_key, prose_size
from khabar.extraction.document import Element, HtmlDocument, is_shorter_than
from khabar.extraction.inset_words import (
    InsetClass,
    is_control_line,
    is_machine_label,
    is_summary_label,
    mentions_machine,
    names_summary,
    rate_class,
)
from khabar.extraction.segments import Segment, collect_segments
from khabar.model.items import Inset

# All numbers in this module were chosen by hand, not measured.
_MAX_LABEL = 120  # characters of an element that can be a label
_MAX_TEXT = 3000  # characters of an element that can be a box
_MIN_CONTENT = 40  # characters of a box besides its labels and buttons
_MAX_ELEMENTS = 400  # elements of a box
_MAX_CANDIDATES = 20  # labels of a page that are examined, and as many classes
_MAX_MENTIONS = 500  # texts of a page that are examined as labels
_MAX_LEVELS = 8  # ancestors of a label that are tried as its box
_MAX_BEFORE = 20_000  # characters before a box by which lines of its own parent are placed
_SCRIPT_TAGS = frozenset(["script", "style", "template"])
_NO_LABEL_TAGS = ("figure", "figcaption", "caption", "td", "th", "h1", "head")
_PAGE_TAGS = frozenset(["html", "body", "main", "article"])
_NO_BOX_TAGS = _PAGE_TAGS | {"td", "tr", "a", "h1", "header"}
_BOX_TAGS = frozenset(["ul", "ol", "div", "section", "aside", "details", "blockquote"])
# Of these, the names are examined: elements that can be a box, and buttons.
_NAMED_TAGS = _BOX_TAGS | {"dl", "table", "figure", "form", "p", "button"}
_CONTROL_TAGS = frozenset(["button", "option", "label", "select", "summary", "textarea"])
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_HEADER_NAME = re.compile(r"head|hd\b|title|top|label", re.I)
_BOX_NAME = re.compile(
    r"box|card|widget|panel|summar|highlight|takeaway|insight|brief|key|inset|module|accordion"
    r"|collaps",
    re.I,
)
# A quick test of every short text and name of a page for what `inset_words` then examines.
# Each alternative begins with a letter, so that `re` first looks for one of these letters.
_MENTION = re.compile(
    r"A(?:I|\.\s?I|(?<=\bA)(?:i\b|uto))|a(?:chine|(?<=\ba)(?:i\b|uto))|rtificial|GPT|LLM|opilot|emini"
    r"|एआई|ए\.\s?आई|ए आई|कृत्रिम|आर्टिफ|जेमिनी|मशीन|ऑटो|स्वचालित"
)
_NAME_ATTRIBUTES = frozenset(
    ["class", "id", "data-component", "data-testid", "data-widget", "data-module", "data-type"]
)
_TEXT_ATTRIBUTES = frozenset(["aria-label", "alt"])
_PROSE = etree.XPath(
    f".//text()[string-length() >= {MIN_PROSE} and not(parent::script or parent::style)]"
)


@dataclass(frozen=True, slots=True)
class FoundInset:
    """An inset that was taken out of the tree. `ancestors`: the elements around it; `before`: the
    comparison key of the page's text before it.
    """

    label: str | None
    text: str
    element: Element
    ancestors: frozenset[Element]
    before: str


@dataclass(frozen=True, slots=True)
class PageInsets:
    """The insets of a page in page order. `order`: element → its position on the page."""

    insets: tuple[FoundInset, ...] = ()
    order: Mapping[Element, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def place_insets(self, segments: Sequence[Segment]) -> tuple[Inset, ...]:
        """Returns the insets, each with the index of the last of the segments before it."""
        placed = []
        for inset in self.insets:
            preceding = [i for i, segment in enumerate(segments) if self._precedes(segment, inset)]
            placed.append(Inset(inset.label, inset.text, preceding[-1] if preceding else None))
        return tuple(placed)

    def _precedes(self, segment: Segment, inset: FoundInset) -> bool:
        if segment.node in inset.ancestors:
            key = comparison_key(segment.token or segment.text)
            return bool(key) and key in inset.before
        position = self.order.get(segment.node)
        return position is not None and position < self.order[inset.element]


def extract_insets(doc: HtmlDocument, tokens: re.Pattern[str]) -> PageInsets:
    """Takes the machine-made insets out of the tree. `tokens` matches embed tokens: an embed in an
    inset stays, in its place.
    """
    body = doc.root.find("body")
    candidates = _find_candidates(body)
    if not (candidates.named or candidates.mentions):
        return PageInsets()
    finder = _InsetFinder(doc, body, tokens)
    for element in candidates.named[:_MAX_CANDIDATES]:
        finder.try_element(element)
    labels = (_find_label(element, body) for element in candidates.mentions[:_MAX_MENTIONS])
    for label in islice(filter(None, labels), _MAX_CANDIDATES):
        finder.try_label(*label)
    if not finder.boxes:
        return PageInsets(problems=tuple(finder.problems))
    order = {element: number for number, element in enumerate(doc.root.iter())}
    found = [finder.take_box(box) for box in sorted(finder.boxes, key=order.__getitem__)]
    by_text = {inset.text: inset for inset in reversed(found)}  # of two copies, the first
    insets = tuple(sorted(by_text.values(), key=lambda inset: order[inset.element]))
    return PageInsets(insets, order, tuple(finder.problems))


# --- candidates ---


@dataclass(slots=True)
class _Candidates:
    """Elements in page order: `named`, whose names say that a program wrote them; `mentions`, with
    a text or label that may say so.
    """

    named: list[Element] = field(default_factory=list)
    mentions: list[Element] = field(default_factory=list)


def _find_candidates(body: Element) -> _Candidates:
    """Returns the elements of a page that have a sign of an inset, in one pass."""
    candidates = _Candidates()
    search = _MENTION.search
    for element in body.iter():
        tag = element.tag
        if tag in _SCRIPT_TAGS:
            continue
        # most texts of a page are white space between tags: isspace() is much faster than search
        text, tail = element.text, element.tail
        if text and len(text) < _MAX_LABEL and not text.isspace() and search(text):
            candidates.mentions.append(element)
        if tail and len(tail) < _MAX_LABEL and not tail.isspace() and search(tail):
            candidates.mentions.append(element.getparent())
        if tag not in _NAMED_TAGS and "-" not in tag:
            continue
        is_named = "-" in tag and rate_class(tag)
        for name, value in element.items():
            if name in _NAME_ATTRIBUTES:
                is_named = is_named or rate_class(value)
            elif name in _TEXT_ATTRIBUTES and len(value) < _MAX_LABEL and search(value):
                candidates.mentions.append(element)
        if is_named:
            candidates.named.append(element)
    return candidates


def _class_of(element: Element) -> InsetClass:
    ratings = [rate_class(value) for name, value in element.items() if name in _NAME_ATTRIBUTES]
    if "-" in element.tag:
        ratings.append(rate_class(element.tag))
    return max(ratings, default=InsetClass.NONE)


def _find_label(element: Element, body: Element) -> tuple[Element, str] | None:
    """Returns the largest element around this one that is a label and says that a text is
    machine-made, and its words; else this element with its aria-label or alt, if those say so.
    """
    if next(element.iterancestors(*_NO_LABEL_TAGS), None) is not None:
        return None
    label = None
    node = element
    while node is not None and node is not body and is_shorter_than(node, _MAX_LABEL):
        words = _read_line(node)
        if node.tag not in _NO_LABEL_TAGS and is_machine_label(words):
            label = (node, label[1] if label else words)
        node = node.getparent()
    words = " ".join((element.get("aria-label") or element.get("alt") or "").split())
    if label is None and is_machine_label(words) and names_summary(words):
        return element, words
    return label


def _read_line(element: Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


# --- boxes ---


@dataclass(slots=True)
class _InsetFinder:
    """Examines candidates; `boxes` maps the elements that are insets to their labels."""

    doc: HtmlDocument
    body: Element
    tokens: re.Pattern[str]
    boxes: dict[Element, str | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _is_about_machines: bool | None = None
    _scopes: dict[Element, int] = field(default_factory=dict)  # element → its prose; -1: unknown

    @property
    def is_about_machines(self) -> bool:
        """Whether the headline or a paragraph names AI: such a story may have a heading or a list
        item "AI summary" of its own.
        """
        if self._is_about_machines is None:
            headlines = (_read_line(element) for element in self.body.iter("h1"))
            self._is_about_machines = any(
                mentions_machine(text) and not is_machine_label(text)
                for text in (*headlines, *map(str, _PROSE(self.body)))
            )
        return self._is_about_machines

    def try_element(self, element: Element) -> None:
        """Adds an element whose names are those of an inset, if it has a label or a list, too."""
        if self._is_known(element):
            return
        lines = self._read_box(element)
        label = next((line.text for line in lines if is_machine_label(line.text)), None) or next(
            (line.text for line in lines if is_summary_label(line.text)), None
        )
        has_structure = (
            sum(line.type == "list_item" for line in lines) > 1
            or element.tag == "details"
            or any(line.node.tag == "button" or is_control_line(line.text) for line in lines)
        )
        is_named = _class_of(element) == InsetClass.SUMMARY and has_structure
        if (label or is_named) and self._is_box(element, lines):
            self._add_box(self._widen(element), label)

    def try_label(self, label: Element, words: str) -> None:
        """Adds the element around a label, or directly behind it, if it is a box of its own."""
        if self._is_known(label):
            return
        passed = []
        for node in islice((label, *label.iterancestors()), _MAX_LEVELS):
            if node.tag in _PAGE_TAGS:
                break
            lines = self._read_box(node)
            if _content_size(lines) < _MIN_CONTENT:
                passed.append(node)
                continue
            is_summary = names_summary(words) or any(
                is_summary_label(line.text) or line.type == "list_item" for line in lines
            )
            box = self._widen(node)
            is_story_part = self.is_about_machines and (
                box.tag == "p"
                or _is_section(box)
                or next(label.iterancestors("li"), None) is not None
            )
            if is_summary and self._is_box(node, lines) and not is_story_part:
                self._add_box(box, words)
                return
            break
        is_found = names_summary(words) and any(self._try_following(node, words) for node in passed)
        if names_summary(words) and not is_found and not self.problems:
            self.problems.append(f"inset: no box of its own around {words!r}; it stays in the text")

    def _try_following(self, label: Element, words: str) -> bool:
        """Adds the element directly behind a label, if no element is around both alone. Without a
        name that says what it is, it must be unlike the label and the story's own elements, and the
        label no heading of a story about AI.
        """
        box = label.getnext()
        if box is None or box.tag not in _BOX_TAGS or (label.tail or "").strip():
            return False
        if _class_of(box) == InsetClass.NONE:
            siblings = [other for other in label.getparent() if other is not box]
            is_alike = any(
                (other.tag, other.get("class")) == (box.tag, box.get("class"))
                and (other is label or prose_size(other))
                for other in siblings
            )
            if is_alike or (self.is_about_machines and label.tag in (*_HEADINGS, "p")):
                return False
        if self._is_known(box) or not self._is_box(box, self._read_box(box)):
            return False
        self._add_box(box, words)
        return True

    def _add_box(self, box: Element, label: str | None) -> None:
        for inner in [other for other in self.boxes if box in other.iterancestors()]:
            label = self.boxes.pop(inner) or label
        self.boxes[box] = label

    def _is_known(self, element: Element) -> bool:
        """Whether an element is in a box that was found already."""
        return element in self.boxes or any(
            ancestor in self.boxes for ancestor in element.iterancestors()
        )

    def _read_box(self, element: Element) -> list[Segment]:
        """Returns the lines of an element; [] for one that is too long for an inset."""
        is_large = next(islice(element.iter(), _MAX_ELEMENTS, None), None) is not None
        if is_large or not is_shorter_than(element, _MAX_TEXT):
            return []
        return [line for line in collect_segments(self.doc, element, self.tokens, {}) if line.text]

    def _is_box(self, element: Element, lines: list[Segment]) -> bool:
        """Whether an element is apart from the story: the element that contains it and the headline
        has more prose outside it than half of its own text, and it contains neither the headline
        nor mostly links.
        """
        size = _content_size(lines)
        text = sum(len(line.text) for line in lines)
        links = sum(len(line.text) * line.link_share for line in lines)
        if size < _MIN_CONTENT or element.tag in _NO_BOX_TAGS or 2 * links > text:
            return False
        if next(element.iter("h1", "article"), None) is not None:
            return False
        outside = self._prose_around(element) - prose_size(element)
        return 2 * outside >= max(2 * MIN_PROSE, size)

    def _prose_around(self, element: Element) -> int:
        """Returns the characters of prose in the element that contains both this one and the
        headline.
        """
        if not self._scopes:
            headlines = islice(self.body.iter("h1"), _MAX_CANDIDATES)
            around = {ancestor for h1 in headlines for ancestor in h1.iterancestors()}
            self._scopes = dict.fromkeys({self.body, *around}, -1)
        scope = next(ancestor for ancestor in element.iterancestors() if ancestor in self._scopes)
        if self._scopes[scope] < 0:
            self._scopes[scope] = prose_size(scope)
        return self._scopes[scope]

    def _widen(self, element: Element) -> Element:
        """Returns the outermost element that adds nothing to a box but its labels and buttons, or
        the rest of a box: of the heading's element, of an element named as a box, further lists.
        """
        lines = self._read_box(element)
        while (parent := element.getparent()) is not None and parent is not self.body:
            wider = self._read_box(parent)
            if not self._is_box(parent, wider):
                break
            names = f"{element.get('class') or ''} {element.get('id') or ''}"
            outer_names = f"{parent.get('class') or ''} {parent.get('id') or ''}"
            known = {line.key for line in lines}
            added = [line for line in wider if line.key not in known and _is_content(line)]
            if (
                added
                and not all(line.type == "list_item" for line in added)
                and not _HEADER_NAME.search(names)
                and not _BOX_NAME.search(outer_names)
            ):
                break
            element, lines = parent, wider
        return element

    def take_box(self, box: Element) -> FoundInset:
        """Takes a box and the labels beside it out of the tree, but not its embeds."""
        label = self.boxes[box]
        text = _join_content(self._read_box(box), label)
        ancestors = frozenset(box.iterancestors())
        before = comparison_key("".join(_texts_before(self.body, box))[-_MAX_BEFORE:])
        for step in (box.getprevious, box.getnext):
            while (sibling := step()) is not None and _is_loose_label(sibling):
                sibling.drop_tree()
        for token in self.tokens.findall("".join(box.itertext())):
            embed = box.makeelement("p")
            embed.text = token
            box.addprevious(embed)
        box.drop_tree()
        return FoundInset(label, text, box, ancestors, before)


def _is_content(line: Segment) -> bool:
    """Whether a line is the inset's text, not a label, a button or a link."""
    return (
        line.node.tag not in _CONTROL_TAGS
        and line.link_share < 0.5
        and not is_control_line(line.text)
    )


def _join_content(lines: Iterable[Segment], label: str | None) -> str:
    """Returns the inset's text, a line for each paragraph or list item, each once."""
    texts = [
        text.removeprefix(label or "").lstrip(" :–—-•●▪►*")
        for line in lines
        if _is_content(line)
        for text in line.text.splitlines()
    ]
    return "\n".join(dict.fromkeys(text for text in texts if not is_control_line(text)))


def _content_size(lines: Iterable[Segment]) -> int:
    return sum(len(line.text) for line in lines if _is_content(line))


def _is_section(box: Element) -> bool:
    """Whether an element is one of several alike with a heading each: a section of a story."""
    if _class_of(box) != InsetClass.NONE or next(box.iter(*_HEADINGS), None) is None:
        return False
    parent = box.getparent()
    return parent is not None and any(
        other is not box
        and (other.tag, other.get("class")) == (box.tag, box.get("class"))
        and next(other.iter(*_HEADINGS), None) is not None
        for other in parent
    )


def _is_loose_label(element: Element) -> bool:
    """Whether an element beside a box is its label or asks about it."""
    return (
        isinstance(element.tag, str)
        and is_shorter_than(element, _MAX_LABEL)
        and is_machine_label(_read_line(element))
    )


def _texts_before(body: Element, box: Element) -> Iterator[str]:
    """Yields the texts of the page before an element."""
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if element is box:
            return
        yield (element.text if event == "start" else element.tail) or ""
