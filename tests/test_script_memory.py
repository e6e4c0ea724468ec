"""Answers about long texts are remembered, without the texts."""

from __future__ import annotations

from khabar.extraction import script_memory
from khabar.extraction.script_memory import remember_by_hash


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
    monkeypatch.setattr(script_memory, "_MAX_ANSWERS", 3)
    asked = []
    count = remember_by_hash(lambda text: asked.append(text) or len(text))
    for number in range(10):
        assert count("x" * number) == number
    assert count("x" * 9) == 9
    assert count("") == 0
    assert asked == ["x" * number for number in range(10)] + [""]
