"""Did a change of the reader change a reading? `python -m benchmarks.same before.jsonl`, change, the same again.

The first call reads every page at hand and writes the file; later ones name each page and field that came out other.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.progress import track

from benchmarks.pages import NOW, SHARED, Sample, marked, newsroom, of_folder, unmarked
from pipelines.reading import read_html


def samples(folders: tuple[Path, ...]) -> Iterator[Sample]:
    """All pages of this machine, and those of the folders named."""
    known = chain(marked(), unmarked()) if SHARED.is_dir() else ()
    return chain(known, newsroom(), *map(of_folder, folders))


def readings(folders: tuple[Path, ...]) -> dict[str, bytes]:
    """Each page's whole Article as JSON, by the page's name."""
    pages = list(samples(folders))
    shown = track(pages, "Reading", disable=not sys.stderr.isatty())
    return {page.name: msgspec.json.encode(read_html(page.body, page.url, NOW)) for page in shown}


def different(before: bytes, after: bytes) -> list[str]:
    """The fields two readings of a page differ in."""
    old: dict[str, Any] = msgspec.json.decode(before)
    new: dict[str, Any] = msgspec.json.decode(after)
    return [name for name in new if old.get(name) != new[name]] or ["bytes"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--folder", "folders", type=click.Path(exists=True, path_type=Path), multiple=True, help="More pages.")
def main(file: Path, folders: tuple[Path, ...]) -> None:
    """Write FILE when it is new; else compare with it. Ends with 1 when a page reads differently."""
    now = readings(folders)
    if not file.exists():
        file.write_bytes(msgspec.json.encode({name: msgspec.Raw(text) for name, text in now.items()}))
        click.echo(f"{file}: {len(now)} readings")
        return
    before = msgspec.json.decode(file.read_bytes(), type=dict[str, msgspec.Raw])
    changed = {name: different(bytes(before[name]), text) for name, text in now.items() if bytes(before[name]) != text}
    for name, fields in changed.items():
        click.echo(f"{name}: {', '.join(fields)}")
    click.echo(f"{len(now) - len(changed)} of {len(now)} readings are the same")
    sys.exit(bool(changed))


if __name__ == "__main__":
    main()
