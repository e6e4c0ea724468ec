"""docs/steward.md can fail: its commands are commands."""

from __future__ import annotations

import re
import shlex

import click
import pytest
from conftest import ROOT

from commands.__main__ import khabar as group

MANUAL = (ROOT / "docs" / "steward.md").read_text(encoding="utf-8")
LINES = [
    line.split("  #")[0]
    for block in re.findall(r"^```sh\n(.*?)^```", MANUAL, flags=re.M | re.S)
    for line in block.splitlines()
]


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith(".venv/bin/khabar")])
def test_the_manual_s_commands_are_commands(line):
    words = shlex.split(line)[1:]
    context = group.make_context("khabar", words, resilient_parsing=False)
    name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    inner = command.make_context(name, rest, parent=context)
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(inner, [*inner._protected_args, *inner.args])
        inner = command.make_context(name, rest, parent=inner)
