"""Connected components of pairs, in eight bytes a row."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator


class DocComponents:
    """The components of the docs 0 … `size` - 1. Each is known by its smallest doc."""

    def __init__(self, size: int) -> None:
        self._parents = array("q", range(size))

    def find_root(self, doc: int) -> int:
        """Returns the smallest doc of a doc's component."""
        parents = self._parents
        while parents[doc] != doc:
            parents[doc] = doc = parents[parents[doc]]
        return doc

    def join_pairs(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Joins the components of the two docs of each pair."""
        for a, b in pairs:
            first, second = self.find_root(a), self.find_root(b)
            self._parents[max(first, second)] = min(first, second)

    def iter_members(self) -> Iterator[tuple[int, int]]:
        """Yields (doc, smallest doc of its component) of each doc that is not alone."""
        shared = bytearray(len(self._parents))
        for doc in range(len(self._parents)):
            if (root := self.find_root(doc)) != doc:
                shared[root] = 1
        for doc in range(len(self._parents)):
            root = self.find_root(doc)
            if root != doc or shared[doc]:
                yield doc, root
