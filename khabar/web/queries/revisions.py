"""Revisions of an article, and what changed from each to the next.

Changes of volatile lines (boilerplate that changes by itself) are ignored.
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
    """What changed from one revision to the next, at some time between `seen_after` and `seen_at`.

    `revision`: the later one; `title`, `subtitle`, `text`: the changed paragraphs as spans; `gone`,
    `new`: removed and added embeds and images, by URL; `stealth`: True if the text changed but the
    page's modified time did not; `extractors`: the versions that extracted the two, of a
    re-extraction, which is no edit of the source.
    """

    revision: int
    reason: str
    extractors: tuple[str, ...]
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
    """Returns the diffs between all consecutive revisions, oldest first; empty for an article that
    never changed or is withheld.
    """
    diffs = []
    before: dict[str, Any] | None = None
    for row in db.query(_REVISIONS_SQL, [article_id]):
        after = articles.load_article(db, article_id, row["revision"])
        if before and after:
            diffs.append(_build_diff(row, before, after))
        before = after
    return diffs


_REVISIONS_SQL = """select revision, reason, extractor_version,
  lag(extractor_version) over (order by revision) as extractor_before,
  (select group_concat(value, ' ') from json_each(changed)) as changed, stealth,
  seen_after, seen_at, modified_at from readings where article_id = ? order by revision"""


def _build_diff(row: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> RevisionDiff:
    text_diffs = {
        name: tuple(
            tuple(spans)
            for spans in diff_paragraphs(before[name], after[name])
            if not _is_same(spans)
        )
        for name in ("title", "subtitle", "text")
    }
    old, new = _list_media(before), _list_media(after)
    return RevisionDiff(
        revision=row["revision"],
        reason=row["reason"],
        extractors=_list_extractors(row),
        changed=tuple((row["changed"] or "").split()),
        stealth=bool(row["stealth"]),
        seen_after=row["seen_after"],
        seen_at=row["seen_at"],
        modified_at=row["modified_at"],
        **text_diffs,
        gone=tuple(item for item in old if item not in new),
        new=tuple(item for item in new if item not in old),
    )


def _list_extractors(row: dict[str, Any]) -> tuple[str, ...]:
    """Returns the extractor versions before and after a re-extraction; () for another reason."""
    is_reextraction = row["reason"] == "re-extraction" and row["extractor_before"]
    return (row["extractor_before"], row["extractor_version"]) if is_reextraction else ()


def _is_same(spans: Iterable[DiffSpan]) -> bool:
    """Returns True if a paragraph did not change, or is a volatile line before and after."""
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
    """Returns an identifying string for each embed (other than those outside the article) and each
    image, without duplicates.
    """
    embeds = [item for item in article["embeds"] if item["place"] != "page"]
    posts = [
        " ".join(filter(None, (item["provider"], item["url"] or item["id"] or item["text"])))
        for item in embeds
    ]
    return list(dict.fromkeys([*posts, *(f"picture {item['url']}" for item in article["images"])]))


# --- Revisions for the article pages. ---


def load_revision(
    db: Database, article_id: int, revision: int | None = None
) -> dict[str, Any] | None:
    """Returns the article in a revision (by default the current one), with its row of
    `list_revisions` as `reading`.

    None if the article or revision is unknown or the article is withheld.
    """
    article = articles.load_article(db, article_id, revision)
    if article is None:
        return None
    by_number = {row["revision"]: row for row in list_revisions(db, article_id)}
    article["reading"] = by_number[article["revision"]]
    return article


def list_revisions(db: Database, article_id: int) -> list[dict[str, Any]]:
    """Returns the revisions of an article without their text, oldest first: times, reason, changed
    fields, extractor version (`extractors`: of a re-extraction, the one before and this), and the
    snapshot's sha256, URL, size and time.
    """
    rows = list(
        db.query(
            """select r.revision, r.reason, r.changed, r.seen_after, r.seen_at, r.snapshot_id,
              r.extractor_version,
              lag(r.extractor_version) over (order by r.revision) as extractor_before,
              n.sha256, n.fetched_at, n.size, n.url as snapshot_url
            from revisions r left join snapshots n on n.id = r.snapshot_id
            where r.article_id = ? order by r.revision""",
            [article_id],
        )
    )
    return [
        row | {"changed": json.loads(row["changed"]), "extractors": _list_extractors(row)}
        for row in rows
    ]


def revision_texts(db: Database, article_id: int) -> dict[int, dict[str, Any]]:
    """Returns title, subtitle and text of each revision by its number; empty if the article is
    withheld.
    """
    rows = db.query(
        "select revision, title, subtitle, text from readings where article_id = ?", [article_id]
    )
    return {row["revision"]: row for row in rows}


def is_withheld_or_deleted(db: Database, article_id: int) -> bool:
    """Returns True if the archive has or had the article but may not show it: it is withheld or
    was taken down.
    """
    row = db.execute(
        """select 1 from articles where id = :id and withheld is not null
        union all select 1 from tombstones where article_id = :id limit 1""",
        {"id": article_id},
    ).fetchone()
    return row is not None


def list_embed_uses(db: Database, article_id: int, revision: int) -> list[dict[str, Any]]:
    """Returns for each embed of a revision, in order, the post's `key` and `articles`, the number
    of articles that embed it.
    """
    return list(
        db.query(
            """select e.key, coalesce(u.articles, 0) as articles from article_embeds x
            join embeds e on e.id = x.embed_id left join embed_use u on u.embed_id = e.id
            where x.article_id = ? and x.revision = ? order by x.ord""",
            [article_id, revision],
        )
    )
