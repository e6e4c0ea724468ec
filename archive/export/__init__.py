"""Datasets out of the archive: articles in a format, a manifest of what was written, a card that says what it is."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlite_utils import Database

from archive import articles
from archive.articles import Selection
from archive.connect import ArchiveError
from archive.export import card

# Of an article's own object, what a dataset carries; its raw html and our machinery stay in the archive.
FIELDS = tuple(
    """id url source title subtitle text blocks language page_type published_at modified_at authors desk place section
    tags embeds images lead_image rights first_seen last_seen removed_at revision""".split()
)
_EMBED_LEFT_OUT = ("html", "rule", "via", "raw_url")


def export_jsonl(
    db: Database, folder: Path, selection: Selection, made_at: str, step: Callable[[], None]
) -> dict[str, Any]:
    """Writes articles.jsonl, manifest.json and README.md, each whole or not at all. Returns the manifest.

    `step` is called after each article. Memory does not grow with the archive.
    """
    counts = Counter[str]()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        digest = _write(folder / "articles.jsonl", _lines(db, selection, counts, step))
        manifest = _manifest(selection, made_at, counts, {"articles.jsonl": digest})
        _write(folder / "manifest.json", [msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"])
        _write(folder / "README.md", [card.write(manifest).encode()])
    except OSError as error:
        raise ArchiveError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
    return manifest


def _lines(db: Database, selection: Selection, counts: Counter[str], step: Callable[[], None]) -> Iterator[bytes]:
    for article in articles.each(db, selection):
        record = {name: article[name] for name in FIELDS}
        record["embeds"] = [_bare(embed) for embed in article["embeds"]]
        counts.update({"articles": 1, "embeds": len(record["embeds"]), f"source:{record['source']}": 1})
        counts[f"month:{(record['published_at'] or 'undated')[:7]}"] += 1
        yield msgspec.json.encode(record) + b"\n"
        step()


def _bare(embed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in embed.items() if name not in _EMBED_LEFT_OUT}


def _write(path: Path, chunks: Iterator[bytes] | list[bytes]) -> str:
    """The file whole or not at all; its sha256."""
    part, digest = path.with_name(f".{path.name}.part"), hashlib.sha256()
    with part.open("wb") as out:
        for chunk in chunks:
            out.write(chunk)
            digest.update(chunk)
    part.replace(path)
    return digest.hexdigest()


def _manifest(selection: Selection, made_at: str, counts: Counter[str], digests: dict[str, str]) -> dict[str, Any]:
    def of(prefix: str) -> dict[str, int]:
        return {name.removeprefix(prefix): n for name, n in sorted(counts.items()) if name.startswith(prefix)}

    return {
        "format": "jsonl",
        "made_at": made_at,
        "query": selection,
        "articles": counts["articles"],
        "embeds": counts["embeds"],
        "by_source": of("source:"),
        "by_month": of("month:"),
        "fields": FIELDS,
        "sha256": digests,
    }
