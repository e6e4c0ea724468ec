"""How well search finds what people mean: the judged queries, and spellings of words in real news."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from random import Random
from unicodedata import normalize

import pytest

from benchmarks import engines
from benchmarks.queries import list_documents, read_queries, score_queries
from khabar.hindi.text import WORD

QUERIES = read_queries()
Find = Callable[[str], set[str]]


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory) -> Find:
    return engines.make_khabar_engine(tmp_path_factory.mktemp("quality"), list_documents(QUERIES))


def test_there_are_queries_enough_and_hard_ones() -> None:
    assert len(QUERIES) >= 120
    assert sum(query.unseen for query in QUERIES) >= len(QUERIES) / 3
    assert all(query.right and query.wrong for query in QUERIES)
    kinds = (
        "nukta chandrabindu joiner inflection spelling digits compounds latin alias phrases grammar"
    )
    assert {query.kind for query in QUERIES} == set(kinds.split())


@pytest.mark.parametrize("unseen", [False, True])
def test_recall_and_precision(find: Find, unseen: bool) -> None:
    score = score_queries([query for query in QUERIES if query.unseen is unseen], find)
    assert score.recall >= 0.95
    assert score.precision >= 0.97


@pytest.mark.parametrize("kind", sorted({query.kind for query in QUERIES}))
def test_no_kind_is_left_behind(find: Find, kind: str) -> None:
    score = score_queries([query for query in QUERIES if query.kind == kind], find)
    assert score.recall >= 0.9
    assert score.precision >= 0.95


def test_the_bar_is_out_of_reach_for_sqlite_s_own_tokenizers(tmp_path: Path) -> None:
    for name in ("unicode61, default", "trigram", "folded words alone"):
        score = score_queries(
            QUERIES, engines.list_engines()[name](tmp_path, list_documents(QUERIES))
        )
        assert score.recall < 0.85 or score.precision < 0.9, name


# --- words of real news, respelt by machine ---

RESPELT: dict[str, Callable[[str], str]] = {
    "decomposed": lambda word: normalize("NFD", word),
    "without nukta": lambda word: normalize("NFD", word).replace("\u093c", ""),
    "chandrabindu": lambda word: word.replace("ं", "ँ"),
    "anusvara": lambda word: word.replace("ँ", "ं"),
    "joiner": lambda word: word.replace("्", "्\u200d"),
    "non-joiner": lambda word: re.sub("(?<=.)्(?=.)", "्\u200c", word),
    "half n": lambda word: re.sub("ं(?=[तथदध])", "न्", word),
    "half m": lambda word: re.sub("ं(?=[पफबभ])", "म्", word),
    "ye": lambda word: re.sub("(?<=[ािीुूेैोौ])ए", "ये", word),
    "digits": lambda word: word.translate({48 + digit: 0x966 + digit for digit in range(10)}),
}


_PLAIN = re.compile(r"[\u0905-\u0939][\u0900-\u0963\u200c\u200d]{2,}|\d{2,}")


@pytest.mark.shared
def test_a_word_respelt_finds_what_the_word_finds(shared: Path, tmp_path: Path) -> None:
    with gzip.open(shared / "texts" / "articles_hi.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["full_text"][:3000] for line in islice(lines, 300)]
    find = engines.make_khabar_engine(tmp_path, texts)
    words = sorted(
        {word for text in texts for word in WORD.findall(text) if _PLAIN.fullmatch(word)}
    )
    for word in Random(6).sample(words, 250):
        as_printed = find(word)
        assert any(word in text for text in as_printed), word
        for how, respell in RESPELT.items():
            assert find(respell(word)) == as_printed, (word, how)
