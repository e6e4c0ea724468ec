"""What the tests of bulk extraction share: WARC files of the newsroom's pages, with every kind of page in them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
from newsroom_fixtures import pages
from test_warc import TAKEN, Maker

from newsroom.server import EDITION_ONE, EDITION_TWO

LATER = TAKEN + timedelta(days=1)
NOW = TAKEN + timedelta(days=3)
SEVERAL_PAGES = "do-panne"  # a story on two pages
NOARCHIVE = b'<head><meta name="robots" content="noarchive">'
SUMMARY = '<article><div class="ai-generated-summary"><h3>AI सारांश</h3><p>प्रस्ताव पर चर्चा हुई और लोगों ने कई सुझाव दिए।</p></div>'
STUB = b"<html><head><title>x</title></head><body><p>x</p></body></html>"


def write_editions(folder: Path) -> list[Path]:
    """Two files: pages of the first edition, a story on two pages and pages that are no article; and of the second
    edition, whose edits are readings of a day later.
    """
    first, second = Maker(zipped=True), Maker(zipped=True)
    site = "http://www.savera.newsroom.test/2026/11"
    add_linked_page(first, f"{site}/{SEVERAL_PAGES}-2/", "prev", f"{site}/{SEVERAL_PAGES}/")
    for number, (url, answer) in enumerate(pages(EDITION_ONE)):
        if number % 3 == 0 or "gomti-ghat-safai" in url:
            first.add(url, answer.body, f"{answer.status} X")
        if number % 6 == 0:
            first.add(f"https://www.unknown.example/{len(first.offsets)}", answer.body)
    # so far behind its later page that an import joins it with that
    add_linked_page(first, f"{site}/{SEVERAL_PAGES}/", "next", f"{site}/{SEVERAL_PAGES}-2/")
    first.add(f"{site}/khali/", b"")
    first.add(f"{site}/chhota/", STUB)
    first.add(f"{site}/kagaz-pdf/", b"%PDF-1.7 x")
    refresh = f'<meta http-equiv="refresh" content="0; url={site}/gomti-ghat-safai/">'
    first.add(f"{site}/purana-pata/", refresh.encode())
    first.add(f"{site}/mat-rakho/", make_body(1, "लस्सी").replace(b"<head>", NOARCHIVE))
    first.add(f"{site}/saar/", make_body(2).replace(b"<article>", SUMMARY.encode()))
    for number, (url, answer) in enumerate(pages(EDITION_TWO)):
        if number % 4 == 0 or "gomti-ghat-safai" in url:
            second.add(url, answer.body, f"{answer.status} X", at=LATER, X_Robots_Tag="noai")
    files = [folder / "first.warc.gz", folder / "second.warc.gz"]
    for file, maker in zip(files, (first, second), strict=True):
        file.write_bytes(maker.bytes())
    return files


def add_linked_page(maker: Maker, url: str, rel: str, other: str) -> None:
    head = f'<head><link rel="{rel}" href="{other}">'
    maker.add(url, make_body(len(url)).replace(b"<head>", head.encode()))


def write_pages(path: Path, bodies: list[bytes]) -> Path:
    """A file of pages of savera's, of these bodies."""
    maker = Maker(zipped=True)
    for number, body in enumerate(bodies):
        maker.add(f"http://www.savera.newsroom.test/2026/11/panna-{number}/", body)
    path.write_bytes(maker.bytes())
    return path


def make_body(number: int, word: str = "") -> bytes:
    """An article of its own; `word`: in it, for a reader that takes offence at it."""
    sentences = " ".join(
        f"नगर निगम की बैठक में प्रस्ताव {number}-{part} पर चर्चा हुई और मोहल्ला {number * 7 + part} के लोगों ने सुझाव दिए।"
        for part in range(12)
    )
    return (
        f"<html><head><title>बैठक {number}</title></head><body><article><h1>बैठक {number} में प्रस्ताव</h1>"
        f"<p>{sentences}</p><p>{word}</p></article></body></html>"
    ).encode()


def rows_of(folder: Path) -> list[dict]:
    """The rows of all outputs in a folder."""
    return [
        row for file in sorted(folder.glob("*.parquet")) for row in pq.read_table(file).to_pylist()
    ]


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
