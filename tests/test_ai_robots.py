"""The list of AI and archive robots is renewed from a list in a file, and nothing that it says is lost."""

from __future__ import annotations

import json
import tomllib
from datetime import date

import pytest

from benchmarks import renew_ai_robots
from khabar.parsing.ai_robots import LIST_FILE

DAY = date(2026, 12, 1)
ROWS = {
    "GPTBot": {"operator": "[OpenAI](https://x.example)", "function": "Scrapes data to train OpenAI's products.", "description": ""},
    "Nayabot/2.0": {"operator": "Unclear at this time.", "function": "AI Assistants", "description": "fetches pages"},
    "nayabot": {"operator": "Naya", "function": "AI Data Scrapers", "description": ""},
    "Chupbot": {"operator": "", "function": "Unclear at this time.", "description": "Nothing is known."},
    "Khojbot": {"operator": "Khoj", "function": "AI Search Crawlers", "description": ""},
    "ia_archiver": {"operator": "", "function": "trains", "description": ""},
}  # fmt: skip


def test_the_file_is_as_the_tool_writes_it():
    text = LIST_FILE.read_text(encoding="utf-8")
    assert renew_ai_robots.format_robots(tomllib.loads(text)["robots"]) == text


def test_renewing_adds_and_keeps(tmp_path, monkeypatch, capsys):
    copy = tmp_path / "ai_robots.toml"
    copy.write_text(LIST_FILE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(renew_ai_robots, "LIST_FILE", copy)
    (tmp_path / "robots.json").write_text(json.dumps(ROWS), encoding="utf-8")
    before = tomllib.loads(copy.read_text(encoding="utf-8"))["robots"]
    assert renew_ai_robots.main([str(tmp_path / "robots.json"), DAY.isoformat()]) == 0
    after = tomllib.loads(copy.read_text(encoding="utf-8"))["robots"]
    assert (
        after.keys() - before.keys() == {"Nayabot", "Chupbot", "Khojbot"}
        and before.keys() <= after.keys()
    )
    assert "3 new: Chupbot, Khojbot, Nayabot" in capsys.readouterr().out
    assert after["Nayabot"] == {
        "kinds": ["ai-input", "ai-train"],
        "operator": "Naya",
        "source": "ai.robots.txt",
        "date": DAY,
    }
    assert after["Chupbot"]["kinds"] == ["ai-input", "ai-train"], "of what nothing is known, both"
    assert after["Khojbot"]["kinds"] == ["search"]
    assert after["GPTBot"]["date"] == DAY and after["ia_archiver"] == before["ia_archiver"]
    assert all(set(before[name]["kinds"]) <= set(after[name]["kinds"]) for name in before)


@pytest.mark.parametrize("arguments", [[]])
def test_without_a_list_it_says_what_is_missing(arguments, capsys):
    assert renew_ai_robots.main(arguments) == 2 and "LIST=" in capsys.readouterr().err
