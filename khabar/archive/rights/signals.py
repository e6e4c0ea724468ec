"""What rights signals there are of an article, and what is decided from them: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from khabar.parsing.rsl import Terms
from khabar.parsing.usage_preferences import Use

Purpose = Literal["research", "search", "ai-input", "train"]
Permission = Literal["none", "written", "open"]
Extent = Literal["all", "metadata", "nothing"]
PURPOSES: tuple[Purpose, ...] = ("research", "search", "ai-input", "train")

# `read`: it has a text; `absent`: the site has none; `unreadable`: it was asked for and could not
# be read; `unknown`: it was never asked for.
FileState = Literal["read", "absent", "unreadable", "unknown"]
# `then`: in force when the page was fetched; `now`: in the site's last answer.
When = Literal["then", "now"]


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A robots.txt or tdmrep.json. `text`: empty unless it was read."""

    state: FileState = "unknown"
    text: str = ""


@dataclass(frozen=True, slots=True)
class LicenseFile:
    """An RSL licence. `terms` None: it was not fetched, or cannot be read."""

    url: str
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class SiteSignals:
    """What a site says at one time. `licenses`: those that its robots.txt or its feeds name."""

    robots: SiteFile = SiteFile()
    tdmrep: SiteFile = SiteFile()
    licenses: tuple[LicenseFile, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteVisit:
    """The address under which a page is judged, and what its site says at one time."""

    when: When
    url: str
    site: SiteSignals


@dataclass(frozen=True, slots=True)
class ArticleSignals:
    """All rights signals of one article. `pages`: what its page says (headers, meta tags, links),
    in each reading that counts; `visits`: what its site says; `licenses`: those that its page
    names.
    """

    url: str
    pages: tuple[Mapping[str, Any], ...] = ()
    visits: tuple[SiteVisit, ...] = ()
    licenses: tuple[LicenseFile, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Reservation:
    """A use that page or site reserves: the signal that reserves it, where it stands, and when it
    did. `where`: page, robots.txt, tdmrep.json, licence or none (the site was never asked).
    """

    use: Use
    signal: str
    where: str
    when: frozenset[When] = frozenset({"then", "now"})

    @property
    def reason(self) -> str:
        """The signal, and when it held if that was not always."""
        if len(self.when) > 1 or self.where in ("page", "none"):
            return self.signal
        return f"{self.signal}, {'now' if 'now' in self.when else 'when it was fetched'}"


@dataclass(frozen=True, slots=True)
class UsageDecision:
    """How much of an article may be published for a purpose, and the reason. `signal`, `where`: of
    the reservation that decides; empty if none does.
    """

    extent: Extent
    reason: str
    signal: str = ""
    where: str = ""

    def __str__(self) -> str:
        return f"{self.extent}: {self.reason}"
