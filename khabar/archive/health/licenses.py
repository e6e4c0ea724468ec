"""The history of RSL licences: each distinct answer to the request for one, and what feeds say."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model import urls
from khabar.model.clock import format_utc, parse_utc


def last_license(db: Database, url: str) -> tuple[int, datetime] | None:
    """Returns (status, time) of the last request for a licence; None if there was none."""
    row = db.execute(
        """select status, last_asked from licenses where url = ? and origin = ''
        order by last_asked desc, id desc limit 1""",
        [url],
    ).fetchone()
    return (row[0], parse_utc(row[1])) if row else None


def save_license(
    db: Database, url: str, status: int, body: bytes, terms: str | None, now: datetime
) -> None:
    """Stores an answer; one row per distinct answer, with its first and last time.

    `terms`: what the licence says, as JSON; None if it cannot be read.
    """
    with transaction(db):
        _insert_license(db, url, "", status, body, terms, format_utc(now))


def save_feed_license(db: Database, url: str, terms: str | None, now: datetime) -> None:
    """Stores what a feed says in rsl: elements, as JSON; '' if they cannot be read. None: it has
    none, which is stored only of a feed that had some. The caller has a transaction.
    """
    if terms is None:
        sql = "select 1 from licenses where url = ? and origin <> ''"
        if not db.execute(sql, [url]).fetchone():
            return
        terms = "[]"
    origin = urls.get_origin(url)
    _insert_license(db, url, origin, 200, terms.encode(), terms or None, format_utc(now))


def _insert_license(
    db: Database, url: str, origin: str, status: int, body: bytes, terms: str | None, now: str
) -> None:
    db.execute(
        """insert into licenses (url, origin, status, body, terms, sha256, first_seen, last_asked)
        values (:url, :origin, :status, :body, :terms, :sha256, :now, :now)
        on conflict (url, status, sha256) do update set
          last_asked = excluded.last_asked, terms = excluded.terms""",
        {
            "url": url,
            "origin": origin,
            "status": status,
            "body": body,
            "terms": terms,
            "sha256": hashlib.sha256(body).hexdigest(),
            "now": now,
        },
    )
