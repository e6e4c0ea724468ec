"""One article of a shard brought together with what the archive has of it: every reading, the
newest fetch on top.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlite_utils import Database

from khabar.archive import search, stories
from khabar.archive.merge import embeds

SchemaName = Literal["main", "shard"]
Row = dict[str, Any]
MergeResult = Literal["new", "changed", "unchanged"]
_TEXT_COLUMNS = ("title", "subtitle", "text", "blocks", "modified_at", "text_sha256")
_NAME_TABLES = (("article_authors", "authors", "author_id"), ("article_tags", "tags", "tag_id"))
_FIND_SNAPSHOT = """select o.id from shard.snapshots s join shard.pages sp on sp.id = s.page_id
  join main.pages p on p.url = sp.url join main.snapshots o on o.page_id = p.id and o.fetched_at = s.fetched_at
  and o.sha256 = s.sha256 where s.id = ? order by o.id limit 1"""


@dataclass
class RevisionRecord:
    """One reading: its row of `revisions` with its words, its posts in order (post, placement),
    its pictures.
    """

    row: Row
    posts: list[tuple[Row, Row]] = field(default_factory=list)
    images: list[Row] = field(default_factory=list)

    @property
    def revision_key(self) -> tuple[str, str]:
        """What it is known by: when, and what it says."""
        return self.row["seen_at"], self.content_hash

    @property
    def content_hash(self) -> str:
        """What a reader sees: as `khabar.archive.store.revisions` tells a change from none."""
        words = [self.row[name] for name in ("title", "subtitle", "text", "blocks")]
        return hashlib.sha256(
            json.dumps([*words, self.shown_posts, self.shown_images]).encode()
        ).hexdigest()

    @property
    def shown_posts(self) -> list[tuple[str, str]]:
        return [(post["key"], place["place"]) for post, place in self.posts]

    @property
    def shown_images(self) -> list[tuple[str, str | None]]:
        return [(image["url"], image["caption"]) for image in self.images]

    @property
    def placement_json(self) -> str:
        """What may differ where nothing shown does: one of two is taken, whichever archive comes
        first.
        """
        return json.dumps(
            [[place["text_here"], place["caption"], place["html"]] for _, place in self.posts]
        )


@dataclass
class ArticleRecord:
    """An article as one archive has it."""

    row: Row
    revisions: list[RevisionRecord]
    names: dict[str, list[str]]

    @property
    def freshness_key(self) -> tuple[str, str]:
        """The newest fetch wins; two of one second are told apart by what they say."""
        return self.row["last_seen"], self.revisions[-1].content_hash + json.dumps(
            [self.row["published_at"], self.names]
        )


def merge_article(db: Database, article_id: int, url: str) -> MergeResult:
    """Brings the shard's article into the archive, inside a transaction."""
    theirs = _load_article(db, "shard", article_id)
    row = db.execute("select id from main.articles where url = ?", [url]).fetchone()
    ours = _load_article(db, "main", row[0]) if row else None
    if ours is None:
        theirs.row["id"] = _find_free_id(db, article_id)
        _write_article(db, theirs)
        return "new"
    for revision in theirs.revisions:
        for post, _ in revision.posts:
            embeds.upsert_embed(db, post)
    result = _merge_records(ours, theirs)
    if not _is_same(result, ours):
        _replace_article(db, ours, result)
    return "unchanged" if _revision_keys(result) == _revision_keys(ours) else "changed"


def _revision_keys(article: ArticleRecord) -> list[tuple[str, str]]:
    return [revision.revision_key for revision in article.revisions]


def _find_free_id(db: Database, article_id: int) -> int:
    """Its own, unless another address has it: 20 bits of a hash may meet within one second."""
    while db.execute("select 1 from main.articles where id = ?", [article_id]).fetchone():
        article_id += 1
    return article_id


# --- reading ---


def _load_article(db: Database, schema: SchemaName, article_id: int) -> ArticleRecord:
    (row,) = db.query(f"select * from {schema}.articles where id = ?", [article_id])  # noqa: S608
    revisions = db.query(
        f"select * from {schema}.revisions where article_id = ? order by revision",
        [article_id],  # noqa: S608
    )
    records = [RevisionRecord(record) for record in revisions]
    records[-1].row |= {name: row[name] for name in _TEXT_COLUMNS}
    by_number = {record.row["revision"]: record for record in records}
    for placement in _load_placements(db, schema, article_id):
        post = {
            name.removeprefix("post_"): placement.pop(name)
            for name in list(placement)
            if name.startswith("post_")
        }
        by_number[placement["revision"]].posts.append((post, placement))
    for image in db.query(
        f"select * from {schema}.images where article_id = ? order by revision, ord",
        [article_id],  # noqa: S608
    ):
        by_number[image["revision"]].images.append(image)
    if schema == "shard":
        for record in records:
            record.row["snapshot_id"] = _find_snapshot(db, record.row["snapshot_id"])
    return ArticleRecord(
        row,
        records,
        {
            link_spec[0]: _load_names(db, schema, article_id, link_spec)
            for link_spec in _NAME_TABLES
        },
    )


def _load_placements(db: Database, schema: SchemaName, article_id: int) -> Iterator[Row]:
    post_columns = ", ".join(
        f"e.{column.name} as post_{column.name}" for column in db["embeds"].columns
    )
    return db.query(
        f"""select x.*, {post_columns} from {schema}.article_embeds x join {schema}.embeds e on e.id = x.embed_id
        where x.article_id = ? order by x.revision, x.ord""",  # noqa: S608
        [article_id],
    )


def _find_snapshot(db: Database, snapshot_id: int | None) -> int | None:
    row = db.execute(_FIND_SNAPSHOT, [snapshot_id]).fetchone()
    return row[0] if row else None


def _load_names(
    db: Database, schema: SchemaName, article_id: int, link_spec: tuple[str, str, str]
) -> list[str]:
    link, table, column = link_spec
    rows = db.execute(
        f"""select t.name from {schema}.{link} x join {schema}.{table} t on t.id = x.{column}
        where x.article_id = ? order by x.ord""",  # noqa: S608
        [article_id],
    )
    return [name for (name,) in rows]


# --- together ---


def _merge_records(ours: ArticleRecord, theirs: ArticleRecord) -> ArticleRecord:
    """Every reading once, in order of time; on top what was fetched last; the rest as it is told
    there.
    """
    newest = max(ours, theirs, key=lambda record: record.freshness_key)
    rows = (ours.row, theirs.row)
    last_seen = max(row["last_seen"] for row in rows)
    removed_at = max(row["removed_at"] or "" for row in rows)
    row = {
        **newest.row,
        "id": min(row["id"] for row in rows),
        "first_seen": min(row["first_seen"] for row in rows),
        "last_seen": last_seen,
        "removed_at": removed_at if removed_at > last_seen else None,
    }
    revisions = _order_revisions(
        [*ours.revisions, *theirs.revisions], newest.revisions[-1], last_seen
    )
    return ArticleRecord(row | {"revision": len(revisions)}, revisions, newest.names)


def _order_revisions(
    revisions: Sequence[RevisionRecord], newest: RevisionRecord, last_seen: str
) -> list[RevisionRecord]:
    """By time, without one that says what the one before it said; the newest fetch's words last,
    as of that fetch.
    """
    by_key = {
        revision.revision_key: revision
        for revision in sorted(revisions, key=lambda revision: revision.placement_json)
    }
    sequence: list[RevisionRecord] = []
    for key in sorted(by_key):
        if not sequence or sequence[-1].content_hash != key[1]:
            sequence.append(by_key[key])
    if sequence[-1].content_hash != newest.content_hash:
        newest_row = {
            **newest.row,
            "seen_at": last_seen,
            "seen_after": sequence[-1].row["seen_at"],
            "reason": "crawl",
        }
        sequence.append(RevisionRecord(newest_row, newest.posts, newest.images))
    return [
        _renumber_revision(number, revision, sequence[number - 2])
        for number, revision in enumerate(sequence, 1)
    ]


def _renumber_revision(
    number: int, revision: RevisionRecord, previous: RevisionRecord
) -> RevisionRecord:
    """A reading at its place: what is first is no edit, and what follows is no first one."""
    if number == 1:
        return RevisionRecord(
            revision.row | {"revision": 1, "changed": "[]"}, revision.posts, revision.images
        )
    reason = "edit" if revision.row["reason"] == "first" else revision.row["reason"]
    changes = {
        "revision": number,
        "reason": reason,
        "changed": json.dumps(_list_changed_fields(previous, revision)),
    }
    return RevisionRecord(revision.row | changes, revision.posts, revision.images)


def _list_changed_fields(before: RevisionRecord, after: RevisionRecord) -> list[str]:
    """Which parts a reader would see differ."""
    fields = [name for name in ("title", "subtitle", "text") if before.row[name] != after.row[name]]
    if before.shown_posts != after.shown_posts:
        fields.append("embeds")
    if before.shown_images != after.shown_images:
        fields.append("images")
    return fields or ["blocks"]


def _is_same(result: ArticleRecord, ours: ArticleRecord) -> bool:
    """Whether the archive has it already, word for word."""
    return (
        _revision_keys(result) == _revision_keys(ours)
        and {name: value for name, value in result.row.items() if name != "story_id"}
        == {name: value for name, value in ours.row.items() if name != "story_id"}
        and result.names == ours.names
    )


# --- writing ---


def _replace_article(db: Database, ours: ArticleRecord, result: ArticleRecord) -> None:
    """Written anew as a whole, so that search and stories follow; what points at it points at it
    still.
    """
    old, new = ours.row["id"], result.row["id"]
    stories.unindex_article(db, old)
    for table, *_ in (("article_embeds",), ("images",), ("revisions",), *_NAME_TABLES):
        db.execute(f"delete from main.{table} where article_id = ?", [old])  # noqa: S608
    db.execute("delete from main.articles where id = ?", [old])
    if new != old:
        result.row["id"] = new = _find_free_id(db, new)
        db.execute("update main.pages set article_id = ? where article_id = ?", [new, old])
        db.execute(
            "update or ignore main.export_splits set article_id = ? where article_id = ?",
            [new, old],
        )
    _write_article(db, result)


def _write_article(db: Database, article: ArticleRecord) -> None:
    article_id = article.row["id"]
    _insert_row(db, "articles", article.row | {"story_id": None})
    for revision in article.revisions:
        is_newest = revision is article.revisions[-1]
        words = dict.fromkeys(_TEXT_COLUMNS) if is_newest else {}
        _insert_row(db, "revisions", revision.row | words | {"article_id": article_id})
        key = {"article_id": article_id, "revision": revision.row["revision"]}
        for post, placement in revision.posts:
            _insert_row(
                db, "article_embeds", placement | key | {"embed_id": embeds.upsert_embed(db, post)}
            )
        for image in revision.images:
            _insert_row(db, "images", image | key)
    for link, table, column in _NAME_TABLES:
        _write_names(db, article_id, article.names[link], (link, table, column))
    search.add_terms(
        db, *(article.row[name] for name in ("title", "subtitle", "text", "posts", "captions"))
    )
    stories.index_article(db, article_id)


def _insert_row(db: Database, table: str, row: Row) -> None:
    names = ", ".join(row)
    db.execute(
        f"insert into main.{table} ({names}) values ({', '.join(f':{name}' for name in row)})",
        row,  # noqa: S608
    )


def _write_names(
    db: Database, article_id: int, names: Sequence[str], link_spec: tuple[str, str, str]
) -> None:
    link, table, column = link_spec
    for ord_, name in enumerate(names):
        db.execute(f"insert into main.{table} (name) values (?) on conflict do nothing", [name])  # noqa: S608
        db.execute(
            f"insert into main.{link} (article_id, ord, {column}) select ?, ?, id from main.{table} where name = ?",  # noqa: S608
            [article_id, ord_, name],
        )
