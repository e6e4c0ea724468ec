"""Merges an article of a shard with the archive's: all revisions, the newest fetch last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlite_utils import Database

from khabar.archive import search, stories
from khabar.archive.store.embed_rows import upsert_embed

SchemaName = Literal["main", "shard"]
Row = dict[str, Any]
MergeResult = Literal["new", "changed", "unchanged"]
_TEXT_COLUMNS = ("title", "subtitle", "text", "blocks", "modified_at", "text_sha256")
# Link table → (table of names, its column in the link table).
_NAME_TABLES = {"article_authors": ("authors", "author_id"), "article_tags": ("tags", "tag_id")}
_FIND_SNAPSHOT = """select o.id from shard.snapshots s join shard.pages sp on sp.id = s.page_id
  join main.pages p on p.url = sp.url
  join main.snapshots o
    on o.page_id = p.id and o.fetched_at = s.fetched_at and o.sha256 = s.sha256
  where s.id = ? order by o.id limit 1"""


@dataclass
class RevisionRecord:
    """A revision: its row of `revisions` with its text; its embeds in order, each as (row of
    `embeds`, row of `article_embeds`); its rows of `images` and `insets`.
    """

    row: Row
    posts: list[tuple[Row, Row]] = field(default_factory=list)
    images: list[Row] = field(default_factory=list)
    insets: list[Row] = field(default_factory=list)

    @property
    def revision_key(self) -> tuple[str, str]:
        """Identifies a revision in both archives: its time and its content."""
        return self.row["seen_at"], self.content_hash

    @property
    def content_hash(self) -> str:
        """Hash of what a reader sees, with the parts that `khabar.archive.store.revisions`
        compares.
        """
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
        """What may differ between two revisions of the same key. It orders them, so that the same
        one is taken whichever archive comes first.
        """
        return json.dumps(
            [
                [[place["text_here"], place["caption"], place["html"]] for _, place in self.posts],
                [[inset["label"], inset["text"], inset["after_block"]] for inset in self.insets],
            ]
        )


@dataclass
class ArticleRecord:
    """An article in one archive. `names`: its authors and tags, link table → names in order."""

    row: Row
    revisions: list[RevisionRecord]
    names: dict[str, list[str]]

    @property
    def freshness_key(self) -> tuple[str, str]:
        """The larger one is the newer fetch; the content decides between two of one second."""
        return self.row["last_seen"], self.revisions[-1].content_hash + json.dumps(
            [self.row["published_at"], self.names]
        )


def merge_article(db: Database, article_id: int, url: str) -> MergeResult:
    """Merges an article of the shard into the archive. Call it inside a transaction."""
    theirs = _load_article(db, "shard", article_id)
    row = db.execute("select id from main.articles where url = ?", [url]).fetchone()
    ours = _load_article(db, "main", row[0]) if row else None
    if ours is None:
        theirs.row["id"] = _find_free_id(db, article_id)
        _write_article(db, theirs)
        return "new"
    for revision in theirs.revisions:
        for post, _ in revision.posts:
            upsert_embed(db, post)
    result = _merge_records(ours, theirs)
    if not _is_same(result, ours):
        _replace_article(db, ours, result)
    return "unchanged" if _revision_keys(result) == _revision_keys(ours) else "changed"


def _revision_keys(article: ArticleRecord) -> list[tuple[str, str]]:
    return [revision.revision_key for revision in article.revisions]


def _find_free_id(db: Database, article_id: int) -> int:
    """Returns the article's own id, or the next free one if another URL has it: two URLs of one
    second may share the 20 hash bits of the id.
    """
    while db.execute("select 1 from main.articles where id = ?", [article_id]).fetchone():
        article_id += 1
    return article_id


# --- loading ---


def _load_article(db: Database, schema: SchemaName, article_id: int) -> ArticleRecord:
    (row,) = db.query(f"select * from {schema}.articles where id = ?", [article_id])  # noqa: S608
    sql = f"select * from {schema}.revisions where article_id = ? order by revision"  # noqa: S608
    records = [RevisionRecord(record) for record in db.query(sql, [article_id])]
    # `revisions` has the text of replaced revisions only; the newest one's is in `articles`.
    records[-1].row |= {name: row[name] for name in _TEXT_COLUMNS}
    by_number = {record.row["revision"]: record for record in records}
    for placement in _load_placements(db, schema, article_id):
        post = {
            name.removeprefix("post_"): placement.pop(name)
            for name in list(placement)
            if name.startswith("post_")
        }
        by_number[placement["revision"]].posts.append((post, placement))
    for table in ("images", "insets"):
        sql = f"select * from {schema}.{table} where article_id = ? order by revision, ord"  # noqa: S608
        for row_of_table in db.query(sql, [article_id]):
            rows: list[Row] = getattr(by_number[row_of_table["revision"]], table)
            rows.append(row_of_table)
    if schema == "shard":
        for record in records:
            found = db.execute(_FIND_SNAPSHOT, [record.row["snapshot_id"]]).fetchone()
            record.row["snapshot_id"] = found[0] if found else None
    names = {table: _load_names(db, schema, article_id, table) for table in _NAME_TABLES}
    return ArticleRecord(row, records, names)


def _load_placements(db: Database, schema: SchemaName, article_id: int) -> Iterator[Row]:
    post_columns = ", ".join(
        f"e.{column.name} as post_{column.name}" for column in db["embeds"].columns
    )
    return db.query(
        f"""select x.*, {post_columns}
        from {schema}.article_embeds x join {schema}.embeds e on e.id = x.embed_id
        where x.article_id = ? order by x.revision, x.ord""",  # noqa: S608
        [article_id],
    )


def _load_names(db: Database, schema: SchemaName, article_id: int, link: str) -> list[str]:
    table, column = _NAME_TABLES[link]
    rows = db.execute(
        f"""select t.name from {schema}.{link} x join {schema}.{table} t on t.id = x.{column}
        where x.article_id = ? order by x.ord""",  # noqa: S608
        [article_id],
    )
    return [name for (name,) in rows]


# --- merging ---


def _merge_records(ours: ArticleRecord, theirs: ArticleRecord) -> ArticleRecord:
    """Returns the article with each revision once, sorted by time, the newest fetch's last. Its
    other columns and names are those of the newest fetch.
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
    """Sorts revisions by time and drops consecutive ones with the same content. `newest`, the
    revision of the newest fetch, comes last: it is repeated with the time `last_seen` if another
    one would be last.
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
        sequence.append(replace(newest, row=newest_row))
    return [
        _renumber_revision(number, revision, sequence[number - 2])
        for number, revision in enumerate(sequence, 1)
    ]


def _renumber_revision(
    number: int, revision: RevisionRecord, previous: RevisionRecord
) -> RevisionRecord:
    """Returns a revision with its new number. The first one has no changed fields; a later one is
    never of reason "first".
    """
    if number == 1:
        return replace(revision, row=revision.row | {"revision": 1, "changed": "[]"})
    reason = "edit" if revision.row["reason"] == "first" else revision.row["reason"]
    changes = {
        "revision": number,
        "reason": reason,
        "changed": json.dumps(_list_changed_fields(previous, revision)),
    }
    return replace(revision, row=revision.row | changes)


def _list_changed_fields(before: RevisionRecord, after: RevisionRecord) -> list[str]:
    """Returns the fields that differ for a reader; "blocks" if none of the others do."""
    fields = [name for name in ("title", "subtitle", "text") if before.row[name] != after.row[name]]
    if before.shown_posts != after.shown_posts:
        fields.append("embeds")
    if before.shown_images != after.shown_images:
        fields.append("images")
    return fields or ["blocks"]


def _is_same(result: ArticleRecord, ours: ArticleRecord) -> bool:
    """Whether the merged article is what the archive has already. The story may differ."""
    return (
        _revision_keys(result) == _revision_keys(ours)
        and {name: value for name, value in result.row.items() if name != "story_id"}
        == {name: value for name, value in ours.row.items() if name != "story_id"}
        and result.names == ours.names
    )


# --- writing ---


def _replace_article(db: Database, ours: ArticleRecord, result: ArticleRecord) -> None:
    """Deletes the article and inserts it again, so that the search index and stories are updated.
    Rows that refer to it get its new id.
    """
    old, new = ours.row["id"], result.row["id"]
    stories.unindex_article(db, old)
    for table in ("article_embeds", "images", "insets", "revisions", *_NAME_TABLES):
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
                db, "article_embeds", placement | key | {"embed_id": upsert_embed(db, post)}
            )
        for table, rows in (("images", revision.images), ("insets", revision.insets)):
            for row in rows:
                _insert_row(db, table, row | key)
    for link in _NAME_TABLES:
        _write_names(db, article_id, article.names[link], link)
    search.add_terms(
        db, *(article.row[name] for name in ("title", "subtitle", "text", "posts", "captions"))
    )
    stories.index_article(db, article_id)


def _insert_row(db: Database, table: str, row: Row) -> None:
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    db.execute(f"insert into main.{table} ({names}) values ({values})", row)  # noqa: S608


def _write_names(db: Database, article_id: int, names: Sequence[str], link: str) -> None:
    table, column = _NAME_TABLES[link]
    for ord_, name in enumerate(names):
        db.execute(f"insert into main.{table} (name) values (?) on conflict do nothing", [name])  # noqa: S608
        db.execute(
            f"""insert into main.{link} (article_id, ord, {column})
            select ?, ?, id from main.{table} where name = ?""",  # noqa: S608
            [article_id, ord_, name],
        )
