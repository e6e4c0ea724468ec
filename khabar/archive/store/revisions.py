"""An article's readings: the newest stands in `articles`, and every one it replaced is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlite_utils import Database

from khabar.archive import search, stories
from khabar.archive.search import ID_BITS
from khabar.archive.store import changes, embeds, snapshots
from khabar.extraction import EXTRACTOR_VERSION
from khabar.hindi import language
from khabar.hindi.india_time import day_in_india, instant
from khabar.hindi.sentences import count_words, sentences
from khabar.model.clock import stamp
from khabar.model.items import Article

PLACES = 4  # digits kept: enough to sort by, and the same on every machine


def devanagari_share(text: str) -> float | None:
    """The part of the text's letters that are Devanagari, 0-1. None without text."""
    return round(language.devanagari_share(text), PLACES) if text else None


def repetition(text: str) -> float | None:
    """The part of the text's characters that stand in a sentence which stood there before, 0-1. None without text."""
    said = [" ".join(one.split()) for paragraph in text.split("\n\n") for one in sentences(paragraph)]
    length = sum(map(len, said))
    return round(1 - sum(map(len, set(said))) / length, PLACES) if length else None


Reason = Literal["first", "edit", "crawl", "re-extraction", "import"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading on its way in. `url`: the address it stands under. `seen_after`: the last fetch without it."""

    article: Article
    url: str
    source: str
    text_sha256: str | None
    seen_at: datetime
    snapshot_id: int | None = None
    seen_after: str | None = None
    extractor: str = EXTRACTOR_VERSION  # by what it was read: `khabar.extraction.version_of`


def first(db: Database, reading: Reading, reason: Reason = "first") -> int:
    """A new article. Returns its permanent id."""
    article_id = _new_id(db, reading)
    row = {**_columns(reading), "id": article_id, "url": reading.url, "source": reading.source}
    row |= {"first_seen": stamp(reading.seen_at), "revision": 1}
    names = ", ".join(row)
    db.execute(f"insert into articles ({names}) values ({', '.join(f':{name}' for name in row)})", row)  # noqa: S608
    _add_revision(db, article_id, 1, reading, reason, ())
    stories.enter(db, article_id)
    return article_id


def again(db: Database, article_id: int, reading: Reading, reason: Reason = "edit") -> tuple[str, ...]:
    """A later reading: what changed, () when a reader would see the same. Metadata is always renewed.

    A live blog that goes on and on is one revision until it takes something back.
    """
    changed = changes.between(db, article_id, reading.article, strictly=reason == "re-extraction")
    revision, modified_at = db.execute(
        "select revision, modified_at from articles where id = ?", [article_id]
    ).fetchone()
    if reason == "edit" and changes.only_grew(db, article_id, revision, changed, reading.article):
        _go_on_growing(db, article_id, revision, reading)
        return changed
    if changed:
        _set_aside(db, article_id, revision)
        revision += 1
    row = {**_columns(reading), "revision": revision, "id": article_id}
    _update(db, {name: value for name, value in row.items() if changed or name not in _WORDS})
    if changed:
        told = changed, modified_at, reading.article.modified_at, reading.seen_after
        stealth = reason == "edit" and changes.is_stealthy(*told)
        _add_revision(db, article_id, revision, reading, reason, changed, stealth=stealth)
    else:
        _renew_people(db, article_id, reading.article)
    return changed


def _go_on_growing(db: Database, article_id: int, revision: int, reading: Reading) -> None:
    """The newest reading of a growing live blog takes the place of the one before, all of which it still says."""
    _instead(db, article_id, revision, reading)
    db.execute(
        """update revisions set seen_at = ?, snapshot_id = ?, extractor_version = ?
        where article_id = ? and revision = ?""",
        [stamp(reading.seen_at), reading.snapshot_id, reading.extractor, article_id, revision],
    )


def at_home(db: Database, article_id: int, reading: Reading) -> None:
    """The first reading at the article's own address takes the place of the only one, made at a twin's (AMP, m.)."""
    _instead(db, article_id, 1, reading)
    db.execute("update revisions set snapshot_id = ? where article_id = ?", [reading.snapshot_id, article_id])


def go_on(db: Database, article_id: int, reading: Reading) -> bool:
    """A reading of the newest one's bytes that only goes on from its words takes its place: a later page came in.

    False, and nothing done, for any other.
    """
    revision, text = db.execute(
        """select a.revision, a.text from articles a join revisions r on r.article_id = a.id and r.revision = a.revision
        join snapshots s on s.id = r.snapshot_id join snapshots n on n.id = :snapshot
        where a.id = :id and coalesce(s.same_as, s.id) = coalesce(n.same_as, n.id)""",
        {"id": article_id, "snapshot": reading.snapshot_id},
    ).fetchone() or (0, "")
    if not text or not reading.article.text.startswith(f"{text}\n\n"):
        return False
    _instead(db, article_id, revision, reading)
    return True


def _instead(db: Database, article_id: int, revision: int, reading: Reading) -> None:
    """Writes a reading over the newest one."""
    for table in ("article_embeds", "images"):
        db.execute(f"delete from {table} where article_id = ? and revision = ?", [article_id, revision])  # noqa: S608
    _update(db, {**_columns(reading), "id": article_id})
    _add_parts(db, article_id, revision, reading)


def _update(db: Database, row: dict[str, Any]) -> None:
    """Writes an article's columns anew. With other words it may tell another story."""
    names = ", ".join(f"{name} = :{name}" for name in row if name != "id")
    sql = f"update articles set {names}, removed_at = null where id = :id"  # noqa: S608  (names of our own columns)
    held = db.execute("select text from articles where id = ?", [row["id"]]).fetchone()[0]
    if row.get("text", held) == held:
        db.execute(sql, row)
        return
    stories.withdraw(db, row["id"])
    db.execute(sql, row)
    stories.enter(db, row["id"])


# Left alone by a reading that changed nothing: the search index need not be touched.
_WORDS = frozenset(
    "title subtitle text posts captions blocks word_count devanagari_share repetition text_sha256".split()
)


def keep_hash_only(db: Database, article_id: int, snapshot_id: int) -> None:
    """Of a page that read like the newest reading only headers and hash are kept: the body is that reading's."""
    row = db.execute(
        """select r.snapshot_id from articles a join revisions r on r.article_id = a.id and r.revision = a.revision
        where a.id = ? and r.snapshot_id is not null""",
        [article_id],
    ).fetchone()
    if row:
        snapshots.keep_hash_only(db, snapshot_id, row[0])


def _set_aside(db: Database, article_id: int, revision: int) -> None:
    """The words about to be replaced move to the row of their own reading."""
    db.execute(
        """update revisions set (title, subtitle, text, blocks, modified_at, text_sha256) =
          (select title, subtitle, text, blocks, modified_at, text_sha256 from articles where id = :id)
        where article_id = :id and revision = :revision""",
        {"id": article_id, "revision": revision},
    )


def _add_revision(
    db: Database, article_id: int, revision: int, reading: Reading, reason: Reason, changed: Sequence[str],
    *, stealth: bool = False,
) -> None:  # fmt: skip
    db.execute(
        """insert into revisions (article_id, revision, reason, changed, stealth, snapshot_id, seen_after, seen_at,
          extractor_version)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [article_id, revision, reason, json.dumps(changed), stealth, reading.snapshot_id, reading.seen_after,
         stamp(reading.seen_at), reading.extractor],
    )  # fmt: skip
    _add_parts(db, article_id, revision, reading)


def _add_parts(db: Database, article_id: int, revision: int, reading: Reading) -> None:
    """Embeds, images, people and words of a reading, as far as the page lets them be archived."""
    article = reading.article
    if not article.rights.get("noarchive"):
        embeds.add(db, article_id, revision, article, reading.seen_at)
        search.learn(db, article.title, article.subtitle, article.text, *embeds.words(article).values())
    _renew_people(db, article_id, article)


def _columns(reading: Reading) -> dict[str, Any]:
    """The article's own columns; of a page that forbids archives the words stay in the snapshot alone."""
    article = reading.article
    row = {
        "page_type": article.page_type, "title": article.title, "subtitle": article.subtitle, "text": article.text,
        **embeds.words(article),
        "blocks": _json(changes.marks(article.blocks)), "language": article.language,
        "published_at": article.published_at,
        "published_on": day_in_india(article.published_at), "published_precision": article.published_precision,
        "modified_at": article.modified_at, "section": article.section, "place": article.place, "desk": article.desk,
        "word_count": count_words(article.text), "text_sha256": reading.text_sha256,
        "lead_image": _json(article.lead_image) if article.lead_image else None,
        "devanagari_share": devanagari_share(article.text), "repetition": repetition(article.text),
        "extractor_version": reading.extractor, "provenance": _json(dict(article.provenance)),
        "problems": _json(article.problems), "rights": _json(dict(article.rights)), "withheld": None,
        "last_seen": stamp(reading.seen_at),
    }  # fmt: skip
    if article.rights.get("noarchive"):
        row |= {"title": None, "subtitle": None, "text": "", "blocks": "[]", "lead_image": None, "text_sha256": None}
        row |= {"devanagari_share": None, "repetition": None, "posts": None, "captions": None}
        row["withheld"] = "noarchive"
    return row


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _new_id(db: Database, reading: Reading) -> int:
    """Seconds first known << 20 | 20 bits of the address's hash; the next free one if it is taken."""
    known = reading.seen_at
    if published := reading.article.published_at:
        known = min(known, instant(published))
    bits = int.from_bytes(hashlib.sha256(reading.url.encode()).digest()[:4], "big") >> (32 - ID_BITS)
    article_id = (int(known.timestamp()) << ID_BITS) | bits
    while db.execute("select 1 from articles where id = ?", [article_id]).fetchone():
        article_id += 1
    return article_id


def _renew_people(db: Database, article_id: int, article: Article) -> None:
    """Authors and tags in the order the page gives them."""
    for names, link, table, column in (
        (article.authors, "article_authors", "authors", "author_id"),
        (article.tags, "article_tags", "tags", "tag_id"),
    ):
        db.execute(f"delete from {link} where article_id = ?", [article_id])  # noqa: S608  (names of our own tables)
        for ord_, name in enumerate(dict.fromkeys(names)):
            db.execute(f"insert into {table} (name) values (?) on conflict do nothing", [name])  # noqa: S608
            db.execute(
                f"insert into {link} (article_id, ord, {column}) select ?, ?, id from {table} where name = ?",  # noqa: S608
                [article_id, ord_, name],
            )
