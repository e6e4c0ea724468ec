"""What a source prints again and again: footers, notices, an author's life. It makes no two articles one story."""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database

from archive.stories.words import Words

DAYS = 3  # on which a source prints the same paragraph
ARTICLES = 8  # or in so many of its articles, be it on one day: more than a story has editions
_USE = """select count(*), count(distinct coalesce(a.published_on, date(a.first_seen, '+330 minutes')))
  from paragraphs p join signatures s on s.doc = p.doc join articles a on a.id = s.article_id where p.key = ?"""


def note(db: Database, doc: int, words: Words) -> list[int]:
    """Notes an article's paragraphs. Returns the keys of those that have become furniture by it."""
    found = []
    for key in {key for key, _ in words.paragraphs}:
        if is_furniture(db, key):
            continue
        db.execute("insert into paragraphs (key, doc) values (?, ?) on conflict do nothing", [key, doc])
        if is_furniture(db, key):
            found.append(key)
    return found


def forget(db: Database, doc: int, words: Words) -> None:
    """Takes an article's paragraphs back; what is furniture by now stays it."""
    for key in {key for key, _ in words.paragraphs}:
        if not is_furniture(db, key):
            db.execute("delete from paragraphs where key = ? and doc = ?", [key, doc])


def is_furniture(db: Database, key: int) -> bool:
    """Whether a paragraph, by its key, is its source's furniture."""
    articles, days = db.execute(_USE, [key]).fetchone()
    return bool(articles >= ARTICLES or days >= DAYS)


def of(db: Database, words: Words) -> set[int]:
    """The keys of the article's paragraphs that are furniture."""
    return {key for key, _ in words.paragraphs if is_furniture(db, key)}


def articles_with(db: Database, keys: Iterable[int]) -> set[int]:
    """Ids of the articles noted for any of these paragraphs."""
    sql = "select s.article_id from paragraphs p join signatures s on s.doc = p.doc where p.key = ?"
    return {article_id for key in keys for (article_id,) in db.execute(sql, [key])}
