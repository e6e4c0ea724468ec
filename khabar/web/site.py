"""Builds the web site of an archive: the Datasette application, its settings and its guards."""

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
    # Milliseconds: enough to rank the matches of a common word in a year of news. This value, the
    # rows of a result and the characters of a cell are chosen by hand, not measured.
    "sql_time_limit_ms": 3000,
    "max_returned_rows": 500,
    "truncate_cells_html": 400,
    "suggest_facets": False,  # suggesting them scans the text columns on every page
    "allow_download": False,
}


# Replaced in the canned queries of a public server: a snippet around the match would reveal the
# article query by query, the excerpt is what the article's page shows anyway.
_SNIPPET = "snippet(articles_fts, -1, char(0xE000), char(0xE001), '…', 32)"
_EXCERPT = "excerpt(a.text)"


def make_app(path: Path, public: bool) -> Datasette:
    """Returns the Datasette application for the archive at `path`. The database is named
    `archive`, whatever the file name.

    With `public`, visitors may not run SQL, tables with full text are hidden, and articles show
    only an excerpt. The file is opened read-only but not as immutable, so new articles appear
    while a crawl runs.
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
    """Returns the ASGI application that `khabar serve` runs: `make_app` behind authentication and
    concurrency limits.
    """
    return require_auth(limit_costly_requests(make_app(path, public=policy.public).app()), policy)


def _load_metadata(public: bool) -> dict[str, Any]:
    text = (_HERE / "metadata.yaml").read_text(encoding="utf-8")
    if public:
        text = text.replace(_SNIPPET, _EXCERPT)
    metadata: dict[str, Any] = parse_metadata(text)
    return metadata | {"plugins": {PLUGIN: {"public": public}}}


def _register_plugin() -> None:
    """Registers the plugin once per process. Replaces Datasette's error handler, which prints
    local variables on every 404.
    """
    if not pm.has_plugin(PLUGIN):
        pm.unregister(name="datasette.handle_exception")
        pm.register(plugin, PLUGIN)
