"""Kept pages read again: which ones, what a new reading would change, and how it is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.frontier import ledger
from khabar.archive.store import articles, revisions, snapshots
from khabar.archive.store import multipage as parts
from khabar.archive.store.identity import SAME_TEXT_WORDS
from khabar.archive.store.save import file_visit
from khabar.extraction import EXTRACTOR_VERSION, version_of
from khabar.model.clock import parse_stamp
from khabar.model.items import Article, Outcome, Page, Visit
from khabar.model.sources import Source

_FIELDS = (
    "title subtitle text blocks authors desk place section tags language published_at modified_at embeds images "
    "page_type"
).split()
# Ends that a reader gave a page, so that a better one may give it another.
_JUDGED = (
    Outcome.LISTING, Outcome.OTHER_PAGE, Outcome.OTHER_LANGUAGE, Outcome.PAYWALLED, Outcome.SOFT_404, Outcome.NO_TEXT,
    Outcome.UNREADABLE,
)  # fmt: skip
_ARTICLES = """select s.page_id, a.id, r.snapshot_id, a.source, a.url, 'article' from articles a
  join revisions r on r.article_id = a.id and r.revision = a.revision join snapshots s on s.id = r.snapshot_id
  left join json_each(:versions) v on v.key = a.source
  where (:anew or a.extractor_version <> coalesce(v.value, :version))
    and (:source is null or a.source = :source) and (:since is null or a.published_on >= :since) order by a.id"""
_OTHERS = """select p.id, null, p.snapshot_id, p.source, p.url, p.outcome from pages p
  join snapshots s on s.id = p.snapshot_id left join json_each(:versions) v on v.key = p.source
  where p.kind = 'page' and p.state = 'done'
    and (p.outcome in (select value from json_each(:judged))
      or (p.outcome = 'alias' and p.evidence like 'same text as %'))
    and (:anew or coalesce(p.extractor_version, '') <> coalesce(v.value, :version))
    and (:source is null or p.source = :source)
    and (:since is null or date(s.fetched_at, '+330 minutes') >= :since) order by p.id"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept page and how it ended. With `article_id` it is the page an article's newest reading came from."""

    page_id: int
    article_id: int | None
    snapshot_id: int
    source: str
    url: str
    outcome: Outcome


def kept(
    db: Database,
    sources: Mapping[str, Source],
    *,
    source: str | None = None,
    since: str | None = None,
    anew: bool = False,
) -> list[Kept]:
    """Pages read by another extractor (`anew`: by whichever): articles oldest first, then those that ended otherwise.

    `since`: only those published (what is no article: fetched) on that day in India or later. Pages read before are
    left out, so a run that was stopped goes on where it was.
    """
    told = {
        "anew": anew, "version": EXTRACTOR_VERSION, "source": source, "since": since, "judged": json.dumps(_JUDGED),
        "versions": json.dumps({key: version_of(one) for key, one in sources.items()}),
    }  # fmt: skip
    rows = [row for sql in (_ARTICLES, _OTHERS) for row in db.execute(sql, told)]
    return [
        Kept(page, article, snapshot, key, url, Outcome(ended)) for page, article, snapshot, key, url, ended in rows
    ]


def page_of(db: Database, one: Kept) -> Page:
    """The kept page, as it came."""
    return snapshots.load(db, one.snapshot_id)


# --- what would change ---


def would_end(db: Database, one: Kept, visit: Visit) -> Outcome:
    """How the page would end by its new reading: an article's words may be another's already."""
    assert visit.outcome
    if one.article_id is None and visit.outcome is Outcome.ARTICLE and visit.keys and _is_held(db, one, visit):
        return Outcome.ALIAS
    return visit.outcome


def _is_held(db: Database, one: Kept, visit: Visit) -> bool:
    assert visit.keys
    row = db.execute(
        """select 1 from articles a where a.id is not (select article_id from pages where id = :page)
        and (a.url = :url or (a.text_sha256 = :words and a.source = :source and a.word_count >= :least)) limit 1""",
        {"page": one.page_id, "url": visit.keys.url, "words": visit.keys.text_sha256, "source": one.source,
         "least": SAME_TEXT_WORDS},
    ).fetchone()  # fmt: skip
    return row is not None


def would_change(db: Database, one: Kept, article: Article) -> Iterator[tuple[str, Any, Any]]:
    """(field, what is held, what would be) for each field the new reading of an article gives otherwise."""
    held = articles.load(db, one.article_id) if one.article_id else None
    if held is None:  # withheld: its words are in the snapshot alone
        return
    old, new = _plain_held(held), _plain(article)
    for name in _FIELDS:
        if old[name] != new[name]:
            yield name, old[name], new[name]


def _plain(article: Article) -> dict[str, Any]:
    told = {name: getattr(article, name) for name in _FIELDS}
    told["embeds"] = [f"{one.provider}:{one.id or one.url}" for one in article.embeds]
    told["images"] = [one.url for one in article.images]
    told["blocks"] = [_shape(block.type, block.level, block.time) for block in article.blocks]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}


def _plain_held(held: dict[str, Any]) -> dict[str, Any]:
    told = {name: held[name] for name in _FIELDS}
    told["embeds"] = [f"{one['provider']}:{one['id'] or one['url']}" for one in held["embeds"]]
    told["images"] = [one["url"] for one in held["images"]]
    told["blocks"] = [_shape(one["type"], one.get("level"), one.get("time")) for one in held["blocks"]]
    return told


def _shape(*parts: object) -> str:
    """What a block is, without its words: `heading 2`, `paragraph 2026-11-25T10:00:00+05:30`."""
    return " ".join(str(part) for part in parts if part is not None)


# --- writing it down ---


def write(db: Database, one: Kept, visit: Visit, source: Source) -> tuple[str, ...]:
    """An article's new reading as a revision of its own, the older one kept. Nothing is said to have been seen anew.

    Returns which parts of the words changed; metadata is renewed either way.
    """
    assert visit.article and visit.keys and visit.page and one.article_id
    with transaction(db):
        last_seen, removed_at = db.execute(
            "select last_seen, removed_at from articles where id = ?", [one.article_id]
        ).fetchone()
        reading = revisions.Reading(
            visit.article, one.url, one.source, visit.keys.text_sha256, parse_stamp(last_seen), one.snapshot_id,
            extractor=version_of(source),
        )  # fmt: skip
        changed = revisions.again(db, one.article_id, reading, "re-extraction")
        db.execute("update articles set removed_at = ? where id = ?", [removed_at, one.article_id])
        ledger.remember_reader(db, one.page_id, version_of(source))
        parts.settle(db, source, visit, visit.page.fetched_at)
    return changed


def file(db: Database, one: Kept, visit: Visit, source: Source) -> None:
    """A page that was no article: filed anew as of the day it was fetched, when it ends otherwise by now."""
    assert visit.page
    if would_end(db, one, visit) is not one.outcome:
        file_visit(db, visit, source, visit.page.fetched_at, None)
        return
    with transaction(db):
        ledger.remember_reader(db, one.page_id, version_of(source))
