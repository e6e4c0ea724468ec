"""The examples of the drafts on rights signals, each read as its draft reads it or more strictly; hostile files."""

from __future__ import annotations

import json

import pytest
from rights_cases import ATTACHMENT, EXAMPLES, RSL, SIGNALS, TDMREP, URL, VOCABULARY, find, uses

from khabar.archive.rights import LicenseFile, summarize_robots
from khabar.parsing import robots as robots_parser
from khabar.parsing import rsl as rsl_parser
from khabar.parsing import tdmrep
from khabar.parsing.documents import BrokenDocument
from khabar.parsing.rsl import MAX_BYTES, evaluate_terms, parse_rsl
from khabar.parsing.usage_preferences import parse_content_signal, parse_content_usage

# --- the drafts' own examples ---


def test_the_examples_of_the_drafts_are_counted():
    assert EXAMPLES == 99


@pytest.mark.parametrize(("value", "draft", "ours"), VOCABULARY)
def test_the_examples_of_the_aipref_vocabulary(value, draft, ours):
    told = parse_content_usage(value)
    assert told == (draft if ours is None else ours)
    for use, preference in told.items():  # never laxer than the draft
        assert preference != "allowed" or draft[use] == "allowed"


@pytest.mark.parametrize(("robots", "path", "reserved"), ATTACHMENT)
def test_the_examples_of_the_aipref_attachment(robots, path, reserved):
    assert uses(robots=robots, url=f"https://www.kagaz.newsroom.test{path}") == reserved


@pytest.mark.parametrize(("value", "said"), SIGNALS)
def test_the_examples_of_content_signals(value, said):
    assert parse_content_signal(value) == said


@pytest.mark.parametrize(("body", "path", "reserved"), TDMREP)
def test_the_examples_of_tdmrep(body, path, reserved):
    told = uses(tdmrep=body, url=f"https://www.kagaz.newsroom.test{path}")
    assert told == ({"train"} if reserved else set())


@pytest.mark.parametrize(("body", "path", "reserved"), RSL)
def test_the_examples_of_rsl(body, path, reserved):
    terms = parse_rsl(body.encode())
    url = f"https://www.kagaz.newsroom.test{path}"
    assert set(evaluate_terms(terms, url, is_of_page=False)) == reserved
    assert {one.use for one in find(url=url, licenses=(LicenseFile("x", terms),))} == reserved


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>not found</body></html>",
        b"<rsl>",
        b'<rsl xmlns="https://rslstandard.org/rsl"></rsl>',
        b'<!DOCTYPE rsl [<!ENTITY a "b">]><rsl><content url="/"/></rsl>',
        b"<rsl>" + b'<content url="/"/>' * 1001 + b"</rsl>",
        b"<rsl><content url='/'/></rsl>" + b" " * MAX_BYTES,
        b"<a>" * 100_000,
    ],
)
def test_a_licence_that_cannot_be_read_is_refused_and_reserves(body):
    with pytest.raises(BrokenDocument):
        parse_rsl(body)
    assert {one.use for one in find(licenses=(LicenseFile("x"),))} == {"train", "ai-input"}


def test_a_licence_in_a_feed():
    feed = """<?xml version="1.0"?><rss version="2.0" xmlns:rsl="https://rslstandard.org/rsl"
      xmlns:media="http://search.yahoo.com/mrss/"><channel><media:content url="/x.jpg"/>
      <item><link>/news/1.html</link><rsl:content url="/news/1.html"><rsl:license>
      <rsl:prohibits type="usage">ai-train</rsl:prohibits></rsl:license></rsl:content></item></channel></rss>"""
    terms = parse_rsl(feed.encode(), is_feed=True)
    assert set(evaluate_terms(terms, URL, is_of_page=False)) == {"train"}
    assert parse_rsl(b"<rss><channel/></rss>", is_feed=True) == ()
    bare = feed.replace('<rsl:content url="/news/1.html">', "").replace("</rsl:content>", "")
    assert set(evaluate_terms(parse_rsl(bare.encode(), is_feed=True), URL, is_of_page=False)) == {
        "train"
    }


# --- hostile files cost linear work ---


class CountedText(str):
    """A path that counts the characters that searches in it may look at."""

    looked_at = 0

    def find(self, part, *place):
        CountedText.looked_at += len(self) - (place[0] if place else 0)
        return super().find(part, *place)


@pytest.mark.parametrize("stars", [100, 200, 400])
def test_a_pattern_of_stars_costs_at_most_its_parts_times_the_path(stars):
    pattern = robots_parser.compile_pattern("/" + "a*" * stars + "b")
    CountedText.looked_at = 0
    assert not pattern.matches(CountedText("/" + "a" * 2000))
    assert 0 < CountedText.looked_at <= (stars + 1) * 2001


@pytest.mark.parametrize("rules", [500, 1000, 2000])
def test_a_hostile_tdmrep_costs_its_rules_times_the_path(rules, monkeypatch):
    body = json.dumps([{"location": "/*a*a*a*b", "tdm-reservation": 1}] * rules)
    path = "/" + "a" * 1000
    CountedText.looked_at = 0
    assert not tdmrep.is_path_reserved(body, CountedText(path))
    assert 0 < CountedText.looked_at <= rules * 5 * len(path)


@pytest.mark.parametrize("contents", [250, 500, 1000])
def test_a_hostile_licence_costs_its_contents_times_the_path(contents, monkeypatch):
    body = "<rsl>" + '<content url="/*a*a*a*b"/>' * contents + "</rsl>"
    url = "https://www.kagaz.newsroom.test/" + "a" * 1000
    monkeypatch.setattr(rsl_parser, "encode_path", lambda url: CountedText("/" + "a" * 1000))
    CountedText.looked_at = 0
    assert evaluate_terms(parse_rsl(body.encode()), url, is_of_page=False) == {}
    assert 0 < CountedText.looked_at <= contents * 5 * 1001


@pytest.mark.parametrize(
    "body",
    [
        "Content-Usage: " + "a=(" * 200_000,
        "Content-Usage: " + 'train-ai="' + "\\" * 400_000,
        "Content-Usage: " + "train-ai;" * 60_000,
        "Content-Signal: " + "ai-train=," * 50_000,
        "User-agent: " + "GPTBot/" * 70_000,
        "User-agent: *\n" + "Content-Usage: /*a*a*a*b train-ai=y\n" * 10_000,
        "License: /x\n" * 40_000,
    ],
)
def test_a_hostile_robots_txt_is_cut_and_read_once(body, monkeypatch):
    """Lines are cut at MAX_LINE, licences are five, and what is parsed is cached."""
    assert len(body) > robots_parser.MAX_LINE
    parsed = []
    monkeypatch.setattr("khabar.archive.rights.robots_rules.parse_robots", lambda text: parsed.append(text) or robots_parser.parse_robots(text))  # fmt: skip
    for number in range(3):
        find(robots=body, url=f"{URL}?{number}")
    assert len(parsed) <= 1
    assert summarize_robots(body)["license"].count("/x") <= 1
