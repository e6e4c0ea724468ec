"""Inputs of both builds: saved pages, and an archive that BASE builds."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from warcio.archiveiterator import ArchiveIterator

from benchmarks.pages import SHARED, iter_unlabelled_pages, load_gold_pages
from benchmarks.queries import list_documents, read_queries
from benchmarks.same.builds import Build, run_process

# a week after the newsroom's second edition
NOW = datetime.fromisoformat("2026-12-05T06:30:00+00:00")
# characters; an import rejects longer URLs, and its exit code would hide other faults
LONGEST_URL = 1000
SETTINGS = 'contact = "https://tests.newsroom.test"\nsource_folders = [{}]\n'
# the first only for commands that do not crawl: it includes live sources
ALL_SOURCES, NEWSROOM_ONLY = '"built-in", "sources"', '"sources"'


class SavedPage(NamedTuple):
    """A page to extract: its file name in the folder `pages`, and its URL."""

    file: str
    url: str


def prepare_inputs(base: Build, folder: Path) -> list[SavedPage]:
    """Builds BASE's archive and the pages in `folder`, or reuses those of an earlier call. Returns
    the pages.

    The archive holds the demo's two crawls, the judged documents of queries.txt and, if present,
    the shared texts, all stored by BASE.
    """
    listing = folder / "pages.json"
    if not listing.exists():
        shutil.rmtree(folder, ignore_errors=True)
        make_demo(base)
        write_settings(base, folder, ALL_SOURCES)
        for path in (base.folder / "demo").glob("archive.db*"):
            shutil.copy(path, folder)
        environment = archive_environment(folder)
        base.run_khabar("export", str(folder / "warc"), "--format", "warc", env=environment)
        pages = [
            _save_page(folder, *page)
            for page in (*_shared_pages(), *_iter_cases(), *_newsroom_pages(folder / "warc"))
        ]
        collection = folder / "collection.jsonl"
        collection.write_text(
            "".join(json.dumps(line) + "\n" for line in _iter_collection()), encoding="utf-8"
        )
        base.run_khabar("import", str(collection), env=environment)
        listing.write_text(json.dumps(pages), encoding="utf-8")
    return [SavedPage(*page) for page in json.loads(listing.read_text(encoding="utf-8"))]


def make_demo(build: Build) -> Path:
    """Runs the demo's two crawls with a build. Returns the archive's path."""
    shutil.rmtree(build.folder / "demo", ignore_errors=True)
    run_process(["make", "demo"], cwd=build.folder)
    return build.folder / "demo" / "archive.db"


def write_settings(base: Build, folder: Path, folders: str) -> None:
    """Writes khabar.toml into a folder, with a copy of BASE's newsroom sources."""
    folder.mkdir(parents=True)
    (folder / "khabar.toml").write_text(SETTINGS.format(folders), encoding="utf-8")
    shutil.copytree(base.folder / "newsroom" / "sources", folder / "sources")


def archive_environment(folder: Path, **more: str) -> dict[str, str]:
    """Returns environment variables for commands on the archive in a folder, with a fixed clock and
    terminal width.
    """
    base_environment = {
        name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")
    }
    return {
        **base_environment,
        "KHABAR_ARCHIVE": str(folder / "archive.db"),
        "KHABAR_NOW": NOW.isoformat(),
        "COLUMNS": "80",
        **more,
    }


def _save_page(folder: Path, name: str, url: str, body: bytes, now: datetime) -> SavedPage:
    """Writes a page. Its mtime is the fetch time that `khabar extract` uses."""
    path = folder / "pages" / f"{name.replace('/', '_')}.html"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(body)
    os.utime(path, (now.timestamp(), now.timestamp()))
    return SavedPage(path.name, url)


def _shared_pages() -> Iterator[tuple[str, str, bytes, datetime]]:
    if (SHARED / "pages").is_dir():
        for sample in (*load_gold_pages(), *iter_unlabelled_pages()):
            yield sample.name, sample.url, sample.body, NOW


def _iter_cases() -> Iterator[tuple[str, str, bytes, datetime]]:
    path = SHARED / "cases" / "reading.jsonl.gz"
    if path.exists():
        for case in map(
            json.loads, gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
        ):
            body = (
                base64.b64decode(case["html_base64"])
                if "html_base64" in case
                else case["html"].encode()
            )
            yield f"case {case['id']}", case["url"], body, datetime.fromisoformat(case["now"])


def _newsroom_pages(export: Path) -> Iterator[tuple[str, str, bytes, datetime]]:
    """Yields every stored page of the demo's archive."""
    with (export / "pages.warc.gz").open("rb") as file:
        for number, record in enumerate(ArchiveIterator(file)):
            if record.rec_type == "response":
                fetched_at = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))
                url = record.rec_headers.get_header("WARC-Target-URI")
                yield (
                    f"newsroom {number} {url.rsplit('/', 2)[-1]}",
                    url,
                    record.content_stream().read(),
                    fetched_at,
                )


def _iter_collection() -> Iterator[dict[str, str]]:
    """Yields lines for `khabar import`."""
    for number, text in enumerate(list_documents(read_queries())):
        day = f"2026-{1 + number % 11:02}-{1 + number % 28:02}"
        url = f"https://queries.newsroom.test/{number}"
        yield {
            "url": url,
            "title": text.split(" ")[0],
            "text": text,
            "published_at": day,
            "language": "hi",
        }
    path = SHARED / "texts" / "articles_hi.jsonl.gz"
    for line in (
        gzip.decompress(path.read_bytes()).decode("utf-8").splitlines() if path.exists() else ()
    ):
        row = json.loads(line)
        if len(row["url"]) <= LONGEST_URL:
            yield {
                "url": row["url"],
                "title": row["title"],
                "text": row["full_text"],
                "published_at": row["date"],
            }
