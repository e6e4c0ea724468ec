"""What was written, as data: enough to make the same files again, to check them, and to ask for what changed since."""

from __future__ import annotations

import hashlib
import importlib.metadata
from typing import Any

from sqlite_utils import Database

from khabar.archive import schema
from khabar.export import delta
from khabar.export.options import Order
from khabar.export.rights import Permits, withheld_before
from khabar.export.steps import Making

ROWS = 10_000  # hashed at once


def fingerprint_of(db: Database) -> dict[str, Any]:
    """`fingerprint`: sha256 over (article, revision, seen_at) of every reading, in order. Equal for equal archives."""
    digest = hashlib.sha256()
    readings = db.execute(
        """select cast(article_id || ' ' || revision || ' ' || seen_at || char(10) as blob) from revisions
        order by article_id, revision"""
    )
    while lines := readings.fetchmany(ROWS):
        digest.update(b"".join(line for (line,) in lines))
    number, newest = db.execute("select count(*), max(seen_at) from revisions").fetchone()
    steps = [name for (name,) in db.execute(f"select name from {schema.TABLE} order by name")]  # noqa: S608
    return {"fingerprint": digest.hexdigest(), "readings": number, "newest_reading": newest, "schema": steps}


_TOOLS = {"parquet": ("pyarrow",), "warc": ("warcio",), "sqlite": ("pysqlite3",), "jsonl": ("msgspec",), "csv": ()}


def of(making: Making) -> dict[str, Any]:
    """The manifest of a dataset whose files are whole.

    No clock is in it: the same archive and the same command give the same bytes.
    """
    stats, order = making.stats, making.order
    files = making.stage.files()
    told = {
        "khabar": importlib.metadata.version("khabar"),
        "tools": _tools(order),
        "archive": fingerprint_of(making.db),
        "format": order.format,
        "query": order.told(),
        "articles": stats.articles,
        "embeds": stats.embeds,
        **{f"by_{what}": counts for what, counts in stats.counts().items()},
        "copies": stats.copies,
        "coverage": stats.coverage(),
        "gaps": stats.gaps(),
        "withheld": dict(sorted((making.permits.withheld + making.splits.withheld).items())),
        "withheld_from_every_export": withheld_before(making.db),
        "text_left_out": dict(sorted(making.permits.text_left_out.items())),
        "rights": _rights(making.permits),
        "redacted": dict(sorted(making.redaction.counts.items())),
        "fields": list(order.names),
        "files": files,
        "sha256": {name: told["sha256"] for name, told in files.items()},
    }
    return told | ({"since": _since(making.since)} if making.since else {})


def _rights(permits: Permits) -> list[dict[str, Any]]:
    """A row for each source: its permission, and how many articles went out whole, as metadata, not at all."""
    return [
        {"source": key, "permission": permits.permissions[key],
         **{what: permits.by_source[key, what] for what in ("all", "metadata", "nothing")}}
        for key in sorted({key for key, _ in permits.by_source})
    ]  # fmt: skip


def _since(since: delta.Since) -> dict[str, Any]:
    return {"archive": since.manifest["archive"], **dict(sorted(since.counts.items()))}


def _tools(order: Order) -> dict[str, str]:
    """Versions of what wrote the files: another may write other bytes of the same rows."""
    known = {one.metadata["Name"] for one in importlib.metadata.distributions()}
    return {name: importlib.metadata.version(name) for name in _TOOLS[order.format] if name in known}
