"""The README's commands: those on the demo's archive are run, the live ones are read as `khabar` would read them."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from command_runner import PATIENCE
from conftest import ROOT, Khabar

from commands.__main__ import khabar as group
from newsroom.server import EDITION_TWO

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, flags=re.M | re.S)
LINES = [
    line.split("  #")[0].strip() for block in BLOCKS for line in block.splitlines() if line.strip()
]
ON_DEMO = [shlex.split(line)[1:] for line in LINES if "--archive demo/archive.db" in line]
LIVE = [
    shlex.split(line)[1:]
    for line in LINES
    if line.startswith(".venv/bin/khabar") and "demo/" not in line
]
RUNS_ON = {"serve"}  # does not end by itself: tests/test_serve.py


def test_it_opens_with_the_two_commands():
    assert [line.split()[:2] for line in BLOCKS[0].splitlines()] == [
        ["make", "demo"],
        ["make", "test"],
    ]


def test_every_make_target_it_names_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert set(re.findall(r"\bmake ([a-z-]+)", README)) <= targets


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> tuple[Path, str]:
    """What `make demo` does once it has set up: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    done = subprocess.run(
        [Path(sys.executable).with_name("khabar"), "demo", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder, done.stdout


def test_the_demo_gives_what_it_promises(demo):
    folder, printed = demo
    held = re.findall(r"(\d+) articles, (\d+) embeds, ", printed)
    assert int(held[-1][0]) >= 60 and int(held[-1][1]) >= 20
    assert (
        "[सीढ़ियाँ]" in printed and "@gomti_mitra" in printed
    )  # a hit with its words marked, a tweet's card
    assert "Traceback" not in printed and "Warning" not in printed
    assert (folder / "dataset" / "articles.jsonl").exists()


def test_the_demo_s_archive_is_sound(demo):
    run = Khabar(demo[0] / "archive.db", "", EDITION_TWO)("verify")
    assert (run.code, run.err) == (0, ""), run.out


@pytest.mark.parametrize(
    "words", [line for line in ON_DEMO if not RUNS_ON & set(line)], ids=" ".join
)
def test_the_commands_on_the_demo_archive_run(demo, words):
    archive = demo[0] / "archive.db"
    run = Khabar(archive, "", EDITION_TWO)(
        *(str(archive) if word == "demo/archive.db" else word for word in words)
    )
    assert (run.code, run.err) == (0, "")
    assert run.out.strip() and "nothing found" not in run.out


@pytest.mark.parametrize(
    "words", [*LIVE, *(line for line in ON_DEMO if RUNS_ON & set(line))], ids=" ".join
)
def test_the_other_commands_are_commands(words):
    """Parsed to the last option, not run: no live site is reached from a test."""
    context = group.make_context("khabar", list(words), resilient_parsing=False)
    name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    inner = command.make_context(name, rest, parent=context)
    if isinstance(command, click.Group):
        name, command, rest = command.resolve_command(inner, [*inner._protected_args, *inner.args])
        command.make_context(name, rest, parent=inner)


def test_the_import_s_fields_are_the_ones_it_reads():
    from khabar.processing.jsonl_import import ImportRecord

    told = set(
        re.findall(
            r'"(\w+)"', next(line for line in README.splitlines() if "collection.jsonl" in line)
        )
    )
    assert told and told <= set(ImportRecord.__struct_fields__)


def test_plain_scrapy_names_a_source_there_is():
    (key,) = re.findall(r"`scrapy crawl (\w+)`", README)
    assert (
        tomllib.loads((ROOT / "spiders" / "sources" / f"{key}.toml").read_text(encoding="utf-8"))[
            "status"
        ]
        == "on"
    )
    assert (ROOT / "scrapy.cfg").exists()
