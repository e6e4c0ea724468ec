"""What a source answers beyond yes and no: its archive on given days, the day an address tells, its twins."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from khabar.model.sources import Source, parse_source

HOME = "https://www.prabhat.example/"


def source(article: str = "", canonical: str = "", archive: str = "") -> Source:
    text = f"""
key = "prabhat"
name = "प्रभात"
name_en = "Prabhat"
homepage = "{HOME}"
hosts = ["www.prabhat.example", "m.prabhat.example"]
status = "on"
{f'archive_sitemaps = [{{ url = "{HOME}{archive}" }}]' if archive else ""}
[article]
pattern = '-\\d+$'
{article}
[canonical]
{canonical}
"""
    return parse_source(text, Path("prabhat.toml"))


FEBRUARY = date(2024, 2, 28), date(2024, 3, 1)
NEW_YEAR = date(2023, 12, 31), date(2024, 1, 1)
EXPANDED = [
    # (template, range, the names it stands for)
    ("d-{year}-{month:02}-{day:02}.xml", FEBRUARY, ["d-2024-02-28.xml", "d-2024-02-29.xml", "d-2024-03-01.xml"]),
    ("d?dd={day}&mm={month}&yyyy={year}", FEBRUARY, ["d?dd=28&mm=2&yyyy=2024", "d?dd=29&mm=2&yyyy=2024", "d?dd=1&mm=3&yyyy=2024"]),
    ("{year}/{month:02}/a.xml", FEBRUARY, ["2024/02/a.xml", "2024/03/a.xml"]),
    ("m-{year}-{month}.xml", NEW_YEAR, ["m-2023-12.xml", "m-2024-1.xml"]),
    ("{year}.xml", NEW_YEAR, ["2023.xml", "2024.xml"]),
    ("{year}.xml", FEBRUARY, ["2024.xml"]),
    ("index.xml", NEW_YEAR, ["index.xml"]),
    ("{year}.xml", NEW_YEAR[::-1], []),
]  # fmt: skip


@pytest.mark.parametrize(("template", "days", "names"), EXPANDED, ids=lambda value: str(value)[:30])
def test_archives_spelt_out_for_a_range_of_days(template, days, names):
    told = list(source(archive=template).iter_archive_urls(*days))
    assert told == [("sitemap", f"{HOME}{name}") for name in names]


def test_a_long_range_is_every_day_once():
    daily = source(archive="{year}-{month:02}-{day:02}")
    told = [url for _, url in daily.iter_archive_urls(date(2015, 1, 1), date(2026, 12, 31))]
    assert len(told) == len(set(told)) == 4383
    assert told == sorted(told)


DATED = [
    # (rule, end of the address, the day)
    (r"-(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})-\d$", "/a-2026-02-28-1", date(2026, 2, 28)),
    (r"-(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})-\d$", "/a-2026-02-29-1", None),
    (r"-(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})-\d$", "/a-1", None),
    (r"/1(?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})-", "/1260211-1", date(2026, 2, 11)),
    (r"/(?P<day>\d+)-(?P<month>\d+)-(?P<year>\d+)/", "/1-3-2019/a-1", date(2019, 3, 1)),
    (r"-20(?P<epoch_ms>\d{13})-", "/a-201791342566773-1", date(2026, 10, 7)),
    (r"-(?P<epoch_ms>\d{13})-", "/a-1764008999000-1", date(2025, 11, 24)),  # 23:59:59 in India
    (r"-(?P<epoch_ms>\d{13})-", "/a-1764009000000-1", date(2025, 11, 25)),  # a second later
    (r"-(?P<epoch_ms>\d+)-", "/a-99999999999999999999-1", None),
    (r"(?P<year>\d{4})(?:-(?P<month>\d{2})-(?P<day>\d{2}))?-\d$", "/2026-1", None),
]


@pytest.mark.parametrize(("rule", "end", "day"), DATED, ids=lambda value: str(value)[:40])
def test_the_day_an_address_tells(rule, end, day):
    assert source(article=f"date = '{rule}'").find_url_date(HOME + end[1:]) == day


def test_without_a_rule_no_address_tells_a_day():
    assert source().find_url_date(f"{HOME}2026-02-28/a-1") is None


def test_twins_fold_one_after_the_other():
    told = r"""twins = [['^(https?://)m\.', '\1www.'], ['\.example/(uttar-pradesh/)?(?=lucknow/)', '.example/uttar-pradesh/']]
amp = ['/amp$', '']"""
    folding = source(canonical=told)
    for path in ("lucknow/a-1", "uttar-pradesh/lucknow/a-1", "lucknow/a-1/amp"):
        for host in ("www", "m"):
            folded = folding.canonicalize_url(f"https://{host}.prabhat.example/{path}")
            assert folded == f"{HOME}uttar-pradesh/lucknow/a-1"
