"""From a handful of addresses to a pattern for all of a site's articles."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import defaultdict
from urllib.parse import urlsplit

import pytest
from all_sources import READ

from crawler.source_tools.url_patterns import infer_pattern

HOME = "https://www.prabhat.example/"

SHAPES = [
    # (addresses, the pattern after the host, others of the site: articles, no articles)
    (
        ["desh/ghat-par-diye-40397086.html", "uttar-pradesh/agra-city-pul-banega-40396917.html"],
        r"([^/?#]+/)+[^/?#]*-\d{7,}\.html",
        ["bihar/patna-city-mela-19275943.html"],
        ["bihar/patna-city", "bihar/", "sitemap.html", "bihar/a-12.html"],
    ),
    (
        [
            "desh/ghat/articleshow/134759996.cms",
            "rajya/agra/pul-banega-kal/articleshow/97219234.cms",
        ],
        r"([^/?#]+/)*articleshow/\d{7,}\.cms",
        ["khel/mela/articleshow/99999999.cms"],
        ["desh/articlelist/21236867.cms", "desh/ghat/photoshow/134759996.cms"],
    ),
    (
        ["patna/mela-shuru-2026-10-07", "agra/pul-banega-kal-2026-10-06"],
        r"([^/?#]+/)+[^/?#]+-20\d{2}-\d{2}-\d{2}",
        ["agra/taj/pul-2019-01-31"],
        ["patna", "patna/mela-shuru", "patna/2026-10-07"],
    ),
    (
        ["2026/11/ghat-safai/", "2026/10/mela/"],
        r"20\d{2}/\d{2}/[^/?#]+/",
        ["2025/01/a/"],
        ["category/rajya/", "2026/11/", "author/a-b-c-d/"],
    ),
    (
        ["2026/11/05/ghat", "lekh/2026/10/31/mela"],
        r"([^/?#]+/)*20\d{2}/\d{2}/\d{2}/[^/?#]+",
        ["2025/01/01/a-b"],
        ["lekh", "2026/11/05", "2026/11/ghat"],
    ),
    (
        ["storypage.php?autono=12345678", "storypage.php?autono=87654321"],
        r"storypage\.php\?autono=\d{7,}",
        ["storypage.php?autono=11111111"],
        ["print.php?autono=12345678", "storypage.php?autono=1", "section.php?sec=khel"],
    ),
    (
        ["333927/dhamake-mein-char-mare/", "rajya/333928/pul-banega-is-saal/"],
        r"([^/?#]+/)+[^/?#-]+(-[^/?#-]*){3,}/",
        ["1/ek-do-teen-char/"],
        ["feed/", "rajya/ek-do/"],
    ),
    (
        ["desh/pul-banega/3257796/", "khel/mela/2720267/"],
        r"([^/?#]+/)+\d{6,}/",
        ["a/b/c/999999/"],
        ["desh/", "desh/page/2/"],
    ),
    (
        ["hi/state/pul-ups25083100441", "hi/desh/mela-mps25011300727"],
        r"hi/([^/?#]+/)+[^/?#]*-[a-zA-Z]{3}\d{10,}",
        ["hi/khel/a-brs26010100001"],
        ["en/state/pul-ups25083100441", "hi/bihar"],
    ),
    (
        ["hindi/desh/pul/1831607", "hindi/khel/2024/mela/2468965"],
        r"hindi/([^/?#]+/)+\d{6,}",
        ["hindi/desh/a/3304111"],
        ["marathi/desh/pul/1831607", "hindi/desh"],
    ),
    (
        ["astro/mela-116021100025_1.html", "kids/kahani-118060900051_1.html"],
        r"([^/?#]+/)+[^/?#]*-\d{11,}_1\.html",
        ["a/b-126021100057_1.html"],
        ["ramcharit/BalKand/1.htm"],
    ),
]


@pytest.mark.parametrize(
    ("seen", "path", "articles", "others"), SHAPES, ids=[shape[1] for shape in SHAPES]
)
def test_a_pattern_from_two_addresses(seen, path, articles, others):
    found = infer_pattern(HOME + one for one in seen)
    assert found.pattern == rf"^https?://(www\.)?prabhat\.example/{path}$"
    assert set(found.sample_urls) == {HOME + one for one in seen}
    assert [one for one in (*seen, *articles) if not re.search(found.pattern, HOME + one)] == []
    assert [one for one in others if re.search(found.pattern, HOME + one)] == []


@pytest.mark.parametrize(
    ("seen", "url", "day"),
    [
        ("a/mela-2026-10-07", "a/pul-2025-01-31", ("2025", "01", "31")),
        ("a/mela-2026-10-07.html", "a/pul-2025-01-31.html", ("2025", "01", "31")),
        ("2026/10/07/mela", "lekh/2025/01/31/pul", ("2025", "01", "31")),
        ("2026/10/mela", "2025/01/pul", None),
        ("a/mela-12345", "a/pul-67890", None),
    ],
)
def test_the_rule_for_the_day(seen, url, day):
    rule = infer_pattern([HOME + seen]).date_rule
    assert (re.search(rule, HOME + url).groups() if rule else None) == day


@pytest.mark.parametrize(
    "addresses", [[], [HOME], [f"{HOME}desh/", f"{HOME}about-us", f"{HOME}x?page=2", "nonsense"]]
)
def test_without_an_article_there_is_no_pattern(addresses):
    assert infer_pattern(addresses) is None


def test_one_odd_address_among_many_is_no_shape():
    many = [f"{HOME}desh/khabar-{number}" for number in range(10000, 10030)]
    assert (
        infer_pattern([*many, f"{HOME}tasveer/ek-do-teen-char/"]).pattern
        == infer_pattern(many).pattern
    )
    both = infer_pattern(
        [
            *many,
            *(f"{HOME}tasveer/ek-do-teen-{word}/" for word in ("char", "paanch", "chhah", "saat")),
        ]
    )
    assert re.search(both.pattern, f"{HOME}tasveer/a-b-c-d/")
    assert re.search(both.pattern, many[0])


def test_two_hosts_of_one_site():
    assert infer_pattern(
        ["https://a.example/x-12345", "https://www.a.example/x-12345"]
    ).pattern.startswith(r"^https?://(www\.)?a\.ex")
    two = infer_pattern(
        ["https://up.a.example/n/x-12345", "https://mp.a.example/n/x-12346"]
    ).pattern
    assert re.search(two, "https://mp.a.example/n/y-99999")
    assert not re.search(two, "https://a.example.evil.example/n/y-99999")


def test_what_a_site_writes_is_no_rule():
    """Dots and brackets in addresses mean themselves."""
    found = infer_pattern(
        ["https://a.example/(a+)+/(b|c)/x.12345", "https://a.example/d/(b|c)/y.12346"]
    )
    assert re.search(found.pattern, "https://a.example/z/(b|c)/w.54321")
    assert not re.search(found.pattern, "https://aXexample/z/(b|c)/w.54321")


@pytest.mark.parametrize(
    "source",
    [one for one in READ.values() if len(one.article.examples) > 1],
    ids=lambda one: one.key,
)
def test_known_sources_would_be_guessed_from_their_examples(source):
    """Two or three addresses make a pattern that takes them all and none of the section pages beside them."""
    addresses = [source.canonicalize_url(url) for url in source.article.examples]
    if not (found := infer_pattern(addresses)):
        assert source.key == "bbc_hindi", "its ids are letters: nothing tells them from a section"
        return
    assert [url for url in addresses if not re.search(found.pattern, url)] == []
    taken = [url for url in source.article.not_articles if re.search(found.pattern, url)]
    assert [url for url in taken if "/video/" not in url and "print.php" not in url] == []


@pytest.mark.shared
def test_half_of_real_addresses_tell_the_other_half(shared):
    """Fifteen at the most make the pattern; nineteen in twenty and more of those not shown fit it."""
    hosts = defaultdict(list)
    with gzip.open(shared / "texts" / "articles_hi.jsonl.gz", "rt", encoding="utf-8") as lines:
        for url in sorted({json.loads(line)["url"] for line in lines}):
            hosts[urlsplit(url).netloc].append(url)
    hits = tried = 0
    for host, addresses in hosts.items():
        if host == "news.google.com" or len(addresses) < 10:
            continue
        random.Random(host).shuffle(addresses)
        shown, rest = (
            addresses[: min(15, len(addresses) // 2)],
            addresses[min(15, len(addresses) // 2) :],
        )
        pattern = infer_pattern(shown).pattern
        hits += sum(bool(re.search(pattern, url)) for url in rest)
        tried += len(rest)
    assert tried > 900
    assert hits >= 0.95 * tried
