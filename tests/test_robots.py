"""robots.txt as RFC 9309 has it: every way it can be answered, how long an answer counts, how often it is asked for."""

from __future__ import annotations

import asyncio
import gzip
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from middleware_fixtures import HOME, NOW, FakeSession, crawler_of, refusal
from rfc9309 import allows
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from crawler.addon import build_user_agent
from crawler.middlewares.robots import USER_AGENT_TOKEN, RobotsGuard, RobotsResponse, parse_rules
from crawler.refused import RequestBlocked
from khabar.model.items import Outcome
from khabar.parsing.robots import MAX_BYTES, MAX_LINE, parse_robots

DISALLOW = b"User-agent: *\nDisallow: /\n"
AT = f"{HOME}/robots.txt"
ELSEWHERE = "https://rules.example/robots.txt"
CASES = {
    # what robots.txt answers → how a page's request ends
    "allows": ({AT: (200, b"User-agent: *\nAllow: /\n", {})}, None),
    "disallows": ({AT: (200, DISALLOW, {})}, Outcome.ROBOTS),
    "empty": ({AT: (200, b"", {})}, None),
    "204": ({AT: (204, b"", {})}, None),
    "503": ({AT: (503, b"User-agent: *\nAllow: /\n", {})}, Outcome.UNREACHABLE),
    "500": ({AT: (500, b"", {})}, Outcome.UNREACHABLE),
    "429": ({AT: (429, b"", {})}, Outcome.UNREACHABLE),
    "408": ({AT: (408, b"", {})}, Outcome.UNREACHABLE),
    "timeout": ({AT: DownloadTimeoutError()}, Outcome.UNREACHABLE),
    "refused": ({AT: DownloadConnectionRefusedError()}, Outcome.UNREACHABLE),
    "reset": ({AT: ResponseDataLossError()}, Outcome.UNREACHABLE),
    "no such host": ({AT: CannotResolveHostError()}, Outcome.UNREACHABLE),
    "endless": ({AT: DownloadCancelledError()}, Outcome.UNREACHABLE),
    "compressed bomb": ({AT: IgnoreRequest("DOWNLOAD_MAXSIZE")}, Outcome.UNREACHABLE),
    "html": ({AT: (200, b"<html><body><h1>Welcome</h1></body></html>", {})}, None),
    "404 that disallows": ({AT: (404, DISALLOW, {})}, None),
    "403 that disallows": ({AT: (403, DISALLOW, {})}, None),
    "410": ({AT: (410, b"", {})}, None),
    "redirect that disallows": (
        {AT: (301, b"", {"Location": ELSEWHERE}), ELSEWHERE: (200, DISALLOW, {})},
        Outcome.ROBOTS,
    ),
    "redirect that allows": (
        {AT: (302, DISALLOW, {"Location": ELSEWHERE}), ELSEWHERE: (200, b"", {})},
        None,
    ),
    "redirect to a 503": (
        {AT: (302, b"", {"Location": ELSEWHERE}), ELSEWHERE: (503, b"", {})},
        Outcome.UNREACHABLE,
    ),
    "redirect loop": ({AT: (302, b"", {"Location": "/robots.txt"})}, None),
    "redirect to nowhere": ({AT: (302, b"", {})}, Outcome.UNREACHABLE),
    "redirect to a file": (
        {AT: (302, b"", {"Location": "file:///etc/robots.txt"})},
        Outcome.UNREACHABLE,
    ),
    "redirect to mail": ({AT: (302, b"", {"Location": "mailto:a@b.example"})}, Outcome.UNREACHABLE),
    "redirect to no address": ({AT: (302, b"", {"Location": "http://[x/"})}, Outcome.UNREACHABLE),
    "redirect guarded": (
        {
            AT: (302, b"", {"Location": ELSEWHERE}),
            ELSEWHERE: RequestBlocked(Outcome.BLOCKED_ADDRESS, "10.0.0.1"),
        },
        Outcome.UNREACHABLE,
    ),
    "304": ({AT: (304, b"", {})}, Outcome.UNREACHABLE),
    "disallows after 500 KB": ({AT: (200, b"# padding\n" * 52_000 + DISALLOW, {})}, None),
    "disallows before 500 KB": (
        {AT: (200, DISALLOW + b"# padding\n" * 52_000, {})},
        Outcome.ROBOTS,
    ),
    "byte order mark": ({AT: (200, b"\xef\xbb\xbf" + DISALLOW, {})}, Outcome.ROBOTS),
    "not UTF-8": ({AT: (200, b"# \xff\xfe\n" + DISALLOW, {})}, Outcome.ROBOTS),
    "carriage returns": ({AT: (200, DISALLOW.replace(b"\n", b"\r"), {})}, Outcome.ROBOTS),
    "us by name": (
        {AT: (200, b"User-agent: khabar\nDisallow: /\n\nUser-agent: *\nAllow: /\n", {})},
        Outcome.ROBOTS,
    ),
    "others by name": ({AT: (200, b"User-agent: GPTBot\nDisallow: /\n", {})}, None),
    "a wildcard": ({AT: (200, b"User-agent: *\nDisallow: /*-1$\n", {})}, Outcome.ROBOTS),
    "a longer allow": ({AT: (200, b"User-agent: *\nDisallow: /\nAllow: /khabar\n", {})}, None),
    "garbage": ({AT: (200, bytes(range(256)) * 40, {})}, None),
}


@pytest.mark.parametrize(("answers", "outcome"), CASES.values(), ids=CASES)
def test_robots(answers, outcome):
    guard = RobotsGuard(crawler_of(FakeSession(), answers))
    refused = refusal(guard, f"{HOME}/khabar-1")
    assert (refused and refused.outcome) == outcome
    assert not refused or bool(refused.retry_at) == (outcome is Outcome.UNREACHABLE)


@pytest.mark.parametrize(("answers", "outcome"), CASES.values(), ids=CASES)
def test_the_next_run_remembers_what_robots_said(answers, outcome):
    desk = FakeSession()
    refusal(RobotsGuard(crawler_of(desk, answers)), f"{HOME}/khabar-1")
    desk.clock += timedelta(minutes=59)
    later = crawler_of(desk)
    refused = refusal(RobotsGuard(later), f"{HOME}/khabar-1")
    assert (refused and refused.outcome) == outcome
    assert later.engine.asked == []


def test_a_rule_cut_in_two_is_no_rule():
    body = b"User-agent: *\n" + b"#" * (MAX_BYTES - 14 - 12) + b"\nDisallow: /private/only\n"
    assert body[:MAX_BYTES].endswith(b"\nDisallow: /")
    assert (
        refusal(RobotsGuard(crawler_of(FakeSession(), {AT: (200, body, {})})), f"{HOME}/khabar-1")
        is None
    )


def test_robots_is_asked_once_however_many_wait():
    crawler = crawler_of(FakeSession(), {AT: (200, b"", {})})
    guard = RobotsGuard(crawler)

    async def many():
        await asyncio.gather(
            *(guard.process_request(Request(f"{HOME}/khabar-{n}")) for n in range(30))
        )

    asyncio.run(many())
    assert crawler.engine.asked == [AT]


@pytest.mark.parametrize(
    ("answer", "after", "asked_again"),
    [
        ((200, b"", {}), timedelta(hours=23, minutes=59), False),
        ((200, b"", {}), timedelta(hours=24), True),
        ((404, b"", {}), timedelta(hours=24), True),
        ((503, b"", {}), timedelta(minutes=59), False),
        ((503, b"", {}), timedelta(hours=1), True),
        (DownloadTimeoutError(), timedelta(hours=1), True),
    ],
)
def test_how_long_an_answer_counts(answer, after, asked_again):
    desk = FakeSession()
    crawler = crawler_of(desk, {AT: answer})
    guard = RobotsGuard(crawler)

    async def twice():
        for _ in range(2):
            with suppress(RequestBlocked):
                await guard.process_request(Request(f"{HOME}/khabar-1"))
            desk.clock += after

    asyncio.run(twice())
    assert crawler.engine.asked == [AT] * (1 + asked_again)


def test_each_origin_has_its_own_rules():
    others = (
        "http://www.prabhat.example",
        "https://m.prabhat.example",
        "https://www.prabhat.example:8443",
    )
    answers = {AT: (200, DISALLOW, {})} | {
        f"{origin}/robots.txt": (200, b"", {}) for origin in others
    }
    crawler = crawler_of(FakeSession(), answers)
    guard = RobotsGuard(crawler)
    assert refusal(guard, f"{HOME}/khabar-1")
    assert [refusal(guard, f"{origin}/khabar-1") for origin in others] == [None] * 3
    assert crawler.engine.asked == list(answers)


def test_a_fault_of_our_own_is_not_remembered():
    desk = FakeSession()
    crawler = crawler_of(desk, {AT: (200, b"", {})})
    guard = RobotsGuard(crawler)

    async def ask():
        desk.save_site_file = None  # the archive is locked, say
        with pytest.raises(TypeError):
            await guard.process_request(Request(f"{HOME}/khabar-1"))
        del desk.save_site_file
        await guard.process_request(Request(f"{HOME}/khabar-1"))

    asyncio.run(ask())
    assert crawler.engine.asked == [AT, AT]


@pytest.mark.parametrize(
    ("told", "delay"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("86400", 300),
        ("nan", None),
        ("-3", None),
        ("0", None),
        ("soon", None),
        ("2\nUser-agent: Khabar/2\nCrawl-delay: 5\nUser-agent: khabar\nCrawl-delay: 4", 5),
    ],
)
def test_crawl_delay_reaches_the_desk(told, delay):
    desk = FakeSession()
    body = f"User-agent: *\nCrawl-delay: {told}\n".encode()
    assert refusal(RobotsGuard(crawler_of(desk, {AT: (200, body, {})})), f"{HOME}/khabar-1") is None
    assert desk.slowed == ([("www.prabhat.example", delay)] if delay else [])


# --- whose group it is ---

OURS = """Khabar khabar KHABAR Khabar/1.0 Khabar/0.1.0-dev Khabar* Khabar;x Khabar2""".split()
OTHERS = (
    """k kha KhabarLahariya Khabar-News my-khabar khaba 2Khabar *Khabar Mozilla/5.0 प्रभात""".split()
)


def is_open(body: bytes | str, url: str = f"{HOME}/khabar-1") -> bool:
    """Does the guard let a request out under this robots.txt?"""
    body = body.encode() if isinstance(body, str) else body
    return parse_rules(RobotsResponse(200, body), NOW).find_refusal(url) is None


@pytest.mark.parametrize("name", [*OURS, "Khabar  # us", "khabar (Hindi)", build_user_agent("https://khabar.example/bot")])  # fmt: skip
def test_our_group_is_the_one_that_names_our_whole_token(name):
    assert not is_open(f"User-agent: *\nAllow: /\n\nUser-agent: {name}\nDisallow: /\n")
    assert is_open(f"User-agent: {name}\nAllow: /\n\nUser-agent: *\nDisallow: /\n")


@pytest.mark.parametrize("name", [*OTHERS, ""])
def test_a_group_for_others_is_not_ours(name):
    assert is_open(f"User-agent: {name}\nDisallow: /\n")
    assert not is_open(f"User-agent: {name}\nAllow: /\n\nUser-agent: *\nDisallow: /\n")


GROUPS = {
    # robots.txt → may we ask for /khabar-1?
    "ours are merged": ("User-agent: Khabar\nAllow: /k\n\nUser-agent: a\n\nUser-agent: khabar/2\nDisallow: /kh", False),
    "everybody's are merged": ("User-agent: *\nAllow: /k\n\nUser-agent: * # all\nDisallow: /kh", False),
    "an empty one of ours": ("User-agent: *\nDisallow: /\n\nUser-agent: Khabar\nDisallow:", True),
    "one without rules": ("User-agent: *\nDisallow: /\n\nUser-agent: Khabar", True),
    "several names": ("User-agent: a\nUser-agent: Khabar\nUser-agent: b\nDisallow: /", False),
    "everybody and a word": ("User-agent: * (all robots)\nDisallow: /", False),
    "a star and letters": ("User-agent: *bot\nDisallow: /", True),
    "rules of nobody": ("Disallow: /\n\nUser-agent: *\nAllow: /", True),
    "an empty rule ends the names": ("User-agent: a\nDisallow:\nUser-agent: Khabar\nDisallow: /", False),
    "an empty rule of others": ("User-agent: Khabar\nDisallow:\nUser-agent: a\nDisallow: /", True),
    "a sitemap between names": ("User-agent: Khabar\nSitemap: /s.xml\nUser-agent: a\nDisallow: /", False),
    "another line between names": ("User-agent: Khabar\nHost: x\nUser-agent: a\nDisallow: /", False),
    "a sitemap between rules": ("User-agent: Khabar\nAllow: /a\nSitemap: /s.xml\nDisallow: /", False),
    "misspelt": ("useragent: Khabar\nDissallow: /", False),
    "misspelt too": ("User Agent : Khabar\nDisalow : /", False),
    "without colons": ("user-agent Khabar\nDisallow\t/", False),
    "without colons, with spaces": ("User  agent *\nDisallow  /  # all", False),
    "a sentence": ("User-agent: *\nDisallow / for robots", True),
    "any case": ("USER-AGENT:KHABAR\nDISALLOW:/", False),
    "indented": (" \t User-agent: *\n\t Disallow: /\r\n", False),
    "a word that begins alike": ("User-agent: *\nDisallowed: /", True),
    "a line without end": (f"User-agent: *\nDisallow: /{'x' * MAX_LINE}/only", True),
    "a comment without end": (f"#{'x' * MAX_BYTES}".replace("x" * 99, "x" * 98 + "\n")[:MAX_BYTES - 99] + "\nUser-agent: *\nDisallow: /", False),
}  # fmt: skip


@pytest.mark.parametrize(("text", "may"), GROUPS.values(), ids=GROUPS)
def test_groups(text, may):
    assert is_open(text) is may


def test_other_lines_belong_to_the_robots_named_right_before_them():
    robots = parse_robots("License: l\nX-w: w\nUser-agent: a\nContent-Signal: s\nUser-agent: b\nDisallow: /\nX-y: z")  # fmt: skip
    (a,), (b,) = (robots.find_groups(agent) for agent in "AB")
    assert (a.others, b.others, robots.groups[0].others) == (
        [("content-signal", "s")],
        [("x-y", "z")],
        [("x-w", "w")],
    )
    assert a.rules is b.rules and len(b.rules) == 1
    assert robots.licenses == ("l",)


# --- what a rule matches ---

RULES = [
    # rules (d: disallow, a: allow), path, may we ask for it?
    ("d /khabar/%E0%A4", "/khabar/%E0%A4%B0%E0%A4%BE", False),
    ("d /khabar/%e0%a4", "/khabar/रा", False),
    ("d /khabar/%E0%A", "/khabar/रा", False),
    ("d /khabar/%E0%", "/khabar/रा", False),
    ("d /*/%e0%a", "/khabar/रा", False),
    ("d /khabar/%E0%A", "/khabar/ÿ", True),
    ("d /khabar/%E0%A4", "/khabar/", True),
    ("d /khabar/%E0%A4$", "/khabar/रा", True),
    (b"d /khabar/\xe0\xa4", "/khabar/रा", False),
    (b"d /khabar/\xe0", "/khabar/रा", False),
    ("d /खबर/", "/%e0%a4%96%E0%A4%AC%E0%A4%B0/1", False),
    ("d /100%", "/100%-sach", False),
    ("d /100%a", "/100%aam", False),
    ("d /100%a", "/100%25aam", False),
    ("d /%6bhabar", "/khabar", False),
    ("d /a%2Fb", "/a/b", True),
    ("d /a%2fb", "/a%2Fb", False),
    ("d /a%2ab", "/a*b", False),
    ("d /a$b", "/a$b", False),
    ("d /*.php$", "/a.php", False),
    ("d /*.php$", "/a.php?x=1", True),
    ("d /*a*aa$", "/baaa", False),
    ("d /*aa*aa$", "/baaa", True),
    ("d /*?q=", "/a?q=हिंदी", False),
    ("d /*?", "/a?", False),
    ("d /*?", "/a#?", True),
    ("d *", "/a", False),
    ("d $", "/", True),
    ("d /$", "/", False),
    ("d a", "/a", True),
    ("d /a, a /a", "/ab", True),
    ("d /a, a /", "/ab", False),
    ("d /अ, a /%E0%A4", "/अ", False),
    ("d /%E0%A, a /%E0%A4", "/अ", True),
    ("d /a*****, a /abc", "/abcd", False),
    ("d /", "/robots.txt", True),
    ("d /b", "/a/../b", False),
]


@pytest.mark.parametrize(("rules", "path", "may"), RULES)
def test_what_a_rule_matches(rules, path, may):
    rules = rules.encode() if isinstance(rules, str) else rules
    lines = [rule.strip().split(b" ") for rule in rules.split(b",")]
    names = {b"a": b"Allow", b"d": b"Disallow"}
    body = b"\n".join([b"User-agent: *", *(names[name] + b": " + rule for name, rule in lines)])
    assert is_open(body, HOME + path) is may


PIECES = ["a", "b", "ab", "/", "/", "*", "$", "%61", "%e0%a4", "ह", "%2F", "%2a", "%", "%E", ".html", "?", " "]  # fmt: skip
paths = st.lists(st.sampled_from(PIECES), max_size=6).map(lambda pieces: "/" + "".join(pieces))
LINES = [*(f"User-agent: {name}" for name in ("*", "Khabar", "khabar/2", "kha", "* all")), "", "# x", "Sitemap: /s", "Crawl-delay: 1", "Disallow:"]  # fmt: skip
lines = st.one_of(
    st.sampled_from(LINES),
    st.builds("{}: {}".format, st.sampled_from(["Allow", "Disallow", "disallow"]), paths),
)


@given(st.lists(lines, max_size=12).map("\n".join), st.lists(paths, min_size=1, max_size=8))
def test_any_file_says_to_us_what_the_rfc_says(text, asked):
    for start in ("", "User-agent: *\n"):
        for path in asked:
            url = HOME + path.replace(" ", "%20")
            assert is_open(start + text, url) is allows(start + text, USER_AGENT_TOKEN, url)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(body):
    for start in (b"", b"\x1f\x8b\x08", b"\xff\xfe", b"User-agent: *\nDisallow:"):
        parse_robots(start + body).select_rules("Khabar").allows_url(HOME)


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/" + "*a" * 2000 + "b", "/" + "a" * 2000),
        ("/" + "*aaaaaaaab" * 200 + "$", "/" + "aaaaaaaab" * 100),
        ("/" + "*" * 9000 + "b$", "/" + "ab" * 1000 + "a"),
    ],
    ids=["stars", "long parts", "only stars"],
)
def test_a_hostile_rule_takes_no_time(rule, path):
    line = f"Disallow: {rule}\n"
    body = "User-agent: *\n" + line * (MAX_BYTES // len(line))
    began = time.process_time()
    assert is_open(body, HOME + path)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("pair", ["User-agent: Khabar\nX: y\n", "User-agent: k{n}\n", ":\n", "x:y\n"])  # fmt: skip
def test_a_hostile_file_takes_no_time(pair):
    body = "".join(pair.format(n=n) for n in range(MAX_BYTES // len(pair) - 99)) + "Disallow: /x\n"
    began = time.process_time()
    assert is_open(body)
    assert time.process_time() - began < 2


# --- what the bytes are wrapped in ---

TEXT = DISALLOW.decode()
LONG = (
    TEXT + "# padding ऊ\n" * 60_000 + "Allow: /khabar\n"
)  # ऊ has the byte of a line feed in UTF-16
WRAPPED = {
    "gzip": gzip.compress(DISALLOW),
    "gzip cut short": gzip.compress(DISALLOW + bytes(range(256)) * 99)[:-9],
    "gzip of 500 KB and more": gzip.compress(LONG.encode()),
    "gzip bomb": gzip.compress(DISALLOW + bytes(50_000_000)),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-16 of 500 KB and more": LONG.encode("utf-16"),
    "UTF-16 of 500 KB and more, big end first": b"\xfe\xff" + LONG.encode("utf-16-be"),
    "UTF-16 with half a letter": TEXT.encode("utf-16") + b"x",
    "gzip of UTF-16": gzip.compress(TEXT.encode("utf-16")),
    "gzip with a byte order mark": gzip.compress(b"\xef\xbb\xbf" + DISALLOW),
}


@pytest.mark.parametrize("body", WRAPPED.values(), ids=WRAPPED)
def test_rules_are_read_whatever_they_are_wrapped_in(body):
    desk = FakeSession()
    for crawler in (crawler_of(desk, {AT: (200, body, {})}), crawler_of(desk)):
        assert refusal(RobotsGuard(crawler), f"{HOME}/khabar-1").outcome is Outcome.ROBOTS
    assert len(desk.robots[HOME][1]) <= MAX_BYTES + 1


@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_rule_cut_in_two_is_no_rule_in_any_coding(coding):
    head, letter = "\ufeffUser-agent: *\nDisallow: /private\n#".encode(coding), "x".encode(coding)
    rule = "\nDisallow: /".encode(coding)
    body = head + letter * ((MAX_BYTES - len(head) - len(rule)) // len(letter)) + rule
    body += "khabar-2\n".encode(coding)
    for wrapped in (body, gzip.compress(body)):
        assert is_open(wrapped)
        assert not is_open(wrapped, f"{HOME}/private")
