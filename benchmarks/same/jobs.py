"""Commands whose output is compared, and how a build runs them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from benchmarks.queries import read_queries
from benchmarks.same.builds import Build, BuildError
from benchmarks.same.datasets import read_dataset_file
from benchmarks.same.inputs import NEWSROOM_ONLY, SavedPage, archive_environment, write_settings

RUNNER = Path(__file__).with_name("runner.py")
FORMATS = ("jsonl", "csv", "parquet", "sqlite", "warc")
VARIANTS = {  # options that change an export's content: one export each, besides one per format
    "metadata": ["--embeds", "none", "--fields", "title,text,+minhash,+url_key"],
    "ids": ["--ids-only"],
    "train": ["--purpose", "train"],
    "ai": ["--purpose", "ai-input"],
    "stories": ["--one-per-story", "--splits", "story"],
    "redacted": ["--redact", "pii", "--compress"],
    "query": ["--query", "पानी", "--min-words", "5"],
}
READING = {
    "version": ["--version"],
    "status": ["status", "--json"],
    "status table": ["status"],
    "sources": ["sources", "list", "--json"],
    "sources csv": ["sources", "list", "--csv"],
    "config": ["config", "--json"],
    "search table": ["search", "गोमती सीढ़ी", "--source", "savera"],
    "search csv": ["search", "पानी", "--csv", "--since", "2026-01-01"],
    "stories list": ["stories", "list", "--json"],
    "account": ["account", "savera", "--json"],
    "account text": ["account", "lokujas"],
    "aliases": ["aliases", "list", "--json"],
    "takedowns": ["takedown", "list", "--json"],
    "reextract dry": ["reextract", "--all", "--dry-run", "--json"],
    "verify": ["verify", "--json"],
    "overlap": ["overlap", "collection.jsonl", "--json"],
    "unknown source": ["search", "पानी", "--source", "vyapr"],
    "unknown option": ["search", "--nothing"],
    "unknown article": ["show", "1"],
    "unknown command": ["serch"],
}
WRITING = {  # in this order, on the build's copy of the archive
    "import again": ["import", "collection.jsonl"],
    "stories rebuild": ["stories", "rebuild"],
    "mute": ["sources", "mute", "savera", "--until", "2026-12-20", "--reason", "redesign"],
    "backup": ["backup", "copies"],
    "takedown": [
        "takedown",
        "add",
        "http://www.savera.newsroom.test/2026/11/gomti-ghat-safai/",
        "--reason",
        "asked",
        "--by",
        "the desk",
    ],
    "search after takedown": ["search", "गोमती", "--json"],
    "seal": ["seal"],
    "reextract": ["reextract", "--all"],
    "verify after all": ["verify", "--json"],
    "export after all": ["export", "out/after", "--format", "jsonl"],
}


def run_all(
    build: Build, base: Build, inputs: Path, pages: Sequence[SavedPage], folder: Path
) -> None:
    """Runs every job with one build in `folder`, on a copy of BASE's archive. Writes results.jsonl
    and out/.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(inputs, folder, ignore=shutil.ignore_patterns("warc"))
    os.utime(folder)
    (folder / "out").mkdir()
    _write_documented_settings(base, folder / "documented")
    jobs = folder / "jobs.jsonl"
    jobs.write_text(
        "".join(json.dumps(job) + "\n" for job in _iter_jobs(inputs, folder, pages)),
        encoding="utf-8",
    )
    build.run(str(RUNNER), str(jobs), str(folder / "results.jsonl"), cwd=folder)


def read_results(build: Build, base: Build, folder: Path) -> dict[tuple[str, str], Any]:
    """Returns (part, item) → result of a run: exit code, output (parsed if it is JSON), rows of
    dataset files.
    """
    results: dict[tuple[str, str], Any] = {}
    for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        part, _, item = record.pop("id").partition("/")
        out = _without_paths(record.pop("out"), build, base, folder)
        value = {
            "exit code": record["code"],
            "errors": _without_paths(record["err"], build, base, folder),
        }
        results[part, item] = value | _to_fields(out)
    for path in sorted((folder / "out").rglob("*")):
        if path.is_file():
            export, _, name = path.relative_to(folder / "out").as_posix().partition("/")
            results["export", f"{export} {name}"] = path
    return results


def load_value(value: Any) -> Any:
    """Returns the rows if the value is a file; any other value as it is."""
    return read_dataset_file(value) if isinstance(value, Path) else value


def _to_fields(out: str) -> dict[str, Any]:
    """Returns an object's fields; a list under `rows`; any other output under `output`."""
    if out.startswith(("{", "[")):
        try:
            data = json.loads(out)
        except ValueError:
            return {"output": out}
        return data if isinstance(data, dict) else {"rows": data}
    return {"output": out}


def _without_paths(text: str, build: Build, base: Build, folder: Path) -> str:
    """Replaces the build's own folders by fixed names. BASE's occur in the archive that it
    built.
    """
    names = {folder: "WORK", build.folder: "CHECKOUT", base.folder: "CHECKOUT"}
    for path, name in names.items():
        text = text.replace(str(path), name)
    return text


def _iter_jobs(inputs: Path, folder: Path, pages: Sequence[SavedPage]) -> Iterator[dict[str, Any]]:
    environment = archive_environment(folder)
    variables = {name: environment[name] for name in ("KHABAR_ARCHIVE", "KHABAR_NOW", "COLUMNS")}

    def make_job(part: str, item: str, args: Sequence[str], **more: str) -> dict[str, Any]:
        return {"id": f"{part}/{item}", "args": list(args), "env": variables | more}

    yield {"id": "help", "help": True, "args": [], "env": variables}
    for page in pages:
        url = ["--url", page.url] if page.url else []
        yield make_job("extract", page.file, ["extract", f"pages/{page.file}", *url, "--json"])
    for query in dict.fromkeys(query.text for query in read_queries()):
        yield make_job("search", query, ["search", query, "--limit", "50", "--json"])
    for article_id in _list_article_ids(inputs / "archive.db"):
        yield make_job("show", article_id, ["show", article_id, "--json"])
        yield make_job("show text", article_id, ["show", article_id])
    for name, args in READING.items():
        yield make_job("command", name, args)
    yield make_job(
        "command",
        "no archive",
        ["search", "पानी"],
        KHABAR_ARCHIVE=str(folder / "none" / "archive.db"),
    )
    documented_archive = str(folder / "documented" / "archive.db")
    for name, args in {
        "config": ["config", "--json"],
        "sources": ["sources", "list", "--json"],
    }.items():
        yield make_job("settings", name, args, KHABAR_ARCHIVE=documented_archive)
    for name in FORMATS:
        yield make_job("command", f"export {name}", ["export", f"out/{name}", "--format", name])
    for name, args in VARIANTS.items():
        yield make_job("command", f"export {name}", ["export", f"out/{name}", *args])
    for name, args in WRITING.items():
        yield make_job("command", name, args)


def _list_article_ids(archive: Path) -> list[str]:
    """Returns the ids of the newsroom's articles and of a few imported ones."""
    db = Database(archive)
    rows = db.execute(
        """select id from articles
          where id in (select article_id from snapshots join pages on pages.id = page_id)
        union all select * from (select id from articles order by id limit 20)"""
    ).fetchall()
    db.close()
    return sorted({str(row[0]) for row in rows})


def _write_documented_settings(base: Build, folder: Path) -> None:
    """Writes a folder with the khabar.toml that BASE's manual shows."""
    text = (base.folder / "docs" / "operate.md").read_text(encoding="utf-8")
    (settings,) = re.findall(r"^```toml\n(.*?)^```", text, flags=re.M | re.S)
    (folder / "my-sources").mkdir(parents=True)
    (folder / "khabar.toml").write_text(settings, encoding="utf-8")


def run_crontab_line(build: Build, base: Build, folder: Path) -> dict[str, Any]:
    """Runs the crontab line of BASE with `build` in place of BASE, as after an upgrade. Returns the
    result.
    """
    shutil.rmtree(folder, ignore_errors=True)
    write_settings(base, folder, NEWSROOM_ONLY)
    serving = subprocess.Popen(
        [str(base.python), "-m", "newsroom"], cwd=base.folder, stdout=subprocess.PIPE, text=True
    )
    try:
        assert serving.stdout
        if not (match := re.search(r"127\.0\.0\.1:\d+", serving.stdout.readline())):
            raise BuildError("the newsroom of BASE does not start")
        environment = archive_environment(folder, KHABAR_NEWSROOM=match.group())
        environment["KHABAR_NOW"] = "2026-11-24T12:00:00+05:30"
        line = base.run_khabar("schedule", "cron", "--jitter", "1s", env=environment)
        command = (
            line.strip()
            .split(" ", 5)[5]
            .replace("\\%", "%")
            .replace(str(base.folder), str(build.folder))
        )
        environment = {
            name: value for name, value in environment.items() if name != "KHABAR_ARCHIVE"
        }
        result = subprocess.run(
            ["/bin/sh", "-c", command],
            env=environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        serving.terminate()
        serving.wait()
    db = Database(folder / "archive.db")
    urls = sorted(row["url"] for row in db.query("select url from articles"))
    db.close()
    errors = _without_paths(result.stdout + result.stderr, build, base, folder)
    return {
        "exit code": result.returncode,
        "errors": errors,
        "articles": urls,
        "words": shlex.split(command)[-3:],
    }


def read_crawl(archive: Path) -> dict[str, Any]:
    """Returns the result of the demo's crawl: each URL's outcome, and each article without times of
    visits.
    """
    db = Database(archive)
    pages = list(db.query("select url, kind, state, outcome from pages order by url"))
    rows = list(db.query("select * from articles order by url"))
    for row in rows:
        for name in ("first_seen", "last_seen", "removed_at"):
            row.pop(name)
    db.close()
    return {"pages": pages, "articles": rows}
