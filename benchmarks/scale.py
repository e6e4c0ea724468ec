"""What bulk extraction costs under a loop, GNU parallel, Slurm's array jobs, Daft and Daft on Ray:
`make bench-scale [N=10000] [FORMS=loop,parallel] [FILES=20]`.

Runs the recipes of docs/scale.md, as they stand there, over FILES WARC files of N pages of
benchmarks/crawl_pages.py, of which one in 500 hangs, ends its process or asks for 8 GB. Every form
must write the same bytes, and so must the loop when some of its processes are killed at random and
it is run again (`kills`). Daft and Ray are measured where they are installed, GNU parallel where it
is on the PATH.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import click
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.crawl import write_sources
from benchmarks.crawl_pages import make_article, make_html
from benchmarks.docs import format_table
from benchmarks.hostile.sitecustomize import MARKS
from benchmarks.pages import ROOT
from benchmarks.processes import ProcessCost, adopt_orphans, measure_command

FILES = 20  # as many tasks as the recipe for Slurm has
HOSTILE_EVERY = 500  # 0.2 %
TIMEOUT = 5  # CPU seconds for a page, instead of 20: that is what a page that hangs costs
FORMS = ("loop", "parallel", "slurm", "daft", "ray", "kills")
LARGE_BYTES, LARGE_PAGES = (
    1 << 30,
    1000,
)  # a WARC file of CC-NEWS, and the pages in it that are ours
COLUMNS = (
    "form",
    "wall s",
    "CPU s",
    "CPU ms per page",
    "pages per CPU hour",
    "peak MB",
    "same bytes",
)
_RECIPE = re.compile(r"<!-- run: (\w+) -->\n```\w*\n(.*?)```", re.S)
_KHABAR = """#!/bin/sh
command="$1"
shift
exec "{python}" -m commands "$command" --timeout {timeout} "$@"
"""


def main(count: str = "10000", forms: str = ",".join(FORMS), files: str = str(FILES)) -> None:
    """Prints the table."""
    adopt_orphans()
    pages = int(count)
    with tempfile.TemporaryDirectory(prefix="khabar-scale-") as name:
        folder = Path(name)
        write_sources(folder, pages)
        write_warcs(folder / "warcs", pages, int(files))
        environment = _make_environment(folder)
        rows, digests, outcomes = [], dict[str, str](), ""
        for form in forms.split(","):
            if missing := _find_missing(form):
                click.echo(f"{form}: not measured, {missing} is not installed here")
                continue
            try:
                cost = _measure_form(folder, form, environment)
            except subprocess.CalledProcessError as error:
                click.echo(f"{form}: failed with {error.returncode}", err=True)
                continue
            digests[form] = digest_folder(folder / "out")
            outcomes = outcomes or _count_outcomes(folder / "out")
            is_same = digests[form] == next(iter(digests.values()))
            rows.append([form, *_format_cost(cost, pages), "yes" if is_same else "NO"])
            click.echo(" ".join(rows[-1]), err=True)
        click.echo(f"{datetime.now(UTC):%-d %B %Y}, {os.cpu_count()} cores, {pages} pages\n")
        click.echo(format_table(COLUMNS, rows))
        click.echo(f"\n{outcomes}")


def write_warcs(folder: Path, pages: int, files: int) -> None:
    """Writes the pages to so many files, one page after the other in turn."""
    folder.mkdir()
    for number in range(files):
        with (folder / f"part-{number:02}.warc.gz").open("wb") as file:
            for page in range(number, pages, files):
                _write_page(WARCWriter(file, gzip=True), page)


def _write_page(writer: WARCWriter, number: int, host: str = "") -> None:
    article = make_article(number)
    html = make_html(article)
    if number % HOSTILE_EVERY == HOSTILE_EVERY // 2:
        mark = MARKS[number // HOSTILE_EVERY % len(MARKS)].decode()
        html = html.replace("</body>", f"<!-- {mark} --></body>")
    url = re.sub(r"//[^/]+", f"//{host}", article.url) if host else article.url
    headers = StatusAndHeaders(
        "200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
    )
    writer.write_record(
        writer.create_warc_record(
            url,
            "response",
            payload=BytesIO(html.encode()),
            http_headers=headers,
            warc_headers_dict={"WARC-Date": "2026-11-24T09:00:00Z"},
        )
    )


# --- the recipes ---


def read_recipes() -> dict[str, str]:
    """Returns the recipes of docs/scale.md by name."""
    return dict(_RECIPE.findall((ROOT / "docs" / "scale.md").read_text(encoding="utf-8")))


def _find_missing(form: str) -> str:
    """Returns what a form needs and does not find; '' if nothing."""
    if form == "parallel":
        return "" if _is_gnu_parallel() else "GNU parallel"
    modules = {"daft": ("daft",), "ray": ("daft", "ray")}.get(form, ())
    return next((name for name in modules if not importlib.util.find_spec(name)), "")


def _is_gnu_parallel() -> bool:
    """Whether the program `parallel` is GNU's: moreutils has another one."""
    if not shutil.which("parallel"):
        return False
    run = subprocess.run(["parallel", "--version"], capture_output=True, text=True)
    return run.stdout.startswith("GNU parallel")


def _make_environment(folder: Path) -> dict[str, str]:
    """Returns an environment whose `khabar` is this checkout's with some hostile pages, and whose
    `sbatch` is the stand-in.
    """
    programs = folder / "bin"
    programs.mkdir()
    scripts = {
        "khabar": _KHABAR.format(python=sys.executable, timeout=TIMEOUT),
        "sbatch": f'#!/bin/sh\nexec "{sys.executable}" -m benchmarks.sbatch "$@"\n',
    }
    for name, script in scripts.items():
        (programs / name).write_text(script, encoding="utf-8")
        (programs / name).chmod(0o755)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")},
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT / 'benchmarks' / 'hostile'}:{ROOT}",
        "KHABAR_ARCHIVE": str(folder / "archive.db"),
        "DO_NOT_TRACK": "true",
    }


def _make_command(folder: Path, form: str) -> list[str]:
    recipe = read_recipes()["loop" if form == "kills" else form]
    if form == "slurm":
        last = len(list((folder / "warcs").iterdir())) - 1
        recipe = recipe.replace(f"--array=0-{FILES - 1}", f"--array=0-{last}")
        (folder / "extract.sbatch").write_text(recipe, encoding="utf-8")
        recipe = "sbatch extract.sbatch"
    command = ["bash", "-c", f"cd '{folder}' && {recipe}"]
    if form == "ray":
        command[-1] = command[-1].replace("ADDRESS", '"$ADDRESS"')
        pair = [sys.executable, "-m", "benchmarks.ray_pair"]
        return [*pair, "bash", "-c", f"export ADDRESS=$0; {command[-1]}", "ADDRESS"]
    if form == "kills":
        return [sys.executable, "-m", "benchmarks.random_kills", *command]
    return command


def _measure_form(folder: Path, form: str, environment: Mapping[str, str]) -> ProcessCost:
    shutil.rmtree(folder / "out", ignore_errors=True)
    return measure_command(_make_command(folder, form), environment)


# --- results ---


def digest_folder(folder: Path) -> str:
    """Returns a digest of the names and bytes of all outputs and marks."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if not file.name.startswith("."):
            digest.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _format_cost(cost: ProcessCost, pages: int) -> list[str]:
    return [
        f"{cost.wall:.0f}",
        f"{cost.cpu:.0f}",
        f"{1000 * cost.cpu / pages:.1f}",
        f"{3600 * pages / cost.cpu:,.0f}",
        f"{cost.memory / 1e6:.0f}",
    ]


def _count_outcomes(folder: Path) -> str:
    import pyarrow.dataset as ds

    table = ds.dataset(sorted(map(str, folder.glob("*.parquet")))).to_table(["outcome", "evidence"])
    rows = table.group_by(["outcome", "evidence"]).aggregate([([], "count_all")]).to_pylist()
    size = sum(file.stat().st_size for file in folder.glob("*.parquet"))
    lines = [f"{row['count_all']} {row['outcome']}: {row['evidence']}" for row in rows]
    return "\n".join([*sorted(lines), f"{size / table.num_rows / 1000:.1f} kB of Parquet a row"])


def measure_large_file() -> None:
    """Prints what a file of 1 GB takes, and what the pages in it that are ours take alone."""
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="khabar-scale-") as name:
        folder = Path(name)
        write_sources(folder, LARGE_PAGES)
        strangers, environment = BytesIO(), _make_environment(folder)
        for number in range(0, 3000, 3):
            _write_page(WARCWriter(strangers, gzip=True), number, "www.unknown.example")
        for file, with_strangers in (("ours.warc.gz", False), ("large.warc.gz", True)):
            _write_large_file(folder / file, strangers.getvalue() if with_strangers else b"")
            cost = measure_command(
                ["bash", "-c", f"cd '{folder}' && khabar extract {file} --to out --workers 1"],
                environment,
            )
            size = (folder / file).stat().st_size
            click.echo(
                f"{file}, {size / 1e6:.0f} MB: {' · '.join(_format_cost(cost, LARGE_PAGES))}"
            )


def _write_large_file(path: Path, strangers: bytes) -> None:
    with path.open("wb") as file:
        writer, rounds = WARCWriter(file, gzip=True), max(1, LARGE_BYTES // max(1, len(strangers)))
        for number in range(LARGE_PAGES):
            if number % HOSTILE_EVERY != HOSTILE_EVERY // 2:
                _write_page(writer, number)
            if strangers and number % max(1, LARGE_PAGES // rounds) == 0:
                file.write(strangers)
