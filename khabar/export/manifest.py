"""Builds a dataset's manifest: enough to repeat the export, check its files and make a delta."""

from __future__ import annotations

import hashlib
import importlib.metadata
from typing import Any

from sqlite_utils import Database

from khabar.archive import schema
from khabar.export.job import ExportJob
from khabar.export.options import ExportOptions
from khabar.export.rights_filter import RightsFilter, count_withheld

HASH_BATCH_SIZE = 10_000  # rows hashed at a time


def fingerprint_archive(db: Database) -> dict[str, Any]:
    """Identifies the archive's state, equal for equal archives.

    `fingerprint`: SHA-256 over (article_id, revision, seen_at) of every reading, in order;
    `readings`: their number; `newest_reading`: the latest `seen_at`; `schema`: migrations applied.
    """
    digest = hashlib.sha256()
    readings = db.execute(
        """select cast(article_id || ' ' || revision || ' ' || seen_at || char(10) as blob)
        from revisions order by article_id, revision"""
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


# Packages whose version may change the bytes of a format's files.
_TOOLS = {
    "parquet": ("pyarrow",),
    "warc": ("warcio",),
    "sqlite": ("pysqlite3", "sqlite-rs"),
    "jsonl": ("msgspec",),
    "csv": (),
}


def build_manifest(job: ExportJob) -> dict[str, Any]:
    """Returns the manifest of a dataset whose files are complete.

    It has no time of writing: the same archive and the same options give the same bytes.
    """
    stats, options, rights_filter = job.stats, job.options, job.rights_filter
    files = job.output.file_digests()
    withheld = rights_filter.withheld + job.split_assigner.withheld
    content: dict[str, Any] = {
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
        "withheld": dict(sorted(withheld.items())),
        "withheld_from_every_export": count_withheld(job.db),
        "text_left_out": dict(sorted(rights_filter.text_left_out.items())),
        "rights": _rights_by_source(rights_filter),
        "archives_barred": rights_filter.find_archive_bans(),
        "redacted": dict(sorted(job.redactor.counts.items())),
        "fields": list(options.names),
        "files": files,
        "sha256": {name: file["sha256"] for name, file in files.items()},
    }
    if job.delta_filter:
        content["since"] = {
            "archive": job.delta_filter.manifest["archive"],
            **dict(sorted(job.delta_filter.counts.items())),
        }
    return content


def _rights_by_source(rights_filter: RightsFilter) -> list[dict[str, Any]]:
    """A row for each source: its permission, and its numbers of articles by exported extent."""
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


def _tool_versions(options: ExportOptions) -> dict[str, str]:
    """Versions of the installed packages that wrote the files."""
    installed_names = {
        distribution.metadata["Name"] for distribution in importlib.metadata.distributions()
    }
    return {
        name: importlib.metadata.version(name)
        for name in _TOOLS[options.format]
        if name in installed_names
    }
