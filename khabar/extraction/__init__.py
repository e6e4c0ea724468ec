"""Article extraction: turns one fetched page into one Article. Pure: no network, no database, no
state kept between pages.

`import khabar.extraction` imports no submodule; each name is imported on first use, because the
archive needs no more than the version, and the parser takes a third of a second to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from khabar.extraction.article import explain_article as explain_article
    from khabar.extraction.article import extract_article as extract_article
    from khabar.extraction.article import read_html as read_html
    from khabar.extraction.losses import BlockDecision as BlockDecision
    from khabar.extraction.pagination import join_pages as join_pages
    from khabar.extraction.pagination import mismatch_reason as mismatch_reason
    from khabar.extraction.version import EXTRACTOR_VERSION as EXTRACTOR_VERSION
    from khabar.extraction.version import extractor_version as extractor_version

_MODULES = {
    "BlockDecision": "losses",
    "EXTRACTOR_VERSION": "version",
    "explain_article": "article",
    "extract_article": "article",
    "extractor_version": "version",
    "join_pages": "pagination",
    "mismatch_reason": "pagination",
    "read_html": "article",
}
__all__ = [
    "BlockDecision",
    "EXTRACTOR_VERSION",
    "explain_article",
    "extract_article",
    "extractor_version",
    "join_pages",
    "mismatch_reason",
    "read_html",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'khabar.extraction' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"khabar.extraction.{_MODULES[name]}"), name)
