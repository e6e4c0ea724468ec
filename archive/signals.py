"""What a page and its site said, when it was fetched, about keeping and using it; read by `archive.rights`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from archive.rights import PURPOSES, Permission, Site, Verdict, reservations, site_rules, verdict

OK = 200
_LICENSE = "license"


@dataclass(frozen=True, slots=True)
class Signals:
    """The word in force for one kept page. `page`: its own (headers, meta tags); `site`: its site's files."""

    url: str
    page: Mapping[str, Any]
    site: Site

    def verdicts(self, permission: Permission) -> dict[str, Verdict]:
        """Purpose → how much may be used for it, and because of what."""
        reserved = reservations(self.page, self.site, self.url)
        return {purpose: verdict(purpose, permission, reserved) for purpose in PURPOSES}


def of_snapshot(db: Database, snapshot_id: int) -> Signals:
    """The signals of a kept page: an older one keeps those of its own time."""
    url, rights, robots_id, tdmrep_id = db.execute(
        "select url, rights, robots_id, tdmrep_id from snapshots where id = ?", [snapshot_id]
    ).fetchone()
    return Signals(url, json.loads(rights), Site(body_of(db, "robots", robots_id), body_of(db, "tdmreps", tdmrep_id)))


def body_of(db: Database, table: str, found: int | None) -> str:
    """A robots.txt or tdmrep.json as text; '' for none, and for an answer that was no file."""
    row = db.execute(f"select body from {table} where id = ? and status = ?", [found, OK]).fetchone()  # noqa: S608
    return _text(bytes(row[0])) if row else ""


@lru_cache(maxsize=256)
def _text(body: bytes) -> str:
    return body.decode("utf-8", errors="replace")


def summary(robots: str) -> dict[str, str]:
    """What a robots.txt says on use, line by line: AI robots it names, Content-Usage, Content-Signal, License."""
    rules = site_rules(robots)
    lines = (line.partition("#")[0].partition(":") for line in robots.splitlines())
    licenses = dict.fromkeys(value.strip() for name, _, value in lines if name.strip().lower() == _LICENSE)
    return {
        "ai_robots": ", ".join(sorted(agent for agent, _ in rules.ai)),
        "content_usage": "; ".join(f"{path} {value}" for path, value in rules.usage),
        "content_signal": "; ".join(f"{path} {value}" for path, value in rules.signals),
        "license": ", ".join(licenses),
    }
