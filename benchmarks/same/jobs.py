"""The commands whose output is compared, and the runs of them by one build."""

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
from benchmarks.same.inputs import NEWSROOM_ONLY, SavedPage, archive_environment, settle

RUNNER = Path(__file__).with_name("runner.py")
FORMATS = ("jsonl", "csv", "parquet", "sqlite", "warc")
VARIANTS = {  # options that change what an export holds: one export each, besides one per format
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
WRITING = {  # in this order, on the build's own copy of the archive
    "import again": ["import", "collection.jsonl"],
    "stories rebuild": ["stories", "rebuild"],
    "mute": ["sources", "mute", "savera", "--until", "2026-12-20", "--reason", "redesign"],
    "backup": ["backup", "copies"],
    "takedown": ["takedown", "add", "http://www.savera.newsroom.test/2026/11/gomti-ghat-safai/", "--reason", "asked",
                 "--by", "the desk"],
    "search after takedown": ["search", "गोमती", "--json"],
    "seal": ["seal"],
    "reextract": ["reextract", "--all"],
    "verify after all": ["verify", "--json"],
    "export after all": ["export", "out/after", "--format", "jsonl"],
}  # fmt: skip


def run_all(build: Build, base: Build, inputs: Path, pages: Sequence[SavedPage], folder: Path) -> None:
    """Runs every job by one build in `folder`, on a copy of BASE's archive. Leaves results.jsonl and out/."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(inputs, folder, ignore=shutil.ignore_patterns("warc"))
    os.utime(folder)
    (folder / "out").mkdir()
    _settle_documented(base, folder / "documented")
    jobs = folder / "jobs.jsonl"
    jobs.write_text("".join(json.dumps(job) + "\n" for job in _jobs(inputs, folder, pages)), encoding="utf-8")
    build.run(str(RUNNER), str(jobs), str(folder / "results.jsonl"), cwd=folder)


def read_results(build: Build, base: Build, folder: Path) -> dict[tuple[str, str], Any]:
    """(part, item) → what a run gave: exit code, output as data where it is JSON, files of datasets as rows."""
    results: dict[tuple[str, str], Any] = {}
    for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        part, _, item = told.pop("id").partition("/")
        out = _without_paths(told.pop("out"), build, base, folder)
        value = {"exit code": told["code"], "errors": _without_paths(told["err"], build, base, folder)}
        results[part, item] = value | _fields(out)
    for path in sorted((folder / "out").rglob("*")):
        if path.is_file():
            export, _, name = path.relative_to(folder / "out").as_posix().partition("/")
            results["export", f"{export} {name}"] = path
    return results


def load(value: Any) -> Any:
    """The rows of a file; anything else as it is."""
    return read_dataset_file(value) if isinstance(value, Path) else value


def _fields(out: str) -> dict[str, Any]:
    """An object's fields; a list under `rows`; any other output under `output`."""
    if out.startswith(("{", "[")):
        try:
            told = json.loads(out)
        except ValueError:
            return {"output": out}
        return told if isinstance(told, dict) else {"rows": told}
    return {"output": out}


def _without_paths(text: str, build: Build, base: Build, folder: Path) -> str:
    """The text with a build's own folders under one name. BASE's stand in the archive that it made."""
    names = {folder: "WORK", build.folder: "CHECKOUT", base.folder: "CHECKOUT"}
    for path, name in names.items():
        text = text.replace(str(path), name)
    return text


def _jobs(inputs: Path, folder: Path, pages: Sequence[SavedPage]) -> Iterator[dict[str, Any]]:
    environment = archive_environment(folder)
    own = {name: environment[name] for name in ("KHABAR_ARCHIVE", "KHABAR_NOW", "COLUMNS")}

    def job(part: str, item: str, args: Sequence[str], **more: str) -> dict[str, Any]:
        return {"id": f"{part}/{item}", "args": list(args), "env": own | more}

    yield {"id": "help", "help": True, "args": [], "env": own}
    for page in pages:
        url = ["--url", page.url] if page.url else []
        yield job("extract", page.file, ["extract", f"pages/{page.file}", *url, "--json"])
    for query in dict.fromkeys(query.asked for query in read_queries()):
        yield job("search", query, ["search", query, "--limit", "50", "--json"])
    for article_id in _shown(inputs / "archive.db"):
        yield job("show", article_id, ["show", article_id, "--json"])
        yield job("show text", article_id, ["show", article_id])
    for name, args in READING.items():
        yield job("command", name, args)
    yield job("command", "no archive", ["search", "पानी"], KHABAR_ARCHIVE=str(folder / "none" / "archive.db"))
    documented = str(folder / "documented" / "archive.db")
    for name, args in {"config": ["config", "--json"], "sources": ["sources", "list", "--json"]}.items():
        yield job("settings", name, args, KHABAR_ARCHIVE=documented)
    for name in FORMATS:
        yield job("command", f"export {name}", ["export", f"out/{name}", "--format", name])
    for name, args in VARIANTS.items():
        yield job("command", f"export {name}", ["export", f"out/{name}", *args])
    for name, args in WRITING.items():
        yield job("command", name, args)


def _shown(archive: Path) -> list[str]:
    """The ids of the newsroom's articles, and of a few imported ones."""
    db = Database(archive)
    found = db.execute(
        "select id from articles where id in (select article_id from snapshots join pages on pages.id = page_id) "
        "union all select * from (select id from articles order by id limit 20)"
    ).fetchall()
    db.close()
    return sorted({str(row[0]) for row in found})


def _settle_documented(base: Build, folder: Path) -> None:
    """A folder with the khabar.toml that BASE's own manual shows."""
    text = (base.folder / "docs" / "operate.md").read_text(encoding="utf-8")
    (settings,) = re.findall(r"^```toml\n(.*?)^```", text, flags=re.M | re.S)
    (folder / "my-sources").mkdir(parents=True)
    (folder / "khabar.toml").write_text(settings, encoding="utf-8")


def run_crontab_line(build: Build, base: Build, folder: Path) -> dict[str, Any]:
    """Runs the crontab line of BASE with `build` in the place of BASE, as after an upgrade. Returns what came of it."""
    shutil.rmtree(folder, ignore_errors=True)
    settle(base, folder, NEWSROOM_ONLY)
    serving = subprocess.Popen([str(base.python), "-m", "newsroom"], cwd=base.folder, stdout=subprocess.PIPE, text=True)
    try:
        assert serving.stdout
        if not (found := re.search(r"127\.0\.0\.1:\d+", serving.stdout.readline())):
            raise BuildError("the newsroom of BASE does not start")
        environment = archive_environment(folder, KHABAR_NEWSROOM=found.group())
        environment["KHABAR_NOW"] = "2026-11-24T12:00:00+05:30"
        line = base.khabar("schedule", "cron", "--jitter", "1s", env=environment)
        command = line.strip().split(" ", 5)[5].replace("\\%", "%").replace(str(base.folder), str(build.folder))
        environment = {name: value for name, value in environment.items() if name != "KHABAR_ARCHIVE"}
        done = subprocess.run(
            ["/bin/sh", "-c", command], env=environment, cwd="/", capture_output=True, text=True, check=False
        )
    finally:
        serving.terminate()
        serving.wait()
    db = Database(folder / "archive.db")
    stored = sorted(row["url"] for row in db.query("select url from articles"))
    db.close()
    errors = _without_paths(done.stdout + done.stderr, build, base, folder)
    return {"exit code": done.returncode, "errors": errors, "articles": stored, "words": shlex.split(command)[-3:]}


def read_crawl(archive: Path) -> dict[str, Any]:
    """What a crawl of the demo left: how every address ended, and each article without the times of the visits."""
    db = Database(archive)
    pages = list(db.query("select url, kind, state, outcome from pages order by url"))
    rows = list(db.query("select * from articles order by url"))
    for row in rows:
        for name in ("first_seen", "last_seen", "removed_at"):
            row.pop(name)
    db.close()
    return {"pages": pages, "articles": rows}
