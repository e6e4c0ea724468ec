"""Builds an archive of a million articles for the search benchmark: random words with the
frequencies of real newspapers.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from random import Random

from sqlite_utils import Database

from benchmarks.pages import ROOT
from khabar.archive import open_archive
from khabar.archive.database import transaction
from khabar.archive.search import add_terms
from khabar.hindi.text import WORD
from newsroom.stories import iter_parts, read_stories

NUMBER, SOURCES, DAYS = 1_000_000, 57, 3 * 365
LAST = datetime(2026, 11, 24, tzinfo=UTC)
_TEXTS = ROOT.parent / "shared" / "texts" / "articles_hi.jsonl.gz"
_PARAGRAPH, _TITLE, _POST, _CAPTION = 50, 9, 25, 8  # words
# Share of an article's words that are drawn independently; the others repeat them. Gives as many
# different words as the first 450 words of real articles have.
_FRESH = 0.65
_BATCH = 1000
_DESKS = (None, None, None, None, "नगर संवाददाता", "लखनऊ ब्यूरो", "भाषा", "आईएएनएस", "एएनआई", "एजेंसी")
_PAGE_TYPES = ("article",) * 16 + ("gallery", "gallery", "video", "liveblog")
_EMBED_SHARE, _STORY_SHARE, _STORY_LENGTH = 0.15, 0.3, 9
_Row = tuple[int, str, str, str, str | None, str, str, str]


@dataclass(frozen=True, slots=True)
class DescribedArticle:
    """What facets and the front page count of an article. `story`: index of its story's earliest
    article, None for an article of its own.
    """

    page_type: str
    section: str | None
    place: str | None
    desk: str | None
    has_embed: bool
    story: int | None


def describe_article(index: int) -> DescribedArticle:
    """Returns the description of a generated article. Deterministic."""
    chance = Random(index)
    in_story = Random(index // _STORY_LENGTH).random() < _STORY_SHARE
    return DescribedArticle(
        chance.choice(_PAGE_TYPES),
        f"खंड {min(int(chance.expovariate(0.3)), 30)}" if chance.random() < 0.9 else None,
        f"जगह {min(int(chance.expovariate(0.05)), 200)}" if chance.random() < 0.6 else None,
        chance.choice(_DESKS),
        chance.random() < _EMBED_SHARE,
        index - index % _STORY_LENGTH if in_story else None,
    )


def count_words() -> tuple[Counter[str], str]:
    """Counts words in the shared newspaper texts, or, if they are absent, in the newsroom's
    stories. Returns the counts and a description of the texts.
    """
    if _TEXTS.exists():
        with gzip.open(_TEXTS, "rt", encoding="utf-8") as lines:
            texts = [json.loads(line)["full_text"] for line in lines]
        return Counter(
            word for text in texts for word in WORD.findall(text)
        ), f"{len(texts)} articles of newspapers"
    texts = [part.text for story in read_stories() for part in iter_parts(story, story.body)]
    return Counter(word for text in texts for word in WORD.findall(text)), "the newsroom's stories"


@dataclass
class TextGenerator:
    """Generates texts of `length` words with the frequencies in `counts`. Deterministic."""

    counts: Counter[str]
    length: int
    source_count: int = SOURCES
    days: int = DAYS
    chance: Random = field(default_factory=lambda: Random(6))

    def __post_init__(self) -> None:
        self.words = list(self.counts)
        self.shares = list(accumulate(self.counts.values()))
        self.sources = list(accumulate(1 / (rank + 1) for rank in range(self.source_count)))

    def iter_rows(self, number: int) -> Iterator[_Row]:
        """Yields (id, source, title, text, posts, captions, published_at, published_on), oldest
        first.
        """
        step = timedelta(days=self.days) / number
        for index in range(number):
            body, words = self._make_body(), self._draw_words(_TITLE + _POST + _CAPTION)
            paragraphs = (
                body[start : start + _PARAGRAPH] for start in range(0, self.length, _PARAGRAPH)
            )
            published_at = LAST - step * (number - index)
            yield (
                (int(published_at.timestamp()) << 20) | (index & 0xFFFFF),
                self._draw_source(),
                " ".join(words[:_TITLE]),
                "।\n\n".join(map(" ".join, paragraphs)),
                " ".join(words[_TITLE:-_CAPTION]) if index % 3 == 0 else None,
                " ".join(words[-_CAPTION:]),
                f"{published_at:%Y-%m-%dT%H:%M:%SZ}",
                f"{published_at + timedelta(hours=5.5):%Y-%m-%d}",
            )

    def _draw_source(self) -> str:
        return f"s{self.chance.choices(range(self.source_count), cum_weights=self.sources)[0]}"

    def _make_body(self) -> list[str]:
        """Returns words with repetitions, as in an article about one subject."""
        fresh = self._draw_words(round(self.length * _FRESH))
        body = fresh + self.chance.choices(fresh, k=self.length - len(fresh))
        self.chance.shuffle(body)
        return body

    def _draw_words(self, number: int) -> list[str]:
        return self.chance.choices(self.words, cum_weights=self.shares, k=number)


def build_archive(path: Path, generator: TextGenerator, number: int) -> int:
    """Fills a new archive through its own triggers, 1,000 articles in a transaction. Returns the
    bytes of its text.
    """
    size = 0
    with open_archive(path, write=True) as archive:
        db = archive.db
        for pragma in (
            "cache_size = -262144",
            "synchronous = off",
        ):  # a crash would cost only a rerun
            db.execute(f"pragma {pragma}")
        with transaction(db):
            keys = [(f"s{index}", f"s{index}", "") for index in range(generator.source_count)]
            db.conn.executemany(
                "insert into sources (key, name, first_seen) values (?, ?, ?)", keys
            )
            add_terms(db, " ".join(generator.words))
            db.execute(
                """insert into embeds (id, key, provider, kind, first_seen, last_seen)
                values (1, 'x:1', 'x', 'post', '', '')"""
            )
        rows = generator.iter_rows(number)
        for start in range(0, number, _BATCH):
            batch = list(islice(rows, _BATCH))
            size += sum(len(part.encode()) for row in batch for part in row[2:6] if part)
            with transaction(db):
                _insert_batch(db, batch, start)
    return size


def _insert_batch(db: Database, batch: Sequence[_Row], start: int) -> None:
    """Inserts articles with their descriptions; `start`: index of the first."""
    described = [describe_article(start + offset) for offset in range(len(batch))]
    ids = {start + offset: row[0] for offset, row in enumerate(batch)}
    db.conn.executemany(
        """insert into articles (id, url, source, title, text, posts, captions, blocks, word_count,
          published_at, published_on, extractor_version, first_seen, last_seen, page_type, section,
          place, desk, story_id)
        values (?1, ?1, ?2, ?3, ?4, ?5, ?6, '[]', 0, ?7, ?8, '', '', '', ?9, ?10, ?11, ?12, ?13)""",
        [
            (
                *row,
                facts.page_type,
                facts.section,
                facts.place,
                facts.desk,
                facts.story and ids.get(facts.story),
            )
            for row, facts in zip(batch, described, strict=True)
        ],
    )
    with_embeds = [
        (row[0],) for row, facts in zip(batch, described, strict=True) if facts.has_embed
    ]
    db.conn.executemany(
        """insert into revisions (article_id, revision, reason, seen_at, extractor_version)
        values (?, 1, 'import', '', '')""",
        with_embeds,
    )
    db.conn.executemany(
        """insert into article_embeds (article_id, revision, ord, embed_id, place, rule, via)
        values (?, 1, 0, 1, 'body', '', '')""",
        with_embeds,
    )
