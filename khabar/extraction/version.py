"""Version of the extractor, which is stored with each article and tells which ones are stale."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from khabar.model.sources import ExtractionHints, Source

EXTRACTOR_VERSION = "3"  # raised with every change that alters the result for some page


def extractor_version(source: Source | None) -> str:
    """Version of the extractor as it reads a source's pages: EXTRACTOR_VERSION, followed by `+` and
    six hex digits of a hash of the source's hints if it has any.

    Only keys the extractor reads are hashed, and only those that are set: what changes no reading
    must not make stored pages stale.
    """
    hints = (source.reading, source.layout) if source else ()
    if not any(hint not in ((), ExtractionHints()) for hint in hints):
        return EXTRACTOR_VERSION
    return f"{EXTRACTOR_VERSION}+{sha256(msgspec.json.encode(hints)).hexdigest()[:6]}"
