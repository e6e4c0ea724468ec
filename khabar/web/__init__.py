"""The reading room: the archive in Datasette, furnished. Read-only, and live beside a crawl that
writes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.plugins import pm
from datasette.utils import parse_metadata

from khabar.web import plugin
from khabar.web.access import ARCHIVE, PLUGIN, AccessPolicy, require_auth
from khabar.web.lanes import SQL_THREADS, limit_costly_requests
from khabar.web.sql_access import ArchiveDatabase

_HERE = Path(__file__).parent
_SETTINGS = {
    "num_sql_threads": SQL_THREADS,
    "sql_time_limit_ms": 3000,  # ranked search over a common word in a year of news
    "max_returned_rows": 500,
    "truncate_cells_html": 400,
    "suggest_facets": False,  # scans the text columns on every page
    "allow_download": False,
}


# The words around a hit, in the prepared queries; strangers get the excerpt that the article's page
# shows them.
_SNIPPET, _EXCERPT = (
    "snippet(articles_fts, -1, char(0xE000), char(0xE001), '…', 32)",
    "excerpt(a.text)",
)


def make_app(path: Path, public: bool) -> Datasette:
    """Datasette over the archive at `path`, as the database `archive` whatever the file is called.

    `public` is for strangers: no SQL of their own, no tables of words, an excerpt instead of the
    article. The file is opened read-only but never as immutable: what a crawl stores shows at once.
    """
    _register_plugin()
    app = Datasette(
        metadata=_load_metadata(public),
        settings={**_SETTINGS, "default_allow_sql": not public},
        template_dir=str(_HERE / "templates"),
        static_mounts=[("static", str(_HERE / "static"))],
    )
    app.remove_database("_memory")
    app.add_database(ArchiveDatabase(app, path=str(path), is_mutable=True), name=ARCHIVE)
    return app


def make_site(path: Path, policy: AccessPolicy) -> Any:
    """The same as an ASGI app behind its door: what `khabar serve` runs."""
    return require_auth(limit_costly_requests(make_app(path, public=policy.public).app()), policy)


def _load_metadata(public: bool) -> dict[str, Any]:
    text = (_HERE / "metadata.yaml").read_text(encoding="utf-8")
    if public:
        text = text.replace(_SNIPPET, _EXCERPT)
    metadata: dict[str, Any] = parse_metadata(text)
    return metadata | {"plugins": {PLUGIN: {"public": public}}}


def _register_plugin() -> None:
    """Our hooks, once a process; in place of Datasette's error page, which prints every 404 with
    its variables.
    """
    if not pm.has_plugin(PLUGIN):
        pm.unregister(name="datasette.handle_exception")
        pm.register(plugin, PLUGIN)
