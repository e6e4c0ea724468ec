"""What became of an article: each reading beside the one before, block by block, without what
changes by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from khabar.archive.store import articles
from khabar.hindi.boilerplate import is_volatile_line
from khabar.web.queries.diff import DiffSpan, diff_paragraphs


@dataclass(frozen=True, slots=True)
class RevisionDiff:
    """From one reading to the next. It happened between `seen_after` and `seen_at`, nobody knows
    when.

    `title`, `subtitle`, `text`: their changed paragraphs, in pieces. `gone`, `new`: embeds and
    pictures by address. `stealth`: the words changed, and the page's own modified time did not.
    """

    revision: int
    reason: str
    changed: tuple[str, ...]
    stealth: bool
    seen_after: str | None
    seen_at: str
    modified_at: str | None
    title: tuple[tuple[DiffSpan, ...], ...]
    subtitle: tuple[tuple[DiffSpan, ...], ...]
    text: tuple[tuple[DiffSpan, ...], ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]


def diff_revisions(db: Database, article_id: int) -> list[RevisionDiff]:
    """Every step from the first reading to the newest; none for an article that never changed or
    is withheld.
    """
    diffs = []
    before: dict[str, Any] | None = None
    for row in db.query(_REVISIONS_SQL, [article_id]):
        after = articles.load_article(db, article_id, row["revision"])
        if before and after:
            diffs.append(_build_diff(row, before, after))
        before = after
    return diffs


_REVISIONS_SQL = """select revision, reason,
  (select group_concat(value, ' ') from json_each(changed)) as changed, stealth,
  seen_after, seen_at, modified_at from readings where article_id = ? order by revision"""


def _build_diff(row: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> RevisionDiff:
    text_diffs = {
        name: _changed_paragraphs(before[name], after[name])
        for name in ("title", "subtitle", "text")
    }
    old, new = _list_media(before), _list_media(after)
    return RevisionDiff(
        revision=row["revision"],
        reason=row["reason"],
        changed=tuple((row["changed"] or "").split()),
        stealth=bool(row["stealth"]),
        seen_after=row["seen_after"],
        seen_at=row["seen_at"],
        modified_at=row["modified_at"],
        **text_diffs,
        gone=tuple(item for item in old if item not in new),
        new=tuple(item for item in new if item not in old),
    )


def _changed_paragraphs(old: str | None, new: str | None) -> tuple[tuple[DiffSpan, ...], ...]:
    """The paragraphs that are not as they were."""
    return tuple(tuple(spans) for spans in diff_paragraphs(old, new) if not _is_same(spans))


def _is_same(spans: Iterable[DiffSpan]) -> bool:
    visible_spans = [span for span in spans if span.text.strip()]
    if all(span.change == "same" for span in visible_spans):
        return True
    sides: list[Callable[[DiffSpan], bool]] = [
        lambda span: span.change != "new",
        lambda span: span.change != "gone",
    ]
    lines = ["".join(span.text for span in visible_spans if side(span)) for side in sides]
    return all(is_volatile_line(line) for line in lines if line.strip())


def _list_media(article: dict[str, Any]) -> list[str]:
    """Embeds and pictures of the article's own, each by what tells it from others."""
    embeds = [item for item in article["embeds"] if item["place"] != "page"]
    posts = [
        " ".join(filter(None, (item["provider"], item["url"] or item["id"] or item["text"])))
        for item in embeds
    ]
    return list(dict.fromkeys([*posts, *(f"picture {item['url']}" for item in article["images"])]))


# --- one reading of an article: its words then, the page they were read from, and what changed
# since ---


def load_revision(
    db: Database, article_id: int, revision: int | None = None
) -> dict[str, Any] | None:
    """The article as it read then (by default now), with `reading`: when it was seen, why, from
    which snapshot.

    None when the article or the reading is unknown or its words are withheld.
    """
    article = articles.load_article(db, article_id, revision)
    if article is None:
        return None
    article["reading"] = {row["revision"]: row for row in list_revisions(db, article_id)}[
        article["revision"]
    ]
    return article


def list_revisions(db: Database, article_id: int) -> list[dict[str, Any]]:
    """Every reading of an article, oldest first, without its words: when, why, what changed, the
    snapshot's sha256.
    """
    rows = list(
        db.query(
            """select r.revision, r.reason, r.changed, r.seen_after, r.seen_at, r.snapshot_id, r.extractor_version,
              n.sha256, n.fetched_at, n.size, n.url as snapshot_url
            from revisions r left join snapshots n on n.id = r.snapshot_id
            where r.article_id = ? order by r.revision""",
            [article_id],
        )
    )
    return [row | {"changed": json.loads(row["changed"])} for row in rows]


def revision_texts(db: Database, article_id: int) -> dict[int, dict[str, Any]]:
    """revision → title, subtitle, text of every reading; empty when they may not be shown."""
    rows = db.query(
        "select revision, title, subtitle, text from readings where article_id = ?", [article_id]
    )
    return {row["revision"]: row for row in rows}


def is_withheld_or_deleted(db: Database, article_id: int) -> bool:
    """Whether the archive once had an article there that it may not show: withheld, or taken
    down.
    """
    row = db.execute(
        """select 1 from articles where id = :id and withheld is not null
        union all select 1 from tombstones where article_id = :id limit 1""",
        {"id": article_id},
    ).fetchone()
    return row is not None


def list_embed_uses(db: Database, article_id: int, revision: int) -> list[dict[str, Any]]:
    """key and articles (how many carry it) of the post in each placement of a reading, in its
    order.
    """
    return list(
        db.query(
            """select e.key, coalesce(u.articles, 0) as articles from article_embeds x
            join embeds e on e.id = x.embed_id left join embed_use u on u.embed_id = e.id
            where x.article_id = ? and x.revision = ? order by x.ord""",
            [article_id, revision],
        )
    )
