"""Finds what stands in the hits of a search more often than in the rest of their period: words,
and of embedded posts the accounts, domains and hashtags.

Articles are counted, not uses. The hits and the rest are samples, which depend on the archive and
the search alone: a sample is the articles whose id has the smallest hash.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import log
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from khabar.archive.search.days import find_id_range
from khabar.archive.search.facets import MAX_COUNTED
from khabar.archive.search.hits import build_match
from khabar.archive.search.search_query import FACTS_WHERE, INDEX_JOIN, MATCH_WHERE, SearchQuery
from khabar.hindi.india_time import IST
from khabar.hindi.normalize import fold_word
from khabar.hindi.text import WORD
from khabar.model.article_rows import ID_BITS

# Kinds of what co-occurs, in the order in which they are shown.
KINDS = ("words", "accounts", "domains", "hashtags")
# Articles whose words are counted. A bound on the time: 220 ms of CPU at p95 on 200,000 articles
# (`python -m benchmarks analysis`); with 800 others the words alone took 127 to 163 ms.
WORD_HITS, WORD_REST = 400, 600
# Articles whose embeds are counted: more, as one in ten articles has some.
EMBED_HITS, EMBED_REST = 2_000, 4_000
MAX_ITEMS = 40  # of a kind; chosen by hand
# A word of fewer hits stays out, as it does of vectors: a name, an address, an error. Of accounts,
# domains and hashtags, which pages list one by one anyway, fewer are enough. Chosen by hand.
MIN_ARTICLES = {"words": 5, "accounts": 3, "domains": 3, "hashtags": 3}
# G² above which chance alone explains a difference less than once in a thousand times (chi-square,
# one degree of freedom). Of the many words some still differ by chance; they are the last.
MIN_SCORE = 10.83
MIN_REST = 20  # other articles, for a comparison that says anything; chosen by hand
_MAX_CHARS = 20_000  # of an article's text; a live blog may be longer
_ID_HASH_MASK = (1 << ID_BITS) - 1
_HASH_FACTOR, _HASH_MASK = 2_654_435_761, (1 << 32) - 1  # Knuth's multiplicative hash
_SELECT_HITS = f"""select facts.id from {INDEX_JOIN} {MATCH_WHERE}
  order by articles_fts.rowid desc limit :counted"""  # noqa: S608  (here and below: constants)
_SELECT_REST = f"""select facts.id from articles facts indexed by articles_facts
  where facts.id between :first and :last and {FACTS_WHERE}
    and facts.id not in (select value from json_each(:hits))
  order by ((facts.id + (facts.id >> {ID_BITS})) & {_ID_HASH_MASK}) * {_HASH_FACTOR} & {_HASH_MASK},
    facts.id limit :wanted"""  # noqa: S608
_SELECT_TEXTS = f"""select coalesce(title, '') || ' ' || coalesce(subtitle, '') || ' '
    || substr(text, 1, {_MAX_CHARS})
  from articles where id in (select value from json_each(?)) and withheld is null"""  # noqa: S608
_SELECT_EMBEDS = """select x.article_id, e.provider, e.author_handle, e.url, e.media,
    coalesce(x.text_here, e.text)
  from json_each(?) cross join articles facts indexed by articles_facts on facts.id = value
    cross join article_embeds x on x.article_id = facts.id and x.revision = facts.revision
      and x.place <> 'page'
    join embeds e on e.id = x.embed_id
  where facts.withheld is null"""
_HASHTAG = re.compile(r"(?<![&\w])#(?=\D)([\w\u0900-\u0963\u200c\u200d]{2,50})")
_URL = re.compile(r"https?://[^\s<>\"'।]{3,300}")
_QUOTED = re.compile(r'"([^"]*)"( \*)?')


@dataclass(frozen=True, slots=True)
class CooccurringValue:
    """A word, account (provider:handle), domain or hashtag: the sampled hits and other articles
    that have it, and how unlikely the difference is by chance (`score`: G², the log-likelihood
    ratio). `times`: by which factor its share is larger in the hits; None: no other article has it.
    """

    value: str
    hits: int
    rest: int
    times: float | None
    score: float


@dataclass(frozen=True, slots=True)
class CooccurringKind:
    """The values of one kind, highest score first, and the sizes of both samples."""

    hits_of: int = 0
    rest_of: int = 0
    values: tuple[CooccurringValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Cooccurrences:
    """What co-occurs with a search. `total`: its hits, of which the newest `total` are looked at
    where there are more (not `is_exact`); `first`, `last`: the days of the period, in India.
    """

    total: int = 0
    is_exact: bool = True
    first: date | None = None
    last: date | None = None
    kinds: dict[str, CooccurringKind] = field(
        default_factory=lambda: {kind: CooccurringKind() for kind in KINDS}
    )

    def to_json(self) -> dict[str, Any]:
        """Returns the object that /compare/with.json and the command have."""
        return {
            "total": self.total,
            "total_is_exact": self.is_exact,
            "from": self.first and str(self.first),
            "to": self.last and str(self.last),
            **{
                name: {
                    "hits_of": kind.hits_of,
                    "rest_of": kind.rest_of,
                    "values": [_to_row(value) for value in kind.values],
                }
                for name, kind in self.kinds.items()
            },
        }

    def iter_rows(self) -> Iterator[dict[str, Any]]:
        """Yields one row for each value, as CSV has them."""
        for name, kind in self.kinds.items():
            for value in kind.values:
                row = _to_row(value)
                yield {
                    "kind": name,
                    "value": value.value,
                    "hits": value.hits,
                    "hits_of": kind.hits_of,
                    "rest": value.rest,
                    "rest_of": kind.rest_of,
                    "times": row["times"],
                    "score": row["score"],
                }


def _to_row(value: CooccurringValue) -> dict[str, Any]:
    return {
        "value": value.value,
        "hits": value.hits,
        "rest": value.rest,
        "times": None if value.times is None else round(value.times, 1),
        "score": round(value.score, 1),
    }


def find_cooccurring(db: Database, query: SearchQuery) -> Cooccurrences:
    """Compares the hits of a search with the other articles that its filters leave, over the same
    period: `since` to `until`, without them from the first to the last hit. Of more than
    MAX_COUNTED hits the newest are compared. `limit` and `ranked` do not matter.
    """
    match = build_match(db, query.query)
    if not match:
        return Cooccurrences()
    params = query.build_params(db.conn, match)
    ids = _select_ids(db, _SELECT_HITS, params | {"counted": MAX_COUNTED + 1})
    is_exact, ids = len(ids) <= MAX_COUNTED, ids[:MAX_COUNTED]
    if not ids:
        return Cooccurrences()
    since, until = (params["since"] if is_exact else None), params["until"]
    first_day = _parse_day(since) or _day_of(ids[-1])
    last_day = _parse_day(until) or _day_of(ids[0])
    params["first"], params["last"] = find_id_range(db.conn, str(first_day), str(last_day))
    if not is_exact:  # older hits of that day are not counted, and are no others
        params["first"] = ids[-1]
    rest = _select_ids(db, _SELECT_REST, params | {"hits": json.dumps(ids), "wanted": EMBED_REST})
    rest = rest if len(rest) >= MIN_REST else []
    hits = sorted(ids, key=_hash_id)
    kinds = {"words": _compare_words(db, hits[:WORD_HITS], rest[:WORD_REST], match)}
    kinds |= _compare_embeds(db, hits[:EMBED_HITS], rest)
    return Cooccurrences(len(ids), is_exact, first_day, last_day, kinds)


def _select_ids(db: Database, sql: str, params: Mapping[str, Any]) -> list[int]:
    return [article_id for (article_id,) in db.execute(sql, dict(params))]


def _hash_id(article_id: int) -> tuple[int, int]:
    """Returns the sort key of a sample: equal to that of _SELECT_REST. The low bits of an id are a
    hash of the URL; the others are added for archives whose ids were given out in order.
    """
    low = (article_id + (article_id >> ID_BITS)) & _ID_HASH_MASK
    return low * _HASH_FACTOR & _HASH_MASK, article_id


def _parse_day(day: str | None) -> date | None:
    try:
        return date.fromisoformat(day or "")
    except ValueError:
        return None


def _day_of(article_id: int) -> date:
    return datetime.fromtimestamp(article_id >> ID_BITS, IST).date()


def _compare_words(
    db: Database, hits: Sequence[int], rest: Sequence[int], match: str
) -> CooccurringKind:
    """Compares the words of two samples as they are written, without those of the query."""
    of_hits, of_rest = Counter[str](), Counter[str]()
    for ids, counts in ((hits, of_hits), (rest, of_rest)):
        for (text,) in db.execute(_SELECT_TEXTS, [json.dumps(ids)]):
            counts.update(set(WORD.findall(text)))
    values = _score_values("words", of_hits, of_rest, len(hits), len(rest))
    return CooccurringKind(
        len(hits), len(rest), tuple(_drop_words(values, *_list_matched(match)))[:MAX_ITEMS]
    )


def _list_matched(match: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Returns the folded words of an FTS5 expression, and the prefixes in it."""
    words: set[str] = set()
    prefixes: list[str] = []
    for phrase, star in _QUOTED.findall(match):
        words.update(phrase.split())
        prefixes += phrase.split()[-1:] if star else []
    return frozenset(words), tuple(prefixes)


def _drop_words(
    values: Iterable[CooccurringValue], words: Collection[str], prefixes: tuple[str, ...]
) -> Iterator[CooccurringValue]:
    """Yields the values without those of the query, single letters, numbers and other spellings of
    a word that came before.
    """
    seen = set(words)
    for value in values:
        folded = fold_word(value.value)
        if len(folded) < 2 or folded in seen or not any(map(str.isalpha, folded)):
            continue
        if not (prefixes and folded.startswith(prefixes)):
            seen.add(folded)
            yield value


def _compare_embeds(
    db: Database, hits: Sequence[int], rest: Sequence[int]
) -> dict[str, CooccurringKind]:
    """Compares the accounts, domains and hashtags of the embedded posts of two samples."""
    of_hits, of_rest = _count_embeds(db, hits), _count_embeds(db, rest)
    return {
        kind: CooccurringKind(
            len(hits),
            len(rest),
            tuple(_score_values(kind, of_hits[kind], of_rest[kind], len(hits), len(rest)))[
                :MAX_ITEMS
            ],
        )
        for kind in KINDS[1:]
    }


def _count_embeds(db: Database, ids: Sequence[int]) -> dict[str, Counter[str]]:
    """Returns for each kind the articles that have each value."""
    found: dict[str, set[tuple[str, int]]] = {kind: set() for kind in KINDS[1:]}
    for article_id, provider, handle, url, media, text in db.execute(
        _SELECT_EMBEDS, [json.dumps(ids)]
    ):
        if handle:
            found["accounts"].add((f"{provider}:{handle.lower()}", article_id))
        links = [url, *json.loads(media or "[]"), *_URL.findall(text or "")]
        for domain in filter(None, map(_parse_domain, links)):
            found["domains"].add((domain, article_id))
        for tag in _HASHTAG.findall(text or ""):
            found["hashtags"].add((f"#{tag.lower()}", article_id))
    return {kind: Counter(value for value, _ in pairs) for kind, pairs in found.items()}


def _parse_domain(url: str | None) -> str | None:
    """Returns the host of an address without www. and m.; None for what is no web address."""
    try:
        parts = urlsplit(url or "")
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "." not in host:
        return None
    return re.sub(r"^(?:www|m)\.", "", host)


def _score_values(
    kind: str, of_hits: Counter[str], of_rest: Counter[str], hits: int, rest: int
) -> list[CooccurringValue]:
    """Returns the values that the hits have more often, highest G² first. `hits`, `rest`: sizes of
    the samples.
    """
    values = []
    for value, count in of_hits.items():
        others = of_rest[value]
        if count < MIN_ARTICLES[kind] or count * rest <= others * hits:
            continue
        score = compute_log_likelihood(count, others, hits, rest)
        if score >= MIN_SCORE:
            times = (count / hits) / (others / rest) if others else None
            values.append(CooccurringValue(value, count, others, times, score))
    return sorted(values, key=lambda item: (-item.score, item.value))


def compute_log_likelihood(hits: int, rest: int, hits_of: int, rest_of: int) -> float:
    """Returns Dunning's G² of a value that `hits` of `hits_of` and `rest` of `rest_of` articles
    have: twice the log of how much likelier the counts are with two shares than with one.
    """
    total, found = hits_of + rest_of, hits + rest
    cells = (
        (hits, hits_of, found),
        (rest, rest_of, found),
        (hits_of - hits, hits_of, total - found),
        (rest_of - rest, rest_of, total - found),
    )
    return 2 * sum(
        count * log(count * total / (size * column)) for count, size, column in cells if count
    )
