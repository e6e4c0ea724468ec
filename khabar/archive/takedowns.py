"""Looks up takedowns. Crawl, import and merge check here before they store anything."""

from __future__ import annotations

import json

from sqlite_utils import Database

from khabar.archive.database import ArchiveError
from khabar.model.items import Outcome, Visit


def build_match_condition(url: str, pattern: str) -> str:
    """Returns the SQL condition that a takedown's pattern matches a URL, both given as SQL.

    Only `*` is a wildcard; a pattern without it is one URL. Scheme and host are compared apart
    from the rest: a GLOB's `*` matches `/` too, and `https://*.a.in/*` must not match
    `https://b.in/x.a.in/`.
    """
    glob = f"replace(replace({pattern}, '[', '[[]'), '?', '[?]')"
    url_origin, glob_origin = (
        f"substr({text}, 1, instr(substr({text}, 9), '/') + 7)" for text in (url, glob)
    )
    return f"({url} glob {glob} and {url_origin} glob {glob_origin})"


def _build_lookup(url: str) -> str:
    """Returns the query for the takedowns of a URL, which is given as SQL. Only patterns with a
    wildcard are compared one by one.
    """
    return f"""select takedown_id from tombstones where url = {url}
      union all select id from takedowns where pattern = {url}
      union all select id from takedowns where instr(pattern, '*')
      and {build_match_condition(url, "pattern")}"""  # noqa: S608  (constants)


_FIND = f"""{_build_lookup(":url")} union all {_build_lookup(":other_url")}
  union all select takedown_id from tombstones where source = :source and text_sha256 = :sha256
  limit 1"""  # noqa: S608  (constants)
_FIND_BY_URLS = f"""select value, ({_build_lookup("value")} limit 1) as takedown from json_each(?)
  where takedown is not null"""  # noqa: S608  (constants)


def find_takedown(
    db: Database,
    url: str,
    source: str | None = None,
    text_sha256: str | None = None,
    *,
    other_url: str | None = None,
) -> int | None:
    """Returns the id of the takedown that covers this URL or the other, or this text of this source
    under any URL; None if there is none.
    """
    row = db.execute(
        _FIND, {"url": url, "other_url": other_url, "source": source, "sha256": text_sha256}
    ).fetchone()
    return row[0] if row else None


def find_takedown_of_visit(db: Database, visit: Visit, url: str) -> int | None:
    """Returns the id of the takedown that covers a visit to `url`: by the URL, the article's
    canonical URL, or its text; None if there is none.
    """
    if visit.keys is None:
        return find_takedown(db, url)
    keys = visit.keys
    return find_takedown(db, url, visit.source, keys.text_sha256, other_url=keys.url)


def takedown_outcomes(db: Database, urls: list[str]) -> dict[str, tuple[Outcome, str]]:
    """Returns URL → (outcome, evidence) for those that were taken down, in the form of
    `Source.check_url`.
    """
    rows = db.execute(_FIND_BY_URLS, [json.dumps(urls)])
    return {url: (Outcome.TAKEN_DOWN, f"takedown {takedown_id}") for url, takedown_id in rows}


def check_not_taken_down(db: Database, url: str) -> None:
    """Raises ArchiveError for a URL that was taken down and must not be requested."""
    if takedown_id := find_takedown(db, url):
        created_at, reason = db.execute(
            "select at, reason from takedowns where id = ?", [takedown_id]
        ).fetchone()
        raise ArchiveError(
            f"{url}: taken down {created_at[:10]} ({reason}): it will not be fetched again"
        )
