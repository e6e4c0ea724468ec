"""Who may see what, and what a browser may run. Whatever the web wrote is hostile until escaped."""

from __future__ import annotations

import re
from typing import Any

from datasette.app import Datasette

ARCHIVE = "archive"  # the database's name in addresses
PLUGIN = "khabar"

_NOTHING = "default-src 'none'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
READING_POLICY = f"{_NOTHING}; style-src 'self'"
# Datasette's own pages carry inline scripts and styles of its own; still nothing from elsewhere.
DATASETTE_POLICY = (
    f"{_NOTHING}; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; connect-src 'self'"
)
_DATASETTE_PAGES = re.compile(rf"/(-|{ARCHIVE})(/|\.|$)")

# Words of articles whose source forbids an archive: left out of every list.
_KEPT_BACK = "not exists (select 1 from articles held where held.id = article_id and held.withheld is not null)"
NOT_WITHHELD = {"articles": "withheld is null", "readings": _KEPT_BACK, "images": _KEPT_BACK}


def is_public(datasette: Datasette) -> bool:
    """Whether this server is for strangers."""
    config: dict[str, Any] = datasette.plugin_config(PLUGIN)
    return bool(config["public"])


def may_see(datasette: Datasette, database: str, table: str) -> bool:
    """Whether a table may be shown: not what metadata.yaml leaves out, and to strangers not what it calls `words`."""
    shown: dict[str, Any] = datasette.metadata("databases")[ARCHIVE]["tables"]
    if database != ARCHIVE or table not in shown:
        return False
    return not (is_public(datasette) and shown[table].get("words"))


def headers(path: str, *, public: bool) -> list[tuple[bytes, bytes]]:
    """The headers every answer carries, by its path."""
    loose = _DATASETTE_PAGES.match(path)
    told = {
        "content-security-policy": DATASETTE_POLICY if loose else READING_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    if public:
        told["x-robots-tag"] = "noindex"
    return [(name.encode(), value.encode()) for name, value in told.items()]
