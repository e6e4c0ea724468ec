"""Revisions of articles: the newest is in table articles, each replaced one in table revisions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlite_utils import Database

from khabar.archive import search, stories
from khabar.archive.store import changes, embeds, insets, snapshots
from khabar.extraction import EXTRACTOR_VERSION
from khabar.hindi.india_time import to_india_date
from khabar.hindi.normalize import remember_folds
from khabar.model.article_rows import build_block_spans, compute_article_id
from khabar.model.clock import format_utc
from khabar.model.items import Article, TextFeatures

Reason = Literal["first", "edit", "crawl", "re-extraction", "import"]


@dataclass(frozen=True, slots=True)
class NewRevision:
    """An extracted article that is to be stored as a revision.

    `url`: the article's canonical URL. `features`: of its texts. `seen_after`: time of the last
    fetch that still had the previous text.
    """

    article: Article
    url: str
    source: str
    features: TextFeatures
    seen_at: datetime
    snapshot_id: int | None = None
    seen_after: str | None = None
    extractor: str = EXTRACTOR_VERSION  # see `khabar.extraction.extractor_version`


def create_article(db: Database, new_revision: NewRevision, reason: Reason = "first") -> int:
    """Inserts a new article. Returns its permanent id."""
    article_id = _allocate_id(db, new_revision)
    row = {
        **_build_columns(new_revision),
        "id": article_id,
        "url": new_revision.url,
        "source": new_revision.source,
    }
    row |= {"first_seen": format_utc(new_revision.seen_at), "revision": 1}
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    _remember_folds(new_revision)
    db.execute(f"insert into articles ({names}) values ({values})", row)  # noqa: S608
    _insert_revision(db, article_id, 1, new_revision, reason, ())
    _add_authors_and_tags(db, article_id, new_revision.article)
    _index_story(db, article_id, new_revision)
    return article_id


def _remember_folds(new_revision: NewRevision) -> None:
    """Spares the triggers of the search index that they fold the texts of the revision again."""
    texts, folded = new_revision.article.search_texts, new_revision.features.folded
    remember_folds({texts[name] or "": fold for name, fold in folded.items()})


def _index_story(db: Database, article_id: int, new_revision: NewRevision) -> None:
    """Adds a stored article, as it is in the new revision, to the story index."""
    article, features = new_revision.article, new_revision.features
    if article.rights.get("noarchive"):
        return
    day = to_india_date(article.published_at)
    if day is None:
        (day,) = db.execute(
            "select date(first_seen, '+330 minutes') from articles where id = ?", [article_id]
        ).fetchone()
    text = stories.ArticleText(
        article_id, new_revision.source, article.text, features.text_sha256, day, features
    )
    stories.index_text(db, text)


def update_article(
    db: Database, article_id: int, new_revision: NewRevision, reason: Reason = "edit"
) -> tuple[str, ...]:
    """Updates an article from a later extraction. Returns the changed fields.

    () when a reader sees no difference; metadata and insets, which are no words of the source, are
    updated anyway. Successive additions to a live blog stay one revision until something is removed
    from it.
    """
    changed_fields = changes.diff_fields(
        db, article_id, new_revision.article, strictly=reason == "re-extraction"
    )
    revision, modified_at = db.execute(
        "select revision, modified_at from articles where id = ?", [article_id]
    ).fetchone()
    if reason == "edit" and changes.is_append_only(
        db, article_id, revision, changed_fields, new_revision.article
    ):
        _extend_liveblog(db, article_id, revision, new_revision)
        return changed_fields
    if changed_fields:
        _copy_text_to_revision(db, article_id, revision)
        revision += 1
    row = {**_build_columns(new_revision), "revision": revision, "id": article_id}
    _write_columns(
        db,
        {name: value for name, value in row.items() if changed_fields or name not in _TEXT_COLUMNS},
        new_revision,
    )
    if changed_fields:
        is_stealth = reason == "edit" and changes.is_stealth_edit(
            changed_fields, modified_at, new_revision.article.modified_at, new_revision.seen_after
        )
        _insert_revision(
            db, article_id, revision, new_revision, reason, changed_fields, is_stealth=is_stealth
        )
    elif not new_revision.article.rights.get("noarchive"):
        insets.replace_insets(db, article_id, revision, new_revision.article)
    _replace_authors_and_tags(db, article_id, new_revision.article)
    return changed_fields


def _extend_liveblog(
    db: Database, article_id: int, revision: int, new_revision: NewRevision
) -> None:
    """Overwrites the newest revision of a live blog, whose content is all in the new one."""
    _overwrite_newest(db, article_id, revision, new_revision)
    db.execute(
        """update revisions set seen_at = ?, snapshot_id = ?, extractor_version = ?
        where article_id = ? and revision = ?""",
        [
            format_utc(new_revision.seen_at),
            new_revision.snapshot_id,
            new_revision.extractor,
            article_id,
            revision,
        ],
    )


def replace_first_revision(db: Database, article_id: int, new_revision: NewRevision) -> None:
    """Overwrites revision 1, made from an AMP or mobile copy, with one from the article's URL."""
    _overwrite_newest(db, article_id, 1, new_revision)
    db.execute(
        "update revisions set snapshot_id = ? where article_id = ?",
        [new_revision.snapshot_id, article_id],
    )


def extend_newest_revision(db: Database, article_id: int, new_revision: NewRevision) -> bool:
    """Overwrites the newest revision with one of the same body that only appends to its text.

    That is so when a later page was added. Returns False, and changes nothing, otherwise.
    """
    revision, text = db.execute(
        """select a.revision, a.text from articles a
        join revisions r on r.article_id = a.id and r.revision = a.revision
        join snapshots s on s.id = r.snapshot_id join snapshots n on n.id = :snapshot
        where a.id = :id and coalesce(s.same_as, s.id) = coalesce(n.same_as, n.id)""",
        {"id": article_id, "snapshot": new_revision.snapshot_id},
    ).fetchone() or (0, "")
    if not text or not new_revision.article.text.startswith(f"{text}\n\n"):
        return False
    _overwrite_newest(db, article_id, revision, new_revision)
    return True


def _overwrite_newest(
    db: Database, article_id: int, revision: int, new_revision: NewRevision
) -> None:
    for table in ("article_embeds", "images", "insets"):
        db.execute(
            f"delete from {table} where article_id = ? and revision = ?",  # noqa: S608
            [article_id, revision],
        )
    _write_columns(db, {**_build_columns(new_revision), "id": article_id}, new_revision)
    _write_related_rows(db, article_id, revision, new_revision)
    _replace_authors_and_tags(db, article_id, new_revision.article)


def _write_columns(db: Database, row: dict[str, Any], new_revision: NewRevision) -> None:
    """Updates an article's columns, and indexes its story again when the text changed."""
    names = ", ".join(f"{name} = :{name}" for name in row if name != "id")
    sql = f"update articles set {names}, removed_at = null where id = :id"  # noqa: S608  (names of our own columns)
    _remember_folds(new_revision)
    old_text = db.execute("select text from articles where id = ?", [row["id"]]).fetchone()[0]
    if row.get("text", old_text) == old_text:
        db.execute(sql, row)
        return
    stories.unindex_article(db, row["id"])
    db.execute(sql, row)
    _index_story(db, row["id"], new_revision)


# Not written when nothing changed, which spares an update of the search index.
_TEXT_COLUMNS = frozenset(
    """title subtitle text posts captions blocks word_count devanagari_share repetition
    text_sha256""".split()
)


def drop_duplicate_body(db: Database, article_id: int, snapshot_id: int) -> None:
    """Drops the body of a snapshot in favour of the newest revision's; headers and hash stay."""
    row = db.execute(
        """select r.snapshot_id from articles a
        join revisions r on r.article_id = a.id and r.revision = a.revision
        where a.id = ? and r.snapshot_id is not null""",
        [article_id],
    ).fetchone()
    if row:
        snapshots.drop_duplicate_body(db, snapshot_id, row[0])


def _copy_text_to_revision(db: Database, article_id: int, revision: int) -> None:
    """Copies the text that is about to be replaced to the row of its revision."""
    db.execute(
        """update revisions set (title, subtitle, text, blocks, modified_at, text_sha256) =
          (select title, subtitle, text, blocks, modified_at, text_sha256
           from articles where id = :id)
        where article_id = :id and revision = :revision""",
        {"id": article_id, "revision": revision},
    )


def _insert_revision(
    db: Database,
    article_id: int,
    revision: int,
    new_revision: NewRevision,
    reason: Reason,
    changed_fields: Sequence[str],
    *,
    is_stealth: bool = False,
) -> None:
    db.execute(
        """insert into revisions (article_id, revision, reason, changed, stealth, snapshot_id,
          seen_after, seen_at, extractor_version)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            article_id,
            revision,
            reason,
            json.dumps(changed_fields),
            is_stealth,
            new_revision.snapshot_id,
            new_revision.seen_after,
            format_utc(new_revision.seen_at),
            new_revision.extractor,
        ],
    )
    _write_related_rows(db, article_id, revision, new_revision)


def _write_related_rows(
    db: Database, article_id: int, revision: int, new_revision: NewRevision
) -> None:
    """Writes embeds, images, insets and search terms of a revision that has none yet; of a page
    with `noarchive` nothing.
    """
    article = new_revision.article
    if not article.rights.get("noarchive"):
        embeds.add_media(db, article_id, revision, article, new_revision.seen_at)
        insets.add_insets(db, article_id, revision, article)
        search.add_words(db, new_revision.features.terms)


def _build_columns(new_revision: NewRevision) -> dict[str, Any]:
    """Returns the values of an article's columns; without the text for a page with `noarchive`."""
    article, features = new_revision.article, new_revision.features
    row = {
        "page_type": article.page_type,
        **article.search_texts,
        "blocks": _encode_json(build_block_spans(article.blocks)),
        "language": article.language,
        "published_at": article.published_at,
        "published_on": to_india_date(article.published_at),
        "published_precision": article.published_precision,
        "modified_at": article.modified_at,
        "section": article.section,
        "place": article.place,
        "desk": article.desk,
        "word_count": features.word_count,
        "text_sha256": features.text_sha256,
        "lead_image": _encode_json(article.lead_image) if article.lead_image else None,
        "devanagari_share": features.devanagari_share,
        "repetition": features.repetition,
        "extractor_version": new_revision.extractor,
        "provenance": _encode_json(dict(article.provenance)),
        "problems": _encode_json(article.problems),
        "rights": _encode_json(dict(article.rights)),
        "withheld": None,
        "last_seen": format_utc(new_revision.seen_at),
    }
    if article.rights.get("noarchive"):
        row |= {
            "title": None,
            "subtitle": None,
            "text": "",
            "blocks": "[]",
            "lead_image": None,
            "text_sha256": None,
        }
        row |= {"devanagari_share": None, "repetition": None, "posts": None, "captions": None}
        row["withheld"] = "noarchive"
    return row


def _encode_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _allocate_id(db: Database, new_revision: NewRevision) -> int:
    """Returns a free id: `compute_article_id`, or if it is taken, the next free one."""
    published_at = new_revision.article.published_at
    article_id = compute_article_id(new_revision.url, new_revision.seen_at, published_at)
    while db.execute("select 1 from articles where id = ?", [article_id]).fetchone():
        article_id += 1
    return article_id


# link table, table, column
_NAME_TABLES = (("article_authors", "authors", "author_id"), ("article_tags", "tags", "tag_id"))


_STORED_NAMES = " union all ".join(
    f"""select {number}, name from (select name from {link} join {table} on {table}.id = {column}
      where article_id = :id order by ord)"""  # noqa: S608  (names of our own tables)
    for number, (link, table, column) in enumerate(_NAME_TABLES)
)


def _replace_authors_and_tags(db: Database, article_id: int, article: Article) -> None:
    """Writes the authors and tags, unless they are the stored ones."""
    names = [
        (number, name)
        for number, names in enumerate((article.authors, article.tags))
        for name in dict.fromkeys(names)
    ]
    if db.execute(_STORED_NAMES, {"id": article_id}).fetchall() == names:
        return
    for link, _, _ in _NAME_TABLES:
        db.execute(f"delete from {link} where article_id = ?", [article_id])  # noqa: S608  (names of our own tables)
    _add_authors_and_tags(db, article_id, article)


def _add_authors_and_tags(db: Database, article_id: int, article: Article) -> None:
    """Writes the authors and tags, in page order, of an article that has none yet."""
    for (link, table, column), names in zip(
        _NAME_TABLES, (article.authors, article.tags), strict=True
    ):
        if not names:
            continue
        unique_names = list(dict.fromkeys(names))
        db.conn.executemany(
            f"insert into {table} (name) values (?) on conflict do nothing",  # noqa: S608
            [(name,) for name in unique_names],
        )
        db.conn.executemany(
            f"""insert into {link} (article_id, ord, {column})
            select ?, ?, id from {table} where name = ?""",  # noqa: S608
            [(article_id, ord_, name) for ord_, name in enumerate(unique_names)],
        )
