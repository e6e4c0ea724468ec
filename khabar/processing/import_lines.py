"""Prepares JSON lines for the archive: parse, build, admit, keys. One bad line costs itself.

Reads the lines and the source files only; saving is up to the caller.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from khabar.hindi.normalize import fold_for_index
from khabar.model import urls
from khabar.model.items import Article, DedupKeys
from khabar.model.sources import Registry, Source
from khabar.processing.admission import NotAdmitted, admit
from khabar.processing.jsonl_import import (
    ArticleRef,
    EmptyText,
    ImportRecord,
    LineError,
    build_article,
    list_fields,
    parse_first_seen,
    parse_line,
)
from khabar.processing.keys import compute_keys

MAX_LINE = 32 << 20  # bytes; chosen by hand, not measured
MAX_KEY = 41  # characters of a source's key
# as the `key` of a source file (khabar/model/sources/load.py)
_SOURCE_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


@dataclass(frozen=True, slots=True)
class PreparedArticle:
    """An article that may be saved. `source`: a key, not necessarily of a known source."""

    article: Article
    source: str
    keys: DedupKeys
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class PreparedRef:
    """A URL to be fetched again, and the source it belongs to."""

    url: str
    source: Source


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that cannot be imported, as a LineError says. `fields`: the names of its fields where
    one is missing; `is_empty`: its text is there and empty.
    """

    message: str
    kind: str
    fields: tuple[str, ...] = ()
    is_empty: bool = False


Prepared = PreparedArticle | PreparedRef | RejectedLine


class LineReader:
    """Prepares lines. `field_names`: field of Khabar → its name in the files."""

    def __init__(self, registry: Registry, field_names: Mapping[str, str]) -> None:
        self._registry, self._field_names = registry, field_names
        self._keys = {
            name: source.key for source in registry.sources.values() for name in _iter_names(source)
        }

    def prepare_line(self, raw: bytes, now: datetime) -> PreparedArticle | PreparedRef:
        """Raises LineError.

        Whatever a parser raises costs this line alone and is named: there is no list of exceptions.
        """
        try:
            return self._prepare_line(raw, now)
        except LineError:
            raise
        except NotAdmitted as error:
            raise LineError(str(error), error.kind) from error
        except Exception as error:
            name = type(error).__name__
            raise LineError(f"{name}: {error!s:.200}", name) from error

    def _prepare_line(self, raw: bytes, now: datetime) -> PreparedArticle | PreparedRef:
        if len(raw) > MAX_LINE:
            raise LineError(f"longer than {MAX_LINE} bytes")
        line = parse_line(raw, self._field_names)
        key = self.find_source_key(line)
        source = self._registry.sources.get(key)
        if isinstance(line, ArticleRef):
            if source is None:
                host = urls.get_host(line.url)
                raise LineError(
                    f"no source file for {host}: it cannot be fetched",
                    "no source file for its host: it cannot be fetched",
                )
            return PreparedRef(line.url, source)
        article = build_article(line, now)
        first_seen = admit(article, parse_first_seen(line, now), now)
        return PreparedArticle(article, key, compute_keys(article, source, key), first_seen)

    def find_source_key(self, line: ImportRecord | ArticleRef) -> str:
        """Returns the key of the source that the line names: by key, name or host.

        If it is none of ours: its own name if that is a key, the source of the URL's host, else a
        key made of either.
        """
        name, host = (line.source or "").strip(), urls.get_host(line.url)
        if key := self._keys.get(_fold_name(name)):
            return key
        if _SOURCE_KEY.fullmatch(name):
            return name
        if key := self._keys.get(_fold_name(host)):
            return key
        return make_source_key(name) or make_source_key(host.removeprefix("www.")) or "unknown"

    def prepare_lines(self, lines: Sequence[bytes], now: datetime) -> list[Prepared]:
        """Returns the result of each line, in order."""
        results: list[Prepared] = []
        for raw in lines:
            try:
                results.append(self.prepare_line(raw, now))
            except LineError as error:
                lacks_field = "missing required field" in error.kind
                fields = tuple(list_fields(raw)) if lacks_field else ()
                is_empty = isinstance(error, EmptyText)
                results.append(RejectedLine(str(error), error.kind, fields, is_empty))
        return results


@lru_cache(maxsize=1)
def _load_reader(pickled: bytes) -> LineReader:
    reader: LineReader = pickle.loads(pickled)  # noqa: S301  (made by this program)
    return reader


def prepare_lines(pickled_reader: bytes, lines: Sequence[bytes], now: datetime) -> list[Prepared]:
    """The task of a worker: prepares lines with a reader, which it unpickles once."""
    return _load_reader(pickled_reader).prepare_lines(lines, now)


def _iter_names(source: Source) -> Iterator[str]:
    """Yields the folded names by which a collection may know a source; its key last."""
    for name in (source.name, source.name_en, *source.hosts, source.key):
        yield _fold_name(name)


def _fold_name(name: str) -> str:
    """Returns a name without differences of case, spelling and blanks; a URL as its host."""
    if "/" in name:
        name = urls.get_host(name if "//" in name else f"//{name}") or name
    folded = fold_for_index(name.casefold().removeprefix("www.")) or ""
    return "".join(folded.split())


def make_source_key(name: str) -> str:
    """Returns a name in ASCII letters as a key; '' where nothing of it is left."""
    if not name.isascii():
        return ""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-_")[:MAX_KEY].rstrip("-")
