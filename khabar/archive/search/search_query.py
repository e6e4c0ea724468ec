"""A search's words and filters, and the SQL that applies them.

All filters are columns of one index (`articles_facts`), so that a search reads only the rows of
`articles` that it shows.
"""

from __future__ import annotations

import json
from calendar import monthrange
from dataclasses import dataclass
from typing import Any

from sqlite_utils.utils import sqlite3

from khabar.archive.search.days import find_id_range
from khabar.hindi.agencies import find_desk_agency

# `cross join` fixes the join order: first the full-text index, then the articles. `facts` reads
# the columns for filters from the covering index alone.
INDEX_JOIN = """articles_fts
  cross join articles facts indexed by articles_facts on facts.id = articles_fts.rowid"""
HAS_EMBEDS = """exists (select 1 from article_embeds shown where shown.article_id = facts.id
    and shown.revision = facts.revision and shown.place <> 'page')"""
# The filters alone, for the articles of a search whether or not they match its words.
FACTS_WHERE = f"""facts.withheld is null
  and (:source is null or facts.source = :source)
  and (:since is null or facts.published_on >= :since)
  and (:until is null or facts.published_on <= :until)
  and (:page_type is null or facts.page_type = :page_type)
  and (:section is null or facts.section = :section)
  and (:place is null or facts.place = :place)
  and (:desks is null or facts.desk in (select value from json_each(:desks)))
  and (:embeds is null or :embeds = {HAS_EMBEDS})"""  # noqa: S608  (constants)
MATCH_WHERE = f"""where articles_fts match :match
  and articles_fts.rowid between :first and :last and {FACTS_WHERE}"""

# Goes from each byline to the next in the index; `distinct` would read the index as a whole.
_SELECT_DESKS = """with recursive desks (desk) as (
    select min(desk) from articles where desk is not null
    union all
    select (select min(desk) from articles a where a.desk > desks.desk) from desks
      where desk is not null)
  select desk from desks where desk is not null"""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search: the query text and its filters; None is no filter.

    `since`, `until`: days in India (ISO 8601), inclusive; `month`: YYYY-MM, applies beside them.
    `agency`: of the byline, as `find_desk_agency` names it; `embeds`: only articles with embeds of
    their own, or only those without. `ranked`: best first instead of newest first.
    """

    query: str
    source: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int = 20
    ranked: bool = False
    section: str | None = None
    place: str | None = None
    page_type: str | None = None
    month: str | None = None
    agency: str | None = None
    embeds: bool | None = None

    def build_params(self, connection: sqlite3.Connection, match: str) -> dict[str, Any]:
        """Returns the parameters of MATCH_WHERE for an FTS5 expression."""
        since, until = self._narrow_days()
        first, last = find_id_range(connection, since, until)
        return {
            "match": match,
            "first": first,
            "last": last,
            "source": self.source,
            "since": since,
            "until": until,
            "page_type": self.page_type,
            "section": self.section,
            "place": self.place,
            "desks": _list_desks(connection, self.agency) if self.agency else None,
            "embeds": self.embeds,
        }

    def _narrow_days(self) -> tuple[str | None, str | None]:
        """Returns the first and the last day of `since`, `until` and `month` together."""
        if not self.month:
            return self.since, self.until
        first, last = _month_days(self.month)
        return max(first, self.since or first), min(last, self.until or last)


def _month_days(month: str) -> tuple[str, str]:
    """Returns the first and the last day of a month. Text that is no month is no day either, and
    finds nothing.
    """
    year, _, number = month.partition("-")
    if not (year.isdecimal() and number.isdecimal() and 1 <= int(number) <= 12 and int(year)):
        return month, month
    return f"{month}-01", f"{month}-{monthrange(int(year), int(number))[1]:02}"


def _list_desks(connection: sqlite3.Connection, agency: str) -> str:
    """Returns the bylines of the archive that name an agency, as a JSON list."""
    rows = connection.execute(_SELECT_DESKS)
    return json.dumps([desk for (desk,) in rows if find_desk_agency(desk) == agency])
