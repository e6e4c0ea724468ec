"""A page that hangs, crashes or eats memory costs itself alone, and says so."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import archive_fixtures
import crashing_readers
import pytest
from command_runner import PATIENCE
from conftest import ROOT
from local_site import HOST, serving

from khabar.archive import ArchiveError, open_archive
from khabar.model.errors import WorkerStartError
from khabar.model.items import Outcome, Page, Visit
from khabar.processing import process as extract
from khabar.processing import workers

TITLE = "तालाब की मेड़ पर लगे पेड़ों की गिनती पूरी"
WORDS = (
    "वन समिति ने मंगलवार को बताया कि तालाब की मेड़ पर लगे सब पेड़ गिने जा चुके हैं और सूखे पेड़ों की जगह नए लगाए जाएंगे। "
    * 3
)
FULL = f"<p>{WORDS}</p><p>गिनती में गांव के तीस बच्चों ने मदद की। {WORDS}</p>"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
PAGE = Page(
    "https://khabar.example.in/a-1",
    f"<html><body><h1>{TITLE}</h1>{FULL}</body></html>".encode(),
    NOW,
)


@pytest.fixture
def pool():
    opened = extract.open_worker_pool(1)
    yield opened
    opened.stop()
    opened.join()


@pytest.mark.parametrize(
    ("hurt", "said"),
    [
        (crashing_readers.loops, "took over"),
        (crashing_readers.holds_the_lock, "took over"),
        (crashing_readers.dies, "died"),
        (crashing_readers.eats, "MB"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_guilty_page_is_named_and_the_next_is_read(pool, monkeypatch, hurt, said):
    reads = extract.extract_article
    monkeypatch.setattr(extract, "TIMEOUT", 2)
    monkeypatch.setattr(extract, "extract_article", hurt)
    assert said in str(asyncio.run(extract.extract_in_worker(pool, PAGE, None)))
    monkeypatch.setattr(extract, "extract_article", reads)
    monkeypatch.setattr(extract, "TIMEOUT", 30)
    page = asyncio.run(extract.extract_in_worker(pool, PAGE, None))
    assert not isinstance(page, str) and page.article.title == TITLE


@pytest.mark.parametrize(
    ("hurt", "said"),
    [
        (crashing_readers.loops_over_a_document, "took over"),
        (crashing_readers.dies_of_a_document, "died"),
        (crashing_readers.eats_for_a_document, "MB"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_guilty_document_is_named_and_the_next_is_read(pool, monkeypatch, hurt, said):
    """A feed, sitemap or listing costs itself alone, too: it ends as broken, and is asked for again."""
    source = archive_fixtures.source()
    rss = b"<rss><channel><item><link>http://www.kagaz.newsroom.test/news/1</link></item></channel></rss>"
    ends = []
    for limit, function in ((2, hurt), (30, extract.read_document)):
        monkeypatch.setattr(extract, "TIMEOUT", limit)
        monkeypatch.setattr(extract, "read_document", function)
        visit = Visit(
            1, "kagaz", Page("http://www.kagaz.newsroom.test/feed", rss, NOW), kind="feed"
        )
        asyncio.run(extract.parse_visit_document(pool, visit, source))
        ends.append((visit.outcome, visit.evidence, len(visit.found)))
    assert ends[0][0] is Outcome.BROKEN_FEED and said in ends[0][1]
    assert ends[1] == (Outcome.FEED, "1 of 1 links taken", 1)


def test_a_task_whose_worker_is_killed_is_run_once_more(pool, tmp_path):
    once = (crashing_readers.is_killed_once, (tmp_path / "killed",))
    assert asyncio.run(extract.run_in_worker(pool, *once)) == "read"
    always = asyncio.run(extract.run_in_worker(pool, crashing_readers.is_killed_always, ()))
    assert always == "the reader died: Abnormal termination"


def test_a_worker_that_cannot_start_is_the_machine_s_fault(monkeypatch):
    monkeypatch.setattr(workers, "init_worker", crashing_readers.refuses_to_start)
    with workers.WorkerPool(1) as pool, pytest.raises(WorkerStartError, match="ulimit"):
        asyncio.run(extract.extract_in_worker(pool, PAGE, None))


def test_a_lower_limit_of_the_machine_is_taken_as_it_is(tmp_path):
    """As `ulimit -v` sets it on shared hosts: what is read is read, and nothing is asked of the kernel that it refuses."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30));"
        "from khabar.processing.workers import init_worker; init_worker();"
        "print(resource.getrlimit(resource.RLIMIT_AS) == (1 << 30, 1 << 30))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("True", "")


def test_an_error_nobody_foresaw_is_heard(pool, monkeypatch):
    monkeypatch.setattr(extract, "extract_article", crashing_readers.breaks)
    with pytest.raises(KeyError, match="odd page"):
        asyncio.run(extract.extract_in_worker(pool, PAGE, None))


HOSTILE = {
    "nested without end": b"<div><b>" * 60_000,
    "100,000 links": b"<p>" + b"<a href='/x'>y</a> " * 100_000,
    "a paragraph of 5 MB": b"<p>" + "क ख ".encode() * 700_000,
    "NULs": b"<p>\x00\x00" * 5_000,
    "broken charset": b'<meta charset="utf-16"><p>' + bytes(range(256)) * 200,
    "attributes without end": b"<p " + b"a=1 " * 200_000 + b">x",
    "tables in tables": b"<table><tr><td>" * 3_000,
}


@pytest.mark.slow  # in a whole crawl, below, they end in the fast suite
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_ends_in_a_word(pool, name):
    page = Page("https://khabar.example.in/a-1", b"<html><body>" + HOSTILE[name], NOW)
    result = asyncio.run(extract.extract_in_worker(pool, page, None))
    assert not isinstance(result, str), result
    article = result.article
    assert article.problems, article
    assert article.title is None and not article.embeds


# --- in a whole crawl ---


def told(number: int, more: bytes = b"") -> bytes:
    """A page with a story of its own."""
    words = f"<p>{number} नंबर की गली में सफाई हुई। {WORDS}</p>"
    return (
        f"<html><body><article><h1>{TITLE}, गली {number}</h1>{words}".encode()
        + more
        + b"</article></body></html>"
    )


PROVOKING = {
    "/page/loops": (b"khabar-test-loops", "reading took over"),
    "/page/holds": (b"khabar-test-holds", "reading took over"),
    "/page/dies": (b"khabar-test-dies", "the reader died"),
    "/page/eats": (b"khabar-test-eats", "reading took over 2048 MB"),
}
GOOD = {f"/page/good-{number}": told(number) for number in range(6)}
BAD = {path: told(10 + at, word) for at, (path, (word, _)) in enumerate(PROVOKING.items())}
FEWER_LINKS = {
    "100,000 links": HOSTILE["100,000 links"][:500_000]
}  # a quarter: all of them cost ten seconds to read
WORST = {
    f"/page/worst-{at}": b"<html><body>" + body
    for at, body in enumerate({**HOSTILE, **FEWER_LINKS}.values())
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """One crawl over good pages, provoking ones between them, and hostile ones; its ledger by path."""
    mixed = dict(sorted({**GOOD, **BAD, **WORST}.items(), key=lambda one: one[0][::-1]))
    with serving(mixed, tmp_path_factory.mktemp("hurt")) as khabar:
        done = khabar.start("crawl", entry="crashing_readers:crawl_impatiently").result()
    assert done.code in (0, 1) and "Traceback" not in done.err, (
        done.err
    )  # 1: so many bad pages are news
    with open_archive(khabar.archive) as archive:
        rows = archive.db.query(
            "select url, state, outcome, evidence, snapshot_id from pages where kind = 'page'"
        )
        return {row["url"].removeprefix(f"http://{HOST}"): row for row in rows}


@pytest.mark.parametrize("path", PROVOKING)
def test_in_a_crawl_the_guilty_page_alone_is_unreadable(ledger, path):
    row = ledger[path]
    assert (row["state"], row["outcome"]) == ("done", "unreadable")
    assert PROVOKING[path][1] in row["evidence"] and row["snapshot_id"]


@pytest.mark.parametrize("path", GOOD)
def test_in_a_crawl_every_other_page_is_stored(ledger, path):
    assert ledger[path]["outcome"] == "article"


@pytest.mark.parametrize("path", WORST)
def test_in_a_crawl_a_hostile_page_ends_in_its_outcome(ledger, path):
    row = ledger[path]
    assert (
        row["state"] == "done"
        and row["outcome"] in ("no-text", "listing", "unreadable")
        and row["evidence"]
    )


def worker_of(pid: int) -> int | None:
    """The process below `pid` that has been computing for a second."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and int(fields[11]) > os.sysconf("SC_CLK_TCK"):
            return int(path.parent.name)
    return None


def is_alive(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def is_kept(archive: Path, path: str) -> bool:
    try:
        with open_archive(archive) as held:
            found = "select count(*) from pages where url = ? and state = 'fetched'"
            return bool(held.db.execute(found, [f"http://{HOST}{path}"]).fetchone()[0])
    except ArchiveError:  # the file is being made
        return False


def wait_for(what):
    until = time.monotonic() + PATIENCE
    while not (found := what()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def test_kill_9_with_a_busy_worker_leaves_no_orphan_and_the_page_to_the_next_run(tmp_path):
    with serving({"/page/busy": told(1, b"khabar-test-holds")}, tmp_path) as khabar:
        run = khabar.start("crawl", entry="crashing_readers:crawl_patiently")
        try:
            assert wait_for(lambda: is_kept(khabar.archive, "/page/busy")), (
                "the page was not fetched"
            )
            worker = wait_for(lambda: worker_of(run.pid))
            assert worker, "no worker was seen at work: the test did not test"
        finally:
            run.kill()
        assert wait_for(lambda: not is_alive(worker)), "the busy worker outlived its crawl"
        khabar.now += timedelta(hours=1)
        again = khabar("crawl")
        assert (again.code, again.err) == (0, "")
        with open_archive(khabar.archive) as held:
            assert [
                row["state"] for row in held.db.query("select state from pages where kind = 'page'")
            ] == ["done"]
