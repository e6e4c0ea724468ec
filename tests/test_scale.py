"""Bulk extraction under Daft gives what it gives without: `make test-scale` installs Daft and runs this."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import re
import subprocess
import sys

import pyarrow as pa
import pytest
from bulk_fixtures import NOW, bytes_of, make_body, rows_of, write_pages
from command_runner import PATIENCE, Khabar
from conftest import ROOT, settle_in
from test_platforms import uv_command

from benchmarks.scale import read_recipes
from khabar.bulk.daft_engine import FileExtractor
from khabar.bulk.extract_warcs import BulkOptions
from khabar.model.config import read_config

HAS_DAFT = importlib.util.find_spec("daft") is not None
HAS_RAY = HAS_DAFT and importlib.util.find_spec("ray") is not None
needs_daft = pytest.mark.skipif(not HAS_DAFT, reason="Daft is not installed: make test-scale")
needs_ray = pytest.mark.skipif(not HAS_RAY, reason="Ray is not installed: make test-scale")
HOSTILE = ROOT / "benchmarks" / "hostile"


@pytest.fixture(scope="module")
def warcs(tmp_path_factory):
    """Three files, with a page that ends its reader and one that asks for too much memory."""
    folder = tmp_path_factory.mktemp("scale")
    settle_in(folder)
    words = ["", "khabar-bench-dies", "", "khabar-bench-eats", "", ""]
    for number in range(3):
        bodies = [make_body(10 * number + page, words[2 * number + page % 2]) for page in range(2)]
        write_pages(folder / f"part-{number}.warc.gz", bodies)
    return folder


def extract(folder, out, *options, wrapper=()):
    """Runs the command in a process of its own, as a user does, with the hostile reader."""
    environment = Khabar(folder / "archive.db", "", NOW).environment()
    environment["PYTHONPATH"] = f"{HOSTILE}:{environment['PYTHONPATH']}"
    environment["DO_NOT_TRACK"] = "true"
    command = [*wrapper, sys.executable, "-m", "commands", "extract"]
    files = sorted(map(str, folder.glob("*.warc.gz")))
    run = subprocess.run(
        [*command, *files, "--to", str(folder / out), *options],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
    )
    assert run.returncode == 0, run.stderr
    return run, bytes_of(folder / out)


@pytest.fixture(scope="module")
def plain(warcs):
    return extract(warcs, "plain")


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_extra_resolves(python, tmp_path):
    """From wheels alone, beside what an installed khabar has; downloads metadata only."""
    out = tmp_path / "resolved.txt"
    command = [
        *(uv_command(), "pip", "compile", "--quiet", "--no-header", "--no-annotate"),
        *("--only-binary", ":all:", "--python-platform", "x86_64-manylinux_2_28"),
        *("--python-version", python, "--extra", "scale", "-o", out, ROOT / "pyproject.toml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if re.search(r"error sending request|Failed to fetch|dns error", done.stderr):
        pytest.skip("no package registry answers")
    assert done.returncode == 0, done.stderr
    pins = dict(re.findall(r"^([\w.-]+)==([\d.]+)$", out.read_text(), re.M))
    assert {"daft", "ray", "duckdb", "pyarrow", "scrapy"} <= pins.keys()
    assert int(pins["pyarrow"].partition(".")[0]) >= 25


@pytest.mark.slow
@needs_daft
def test_daft_writes_the_same_bytes(warcs, plain):
    run, written = extract(warcs, "daft", "--engine", "daft", "--workers", "2")
    assert written == plain[1] and len(written) == 6
    assert run.stdout.splitlines()[-1] == plain[0].stdout.splitlines()[-1]
    outcomes = sorted(row["outcome"] for row in rows_of(warcs / "daft"))
    assert outcomes == ["article"] * 4 + ["unreadable"] * 2
    again, _ = extract(warcs, "daft", "--engine", "daft")
    assert again.stdout.count("done already") == 3


def extract_urls(folder, out, *urls):
    environment = Khabar(folder / "archive.db", "", NOW).environment()
    environment["PYTHONPATH"] = f"{HOSTILE}:{environment['PYTHONPATH']}"
    command = [sys.executable, "-m", "commands", "extract", *urls, "--engine", "daft"]
    return subprocess.run(
        [*command, "--to", str(folder / out)],
        env=environment | {"DO_NOT_TRACK": "true"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
    )


@pytest.mark.slow
@needs_daft
def test_daft_reads_urls_with_wildcards(warcs, plain):
    run = extract_urls(warcs, "urls", f"file://{warcs}/part-*.warc.gz")
    assert run.returncode == 0, run.stderr
    assert bytes_of(warcs / "urls") == plain[1]
    (warcs / "no.warc.gz").write_bytes(b"no WARC")
    run = extract_urls(warcs, "urls", *(f"file://{warcs}/{name}.warc.gz" for name in ("part-0", "no")))  # fmt: skip
    (warcs / "no.warc.gz").unlink()
    assert run.returncode == 1 and "1 broken" in run.stdout
    assert f"khabar: file://{warcs}/no.warc.gz: byte 0: no record begins here" in run.stderr
    assert f"file://{warcs}/part-0.warc.gz: done already" in run.stdout


@pytest.mark.slow
@needs_daft
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///nowhere/x-*.warc.gz", "no such file"),
        ("https://localhost:1/x.warc.gz", "Connection refused"),
        ("nope://x/y.warc.gz", "Failed to create"),
    ],
)
def test_a_url_that_leads_nowhere_is_named_in_a_line(warcs, url, words):
    run = extract_urls(warcs, "nowhere", f"file://{warcs}/part-0.warc.gz", url)
    assert run.returncode == 2 and "Traceback" not in run.stderr
    assert f"khabar: {url}: {words}" in run.stderr.splitlines()[-1]
    assert list((warcs / "nowhere").glob("*.parquet")) == []


@pytest.mark.slow
@needs_daft
def test_a_url_that_cannot_be_copied_costs_itself(tmp_path):
    registry = read_config(settle_in(tmp_path)).load_registry()
    write_pages(tmp_path / "x.warc.gz", [make_body(1)])
    extractor = FileExtractor(pickle.dumps(registry), str(tmp_path), BulkOptions())
    urls = [f"file://{tmp_path}/gone.warc.gz", f"file://{tmp_path}/x.warc.gz"]
    first, second = map(json.loads, extractor.extract_files(pa.array(urls)))
    assert (first["is_read"], second["is_read"]) == (False, True)
    assert first["errors"][0].startswith(f"{urls[0]}: ") and second["counts"] == {"article": 1}


@needs_ray
@pytest.mark.slow
def test_a_ray_cluster_of_two_nodes_writes_the_same_bytes(warcs, plain):
    pair = (sys.executable, "-m", "benchmarks.ray_pair")
    _, written = extract(warcs, "ray", "--ray", "ADDRESS", wrapper=pair)
    assert written == plain[1]


@pytest.mark.skipif(HAS_DAFT, reason="Daft is installed")
def test_without_daft_the_command_says_what_to_install(tmp_path):
    file = write_pages(tmp_path / "x.warc.gz", [make_body(1)])
    khabar = Khabar(settle_in(tmp_path), "", NOW)
    run = khabar("extract", str(file), "--to", str(tmp_path / "out"), "--engine", "daft")
    assert (run.code, run.out) == (2, "")
    assert run.err.strip().endswith(
        "--engine daft needs daft, which is not installed: pip install 'khabar[scale]'"
    )


def test_the_recipes_of_the_page_are_commands_of_this_khabar(tmp_path):
    """`make bench-scale` runs them; here, that each is there and uses options that exist."""
    recipes = read_recipes()
    assert set(recipes) == {"loop", "parallel", "slurm", "daft", "ray"}
    help_text = Khabar(tmp_path / "archive.db", "", NOW)("extract", "--help").out
    khabar_lines = [
        line
        for recipe in recipes.values()
        for line in recipe.splitlines()
        if "khabar extract" in line
    ]
    used = {option for line in khabar_lines for option in re.findall(r"(?<= )--[a-z-]+", line)}
    assert {"--to", "--workers", "--engine", "--ray"} <= used
    assert [option for option in used if option not in help_text] == []


def test_an_array_job_runs_a_task_for_each_file(tmp_path):
    script = tmp_path / "job.sbatch"
    script.write_text('#!/bin/bash\n#SBATCH --array=2-4%2\necho x > "$OUT/$SLURM_ARRAY_TASK_ID"\n')
    command = [sys.executable, "-m", "benchmarks.sbatch", str(script)]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"OUT": str(tmp_path)}, check=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["2", "3", "4", "job.sbatch"]
