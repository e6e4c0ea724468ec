"""Scores a tool's output against the gold data, with the scorer that lies beside the gold pages."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from statistics import mean
from typing import Any

from benchmarks.pages import SHARED, SamplePage

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReaderScore:
    """One tool over all pages. F1 is over text tokens, averaged over pages; `x/y`: correct of those
    that the pages show.
    """

    f1_hindi: str
    f1_other: str
    precision: str
    recall: str
    lost: str  # gold blocks that are not complete in the output
    leaks: str  # boilerplate strings in the output
    title: str
    day: str
    minute: str  # with its offset
    authors: str
    embeds: str  # found as data, provider and id
    wrong: str
    misplaced: str  # pages whose embeds are in another order


def load_scorer() -> Callable[[JsonObject, JsonObject], JsonObject]:
    """Loads `score(gold, reading)` from the file beside the gold pages, so that every tool is
    scored alike.
    """
    spec = importlib.util.spec_from_file_location("score", SHARED / "pages" / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    score: Callable[[JsonObject, JsonObject], JsonObject] = module.score
    return score


def score_readings(pages: Sequence[SamplePage], readings: Sequence[JsonObject]) -> ReaderScore:
    """Scores the output for each article page against its gold data."""
    score = load_scorer()
    marks = [score(page.gold, reading) for page, reading in zip(pages, readings, strict=True)]
    hindi = [mark for page, mark in zip(pages, marks, strict=True) if page.gold["language"] == "hi"]
    other = [mark for mark in marks if mark not in hindi]
    blocks = sum(mark["blocks"] for mark in marks)
    embeds = sum(mark["emb"] for mark in marks)
    embed_hits = sum(mark["emb_ok"] for mark in marks)
    return ReaderScore(
        f1_hindi=_format_mean(hindi, "f"),
        f1_other=_format_mean(other, "f"),
        precision=_format_mean(marks, "p"),
        recall=_format_mean(marks, "r"),
        lost=f"{sum(mark['lost'] for mark in marks)}/{blocks}",
        leaks=str(sum(mark["leaks"] for mark in marks)),
        title=_format_right(mark["title"] for mark in marks),
        day=_format_right(mark["day"] for mark in marks),
        minute=_format_right(mark["minute"] for mark in marks),
        authors=_format_right(mark["authors"] for mark in marks),
        embeds=f"{embed_hits}/{embeds}",
        wrong=str(sum(mark["emb_extra"] for mark in marks)),
        misplaced=str(sum(not mark["order"] for mark in marks)) if embed_hits else "–",
    )


def _format_mean(marks: Sequence[JsonObject], part: str) -> str:
    return f"{mean(mark[part] for mark in marks):.3f}" if marks else "–"


def _format_right(marks: Iterable[bool | None]) -> str:
    """Returns correct values of those that the pages show."""
    answers = [mark for mark in marks if mark is not None]
    return f"{sum(answers)}/{len(answers)}"


HEAD = tuple(field.name.replace("_", " ").replace("f1", "F1") for field in fields(ReaderScore))
