"""What docs/debian.md, docs/container.md, compose.yaml and the Containerfile run exists, and means what they say."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import click
import pytest
import yaml
from command_runner import PATIENCE
from conftest import ROOT

from commands.__main__ import COMMANDS, khabar

PAGES = ("README.md", "docs/debian.md", "docs/container.md", "docs/deploy.md", "docs/operate.md")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def find_command(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words of a line after `khabar` name, and what is left of them."""
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] == "--archive" else words[1:]
    if not words:
        return click.Command("khabar"), []
    assert words[0] in COMMANDS, words[0]
    command = khabar.get_command(click.Context(khabar), words[0])
    assert command
    words = words[1:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            break
        command, words = command.commands[words[0]], words[1:]
    return command, words


def list_khabar_lines(page: str) -> list[str]:
    """What stands after `khabar` in the code blocks of a page, comments apart."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S))
    return [
        re.split(r"\s#\s|\s[>|]\s|\s&&\s|\s;", line)[0]
        for line in re.findall(r"(?:^|[\s=/])khabar ((?:--archive|[a-z]+ ?).*)$", blocks, re.M)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_exist(page: str) -> None:
    lines = list_khabar_lines(page)
    checked = 0
    for line in lines:
        words = shlex.split(line)
        if words[0] != "--archive" and words[0] not in COMMANDS:
            continue  # `chown khabar khabar.toml` and the like
        command, rest = find_command(words)
        options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
        assert used - options - {"-h", "--help"} == set(), line
        checked += 1
    assert checked >= 1, lines


def test_what_compose_runs_exists() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"crawl", "serve"}
    for name, service in services.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["volumes"] == ["archive:/archive"]
        (script,) = service["healthcheck"]["test"][1:]
        assert os.access(ROOT / "container" / script, os.X_OK)
    (loop,) = services["crawl"]["entrypoint"]
    assert os.access(ROOT / "container" / loop, os.X_OK)
    command, rest = find_command(services["serve"]["command"])
    options = {name for one in command.params for name in one.opts}
    assert command is khabar.get_command(click.Context(khabar), "serve")
    assert {one for one in rest if one.startswith("--")} <= options
    port = rest[rest.index("--port") + 1]
    assert services["serve"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f":{port}/" in (ROOT / "container" / "check_health").read_text(encoding="utf-8")


def test_the_container_file_builds_what_the_wheel_has() -> None:
    base = re.search(r"^ARG BASE=\S+python:(3\.\d+)-", CONTAINERFILE, re.M)
    assert base and base[1] in ("3.11", "3.12", "3.13", "3.14")
    copied = set(re.findall(r"^COPY (\w+) \1$", CONTAINERFILE, re.M))
    include = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert copied == {name.rstrip("*") for name in include["find"]["include"]}
    kept = set(re.findall(r"^!([\w.]+)$", (ROOT / ".containerignore").read_text(), re.M))
    assert kept == copied | {"pyproject.toml", "README.md", "requirements.lock", "container"}
    assert re.search(r"^USER (?!0)\d+:\d+$", CONTAINERFILE, re.M)


def test_the_pages_name_this_version() -> None:
    named = re.findall(r"khabar-([\d.]+)-py3", (ROOT / "docs" / "debian.md").read_text())
    assert named and set(named) == {PROJECT["version"]}


def run_script(name: str, folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    told = {"PATH": f"{folder}:/usr/bin:/bin", "EXIT_CODE_FILE": str(folder / "code")}
    return subprocess.Popen([ROOT / "container" / name], env={**told, **environment})


@pytest.mark.parametrize(("code", "health"), [(0, 0), (1, 0), (75, 0), (2, 1), (3, 1)])
def test_health_is_the_last_run_s_exit_code(tmp_path: Path, code: int, health: int) -> None:
    (tmp_path / "code").write_text(f"{code}\n")
    assert run_script("check_health", tmp_path).wait(PATIENCE) == health


def test_the_loop_records_each_run_and_ends_it_when_told(tmp_path: Path) -> None:
    """The second run is told to end, and the loop waits for it."""
    program = tmp_path / "khabar"
    program.write_text(
        f"""#!/bin/sh
echo "$@" >>{tmp_path}/runs
[ "$(wc -l <{tmp_path}/runs)" = 1 ] && exit 3
trap 'echo ended >>{tmp_path}/runs; exit 0' TERM
touch {tmp_path}/waits
while :; do sleep 0.1; done
"""
    )
    program.chmod(0o755)
    loop = run_script("crawl_forever", tmp_path, EVERY="1")
    try:
        deadline = time.monotonic() + PATIENCE
        while not (tmp_path / "waits").exists():
            assert time.monotonic() < deadline and loop.poll() is None
            time.sleep(0.05)
        assert (tmp_path / "code").read_text() == "3\n"
        loop.send_signal(signal.SIGTERM)
        assert loop.wait(PATIENCE) == 0
    finally:
        loop.kill()
        loop.wait(PATIENCE)
    assert (tmp_path / "runs").read_text().split("\n")[-2] == "ended"
    words = (tmp_path / "runs").read_text().splitlines()[0].split()
    command, rest = find_command(words)
    assert words[0] == "crawl" and rest[0] in {name for one in command.params for name in one.opts}
