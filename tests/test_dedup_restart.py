"""A stopped `khabar dedup` goes on where it was and ends with the same bytes, however it was stopped."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT
from dedup_fixtures import StoppedHere, dedup, mixed_rows, pair_ids, row, write_rows
from test_kill import is_alive

from khabar.archive.errors import ArchiveDiskFull, ArchiveError
from khabar.export.dedup import input_files, job
from khabar.export.dedup.word_files import fold_unit
from khabar.export.folder import DatasetFolder
from newsroom.agency_copies import make_story

KILLED = """
import os, signal, sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from commands.dedup import open_workers
from khabar.export.dedup import DedupOptions, dedup_folder

def on_progress(stage, done, total):
    if stage == "reading texts" and done:
        pids = [str(pid) for pid in workers[0]._processes]
        print(*pids, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

workers = []
def open_kept():
    workers.append(open_workers(2))
    return workers[0]

if __name__ == "__main__":
    dedup_folder(Path(sys.argv[1]), Path(sys.argv[2]), DedupOptions(1 << 29, 2, open_kept), on_progress)
"""


@pytest.fixture
def small_parts(monkeypatch):
    """Units of ten rows and chunks of fifty pairs, so that a small run has many parts."""
    monkeypatch.setattr(input_files, "UNIT_ROWS", 10)
    monkeypatch.setattr(job, "CHUNK_PAIRS", 50)


@pytest.fixture
def folder(tmp_path):
    rows = mixed_rows(30)
    write_rows(tmp_path / "in/a.parquet", rows[:25])
    write_rows(tmp_path / "in/b.parquet", rows[25:])
    return tmp_path / "in"


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def test_a_run_that_is_stopped_at_every_stage_ends_with_the_same_bytes(folder, tmp_path, small_parts):  # fmt: skip
    steps = []
    dedup(folder, tmp_path / "whole", steps=steps)
    whole = contents(tmp_path / "whole")
    assert whole.keys() == {"pairs.parquet", "clusters.parquet", "keep.parquet", "full_bands.parquet", "manifest.json"}  # fmt: skip
    stages = {stage: [done for one, done in steps if one == stage] for stage, _ in steps}
    assert list(stages) == ["reading files", "numbering rows", "joining bands", "reading texts", "comparing pairs"]  # fmt: skip
    assert len(stages["reading texts"]) > 4 and len(stages["comparing pairs"]) > 2
    stops = {(stage, parts[at]) for stage, parts in stages.items() for at in (len(parts) // 2, -1)}
    for stop in sorted(stops, key=steps.index):
        with pytest.raises(StoppedHere):
            dedup(folder, tmp_path / "stopped", stop_at=stop)
        assert not (tmp_path / "stopped/manifest.json").exists()
    dedup(folder, tmp_path / "stopped")
    assert contents(tmp_path / "stopped") == whole


def test_what_was_done_is_not_done_again(folder, tmp_path, small_parts, monkeypatch):
    with pytest.raises(StoppedHere):
        dedup(folder, tmp_path / "out", stop_at=("comparing pairs", 0))
    asked, joined = [], []
    monkeypatch.setattr(job, "fold_unit", lambda *told: asked.append(told))
    monkeypatch.setattr(job.band_join, "join_bands", lambda *told: joined.append(told))
    counts = dedup(folder, tmp_path / "out")
    assert (asked, joined) == ([], [])
    assert counts["pairs"] == len(pair_ids(tmp_path / "out")) > 10
    monkeypatch.setattr(job, "_DedupJob", None)
    (tmp_path / "out" / job.WORK_DIR).mkdir()  # as after a kill at the very end
    assert dedup(folder, tmp_path / "out") == counts
    assert not (tmp_path / "out" / job.WORK_DIR).exists()


@pytest.mark.parametrize("told", [{"workers": 1}, {"memory": 1 << 28}], ids=str)
def test_neither_workers_nor_memory_change_a_byte(folder, tmp_path, told):
    dedup(folder, tmp_path / "one")
    dedup(folder, tmp_path / "other", **told)
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_other_files_are_begun_anew(folder, tmp_path, small_parts):
    with pytest.raises(StoppedHere):
        dedup(folder, tmp_path / "out", stop_at=("comparing pairs", 1))
    added = [row(5000, make_story(1, 4), "savera"), row(5001, make_story("new", 4))]
    write_rows(folder / "c.parquet", added)
    first = dedup(folder, tmp_path / "out")
    assert any(5000 in pair for pair in pair_ids(tmp_path / "out"))
    (folder / "c.parquet").unlink()
    second = dedup(folder, tmp_path / "out")
    assert not any(5000 in pair for pair in pair_ids(tmp_path / "out"))
    assert first["input"] != second["input"] and first["rows"] == second["rows"] + 2


def test_work_files_of_another_version_are_not_gone_on_with(folder, tmp_path, monkeypatch):
    with pytest.raises(StoppedHere), monkeypatch.context() as patch:
        patch.setattr(job, "WORK_VERSION", 0)
        dedup(folder, tmp_path / "out", stop_at=("comparing pairs", 0))
    steps = []
    dedup(folder, tmp_path / "out", steps=steps)
    assert ("reading texts", 0) in steps


def test_kill_9_leaves_no_worker_and_costs_only_the_time(folder, tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(folder), str(tmp_path / "out")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = tmp_path / "pids"  # a file: a worker that lives on would keep a pipe open
    with out.open("w") as stdout:
        done = subprocess.run(command, env=environment, stdout=stdout, check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    workers = [int(pid) for pid in out.read_text().split()]
    assert workers
    deadline = time.monotonic() + 60  # a worker that was just starting notices once it has started
    while any(map(is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, workers))
    dedup(folder, tmp_path / "out")
    dedup(folder, tmp_path / "whole")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_run_that_is_stopped_while_its_results_are_moved(folder, tmp_path, monkeypatch):
    def move_one(self, names):
        (self.stage / names[0]).replace(self.path / names[0])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(DatasetFolder, "_move_into_place", move_one)
        with pytest.raises(ArchiveDiskFull, match="not complete"):
            dedup(folder, tmp_path / "out")
    assert (tmp_path / "out/clusters.parquet").exists()
    dedup(folder, tmp_path / "out")
    dedup(folder, tmp_path / "whole")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_run_over_other_files_does_not_work_in_the_same_folder(folder, tmp_path, monkeypatch):
    write_rows(tmp_path / "other/a.parquet", mixed_rows(3))
    refused = []

    def fold_and_run_another(*arguments):
        with pytest.raises(ArchiveError, match="another run works in it"):
            dedup(tmp_path / "other", tmp_path / "out")
        refused.append(True)
        return fold_unit(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(job, "fold_unit", fold_and_run_another)
        dedup(folder, tmp_path / "out")
    dedup(folder, tmp_path / "whole")
    assert refused and contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_two_runs_do_not_work_in_one_folder(folder, tmp_path):
    with pytest.raises(StoppedHere):
        dedup(folder, tmp_path / "out", stop_at=("joining bands", 3))
    (database,) = (tmp_path / "out").rglob("dedup.duckdb")
    hold = "import duckdb, sys; db = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        try:
            with pytest.raises(ArchiveError, match="another run works in it"):
                dedup(folder, tmp_path / "out")
        finally:
            other.kill()
    assert json.loads(json.dumps(dedup(folder, tmp_path / "out")))["kept"]
