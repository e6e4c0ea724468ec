"""Elements that are taken out of the tree, those that may be text of the article with a marker in
their place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from khabar.extraction.document import Element, read_text

_SENTENCE_MARK = re.compile(r"[।॥.?!…:]")
CONTROLS = "khabar-controls"  # attribute set on an element from which a form's fields were removed

RemovalRule = Literal["selector", "tag", "class", "hidden", "invisible"]


@dataclass(frozen=True, slots=True)
class Removal:
    """An element taken out of the tree that may contain text of the article. `rule`: why it was
    removed: the source's own selector, its tag, a word in its class or id, or that it is hidden.
    """

    element: Element
    rule: RemovalRule
    parent: Element
    has_controls: bool = False  # a form's fields
    is_revealed: bool = False  # hidden, but a control or a name shows that readers can open it


def remove_element(element: Element) -> None:
    """Removes an element with its text; what follows it stays."""
    if element.getparent() is not None:
        element.drop_tree()


def take_out(
    element: Element,
    rule: RemovalRule,
    removals: dict[Element, Removal],
    *,
    is_revealed: bool = False,
) -> bool:
    """Removes an element; if it may be text of the article, leaves a marker and returns True."""
    parent = element.getparent()
    if parent is None:
        return False
    if not may_be_text(element):
        element.drop_tree()
        return False
    marker = element.makeelement("template")
    marker.tail, element.tail = element.tail, None
    parent.replace(element, marker)
    has_controls = any(node.get(CONTROLS) for node in element.iter("form", "div", "section", "p"))
    removals[marker] = Removal(element, rule, parent, has_controls, is_revealed)
    return True


def may_be_text(element: Element) -> bool:
    """Whether an element may contain text of the article: four words or more outside links, and a
    sentence end, a list or a table.
    """
    text = read_text(element)
    if not _SENTENCE_MARK.search(text) and next(element.iter("li", "td", "dd"), None) is None:
        return False
    words = len(text.split())
    unlinked, required = words, max(4, words // 2)
    for link in element.iter("a"):
        if unlinked < required:
            return False
        unlinked -= len(read_text(link).split())
    return unlinked >= required
