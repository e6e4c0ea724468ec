"""The five sites, one module each."""

from __future__ import annotations

from pathlib import Path

from newsroom.sites.base import Issue, Site
from newsroom.sites.lokujas import LokUjas
from newsroom.sites.navsandesh import NavSandesh
from newsroom.sites.prahari import Prahari
from newsroom.sites.savera import Savera
from newsroom.sites.vyapar import Vyapar

PRAHARI = Prahari()
SOURCES = Path(__file__).resolve().parent.parent / "sources"  # their source files, for khabar.toml
SITES: dict[str, Site] = {
    site.key: site for site in (Savera(), LokUjas(), Vyapar(), PRAHARI, NavSandesh())
}

__all__ = ["PRAHARI", "SITES", "SOURCES", "Issue", "Site"]
