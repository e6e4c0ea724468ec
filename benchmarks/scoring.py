"""What a tool's readings are worth: each is held against its page's gold by the scorer that lies
beside the pages.
"""

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
    """One tool over all pages. F1 is over text tokens, averaged over pages; `x/y` are those
    right of those shown.
    """

    f1_hindi: str
    f1_other: str
    precision: str
    recall: str
    lost: str  # blocks of the gold text that are not whole in the reading
    leaks: str  # furniture strings found in it
    title: str
    day: str
    minute: str  # with its offset
    authors: str
    embeds: str  # found as data, provider and id
    wrong: str
    misplaced: str  # pages whose embeds come in another order


def load_scorer() -> Callable[[JsonObject, JsonObject], JsonObject]:
    """`score(gold, reading)` of the file that lies beside the marked pages: everyone is measured
    with the same one.
    """
    spec = importlib.util.spec_from_file_location("score", SHARED / "pages" / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    score: Callable[[JsonObject, JsonObject], JsonObject] = module.score
    return score


def score_readings(pages: Sequence[SamplePage], readings: Sequence[JsonObject]) -> ReaderScore:
    """Readings of articles, each held against its page's gold."""
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
    """Right ones of those that the page shows at all."""
    answers = [mark for mark in marks if mark is not None]
    return f"{sum(answers)}/{len(answers)}"


HEAD = tuple(field.name.replace("_", " ").replace("f1", "F1") for field in fields(ReaderScore))
