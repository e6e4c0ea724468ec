"""Which article a page is: by its address however spelt, by the one it names as its own, by its
very words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlite_utils import Database

from khabar.archive.store import articles
from khabar.archive.store.revisions import NewRevision
from khabar.hindi.minhash import likeness, shingles
from khabar.hindi.normalize import tokens
from khabar.hindi.sentences import count_words
from khabar.model.items import Outcome
from khabar.model.sources import Source

MIN_SAME_TEXT_WORDS = 25  # fewer words may be the same by chance
# of the shorter text: less, and two pages tell two stories, whatever one says of the other
_MIN_CONTAINMENT = 0.5


class DuplicateArticle(NamedTuple):
    """An article with the very same words: its ledger row, its address, its id."""

    page_id: int
    url: str
    article_id: int


@dataclass(frozen=True, slots=True)
class ArticleIdentity:
    """`url`: where the page's article stands, or will. `doubt`: why the canonical address it
    names is not believed.
    """

    url: str
    article_id: int | None = None
    doubt: str = ""


def resolve_article(
    db: Database, source: Source, new_revision: NewRevision, page_id: int
) -> ArticleIdentity:
    """Who a page is that was read, `new_revision.url` being the address it may be believed to stand
    for.

    A canonical address that tells another story is not believed; an article that was put there by
    mistake goes back to the address it was read at.
    """
    page_url, article_id = db.execute(
        "select url, article_id from pages where id = ?", [page_id]
    ).fetchone()
    if article_id and _check_ownership(db, article_id, page_id, new_revision):
        url = db.execute("select url from articles where id = ?", [article_id]).fetchone()[0]
        return ArticleIdentity(url, article_id, _explain_doubt(source, new_revision, url))
    doubt = _explain_doubt(source, new_revision, page_url)
    if (
        new_revision.url != page_url
        and (other_id := _find_exact_url(db, new_revision.url))
        and not is_same_story(db, other_id, new_revision)
    ):
        new_revision, doubt = (
            replace(new_revision, url=page_url),
            f"canonical not believed: {new_revision.url} tells another story",
        )
    match = find_by_url(db, new_revision)
    return (
        ArticleIdentity(match[1], match[0], doubt)
        if match
        else ArticleIdentity(new_revision.url, None, doubt)
    )


def _explain_doubt(source: Source, new_revision: NewRevision, url: str) -> str:
    """Why the address in the page's canonical link was left out of account before anything was
    looked up.
    """
    canonical_url = new_revision.article.canonical_url
    if canonical_url is None or source.canonicalize_url(canonical_url) in (new_revision.url, url):
        return ""
    rejection = source.check_url(canonical_url)
    return f"canonical not believed: {canonical_url}{f' ({rejection[0]})' if rejection else ''}"


def _check_ownership(
    db: Database, article_id: int, page_id: int, new_revision: NewRevision
) -> bool:
    """Whether the article a ledger row has is the page's. One read at a twin alone, of another
    story, is given back.
    """
    row = db.execute(
        """select s.page_id, p.url from articles a join revisions r on r.article_id = a.id and r.revision = a.revision
        join snapshots s on s.id = r.snapshot_id join pages p on p.id = s.page_id
        where a.id = ? and a.url = ? and s.page_id <> ?""",
        [article_id, new_revision.url, page_id],
    ).fetchone()
    if row is None or is_same_story(db, article_id, new_revision):
        return True
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
    return False


def find_by_url(db: Database, new_revision: NewRevision) -> tuple[int, str] | None:
    """(id, address) of the article that stands at `new_revision.url`, or at another spelling of it
    and tells the same.
    """
    if exact_id := _find_exact_url(db, new_revision.url):
        return exact_id, new_revision.url
    for url in _list_url_variants(new_revision.url):
        if (article_id := _find_exact_url(db, url)) and is_same_story(db, article_id, new_revision):
            return article_id, url
    return None


def _find_exact_url(db: Database, url: str) -> int | None:
    row = db.execute("select id from articles where url = ?", [url]).fetchone()
    return row[0] if row else None


def _list_url_variants(url: str) -> list[str]:
    """The address with and without its last slash, by http and by https; itself left out."""
    parts = urlsplit(url)
    base_path = parts.path.rstrip("/")
    paths = [base_path, f"{base_path}/"] if base_path else [parts.path]
    schemes = ["https", "http"] if parts.scheme in ("https", "http") else [parts.scheme]
    variants = [
        parts._replace(scheme=scheme, path=path).geturl() for scheme in schemes for path in paths
    ]
    return [variant for variant in variants if variant != url]


def find_by_any_url(db: Database, new_revision: NewRevision) -> int | None:
    """The id of the article at any address the ledger knows for it, aliases among them: for what
    comes from a file.
    """
    match = find_by_url(db, new_revision)
    return match[0] if match else articles.find_article(db, new_revision.url)


def is_same_story(db: Database, article_id: int, new_revision: NewRevision) -> bool:
    """Whether a page tells an article's story: the same headline, or half of the shorter text in
    common.

    Of texts of a few words nothing is said against it.
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


def find_by_text(db: Database, new_revision: NewRevision) -> DuplicateArticle | None:
    """An article of this source with these very words; of galleries and videos one of the same
    title, too.
    """
    if new_revision.text_sha256 is None:
        return None
    row = db.execute(
        """select p.id, a.url, a.id from articles a join pages p on p.article_id = a.id and p.url = a.url
        where a.text_sha256 = ? and a.source = ? and a.word_count >= ?
          and (a.page_type not in ('gallery', 'video') or a.title is ?) order by a.id limit 1""",
        [
            new_revision.text_sha256,
            new_revision.source,
            MIN_SAME_TEXT_WORDS,
            new_revision.article.title,
        ],
    ).fetchone()
    return DuplicateArticle(*row) if row else None
