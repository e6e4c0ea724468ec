"""Finds the article a page belongs to: by any spelling of its URL, canonical URL, or text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlite_utils import Database

from khabar.archive.store import articles
from khabar.archive.store.revisions import NewRevision
from khabar.hindi.india_time import parse_iso_india
from khabar.hindi.minhash import likeness, shingles
from khabar.hindi.normalize import tokens
from khabar.hindi.sentences import count_words
from khabar.model.items import Article, Outcome
from khabar.model.sources import Source

# Fewer words may be equal by chance. Chosen by hand, not measured; the same number as
# `khabar.processing.judge.MIN_WORDS`, but not derived from it.
MIN_SAME_TEXT_WORDS = 25
# Share of the shorter text's shingles that two pages of one story have in common, whatever their
# canonical links say. Chosen by hand, not measured.
_MIN_CONTAINMENT = 0.5
_STANDARD_TEXT = ("gallery", "video")  # page types that may share a text without being one article


class DuplicateArticle(NamedTuple):
    """An article with an identical text: the id of its frontier row, its URL, its id."""

    page_id: int
    url: str
    article_id: int


@dataclass(frozen=True, slots=True)
class ArticleIdentity:
    """The URL of the page's article, and its id (None: a new article).

    `doubt`: why the page's canonical URL was rejected; empty when it was not.
    """

    url: str
    article_id: int | None = None
    doubt: str = ""


def resolve_article(
    db: Database,
    source: Source,
    new_revision: NewRevision,
    page_id: int,
    page_url: str,
    article_id: int | None,
) -> ArticleIdentity:
    """Finds the article that a page belongs to, whose frontier row has these values.

    `new_revision.url` is the canonical URL, if the page's canonical link passed the source's rules.
    It is rejected when the article at that URL is another story. An article that was moved to this
    page's URL by a wrong canonical link gets back the URL it was extracted from.
    """
    if article_id and not _restore_article_url(db, article_id, page_id, new_revision):
        url = db.execute("select url from articles where id = ?", [article_id]).fetchone()[0]
        return ArticleIdentity(url, article_id, _explain_doubt(source, new_revision, url))
    doubt = _explain_doubt(source, new_revision, page_url)
    if (
        new_revision.url != page_url
        and (other_id := _find_exact_url(db, new_revision.url))
        and not is_same_story(db, other_id, new_revision)
    ):
        doubt = f"canonical not believed: {new_revision.url} tells another story"
        new_revision = replace(new_revision, url=page_url)
    article_id, url = find_by_url(db, new_revision) or (None, new_revision.url)
    return ArticleIdentity(url, article_id, doubt)


def _explain_doubt(source: Source, new_revision: NewRevision, url: str) -> str:
    """Returns why the source's rules rejected the page's canonical link; empty if they did not."""
    canonical_url = new_revision.article.canonical_url
    if canonical_url is None or source.canonicalize_url(canonical_url) in (new_revision.url, url):
        return ""
    rejection = source.check_url(canonical_url)
    return f"canonical not believed: {canonical_url}{f' ({rejection[0]})' if rejection else ''}"


def _restore_article_url(
    db: Database, article_id: int, page_id: int, new_revision: NewRevision
) -> bool:
    """Gives an article that took this page's URL by a wrong canonical link its own URL back.

    That is an article at this URL which was extracted from another page and is another story.
    Returns False, and changes nothing, for any other: the article is this page's.
    """
    row = db.execute(
        """select p.id, p.url from articles a join pages p on p.id = ?
        where a.id = ? and a.url = ? and p.id <> ?""",
        [find_extracted_page(db, article_id), article_id, new_revision.url, page_id],
    ).fetchone()
    if row is None or is_same_story(db, article_id, new_revision):
        return False
    db.execute("update articles set url = ? where id = ?", [row[1], article_id])
    db.execute("update pages set article_id = null where id = ?", [page_id])
    db.execute(
        """update pages set outcome = ?, evidence = ?, alias_of = null, article_id = ?,
          next_at = (select next_at from pages where id = ?) where id = ?""",
        [
            Outcome.ARTICLE,
            f"canonical not believed: {new_revision.url} tells another story",
            article_id,
            page_id,
            row[0],
        ],
    )
    return True


_EXTRACTED_PAGE = """select coalesce(s.page_id, (
    select p.id from (
      select id from pages where article_id = a.id
      union all select o.id from pages c join pages o on o.alias_of = c.id where c.article_id = a.id
    ) join pages p using (id)
    where r.reason <> 'import' and p.extractor_version is not null
    order by p.url = a.url desc, p.last_asked desc, p.id limit 1))
  from articles a
  left join revisions r on r.article_id = a.id and r.revision = a.revision
  left join snapshots s on s.id = r.snapshot_id where a.id = ?"""


def find_extracted_page(db: Database, article_id: int) -> int | None:
    """Returns the id of the URL row of the page that an article was last extracted from; None for
    an article that was imported as such.

    Of a page that was extracted elsewhere there is no snapshot: it is the page at the article's
    URL if that was extracted, else the one of its aliases that was last.
    """
    page_id: int | None = db.execute(_EXTRACTED_PAGE, [article_id]).fetchone()[0]
    return page_id


def find_by_url(db: Database, new_revision: NewRevision) -> tuple[int, str] | None:
    """Returns (id, URL) of the article at `new_revision.url`; None when there is none.

    A variant of the URL (slash, scheme) counts when its article is the same story.
    """
    variants = _list_url_variants(new_revision.url)
    ids: dict[str, int] = dict(
        db.execute(
            "select url, id from articles where url in (select value from json_each(?))",
            [json.dumps([new_revision.url, *variants])],
        ).fetchall()
    )
    if exact_id := ids.get(new_revision.url):
        return exact_id, new_revision.url
    for url in variants:
        if url in ids and is_same_story(db, ids[url], new_revision):
            return ids[url], url
    return None


def _find_exact_url(db: Database, url: str) -> int | None:
    row = db.execute("select id from articles where url = ?", [url]).fetchone()
    return row[0] if row else None


def _list_url_variants(url: str) -> list[str]:
    """Returns the other spellings of a URL: with and without trailing slash, http and https."""
    parts = urlsplit(url)
    base_path = parts.path.rstrip("/")
    paths = [base_path, f"{base_path}/"] if base_path else [parts.path]
    schemes = ["https", "http"] if parts.scheme in ("https", "http") else [parts.scheme]
    variants = [
        parts._replace(scheme=scheme, path=path).geturl() for scheme in schemes for path in paths
    ]
    return [variant for variant in variants if variant != url]


def find_by_any_url(db: Database, new_revision: NewRevision) -> int | None:
    """Returns the id of the article at any URL the frontier knows for it, aliases included.

    Used for imports, which name one URL of an article.
    """
    match = find_by_url(db, new_revision)
    return match[0] if match else articles.find_article(db, new_revision.url)


def is_same_story(db: Database, article_id: int, new_revision: NewRevision) -> bool:
    """Returns whether a page tells the story of an article.

    True for the same title, for enough common text (`_MIN_CONTAINMENT` of the shorter one), and
    when either text is too short to tell (`MIN_SAME_TEXT_WORDS`).
    """
    title, text = db.execute(
        "select title, text from articles where id = ?", [article_id]
    ).fetchone()
    article = new_revision.article
    if title and article.title and tokens(title) == tokens(article.title):
        return True
    if min(count_words(text), count_words(article.text)) < MIN_SAME_TEXT_WORDS:
        return True
    return (
        likeness(shingles(tokens(text)), shingles(tokens(article.text))).containment
        >= _MIN_CONTAINMENT
    )


def find_by_text(
    db: Database, new_revision: NewRevision, twins: Sequence[SameText] | None = None
) -> DuplicateArticle | None:
    """Finds an article of the same source with an identical text that is the same article.

    `twins`: from `list_same_text`, if it was called before. None when there is none. Galleries and
    videos must have the same title; any other article needs a second sign beside the text
    (`_is_same_article`).
    """
    for twin in list_same_text(db, new_revision) if twins is None else twins:
        if _is_same_article(twin, new_revision.article):
            return DuplicateArticle(twin.page_id, twin.url, twin.article_id)
    return None


def find_other_headline(
    twins: Sequence[SameText], new_revision: NewRevision, article_id: int | None
) -> str | None:
    """Returns the URL of another article of the source with this text that is not the same article.

    `twins`: from `list_same_text`. None when there is none. `article_id`: the page's own article.
    Galleries and videos, whose text may be a standard one, are left out.
    """
    if new_revision.article.page_type in _STANDARD_TEXT:
        return None
    for twin in twins:
        if (
            twin.article_id != article_id
            and twin.page_type not in _STANDARD_TEXT
            and not _is_same_article(twin, new_revision.article)
        ):
            return twin.url
    return None


class SameText(NamedTuple):
    """An article with the text of a page."""

    page_id: int
    url: str
    article_id: int
    page_type: str
    title: str | None
    published_at: str | None
    published_precision: str | None


def list_same_text(db: Database, new_revision: NewRevision) -> list[SameText]:
    """Returns the source's articles with the text of `new_revision`, oldest first.

    Returns none for a text of less than MIN_SAME_TEXT_WORDS.
    """
    if new_revision.features.text_sha256 is None:
        return []
    rows = db.execute(
        """select p.id, a.url, a.id, a.page_type, a.title, a.published_at, a.published_precision
        from articles a join pages p on p.article_id = a.id and p.url = a.url
        where a.text_sha256 = ? and a.source = ? and a.word_count >= ? order by a.id""",
        [new_revision.features.text_sha256, new_revision.source, MIN_SAME_TEXT_WORDS],
    )
    return [SameText(*row) for row in rows]


def _is_same_article(twin: SameText, article: Article) -> bool:
    """Returns whether two pages with one text have a second sign of being one article.

    That is the same headline, or the same time of publication to the minute. One text under several
    headlines is a sign that it was read from the wrong part of the pages.
    """
    if twin.page_type in _STANDARD_TEXT:
        return twin.title == article.title
    if twin.title and article.title and _fold_title(twin.title) == _fold_title(article.title):
        return True
    minute = _parse_minute(twin.published_at, twin.published_precision)
    return minute is not None and minute == _parse_minute(
        article.published_at, article.published_precision
    )


# Cached: where thousands of pages are misread alike, each is compared with all before it.
@lru_cache(maxsize=10_000)
def _fold_title(title: str) -> tuple[str, ...]:
    return tuple(tokens(title))


def _parse_minute(published_at: str | None, precision: str | None) -> datetime | None:
    """Returns the minute of a time of publication; None without a time of day."""
    if not published_at or precision not in ("second", "minute"):
        return None
    return parse_iso_india(published_at).replace(second=0, microsecond=0)
