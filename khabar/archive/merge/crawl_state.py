"""Merges the crawl state of a shard: sources, URL table, snapshots, robots.txt, request log.

In two steps, before and after the articles. Health, alerts and the polling intervals of feeds are
not merged: they belong to one machine.
"""

from __future__ import annotations

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.merge import exclusions

# For a URL in both archives, _FETCH_COLUMNS are taken from the newer fetch.
_NEWER = "coalesce(excluded.last_asked, '') > coalesce(pages.last_asked, '')"
_FETCH_COLUMNS = tuple(
    """state outcome evidence tries next_at last_asked etag last_modified extractor_version
    backfill failing_since""".split()
)
_STABLE_COLUMNS = tuple(
    """url source host kind how hint_title hint_published hint_modified sitemap_at
    first_seen named_at""".split()
)
# SQL for the earlier and the later of two times (column `c` of table `t`), either of them null.
_EARLIEST = "nullif(min(coalesce({t}.{c}, '9'), coalesce(excluded.{c}, '9')), '9')"
_LATEST = "nullif(max(coalesce({t}.{c}, ''), coalesce(excluded.{c}, '')), '')"

# The rows of both archives; in this order, since the archive may have a million, the shard a few.
_SHARED_PAGES = "shard.pages s cross join main.pages p on p.url = s.url"


def merge_crawl_state(db: Database) -> None:
    """Merges all rows, without their references to articles and to other URLs."""
    with transaction(db):
        _merge_sources(db)
        for table in ("robots", "tdmreps"):
            _merge_site_files(db, table)
        _merge_licenses(db)
        _merge_pages(db)
        exclusions.add_tombstones(db)
    with transaction(db):
        _merge_dictionaries(db)
        _merge_snapshots(db)
        _merge_fetches(db)


def link_rows(db: Database) -> None:
    """Sets the references of URL rows (aliases, parts, snapshots, articles), after the articles
    were merged.
    """
    with transaction(db):
        for column, other in (
            ("alias_of", "pages"),
            ("found_on", "pages"),
            ("article_id", "articles"),
        ):
            _link_column(db, column, other)
        db.execute(
            f"""update main.pages set snapshot_id = (
              select max(id) from main.snapshots s where s.page_id = pages.id)
            where id in (select p.id from {_SHARED_PAGES}) and (snapshot_id is null
              or snapshot_id < (select max(id) from main.snapshots s
                where s.page_id = pages.id and s.fetched_at = pages.last_asked))"""  # noqa: S608
        )
        db.execute(
            """insert into main.parts (page_id, head_id, number, read_sha256, refused)
            select p.id, h.id, t.number, t.read_sha256, t.refused from shard.parts t
              join shard.pages sp on sp.id = t.page_id join main.pages p on p.url = sp.url
              join shard.pages sh on sh.id = t.head_id join main.pages h on h.url = sh.url
            where sp.id not in (select id from temp.forbidden)
              and sh.id not in (select id from temp.forbidden)
            on conflict (page_id) do nothing"""
        )


def _merge_sources(db: Database) -> None:
    db.execute(
        f"""insert into main.sources
          (key, name, name_en, homepage, permission, revisit_pace, first_seen)
        select key, name, name_en, homepage, permission, revisit_pace, first_seen
        from shard.sources where true
        on conflict (key) do update set
          first_seen = {_EARLIEST.format(t="sources", c="first_seen")}"""  # noqa: S608
    )


def _merge_site_files(db: Database, table: str) -> None:
    db.execute(
        f"""insert into main.{table} (origin, status, body, sha256, first_seen, last_asked)
        select origin, status, body, sha256, first_seen, last_asked
        from shard.{table} where true
        on conflict (origin, status, sha256) do update set
          first_seen = {_EARLIEST.format(t=table, c="first_seen")},
          last_asked = {_LATEST.format(t=table, c="last_asked")}"""  # noqa: S608
    )


def _merge_licenses(db: Database) -> None:
    db.execute(
        f"""insert into main.licenses
          (url, origin, status, body, terms, sha256, first_seen, last_asked)
        select url, origin, status, body, terms, sha256, first_seen, last_asked
        from shard.licenses where true
        on conflict (url, status, sha256) do update set
          first_seen = {_EARLIEST.format(t="licenses", c="first_seen")},
          last_asked = {_LATEST.format(t="licenses", c="last_asked")}"""  # noqa: S608
    )


def _merge_pages(db: Database) -> None:
    names = ", ".join((*_STABLE_COLUMNS, *_FETCH_COLUMNS))
    fetch = ", ".join(f"{name} = iif({_NEWER}, excluded.{name}, {name})" for name in _FETCH_COLUMNS)
    first = ", ".join(
        f"{name} = {_EARLIEST.format(t='pages', c=name)}" for name in ("first_seen", "sitemap_at")
    )
    last = ", ".join(
        f"{name} = {_LATEST.format(t='pages', c=name)}"
        for name in ("hint_title", "hint_published", "hint_modified", "named_at")
    )
    db.execute(
        f"""insert into main.pages ({names}) select {names} from shard.pages
        where id not in (select id from temp.forbidden)
        on conflict (url) do update set {fetch}, {first}, {last}"""  # noqa: S608
    )


def _merge_dictionaries(db: Database) -> None:
    """Matches dictionaries by their bytes: a snapshot decompresses only with the same ones."""
    db.execute(
        """insert into main.dictionaries (source, body, created_at)
        select source, body, created_at from shard.dictionaries d
        where d.id not in (select id from temp.forbidden_dictionaries) and not exists (
          select 1 from main.dictionaries o where o.source = d.source and o.body = d.body)"""
    )


_PAGE_JOIN = """shard.snapshots s join shard.pages sp on sp.id = s.page_id
  and sp.id not in (select id from temp.forbidden) join main.pages p on p.url = sp.url"""
_IS_SAME_SNAPSHOT = """o.page_id = p.id and o.fetched_at = s.fetched_at
  and o.sha256 = s.sha256 and o.status = s.status"""
# The id of a row's robots.txt (`t` robots, `c` robots_id) or tdmrep.json in the archive.
_SITE_FILE_ID = """(select o.id from shard.{t} f
  join main.{t} o using (origin, status, sha256) where f.id = s.{c})"""


def _merge_snapshots(db: Database) -> None:
    """Merges first the snapshots with a body, then those whose body is the same as another's
    (`same_as`). Snapshots in sealed months stay with the shard.
    """
    names = "url fetched_at status headers sha256 size rights".split()
    columns, values = ", ".join(names), ", ".join(f"s.{name}" for name in names)
    robots_id_sql = _SITE_FILE_ID.format(t="robots", c="robots_id")
    tdmrep_id_sql = _SITE_FILE_ID.format(t="tdmreps", c="tdmrep_id")
    dictionary_id_sql = """(select max(o.id) from shard.dictionaries d join main.dictionaries o
      on o.source = d.source and o.body = d.body where d.id = s.dictionary_id)"""
    same_as_sql = """(select max(o.id)
      from shard.snapshots w join shard.pages wp on wp.id = w.page_id
      join main.pages p on p.url = wp.url
      join main.snapshots o on o.page_id = p.id and o.fetched_at = w.fetched_at
        and o.sha256 = w.sha256 and o.body is not null
      where w.id = s.same_as)"""
    body_sql = """iif(s.dictionary_id in (select id from temp.forbidden_dictionaries),
      repacked(s.body, s.dictionary_id), s.body)"""
    for body, same_as, condition in (
        (body_sql, "null", "s.body is not null"),
        ("null", same_as_sql, f"s.same_as is not null and {same_as_sql} is not null"),
    ):
        db.execute(
            f"""insert into main.snapshots
              (page_id, {columns}, dictionary_id, body, same_as, robots_id, tdmrep_id)
            select p.id, {values}, {dictionary_id_sql}, {body}, {same_as},
              {robots_id_sql}, {tdmrep_id_sql}
            from {_PAGE_JOIN} where s.sealed is null and {condition}
              and not exists (select 1 from main.snapshots o where {_IS_SAME_SNAPSHOT})
            order by s.id"""  # noqa: S608
        )


def _merge_fetches(db: Database) -> None:
    """Merges the whole request log, so that `khabar account` shows every request to a source."""
    names = [
        column.name
        for column in db["fetches"].columns
        if column.name not in ("id", "run_id", "robots_id")
    ]
    columns = ", ".join(names)
    db.execute(
        f"""insert into main.fetches ({columns}, robots_id)
        select {columns}, {_SITE_FILE_ID.format(t="robots", c="robots_id")} from shard.fetches s
        where not exists (select 1 from main.fetches o
          where o.host = s.host and o.at = s.at and o.url = s.url and o.status = s.status)
        order by s.id"""  # noqa: S608
    )


def _link_column(db: Database, column: str, other: str) -> None:
    """Sets `column` of a URL row to the shard's reference if the row has none, or if the shard
    fetched the URL at the same time or later.
    """
    target = f"""(select t.id from shard.pages s join shard.{other} so on so.id = s.{column}
      join main.{other} t on t.url = so.url where s.url = pages.url)"""  # noqa: S608
    db.execute(
        f"""update main.pages set {column} = coalesce({target}, {column}) where id in (
          select p.id from {_SHARED_PAGES}
          where s.{column} is not null and s.id not in (select id from temp.forbidden)
            and (p.{column} is null
              or coalesce(s.last_asked, '') >= coalesce(p.last_asked, '')))"""  # noqa: S608
    )
