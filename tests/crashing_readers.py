"""Readers that hurt, for the worker process to live through: each takes what `extract_article` takes.

`hurting:crawl_impatiently` is `khabar` with a reader that a page provokes by a word.
"""

from __future__ import annotations

import os
import re
import signal

from khabar.extraction import extract_article
from khabar.processing import process as extract
from khabar.processing.import_lines import prepare_lines


def loops(page, source):
    """Never comes back."""
    while True:
        pass


def holds_the_lock(page, source):
    """Stays inside C, where no signal handler of Python's runs."""
    return re.match(r"(a|aa)+$", "a" * 60 + "b")


def dies(page, source):
    """As a crash in a C library would."""
    os._exit(11)


def is_killed_once(path):
    """As by a user who ends the wrong process: once, then `path` is there."""
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "read"


def is_killed_always():
    os.kill(os.getpid(), signal.SIGKILL)


def eats(page, source):
    """Asks for more than a machine has."""
    return bytearray(8 << 30)


def loops_over_a_document(kind, page, source):
    loops(page, source)


def dies_of_a_document(kind, page, source):
    dies(page, source)


def eats_for_a_document(kind, page, source):
    return eats(page, source)


LINE_MARK = b"khabar-test-line"


def dies_of_a_line(pickled_reader, lines, now):
    """Dies of a marked line, and prepares any other."""
    if any(LINE_MARK in line for line in lines):
        os._exit(11)
    return prepare_lines(pickled_reader, lines, now)


def eats_of_a_line(pickled_reader, lines, now):
    """As `dies_of_a_line`, but asks for more than a machine has."""
    if any(LINE_MARK in line for line in lines):
        return bytearray(8 << 30)
    return prepare_lines(pickled_reader, lines, now)


def refuses_to_start():
    """An initialiser that a limit of the machine ends."""
    os._exit(12)


def breaks(page, source):
    """An error nobody foresaw."""
    raise KeyError("odd page")


PROVOKED = {
    b"khabar-test-loops": loops,
    b"khabar-test-holds": holds_the_lock,
    b"khabar-test-dies": dies,
    b"khabar-test-eats": eats,
}


def hurt_of(page):
    """What the page provokes; None for an honest one."""
    return next((hurt for word, hurt in PROVOKED.items() if word in page.body), None)


def provoked(page, source):
    """Reads as ever, but for pages that carry one of the words."""
    return (hurt_of(page) or extract_article)(page, source)


def crawl_impatiently():
    """A page that provokes has two seconds."""
    crawl(2)


def crawl_patiently():
    """Long enough to kill the crawl meanwhile."""
    crawl(300)


def crawl(timeout):
    """`khabar` in this process, its workers reading by `provoked`; a page that provokes has `timeout` seconds."""
    from commands.__main__ import main

    apart, usual = extract.extract_in_worker, extract.TIMEOUT

    async def watched(pool, page, source):
        extract.TIMEOUT = (
            timeout if hurt_of(page) else usual
        )  # an honest page takes longer on a busy machine
        return await apart(pool, page, source)

    extract.extract_article, extract.extract_in_worker = provoked, watched
    main()


def extract_provoked():
    """`khabar` in this process, its workers reading by `provoked`, with the time-outs of the command."""
    from commands.__main__ import main

    extract.extract_article = provoked
    main()
