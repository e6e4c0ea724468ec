"""What an article may be used for: signals of page and site, the source's permission, one verdict."""

from __future__ import annotations

import json
import time

import pytest
from rights_cases import ABSENT, URL, find, site_file, uses
from sqlite_utils import Database

from khabar.archive.rights import (
    PURPOSES,
    ArticleSignals,
    Reservation,
    SiteFile,
    SiteSignals,
    SiteVisit,
    decide_usage,
    find_archive_ban,
    find_reservations,
    load_site_file,
    summarize_robots,
)
from khabar.parsing.ai_robots import find_robots, load_robots

# --- which group is ours ---


@pytest.mark.parametrize(
    ("robots", "reserved"),
    [
        ("User-agent: Khabar\nContent-Usage: train-ai=n\n\nUser-agent: *\nContent-Usage: train-ai=y\n", {"train"}),
        ("User-agent: *\nContent-Usage: train-ai=y\n\nUser-agent: Khabar\nContent-Usage: train-ai=n\n", {"train"}),
        ("User-agent: Khabar\nContent-Usage: train-ai=y\n\nUser-agent: *\nContent-Usage: train-ai=n\n", set()),
        ("User-agent: *\nContent-Usage: train-ai=n\n\nUser-agent: Khabar\nContent-Usage: train-ai=y\n", set()),
        ("User-agent: khabar/1.0\nContent-Signal: ai-train=yes\n\nUser-agent: *\nContent-Signal: ai-train=no\n", set()),
        # two groups that name us are one
        ("User-agent: Khabar\nContent-Usage: train-ai=y\n\nUser-agent: *\nAllow: /\n\nUser-agent: Khabar\nContent-Usage: train-ai=n\n", {"train"}),
        # a name that only begins as ours is another robot
        ("User-agent: Khabar-Images\nContent-Usage: train-ai=y\n\nUser-agent: *\nContent-Usage: train-ai=n\n", {"train"}),
        ("User-agent: Kha\nContent-Usage: train-ai=n\n\nUser-agent: *\nContent-Usage: train-ai=y\n", set()),
        ("User-agent: Namunabot\nUser-agent: Khabar\nContent-Usage: train-ai=n\n", {"train"}),
        # a group that names us and says nothing: nothing is said to us
        ("User-agent: *\nContent-Usage: train-ai=n\n\nUser-agent: Khabar\nAllow: /\n", set()),
        ("Content-Usage: train-ai=n\nUser-agent: Khabar\nAllow: /\n", set()),
        ("Content-Usage: train-ai=n\nUser-agent: *\nContent-Usage: train-ai=y\n", {"train"}),
        ("User-agent: *\nContent-Usage: train-ai=y;x\n", {"train"}),
        ("User-agent: *\nContent-Signal: ai-input=no\n", {"ai-input"}),
        # Content-Usage and Content-Signal are two statements
        ("User-agent: *\nContent-Usage: train-ai=y\nContent-Signal: ai-train=no\n", {"train"}),
    ],
)  # fmt: skip
def test_only_the_group_that_is_ours_speaks(robots, reserved):
    assert uses(robots=robots) == reserved
    assert uses(robots=robots.replace("\n", "\r\n")) == reserved


@pytest.mark.parametrize(
    ("robots", "licenses"),
    [
        ("License: https://a.example/rsl.xml\nUser-agent: *\nAllow: /\n", "https://a.example/rsl.xml"),
        ("User-agent: *\nAllow: /\nLicense: /rsl.xml\n", "/rsl.xml"),
        ("User-agent: GPTBot\nDisallow: /\n\nLicense: /rsl.xml\n", "/rsl.xml"),
        ("User-agent: GPTBot\r\nDisallow: /\r\n \r\nLicense: /rsl.xml\r\n", "/rsl.xml"),
        ("User-agent: GPTBot\nDisallow: /\nLicense: /theirs.xml\n\nUser-agent: *\nAllow: /\n", ""),
        ("License: /top.xml\nUser-agent: *\nAllow: /\n\nLicense: /end.xml\n", "/top.xml, /end.xml"),
        ("License: /all.xml\nUser-agent: Khabar\nLicense: /ours.xml\n", "/ours.xml"),
        ("License: /a.xml\nLicense: /b.xml\nLicense: /a.xml\n", "/a.xml, /b.xml"),
        ("User-agent: *\nAllow: /\n", ""),
    ],
)  # fmt: skip
def test_the_licences_of_a_robots_txt(robots, licenses):
    assert summarize_robots(robots)["license"] == licenses


# --- the robots of others ---


def test_the_list_of_robots_is_dated_data():
    robots = load_robots()
    assert len(robots) >= 166 and {robot.source for robot in robots.values()} == {
        "ai.robots.txt",
        "by hand",
    }
    assert all(robot.kinds and robot.date.year >= 2026 for robot in robots.values())


RELEASED = """ai2bot amazonbot anthropic-ai applebot-extended bytespider ccbot claude-web claudebot
    cohere-ai cohere-training-data-crawler deepseekbot diffbot facebookbot google-cloudvertexbot
    google-extended gptbot img2dataset kangaroo-bot meta-externalagent mistralai-user omgili
    omgilibot pangubot panscient perplexitybot petalbot timpibot webzio-extended""".split()


@pytest.mark.parametrize(
    "name",
    [*RELEASED, "GPTBot/1.0", "gptbot 1.0", "Kangaroo Bot", "Ai2Bot-Dolma", "LAIONDownloader", "laion-huggingface-processor",
     "TikTokSpider", "ICC-Crawler", "SBIntuitionsBot", "Factset_spyderbot", "bedrockbot", "Cotoyogi", "YandexAdditional",
     "VelenPublicWebCrawler", "imageSpider", "Brightbot 1.0", "GPTBot, Otherbot", "Mozilla/5.0 (compatible; GPTBot/1.2; +x)"],
)  # fmt: skip
def test_a_bar_to_a_robot_that_trains_reserves_training(name):
    assert "train" in uses(robots=f"User-agent: {name}\nDisallow: /\n")


@pytest.mark.parametrize(
    "name", ["ChatGPT-User", "Perplexity-User/1.0", "OAI-SearchBot", "DuckAssistBot", "Claude-User"]
)
def test_a_bar_to_a_robot_that_answers_reserves_input(name):
    assert uses(robots=f"User-agent: {name}\nDisallow: /\n") == {"ai-input"}


@pytest.mark.parametrize(
    "name", ["GPT", "GPTBots", "GPTBot-Pictures", "ai", "MyGPTBot", "Kangaroo", "Code runner", ""]
)
def test_part_of_a_name_is_no_name(name):
    assert find_robots(name) == ()


def test_a_bar_to_archives_is_told_and_reserves_nothing():
    robots = "User-agent: ia_archiver\nUser-agent: archive.org_bot\nDisallow: /\n"
    assert uses(robots=robots) == set()
    assert find_archive_ban(robots) == ("archive.org_bot", "ia_archiver")
    assert summarize_robots(robots)["archives_barred"] == "archive.org_bot, ia_archiver"
    assert find_archive_ban("User-agent: ia_archiver\nDisallow: /print/\n") == ()


# --- never asked, and what cannot be read ---


def test_a_site_that_was_never_asked_is_unknown():
    told = find_reservations(ArticleSignals(URL, ({},), (SiteVisit("now", URL, SiteSignals()),)))
    assert {one.use: one.reason for one in told} == {
        "train": "unknown: the site was never asked", "ai-input": "unknown: the site was never asked"}  # fmt: skip
    asked = SiteVisit("now", URL, SiteSignals(ABSENT))
    assert (
        find_reservations(
            ArticleSignals(URL, ({},), (SiteVisit("then", URL, SiteSignals()), asked))
        )
        == ()
    )


@pytest.mark.parametrize("when", [("then", "now"), ("then",), ("now",)])
def test_what_cannot_be_read_reserves(when):
    for site in (SiteSignals(SiteFile("unreadable")), SiteSignals(ABSENT, SiteFile("unreadable"))):
        visits = tuple(SiteVisit(time, URL, site) for time in when)
        assert "train" in {one.use for one in find_reservations(ArticleSignals(URL, ({},), visits))}


@pytest.mark.parametrize(
    ("then", "now", "reason"),
    [
        ("train-ai=n", "train-ai=y", "Content-Usage in robots.txt, when it was fetched"),
        ("train-ai=y", "train-ai=n", "Content-Usage in robots.txt, now"),
        ("train-ai=n", "train-ai=n", "Content-Usage in robots.txt"),
        ("train-ai=y", "train-ai=y", None),
    ],
)
def test_the_strictest_of_then_and_now(then, now, reason):
    visits = tuple(
        SiteVisit(when, URL, SiteSignals(site_file(f"User-agent: *\nContent-Usage: {value}\n")))
        for when, value in (("then", then), ("now", now))
    )
    for order in (visits, visits[::-1]):
        told = find_reservations(ArticleSignals(URL, ({},), order))
        assert [one.reason for one in told] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("page", "kept_back"),
    [
        ({}, set()),
        ({"noai": True}, {"train", "ai-input"}),
        ({"noindex": True}, {"search"}),
        ({"nosnippet": True, "noai": True}, {"search", "train", "ai-input"}),
        ({"tdm_reservation": "1"}, {"train"}),
        ({"tdm_reservation": "0"}, set()),
        ({"content_usage": "train-ai=n"}, {"train"}),
        ({"content_usage": "train-ai=n, search=y"}, {"train"}),
        ({"content_usage": "search=n"}, {"search"}),
        ({"content_usage": "train-ai=y"}, set()),
        ({"content_usage": "nonsense"}, set()),
        ({"content_usage": "@§$"}, {"train"}),
        ({"content_signal": "ai-input=no, search=yes"}, {"ai-input"}),
        ({"content_usage": "train-ai=y", "meta_content_usage": "train-ai=n"}, {"train"}),
        ({"rsl_inline": True}, {"train", "ai-input"}),
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
        ("User-agent: Google-Extended\nDisallow: /\n# User-agent: *\n", {"train", "ai-input"}),
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
    (one,) = find(robots="User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n")
    assert one == Reservation("train", "robots.txt bars AI robots (CCBot, GPTBot)", "robots.txt")
    assert one.reason == one.signal
    many = "".join(f"User-agent: {name}\n" for name in RELEASED) + "Disallow: /\n"
    assert (
        "anthropic-ai and 25 more)"
        in next(one for one in find(robots=many) if one.use == "train").reason
    )


@pytest.mark.parametrize("permission", ["none", "written", "open"])
@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("unlicensed", [False, True])
@pytest.mark.parametrize("use", [None, "search", "train", "ai-input"])
def test_verdicts(permission, purpose, unlicensed, use):
    reserved = (Reservation(use, "said so", "page"),) if use else ()
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


@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_hides_no_group(coding):
    db = Database(memory=True)
    db["robots"].insert(
        {"id": 1, "status": 200, "body": "\ufeffUser-agent: GPTBot\nDisallow: /\n".encode(coding)}
    )
    assert uses(robots=load_site_file(db, "robots", 1).text) == {"train"}


def test_a_long_word_in_robots_txt_takes_linear_time():
    """Found by `make fuzz`: 16,000 characters took three seconds."""
    began = time.process_time()
    assert uses(robots=f"User-agent: *\nContent-Signal: {'9' * 200_000}") == set()
    assert time.process_time() - began < 2
