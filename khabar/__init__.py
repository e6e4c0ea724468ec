"""Khabar as a library: pages in, articles out, and the archive they are kept in (docs/python.md).

Free of Scrapy. Importing it loads nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from khabar.extraction import read_html as read_html
    from khabar.library import ReadOnlyArchive as ReadOnlyArchive
    from khabar.library import open as open
    from khabar.model.items import Article as Article

_HOMES = {
    "read_html": "khabar.extraction",
    "open": "khabar.library",
    "ReadOnlyArchive": "khabar.library",
    "Article": "khabar.model.items",
}
__all__ = ["Article", "ReadOnlyArchive", "open", "read_html"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'khabar' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
