"""Articles: marks that fit their text, columns that follow from others, readings and embeds at their place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from khabar.archive import search
from khabar.archive.store import revisions
from khabar.archive.upkeep.verify.faults import READ_AGAIN, Case, Fault, by_sql
from khabar.hindi.india_time import day_in_india
from khabar.hindi.normalize import text_sha256
from khabar.hindi.sentences import count_words
from khabar.model.items import TEXT_BLOCKS

_DERIVED = ("word_count", "published_on", "text_sha256", "devanagari_share", "repetition")


def articles(case: Case) -> Iterator[Fault]:
    """Blocks fit the text; the columns that follow from it do."""
    names = ("id", "url", "text", "blocks", "published_at", *_DERIVED)
    for row in case.db.execute(f"select {', '.join(names)} from articles where withheld is null"):  # noqa: S608
        told = dict(zip(names, row, strict=True))
        if why := misfit(told["text"], told["blocks"]):
            yield Fault("blocks", told["url"], why, None, READ_AGAIN)
        for name, value in derived(told["text"], told["published_at"]).items():
            if told[name] != value:
                mend = by_sql(f"update articles set {name} = ? where id = ?", value, told["id"])  # noqa: S608  (a column)
                yield Fault("articles", told["url"], f"{name} is {told[name]}, not {value}", mend)


def derived(text: str, published_at: str | None) -> dict[str, Any]:
    """The columns that follow from a text and its time, as `khabar.archive.store.revisions` writes them."""
    return {
        "word_count": count_words(text),
        "published_on": _day(published_at),
        "text_sha256": text_sha256(text),
        "devanagari_share": revisions.devanagari_share(text),
        "repetition": revisions.repetition(text),
    }


def _day(published_at: str | None) -> str | None:
    """The day in India; of a time that cannot be read none, `moments` names it."""
    return day_in_india(published_at) if published_at and _is_moment(published_at) else None


def _is_moment(told: str) -> bool:
    try:
        datetime.fromisoformat(told)
    except ValueError:
        return False
    return True


def misfit(text: str, blocks: str) -> str | None:
    """What is wrong with an article's marks; None when they give its text, paragraph by paragraph."""
    try:
        marks = json.loads(blocks)
        spans = [(mark["start"], mark["end"]) for mark in marks if mark["type"] in TEXT_BLOCKS]
    except (ValueError, KeyError, TypeError) as error:
        return f"its marks cannot be read: {error!r}"
    if any(not 0 <= start <= end <= len(text) for start, end in spans):
        return "a mark lies outside of the text"
    if "\n\n".join(text[start:end] for start, end in spans) != text:
        return "its marks do not give its text"
    return None


def moments(case: Case) -> Iterator[Fault]:
    """What a page said of its own time can be read."""
    for article_id, url, told in case.db.execute(
        "select id, url, published_at from articles where published_at is not null"
    ):
        if not _is_moment(told):
            yield Fault("times", url, f"published_at is {told!r}", None, READ_AGAIN)
        if article_id >> search.ID_BITS <= 0:
            yield Fault("articles", url, f"its id {article_id} tells no time")


def readings(case: Case) -> Iterator[Fault]:
    """Each article's readings are numbered without a gap, the newest is the one that stands, the others have words."""
    rows = case.db.execute(
        """select a.id, a.url, a.revision, max(r.revision), count(r.revision),
          sum(r.revision < a.revision and r.text is null) from articles a
        left join revisions r on r.article_id = a.id group by a.id"""
    ).fetchall()
    for article_id, url, stands, newest, count, wordless in rows:
        if not count or newest != count:
            yield Fault("revisions", url, f"{count} readings, the newest is number {newest}")
        elif stands != newest:
            mend = by_sql("update articles set revision = ? where id = ?", newest, article_id)
            yield Fault("revisions", url, f"reading {stands} stands, {newest} is the newest", mend)
        elif wordless:
            yield Fault("revisions", url, f"{wordless} earlier readings have lost their words")


def embeds(case: Case) -> Iterator[Fault]:
    """An embed's block is one that names it, and every block's embed and image is there."""
    rows = case.db.execute(
        """select a.id, a.url, a.revision, a.blocks,
          (select json_group_array(json_array(x.ord, x.block)) from article_embeds x
            where x.article_id = a.id and x.revision = a.revision),
          (select count(*) from images i where i.article_id = a.id and i.revision = a.revision)
        from articles a where json_valid(a.blocks)"""
    ).fetchall()
    for article_id, url, revision, blocks, placed, images in rows:
        marks, placements = json.loads(blocks), dict(json.loads(placed))
        places = {mark["embed"]: at for at, mark in enumerate(marks) if "embed" in mark}
        if not places.keys() <= placements.keys():
            yield Fault("embeds", url, "a block names an embed that is not there", None, READ_AGAIN)
        if any(mark["image"] >= images for mark in marks if "image" in mark):
            yield Fault("embeds", url, "a block names a picture that is not there", None, READ_AGAIN)
        for ord_, block in placements.items():
            if block != places.get(ord_):
                yield Fault("embeds", url, f"embed {ord_} stands at block {block}, not {places.get(ord_)}", by_sql(
                    "update article_embeds set block = ? where article_id = ? and revision = ? and ord = ?",
                    places.get(ord_), article_id, revision, ord_))  # fmt: skip


def posts(case: Case) -> Iterator[Fault]:
    """Every post is held by an article."""
    rows = case.db.execute(
        "select id, key from embeds where id not in (select embed_id from article_embeds)"
    ).fetchall()
    for embed_id, key in rows:
        yield Fault("embeds", key, "is held by no article", by_sql("delete from embeds where id = ?", embed_id))


def json_columns(case: Case) -> Iterator[Fault]:
    """What is JSON can be read as such."""
    for table, column in (("articles", "provenance"), ("articles", "problems"), ("articles", "rights"),
                          ("snapshots", "rights"), ("revisions", "changed"), ("embeds", "media")):  # fmt: skip
        which = f"select rowid from {table} where not json_valid({column})"  # noqa: S608  (our own schema)
        for (rowid,) in case.db.execute(which).fetchall():
            yield Fault("json", f"{table} {rowid}", f"{column} is no JSON", None, READ_AGAIN)
