"""Text in a terminal: cells as terminals draw them, whole words, tables that fit, nothing wrapped in a pipe."""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import locale
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata
from fcntl import ioctl
from pathlib import Path

import click
import pytest
from conftest import Khabar
from hypothesis import given
from hypothesis import strategies as st
from shared_crawls import crawled_once

from commands import terminal
from commands.terminal import format_table, measure_width, wrap_spans, wrap_text
from newsroom.server import EDITION_ONE

LINE = "पुराने पुल की मरम्मत में देरी, नदी किनारे के किसानों ने बैठक बुलाई और कहा कि काम मार्च तक पूरा हो"
ADDRESS = "https://www.example.in/zila/rampur/" + "pul-ki-marammat-" * 6 + "4411.html"


def strip(lines: list[str]) -> list[str]:
    return [click.unstyle(line) for line in lines]


# --- widths ---


@pytest.mark.skipif(not ctypes.util.find_library("c"), reason="no C library to compare with")
def test_hindi_is_as_wide_as_the_c_library_says():
    libc = ctypes.CDLL(ctypes.util.find_library("c"))
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        pytest.skip("no UTF-8 locale")
    try:
        letters = [chr(code) for code in range(0x900, 0x980) if unicodedata.name(chr(code), "")]
        others = list("aZ9 —“”₹…·│╭日本한가\u200d")
        wrong = {one for one in letters + others if libc.wcwidth(ord(one)) != measure_width(one)}
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    assert wrong == set()


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("की", 2), ("क्या", 3), ("दीपावली", 7), ("日本", 4)]
)
def test_vowel_signs_have_a_cell_and_other_marks_none(text, width):
    assert measure_width(text) == width


# --- wrapping ---


@given(st.text("कि ी्\nab \t—", max_size=80), st.integers(1, 30), st.sampled_from(["", "  "]))
def test_wrapping_loses_no_word_and_breaks_none(text, width, indent):
    lines = wrap_text(text, width, indent=indent)
    assert " ".join(lines).split() == text.split()
    for line in lines:
        assert measure_width(line) <= width or len(line.split()) == 1


def test_a_line_is_as_long_as_it_may_be():
    first, second, *_ = wrap_text(LINE, 40)
    assert measure_width(first) <= 40 < measure_width(f"{first} {second.split()[0]}")


def test_addresses_stay_whole_and_pipes_get_whole_lines():
    assert ADDRESS in wrap_text(f"पहला: {ADDRESS} देखें", 40)
    assert wrap_text(f"{LINE} {ADDRESS}", None) == [f"{LINE} {ADDRESS}"]


def test_a_word_of_two_styles_is_one_word():
    lines = wrap_spans([("कल शाम", ""), ("[-को-]", "gone"), ("{+में+}", "new"), (" बैठक", "")], 12)
    assert strip(lines) == ["कल", "शाम[-को-]{+में+}", "बैठक"]


def test_styles_need_no_colour(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert terminal.style_text("नया", "new") == "नया"
    assert terminal.style_text("नया", "bold") != "नया"


# --- tables ---

ROWS = [
    {"key": "savera", "count_of_pages": 12, "title": LINE},
    {"key": "lokujas", "count_of_pages": 7, "title": None},
]


def test_a_table_fits_and_loses_nothing():
    for width in (40, 60, 80, 200):
        lines = strip(format_table(ROWS, width))
        assert max(map(measure_width, lines)) <= width
        assert set(" ".join(lines).split()) >= {"savera", "lokujas", "12", "7", *LINE.split()}
        assert all(line == line.rstrip() for line in lines)


def test_numbers_stand_below_each_other():
    lines = strip(format_table([{"n": 5, "of": "a"}, {"n": 1234, "of": "b"}], 80))
    assert lines == ["   n  of", "   5  a", "1234  b"]


def test_what_is_too_wide_for_a_table_becomes_groups_of_lines():
    row = {"where": ADDRESS, "what": LINE, "state": "left", "empty": ""}
    lines = strip(format_table([row, row], 60))
    assert ADDRESS in "\n".join(lines) and not any("empty" in line for line in lines)
    assert sum(line.startswith("state") for line in lines) == 2 and "" in lines


def test_no_rows_no_lines():
    assert format_table([], 80) == []


# --- the commands in a terminal of 80 columns ---


def run_in_terminal(archive: Path, *args: str, columns: int = 80) -> list[str]:
    """Runs khabar with stdout on a pseudo-terminal, and returns the lines it prints."""
    main, other = pty.openpty()
    ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    process = subprocess.Popen(
        [sys.executable, "-m", "commands", "--archive", str(archive), *args],
        stdin=subprocess.DEVNULL, stdout=other, stderr=subprocess.PIPE,
        env=env | {"KHABAR_NOW": EDITION_ONE.isoformat()},
    )  # fmt: skip
    os.close(other)
    output = b""
    while True:
        try:
            chunk = os.read(main, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not chunk:
            break
        output += chunk
    process.communicate(timeout=60)
    os.close(main)
    return click.unstyle(output.decode()).split("\r\n")


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return crawled_once(tmp_path_factory).folder / "archive.db"


@pytest.mark.parametrize(
    "args",
    [
        ["status"], ["status", "savera"], ["sources", "list"], ["stories", "list"],
        ["search", "की"], ["takedown", "list"], ["verify"], ["config"], ["--help"],
        ["extract", "--help"], ["export", "--help"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_nothing_is_wider_than_the_terminal(archive, args):
    lines = run_in_terminal(archive, *args)
    assert any(line.strip() for line in lines) or args[0] == "takedown"
    wide = [line for line in lines if measure_width(line) > 80 and len(line.split()) > 1]
    assert wide == []
    assert [line for line in lines if line != line.rstrip()] == []


def test_an_article_is_shown_without_blanks_at_the_end(archive):
    first, *_ = json.loads(Khabar(archive, "", EDITION_ONE)("search", "लखनऊ", "--json").out)
    lines = run_in_terminal(archive, "show", str(first["id"]))
    assert [line for line in lines if line != line.rstrip()] == []
    assert max(measure_width(line) for line in lines if len(line.split()) > 1) <= 80
    assert not re.search("\n\n\n", "\n".join(lines))
    piped = Khabar(archive, "", EDITION_ONE)("show", str(first["id"])).out
    assert max(map(len, piped.splitlines())) > 200  # a paragraph is one line there


def test_names_of_columns_are_wrapped_before_a_table_is_given_up() -> None:
    row = {"source": "a" * 28, "verdict": "not tried", "new_today": 0, "usually": "?", "newest": "2026-07-09", "articles": 5}  # fmt: skip
    lines = list(map(click.unstyle, format_table([row, row], 80)))
    assert lines[0].split() == ["source", "verdict", "new", "usually", "newest", "articles"]
    assert lines[1].split() == ["today"] and len(lines) == 4
    assert max(map(len, lines)) <= 80
