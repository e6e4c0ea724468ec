"""One live page through every guard, into no archive: what `khabar extract URL` reads."""

from __future__ import annotations

from crawler.config import Config
from crawler.errors import RunError
from crawler.items import Page
from crawler.sourcing.live import Fetch, NoAnswer, stranger, talk


def fetch_one(config: Config, url: str) -> Page:
    """The page at `url`. Raises RunError, in one line, when there is none or no contact is set."""

    async def script(fetch: Fetch) -> Page | NoAnswer:
        return await fetch(url)

    got = talk(config, script, [stranger(url)])
    if isinstance(got, NoAnswer):
        raise RunError(f"{url}: {got.outcome}: {got.evidence}")
    if got.status != 200:
        raise RunError(f"{url}: answered {got.status}")
    return got
