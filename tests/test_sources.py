"""Sources: laws every source file obeys, the live ones and the newsroom's."""

from __future__ import annotations

import re
import time
from collections import Counter
from datetime import date
from itertools import product
from statistics import median

from all_sources import LIVE, NEWSROOM, READ, SOME_DAYS, asked, documents, every_source, live_source

from khabar.model import urls
from khabar.model.items import Outcome
from khabar.model.sources import read_source

PROMISED = {"jagran", "bhaskar", "amarujala", "livehindustan", "navbharattimes", "aajtak"}
EXAMPLES = [(source, url) for source in READ.values() for url in source.article.examples]


# --- laws over every file ---


def test_the_promised_sources_are_on():
    assert {path.stem for path in LIVE if read_source(path).status == "on"} >= PROMISED


def test_fifty_sources_and_more():
    assert len(LIVE) >= 50
    assert sum(READ[path].status == "on" for path in LIVE) >= 20


@every_source
def test_every_example_is_an_article(path):
    source = read_source(path)
    assert source.article.examples or source.status != "on"
    assert {url: source.check_url(url) for url in source.article.examples} == dict.fromkeys(
        source.article.examples
    )


@every_source
def test_every_counter_example_is_denied(path):
    source = read_source(path)
    assert source.article.not_articles
    for url in source.article.not_articles:
        judged = source.check_url(url)
        assert judged, url
        assert judged[0] is Outcome.DENIED, url


@every_source
def test_documents_and_homepage_are_no_articles(path):
    source = read_source(path)
    assert [url for url in asked(source) if source.is_article(source.canonicalize_url(url))] == []


def test_no_article_is_claimed_by_two_sources():
    claimed = [
        (url, other.key)
        for source, url in EXAMPLES
        for other in READ.values()
        if other is not source and (other.is_own_url(url) or other.check_url(url) is None)
    ]
    assert claimed == []


@every_source
def test_the_day_an_address_tells(path):
    """A rule finds a day in an example, none in the future, and none where there is no article."""
    source = read_source(path)
    days = [source.find_url_date(source.canonicalize_url(url)) for url in source.article.examples]
    assert bool(source.article.date) == any(days) or not source.article.examples
    assert all(date(2000, 1, 1) < day < date(2027, 1, 1) for day in days if day)
    assert [
        url for url in (*asked(source), *source.article.not_articles) if source.find_url_date(url)
    ] == []


@every_source
def test_archives_are_its_own_and_one_for_each_day(path):
    source = read_source(path)
    found = [url for _, url in source.iter_archive_urls(*SOME_DAYS)]
    assert all(
        source.is_own_url(url) and not urls.reject_reason(url) and "{" not in url for url in found
    )
    assert len(set(found)) == len(found)
    templates = sum("{" in one.url for one in source.archive_sitemaps)
    assert (
        len(source.archive_sitemaps) <= len(found) <= len(source.archive_sitemaps) + 2 * templates
    )


@every_source
def test_no_document_is_listed_twice(path):
    source = read_source(path)
    assert [
        url
        for url, count in Counter(urls.normalize_url(one.url) for one in documents(source)).items()
        if count > 1
    ] == []


@every_source
def test_a_crawl_has_where_to_begin(path):
    source = read_source(path)
    assert source.status != "on" or list(source.iter_documents())


@every_source
def test_canonical_address_is_idempotent(path):
    source = read_source(path)
    for url in (*source.article.examples, *source.article.not_articles, source.homepage):
        once = source.canonicalize_url(url)
        assert source.canonicalize_url(once) == once


@every_source
def test_readers_trails_and_twin_hosts_fold_into_the_article(path):
    source = read_source(path)
    for url in source.article.examples:
        article = source.canonicalize_url(url)
        added = ["utm_source=whatsapp&utm_medium=share", "fbclid=IwAR0"]
        added += [f"{name.replace('*', 'x')}=1" for name in source.canonical.strip]
        told = [
            f"{article}#comments",
            *(f"{article}{'&' if '?' in article else '?'}{trail}" for trail in added),
        ]
        told += [
            article.replace(f"//{host}/", f"//{twin}/")
            for twin, host in source.canonical.hosts.items()
        ]
        assert {source.canonicalize_url(one) for one in told} == {article}


@every_source
def test_amp_addresses_fold_into_an_article_that_is_none(path):
    source = read_source(path)
    amp = source.canonical.amp
    told = [url for url in source.article.examples if amp and re.search(amp[0], url)]
    assert bool(amp) == bool(told), "a source that folds AMP shows it in an example"
    for url in told:
        article = source.canonicalize_url(url)
        assert not re.search(amp[0], article)
        assert source.is_article(article)
        assert not source.is_article(url), "asked for as it stands it would be a second article"


@every_source
def test_languages_are_codes(path):
    assert all(re.fullmatch("[a-z]{2,3}", code) for code in read_source(path).languages)


@every_source
def test_what_a_publisher_allowed_is_shown(path):
    source = read_source(path)
    assert source.permission == "none" or source.terms_url


def test_no_two_sources_own_a_host():
    owners = Counter(host for path in (*LIVE, *NEWSROOM) for host in read_source(path).hosts)
    assert [host for host, count in owners.items() if count > 1] == []


@live_source
def test_live_addresses_are_https(path):
    source = read_source(path)
    if source.status == "on":
        told = [*asked(source), *map(source.canonicalize_url, source.article.examples)]
        assert [url for url in told if not url.startswith("https://")] == []


@live_source
def test_live_sources_are_asked_slowly_and_are_no_newsroom(path):
    source = read_source(path)
    assert not source.is_newsroom
    assert source.delay >= 1


@live_source
def test_who_saw_it_work_and_when(path):
    source = read_source(path)
    if source.status == "on":
        assert source.evidence
        assert source.checked
        assert [one.url for one in documents(source) if not (one.evidence and one.checked)] == []


@live_source
def test_what_is_not_on_says_why(path):
    source = read_source(path)
    assert source.status == "on" or len(source.reason) > 20


def rule_lines(text: str) -> int:
    """How long a source's rules are: its lines but comments, blanks and what stands inside lists of addresses."""
    text = re.sub(r"= \[\n(?:  .*\n)*\]", "= []", text)
    return sum(1 for line in text.splitlines() if line.strip() and not line.startswith("#"))


def test_a_source_is_a_page_of_rules():
    lengths = [rule_lines(path.read_text(encoding="utf-8")) for path in LIVE]
    assert max(lengths) <= 32
    assert median(lengths) <= 25


# --- no pattern may hang on a long address ---

GRAINS = ("a", "1", "-", "a-", "-1", "a/", "a1-", "/-", "%E0%A4%96", "a.", "2026-11-24-")
SLOW = 0.25  # seconds of CPU for one match; honest patterns take microseconds


def hangs(pattern: str, beginning: str) -> bool:
    """Whether a match takes ever longer on ever longer addresses; small steps, so that this itself never hangs."""
    for length, grain, end in product(
        (16, 20, 24, 28, 64, 256, 1000), GRAINS, ("", "!", ".html!", "/")
    ):
        url = beginning + (grain * length)[:length] + end
        began = time.process_time()
        re.search(pattern, url)
        if time.process_time() - began > SLOW:
            return True
    return False


def test_hangs_would_see_a_catastrophe():
    assert hangs(r"^https://e\.in/(a+)+$", "https://e.in/")
    assert not hangs(r"^https://e\.in/[a-z-]+-\d+$", "https://e.in/")


@every_source
def test_no_pattern_hangs(path):
    source = read_source(path)
    folds = [pattern for pattern, _ in source.canonical.twins] + [*(source.canonical.amp or ())[:1]]
    patterns = [
        source.article.pattern,
        *source.article.deny,
        *folds,
        *filter(None, [source.article.date]),
    ]
    beginnings = {
        source.homepage,
        *(url.rpartition("/")[0] + "/" for url in source.article.examples[:1]),
    }
    assert [
        pattern for pattern in patterns for beginning in beginnings if hangs(pattern, beginning)
    ] == []
