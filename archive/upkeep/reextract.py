"""Kept pages read again: which ones, what a new reading would change, and how it is written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from archive import articles, revisions, snapshots
from archive.connect import transaction
from crawler.clock import parse_stamp
from crawler.items import Article, Keys, Page
from pipelines.reading import EXTRACTOR_VERSION

_FIELDS = (
    "title subtitle text authors desk place section tags language published_at modified_at embeds images page_type"
).split()


@dataclass(frozen=True, slots=True)
class Kept:
    """An article and the kept page its newest reading came from."""

    article_id: int
    snapshot_id: int
    source: str
    url: str


def kept(db: Database, *, source: str | None = None, since: str | None = None, anew: bool = False) -> list[Kept]:
    """Articles whose page is kept and was read by another extractor (`anew`: by whichever), oldest first.

    `since`: only those published on that day in India or later. So a run that was stopped goes on where it was.
    """
    rows = db.execute(
        """select a.id, r.snapshot_id, a.source, a.url from articles a
        join revisions r on r.article_id = a.id and r.revision = a.revision
        where r.snapshot_id is not null and (:anew or a.extractor_version <> :version)
          and (:source is null or a.source = :source) and (:since is null or a.published_on >= :since) order by a.id""",
        {"anew": anew, "version": EXTRACTOR_VERSION, "source": source, "since": since},
    )
    return [Kept(*row) for row in rows]


def page_of(db: Database, one: Kept) -> Page:
    """The kept page, as it came."""
    return snapshots.load(db, one.snapshot_id)


def would_change(db: Database, one: Kept, article: Article) -> Iterator[tuple[str, Any, Any]]:
    """(field, what is held, what would be) for each field the new reading gives otherwise."""
    held = articles.load(db, one.article_id)
    if held is None:  # withheld: its words are in the snapshot alone
        return
    new = _plain(article)
    for name in _FIELDS:
        old = _plain_held(held)[name]
        if old != new[name]:
            yield name, old, new[name]


def _plain(article: Article) -> dict[str, Any]:
    told = {name: getattr(article, name) for name in _FIELDS}
    told["embeds"] = [f"{one.provider}:{one.id or one.url}" for one in article.embeds]
    told["images"] = [one.url for one in article.images]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}


def _plain_held(held: dict[str, Any]) -> dict[str, Any]:
    told = {name: held[name] for name in _FIELDS}
    told["embeds"] = [f"{one['provider']}:{one['id'] or one['url']}" for one in held["embeds"]]
    told["images"] = [one["url"] for one in held["images"]]
    return told


def write(db: Database, one: Kept, article: Article, keys: Keys) -> tuple[str, ...]:
    """The new reading as a revision of its own, the older one kept. Nothing is said to have been seen anew.

    Returns which parts of the words changed; metadata is renewed either way.
    """
    with transaction(db):
        last_seen, removed_at = db.execute(
            "select last_seen, removed_at from articles where id = ?", [one.article_id]
        ).fetchone()
        reading = revisions.Reading(
            article, one.url, one.source, keys.text_sha256, parse_stamp(last_seen), one.snapshot_id
        )
        changed = revisions.again(db, one.article_id, reading, "re-extraction")
        db.execute("update articles set removed_at = ? where id = ?", [removed_at, one.article_id])
    return changed
