"""Answers about long texts are remembered, without the texts."""

from __future__ import annotations

from khabar.extraction import memory
from khabar.extraction.memory import remember_by_hash


def test_a_text_is_examined_once() -> None:
    asked = []

    @remember_by_hash
    def has_player(text: str) -> bool:
        asked.append(text)
        return "player" in text

    answers = [has_player(text) for text in ("a player", "a pen", "a player", "a pen")]
    assert answers == [True, False, True, False]
    assert asked == ["a player", "a pen"]


def test_answers_are_bounded(monkeypatch) -> None:
    monkeypatch.setattr(memory, "_MAX_ANSWERS", 3)
    asked = []
    count = remember_by_hash(lambda text: asked.append(text) or len(text))
    for number in range(10):
        assert count("x" * number) == number
    assert count("x" * 9) == 9
    assert count("") == 0
    assert asked == ["x" * number for number in range(10)] + [""]


def test_long_names_are_not_kept() -> None:
    asked = []

    @memory.remember_names
    def measure(names: str) -> int:
        asked.append(len(names))
        return len(names)

    for size in (3, 3, memory.MAX_NAMES, memory.MAX_NAMES, memory.MAX_NAMES + 1, 1 << 20, 1 << 20):
        assert measure("x" * size) == size
    longest = memory.MAX_NAMES
    assert asked == [3, longest, longest + 1, 1 << 20, 1 << 20]
