"""Dates as pages print them. A row per form; what is no date is a row too."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.hindi.dates import ParsedDate, date_from_url, find_dates, parse_date
from khabar.hindi.india_time import IST

NOW = datetime(2025, 11, 8, 6, 0, tzinfo=UTC)  # 11:30 in India
DAY, NIGHT = "2025-11-07", "2025-11-07T22:15:00+05:30"

READ = {
    # day before month, in words
    "7 नवंबर 2025": DAY, "7 नवम्बर 2025": DAY, "०७ नवंबर २०२५": DAY, "07 नव॰ 2025": DAY, "7 नवं. 2025": DAY, "7 नवंबर, 2025": DAY,
    "7 अक्टूबर 2025": "2025-10-07", "7 अक्तूबर 2025": "2025-10-07", "7 फ\u093cरवरी 2025": "2025-02-07", "7 फरवरी 2025": "2025-02-07",
    "7 सितम्बर 2025": "2025-09-07", "7 दिसम्बर 2025": "2025-12-07", "7 मई 2025": "2025-05-07", "1 जून 2025": "2025-06-01",
    "7 Nov 2025": DAY, "07-Nov-2025": DAY, "7th November, 2025": DAY, "7 November 2025": DAY, "7 Sept 2025": "2025-09-07",
    # month before day
    "November 7, 2025": DAY, "Nov 07, 2025": DAY, "नवंबर 7, 2025": DAY, "Nov 7,2025": DAY,
    # in figures: the day comes first
    "07/11/2025": DAY, "7.11.2025": DAY, "07-11-2025": DAY, "2025-11-07": DAY, "2025/11/07": DAY, "25/11/2025": "2025-11-25",
    # … unless only the month can come first
    "11/25/2025": "2025-11-25", "11/25/2025, 6:15:00 PM": "2025-11-25T18:15:00+05:30", "11-25-2025 18:15": "2025-11-25T18:15:00+05:30",
    # with a time
    "शुक्रवार, 07 नवंबर 2025 10:15 PM": NIGHT, "Fri, 07 Nov 2025 10:15 PM (IST)": NIGHT, "07 Nov 2025, 22:15 IST": NIGHT,
    "अपडेटेड: 07 नवंबर 2025 11:02 IST": "2025-11-07T11:02:00+05:30", "Updated: 07 Nov 2025 11:02 IST": "2025-11-07T11:02:00+05:30",
    "Publish Date: Fri, 07 Nov 2025 10:15 PM (IST)": NIGHT, "07 Nov 2025 | 10:15 pm": NIGHT, "07 Nov 2025 at 10:15 p.m.": NIGHT,
    "07/11/2025 10:15": "2025-11-07T10:15:00+05:30", "2025-11-07 22:15": NIGHT, "10:15 PM, 07 Nov 2025": NIGHT,
    "Friday, November 7, 2025 10:15 PM": NIGHT, "07 नवंबर 2025, 10:15 पीएम": NIGHT,
    # by the part of the day
    "7 नवंबर 2025, रात 10:15 बजे": NIGHT, "७ नवंबर २०२५, रात १०:१५ बजे": NIGHT, "7 नवंबर 2025 को रात 10.15 बजे": NIGHT,
    "सुबह 11:02 बजे, 7 नवंबर 2025": "2025-11-07T11:02:00+05:30", "7 नवंबर 2025 शाम 5 बजे": "2025-11-07T17:00:00+05:30",
    "7 नवंबर 2025 दोपहर 12:30 बजे": "2025-11-07T12:30:00+05:30", "7 नवंबर 2025 दोपहर 2 बजे": "2025-11-07T14:00:00+05:30",
    "7 नवंबर 2025 रात 12:30 बजे": "2025-11-07T00:30:00+05:30", "7 नवंबर 2025 रात 1 बजे": "2025-11-07T01:00:00+05:30",
    "7 नवंबर 2025 तड\u093cके 4:30 बजे": "2025-11-07T04:30:00+05:30", "7 नवंबर 2025 सुबह 12:10 बजे": "2025-11-07T00:10:00+05:30",
    "7 Nov 2025 12:05 AM": "2025-11-07T00:05:00+05:30", "7 Nov 2025 12:05 PM": "2025-11-07T12:05:00+05:30",
    # other zones
    "2025-11-07T16:45:00Z": "2025-11-07T16:45:00+00:00", "07 Nov 2025 16:45 GMT": "2025-11-07T16:45:00+00:00",
    "Thursday, July 02, 2026, 14:08 GMT +5:30": "2026-07-02T14:08:00+05:30", "07 Nov 2025 22:15 +0530": NIGHT,
    "गुरु, 29 अक्टूबर 2026 10:25:30 +0530": "2026-10-29T10:25:30+05:30", "2024-09-04T16:20:35+05:30": "2024-09-04T16:20:35+05:30",
    "2025-11-07T22:15:00.123+05:30": NIGHT, "2025-11-07T11:45:00-05:00": "2025-11-07T11:45:00-05:00",
    # among words
    "07 नवंबर 2025, (अपडेटेड 07 नवंबर 2025, 10:15 PM IST)": DAY, "Updated Mar 06, 2023 by desk": "2023-03-06",
    "लखनऊ, 7 नवंबर 2025 को 25 लोग आए": DAY, "मैदान 7 मई 2024": "2024-05-07", "31 फरवरी 2025 नहीं, 1 मार्च 2025": "2025-03-01",
}  # fmt: skip

UNREAD = [
    "", "कल", "आज सुबह", "नवंबर 2025", "7 नवंबर", "31 फरवरी 2025", "31/02/2025", "13/25/2025", "2 घंटे पहले", "1.2.3.2025",
    "12 34 5678", "मार्च निकाला गया 2025 में", "मईया 2025", "© 2024", "10:15 PM", "1800-11-2025-33", "7 Novak 2025",
]  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_read(text: str) -> None:
    found = parse_date(text)
    assert found is not None
    assert found.iso == READ[text]
    assert found.precision == ("day" if len(found.iso) == 10 else found.precision)
    assert not found.relative


@pytest.mark.parametrize("text", UNREAD)
def test_no_date(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "precision"),
    [("7 नवंबर 2025", "day"), ("7 नवंबर 2025 10:15", "minute"), ("7 Nov 2025 10:15:33", "second"), ("2025-11-07T10:15Z", "minute")],
)  # fmt: skip
def test_precision(text: str, precision: str) -> None:
    found = parse_date(text)
    assert found is not None
    assert found.precision == precision


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2 घंटे पहले", "2025-11-08T09:30:00+05:30"),
        ("एक घंटा पहले", "2025-11-08T10:30:00+05:30"),
        ("27 मिनट पहले", "2025-11-08T11:03:00+05:30"),
        ("कुछ ही क्षण पहले", "2025-11-08T11:30:00+05:30"),
        ("प्रकाशित १ दिन पहले", "2025-11-07"),
        ("3 दिन पहले", "2025-11-05"),
        ("2 हफ\u093c्ते पहले", "2025-10-25"),
        ("2 hours ago", "2025-11-08T09:30:00+05:30"),
        ("an hour ago", "2025-11-08T10:30:00+05:30"),
        ("Updated 5 min ago", "2025-11-08T11:25:00+05:30"),
        ("3 days ago", "2025-11-05"),
    ],
)
def test_relative(text: str, iso: str) -> None:
    assert parse_date(text, NOW) == ParsedDate(
        iso, "day" if len(iso) == 10 else "minute", relative=True
    )
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "कुछ मिनट पहले",
        "कुछ घंटे पहले",
        "कुछ दिन पहले",
        "कुछ ही दिन पहले",
        "कुछ हफ्ते पहले",
        "कुछ साल पहले",
        "few minutes ago",
        "a few days ago",
        "few weeks ago",
    ],
)
def test_an_unknown_amount_is_no_date(text: str) -> None:
    assert find_dates(text, NOW) == []


def test_a_relative_day_is_counted_in_india() -> None:
    late = datetime(2025, 11, 7, 20, 0, tzinfo=UTC)  # already the eighth in India
    assert parse_date("1 दिन पहले", late) == ParsedDate("2025-11-07", "day", relative=True)


def test_all_dates_in_order() -> None:
    text = "7 मार्च 2025 से 9 मार्च 2025 तक, 2 दिन पहले, 10 March 2025 5:00 PM"
    assert [found.iso for found in find_dates(text, NOW)] == [
        "2025-03-07", "2025-03-09", "2025-11-06", "2025-03-10T17:00:00+05:30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://khabar.example.in/2025/11/07/naya-pul", DAY),
        ("https://khabar.example.in/2025/11/7", DAY),
        ("https://khabar.example.in/up/naya-pul-2025-11-07", DAY),
        ("https://khabar.example.in/up/naya-pul-1234-2025-11-07.html", DAY),
        ("https://khabar.example.in/news/20251107/naya-pul", DAY),
        ("https://khabar.example.in/naya-pul-07112025.html", DAY),
        ("https://khabar.example.in/naya-pul_07-11-2025", DAY),
        ("https://khabar.example.in/up/naya-pul-133589711", None),
        ("https://khabar.example.in/up/naya-pul-2025110701", None),
        ("https://khabar.example.in/20251399/x", None),
        ("https://khabar.example.in/2025/13/07/x", None),
        ("https://khabar.example.in/a?date=20251107#2025-11-07", None),
        ("https://khabar-20251107.example.in/a", None),
        ("", None),
    ],
)
def test_url_date(url: str, day: str | None) -> None:
    found = date_from_url(url)
    assert (found.iso if found else None) == day


def test_ist() -> None:
    assert datetime(2025, 11, 7, 22, 15, tzinfo=IST).isoformat() == NIGHT


DATE_LIKE = st.lists(
    st.sampled_from(
        "7 07 31 2025 नवंबर Nov फरवरी / - : . , ० १ AM PM IST बजे रात घंटे पहले ago +05:30 GMT T 99 24 00".split(
            " "
        )
    )
).map("".join)


@given(st.text() | DATE_LIKE)
def test_every_date_found_is_one(text: str) -> None:
    for found in find_dates(text, NOW):
        moment = datetime.fromisoformat(found.iso)
        assert moment.tzinfo is not None or found.iso == moment.date().isoformat()
        assert (len(found.iso) == 10) == (found.precision == "day")


@given(
    st.dates(date(1990, 1, 1), date(2039, 12, 31)),
    st.sampled_from(["/{0:%Y/%m/%d}/a", "/a-{0:%Y%m%d}", "/a-{0:%d%m%Y}"]),
)
def test_every_day_of_an_address(day: date, form: str) -> None:
    found = date_from_url(f"https://x.example.in{form.format(day)}")
    assert found == (ParsedDate(day.isoformat(), "day") if day.year >= 2000 else None)
