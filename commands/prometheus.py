"""Formats the figures of `khabar status` for Prometheus: a file that node_exporter's textfile
collector reads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from khabar.model.clock import parse_utc
from khabar.model.errors import RunError

FILE_MODE = 0o644  # the collector is another user


@dataclass(frozen=True, slots=True)
class Metric:
    """A gauge. `field`: the key of its value in a row of `status --json`."""

    name: str
    help: str
    field: str


SOURCE_METRICS = (
    Metric("khabar_source_broken", "Whether the last run found the source broken.", "broken"),
    Metric("khabar_source_muted", "Whether the source raises no alerts.", "muted_until"),
    Metric("khabar_source_articles", "Articles of the source in the archive.", "articles"),
    Metric("khabar_source_embeds", "Placements of embeds in its articles.", "embeds"),
    Metric("khabar_source_new_today", "New articles since midnight in India.", "new_today"),
    Metric("khabar_source_usual_by_now", "New articles on a usual day so far.", "usual_by_now"),
    Metric("khabar_source_due_pages", "Pages that are due and not fetched.", "due"),
    Metric(
        "khabar_source_last_success_timestamp_seconds",
        "When a run last fetched anything.",
        "last_success",
    ),
    Metric(
        "khabar_source_last_new_timestamp_seconds",
        "When a run last found a new article.",
        "last_new",
    ),
)
ARCHIVE_METRICS = (
    Metric("khabar_archive_size_bytes", "Size of the archive's file.", "bytes"),
    Metric("khabar_disk_free_bytes", "Free space on the archive's disk.", "free_bytes"),
    Metric(
        "khabar_newly_broken_sources",
        "Sources that the last run found newly broken.",
        "newly_broken",
    ),
    Metric("khabar_last_run_timestamp_seconds", "When the last run began.", "last_run"),
)
OUTCOMES = Metric("khabar_pages", "Pages by the outcome of their last visit.", "outcomes")


def format_metrics(summary: Mapping[str, Any]) -> str:
    """Returns the metrics of a status, in Prometheus' text format. `summary`: the object of
    `status --json`.
    """
    lines: list[str] = []
    for metric in ARCHIVE_METRICS:
        lines += _format_metric(metric, [({}, summary[metric.field])])
    for metric in SOURCE_METRICS:
        rows = [({"source": row["source"]}, row[metric.field]) for row in summary["sources"]]
        lines += _format_metric(metric, rows)
    outcomes = summary["outcomes"].items()
    lines += _format_metric(OUTCOMES, [({"outcome": name}, pages) for name, pages in outcomes])
    return "".join(f"{line}\n" for line in lines)


def _format_metric(metric: Metric, rows: Iterable[tuple[dict[str, str], Any]]) -> list[str]:
    """Returns a metric's lines; a value that is unknown has none."""
    samples = []
    for labels, value in rows:
        number = _to_number(metric, value)
        if number is not None:
            inner = ",".join(f'{name}="{_escape_label(text)}"' for name, text in labels.items())
            samples.append(
                f"{metric.name}{f'{{{inner}}}' if inner else ''} {_format_number(number)}"
            )
    if not samples:
        return []
    return [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} gauge", *samples]


def _to_number(metric: Metric, value: Any) -> float | None:
    if metric.name.endswith("_timestamp_seconds"):
        return parse_utc(value).timestamp() if value else None
    if metric.field in ("broken", "muted_until"):
        return float(bool(value))
    if isinstance(value, list):
        return float(len(value))
    return None if value is None else float(value)


def _format_number(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def _escape_label(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def write_metrics(path: Path, text: str) -> None:
    """Writes the file at once, so that the collector never reads half of it. Raises RunError."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8")
        part.chmod(FILE_MODE)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RunError(f"{path}: {error.strerror or error}") from error
