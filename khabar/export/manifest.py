"""What was written, as data: enough to make the same files again, to check them, and to ask for
what changed since.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from typing import Any

from sqlite_utils import Database

from khabar.archive import schema
from khabar.export import delta
from khabar.export.job import ExportJob
from khabar.export.options import ExportOptions
from khabar.export.rights_filter import RightsFilter, count_withheld

HASH_BATCH_SIZE = 10_000  # hashed at once


def fingerprint_archive(db: Database) -> dict[str, Any]:
    """`fingerprint`: sha256 over (article, revision, seen_at) of every reading, in order. Equal
    for equal archives.
    """
    digest = hashlib.sha256()
    readings = db.execute(
        """select cast(article_id || ' ' || revision || ' ' || seen_at || char(10) as blob) from revisions
        order by article_id, revision"""
    )
    while lines := readings.fetchmany(HASH_BATCH_SIZE):
        digest.update(b"".join(line for (line,) in lines))
    count, newest = db.execute("select count(*), max(seen_at) from revisions").fetchone()
    migrations = [
        name
        for (name,) in db.execute(f"select name from {schema.MIGRATIONS_TABLE} order by name")  # noqa: S608
    ]
    return {
        "fingerprint": digest.hexdigest(),
        "readings": count,
        "newest_reading": newest,
        "schema": migrations,
    }


_TOOLS = {
    "parquet": ("pyarrow",),
    "warc": ("warcio",),
    "sqlite": ("pysqlite3",),
    "jsonl": ("msgspec",),
    "csv": (),
}


def build_manifest(job: ExportJob) -> dict[str, Any]:
    """The manifest of a dataset whose files are whole.

    No clock is in it: the same archive and the same command give the same bytes.
    """
    stats, options = job.stats, job.order
    files = job.stage.file_digests()
    content = {
        "khabar": importlib.metadata.version("khabar"),
        "tools": _tool_versions(options),
        "archive": fingerprint_archive(job.db),
        "format": options.format,
        "query": options.to_dict(),
        "articles": stats.articles,
        "embeds": stats.embeds,
        **{f"by_{key}": counts for key, counts in stats.counts().items()},
        "copies": stats.copies,
        "coverage": stats.field_coverage(),
        "gaps": stats.gaps(),
        "withheld": dict(sorted((job.permits.withheld + job.splits.withheld).items())),
        "withheld_from_every_export": count_withheld(job.db),
        "text_left_out": dict(sorted(job.permits.text_left_out.items())),
        "rights": _rights_by_source(job.permits),
        "redacted": dict(sorted(job.redaction.counts.items())),
        "fields": list(options.names),
        "files": files,
        "sha256": {name: content["sha256"] for name, content in files.items()},
    }
    return content | ({"since": _delta_summary(job.since)} if job.since else {})


def _rights_by_source(rights_filter: RightsFilter) -> list[dict[str, Any]]:
    """A row for each source: its permission, and how many articles went out whole, as metadata,
    not at all.
    """
    return [
        {
            "source": key,
            "permission": rights_filter.permissions[key],
            **{
                extent: rights_filter.by_source[key, extent]
                for extent in ("all", "metadata", "nothing")
            },
        }
        for key in sorted({key for key, _ in rights_filter.by_source})
    ]


def _delta_summary(delta_filter: delta.DeltaFilter) -> dict[str, Any]:
    return {
        "archive": delta_filter.manifest["archive"],
        **dict(sorted(delta_filter.counts.items())),
    }


def _tool_versions(options: ExportOptions) -> dict[str, str]:
    """Versions of what wrote the files: another may write other bytes of the same rows."""
    installed_names = {
        distribution.metadata["Name"] for distribution in importlib.metadata.distributions()
    }
    return {
        name: importlib.metadata.version(name)
        for name in _TOOLS[options.format]
        if name in installed_names
    }
