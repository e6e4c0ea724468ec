"""Which article a page is: by its address however spelt, by the one it names as its own, by its very words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlite_utils import Database

from khabar.archive.store import articles
from khabar.archive.store.revisions import Reading
from khabar.hindi.minhash import likeness, shingles
from khabar.hindi.normalize import tokens
from khabar.hindi.sentences import count_words
from khabar.model.items import Outcome
from khabar.model.sources import Source

SAME_TEXT_WORDS = 25  # fewer words may be the same by chance
_SHARED = 0.5  # of the shorter text: less, and two pages tell two stories, whatever one says of the other


class Twin(NamedTuple):
    """An article with the very same words: its ledger row, its address, its id."""

    page_id: int
    url: str
    article_id: int


@dataclass(frozen=True, slots=True)
class Known:
    """`url`: where the page's article stands, or will. `doubt`: why the canonical address it names is not believed."""

    url: str
    article_id: int | None = None
    doubt: str = ""


def of_page(db: Database, source: Source, reading: Reading, page_id: int) -> Known:
    """Who a page is that was read, `reading.url` being the address it may be believed to stand for.

    A canonical address that tells another story is not believed; an article that was put there by mistake goes back
    to the address it was read at.
    """
    own, article_id = db.execute("select url, article_id from pages where id = ?", [page_id]).fetchone()
    if article_id and _is_at_home(db, article_id, page_id, reading):
        url = db.execute("select url from articles where id = ?", [article_id]).fetchone()[0]
        return Known(url, article_id, _refused(source, reading, url))
    doubt = _refused(source, reading, own)
    if reading.url != own and (there := _exactly_at(db, reading.url)) and not tells_same(db, there, reading):
        reading, doubt = replace(reading, url=own), f"canonical not believed: {reading.url} tells another story"
    found = at(db, reading)
    return Known(found[1], found[0], doubt) if found else Known(reading.url, None, doubt)


def _refused(source: Source, reading: Reading, url: str) -> str:
    """Why the address in the page's canonical link was left out of account before anything was looked up."""
    told = reading.article.canonical_url
    if told is None or source.canonical_url(told) in (reading.url, url):
        return ""
    why = source.judge(told)
    return f"canonical not believed: {told}{f' ({why[0]})' if why else ''}"


def _is_at_home(db: Database, article_id: int, page_id: int, reading: Reading) -> bool:
    """Whether the article a ledger row has is the page's. One read at a twin alone, of another story, is given back."""
    row = db.execute(
        """select s.page_id, p.url from articles a join revisions r on r.article_id = a.id and r.revision = a.revision
        join snapshots s on s.id = r.snapshot_id join pages p on p.id = s.page_id
        where a.id = ? and a.url = ? and s.page_id <> ?""",
        [article_id, reading.url, page_id],
    ).fetchone()
    if row is None or tells_same(db, article_id, reading):
        return True
    db.execute("update articles set url = ? where id = ?", [row[1], article_id])
    db.execute("update pages set article_id = null where id = ?", [page_id])
    db.execute(
        """update pages set outcome = ?, evidence = ?, alias_of = null, article_id = ?,
          next_at = (select next_at from pages where id = ?) where id = ?""",
        [Outcome.ARTICLE, f"canonical not believed: {reading.url} tells another story", article_id, page_id, row[0]],
    )
    return False


def at(db: Database, reading: Reading) -> tuple[int, str] | None:
    """(id, address) of the article that stands at `reading.url`, or at another spelling of it and tells the same."""
    if exact := _exactly_at(db, reading.url):
        return exact, reading.url
    for url in _spellings(reading.url):
        if (held := _exactly_at(db, url)) and tells_same(db, held, reading):
            return held, url
    return None


def _exactly_at(db: Database, url: str) -> int | None:
    row = db.execute("select id from articles where url = ?", [url]).fetchone()
    return row[0] if row else None


def _spellings(url: str) -> list[str]:
    """The address with and without its last slash, by http and by https; itself left out."""
    parts = urlsplit(url)
    bare = parts.path.rstrip("/")
    paths = [bare, f"{bare}/"] if bare else [parts.path]
    schemes = ["https", "http"] if parts.scheme in ("https", "http") else [parts.scheme]
    found = [parts._replace(scheme=scheme, path=path).geturl() for scheme in schemes for path in paths]
    return [one for one in found if one != url]


def known_as(db: Database, reading: Reading) -> int | None:
    """The id of the article at any address the ledger knows for it, aliases among them: for what comes from a file."""
    found = at(db, reading)
    return found[0] if found else articles.find(db, reading.url)


def tells_same(db: Database, article_id: int, reading: Reading) -> bool:
    """Whether a page tells an article's story: the same headline, or half of the shorter text in common.

    Of texts of a few words nothing is said against it.
    """
    title, text = db.execute("select title, text from articles where id = ?", [article_id]).fetchone()
    new = reading.article
    if title and new.title and tokens(title) == tokens(new.title):
        return True
    if min(count_words(text), count_words(new.text)) < SAME_TEXT_WORDS:
        return True
    return likeness(shingles(tokens(text)), shingles(tokens(new.text))).containment >= _SHARED


def same_text(db: Database, reading: Reading) -> Twin | None:
    """An article of this source with these very words; of galleries and videos one of the same title, too."""
    if reading.text_sha256 is None:
        return None
    row = db.execute(
        """select p.id, a.url, a.id from articles a join pages p on p.article_id = a.id and p.url = a.url
        where a.text_sha256 = ? and a.source = ? and a.word_count >= ?
          and (a.page_type not in ('gallery', 'video') or a.title is ?) order by a.id limit 1""",
        [reading.text_sha256, reading.source, SAME_TEXT_WORDS, reading.article.title],
    ).fetchone()
    return Twin(*row) if row else None
