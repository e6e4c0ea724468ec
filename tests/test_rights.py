"""What an article may be used for: signals of page and site, the source's permission, one verdict."""

from __future__ import annotations

import json
import time

import pytest
from sqlite_utils import Database

from khabar.archive.rights import (
    PURPOSES,
    Reservation,
    SiteFiles,
    decide_usage,
    find_reservations,
    load_site_file,
    parse_preferences,
)

URL = "https://www.kagaz.newsroom.test/news/1.html"


def uses(page=None, robots="", tdmrep="", url=URL):
    return {one.use for one in find_reservations(page or {}, SiteFiles(robots, tdmrep), url)}


@pytest.mark.parametrize(
    ("page", "kept_back"),
    [
        ({}, set()),
        ({"noai": True}, {"train"}),
        ({"noindex": True}, {"search"}),
        ({"nosnippet": True, "noai": True}, {"search", "train"}),
        ({"tdm_reservation": "1"}, {"train"}),
        ({"tdm_reservation": "0"}, set()),
        ({"content_usage": "train-ai=n"}, {"train"}),
        ({"content_usage": "train-ai=n, search=y"}, {"train"}),
        ({"content_usage": "search=n"}, {"search"}),
        ({"content_usage": "train-ai=y"}, set()),
        ({"content_usage": "nonsense"}, set()),
        ({"license": "https://example.org/l", "max_snippet": 50}, set()),
    ],
)
def test_what_a_page_says(page, kept_back):
    assert uses(page) == kept_back


@pytest.mark.parametrize(
    ("robots", "kept_back"),
    [
        (
            "User-agent: *\nDisallow: /\n",
            set(),
        ),  # not a word on use; the crawler would not have been there
        ("User-agent: GPTBot\nDisallow: /\n", {"train"}),
        ("User-agent: gptbot\nUser-agent: CCBot\nDisallow: /news/\n", {"train"}),
        ("User-agent: GPTBot\nDisallow: /video/\n", set()),
        ("User-agent: GPTBot\nDisallow: /\nAllow: /news/\n", set()),
        ("User-agent: GPTBot\nDisallow: /news/*.html$\n", {"train"}),
        ("User-agent: GPTBot\nDisallow:\n", set()),
        ("User-agent: Googlebot\nDisallow: /\n", set()),
        ("User-agent: GPTBot/1.2\nDisallow: /\n", {"train"}),
        ("User-agent: AI2Bot\nDisallow: /\n", {"train"}),
        ("User-agent: ai\nUser-agent: GPT\nDisallow: /\n", set()),
        ("useragent: GPTBot\nDisalow: /\n", {"train"}),
        ("User-agent: GPTBot\nContent-Signal: ai-train=no\nUser-agent: *\nAllow: /\n", set()),
        ("User-agent: Google-Extended\nDisallow: /\n# User-agent: *\n", {"train"}),
        ("User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n", {"train"}),
        ("User-agent: *\nContent-Signal: search=no, ai-train=yes\n", {"search"}),
        ("User-agent: Otherbot\nContent-Signal: ai-train=no\n", set()),
        ("User-agent: *\nContent-Usage: train-ai=n\n", {"train"}),
        ("User-agent: *\nContent-Usage: /video/ train-ai=n\n", set()),
        ("User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /news/ train-ai=y\n", set()),
        ("Sitemap: https://x/s.xml\nContent-Usage: /news/ train-ai=n\n", {"train"}),
        ("", set()),
        ("<html>not found</html>", set()),
    ],
)
def test_what_robots_txt_says_of_use(robots, kept_back):
    assert uses(robots=robots) == kept_back


HINDI_URL = "https://www.kagaz.newsroom.test/हिंदी/1.html"


@pytest.mark.parametrize(
    ("url", "rules", "kept_back"),
    [
        (HINDI_URL, "Disallow: /हिंदी/", {"train"}),
        (HINDI_URL, "Disallow: /%E0%A4%B9%E0%A4%BF%E0%A4%82%E0%A4%A6%E0%A5%80/", {"train"}),
        (HINDI_URL, "Disallow: /%e0%a4%b9%e0%a4%bf%e0%a4%82%e0%a4%a6%e0%a5%80/*.html$", {"train"}),
        (HINDI_URL, "Disallow: /%e0%a4%b9", {"train"}),
        (HINDI_URL, "Disallow: /%e0%a", {"train"}),
        (HINDI_URL, "Disallow: /खेल/", set()),
        # the longest rule is counted in octets, however each of them is written
        (HINDI_URL, "Disallow: /%E0%A4%B9\nAllow: /हिंदी/", set()),
        (HINDI_URL, "Allow: /%E0%A4%B9\nDisallow: /हिंदी/", {"train"}),
        (HINDI_URL, "Content-Usage: /हिंदी/ train-ai=n", {"train"}),
        (HINDI_URL, "Content-Usage: /हिंदी/ train-ai=n\nContent-Usage: /%E0%A4 train-ai=y", {"train"}),
        (URL + "?q=हिंदी", "Disallow: /*?q=हिं", {"train"}),
        (URL, "Disallow: /%6eews/", {"train"}),
        (URL, "Disallow: /news%2F1.html", set()),
        ("https://x.test/a*b$c", "Disallow: /a%2Ab%24c", {"train"}),
        ("https://x.test/a$b", "Disallow: /a$b", {"train"}),
        ("https://x.test/100%", "Disallow: /100%$", {"train"}),
    ],
)  # fmt: skip
def test_rules_of_robots_txt_and_paths_are_percent_encoded_alike(url, rules, kept_back):
    """RFC 9309, sections 2.2.2 and 2.2.3."""
    assert uses(robots=f"User-agent: GPTBot\nUser-agent: *\n{rules}\n", url=url) == kept_back


@pytest.mark.parametrize(
    ("rules", "kept_back"),
    [
        ([{"location": "/", "tdm-reservation": 1}], {"train"}),
        ([{"location": "/*", "tdm-reservation": 1, "tdm-policy": "https://x/p"}], {"train"}),
        ([{"location": "/video/", "tdm-reservation": 1}], set()),
        (
            [{"location": "/news/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}],
            set(),
        ),
        ([{"location": "/", "tdm-reservation": 7}], set()),
        ([], set()),
    ],
)
def test_what_tdmrep_says(rules, kept_back):
    assert uses(tdmrep=json.dumps(rules)) == kept_back


@pytest.mark.parametrize(
    ("url", "location", "kept_back"),
    [
        (HINDI_URL, "/हिंदी/", {"train"}),
        (HINDI_URL, "/%e0%a4%b9*.html$", {"train"}),
        (HINDI_URL, "/खेल/", set()),
        (URL, "/news/1.html$", {"train"}),
        (URL, "/news/1$", set()),
        (URL, "/new?/", set()),
    ],
)
def test_a_location_of_tdmrep_is_matched_as_a_rule_of_robots_txt(url, location, kept_back):
    rules = [{"location": location, "tdm-reservation": 1}]
    assert uses(tdmrep=json.dumps(rules), url=url) == kept_back


@pytest.mark.parametrize(
    "body", ["<html>", "{}", "[1]", '[{"location": 3}]', "null", "", "not here"]
)
def test_what_is_no_tdmrep_reserves_nothing(body):
    assert uses(tdmrep=body) == set()


@pytest.mark.parametrize(
    "body",
    [
        '[{"location": "/else", "tdm-reservation": 0}',
        "[" * 5000,
        '[{"location": "/else", "x": ' + '{"x": ' * 5000,
        '{"tdm-reservation": 1}',
        "[\ud800]",
    ],
)
def test_a_tdmrep_that_cannot_be_read_reserves_everything(body):
    assert uses(tdmrep=body) == {"train"}


def test_a_page_s_word_outweighs_its_site_s_file():
    assert (
        uses({"tdm_reservation": "0"}, tdmrep='[{"location": "/", "tdm-reservation": 1}]') == set()
    )
    assert uses({"tdm_reservation": "1"}, tdmrep='[{"location": "/", "tdm-reservation": 0}]') == {
        "train"
    }


def test_a_reason_is_told():
    (one,) = find_reservations(
        {}, SiteFiles("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n"), URL
    )
    assert one == Reservation("train", "robots.txt bars AI robots (ccbot, gptbot)")


@pytest.mark.parametrize("permission", ["none", "written", "open"])
@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("unlicensed", [False, True])
@pytest.mark.parametrize("use", [None, "search", "train"])
def test_verdicts(permission, purpose, unlicensed, use):
    reserved = (Reservation(use, "said so"),) if use else ()
    told = decide_usage(purpose, permission, reserved, allow_unlicensed=unlicensed)
    if permission == "written":
        assert told.extent == "all"
    elif use == purpose:
        assert (told.extent, told.reason) == ("nothing", "said so")
    elif purpose == "train" and permission == "none" and not unlicensed:
        assert told.extent == "metadata"
    else:
        assert told.extent == "all"
    assert told.reason


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("train-ai=n", {"train": False}),
        ("TRAIN-AI=?0, search=?1", {"train": False, "search": True}),
        ("ai-train=no;search=yes", {"train": False, "search": True}),
        ("ai-input=no", {}),
        ("train-ai", {}),
        ("", {}),
    ],
)
def test_preferences(value, said):
    assert parse_preferences(value) == said


@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_hides_no_group(coding):
    db = Database(memory=True)
    db["robots"].insert(
        {"id": 1, "status": 200, "body": "\ufeffUser-agent: GPTBot\nDisallow: /\n".encode(coding)}
    )
    assert uses(robots=load_site_file(db, "robots", 1)) == {"train"}


def test_a_long_word_in_robots_txt_takes_linear_time():
    """Found by `make fuzz`: 16,000 characters took three seconds."""
    began = time.process_time()
    assert uses(robots=f"User-agent: *\nContent-Signal: {'9' * 200_000}") == set()
    assert time.process_time() - began < 2
