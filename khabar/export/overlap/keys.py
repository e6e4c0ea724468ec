"""Keys by which an article is recognised in another corpus (docs/publish.md). No I/O."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from khabar.hindi.minhash import fingerprint, shingles
from khabar.hindi.normalize import tokens
from khabar.model import urls

_MIRROR_PREFIX = re.compile(r"^(?:www|m|amp|mobile)\.")


def url_key(url: str) -> str | None:
    """Returns a URL's host, path and query, equal for the usual variants of one page's URL.

    Scheme, fragment, a leading www., m., amp. or mobile., tracking parameters and the last slash
    are dropped. None for what is not a URL with a host. The name is also that of the SQL function.
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
    """Returns 24 MinHash band keys of the folded words' shingles, 12 hex digits each.

    Near-duplicates are likely to share at least one. [] for a text too short for shingles.
    """
    signature = fingerprint(shingles(tokens(text)))
    return [f"{key:012x}" for key in signature.keys] if signature else []
