"""A run in which most pages of a host end alike is the host's incident: it is reported once and ends no page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from raw_site import RawSite, http, rss, serving, story
from test_one_bad_answer import CHALLENGE, LOGIN, MAINTENANCE

from khabar.archive.frontier import incidents
from khabar.archive.frontier.incidents import Ending, RunEndings, find_incident

NEW, OLD = range(6, 12), range(6)
PORTAL = "<html><head><title>वाई-फ़ाई</title></head><body><h1>नेटवर्क में प्रवेश करें</h1><a href=/ok>ठीक है</a></body></html>"
# How every page of a newspaper answers on the bad day.
KINDS = {
    "moved": lambda path: http(b"", 302, Location="/maintenance"),
    "home": lambda path: http(b"", 301, Location="/"),
    "login": lambda path: http(b"", 302, Location=f"/login?next={path}"),
    "lost": lambda path: http(b"no", 404),
    "gone": lambda path: http(b"no", 410),
    "empty": lambda path: http(),
    "challenge": lambda path: http(f"{CHALLENGE}<!-- {path} -->"),
    "portal": lambda path: http(PORTAL),
    "locked": lambda path: http(b"pay", 402),
}
TWO_A_RUN = "sparse"  # a newspaper with two new pages a run


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[RawSite]:
    """A good day, an hour with a bad run, and the hours after it."""
    with serving(tmp_path_factory.mktemp("incidents") / "x") as site:
        site.bad = False
        site.named = list(OLD)

        def add(key, answer):
            host = site.add(key)

            def page(path, headers):
                if path == "/feed.xml":
                    newest = (
                        site.named if key != TWO_A_RUN else [n for n in site.named if n % 3 < 2]
                    )
                    return rss(host, *(f"/news/{n}" for n in newest))
                if path.startswith("/news/"):
                    return answer(path) if site.bad and answer else http(story(int(path[6:])))
                if path.startswith("/login"):
                    return http(LOGIN)
                return http(MAINTENANCE) if path in ("/maintenance", "/") else None

            site.on(host, "*", page)

        for key, answer in KINDS.items():
            add(key, answer)
        add(TWO_A_RUN, KINDS["lost"])
        add("well", None)
        site.runs = [site.khabar("crawl")]
        site.wait(hours=2)
        site.bad, site.named = True, [*OLD, *NEW[:2]]
        site.runs.append(site.khabar("crawl"))
        site.wait(hours=1)
        site.named = [*OLD, *NEW]
        site.runs.append(site.khabar("crawl"))
        site.during = dict(site.rows("select source || ' ' || coalesce(outcome, state), count(*) from pages where kind = 'page' group by 1"))  # fmt: skip
        site.bad = False
        for hours in (1, 6):
            site.wait(hours=hours)
            site.runs.append(site.khabar("crawl"))
        yield site


@pytest.mark.parametrize("key", [*KINDS, TWO_A_RUN, "well"])
def test_no_article_is_lost(site: RawSite, key):
    named = [n for n in (*OLD, *NEW) if key != TWO_A_RUN or n % 3 < 2]
    assert site.stored(f"{key}.newsroom.test") == {f"/news/{n}" for n in named}
    removed = site.rows("select count(*) from articles where source = ? and removed_at is not null", key)  # fmt: skip
    assert removed == [(0,)]
    outcomes = site.rows("select distinct outcome from pages where source = ? and article_id is not null", key)  # fmt: skip
    assert outcomes == [("article",)]


@pytest.mark.parametrize("key", KINDS)
def test_it_is_reported_once_and_its_end_too(site: RawSite, key):
    alerts = site.rows("select run_id, state, words from alerts where source = ? order by id", key)
    assert [(run, state) for run, state, _ in alerts] == [(2, "broken"), (4, "mended")]
    assert "incident" in alerts[0][2] and f"{key}.newsroom.test" in alerts[0][2]
    assert [run.code for run in site.runs] == [0, 1, 0, 0, 0]
    assert [f"{key} newly broken" in run.err for run in site.runs] == [False, True, False, False, False]  # fmt: skip


def test_a_healthy_neighbour_is_not_blamed(site: RawSite):
    assert site.rows("select count(*) from alerts where source = 'well'") == [(0,)]


@pytest.mark.parametrize("key", KINDS)
def test_while_it_lasts_its_pages_wait_and_none_has_ended(site: RawSite, key):
    assert site.during[f"{key} new"] == len(NEW)
    assert site.during[f"{key} article"] == len(OLD)


def test_the_host_is_asked_little_while_it_lasts(site: RawSite):
    """The bad half hour: its new pages once, known ones as they are due, a retry of few of them."""
    for key in KINDS:
        asked = [path for at, path in site.asked(f"{key}.newsroom.test") if path.startswith("/news/")]  # fmt: skip
        assert len(asked) <= 4 * len([*OLD, *NEW]), (key, sorted(asked))


# --- what counts as an incident ---


def ending(number: int, *keys: str) -> Ending:
    return Ending(number, "kagaz", "2026-11-24T09:00:00Z", not keys, "not-found", keys)


@pytest.mark.parametrize(
    ("run", "earlier", "found"),
    [
        (["a", "a", "a"], [], "a"),
        (["a", "a"], [], None),
        (["a", "a", "a", "a", ""], [], "a"),  # four of five
        (["a", "a", "a", ""], [], None),  # three of four
        (["a", "a", "b"], [], None),
        (["a"], ["a", "a"], "a"),
        (["a"], ["a", ""], None),
        (["a", "a", "a"], ["", "", ""], "a"),  # earlier runs count only where this one is short
        ([""], ["a", "a", "a"], None),
        ([], ["a", "a", "a"], None),
    ],
)
def test_three_pages_and_four_fifths(run, earlier, found):
    numbered = iter(range(100))
    make = [[ending(next(numbered), *([key] if key else [])) for key in keys] for keys in (run, earlier)]  # fmt: skip
    incident = find_incident("www.kagaz.newsroom.test", *make)
    assert (incident.key if incident else None) == found


def test_the_most_specific_of_what_they_share_is_named():
    same = [ending(n, "to /maintenance", "redirect 302") for n in range(4)]
    assert find_incident("h", same, []).key == "to /maintenance"
    each = [ending(n, f"to /login?{n}", "redirect 302") for n in range(4)]
    assert find_incident("h", each, []).key == "redirect 302"


def test_of_many_good_pages_only_the_newest_are_kept_and_all_count(monkeypatch):
    monkeypatch.setattr(incidents, "MAX_GOOD", 3)
    endings = RunEndings()
    for number in range(6):
        endings.add("h", ending(number))
    assert (list(endings.by_host["h"]), endings.dropped["h"]) == ([3, 4, 5], 3)
    for number in (4, *range(10, 20)):
        endings.add("h", ending(number, "a"))
    assert list(endings.by_host["h"]) == [3, 4, 5, *range(10, 20)]
    endings.add("h", ending(20))
    endings.add("h", ending(21))  # of the good ones 3 goes; 4 ended badly since
    run = list(endings.by_host["h"].values())
    assert [one.page_id for one in run if one.is_good] == [5, 20, 21]
    assert endings.dropped["h"] == 4 and endings.good_sources == {"kagaz"}
    assert find_incident("h", run, [], endings.dropped["h"]) is None  # 11 of 18
    endings.by_host["h"].update((number, ending(number, "a")) for number in range(30, 50))
    run = list(endings.by_host["h"].values())
    assert find_incident("h", run, [], endings.dropped["h"]).total == 38  # 31 of them alike
