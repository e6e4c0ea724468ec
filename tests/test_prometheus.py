"""`status --prometheus`: what Prometheus reads, whole files only, and a dashboard of metrics that there are."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import ROOT
from shared_crawls import crawled_twice

from commands.prometheus import ARCHIVE_METRICS, OUTCOMES, SOURCE_METRICS, format_metrics
from newsroom.server import EDITION_TWO

NAMES = {metric.name for metric in (*ARCHIVE_METRICS, *SOURCE_METRICS, OUTCOMES)}
SAMPLE = re.compile(r'(\w+)(?:\{(\w+)="((?:[^"\\]|\\.)*)"\})? (-?[0-9.e+-]+)')


@pytest.fixture(scope="module")
def khabar(tmp_path_factory):
    return crawled_twice(tmp_path_factory).khabar(EDITION_TWO + timedelta(minutes=5))


def read_samples(text: str) -> dict[tuple[str, str | None], float]:
    samples = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            samples[match[1], match[3]] = float(match[4])
    return samples


def test_the_figures_are_those_of_status(khabar):
    status = json.loads(khabar("status", "--json").out)
    samples = read_samples(khabar("status", "--prometheus", "-").out)
    assert {name for name, _ in samples} >= NAMES - {"khabar_source_usual_by_now"}
    for row in status["sources"]:
        assert samples["khabar_source_articles", row["source"]] == row["articles"]
        assert samples["khabar_source_due_pages", row["source"]] == row["due"]
    for outcome, pages in status["outcomes"].items():
        assert samples["khabar_pages", outcome] == pages
    assert samples["khabar_archive_size_bytes", None] == status["bytes"]
    last_run = samples["khabar_last_run_timestamp_seconds", None]
    assert 0 <= last_run - EDITION_TWO.timestamp() < 60


def test_a_file_is_written_whole_and_for_the_collector(khabar, tmp_path):
    file = tmp_path / "khabar.prom"
    file.write_text("old")
    run = khabar("status", "--prometheus", str(file))
    assert (run.code, run.out, run.err) == (0, "", "")
    assert file.read_text().endswith("\n") and stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [file]
    lost = khabar("status", "--prometheus", str(tmp_path / "none" / "khabar.prom"))
    assert lost.code == 2 and len(lost.err.splitlines()) == 1


@pytest.mark.slow  # where Prometheus is not installed, nothing would be checked
def test_promtool_has_no_complaint(khabar):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    text = khabar("status", "--prometheus", "-").out
    done = subprocess.run(
        [promtool, "check", "metrics"], input=text, text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_names_are_escaped_and_what_is_unknown_is_left_out():
    row = {metric.field: None for metric in SOURCE_METRICS} | {"source": 'a"b\\c\n', "articles": 3}
    summary = {metric.field: None for metric in ARCHIVE_METRICS}
    text = format_metrics({**summary, "sources": [row], "outcomes": {}, "newly_broken": []})
    assert 'khabar_source_articles{source="a\\"b\\\\c\\n"} 3\n' in text
    assert "last_success" not in text and "None" not in text


def test_the_dashboard_shows_metrics_that_there_are():
    text = (Path(ROOT) / "docs" / "grafana.json").read_text(encoding="utf-8")
    board = json.loads(text)
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    used = {name for expression in expressions for name in re.findall(r"khabar_\w+", expression)}
    assert used <= NAMES
    assert used >= NAMES - {"khabar_source_embeds", "khabar_newly_broken_sources"}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
