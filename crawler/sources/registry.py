"""All sources of some folders: a broken file is named and the others go on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crawler.sources.files import BUILT_IN, SourceError, read_source
from crawler.sources.model import Source


@dataclass(frozen=True)
class Registry:
    """All sources that could be read, and one line for each file that could not."""

    sources: dict[str, Source]
    faults: tuple[str, ...] = ()

    @cached_property
    def on(self) -> tuple[Source, ...]:
        return tuple(source for source in self.sources.values() if source.status == "on")

    def get(self, key: str) -> Source:
        """The source of that key; SourceError names near misses."""
        if key in self.sources:
            return self.sources[key]
        near = difflib.get_close_matches(key, self.sources, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `khabar sources list`"
        raise SourceError(f"unknown source {key!r}: {hint}")


def read_registry(folders: Iterable[Path] = (BUILT_IN,)) -> Registry:
    """Every source of the folders; a broken file becomes a fault and the others go on."""
    sources: dict[str, Source] = {}
    faults: list[str] = []
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        try:
            source = read_source(path)
        except SourceError as error:
            faults.append(str(error))
            continue
        if source.key in sources:
            faults.append(f"{path.name}: a source {source.key!r} exists already")
        else:
            sources[source.key] = source
    return Registry(sources, tuple(faults))
