"""The Python API: extract articles from HTML and read an archive (docs/python.md).

Does not need Scrapy. `import khabar` imports one submodule, which chooses the process's SQLite when
that is imported; each name is imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from khabar.sqlite_module import install_finder

install_finder()

if TYPE_CHECKING:
    from khabar.extraction import read_html as read_html
    from khabar.library import ReadOnlyArchive as ReadOnlyArchive
    from khabar.library import open as open
    from khabar.model.items import Article as Article

_MODULES = {
    "read_html": "khabar.extraction",
    "open": "khabar.library",
    "ReadOnlyArchive": "khabar.library",
    "Article": "khabar.model.items",
}
__all__ = ["Article", "ReadOnlyArchive", "open", "read_html"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'khabar' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_MODULES[name]), name)
