"""Makes some pages hostile to every khabar of a benchmark: with this folder on PYTHONPATH, Python
imports it at its start, and the extractor of bulk extraction is replaced by `read_hostile`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

PATCHED = "khabar.processing.process"
MARKS = (
    b"khabar-bench-hangs",
    b"khabar-bench-dies",
    b"khabar-bench-eats",
    b"khabar-bench-loops",
)


def read_hostile(page: Any, source: Any) -> Any:
    """Extracts a page; one with a mark instead hangs in C, ends its process, asks for
    8 GB or hangs in Python.
    """
    from khabar.extraction import extract_article

    if MARKS[0] in page.body:
        re.match(r"(a|aa)+$", "a" * 60 + "b")
    elif MARKS[1] in page.body:
        os._exit(11)
    elif MARKS[2] in page.body:
        bytearray(8 << 30)
    elif MARKS[3] in page.body:
        while True:
            pass
    return extract_article(page, source)


class PatchingFinder(MetaPathFinder):
    """Finds the module that is patched, and patches it once it is loaded."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != PATCHED:
            return None
        spec = PathFinder.find_spec(name, path, target)
        assert spec and spec.loader
        execute = spec.loader.exec_module

        def execute_and_patch(module: ModuleType) -> None:
            execute(module)
            module.extract_article = read_hostile  # type: ignore[attr-defined]

        spec.loader.exec_module = execute_and_patch  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, PatchingFinder())
