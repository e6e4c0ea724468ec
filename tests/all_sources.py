"""Every source file there is, read once, for the laws over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from conftest import ROOT

from khabar.model.sources import DiscoveryDocument, Source, read_source

LIVE = sorted((ROOT / "spiders" / "sources").glob("*.toml"))
NEWSROOM = sorted((ROOT / "newsroom" / "sources").glob("*.toml"))
READ = {path: read_source(path) for path in (*LIVE, *NEWSROOM)}
SOME_DAYS = date(2024, 2, 28), date(2024, 3, 1)

Law = Callable[[Path], None]


def _over(paths: Iterable[Path]) -> Callable[[Law], Callable[[], None]]:
    """A decorator: a law of one source file as one test over these, which names every file that breaks it."""

    def decorated(law: Law) -> Callable[[], None]:
        def test() -> None:
            broken = {}
            for path in paths:
                try:
                    law(path)
                except AssertionError as error:
                    broken[path.stem] = str(error)
            assert broken == {}, broken

        test.__name__, test.__doc__ = law.__name__, law.__doc__
        return test

    return decorated


every_source, live_source = _over(READ), _over(LIVE)


def documents(source: Source) -> list[DiscoveryDocument]:
    return [*source.feeds, *source.news_sitemaps, *source.archive_sitemaps, *source.listings]


def asked(source: Source) -> list[str]:
    """What we would ask for of our own accord, the archive of some days among it."""
    told = [one.url for one in (*source.feeds, *source.news_sitemaps, *source.listings)]
    return [source.homepage, *told, *(url for _, url in source.iter_archive_urls(*SOME_DAYS))]
