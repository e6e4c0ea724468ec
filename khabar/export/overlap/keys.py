"""What an article is recognised by in another corpus: its address, its words, its shingles.
Pure; docs/publish.md.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from khabar.hindi.minhash import fingerprint, shingles
from khabar.hindi.normalize import tokens
from khabar.model import urls

_MIRROR_PREFIX = re.compile(r"^(?:www|m|amp|mobile)\.")


def url_key(url: str) -> str | None:
    """The address without what parts two spellings of one page: scheme, www. and m., trackers, the
    last slash.

    None for what is no address.
    """
    try:
        parts = urlsplit(urls.strip_params(urls.normalize_url(url), urls.TRACKING_PARAMS))
    except ValueError:
        return None
    if not parts.netloc:
        return None
    path = parts.path.rstrip("/")
    return _MIRROR_PREFIX.sub("", parts.netloc) + path + (f"?{parts.query}" if parts.query else "")


def minhash(text: str) -> list[str]:
    """Keys of which near-duplicates share one: MinHash of the folded words' shingles, 12 hex
    digits each.
    """
    signature = fingerprint(shingles(tokens(text)))
    return [f"{key:012x}" for key in signature.keys] if signature else []
