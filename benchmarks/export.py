"""`make bench-export`: exports 200,000 articles with nested embeds, beside flat copies by common
data tools.

Each run is a process of its own. CPU is the time that process used, including imports; the median
of the rounds.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import click
from sqlite_utils.utils import sqlite3

from benchmarks import docs, fixtures_export
from benchmarks.pages import ROOT
from khabar.archive import open_archive
from khabar.model import clock

NUMBER, ROUNDS, ROWS = 200_000, 3, 1000
# Columns of a flat copy: those of the table, nested values as stored JSON; no embeds, authors or
# images.
FLAT = tuple(
    """id url source page_type title subtitle text blocks language published_at published_on
    published_precision modified_at section place desk word_count devanagari_share repetition
    text_sha256 lead_image revision problems rights first_seen last_seen removed_at""".split()
)
_SELECT = f"select {', '.join(FLAT)} from articles order by id"  # noqa: S608


def make_khabar_export(format_: str, **options: Any) -> Callable[[Path, Path], None]:
    """Returns a run of our own export: nested rows, dataset card, manifest, index for deltas."""

    def run(path: Path, out: Path) -> None:
        from khabar.export import export_dataset
        from khabar.export.options import ExportOptions
        from khabar.export.schema import select_fields

        with open_archive(path) as archive:
            order = ExportOptions(format_, select_fields([], "full"), **options)  # type: ignore[arg-type]
            export_dataset(archive, out, order, lambda rows: None)

    return run


def _iter_batches(path: Path) -> Iterator[list[tuple[Any, ...]]]:
    cursor = sqlite3.connect(str(path)).execute(_SELECT)
    while rows := cursor.fetchmany(ROWS):
        yield rows


def flat_pyarrow(path: Path, out: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = dict.fromkeys(("id", "word_count", "revision"), pa.int64())
    kinds |= dict.fromkeys(("devanagari_share", "repetition"), pa.float64())
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in FLAT])
    with pq.ParquetWriter(out / "flat.parquet", schema, compression="zstd") as writer:
        for rows in _iter_batches(path):
            columns = zip(zip(*rows, strict=True), schema, strict=True)
            writer.write_table(
                pa.table([pa.array(column, field.type) for column, field in columns], schema=schema)
            )


def flat_pandas(path: Path, out: Path) -> None:
    import pandas as pd

    for number, rows in enumerate(_iter_batches(path)):
        frame = pd.DataFrame(rows, columns=list(FLAT))
        frame.to_parquet(out / f"{number:04}.parquet", compression="zstd")


def flat_polars(path: Path, out: Path) -> None:
    import polars as pl

    for number, rows in enumerate(_iter_batches(path)):
        frame = pl.DataFrame(rows, schema=list(FLAT), orient="row", infer_schema_length=None)
        frame.write_parquet(out / f"{number:04}.parquet", compression="zstd")


def flat_orjson(path: Path, out: Path) -> None:
    import orjson

    from khabar.archive.compression import zstd

    compressor = zstd.ZstdCompressor(3)
    with (out / "flat.jsonl.zst").open("wb") as file:
        for rows in _iter_batches(path):
            file.write(
                compressor.compress(
                    b"".join(
                        orjson.dumps(dict(zip(FLAT, row, strict=True))) + b"\n" for row in rows
                    )
                )
            )
        file.write(compressor.flush())


TOOLS: dict[str, Callable[[Path, Path], None]] = {
    "pyarrow, flat copy": flat_pyarrow,
    "khabar, Parquet with embeds": make_khabar_export("parquet"),
    "pandas, flat copy": flat_pandas,
    "polars, flat copy": flat_polars,
    "orjson + zstd, flat copy": flat_orjson,
    "khabar, JSONL.zst with embeds": make_khabar_export("jsonl", compress=True),
    "khabar, CSV with embeds": make_khabar_export("csv"),
    "khabar, SQLite with embeds": make_khabar_export("sqlite"),
}
_BESIDE = {"khabar, JSONL.zst with embeds": "orjson + zstd, flat copy"}


def measure_tool(tool: str, path: Path, out: Path) -> tuple[float, float, float]:
    """Runs a tool in a process of its own. Returns CPU seconds, peak MB and MB written."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    command = [sys.executable, "-m", "benchmarks.export", "--one", tool, str(path), str(out)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    cpu, peak = json.loads(run.stdout)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    return cpu, peak, size / 2**20


def run_tool(tool: str, path: Path, out: Path) -> None:
    """Runs a tool in this process and prints the CPU seconds and peak MB that it used."""
    TOOLS[tool](path, out)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    click.echo(json.dumps([usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))


def main() -> None:
    """Builds the archive, runs every tool in turn, prints the table and writes it into the docs."""
    with tempfile.TemporaryDirectory(prefix="khabar-bench-") as folder:
        path, out = Path(folder) / "archive.db", Path(folder) / "out"
        click.echo(f"making an archive of {NUMBER:,} articles …", err=True)
        fixtures_export.build_archive(path, NUMBER)
        results: dict[str, list[tuple[float, float, float]]] = {tool: [] for tool in TOOLS}
        for number in range(ROUNDS):
            for tool in TOOLS:
                click.echo(f"round {number + 1} of {ROUNDS}: {tool}", err=True)
                results[tool].append(measure_tool(tool, path, out))
    table = docs.format_table(
        ("tool", "CPU µs per article", "ratio", "peak MB", "MB written"), list(_table_rows(results))
    )
    click.echo(table)
    heading = f"`make bench-export`, {clock.now():%-d %B %Y}: {NUMBER:,} articles, {ROUNDS} rounds."
    docs.update_section("export", f"{heading}\n\n{table}")


def _table_rows(results: dict[str, list[tuple[float, float, float]]]) -> Iterator[tuple[str, ...]]:
    """Yields the table's rows. A ratio is to the flat copy of the same round: pyarrow's, or
    orjson's for JSONL.
    """
    for tool, runs in results.items():
        beside = results[_BESIDE.get(tool, next(iter(TOOLS)))]
        ratio = median(run[0] / other[0] for run, other in zip(runs, beside, strict=True))
        cpu, peak, size = (median(run[column] for run in runs) for column in range(3))
        yield tool, f"{cpu / NUMBER * 1e6:.0f}", f"{ratio:.2f}", f"{peak:.0f}", f"{size:.0f}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_tool(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
