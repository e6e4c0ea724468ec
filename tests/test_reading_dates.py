"""Case tables for dates: the forms in which pages write them, and dates that contradict each other."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from khabar.extraction import read_html
from khabar.extraction.datetimes import parse_timestamp
from khabar.extraction.document import parse_html
from khabar.extraction.shown_dates import _PUBLISHED_WORDS, _has_published_label
from khabar.hindi.india_time import IST as INDIA
from khabar.model.items import Article

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)  # 11:30 in India
URL = "https://khabar.example.in/up/jhansi/talab-ki-marammat"
TITLE = "तालाब की मरम्मत पूरी, अब खेतों तक पहुंचेगा पानी"
BODY = "".join(
    f"<p>{text}</p>"
    for text in (
        "बेतवा के किनारे बने पुराने तालाब की मरम्मत गुरुवार को पूरी हो गई। अब आसपास के खेतों तक पानी पहुंचने लगेगा।",
        "जल निगम के अभियंता ने बताया कि मेड़ को ऊंचा किया गया है। इस काम में चार महीने लगे और गांव वालों ने भी श्रमदान किया।",
    )
)
IST, LATER = "2025-11-07T22:15:00+05:30", "2025-11-07T23:40:00+05:30"
CLOCK, LATER_CLOCK = IST[:19], LATER[:19]
INDIAN = "<p>प्रकाशित: 07 नवंबर 2025, 10:15 PM IST</p>"


def page(
    published: Any = None, modified: Any = None, line: str = "", head: str = "", url: str = URL
) -> Article:
    node = {"@type": "NewsArticle", "headline": TITLE}
    node |= {"datePublished": published} if published is not None else {}
    node |= {"dateModified": modified} if modified is not None else {}
    data = json.dumps(node, ensure_ascii=False)
    html = (
        f"<html><head>{head}<script type='application/ld+json'>{data}</script></head>"
        f"<body><article><h1>{TITLE}</h1>{line}<div class='m'>{BODY}</div></article></body></html>"
    )
    return read_html(html, url, NOW)


FORMS = [
    "1762533900", "1762533900000", "1762533900.25", "/Date(1762533900000)/", "\\/Date(1762533900000+0530)\\/", "@1762533900",
    "20251107T221500+0530", "20251107T164500Z", "20251107221500", "202511072215", "20251107 22:15:00",
    "Fri Nov 07 2025 22:15:00 GMT+0530 (India Standard Time)", "Fri Nov 07 2025 16:45:00 GMT+0000 (Coordinated Universal Time)",
    "Fri, 07 Nov 2025 22:15:00 GMT+5:30", "Fri, 07 Nov 2025 16:45:00 GMT", "07 Nov 25 16:45:00 GMT", "Friday, 07-Nov-25 22:15:00 IST",
    "Fri Nov 07 22:15:00 GMT+05:30 2025", "Fri Nov  7 22:15:00 2025", "7/11/2025, 10:15:00 pm", "7/11/2025, 10:15:00\u202fPM",
    "2025/11/07 22:15:00", "2025.11.07 22:15", "2025-11-07_22:15:00", "2025-11-07T22-15-00", "2025–11–07T22:15:00+05:30",
    "2025-11-07 16:45:00+00", "2025-11-07T22:15:00+0530", "2025-11-07T22:15:00+5:30", "2025-11-07T22:15:00+05:30[Asia/Kolkata]",
    "2025-11-07T10:15:00 PM", "2025-11-07T22:15:00 (IST)", "2025-11-07T22:15:00 UTC+05.30",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMS)
def test_forms(text: str) -> None:
    timestamp = parse_timestamp(text, "meta", NOW)
    assert timestamp is not None
    assert timestamp.instant == datetime.fromisoformat(IST)


@pytest.mark.parametrize(
    "text",
    ["", "null", "2025", "20251107", "123456", "0", "99999999999999", "2025-13-01", "2025-02-30T10:00", "31/02/2025", "4102444800", "0000-00-00 00:00:00"],
)  # fmt: skip
def test_no_dates(text: str) -> None:
    assert parse_timestamp(text, "meta", NOW) is None


@given(st.integers(10**9, int(NOW.timestamp())))  # since 2001: with ten digits
def test_every_form_gives_the_same_instant(seconds: int) -> None:
    local, instant = (datetime.fromtimestamp(seconds, zone) for zone in (INDIA, UTC))
    forms = [
        str(seconds),
        f"{seconds}000",
        f"{local:%Y%m%dT%H%M%S}+0530",
        f"{local:%a %b %d %Y %H:%M:%S} GMT+0530 (India Standard Time)",
        f"{instant:%a, %d %b %Y %H:%M:%S} GMT",
        f"{local:%Y-%m-%d %H:%M:%S}",
    ]
    for form in forms:
        timestamp = parse_timestamp(form, "meta", NOW)
        assert timestamp is not None, form
        assert timestamp.instant == instant, form


@pytest.mark.parametrize("published", [1762533900, 1762533900000, [1762533900], {"@value": IST}])
def test_json_ld_that_is_no_string(published: Any) -> None:
    article = page(published)
    assert (article.published_at, article.problems) == (IST, ())


@pytest.mark.parametrize("line", [
    INDIAN, "<span>07 Nov 2025 | 10:15 PM (IST)</span>", "<p>Published: Nov 07, 2025 22:15 GMT+5:30</p>",
    f"<time datetime='{IST}'>7 नवंबर</time>", "<span class='post-date' data-timestamp='1762533900'>7 नवंबर</span>",
])  # fmt: skip
@pytest.mark.parametrize("zone", ["Z", "+00:00", " UTC", ".000Z"])
def test_an_indian_clock_marked_as_utc(line: str, zone: str) -> None:
    article = page(CLOCK + zone, LATER_CLOCK + zone, line)
    times = [article.published_at, article.modified_at]
    assert [str(time).replace(".000", "") for time in times] == [IST, LATER]
    assert any(
        "published_at" in problem and "is read as" in problem for problem in article.problems
    )


def test_the_zone_of_a_meta_tag() -> None:
    meta = f"<meta property='article:published_time' content='{IST}'>"
    article = page(f"{CLOCK}Z", f"{LATER_CLOCK}Z", head=meta)
    assert (article.published_at, article.modified_at) == (IST, LATER)
    assert f"published_at: jsonld {CLOCK}Z != meta {IST}" in article.problems


@pytest.mark.parametrize(
    ("published", "line"),
    [
        ("2025-11-07T16:45:00Z", INDIAN),  # the same instant
        ("2025-11-07T22:15:00Z", ""),  # nothing contradicts it
        ("2025-11-07T22:15:00Z", "<p>प्रकाशित: 07 नवंबर 2025, 10:15 PM</p>"),  # no zone: may be UTC
        ("2025-11-07T22:15:00+01:00", INDIAN),  # a zone that nobody writes by mistake
    ],
)
def test_a_zone_that_stays(published: str, line: str) -> None:
    assert page(published, "2025-11-08T01:00:00Z", line).published_at == published


def test_utc_without_a_zone() -> None:
    article = page("2025-11-07T16:45:00", "2025-11-07T18:10:00", INDIAN)
    assert article.published_at == "2025-11-07T16:45:00+00:00"
    assert article.modified_at == "2025-11-07T18:10:00+00:00"
    assert any("is read as" in problem for problem in article.problems)
    assert page(CLOCK, LATER_CLOCK, INDIAN).published_at == IST


@pytest.mark.parametrize(
    ("published", "expected", "problem"),
    [
        ("2025-11-08T11:00:00Z", "2025-11-08T11:00:00+05:30", "UTC would be after the fetch"),
        ("2025-11-08T06:05:00Z", "2025-11-08T06:05:00Z", None),  # clocks differ by minutes
        ("2025-11-08T18:00:00Z", "2025-11-08T18:00:00Z", "is after the fetch"),
        ("2025-11-08T18:00:00+05:30", "2025-11-08T18:00:00+05:30", "is after the fetch"),
        ("2025-11-09", "2025-11-09", "is after the fetch"),
    ],
)
def test_a_time_after_the_fetch(published: str, expected: str, problem: str | None) -> None:
    article = page(published)
    assert article.published_at == expected
    assert all(str(problem) in text for text in article.problems)
    assert bool(article.problems) == bool(problem)


@pytest.mark.parametrize(
    ("line", "times", "problem"),
    [
        ("", (LATER, IST), "is before published_at"),
        ("<p>07 नवंबर 2025, 10:15 PM</p>", (LATER, IST), "is before published_at"),  # no label
        (INDIAN, (IST, LATER), "were interchanged"),
        ("<p>Updated: 07 Nov 2025, 11:40 PM</p>", (IST, LATER), "were interchanged"),
    ],
)
def test_an_update_before_the_publication(line: str, times: tuple[str, str], problem: str) -> None:
    article = page(LATER, IST, line)
    assert (article.published_at, article.modified_at) == times
    assert any(problem in text for text in article.problems)


FIFTH = "2025-11-05"


@pytest.mark.parametrize(
    ("published", "modified", "line", "url"),
    [
        ("11/5/2025, 9:15:00 AM", "11/7/2025", "<p>5 नवंबर 2025</p>", URL),
        ("11/5/2025", "10/31/2025", "", URL),  # the other date has no other reading
        ("11/5/2025", None, "", "https://khabar.example.in/2025/11/05/talab"),
        ("11/5/2025 09:15", "2025-11-05T10:00:00+05:30", "", URL),
        ("5/11/2025", "13/11/2024", "", URL),
        ("5/11/2025", "2025-11-05T10:00:00+05:30", "", URL),
        ("5/11/2025", None, "", URL),
    ],
)
def test_slashes(published: str, modified: str | None, line: str, url: str) -> None:
    article = page(published, modified, line, url=url)
    assert str(article.published_at)[:10] == FIFTH
    is_ambiguous = (published, modified) == ("5/11/2025", None)
    assert any("the month can be first" in text for text in article.problems) == is_ambiguous


def test_only_one_reading_is_not_in_the_future() -> None:
    assert page("11/3/2025").published_at == "2025-03-11"
    assert page("7/12/2025").published_at == "2025-07-12"


ATTRIBUTES = {
    "<span class='post-date' data-timestamp='1762533900'>7 नवंबर</span>": IST,
    "<div class='published' data-date='2025-11-07T22:15:00+05:30'>शुक्रवार</div>": IST,
    "<p data-time='1762533900000'>07 Nov 2025</p>": IST,
    "<span class='entry-date' datetime='2025-11-07T22:15:00+05:30'>7</span>": IST,
    "<time data-timestamp='1762533900'>7 नवंबर</time>": IST,
    "<small class='timestamp' data-utc='2025-11-07 16:45:00'></small>": "2025-11-07T16:45:00Z",
    "<span class='convert-to-localtime' data-datestring='2025-11-07 16:45:00'>07 Nov 2025 04:45 PM</span>": "2025-11-07T16:45:00Z",
    "<div data-time='1762533900'>मरम्मत</div>": None,  # a number alone
    "<div class='time' data-time='30'>30</div>": None,
    "<ul class='related'><li><span class='date' data-timestamp='1762533900'>x</span></li></ul>": None,
}  # fmt: skip


@pytest.mark.parametrize("line", ATTRIBUTES)
def test_attributes_of_visible_dates(line: str) -> None:
    assert page(line=line).published_at == ATTRIBUTES[line]


def test_what_cannot_be_parsed_is_named() -> None:
    article = page("आज सुबह", "0000-00-00")
    assert article.problems == (
        "published_at: jsonld 'आज सुबह' is no plausible date",
        "modified_at: jsonld '0000-00-00' is no plausible date",
    )


@given(st.text(max_size=60) | st.from_regex(r"[0-9/:TZ+ .-]{1,40}", fullmatch=True))
def test_any_text_is_read_or_none(text: str) -> None:
    timestamp = parse_timestamp(text, "meta", NOW)
    assert timestamp is None or timestamp.instant.tzinfo


@given(
    st.lists(
        st.sampled_from(
            [*"pubishtedcraoPUBISHTEDCRAO ", *"ſﬅﬆẖẗßİKक्", "posted", "प्रकाशित", "Publish"]
        ),
        max_size=12,
    ).map("".join)
)
@example("poﬆed on")
@example("PUBLIſẖ")
@example("Publiẞh")
@example("CREATED")
def test_a_label_is_found_as_in_the_folded_text(text: str) -> None:
    root = parse_html(f"<html><body><p>{text}</p></body></html>")
    folded = text.casefold()
    assert _has_published_label(root) == any(word in folded for word in _PUBLISHED_WORDS)
