"""Articles: marks that fit their text, columns that follow from others, readings and embeds at
their place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from khabar.archive import search
from khabar.archive.store import revisions
from khabar.archive.upkeep.verify.findings import (
    REEXTRACT_REMEDY,
    CheckContext,
    Finding,
    build_sql_repair,
)
from khabar.hindi.india_time import to_india_date
from khabar.hindi.normalize import compute_text_sha256
from khabar.hindi.sentences import count_words
from khabar.model.items import TEXT_BLOCKS

_DERIVED_COLUMNS = ("word_count", "published_on", "text_sha256", "devanagari_share", "repetition")


def check_articles(context: CheckContext) -> Iterator[Finding]:
    """Blocks fit the text; the columns that follow from it do."""
    names = ("id", "url", "text", "blocks", "published_at", *_DERIVED_COLUMNS)
    for row in context.db.execute(
        f"select {', '.join(names)} from articles where withheld is null"  # noqa: S608
    ):
        row_values = dict(zip(names, row, strict=True))
        if problem := find_span_error(row_values["text"], row_values["blocks"]):
            yield Finding("blocks", row_values["url"], problem, None, REEXTRACT_REMEDY)
        for name, value in derive_columns(row_values["text"], row_values["published_at"]).items():
            if row_values[name] != value:
                repair = build_sql_repair(
                    f"update articles set {name} = ? where id = ?",
                    value,
                    row_values["id"],  # noqa: S608
                )
                yield Finding(
                    "articles",
                    row_values["url"],
                    f"{name} is {row_values[name]}, not {value}",
                    repair,
                )


def derive_columns(text: str, published_at: str | None) -> dict[str, Any]:
    """The columns that follow from a text and its time, as `khabar.archive.store.revisions`
    writes them.
    """
    return {
        "word_count": count_words(text),
        "published_on": _find_published_day(published_at),
        "text_sha256": compute_text_sha256(text),
        "devanagari_share": revisions.compute_devanagari_share(text),
        "repetition": revisions.compute_repetition(text),
    }


def _find_published_day(published_at: str | None) -> str | None:
    """The day in India; of a time that cannot be read none, `check_article_times` names it."""
    return to_india_date(published_at) if published_at and _is_iso_time(published_at) else None


def _is_iso_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def find_span_error(text: str, blocks: str) -> str | None:
    """What is wrong with an article's marks; None when they give its text, paragraph by
    paragraph.
    """
    try:
        block_spans = json.loads(blocks)
        offsets = [
            (span["start"], span["end"]) for span in block_spans if span["type"] in TEXT_BLOCKS
        ]
    except (ValueError, KeyError, TypeError) as error:
        return f"its marks cannot be read: {error!r}"
    if any(not 0 <= start <= end <= len(text) for start, end in offsets):
        return "a mark lies outside of the text"
    if "\n\n".join(text[start:end] for start, end in offsets) != text:
        return "its marks do not give its text"
    return None


def check_article_times(context: CheckContext) -> Iterator[Finding]:
    """What a page said of its own time can be read."""
    for article_id, url, published_at in context.db.execute(
        "select id, url, published_at from articles where published_at is not null"
    ):
        if not _is_iso_time(published_at):
            yield Finding("times", url, f"published_at is {published_at!r}", None, REEXTRACT_REMEDY)
        if article_id >> search.ID_BITS <= 0:
            yield Finding("articles", url, f"its id {article_id} tells no time")


def check_revisions(context: CheckContext) -> Iterator[Finding]:
    """Each article's readings are numbered without a gap, the newest is the one that stands, the
    others have words.
    """
    rows = context.db.execute(
        """select a.id, a.url, a.revision, max(r.revision), count(r.revision),
          sum(r.revision < a.revision and r.text is null) from articles a
        left join revisions r on r.article_id = a.id group by a.id"""
    ).fetchall()
    for article_id, url, current, newest, count, without_text in rows:
        if not count or newest != count:
            yield Finding("revisions", url, f"{count} readings, the newest is number {newest}")
        elif current != newest:
            repair = build_sql_repair(
                "update articles set revision = ? where id = ?", newest, article_id
            )
            yield Finding(
                "revisions", url, f"reading {current} stands, {newest} is the newest", repair
            )
        elif without_text:
            yield Finding(
                "revisions", url, f"{without_text} earlier readings have lost their words"
            )


def check_embeds(context: CheckContext) -> Iterator[Finding]:
    """An embed's block is one that names it, and every block's embed and image is there."""
    rows = context.db.execute(
        """select a.id, a.url, a.revision, a.blocks,
          (select json_group_array(json_array(x.ord, x.block)) from article_embeds x
            where x.article_id = a.id and x.revision = a.revision),
          (select count(*) from images i where i.article_id = a.id and i.revision = a.revision)
        from articles a where json_valid(a.blocks)"""
    ).fetchall()
    for article_id, url, revision, blocks, placements_json, images in rows:
        block_spans, placements = json.loads(blocks), dict(json.loads(placements_json))
        positions = {
            span["embed"]: position for position, span in enumerate(block_spans) if "embed" in span
        }
        if not positions.keys() <= placements.keys():
            yield Finding(
                "embeds", url, "a block names an embed that is not there", None, REEXTRACT_REMEDY
            )
        if any(span["image"] >= images for span in block_spans if "image" in span):
            yield Finding(
                "embeds", url, "a block names a picture that is not there", None, REEXTRACT_REMEDY
            )
        for ord_, block in placements.items():
            if block != positions.get(ord_):
                yield Finding(
                    "embeds",
                    url,
                    f"embed {ord_} stands at block {block}, not {positions.get(ord_)}",
                    build_sql_repair(
                        "update article_embeds set block = ? where article_id = ? and revision = ? and ord = ?",
                        positions.get(ord_),
                        article_id,
                        revision,
                        ord_,
                    ),
                )


def check_orphan_embeds(context: CheckContext) -> Iterator[Finding]:
    """Every post is held by an article."""
    rows = context.db.execute(
        "select id, key from embeds where id not in (select embed_id from article_embeds)"
    ).fetchall()
    for embed_id, key in rows:
        yield Finding(
            "embeds",
            key,
            "is held by no article",
            build_sql_repair("delete from embeds where id = ?", embed_id),
        )


def check_json_columns(context: CheckContext) -> Iterator[Finding]:
    """What is JSON can be read as such."""
    for table, column in (
        ("articles", "provenance"),
        ("articles", "problems"),
        ("articles", "rights"),
        ("snapshots", "rights"),
        ("revisions", "changed"),
        ("embeds", "media"),
    ):
        query = f"select rowid from {table} where not json_valid({column})"  # noqa: S608  (our own schema)
        for (rowid,) in context.db.execute(query).fetchall():
            yield Finding(
                "json", f"{table} {rowid}", f"{column} is no JSON", None, REEXTRACT_REMEDY
            )
