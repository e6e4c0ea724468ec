"""Pages to measure: shared gold pages, embed cases, the newsroom's pages, and any folder."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
# fixed time for relative dates, so that results do not depend on the day
NOW = datetime(2026, 11, 24, tzinfo=UTC)
_FRAME = (
    "<html><head><title>{0}</title></head><body><article>"
    "<h1>{0}</h1><p>{1}</p>{2}<p>{1}</p></article></body></html>"
)
_TITLE = "पंद्रह मोहल्लों में नई पाइप, अगले महीने से दोनों समय पानी"
_WORDS = (
    "नगर निगम ने शनिवार को बताया कि शहर के पंद्रह मोहल्लों में पानी की नई पाइप बिछाने का काम पूरा हो गया है। "
    * 4
)


@dataclass(frozen=True, slots=True)
class SamplePage:
    """One page: its bytes, its URL, and, if it was annotated by hand, its gold data."""

    name: str
    url: str
    body: bytes
    gold: dict[str, Any] = field(default_factory=dict)


def load_gold_pages() -> list[SamplePage]:
    """Loads the gold pages beside the checkout. Raises FileNotFoundError if they are absent."""
    folder = SHARED / "pages"
    if not folder.is_dir():
        raise FileNotFoundError("../shared/pages is absent: the gold pages are not on this machine")
    return [_load_gold_page(path) for path in sorted(folder.glob("*.gold.json"))]


def _load_gold_page(path: Path) -> SamplePage:
    gold = json.loads(path.read_text(encoding="utf-8"))
    name = path.name.removesuffix(".gold.json")
    return SamplePage(
        name, gold.get("url") or "", read_page(path.with_name(f"{name}.html.gz")), gold
    )


def iter_unlabelled_pages() -> Iterator[SamplePage]:
    """Yields saved pages without gold data, and every embed case inside a story of our own."""
    for path in sorted((SHARED / "pages").glob("*.html.gz")):
        if not path.with_name(path.name.replace(".html.gz", ".gold.json")).exists():
            yield SamplePage(path.name.removesuffix(".html.gz"), "", read_page(path))
    cases = SHARED / "cases" / "embeds.jsonl"
    for line in cases.read_text(encoding="utf-8").splitlines() if cases.exists() else ():
        case = json.loads(line)
        html = _FRAME.format(_TITLE, _WORDS, case["html"])
        yield SamplePage(
            f"embed case {case['no']}", "https://khabar.example.in/shahar/pani-1", html.encode()
        )


def iter_newsroom_pages() -> Iterator[SamplePage]:
    """Yields every article of both editions of the newsroom."""
    from newsroom.generated_articles import DEFAULT
    from newsroom.server import EDITION_ONE, EDITION_TWO
    from newsroom.site_server import SiteServer

    for edition in (EDITION_ONE, EDITION_TWO):
        server = SiteServer(edition, DEFAULT)
        for issue in server.issues.values():
            for item in issue.items:
                response = server.get_response(issue.site.host, issue.site.path(item))
                yield SamplePage(
                    f"{edition:%d %H:%M} {issue.site.key} {item.slug}",
                    issue.site.url(item),
                    response.body,
                )


def iter_folder_pages(folder: Path) -> Iterator[SamplePage]:
    """Yields the saved pages of a folder: *.html and *.htm, also gzipped."""
    for path in sorted(folder.rglob("*")):
        if path.name.removesuffix(".gz").endswith((".html", ".htm")):
            yield SamplePage(
                path.name, f"https://pages.example.in/{path.name.split('.')[0]}", read_page(path)
            )


def read_page(path: Path) -> bytes:
    """Returns a file's bytes, decompressed if it is gzipped."""
    body = path.read_bytes()
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
