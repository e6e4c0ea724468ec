"""One article of a shard brought together with what the archive has of it: every reading, the newest fetch on top."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlite_utils import Database

from khabar.archive import search, stories
from khabar.archive.merge import embeds

Schema = Literal["main", "shard"]
Row = dict[str, Any]
Became = Literal["new", "changed", "unchanged"]
_WORDS = ("title", "subtitle", "text", "blocks", "modified_at", "text_sha256")
_PEOPLE = (("article_authors", "authors", "author_id"), ("article_tags", "tags", "tag_id"))
_RAW_PAGE = """select o.id from shard.snapshots s join shard.pages sp on sp.id = s.page_id
  join main.pages p on p.url = sp.url join main.snapshots o on o.page_id = p.id and o.fetched_at = s.fetched_at
  and o.sha256 = s.sha256 where s.id = ? order by o.id limit 1"""


@dataclass
class Reading:
    """One reading: its row of `revisions` with its words, its posts in order (post, placement), its pictures."""

    row: Row
    posts: list[tuple[Row, Row]] = field(default_factory=list)
    images: list[Row] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by: when, and what it says."""
        return self.row["seen_at"], self.digest

    @property
    def digest(self) -> str:
        """What a reader sees: as `khabar.archive.store.revisions` tells a change from none."""
        words = [self.row[name] for name in ("title", "subtitle", "text", "blocks")]
        return hashlib.sha256(json.dumps([*words, self.shown_posts, self.shown_images]).encode()).hexdigest()

    @property
    def shown_posts(self) -> list[tuple[str, str]]:
        return [(post["key"], place["place"]) for post, place in self.posts]

    @property
    def shown_images(self) -> list[tuple[str, str | None]]:
        return [(image["url"], image["caption"]) for image in self.images]

    @property
    def detail(self) -> str:
        """What may differ where nothing shown does: one of two is taken, whichever archive comes first."""
        return json.dumps([[place["text_here"], place["caption"], place["html"]] for _, place in self.posts])


@dataclass
class Told:
    """An article as one archive has it."""

    row: Row
    readings: list[Reading]
    people: dict[str, list[str]]

    @property
    def rank(self) -> tuple[str, str]:
        """The newest fetch wins; two of one second are told apart by what they say."""
        return self.row["last_seen"], self.readings[-1].digest + json.dumps([self.row["published_at"], self.people])


def take(db: Database, article_id: int, url: str) -> Became:
    """Brings the shard's article into the archive, inside a transaction."""
    theirs = _read(db, "shard", article_id)
    held = db.execute("select id from main.articles where url = ?", [url]).fetchone()
    ours = _read(db, "main", held[0]) if held else None
    if ours is None:
        theirs.row["id"] = _free_id(db, article_id)
        _write(db, theirs)
        return "new"
    for one in theirs.readings:
        for post, _ in one.posts:
            embeds.put(db, post)
    made = _together(ours, theirs)
    if not _is_same(made, ours):
        _replace(db, ours, made)
    return "unchanged" if _keys(made) == _keys(ours) else "changed"


def _keys(told: Told) -> list[tuple[str, str]]:
    return [one.key for one in told.readings]


def _free_id(db: Database, article_id: int) -> int:
    """Its own, unless another address has it: 20 bits of a hash may meet within one second."""
    while db.execute("select 1 from main.articles where id = ?", [article_id]).fetchone():
        article_id += 1
    return article_id


# --- reading ---


def _read(db: Database, schema: Schema, article_id: int) -> Told:
    (row,) = db.query(f"select * from {schema}.articles where id = ?", [article_id])  # noqa: S608
    revisions = db.query(f"select * from {schema}.revisions where article_id = ? order by revision", [article_id])  # noqa: S608
    readings = [Reading(one) for one in revisions]
    readings[-1].row |= {name: row[name] for name in _WORDS}
    by_number = {one.row["revision"]: one for one in readings}
    for placement in _placements(db, schema, article_id):
        post = {name.removeprefix("post_"): placement.pop(name) for name in list(placement) if name.startswith("post_")}
        by_number[placement["revision"]].posts.append((post, placement))
    for image in db.query(f"select * from {schema}.images where article_id = ? order by revision, ord", [article_id]):  # noqa: S608
        by_number[image["revision"]].images.append(image)
    if schema == "shard":
        for one in readings:
            one.row["snapshot_id"] = _raw_page(db, one.row["snapshot_id"])
    return Told(row, readings, {where[0]: _names(db, schema, article_id, where) for where in _PEOPLE})


def _placements(db: Database, schema: Schema, article_id: int) -> Iterator[Row]:
    posts = ", ".join(f"e.{column.name} as post_{column.name}" for column in db["embeds"].columns)
    return db.query(
        f"""select x.*, {posts} from {schema}.article_embeds x join {schema}.embeds e on e.id = x.embed_id
        where x.article_id = ? order by x.revision, x.ord""",  # noqa: S608
        [article_id],
    )


def _raw_page(db: Database, snapshot_id: int | None) -> int | None:
    row = db.execute(_RAW_PAGE, [snapshot_id]).fetchone()
    return row[0] if row else None


def _names(db: Database, schema: Schema, article_id: int, where: tuple[str, str, str]) -> list[str]:
    link, table, column = where
    rows = db.execute(
        f"""select t.name from {schema}.{link} x join {schema}.{table} t on t.id = x.{column}
        where x.article_id = ? order by x.ord""",  # noqa: S608
        [article_id],
    )
    return [name for (name,) in rows]


# --- together ---


def _together(ours: Told, theirs: Told) -> Told:
    """Every reading once, in order of time; on top what was fetched last; the rest as it is told there."""
    newest = max(ours, theirs, key=lambda one: one.rank)
    rows = (ours.row, theirs.row)
    last_seen = max(row["last_seen"] for row in rows)
    removed = max(row["removed_at"] or "" for row in rows)
    row = {
        **newest.row,
        "id": min(row["id"] for row in rows),
        "first_seen": min(row["first_seen"] for row in rows),
        "last_seen": last_seen,
        "removed_at": removed if removed > last_seen else None,
    }
    readings = _in_order([*ours.readings, *theirs.readings], newest.readings[-1], last_seen)
    return Told(row | {"revision": len(readings)}, readings, newest.people)


def _in_order(readings: Sequence[Reading], newest: Reading, last_seen: str) -> list[Reading]:
    """By time, without one that says what the one before it said; the newest fetch's words last, as of that fetch."""
    known = {one.key: one for one in sorted(readings, key=lambda one: one.detail)}
    told: list[Reading] = []
    for key in sorted(known):
        if not told or told[-1].digest != key[1]:
            told.append(known[key])
    if told[-1].digest != newest.digest:
        again = {**newest.row, "seen_at": last_seen, "seen_after": told[-1].row["seen_at"], "reason": "crawl"}
        told.append(Reading(again, newest.posts, newest.images))
    return [_numbered(number, one, told[number - 2]) for number, one in enumerate(told, 1)]


def _numbered(number: int, one: Reading, before: Reading) -> Reading:
    """A reading at its place: what is first is no edit, and what follows is no first one."""
    if number == 1:
        return Reading(one.row | {"revision": 1, "changed": "[]"}, one.posts, one.images)
    reason = "edit" if one.row["reason"] == "first" else one.row["reason"]
    told = {"revision": number, "reason": reason, "changed": json.dumps(_changed(before, one))}
    return Reading(one.row | told, one.posts, one.images)


def _changed(before: Reading, after: Reading) -> list[str]:
    """Which parts a reader would see differ."""
    found = [name for name in ("title", "subtitle", "text") if before.row[name] != after.row[name]]
    if before.shown_posts != after.shown_posts:
        found.append("embeds")
    if before.shown_images != after.shown_images:
        found.append("images")
    return found or ["blocks"]


def _is_same(made: Told, ours: Told) -> bool:
    """Whether the archive has it already, word for word."""
    return (
        _keys(made) == _keys(ours)
        and {name: value for name, value in made.row.items() if name != "story_id"}
        == {name: value for name, value in ours.row.items() if name != "story_id"}
        and made.people == ours.people
    )


# --- writing ---


def _replace(db: Database, ours: Told, made: Told) -> None:
    """Written anew as a whole, so that search and stories follow; what points at it points at it still."""
    old, new = ours.row["id"], made.row["id"]
    stories.withdraw(db, old)
    for table, *_ in (("article_embeds",), ("images",), ("revisions",), *_PEOPLE):
        db.execute(f"delete from main.{table} where article_id = ?", [old])  # noqa: S608
    db.execute("delete from main.articles where id = ?", [old])
    if new != old:
        made.row["id"] = new = _free_id(db, new)
        db.execute("update main.pages set article_id = ? where article_id = ?", [new, old])
        db.execute("update or ignore main.export_splits set article_id = ? where article_id = ?", [new, old])
    _write(db, made)


def _write(db: Database, told: Told) -> None:
    article_id = told.row["id"]
    _insert(db, "articles", told.row | {"story_id": None})
    for one in told.readings:
        is_newest = one is told.readings[-1]
        words = dict.fromkeys(_WORDS) if is_newest else {}
        _insert(db, "revisions", one.row | words | {"article_id": article_id})
        key = {"article_id": article_id, "revision": one.row["revision"]}
        for post, placement in one.posts:
            _insert(db, "article_embeds", placement | key | {"embed_id": embeds.put(db, post)})
        for image in one.images:
            _insert(db, "images", image | key)
    for link, table, column in _PEOPLE:
        _write_names(db, article_id, told.people[link], (link, table, column))
    search.learn(db, *(told.row[name] for name in ("title", "subtitle", "text", "posts", "captions")))
    stories.enter(db, article_id)


def _insert(db: Database, table: str, row: Row) -> None:
    names = ", ".join(row)
    db.execute(f"insert into main.{table} ({names}) values ({', '.join(f':{name}' for name in row)})", row)  # noqa: S608


def _write_names(db: Database, article_id: int, names: Sequence[str], where: tuple[str, str, str]) -> None:
    link, table, column = where
    for ord_, name in enumerate(names):
        db.execute(f"insert into main.{table} (name) values (?) on conflict do nothing", [name])  # noqa: S608
        db.execute(
            f"insert into main.{link} (article_id, ord, {column}) select ?, ?, id from main.{table} where name = ?",  # noqa: S608
            [article_id, ord_, name],
        )
