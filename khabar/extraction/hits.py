"""Finds the segments whose text also occurs in trafilatura's output (hits), or in another text of
the same article. Trafilatura runs only once a decision depends on its answer.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Sequence, Set
from functools import cached_property, lru_cache
from typing import Any

from lxml import etree

from khabar.extraction.boilerplate import MIN_PROSE, comparison_key
from khabar.extraction.document import Element
from khabar.extraction.segments import Segment

# trafilatura logs "discarding data" for pages from which we do extract an article
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

TEXT_TYPES = frozenset({"paragraph", "quote", "list_item", "heading", "table"})
# The numbers here and in _occurs_in were chosen by hand, not measured.
# Share of the page's prose that trafilatura's fast mode must find. With less, and on a page without
# prose, its slow fallback extractors run.
_MIN_FAST_SHARE = 0.6
# Above this number of segments they never run: jusText, one of them, needs quadratic time.
_MAX_FALLBACK_SEGMENTS = 2000


class Hits:
    """The indexes of the segments inside `boundary` (None: the page) whose text occurs in
    trafilatura's output or in one of `reference_texts`.

    `certain` are those in a reference text, `possible` all that trafilatura could add to them. Ask
    these first, and `in` last: it may run trafilatura.
    """

    def __init__(
        self,
        body: Element,
        segments: Sequence[Segment],
        reference_texts: Sequence[str],
        boundary: Element | None,
    ) -> None:
        self._element = boundary if boundary is not None else body
        self._segments, self._reference_texts = segments, reference_texts
        inside = frozenset(self._element.iter()) if boundary is not None else None
        self.possible = frozenset(
            i
            for i, segment in enumerate(segments)
            if segment.type in TEXT_TYPES and (inside is None or segment.node in inside)
        )
        self.certain = self._find(reference_texts) if reference_texts else frozenset()

    def __contains__(self, index: int) -> bool:
        return index in self.certain or (index in self.possible and index in self.all)

    @cached_property
    def all(self) -> frozenset[int]:
        """All hits."""
        return self._find([self._extract_text(), *self._reference_texts])

    def _find(self, texts: Iterable[str]) -> frozenset[int]:
        return self.possible & find_hits(self._segments, texts)

    def _extract_text(self) -> str:
        """Returns trafilatura's text of the article. Its slow fallback extractors run if the fast
        mode finds much less than the prose there is, or if there is no prose; never on a page with
        more than `_MAX_FALLBACK_SEGMENTS` segments.
        """
        candidates = (self._segments[i] for i in self.possible)
        prose_size = sum(
            len(segment.text)
            for segment in candidates
            if len(segment.text) >= MIN_PROSE and segment.link_share < 0.3
        )
        can_fall_back = len(self._segments) <= _MAX_FALLBACK_SEGMENTS
        if prose_size == 0 and can_fall_back:
            return run_trafilatura(self._element, fast=False)
        fast_text = run_trafilatura(self._element, fast=True)
        if len(fast_text) < _MIN_FAST_SHARE * prose_size and can_fall_back:
            return run_trafilatura(self._element, fast=False)
        return fast_text


def find_hits(segments: Iterable[Segment], texts: Iterable[str]) -> frozenset[int]:
    """Returns the indexes of the segments whose text occurs in one of the texts."""
    keys = [[comparison_key(line) for line in text.splitlines()] for text in texts]
    reference = "\n".join("".join(text_keys) for text_keys in keys)
    lines = {key for text_keys in keys for key in text_keys}
    return frozenset(
        i
        for i, segment in enumerate(segments)
        if segment.type in TEXT_TYPES and _occurs_in(segment.key, reference, lines)
    )


def _occurs_in(key: str, reference: str, lines: Set[str]) -> bool:
    """Whether a text occurs in the reference: a short one (under 25 letters) only as a whole line,
    a long one (over 100) also if merely its first and last 40 letters do.
    """
    if len(key) < 25:
        return key in lines
    return key in reference or (len(key) > 100 and key[:40] in reference and key[-40:] in reference)


def run_trafilatura(element: Element, *, fast: bool, recall: bool = False) -> str:
    """Returns trafilatura's output as plain text, '' if it finds nothing. `fast`: only its own
    rules, without the fallback extractors; `recall`: it rather takes too much than too little.
    """
    import trafilatura  # here, as it takes a sixth of a second, and not every page needs it

    tree = element if element.tag == "html" else _wrap_in_page(element)
    try:
        result: Any = trafilatura.bare_extraction(
            tree, with_metadata=False, options=_make_options(fast, recall)
        )
    except (ValueError, AttributeError, KeyError, IndexError, RecursionError, etree.LxmlError):
        return ""
    return (result.text or "") if result else ""


@lru_cache(maxsize=4)
def _make_options(fast: bool, recall: bool) -> Any:
    from trafilatura.settings import Extractor

    return Extractor(output_format="python", fast=fast, recall=recall, comments=False)


def _wrap_in_page(element: Element) -> Element:
    page = element.makeelement("html")
    inner = copy.deepcopy(element)
    inner.tail = None
    parent = page if inner.tag == "body" else etree.SubElement(page, "body")
    parent.append(inner)
    return page
