"""What a headline said before, and what it says now: of any search, story, source or article."""

from __future__ import annotations

import json
from collections.abc import Iterable

from khabar.web.queries.lists import Listing

_CHANGES = """
select a.id, after.revision, after.seen_at, before.title as was, after.title as became, a.source,
  s.name as source_name, a.published_on, a.published_at, a.url, after.seen_after
from revisions later
  cross join readings after on after.article_id = later.article_id and after.revision = later.revision
  join readings before on before.article_id = after.article_id and before.revision = after.revision - 1
  join articles a on a.id = after.article_id
  join sources s on s.key = a.source
where later.revision > 1 and a.withheld is null and before.title is not null and after.title is not null
  and before.title <> after.title and (:from = '' or date(after.seen_at, '+330 minutes') >= :from)
  and (:to = '' or date(after.seen_at, '+330 minutes') <= :to) and {where}
order by later.seen_at desc, a.id desc"""


def changes_of_articles(ids: Iterable[int], since: str = "", until: str = "") -> Listing:
    """Changes of these articles' headlines, seen between two days in India (both included),
    newest first.
    """
    params = {"ids": json.dumps(list(ids)), "from": since, "to": until}
    return Listing(_CHANGES.format(where="a.id in (select value from json_each(:ids))"), params)


def changes_of_source(key: str, since: str = "", until: str = "") -> Listing:
    """The same of one source; '' of all."""
    return Listing(
        _CHANGES.format(where="(:key = '' or a.source = :key)"),
        {"key": key, "from": since, "to": until},
    )


def changes_of_search(match: str, key: str = "", since: str = "", until: str = "") -> Listing:
    """The same of every article that answers an FTS5 expression; of none when it asks for
    nothing.
    """
    # +: the changes are few and the hits may be many, so the changes lead
    where = """(:key = '' or a.source = :key)
      and +a.id in (select rowid from articles_fts where articles_fts match :match)"""
    params = {"match": match or '""', "key": key, "from": since, "to": until}
    return Listing(_CHANGES.format(where=where), params)
