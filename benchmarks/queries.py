"""Queries with what each must and must not find (queries.txt), and how well an engine answers them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("queries.txt")
_JOINERS = {"<j>": "\u200d", "<n>": "\u200c"}


@dataclass(frozen=True, slots=True)
class Query:
    """A query with its judged documents. `unseen`: nobody looked at how it fares while the rules were made."""

    kind: str
    asked: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    unseen: bool


@dataclass(frozen=True, slots=True)
class Score:
    """Sums over queries: right documents found, of all that are right; wrong ones found; queries without a fault."""

    queries: int
    perfect: int
    found: int
    right: int
    false: int

    @property
    def recall(self) -> float:
        return self.found / self.right

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.false) if self.found else 0.0


def read_queries(path: Path = FILE) -> list[Query]:
    """The queries in the file's order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_query(line) for line in lines if line and not line.startswith("#")]


def _query(line: str) -> Query:
    for written, joiner in _JOINERS.items():
        line = line.replace(written, joiner)
    kind, asked, right, wrong = (part.strip() for part in line.removeprefix("?").split("|"))
    return Query(kind, asked, _documents(right), _documents(wrong), line.startswith("?"))


def _documents(told: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in told.split(";"))


def documents(queries: Iterable[Query]) -> list[str]:
    """All documents of all queries, each once."""
    return list(dict.fromkeys(text for query in queries for text in (*query.right, *query.wrong)))


def scored(queries: Sequence[Query], find: Callable[[str], set[str]]) -> Score:
    """How well `find` (a query → the documents it finds) does; only a query's own documents are judged."""
    found = [(query, find(query.asked)) for query in queries]
    hits = [(len(got & set(query.right)), len(got & set(query.wrong))) for query, got in found]
    perfect = sum(good == len(query.right) and not bad for (good, bad), (query, _) in zip(hits, found, strict=True))
    right = sum(len(query.right) for query in queries)
    return Score(len(queries), perfect, sum(good for good, _ in hits), right, sum(bad for _, bad in hits))
