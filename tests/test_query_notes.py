"""What a search says of an operator or a field that is none, so that nobody takes a word for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.archive.search import FIELDS
from khabar.hindi.query_notes import explain_query
from khabar.hindi.query_parser import MAX_TERMS


def explained(query: str) -> list[str]:
    return [note.typed for note in explain_query(query, FIELDS)]


@pytest.mark.parametrize(
    ("query", "typed"),
    [
        ("आजम AND नहर", ["AND"]),
        ("foo:बारिश", ["foo:"]),
        ("नहर -foo:बारिश", ["foo:"]),
        ("title:", ["title:"]),
        ("नहर OR", ["OR"]),
        ("OR नहर", ["OR"]),
        ("akhilesh or yogi and modi", ["or", "and"]),
        ("नहर NOT", ["NOT"]),
        ("*", ["*", "*"]),
        ("-बिहार", ["-"]),
        ("(नहर)", ["( )"]),
        ('"नहर साफ़', ['"']),
        (" ".join(f"शब्द{number}" for number in range(MAX_TERMS + 1)), ["…"]),
    ],
)  # fmt: skip
def test_what_is_not_what_it_looks_like_is_said(query: str, typed: list[str]) -> None:
    assert explained(query) == typed


@pytest.mark.parametrize(
    "query",
    ["", "नहर", "title:नहर", "शीर्षक:नहर", "title: नहर", '"foo: AND बारिश"', "नहर OR सड़क", "-बिहार नहर", "NOT बिहार नहर", "मुख्य*",
     "दु:ख", "https://x.newsroom.test/a", "12:30", "योगी: बयान", " ".join(f"शब्द{number}" for number in range(MAX_TERMS))],
)  # fmt: skip
def test_an_ordinary_query_needs_no_word(query: str) -> None:
    assert explained(query) == []


def test_a_note_names_what_happened() -> None:
    (note,) = explain_query("foo:बारिश", FIELDS)
    assert note.english == "foo: is no field, searched as a word" and "शब्द" in note.hindi


@given(st.text(st.sampled_from('aनह"*-:() ANDORnot\n'), max_size=60))
def test_any_query_can_be_explained(query: str) -> None:
    assert len(explain_query(query, FIELDS)) <= 5
