"""Selects stored pages for re-extraction, compares a new extraction, and saves it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.frontier import outcomes
from khabar.archive.store import articles, identity, multipage, revisions, snapshots
from khabar.archive.store.save import save_visit
from khabar.extraction import EXTRACTOR_VERSION, extractor_version
from khabar.model.clock import parse_utc
from khabar.model.items import Article, Outcome, Page, Visit
from khabar.model.sources import Source

_FIELDS = """title subtitle text blocks authors desk place section tags language published_at
    modified_at embeds images insets page_type""".split()
# Outcomes decided by the extractor, which a later version may change.
_REVISABLE_OUTCOMES = (
    Outcome.LISTING,
    Outcome.OTHER_PAGE,
    Outcome.OTHER_LANGUAGE,
    Outcome.PAYWALLED,
    Outcome.SOFT_404,
    Outcome.NO_TEXT,
    Outcome.UNREADABLE,
)
# key of a source → version of the extractor with that source's hints, joined by an automatic index
_VERSIONS = "with versions as materialized (select key, value from json_each(:versions))"
_ARTICLES = """from articles a
  join revisions r on r.article_id = a.id and r.revision = a.revision
  left join versions v on v.key = a.source
  where r.snapshot_id is not null
    and (:include_current or a.extractor_version <> coalesce(v.value, :version))
    and (:source is null or a.source = :source)
    and (:since is null or a.published_on >= :since)"""
_OTHER_PAGES = """from pages p
  join snapshots s on s.id = p.snapshot_id left join versions v on v.key = p.source
  where p.kind = 'page' and p.state = 'done'
    and (p.outcome in (select value from json_each(:revisable))
      or (p.outcome = 'alias' and p.evidence like 'same text as %'))
    and (:include_current or coalesce(p.extractor_version, '') <> coalesce(v.value, :version))
    and (:source is null or p.source = :source)
    and (:since is null or date(s.fetched_at, '+330 minutes') >= :since)"""
# +: in the order of the table; through the index of sources it takes 1.7 times as long at 200,000
_COUNT = f"""{_VERSIONS}
  select source, sum(pages) from (
    select +a.source as source, count(*) as pages {_ARTICLES} group by 1
    union all select +p.source, count(*) {_OTHER_PAGES} group by 1)
  group by 1"""  # noqa: S608  (constants)
# was the page of an article extracted by the current version, which left the article as it was
_IS_LEFT_ALONE = """coalesce(
      (select p.extractor_version from snapshots s join pages p on p.id = s.page_id
        where s.id = r.snapshot_id), '') = coalesce(v.value, :version)"""
# The parts of a run in their order: those that the current version has left alone come last of the
# articles, so that a limit as small as their number gets past them. Each from an id on.
_PARTS = (
    *(
        f"""{_VERSIONS} select a.id, (select page_id from snapshots where id = r.snapshot_id),
        a.id, r.snapshot_id, a.source, a.url, 'article'
        {_ARTICLES} and a.id > :after and {left_alone} order by a.id limit :limit"""  # noqa: S608
        for left_alone in (f"not {_IS_LEFT_ALONE}", _IS_LEFT_ALONE)
    ),
    f"""{_VERSIONS} select p.id, p.id, null, p.snapshot_id, p.source, p.url, p.outcome
    {_OTHER_PAGES} and p.id > :after order by p.id limit :limit""",
)
_SELECTED_TOGETHER = 200  # pages asked for at a time; chosen by hand, not measured


class Position(NamedTuple):
    """The place of a page in the order of a run: its part, and an id that grows in it."""

    part: int
    id: int


START = Position(0, 0)


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A stored page and its outcome.

    With `article_id` it is the page that the article's newest revision was extracted from.
    """

    page_id: int
    article_id: int | None
    snapshot_id: int
    source: str
    url: str
    outcome: Outcome
    position: Position = START


@dataclass(frozen=True, slots=True)
class PageSelection:
    """Which stored pages to extract: those extracted by another version, of `source` or of all.

    `include_current`: also those of the current version. `since`: only those published (other
    pages: fetched) in India on that day or later.
    """

    sources: Mapping[str, Source]
    source: str | None = None
    since: str | None = None
    include_current: bool = False

    def count_by_source(self, db: Database) -> Counter[str]:
        """Returns source → number of selected pages."""
        return Counter(dict(db.execute(_COUNT, self._make_params()).fetchall()))

    def iter_pages(self, db: Database, after: Position = START) -> Iterator[StoredPage]:
        """Yields the selected pages behind a position: articles by id, those that this version has
        left as they were last; then pages of other outcomes. Pages that were extracted again since
        are left out, so an interrupted run is resumed. A page whose part changes meanwhile may
        occur twice.
        """
        params = self._make_params() | {"limit": _SELECTED_TOGETHER}
        for part, sql in enumerate(_PARTS[after.part :], after.part):
            last_id = after.id if part == after.part else 0
            while rows := db.execute(sql, params | {"after": last_id}).fetchall():
                for last_id, page, article, snapshot, key, url, outcome in rows:
                    yield StoredPage(
                        page, article, snapshot, key, url, Outcome(outcome), Position(part, last_id)
                    )

    def _make_params(self) -> dict[str, Any]:
        versions = {key: extractor_version(source) for key, source in self.sources.items()}
        return {
            "include_current": self.include_current,
            "version": EXTRACTOR_VERSION,
            "source": self.source,
            "since": self.since,
            "revisable": json.dumps(_REVISABLE_OUTCOMES),
            "versions": json.dumps(versions),
        }


_STALE_ARTICLE = """select s.page_id, a.id, r.snapshot_id, a.source, a.url, 'article'
  from pages p join articles a on a.id = p.article_id
  join revisions r on r.article_id = a.id and r.revision = a.revision
  join snapshots s on s.id = r.snapshot_id
  where p.id = ? and a.source = ? and a.extractor_version <> ? and a.withheld is null"""


def find_stale_article(db: Database, page_id: int, source: Source) -> StoredPage | None:
    """Returns the stored page of a page's article, if another extractor version extracted it."""
    row = db.execute(_STALE_ARTICLE, [page_id, source.key, extractor_version(source)]).fetchone()
    if row is None:
        return None
    page, article, snapshot, key, url, outcome = row
    return StoredPage(page, article, snapshot, key, url, Outcome(outcome))


def load_page(db: Database, stored_page: StoredPage) -> Page:
    """Loads the stored page as it was fetched."""
    return snapshots.load_page(db, stored_page.snapshot_id)


# --- what would change ---


def predict_outcome(db: Database, stored_page: StoredPage, visit: Visit) -> Outcome:
    """Returns the outcome the page would get.

    ALIAS where another article has the same URL, or is the same by its text
    (`identity.find_by_text`).
    """
    assert visit.outcome
    if (
        stored_page.article_id is None
        and visit.outcome is Outcome.ARTICLE
        and visit.keys
        and _is_duplicate(db, stored_page, visit)
    ):
        return Outcome.ALIAS
    return visit.outcome


def _is_duplicate(db: Database, stored_page: StoredPage, visit: Visit) -> bool:
    assert visit.keys and visit.article and visit.page
    row = db.execute(
        """select 1 from articles
        where url = :url and id is not (select article_id from pages where id = :page)""",
        {"page": stored_page.page_id, "url": visit.keys.url},
    ).fetchone()
    new_revision = revisions.NewRevision(
        visit.article,
        visit.keys.url,
        stored_page.source,
        visit.keys.features,
        visit.page.fetched_at,
    )
    return row is not None or identity.find_by_text(db, new_revision) is not None


def diff_article(
    db: Database, stored_page: StoredPage, article: Article
) -> Iterator[tuple[str, Any, Any]]:
    """Yields (field, stored value, new value) for each field of an article that would change.

    Nothing for an article that is withheld.
    """
    stored_article = (
        articles.load_article(db, stored_page.article_id) if stored_page.article_id else None
    )
    if stored_article is None:  # withheld: its text is only in the snapshot
        return
    old_fields = _extract_stored_fields(stored_article)
    new_fields = _extract_article_fields(article)
    for name in _FIELDS:
        if old_fields[name] != new_fields[name]:
            yield name, old_fields[name], new_fields[name]


def _extract_article_fields(article: Article) -> dict[str, Any]:
    fields = {name: getattr(article, name) for name in _FIELDS}
    fields["embeds"] = [f"{embed.provider}:{embed.id or embed.url}" for embed in article.embeds]
    fields["images"] = [image.url for image in article.images]
    fields["insets"] = [inset.text for inset in article.insets]
    fields["blocks"] = [
        _describe_block(block.type, block.level, block.time) for block in article.blocks
    ]
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()
    }


def _extract_stored_fields(stored_article: dict[str, Any]) -> dict[str, Any]:
    fields = {name: stored_article[name] for name in _FIELDS}
    fields["embeds"] = [
        f"{embed['provider']}:{embed['id'] or embed['url']}" for embed in stored_article["embeds"]
    ]
    fields["images"] = [image["url"] for image in stored_article["images"]]
    fields["insets"] = [inset["text"] for inset in stored_article["insets"]]
    fields["blocks"] = [
        _describe_block(block["type"], block.get("level"), block.get("time"))
        for block in stored_article["blocks"]
    ]
    return fields


def _describe_block(*parts: object) -> str:
    """Describes a block without its text: `heading 2`, `paragraph 2026-11-25T10:00:00+05:30`."""
    return " ".join(str(part) for part in parts if part is not None)


# --- saving ---


def save_article(
    db: Database, stored_page: StoredPage, visit: Visit, source: Source
) -> tuple[str, ...]:
    """Saves the new extraction of an article as a revision of its own. Returns the changed fields.

    Metadata is updated in any case. Times of visits and of removal stay as they are.
    """
    assert visit.article and visit.keys and visit.page and stored_page.article_id
    with transaction(db):
        last_seen, removed_at = db.execute(
            "select last_seen, removed_at from articles where id = ?", [stored_page.article_id]
        ).fetchone()
        new_revision = revisions.NewRevision(
            visit.article,
            stored_page.url,
            stored_page.source,
            visit.keys.features,
            parse_utc(last_seen),
            stored_page.snapshot_id,
            extractor=extractor_version(source),
        )
        changed_fields = revisions.update_article(
            db, stored_page.article_id, new_revision, "re-extraction"
        )
        db.execute(
            "update articles set removed_at = ? where id = ?", [removed_at, stored_page.article_id]
        )
        outcomes.save_extractor_version(db, stored_page.page_id, extractor_version(source))
        multipage.finish_first_page(db, source, visit, visit.page.fetched_at)
    return changed_fields


def mark_left_alone(db: Database, stored_page: StoredPage, source: Source) -> None:
    """Notes that this version has extracted an article's page and left the article as it was."""
    with transaction(db):
        outcomes.save_extractor_version(db, stored_page.page_id, extractor_version(source))


def save_page(db: Database, stored_page: StoredPage, visit: Visit, source: Source) -> None:
    """Saves a page that was no article, as of its fetch, if its outcome changes."""
    assert visit.page
    if predict_outcome(db, stored_page, visit) is not stored_page.outcome:
        save_visit(db, visit, source, visit.page.fetched_at, None)
        return
    with transaction(db):
        outcomes.save_extractor_version(db, stored_page.page_id, extractor_version(source))
