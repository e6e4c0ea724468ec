"""Checks of articles: block spans, derived columns, revisions, embeds and JSON columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from khabar.archive.store.embed_rows import has_details
from khabar.archive.upkeep.verify.findings import (
    REEXTRACT_REMEDY,
    CheckContext,
    Finding,
    build_sql_repair,
)
from khabar.hindi.india_time import to_india_date
from khabar.hindi.normalize import compute_text_sha256
from khabar.hindi.sentences import count_words
from khabar.model.article_rows import ID_BITS
from khabar.model.items import TEXT_BLOCKS
from khabar.model.text_features import compute_devanagari_share, compute_repetition

_DERIVED_COLUMNS = ("word_count", "published_on", "text_sha256", "devanagari_share", "repetition")


def check_articles(context: CheckContext) -> Iterator[Finding]:
    """Checks that block spans fit the text and that derived columns are right."""
    names = ("id", "url", "text", "blocks", "published_at", *_DERIVED_COLUMNS)
    condition = f"withheld is null{context.restrict('articles', 'id')}"
    for row in context.iter_rows(
        "articles",
        f"select {', '.join(names)} from articles where {condition}",  # noqa: S608
    ):
        row_values = dict(zip(names, row, strict=True))
        if problem := find_span_error(row_values["text"], row_values["blocks"]):
            yield Finding("blocks", row_values["url"], problem, None, REEXTRACT_REMEDY)
        for name, value in derive_columns(row_values["text"], row_values["published_at"]).items():
            if row_values[name] != value:
                sql = f"update articles set {name} = ? where id = ?"  # noqa: S608
                repair = build_sql_repair(sql, value, row_values["id"])
                what = f"{name} is {row_values[name]}, not {value}"
                yield Finding("articles", row_values["url"], what, repair)


def derive_columns(text: str, published_at: str | None) -> dict[str, Any]:
    """Returns the columns derived from a text and its time, as `store.revisions` writes them."""
    # A time that cannot be parsed has no day; `check_article_times` reports it.
    has_time = published_at is not None and _is_iso_time(published_at)
    return {
        "word_count": count_words(text),
        "published_on": to_india_date(published_at) if has_time else None,
        "text_sha256": compute_text_sha256(text),
        "devanagari_share": compute_devanagari_share(text),
        "repetition": compute_repetition(text),
    }


def _is_iso_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def find_span_error(text: str, blocks: str) -> str | None:
    """Returns what is wrong with an article's block spans; None when they give its text."""
    try:
        block_spans = json.loads(blocks)
        offsets = [
            (span["start"], span["end"]) for span in block_spans if span["type"] in TEXT_BLOCKS
        ]
    except (ValueError, KeyError, TypeError) as error:
        return f"its blocks cannot be parsed: {error!r}"
    if any(not 0 <= start <= end <= len(text) for start, end in offsets):
        return "a block lies outside the text"
    if "\n\n".join(text[start:end] for start, end in offsets) != text:
        return "its blocks do not give its text"
    return None


def check_article_times(context: CheckContext) -> Iterator[Finding]:
    """Checks that the publication time can be parsed and that the id contains a time."""
    condition = f"published_at is not null{context.restrict('articles', 'id')}"
    for article_id, url, published_at in context.iter_rows(
        "articles",
        f"select id, url, published_at from articles where {condition}",  # noqa: S608
    ):
        if not _is_iso_time(published_at):
            yield Finding("times", url, f"published_at is {published_at!r}", None, REEXTRACT_REMEDY)
        if article_id >> ID_BITS <= 0:
            yield Finding("articles", url, f"its id {article_id} contains no time")


def check_revisions(context: CheckContext) -> Iterator[Finding]:
    """Checks that revisions are numbered without a gap, and the newest is the current one.

    Earlier ones must have a text.
    """
    rows = context.iter_rows(
        "articles",
        f"""select a.id, a.url, a.revision, max(r.revision), count(r.revision),
          sum(r.revision < a.revision and r.text is null) from articles a
        left join revisions r on r.article_id = a.id
        where true{context.restrict("articles", "a.id")} group by a.id""",  # noqa: S608
    )
    for article_id, url, current, newest, count, without_text in rows:
        if not count or newest != count:
            yield Finding("revisions", url, f"has {count} revisions, the newest is {newest}")
        elif current != newest:
            repair = build_sql_repair(
                "update articles set revision = ? where id = ?", newest, article_id
            )
            yield Finding(
                "revisions", url, f"has the current revision {current}, not {newest}", repair
            )
        elif without_text:
            yield Finding("revisions", url, f"{without_text} earlier revisions have no text")


def check_embeds(context: CheckContext) -> Iterator[Finding]:
    """Checks that blocks and embeds refer to each other, and blocks to existing images."""
    rows = context.iter_rows(
        "articles",
        f"""select a.id, a.url, a.revision, a.blocks,
          (select json_group_array(json_array(x.ord, x.block)) from article_embeds x
            where x.article_id = a.id and x.revision = a.revision),
          (select count(*) from images i where i.article_id = a.id and i.revision = a.revision)
        from articles a
        where json_valid(a.blocks){context.restrict("articles", "a.id")}""",  # noqa: S608
    )
    for article_id, url, revision, blocks, placements_json, images in rows:
        block_spans, placements = json.loads(blocks), dict(json.loads(placements_json))
        positions = {
            span["embed"]: position for position, span in enumerate(block_spans) if "embed" in span
        }
        if not positions.keys() <= placements.keys():
            yield Finding(
                "embeds", url, "a block refers to a missing embed", None, REEXTRACT_REMEDY
            )
        if any(span["image"] >= images for span in block_spans if "image" in span):
            yield Finding(
                "embeds", url, "a block refers to a missing image", None, REEXTRACT_REMEDY
            )
        for ord_, block in placements.items():
            if block != positions.get(ord_):
                position = positions.get(ord_)
                repair = build_sql_repair(
                    """update article_embeds set block = ?
                    where article_id = ? and revision = ? and ord = ?""",
                    position,
                    article_id,
                    revision,
                    ord_,
                )
                what = f"embed {ord_} is at block {block}, not {position}"
                yield Finding("embeds", url, what, repair)


def check_orphan_embeds(context: CheckContext) -> Iterator[Finding]:
    """Checks that every embed is used by an article."""
    rows = context.db.execute(
        "select id, key from embeds where id not in (select embed_id from article_embeds)"
    ).fetchall()
    for embed_id, key in rows:
        yield Finding(
            "embeds",
            key,
            "is used by no article",
            build_sql_repair("delete from embeds where id = ?", embed_id),
        )


def check_json_columns(context: CheckContext) -> Iterator[Finding]:
    """Checks that JSON columns can be parsed."""
    for table, column in (
        ("articles", "provenance"),
        ("articles", "problems"),
        ("articles", "rights"),
        ("snapshots", "rights"),
        ("revisions", "changed"),
        ("embeds", "media"),
        *((("embeds", "alts"), ("embeds", "poll")) if has_details(context.db) else ()),
    ):
        condition = f"not json_valid({column}){_restrict_table(context, table)}"
        query = f"select rowid from {table} where {condition}"  # noqa: S608  (our own schema)
        for (rowid,) in context.db.execute(query).fetchall():
            yield Finding(
                "json", f"{table} {rowid}", f"{column} is not JSON", None, REEXTRACT_REMEDY
            )


def _restrict_table(context: CheckContext, table: str) -> str:
    if table == "embeds":
        articles = context.restrict("articles", "article_id")
        condition = f"id in (select embed_id from article_embeds where true{articles})"  # noqa: S608
        return f" and {condition}" if articles else ""
    column = "article_id" if table == "revisions" else "id"
    return context.restrict("snapshots" if table == "snapshots" else "articles", column)
