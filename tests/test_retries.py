"""Pages that gave no article are asked for again: when, how often, until when; and what needs a second sign."""

from __future__ import annotations

from datetime import timedelta

import pytest
from archive_fixtures import HOME, HOST, START, ArchiveBuilder, article

from khabar.archive.frontier import due, future_times, retries, revisits, url_store
from khabar.model import schedule
from khabar.model.clock import format_utc, parse_utc
from khabar.model.items import RETRYABLE, TRANSIENT, DiscoveredLink, Outcome, Page, Visit

URL = f"{HOME}/news/1"
NOT_YET = sorted(RETRYABLE - TRANSIENT)
FINAL = sorted(set(Outcome) - RETRYABLE - {Outcome.ARTICLE, Outcome.ALIAS, Outcome.PART, Outcome.FEED, Outcome.BROKEN_FEED})  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    return ArchiveBuilder(tmp_path / "archive.db")


def redirect(desk: ArchiveBuilder, url: str, target: str, status: int = 302, **told):
    (page_id,) = desk.note(url, **told)
    page = Page(url, b"", desk.now, status, {"location": target})
    found = (DiscoveredLink(target, "redirect"),)
    return desk.file(Visit(page_id, "kagaz", page, outcome=Outcome.ALIAS, evidence=f"{status} to {target}", found=found))  # fmt: skip


# --- when ---


@pytest.mark.parametrize("outcome", NOT_YET)
def test_while_a_feed_names_it_it_is_asked_for_again_for_ninety_days(desk, outcome):
    ages = []
    desk.end(URL, outcome)
    while (at := desk.row(URL)["next_at"]) and len(ages) < 40:
        desk.now = parse_utc(at)
        ages.append(desk.now - START)
        desk.end(URL, outcome)
    assert ages[:5] == [timedelta(minutes=10), *(timedelta(hours=hours) for hours in (1, 6, 24, 72))]  # fmt: skip
    assert {later - age for age, later in zip(ages[4:], ages[5:], strict=False)} == {timedelta(days=7)}  # fmt: skip
    assert timedelta(days=83) < ages[-1] <= timedelta(days=90)
    assert desk.row(URL)["outcome"] == outcome


def test_one_that_nothing_names_any_more_is_asked_for_three_days(desk):
    (page_id,) = desk.note(URL)
    for at in (timedelta(0), *schedule.RETRY_AGES):
        desk.now = START + at + timedelta(days=8)
        desk.file(Visit(page_id, "kagaz", outcome=Outcome.NOT_FOUND))
    assert desk.row(URL)["next_at"] is None
    desk.wait(days=1)
    desk.note(URL)  # a feed names it again: its retries go on
    assert desk.row(URL)["next_at"] == format_utc(START + timedelta(days=8 + 3 + 7))


@pytest.mark.parametrize("outcome", FINAL)
def test_what_is_final_stays(desk, outcome):
    desk.end(URL, outcome)
    row = desk.row(URL)
    assert (row["next_at"], row["failing_since"]) == (None, None)
    desk.wait(days=1)
    desk.note(URL)
    assert desk.row(URL)["next_at"] is None


def test_hourly_runs_leave_out_the_retries_they_have_passed(desk):
    asked = []
    for hour in range(80):
        desk.now = START + timedelta(hours=hour, minutes=2 * (hour % 3))
        row = desk.row(URL) if asked else None
        if row is None or (row["next_at"] and row["next_at"] <= format_utc(desk.now)):
            desk.end(URL, Outcome.EMPTY)
            asked.append(hour)
    assert asked == [0, 1, 6, 24, 72]


def test_an_article_ends_them(desk):
    desk.end(URL, Outcome.EMPTY)
    desk.wait(minutes=10)
    desk.read(article(URL))
    row = desk.row(URL)
    assert (row["outcome"], row["failing_since"], row["tries"]) == ("article", None, 0)


def test_a_host_that_was_down_for_a_day_is_asked_again_days_later(desk):
    while desk.row(URL)["state"] == "new" if desk.rows("select 1 from pages where url = ?", URL) else True:  # fmt: skip
        desk.end(URL, Outcome.SERVER_ERROR, "502")
        if at := desk.row(URL)["next_at"]:
            desk.now = parse_utc(at)
        if desk.row(URL)["outcome"]:
            break
    assert desk.row(URL)["outcome"] == "server-error"
    assert desk.row(URL)["next_at"]


# --- how many ---


def test_retries_wait_behind_new_pages_and_go_out_one_at_a_time(desk):
    for number in range(5):
        desk.end(f"{HOME}/news/{number}", Outcome.NOT_FOUND)
    desk.wait(minutes=11)
    desk.note(f"{HOME}/news/new")
    select = lambda **told: due.select_due(desk.db, ("kagaz",), desk.now, limit=9, per_host=4, **told)  # noqa: E731  # fmt: skip
    tiers = [entry.tier for entry in select(skip=())]
    assert tiers == [due.DOCUMENT, due.NEW]
    closed = [(HOST, due.DOCUMENT), (HOST, due.NEW)]
    (entry,) = select(skip=(), skip_lanes=closed)
    assert entry.tier == due.RETRY
    assert select(skip=(entry.id,), skip_lanes=closed) == []


def test_the_one_that_failed_last_comes_first(desk):
    for number in range(3):
        desk.end(f"{HOME}/news/{number}", Outcome.NOT_FOUND)
        desk.wait(minutes=1)
    desk.wait(minutes=20)
    closed = [(HOST, due.DOCUMENT)]
    (entry,) = due.select_due(desk.db, ("kagaz",), desk.now, skip=(), limit=9, per_host=4, skip_lanes=closed)  # fmt: skip
    assert entry.url == f"{HOME}/news/2"


def test_they_are_a_twentieth_of_the_requests_and_ten_more(desk):
    def allowed():
        return retries.count_allowed_retries(desk.db, "kagaz", desk.now)

    assert allowed() == 10
    desk.db.execute("update run_sources set asked = 400, retries = 12")
    assert allowed() == 10 + 20 - 12
    desk.wait(days=31)
    assert allowed() == 10


def test_a_retry_is_counted(desk):
    desk.end(URL, Outcome.EMPTY)
    desk.wait(minutes=10)
    desk.end(URL, Outcome.EMPTY)
    assert desk.rows("select asked, retries from run_sources") == [{"asked": 2, "retries": 1}]


# --- redirects ---


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_to_no_article_ends_nothing(desk, status):
    redirect(desk, URL, "/maintenance".join((HOME, "")), status)
    row = desk.row(URL)
    assert (row["outcome"], row["next_at"]) == ("alias", format_utc(START + timedelta(minutes=10)))
    desk.wait(minutes=10)
    desk.read(article(URL))
    assert (desk.row(URL)["outcome"], desk.row(URL)["alias_of"]) == ("article", None)


@pytest.mark.parametrize(
    ("status", "title", "target", "stays"),
    [
        (301, None, "/news/elsewhere", True),
        (302, None, "/news/elsewhere", False),
        (302, "किताबों का शिविर लगा", "/news/elsewhere", True),
        (302, "मेले की तैयारी पूरी", "/news/elsewhere", False),
        (302, None, "/news/story-4711?ref=1", True),
    ],
)
def test_an_alias_for_good_needs_a_second_sign(desk, status, title, target, stays):
    """A permanent status, the title the feed gave, or the page's own words in the address."""
    url = f"{HOME}/news/story-4711"
    redirect(desk, url, f"{HOME}{target}", status, title=title)
    assert desk.row(url)["next_at"]
    desk.read(article(f"{HOME}{target}"))
    row = desk.row(url)
    assert row["outcome"] == "alias"
    assert (row["next_at"] is None) == stays


def test_a_redirect_repeated_after_a_day_is_believed(desk):
    target = f"{HOME}/news/elsewhere"
    redirect(desk, URL, target)
    desk.read(article(target))
    desk.wait(hours=23)
    redirect(desk, URL, target)
    assert desk.row(URL)["next_at"]
    desk.wait(hours=2)
    redirect(desk, URL, target)
    assert desk.row(URL)["next_at"] is None


def test_a_known_article_stays_one_and_is_visited_again(desk):
    desk.read(article(URL))
    desk.wait(hours=200)
    redirect(desk, URL, f"{HOME}/maintenance")
    row = desk.row(URL)
    assert (row["outcome"], row["alias_of"]) == ("article", None)
    assert row["next_at"] == format_utc(desk.now + timedelta(days=1))


def test_a_page_whose_target_names_it_as_canonical_is_the_article_s(desk):
    target = f"{HOME}/news/1-amp-copy"
    redirect(desk, URL, target)
    (page_id,) = desk.note(target, how="redirect")
    desk.read(article(target, canonical_url=URL))
    assert desk.row(URL)["outcome"] == "article"
    assert desk.row(URL)["alias_of"] is None
    assert desk.row(target)["alias_of"] == desk.row(URL)["id"]
    assert page_id == desk.row(target)["id"]


def test_a_removed_article_is_looked_at_a_day_later(desk):
    desk.read(article(URL))
    desk.wait(hours=169)
    desk.end(URL, Outcome.NOT_FOUND)
    assert desk.row(URL)["next_at"] == format_utc(desk.now + timedelta(days=1))
    desk.wait(days=1)
    desk.end(URL, Outcome.NOT_FOUND)
    assert desk.row(URL)["next_at"] == format_utc(START + timedelta(hours=720))


# --- verdicts ---


@pytest.mark.parametrize("outcome", [Outcome.LISTING, Outcome.OTHER_PAGE, Outcome.OTHER_LANGUAGE, Outcome.PAYWALLED])  # fmt: skip
@pytest.mark.parametrize(
    ("hint", "title", "final"),
    [
        (None, "Welcome", True),
        ("किताबों का शिविर", "किताबों का शिविर", True),
        ("किताबों का शिविर", "Be right back", False),
        ("किताबों का शिविर", None, False),
    ],
)
def test_a_page_with_another_title_than_the_feed_gave_is_not_judged_for_good(desk, outcome, hint, title, final):  # fmt: skip
    desk.note(URL, title=hint)
    (page_id,) = desk.note(URL)
    page = Page(URL, b"<html>", desk.now)
    desk.file(Visit(page_id, "kagaz", page, article=article(URL, title=title), outcome=outcome))
    assert desk.row(URL)["outcome"] == outcome
    assert (desk.row(URL)["next_at"] is None) == final


# --- backfills ---


def test_a_backfill_asks_for_what_gave_no_article_and_for_nothing_final(desk):
    ends = {"lost": Outcome.NOT_FOUND, "thin": Outcome.NO_TEXT, "gone": Outcome.GONE, "list": Outcome.LISTING}  # fmt: skip
    for name, outcome in ends.items():
        desk.end(f"{HOME}/news/{name}", outcome)
    redirect(desk, f"{HOME}/news/sent-away", f"{HOME}/")
    desk.read(article(f"{HOME}/news/held"))
    desk.wait(days=2)
    urls = [f"{HOME}/news/{name}" for name in (*ends, "sent-away", "held")]
    links = [DiscoveredLink(url, "sitemap") for url in urls]
    url_store.upsert_urls(desk.db, desk.sources["kagaz"], links, desk.now, None, backfill=True)
    again = [url for url in urls if desk.row(url)["state"] == "new"]
    assert [url.rpartition("/")[2] for url in again] == ["lost", "thin", "sent-away"]
    assert {desk.row(url)["tier"] for url in again} == {due.BACKFILL}
    assert desk.row(again[0])["next_at"] == format_utc(desk.now)


def test_pages_that_ended_before_retries_were_known_are_taken_up(desk):
    """An archive of the last release: a 404 of then, which the feed still names, is asked for again."""
    desk.end(URL, Outcome.NOT_FOUND, "404")
    desk.db.execute("update pages set failing_since = null, tries = 0, next_at = null")
    desk.wait(days=2)
    desk.note(URL)
    row = desk.row(URL)
    assert row["failing_since"] == format_utc(START)
    assert row["next_at"] == format_utc(START + timedelta(days=7))


# --- chains ---


def test_links_of_a_chain_end_after_twenty(desk):
    for how, kind in (("redirect", "page"), ("canonical", "page"), ("amp", "page"), ("sitemap-index", "sitemap")):  # fmt: skip
        (page_id,) = desk.note(f"{HOME}/news/{how}-0")
        for hop in range(1, 30):
            link = DiscoveredLink(f"{HOME}/news/{how}-{hop}", how, kind)
            (page_id,) = url_store.upsert_urls(desk.db, desk.sources["kagaz"], [link], desk.now, page_id)  # fmt: skip
        ends = [desk.row(f"{HOME}/news/{how}-{hop}")["outcome"] for hop in range(30)]
        assert ends.index("bad-url") == 20 and set(ends[20:]) == {"bad-url"}
        assert set(ends[:20]) == {None}


def test_documents_name_pages_at_any_depth(desk):
    (page_id,) = desk.note(f"{HOME}/news/0")
    for hop in range(30):
        link = DiscoveredLink(f"{HOME}/news/feed-{hop}", "feed")
        (page_id,) = url_store.upsert_urls(desk.db, desk.sources["kagaz"], [link], desk.now, page_id)  # fmt: skip
    assert desk.row(f"{HOME}/news/feed-29")["outcome"] is None


# --- times that lie ---


def test_lastmods_that_bring_no_edit_cause_no_visits_any_more(desk):
    def rename(days):
        link = DiscoveredLink(URL, "sitemap", modified=format_utc(desk.now))
        url_store.upsert_urls(desk.db, desk.sources["kagaz"], [link], desk.now, None)
        is_due = (desk.row(URL)["next_at"] or "9") <= format_utc(desk.now + timedelta(hours=1))
        desk.wait(hours=1)
        desk.read(article(URL))
        desk.wait(days=days)
        return is_due

    desk.read(article(URL))
    desk.wait(days=1, hours=1)
    believed = [rename(3) for _ in range(16)]
    assert believed[:9] == [True] * 9
    assert believed[-1] is False
    assert not revisits.is_lastmod_trusted(desk.db, "kagaz")


@pytest.mark.parametrize(
    ("finds", "visits", "trusted"),
    [(0, 0, True), (0, 10, True), (0, 11, False), (1, 30, True), (1, 31, False), (20, 200, True)],
)
def test_how_long_lastmods_are_believed(finds, visits, trusted):
    assert schedule.is_lastmod_trusted(finds, visits) is trusted


def test_a_last_modified_of_the_future_is_not_sent_back(desk):
    for stamp, kept in (
        ("Sat, 16 Nov 2041 19:11:00 GMT", None),
        ("Tue, 24 Nov 2026 09:30:00 GMT", "Tue, 24 Nov 2026 09:30:00 GMT"),
        ("no date", "no date"),
    ):
        feed = f"{HOME}/feed.xml"
        page = Page(feed, b"<rss/>", desk.now, 200, {"last-modified": stamp})
        (page_id,) = desk.rows("select id from pages where url = ?", feed)
        desk.file(Visit(page_id["id"], "kagaz", page, outcome=Outcome.FEED))
        assert desk.row(feed)["last_modified"] == kept


# --- a wrong clock ---


def test_times_later_than_now_are_set_to_now(desk):
    desk.read(article(URL))
    desk.end(f"{HOME}/feed.xml", Outcome.FEED)
    assert future_times.find_future_time(desk.db, desk.now) is None
    past = START - timedelta(days=3650)
    assert future_times.find_future_time(desk.db, past) == format_utc(START)
    assert future_times.clamp_future_times(desk.db, past) == format_utc(START)
    assert future_times.find_future_time(desk.db, past) is None
    assert {desk.row(url)["next_at"] for url in (URL, f"{HOME}/feed.xml")} == {format_utc(past)}
    assert future_times.clamp_future_times(desk.db, past) is None
