"""Renews khabar/parsing/ai_robots.toml from a list of AI robots in the JSON form of ai.robots.txt:
name → {operator, function, description}. `make ai-robots LIST=robots.json`

LIST is a file or an address. Robots that were listed before stay, with their kinds; those with
another source (`by hand`) are never changed.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from khabar.parsing.ai_robots import LIST_FILE

SOURCE = "ai.robots.txt"
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
# Parts of descriptions that say nothing of what a robot collects for.
_NOT_SAYING = re.compile(
    r"https?://\S+|undocumented AI agents|\S*agents\.com|user[- ]agents?", re.I
)
_UNKNOWN = re.compile(r"unclear|unknown|^https?:", re.I)
_VERSION = re.compile(r"[/ ]v?\d[\d.]*$")
# What a robot collects for, by words of its function and description; several may fit. A robot of
# which neither says anything is taken to collect for training and for input.
_WORDS = {
    "ai-train": re.compile(
        r"\btrain|\bLLM|language model|machine[- ]learning|dataset|data scraper|data provider"
        r"|data is sold|scrapes data|AI development|AI technolog",
        re.I,
    ),
    "ai-input": re.compile(
        r"assistant|\bagents?\b|prompt|answer|quer(?:y|ies)|chat|summar|RAG\b|data provider", re.I
    ),
    "search": re.compile(r"\bsearch", re.I),
}
_HEADER = """\
# Robots of AI operators and of web archives, by the names that robots.txt gives them.
# kinds: ai-train, ai-input (answers of an AI), search (search by AI), archive (web archives).
# Names, operators and what they collect for: the list of the project ai.robots.txt (MIT licence,
# copyright 2024 ai.robots.txt) at the date of a row, kinds from its descriptions; rows `by hand`
# were entered here, and no renewal changes them. `make ai-robots LIST=...` renews it.

[robots]
"""


def main(arguments: list[str]) -> int:
    """Writes the renewed file and prints what was added. Returns the exit code."""
    if not arguments:
        sys.stderr.write("name the list: make ai-robots LIST=robots.json [DATE=YYYY-MM-DD]\n")
        return 2
    day = date.fromisoformat(arguments[1]) if len(arguments) > 1 else datetime.now(UTC).date()
    old_robots = tomllib.loads(LIST_FILE.read_text("utf-8"))["robots"] if LIST_FILE.exists() else {}
    robots = merge_robots(old_robots, _read_list(arguments[0]), day)
    LIST_FILE.write_text(format_robots(robots), encoding="utf-8")
    new_names = sorted(robots.keys() - old_robots.keys(), key=str.lower)
    sys.stdout.write(f"{len(robots)} robots, {len(new_names)} new: {', '.join(new_names)}\n")
    return 0


def _read_list(place: str) -> dict[str, dict[str, str]]:
    if place.startswith(("http://", "https://")):
        with urllib.request.urlopen(place, timeout=30) as answer:
            content = answer.read()
    else:
        content = Path(place).read_bytes()
    rows: dict[str, dict[str, str]] = json.loads(content)
    return rows


def merge_robots(
    old_robots: dict[str, Any], rows: dict[str, dict[str, str]], day: date
) -> dict[str, Any]:
    """Returns name → row; names that differ in case or version only are one, the first."""
    robots, names = dict(old_robots), {name.lower(): name for name in old_robots}
    for written_name, row in rows.items():
        name = names.setdefault((short := _VERSION.sub("", written_name)).lower(), short)
        old_row = robots.get(name)
        if old_row and old_row["source"] != SOURCE:
            continue
        kinds = {*_classify_robot(row), *(old_row["kinds"] if old_row else ())}
        robots[name] = {
            "kinds": sorted(kinds),
            "operator": _clean_operator(row.get("operator", ""))
            or (old_row["operator"] if old_row else ""),
            "source": SOURCE,
            "date": day,
        }
    return robots


def _classify_robot(row: dict[str, str]) -> set[str]:
    text = f"{row.get('function', '')} {row.get('description', '')}"
    text = _NOT_SAYING.sub("", text)
    return {kind for kind, words in _WORDS.items() if words.search(text)} or {
        "ai-input",
        "ai-train",
    }


def _clean_operator(text: str) -> str:
    text = _LINK.sub(r"\1", text).split(", ")[0].split(" that ")[0].split(" to ")[0].strip()
    return "" if _UNKNOWN.search(text) else text[:60].strip()


def format_robots(robots: dict[str, Any]) -> str:
    """Returns the whole file, one row for each robot."""
    return _HEADER + "".join(_iter_rows(robots))


def _iter_rows(robots: dict[str, Any]) -> Iterator[str]:
    for name, row in sorted(robots.items(), key=lambda item: item[0].lower()):
        kinds = ", ".join(map(json.dumps, row["kinds"]))
        operator = json.dumps(row["operator"], ensure_ascii=False)
        yield (
            f"{json.dumps(name, ensure_ascii=False)} = {{ kinds = [{kinds}], operator = {operator}"
            f", source = {json.dumps(row['source'])}, date = {row['date']} }}\n"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
