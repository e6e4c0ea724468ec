"""What the tests of the newsroom share: both editions in the press, and every page of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from newsroom.answers import Answer
from newsroom.bulk import DEFAULT
from newsroom.press import Press
from newsroom.server import EDITION_ONE, EDITION_TWO
from newsroom.sites import PRAHARI, SITES

EDITIONS = pytest.mark.parametrize("edition", [EDITION_ONE, EDITION_TWO], ids=["one", "two"])
SITE = pytest.mark.parametrize("site", SITES.values(), ids=SITES.keys())
PRESSES = {edition: Press(edition, DEFAULT) for edition in (EDITION_ONE, EDITION_TWO)}


def get(edition: datetime, url: str, press: Press | None = None) -> Answer:
    """What the newsroom answers to a URL, without the wire."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return (press or PRESSES[edition]).answer(parts.netloc, target)


def pages(edition: datetime) -> Iterator[tuple[str, Answer]]:
    """(url, answer) of every article, and of the AMP twins."""
    for issue in PRESSES[edition].issues.values():
        for item in issue.items:
            yield issue.site.url(item), get(edition, issue.site.url(item))
            if issue.site is PRAHARI:
                twin = f"http://{PRAHARI.host}{PRAHARI.amp_path(item)}"
                yield twin, get(edition, twin)
