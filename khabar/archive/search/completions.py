"""Completes a query while it is typed: words and pairs of words of the newest headlines, places and
sources, and other words of the archive that begin alike.

No word of fewer than MIN_ARTICLES shown articles is ever suggested: each is counted in the search
index when it is asked for, so that a takedown counts at once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from khabar.archive.search.hits import build_match, open_vocabulary
from khabar.archive.search.search_query import INDEX_JOIN
from khabar.archive.search.suggestions import find_written_word
from khabar.hindi.function_words import FUNCTION_WORDS
from khabar.hindi.normalize import fold_long_prefix, fold_word, normalize_spelling
from khabar.hindi.text import WORD
from khabar.hindi.transliterate import build_roman_key, build_roman_keys

# A word of fewer articles is never suggested: a name, an address, an error. As for vectors.
MIN_ARTICLES = 5
MAX_COMPLETIONS = 8
_MAX_SOURCES = 2  # of them; the rest is for words
# Headlines whose words are suggested first: 100 to 210 ms of CPU once in _MAX_AGE
# (docs/benchmarks.md).
_HEADLINES = 3_000
_MAX_AGE = timedelta(minutes=10)  # of the words of headlines, until they are read again
_MIN_PREFIX = 2  # characters from which the other words of the archive are looked through
_MAX_TRIED = 40  # words that are counted in the index for an answer
_MAX_USES = 200  # up to which their uses are counted
_MAX_CHARS = 200  # of a query that is completed
_OPEN_TERM = re.compile(r"\S*[:+(\"-]$")  # of a query: the field or sign before the last word
_LAST_KEY = "\U0010ffff"
_SELECT_HEADLINES = """select title, place from articles
  where withheld is null and title is not null order by id desc limit ?"""
_COUNT_USES = f"""select count(*) from (select 1 from {INDEX_JOIN}
  where articles_fts match :match and facts.withheld is null limit :limit)"""  # noqa: S608  (constants)

CompletionKind = Literal["word", "place", "source"]


@dataclass(frozen=True, slots=True)
class Completion:
    """A query that begins with what was typed. `source`: the key of a source that is to be searched
    for `query`, which is without the source's name.
    """

    kind: CompletionKind
    query: str
    label: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A word or pair of words: as it is written most often, and the headlines that have it."""

    written: str
    headlines: int
    kind: CompletionKind = "word"


@dataclass(frozen=True, slots=True)
class _PhraseIndex:
    """Phrases by folded words and by sound, both sorted for a search by prefix."""

    made_at: datetime
    by_words: tuple[tuple[str, _Phrase], ...]
    by_sound: tuple[tuple[str, _Phrase], ...]

    def find_phrases(self, prefixes: Iterable[str], sounds: Iterable[str]) -> list[_Phrase]:
        """Returns the phrases that begin with one of these, the most frequent first."""
        found = {
            phrase
            for index, keys in ((self.by_words, prefixes), (self.by_sound, sounds))
            for key in keys
            for phrase in _find_range(index, key)
        }
        return sorted(found, key=lambda phrase: (-phrase.headlines, phrase.written))


def _find_range(index: Sequence[tuple[str, _Phrase]], prefix: str) -> Iterator[_Phrase]:
    if prefix:
        start = bisect_left(index, prefix, key=lambda item: item[0])
        end = bisect_left(index, prefix + _LAST_KEY, key=lambda item: item[0])
        yield from (phrase for _, phrase in index[start:end])


# The phrases of the archive that was asked last: a web server reads the headlines once for many
# keys that are pressed. What a takedown deletes meanwhile has no uses any more.
_phrases: dict[str, _PhraseIndex] = {}


def complete_query(db: Database, query: str, now: datetime) -> list[Completion]:
    """Returns up to MAX_COMPLETIONS queries for what was typed, the likeliest first. Empty for a
    query of more than 200 characters, or one that does not end in a word.
    """
    words = list(WORD.finditer(query))
    if len(query) > _MAX_CHARS or not words or words[-1].end() < len(query.rstrip()):
        return []
    index = _load_index(db, now)
    starts = [word.start() for word in words[-2:]]
    if query.endswith(" "):
        starts = starts[-1:]  # of the pair that begins with the last word
    found: dict[str, Completion] = {}
    for start in starts:
        head, typed = query[:start], query[start:]
        phrases = index.find_phrases(_fold_prefixes(typed), _list_sounds(typed))
        _add_completions(db, head, phrases[:_MAX_TRIED], found)
    head, typed = query[: starts[-1]], query[starts[-1] :]
    is_open = typed == typed.rstrip() and len(typed) >= _MIN_PREFIX
    if is_open and len(found) < MAX_COMPLETIONS:
        others = _find_other_words(db, typed)
        _add_completions(db, head, [_Phrase(find_written_word(db, w), n) for w, n in others], found)
    sources = _complete_sources(db, head, typed.strip())
    rest = [item for item in found.values() if item.query != query.strip()]
    return [*rest[: MAX_COMPLETIONS - len(sources)], *sources]


def _add_completions(
    db: Database, head: str, phrases: Iterable[_Phrase], found: dict[str, Completion]
) -> None:
    """Adds the queries made of `head` and each phrase, until there are enough. Leaves out those
    that are there in another spelling, and those that too few articles have.
    """
    within = build_match(db, _OPEN_TERM.sub("", head))
    for phrase in phrases:
        words = _fold_text(phrase.written)
        key = f"{_fold_text(head)} {words}".strip()
        if len(found) == MAX_COMPLETIONS or key in found:
            continue
        if _count_uses(db, words, MIN_ARTICLES, within) >= MIN_ARTICLES:
            query = head + phrase.written
            found[key] = Completion(phrase.kind, query, query)


def _fold_text(text: str) -> str:
    return " ".join(map(fold_word, WORD.findall(text)))


def _count_uses(db: Database, words: str, limit: int, within: str = "") -> int:
    """Returns the number of shown articles that have these folded words in a row, at most `limit`.

    `within`: an FTS5 expression that they must match as well; "" for none.
    """
    phrase = '"' + words.replace('"', '""') + '"'
    match = f"({within}) AND {phrase}" if within else phrase
    (count,) = db.execute(_COUNT_USES, {"match": match, "limit": limit}).fetchone()
    return int(count)


def _fold_prefixes(typed: str) -> list[str]:
    """Returns what the folded words of completions begin with. A blank ends the last word."""
    *complete, last = WORD.findall(typed)
    head = "".join(f"{fold_word(word)} " for word in complete)
    if typed.endswith(" "):
        return [f"{head}{fold_word(last)} "]
    normal = normalize_spelling(last)
    variants = dict.fromkeys([fold_word(last), normal, *fold_long_prefix(normal)])
    return [head + variant for variant in variants if variant]


def _list_sounds(typed: str) -> list[str]:
    """Returns the Roman keys that a Latin word may begin; none for other texts."""
    return build_roman_keys(typed.lower()) if typed.isascii() and typed.isalpha() else []


def _find_other_words(db: Database, typed: str) -> list[tuple[str, int]]:
    """Returns (folded word, uses) of the archive's words that begin so, the most used first."""
    vocabulary = open_vocabulary(db.conn)
    if sounds := _list_sounds(typed):
        words = vocabulary.find_by_sound(sounds, begins=True)
    else:
        words = vocabulary.find_by_prefix(_fold_prefixes(typed))
    words.sort(key=lambda word: (len(word), word))  # of many the shortest, which are used most
    counted = [(word, _count_uses(db, word, _MAX_USES)) for word in words[:_MAX_TRIED]]
    counted.sort(key=lambda item: (-item[1], item[0]))
    return [item for item in counted if item[1] >= MIN_ARTICLES][:MAX_COMPLETIONS]


def _complete_sources(db: Database, head: str, typed: str) -> list[Completion]:
    """Returns the sources a word of whose name begins with what was typed."""
    prefix = fold_word(typed)
    if len(prefix) < 2:
        return []
    found = []
    for key, name, english in db.execute("select key, name, name_en from sources order by key"):
        words = [fold_word(word) for word in WORD.findall(f"{name} {english} {key}")]
        if any(word.startswith(prefix) for word in words) and _is_shown(db, key):
            found.append(Completion("source", head.strip(), name, key))
    return found[:_MAX_SOURCES]


def _is_shown(db: Database, source: str) -> bool:
    """Whether a source has an article that is not withheld."""
    sql = "select exists (select 1 from articles where source = ? and withheld is null)"
    return bool(db.execute(sql, [source]).fetchone()[0])


def _load_index(db: Database, now: datetime) -> _PhraseIndex:
    """Returns the phrases of the newest headlines, at most _MAX_AGE old."""
    (file,) = db.execute("select file from pragma_database_list where name = 'main'").fetchone()
    index = _phrases.get(file)
    if index is None or not timedelta() <= now - index.made_at < _MAX_AGE:
        index = _read_headlines(db, now)
        _phrases.clear()
        _phrases[file] = index
    return index


def _read_headlines(db: Database, now: datetime) -> _PhraseIndex:
    written: dict[str, Counter[str]] = {}
    kinds: dict[str, CompletionKind] = {}
    for title, place in db.execute(_SELECT_HEADLINES, [_HEADLINES]):
        for key, spelling in {*_list_phrases(title)}:
            written.setdefault(key, Counter())[spelling] += 1
        if place and (key := _fold_text(place)):
            written.setdefault(key, Counter())[place] += 1
            kinds[key] = "place"
    by_words: list[tuple[str, _Phrase]] = []
    by_sound: list[tuple[str, _Phrase]] = []
    for key, spellings in written.items():
        if (count := spellings.total()) >= MIN_ARTICLES:
            phrase = _Phrase(spellings.most_common(1)[0][0], count, kinds.get(key, "word"))
            by_words.append((key, phrase))
            if not key.isascii() and " " not in key:
                by_sound.append((build_roman_key(key), phrase))
    by_words.sort(key=lambda item: item[0])
    by_sound.sort(key=lambda item: item[0])
    return _PhraseIndex(now, tuple(by_words), tuple(by_sound))


def _list_phrases(title: str) -> Iterator[tuple[str, str]]:
    """Yields (folded, written) of each word of a headline, and of each two words with a blank
    between them, that say something of the subject.
    """
    before: tuple[str, str, int] | None = None
    for match in WORD.finditer(title):
        word = match[0]
        key = fold_word(word)
        if not key or key.isdecimal() or key in FUNCTION_WORDS:
            before = None
            continue
        yield key, word
        if before and title[before[2] : match.start()] == " ":
            yield f"{before[0]} {key}", f"{before[1]} {word}"
        before = key, word, match.end()
