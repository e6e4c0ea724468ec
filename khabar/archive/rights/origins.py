"""The sites of stored articles, and what their articles may be used for, in sum."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.rights.evaluate import find_reservations
from khabar.archive.rights.load import RightsReader
from khabar.archive.rights.robots_rules import find_archive_ban
from khabar.archive.rights.signals import PURPOSES, Permission
from khabar.model import urls

BATCH_SIZE = 1000  # articles whose signals are loaded at a time; not measured


@dataclass(frozen=True, slots=True)
class SiteOrigin:
    """A site that a source has articles of. `licenses`: that their pages name."""

    source: str
    origin: str
    article_ids: tuple[int, ...]
    licenses: tuple[str, ...] = ()


def iter_site_origins(db: Database, sources: Sequence[str]) -> Iterator[SiteOrigin]:
    """Yields the sites of all articles of these sources, by default of all, in order."""
    rows = db.execute(
        """select source, url, id, json_extract(rights, '$.rsl') from articles
        where :keys = '[]' or source in (select value from json_each(:keys))""",
        {"keys": json.dumps(list(sources))},
    )
    entries = sorted(
        (source, urls.get_origin(url), number, links or "[]") for source, url, number, links in rows
    )
    for (source, origin), group in groupby(entries, key=lambda entry: entry[:2]):
        site_entries = list(group)
        links = dict.fromkeys(link for entry in site_entries for link in json.loads(entry[3]))
        yield SiteOrigin(source, origin, tuple(entry[2] for entry in site_entries), tuple(links))


def save_permissions(db: Database, permissions: Mapping[str, Permission]) -> None:
    """Stores the permissions of source files, by key: an import knows no source files."""
    with transaction(db):
        for key, permission in permissions.items():
            db.execute("update sources set permission = ? where key = ?", [permission, key])


def summarize_sites(db: Database, sites: Iterable[SiteOrigin]) -> Iterator[dict[str, Any]]:
    """Yields a row for each site: what is known of its files, archives that it bars, and of how
    many articles each use is reserved, with the reasons.
    """
    reader = RightsReader(db)
    for site in sites:
        files = reader.load_site_now(site.origin)
        counts: Counter[str] = Counter()
        reasons: dict[str, Counter[str]] = {purpose: Counter() for purpose in PURPOSES}
        for start in range(0, len(site.article_ids), BATCH_SIZE):
            batch = site.article_ids[start : start + BATCH_SIZE]
            for signals in reader.load_articles(batch).values():
                first_by_use: dict[str, str] = {}
                for reservation in find_reservations(signals):
                    first_by_use.setdefault(reservation.use, reservation.reason)
                for use, reason in first_by_use.items():
                    counts[use] += 1
                    reasons[use][reason] += 1
        unread = sum(license_file.terms is None for license_file in files.licenses)
        yield {
            "source": site.source,
            "site": site.origin,
            "articles": len(site.article_ids),
            "robots": files.robots.state,
            "tdmrep": files.tdmrep.state,
            "licences": len(files.licenses),
            "licences_unread": unread,
            "archives_barred": list(find_archive_ban(files.robots.text)),
            "reserved": {use: counts[use] for use in PURPOSES if use != "research"},
            "because": {use: dict(found) for use, found in reasons.items() if found},
        }
