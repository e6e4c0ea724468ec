"""Judged queries with the documents that they must and must not find (queries.txt), and the score
of an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("queries.txt")
_JOINERS = {"<j>": "\u200d", "<n>": "\u200c"}


@dataclass(frozen=True, slots=True)
class Query:
    """A query with its judged documents. `unseen`: it was not looked at while the rules were
    made.
    """

    kind: str
    text: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    unseen: bool


@dataclass(frozen=True, slots=True)
class QueryScore:
    """Sums over queries: `hits` of all `right` documents, `false` ones found, and queries without
    an error (`perfect`).
    """

    queries: int
    perfect: int
    hits: int
    right: int
    false: int

    @property
    def recall(self) -> float:
        return self.hits / self.right

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.false) if self.hits else 0.0


def read_queries(path: Path = FILE) -> list[Query]:
    """Returns the queries in the file's order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_parse_query(line) for line in lines if line and not line.startswith("#")]


def _parse_query(line: str) -> Query:
    for placeholder, joiner in _JOINERS.items():
        line = line.replace(placeholder, joiner)
    kind, text, right, wrong = (part.strip() for part in line.removeprefix("?").split("|"))
    return Query(kind, text, _split_documents(right), _split_documents(wrong), line.startswith("?"))


def _split_documents(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";"))


def list_documents(queries: Iterable[Query]) -> list[str]:
    """Returns all documents of all queries, each once."""
    return list(
        dict.fromkeys(document for query in queries for document in (*query.right, *query.wrong))
    )


def score_queries(queries: Sequence[Query], find: Callable[[str], set[str]]) -> QueryScore:
    """Scores `find`, which maps a query to the documents found. Each query is judged by its own
    documents only.
    """
    results = [(query, find(query.text)) for query in queries]
    hits = [(len(got & set(query.right)), len(got & set(query.wrong))) for query, got in results]
    perfect = sum(
        good == len(query.right) and not bad
        for (good, bad), (query, _) in zip(hits, results, strict=True)
    )
    right = sum(len(query.right) for query in queries)
    return QueryScore(
        len(queries), perfect, sum(good for good, _ in hits), right, sum(bad for _, bad in hits)
    )
