"""Loads articles from the archive, in the shape of `khabar extract --json`."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from khabar.archive.database import ArchiveError
from khabar.archive.store.embed_rows import absent_details_sql, has_details
from khabar.archive.store.insets import load_insets
from khabar.model import urls

_MAX_ID_DIGITS = 18  # every number of 18 digits fits SQLite's 64-bit integers
_COLUMNS = tuple(
    """id url page_type title subtitle place desk section language published_at modified_at text
    blocks lead_image rights provenance problems source first_seen last_seen removed_at revision
    withheld""".split()
)
_AUTHORS = """select name from article_authors join authors on authors.id = author_id
where article_id = ? order by ord"""
_TAGS = """select name from article_tags join tags on tags.id = tag_id
where article_id = ? order by ord"""
_ALIASES = """select url from pages
where alias_of in (select id from pages where article_id = ?) order by url"""
_IMAGES = """select url, caption, credit from images
where article_id = ? and revision = ? order by ord"""
_ONE_REVISION = """select revision, title, subtitle, text, blocks, modified_at from readings
where article_id = ? and revision = ?"""
_REVISIONS = """select revision, reason, changed, stealth, seen_after, seen_at, title, subtitle,
  text, modified_at
from readings where article_id = ? order by revision"""
_EMBED_FIELDS = tuple(
    """provider kind id url author_name author_handle text text_complete published_at published_src
    title duration media alts language poll quoted thread caption place rule via raw_url
    html""".split()
)


def find_article(db: Database, id_or_url: str) -> int | None:
    """Returns the id of the article with this id, URL or alias URL; None when there is none."""
    if id_or_url.isdecimal() and len(id_or_url) <= _MAX_ID_DIGITS:
        row = db.execute("select id from articles where id = ?", [int(id_or_url)]).fetchone()
        return row[0] if row else None
    try:
        url = urls.normalize_url(id_or_url)
    except ValueError:
        return None
    row = db.execute(
        """with recursive at (id) as (select id from pages where url = :url
          union select alias_of from pages join at using (id) where alias_of is not null)
        select id from articles where url = :url
        union all select article_id from pages
          where article_id is not null and id in (select id from at) limit 1""",
        {"url": url},
    ).fetchone()
    return row[0] if row else None


def load_article(
    db: Database, id_or_url: int | str, revision: int | None = None
) -> dict[str, Any] | None:
    """Loads an article with its embeds and images; None when it is unknown or its text is withheld.

    With a `revision`, the text, embeds and images are that revision's (None when there is no such
    revision); the other fields are the current ones.
    """
    article_id = find_article(db, str(id_or_url))
    row = db.execute(
        f"select {', '.join(_COLUMNS)} from articles where id = ? and withheld is null",  # noqa: S608  (our own names)
        [article_id],
    ).fetchone()
    if row is None:
        return None
    current = dict(zip(_COLUMNS, row, strict=True))
    if revision in (None, current["revision"]):
        return _build_article(db, current)
    revision_row = next(iter(db.query(_ONE_REVISION, [article_id, revision])), None)
    return _build_article(db, current | revision_row) if revision_row else None


@dataclass(frozen=True, slots=True)
class ArticleSelection:
    """A filter of articles by source (empty: all) and by day of publication in India.

    `since` and `until` are inclusive (YYYY-MM-DD); None: no limit.
    """

    sources: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None


_SELECTION_FILTER = """withheld is null
  and (:every or source in (select value from json_each(:sources)))
  and (:since is null or published_on >= :since) and (:until is null or published_on <= :until)"""


# Ids are read in batches: a statement that stays open during a crawl would keep SQLite from
# moving its write-ahead log into the file.
_NEXT_IDS = (
    f"select id from articles where id > :last and {_SELECTION_FILTER} order by id limit :some"  # noqa: S608
)
_BATCH_SIZE = 500  # chosen by hand, not measured


def _build_selection_params(selection: ArticleSelection) -> dict[str, Any]:
    all_sources = not selection.sources
    return {
        "every": all_sources,
        "sources": json.dumps(selection.sources),
        "since": selection.since,
        "until": selection.until,
    }


def check_sources(db: Database, keys: Iterable[str]) -> None:
    """Raises ArchiveError, with a close match, for a source key that is not in the archive."""
    source_keys = [key for (key,) in db.execute("select key from sources order by key")]
    for key in keys:
        if key not in source_keys:
            # The cutoff, lower than difflib's 0.6, was chosen by hand, not measured.
            close_matches = difflib.get_close_matches(key, source_keys, n=1, cutoff=0.5)
            hint = f"did you mean {close_matches[0]}?" if close_matches else ", ".join(source_keys)
            raise ArchiveError(f"no source {key!r} in the archive: {hint}")


def iter_articles(db: Database, selection: ArticleSelection) -> Iterator[dict[str, Any]]:
    """Yields the selected articles whose text is not withheld, lowest id first."""
    last = 0
    while ids := [
        row[0]
        for row in db.execute(
            _NEXT_IDS, _build_selection_params(selection) | {"last": last, "some": _BATCH_SIZE}
        )
    ]:
        for article_id in ids:
            article = load_article(db, article_id)
            if article:
                yield article
        last = ids[-1]


def count_articles(db: Database, selection: ArticleSelection) -> int:
    """Returns the number of articles that `iter_articles` yields."""
    number: int = db.execute(
        f"select count(*) from articles where {_SELECTION_FILTER}",  # noqa: S608
        _build_selection_params(selection),
    ).fetchone()[0]
    return number


def list_revisions(db: Database, id_or_url: int | str) -> list[dict[str, Any]]:
    """Returns an article's revisions, oldest first; none when it is unknown or withheld."""
    rows = list(db.query(_REVISIONS, [find_article(db, str(id_or_url))]))
    return [
        row | {"changed": json.loads(row["changed"]), "stealth": bool(row["stealth"])}
        for row in rows
    ]


def _build_article(db: Database, row: dict[str, Any]) -> dict[str, Any]:
    for name in ("lead_image", "rights", "provenance", "problems", "blocks"):
        row[name] = json.loads(row[name]) if row[name] else None
    row["blocks"] = [_inline_block_text(span, row["text"]) for span in row["blocks"]]
    row.pop("withheld")
    article_key, revision_key = [row["id"]], [row["id"], row["revision"]]
    return row | {
        "canonical_url": row["url"],
        "source_name": db.execute(
            "select name from sources where key = ?", [row["source"]]
        ).fetchone()[0],
        "authors": _select_names(db, _AUTHORS, article_key),
        "tags": _select_names(db, _TAGS, article_key),
        "aliases": _select_names(db, _ALIASES, article_key),
        "embeds": _load_embeds(db, revision_key),
        "images": list(db.query(_IMAGES, revision_key)),
        "insets": load_insets(db, row["id"], row["revision"]),
    }


def _select_names(db: Database, sql: str, params: list[Any]) -> list[str]:
    return [name for (name,) in db.execute(sql, params)]


def _inline_block_text(span: dict[str, Any], text: str) -> dict[str, Any]:
    """Replaces a block's start and end by the text between them."""
    start, end = span.pop("start", 0), span.pop("end", 0)
    return {"type": span.pop("type"), "text": text[start:end], **span}


def _load_embeds(db: Database, key: list[int]) -> list[dict[str, Any]]:
    """Returns one entry per embed, in page order, with the post's text as this page has it."""
    posts = "embeds"
    if not has_details(db):  # an archive of an older Khabar
        posts = f"(select *, {absent_details_sql()} from embeds)"  # noqa: S608
    rows = db.execute(
        f"""select e.provider, e.kind, e.native_id, e.url, e.author_name, e.author_handle,
          coalesce(x.text_here, e.text), e.text_complete, e.published_at, e.published_src, e.title,
          e.duration, e.media, e.alts, e.language, e.poll, e.quoted, e.thread,
          x.caption, x.place, x.rule, x.via, x.raw_url, x.html
        from article_embeds x join {posts} e on e.id = x.embed_id
        where x.article_id = ? and x.revision = ? order by x.ord""",  # noqa: S608
        key,
    )
    embeds = [dict(zip(_EMBED_FIELDS, row, strict=True)) for row in rows]
    for embed in embeds:
        embed |= {name: json.loads(embed[name]) for name in ("media", "alts", "poll")}
        embed["text_complete"] = (
            None if embed["text_complete"] is None else bool(embed["text_complete"])
        )
    return embeds
