"""What the tests of the newsroom share: both editions in the press, and every page of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from newsroom.generated_articles import DEFAULT
from newsroom.responses import SiteResponse
from newsroom.server import EDITION_ONE, EDITION_TWO
from newsroom.site_server import SiteServer
from newsroom.sites import PRAHARI, SITES

EDITIONS = pytest.mark.parametrize("edition", [EDITION_ONE, EDITION_TWO], ids=["one", "two"])
SITE = pytest.mark.parametrize("site", SITES.values(), ids=SITES.keys())
PRESSES = {edition: SiteServer(edition, DEFAULT) for edition in (EDITION_ONE, EDITION_TWO)}


def get(edition: datetime, url: str, press: SiteServer | None = None) -> SiteResponse:
    """What the newsroom answers to a URL, without the wire."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return (press or PRESSES[edition]).get_response(parts.netloc, target)


def pages(edition: datetime) -> Iterator[tuple[str, SiteResponse]]:
    """(url, answer) of every article, and of the AMP twins."""
    for issue in PRESSES[edition].issues.values():
        for item in issue.items:
            yield issue.site.url(item), get(edition, issue.site.url(item))
            if issue.site is PRAHARI:
                twin = f"http://{PRAHARI.host}{PRAHARI.amp_path(item)}"
                yield twin, get(edition, twin)
