"""The web interface: a Datasette application with a plugin, templates and access control.

Read-only. It shows what a running crawl writes without a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from khabar.web.site import make_app as make_app
    from khabar.web.site import make_site as make_site

__all__ = ["make_app", "make_site"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'khabar.web' has no attribute {name!r}")
    from khabar.web import site  # on first use: `khabar show` needs `queries`, not Datasette

    return getattr(site, name)
