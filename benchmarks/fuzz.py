"""Fuzzing: `make fuzz [SECONDS=120] [TARGET=feed,page] [SEED=1]`, without a limit on what it finds.

Each target is a parser with its declared errors and laws on what it returns. Seeds are the pretend
newsroom's pages and documents, and the saved pages of ../shared in place where present. An input
is a seed changed by a few random edits, made again from (SEED, its number). Each target runs in a
process of its own; an input that raises anything undeclared, breaks a law, takes over TIME_LIMIT or
kills the process is written to fuzz-findings/ and named, and the run goes on after it.
"""

from __future__ import annotations

import gzip
import io
import json
import multiprocessing
import os
import random
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.pages import SHARED, iter_newsroom_pages, read_page
from khabar.archive.rights import (
    ArticleSignals,
    SiteFile,
    SiteSignals,
    SiteVisit,
    find_reservations,
)
from khabar.extraction import read_html
from khabar.extraction.datetimes import parse_timestamp
from khabar.hindi.query_parser import parse_query
from khabar.model import urls
from khabar.model.items import DiscoveredLink
from khabar.parsing.discovery import PARSERS, BrokenDocument
from khabar.parsing.robots import parse_robots
from khabar.parsing.rsl import evaluate_terms, parse_rsl
from khabar.parsing.warc import iter_records
from khabar.processing.jsonl_import import build_article, parse_line
from khabar.processing.responses import pause_until
from newsroom import documents
from newsroom.generated_articles import DEFAULT
from newsroom.server import EDITION_ONE
from newsroom.site_server import SiteServer

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
URL = "https://www.kagaz.example/khabar/1"
DEFAULT_SECONDS = 120.0
TIME_LIMIT = 20.0  # seconds for one input; the worker of a crawl has 30
MAX_INPUT = 400_000  # bytes; size has a benchmark of its own (pathological)
FINDINGS = Path("fuzz-findings")
# Pieces that parsers treat in a way of their own.
TOKENS = [
    b"<", b">", b"/>", b"</", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&#xD800;", b"&#0;",
    b"&amp", b"&", b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x1f\x8b", b"%",
    b"%E0%A4", b"%zz", b'"', b"'", b"[", b"]", b"{", b"}", b":", b"\\u0000", b"\\ud800", b"1e999",
    b"-1", b"9" * 40, b"null", b"true", b"\r\n", b"\r", b"\n\n", b"*", b"$", b"//", b"://",
    b"[::", b"@", b"data:", b"javascript:", b"2026-13-45T99:99:99", b"0000-00-00", b"24:00",
    b"\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d", b"\xe2\x80\x8b", b"\xe2\x80\xae", b"<base href=",
    b"xmlns:x=", b"<iframe src=", b"<script type=application/ld+json>", b"Content-Length: ",
    b"WARC/1.0\r\n", b"User-agent: ",
]  # fmt: skip


class LawBroken(Exception):
    """What a parser returned cannot be used."""


@dataclass(frozen=True)
class Target:
    """A parser to fuzz. `read` raises only what is undeclared, or LawBroken."""

    name: str
    read: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


# --- targets ---


def _check_text(value: object) -> None:
    """Raises LawBroken for text that no file and no database takes."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        raise LawBroken(f"text with a surrogate: {error}") from error


def _read_page(body: bytes) -> None:
    article = read_html(body, URL, now=NOW)
    _check_text(asdict(article))
    for block in article.blocks:
        for index, items in ((block.embed, article.embeds), (block.image, article.images)):
            if index is not None and not 0 <= index < len(items):
                raise LawBroken(f"block names item {index} of {len(items)}")


def _read_document(kind: str) -> Callable[[bytes], None]:
    def read(body: bytes) -> None:
        links: list[DiscoveredLink] = []
        with suppress(BrokenDocument):
            links = list(PARSERS[kind](body, URL, NOW))  # type: ignore[index]
        for link in links:
            _check_text(asdict(link))
            with suppress(ValueError):  # declared: a text that is no address
                urls.normalize_url(link.url)

    return read


def _read_robots(body: bytes) -> None:
    rules = parse_robots(body).select_rules("Khabar")
    rules.allows_url(URL)
    text = body.decode("utf-8", "replace")
    _evaluate_site(SiteSignals(robots=SiteFile("read", text)))


def _read_tdmrep(body: bytes) -> None:
    text = body.decode("utf-8", "replace")
    _evaluate_site(SiteSignals(SiteFile("absent"), SiteFile("read", text)))


def _evaluate_site(site: SiteSignals) -> None:
    find_reservations(ArticleSignals(URL, visits=(SiteVisit("now", URL, site),)))


def _read_rsl(body: bytes) -> None:
    with suppress(BrokenDocument):
        evaluate_terms(parse_rsl(body), URL, is_of_page=True)


def _read_warc(body: bytes) -> None:
    for _ in iter_records(io.BytesIO(body), 0, lambda url: ""):
        pass


def _read_line(body: bytes) -> None:
    with suppress(ValueError):  # declared: a line that is refused
        record = parse_line(body)
        if hasattr(record, "url") and not isinstance(record, tuple):
            _check_text(asdict(build_article(record, NOW)))  # type: ignore[arg-type]


def _read_text(body: bytes) -> None:
    """Small texts that reach many functions: dates, addresses, queries, headers."""
    text = body.decode("utf-8", "replace")[:2000]
    parse_timestamp(text, "hint", NOW)
    parse_query(text, {"source": "source"})
    pause_until(503, text, NOW)
    urls.resolve_link(URL, text)
    urls.reject_reason(text)
    with suppress(ValueError):
        urls.normalize_url(text)


def _load_seeds() -> dict[str, list[bytes]]:
    """Returns kind → bodies of the pretend newsroom, and of the saved pages where present."""
    pages = [page.body[:MAX_INPUT] for page in iter_newsroom_pages()]
    pages += [read_page(path)[:MAX_INPUT] for path in sorted((SHARED / "pages").glob("*.html.gz"))]
    issues = SiteServer(EDITION_ONE, DEFAULT).issues.values()
    sitemaps = [
        response.body
        for issue in issues
        for _, response in (
            *documents.iter_news_sitemaps(issue),
            *documents.iter_archive_sitemaps(issue),
        )
    ]
    feeds = [documents.feed_response(issue).body for issue in issues]
    return {"page": pages, "listing": pages, "feed": feeds, "sitemap": sitemaps}


ROBOTS_SEED = (
    b"User-agent: *\nDisallow: /a*b$\nContent-Signal: ai-train=no\nCrawl-delay: 2\n"
    b'Content-Usage: /a train-ai=y;x="?", search=n\nLicense: /rsl.xml\n'
    b"Sitemap: http://a.in/s.xml\n"
)
TDMREP_SEED = b'[{"location": "/a/*", "tdm-reservation": 1, "tdm-policy": "http://a.in/p.json"}]'
RSL_SEED = (
    b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/a/*$"><license>'
    b'<permits type="usage">search ai-train</permits><payment type="free"/>'
    b"</license></content></rsl>"
)
HTTP_SEED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>abc</p"
WARC_SEED = (
    b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
    b"WARC-Date: 2026-11-24T09:00:00Z\r\nWARC-Target-URI: http://a.in/1\r\n"
    b"Content-Type: application/http; msgtype=response\r\n"
    + f"Content-Length: {len(HTTP_SEED)}\r\n\r\n".encode()
    + HTTP_SEED
    + b"\r\n\r\n"
)
LINE_SEED = (
    '{"url": "http://a.in/1", "title": "शीर्षक", "text": "कख गघ", '
    '"published_at": "2026-11-24T09:00:00+05:30", '
    '"authors": ["राम"], "tags": ["क"], "source": "a", '
    '"embeds": [{"provider": "x", "kind": "post", "id": "1"}]}'
).encode()
TEXT_SEEDS = (
    "24 नवंबर 2026, 10:30 बजे".encode(), b"Tue, 24 Nov 2026 09:00:00 GMT", b"120",
    b"2026-11-24T09:00:00+05:30",
    b"http://a.in:80/x?y=1#z", b'"narendra modi" OR -source:jagran', "दु:ख".encode(),
)  # fmt: skip


def load_targets() -> list[Target]:
    """Returns all targets with their seeds."""
    seeds = _load_seeds()
    return [
        Target("page", _read_page, tuple(seeds["page"])),
        *(
            Target(kind, _read_document(kind), tuple(seeds[kind]))
            for kind in ("feed", "sitemap", "listing")
        ),
        Target("robots", _read_robots, (ROBOTS_SEED,)),
        Target("tdmrep", _read_tdmrep, (TDMREP_SEED,)),
        Target("rsl", _read_rsl, (RSL_SEED,)),
        Target("warc", _read_warc, (WARC_SEED, gzip.compress(WARC_SEED, mtime=0))),
        Target("line", _read_line, (LINE_SEED,)),
        Target("text", _read_text, TEXT_SEEDS),
    ]


# --- inputs ---


def make_input(seeds: tuple[bytes, ...], seed: int, number: int) -> bytes:
    """Returns an input: a seed with one to six random edits. The same arguments give the same."""
    chance = random.Random(f"{seed}:{number}")
    body = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        _edit(body, seeds, chance)
    return bytes(body[:MAX_INPUT])


def _edit(body: bytearray, seeds: tuple[bytes, ...], chance: random.Random) -> None:
    at = chance.randrange(len(body) + 1)
    end = min(len(body), at + int(chance.expovariate(1 / 40)))
    edit = chance.randrange(7)
    if edit == 0 and body:
        body[at % len(body)] = chance.randrange(256)
    elif edit == 1:
        body[at:at] = chance.choice(TOKENS)
    elif edit == 2:
        del body[at:end]
    elif edit == 3:
        body[at:at] = bytes(body[at:end]) * chance.choice((1, 2, 50))
    elif edit == 4:
        body[at:end] = chance.choice(TOKENS) * chance.choice((1, 3, 400))
    elif edit == 5:
        other = chance.choice(seeds)
        begin = chance.randrange(len(other) + 1)
        body[at:end] = other[begin : begin + 200]
    else:
        del body[at:]


# --- running ---


@dataclass
class Report:
    """What came of a target: inputs read, the longest time of one, findings (what → a number)."""

    executions: int = 0
    longest: float = 0.0
    findings: dict[str, int] | None = None


def fuzz_target(target: Target, seconds: float, seed: int) -> Report:
    """Fuzzes a target for so long. Writes one input of each finding to FINDINGS."""
    report, number = Report(findings={}), 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        number, finding = _run_until_finding(target, seed, number, until, report)
        if finding and report.findings is not None:
            if finding not in report.findings:
                _save_finding(target, seed, number, finding)
            report.findings[finding] = report.findings.get(finding, 0) + 1
        number += 1
    return report


def _run_until_finding(
    target: Target, seed: int, number: int, until: float, report: Report
) -> tuple[int, str | None]:
    """Reads inputs from `number` on in a process of its own, up to a finding or the end of time.
    Returns (number of the last input, the finding).
    """
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_read_inputs, args=(target, seed, number, until, sender), daemon=True
    )
    process.start()
    sender.close()
    finding = None
    try:
        while True:
            if not receiver.poll(TIME_LIMIT):
                return number, f"over {TIME_LIMIT:.0f} s"
            number, took, finding = receiver.recv()
            report.executions += 1
            report.longest = max(report.longest, took)
            if finding:
                return number, finding
    except EOFError:
        process.join(5)
        is_crash = process.exitcode not in (0, None)
        return number, f"the process died: {process.exitcode}" if is_crash else None
    finally:
        process.kill()
        process.join()


def _read_inputs(target: Target, seed: int, number: int, until: float, sender: Connection) -> None:
    while time.monotonic() < until:
        body = make_input(target.seeds, seed, number)
        began = time.monotonic()
        finding = describe_failure(target, body)
        sender.send((number, time.monotonic() - began, finding))
        if finding:
            return
        number += 1


def describe_failure(target: Target, body: bytes) -> str | None:
    """Returns the exception that an input raises, with the place in our code; None for none."""
    try:
        target.read(body)
    except Exception as error:  # noqa: BLE001  finding any is the purpose
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "khabar" in frame.filename] or frames
        return f"{type(error).__name__} in {Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return None


def _save_finding(target: Target, seed: int, number: int, finding: str) -> None:
    FINDINGS.mkdir(exist_ok=True)
    path = FINDINGS / f"{target.name}-{seed}-{number}"
    path.write_bytes(make_input(target.seeds, seed, number))
    sys.stdout.write(f"  {target.name}: {finding} ({path})\n")
    sys.stdout.flush()


def _iter_wanted(targets: list[Target]) -> Iterator[Target]:
    names = [name for name in os.environ.get("TARGET", "").split(",") if name]
    known = [target.name for target in targets]
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no target {', '.join(unknown)}: choose from {', '.join(known)}")
    yield from (target for target in targets if not names or target.name in names)


def main() -> None:
    """Fuzzes the targets one after another and prints a line each."""
    seconds = float(os.environ.get("SECONDS") or DEFAULT_SECONDS)
    seed = int(os.environ.get("SEED") or 1)
    for target in _iter_wanted(load_targets()):
        report = fuzz_target(target, seconds, seed)
        count = len(report.findings or {})
        sys.stdout.write(
            f"{target.name:8} {report.executions:8} inputs, the longest {report.longest:.2f} s, "
            f"{count} findings\n"
        )
        sys.stdout.flush()
