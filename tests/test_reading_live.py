"""Live blogs as structure: each update opens with its time, whoever tells it: JSON-LD, attributes, or the clock shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from khabar.extraction import read_html
from khabar.extraction.liveblog_times import is_time_label, parse_time_label
from khabar.model.items import Article

NOW = datetime(2026, 11, 24, tzinfo=UTC)
URL = "https://khabar.example.in/live/panchayat-chunav-live-updates-123"
TITLE = "पंचायत चुनाव Live: रामपुर में गिनती जारी, देखें ताजा हाल"
UPDATES = (
    ("22:15", "दसवें दौर की गिनती पूरी, पंचायत भवन के बाहर भीड़", "रामपुर में दसवें दौर की गिनती पूरी हो गई है और पंचायत भवन के बाहर लोगों की भीड़ जमा है, पुलिस ने रास्ता बंद कर दिया।"),
    ("21:40", "नौवें दौर में सोहन पाल आगे", "नौवें दौर में सोहन पाल अपने विरोधी से तीन सौ मतों से आगे चल रहे हैं, अभी चार दौर बाकी हैं।"),
    ("20:05", "गिनती के बीच बिजली गई", "गिनती के बीच बीस मिनट के लिए बिजली गई, जनरेटर से काम चलाया गया और पेटियाँ सील रहीं।"),
    ("18:30", "गिनती शुरू", "शाम साढ़े छह बजे गिनती शुरू हुई, दोनों पक्षों के एजेंट भवन के अंदर बैठे हैं।"),
    ("17:55", "पेटियाँ पहुँचीं", "सभी मतपेटियाँ पुलिस की निगरानी में भवन पहुँच गई हैं, गिनती की मेजें लग चुकी हैं।"),
)  # fmt: skip
DAY = {"datePublished": "2025-11-07T17:50:00+05:30", "dateModified": "2025-11-07T22:15:00+05:30"}
Update = Callable[[str, str, str], str]


def half_day(clock: str) -> str:
    return datetime.strptime(clock, "%H:%M").strftime("%I:%M %p")  # noqa: DTZ007  a clock has no zone


def epoch(clock: str) -> int:
    return int(datetime.fromisoformat(f"2025-11-07T{clock}:00+05:30").timestamp())


SHOWN: dict[str, Update] = {
    "time element": lambda t, h, b: f'<div><time datetime="2025-11-07T{t}:00+05:30">{half_day(t)}</time><h3>{h}</h3><p>{b}</p></div>',
    "data attribute": lambda t, h, b: f'<div data-timestamp="{epoch(t)}"><span>{half_day(t)}</span><h3>{h}</h3><p>{b}</p></div>',
    "clock": lambda t, h, b: f'<div><span class="tm">{half_day(t)}</span><h3>{h}</h3><p>{b}</p></div>',
    "clock and zone": lambda t, h, b: f'<div><div class="lb-time">{t} (IST)</div><h3>{h}</h3><p>{b}</p></div>',
    "clock and day": lambda t, h, b: f'<li><div class="ts">{half_day(t)}, 07-Nov-2025</div><h2>{h}</h2><p>{b}</p></li>',
    "day in Hindi": lambda t, h, b: f"<div><span>07 नवंबर 2025, {half_day(t)} IST</span><h3>{h}</h3><p>{b}</p></div>",
    "in bold": lambda t, h, b: f"<p><strong>{half_day(t)}: {h}</strong></p><p>{b}</p>",
    "in the paragraph": lambda t, h, b: f"<p>{half_day(t)}: {b}</p>",
    "in brackets": lambda t, h, b: f"<p><b>[{half_day(t)}]</b> {b}</p>",
    "in the heading": lambda t, h, b: f"<h3>{t} बजे: {h}</h3><p>{b}</p>",
}  # fmt: skip


def told(updates: tuple[tuple[str, str, str], ...] = UPDATES) -> dict[str, object]:
    posts = [{"@type": "BlogPosting", "headline": h, "datePublished": f"2025-11-07T{t}:00+05:30", "articleBody": b} for t, h, b in updates]  # fmt: skip
    return {"@type": "LiveBlogPosting", "headline": TITLE, "liveBlogUpdate": posts, **DAY}


TOLD: dict[str, Mapping[str, object]] = {
    "all": told(),
    "the newest": told(UPDATES[:2]),
    "none": {"@type": "NewsArticle", "headline": TITLE, **DAY},
}


def page(inner: str, node: Mapping[str, object], url: str = URL, title: str = TITLE) -> Article:
    script = f'<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script>'
    html = f'<html><head>{script}</head><body><article><h1>{title}</h1><div class="meta"><time datetime="{DAY["dateModified"]}">07 Nov 2025</time></div><div class="blog">{inner}</div></article></body></html>'
    return read_html(html, url, NOW)


def times(article: Article) -> list[str]:
    return [block.time for block in article.blocks if block.time]


@pytest.mark.parametrize("node", TOLD)
@pytest.mark.parametrize("way", SHOWN)
def test_each_update_opens_with_its_time(way: str, node: str) -> None:
    article = page("".join(SHOWN[way](*update) for update in UPDATES), TOLD[node])
    assert article.page_type == "liveblog"
    assert times(article) == [f"2025-11-07T{clock}:00+05:30" for clock, *_ in UPDATES]
    assert not [block.text for block in article.blocks if is_time_label(block.text)]
    opened = [block.text for block in article.blocks if block.time]
    assert all(h in text or b in text for text, (_, h, b) in zip(opened, UPDATES, strict=True))


NIGHT = (
    ("00:20", "2025-11-08"),
    ("23:50", "2025-11-07"),
    ("22:00", "2025-11-07"),
    ("21:10", "2025-11-07"),
)


@pytest.mark.parametrize("newest_first", [True, False])
def test_over_midnight_the_day_changes(newest_first: bool) -> None:
    night = NIGHT if newest_first else NIGHT[::-1]
    inner = "".join(SHOWN["clock"](t, *UPDATES[at][1:]) for at, (t, _) in enumerate(night))
    node = {"@type": "NewsArticle", "headline": TITLE, "datePublished": "2025-11-07T21:05:00+05:30", "dateModified": "2025-11-08T00:25:00+05:30"}  # fmt: skip
    assert times(page(inner, node)) == [f"{day}T{clock}:00+05:30" for clock, day in night]


def test_without_any_day_no_time_is_made_up() -> None:
    inner = "".join(SHOWN["clock"](*update) for update in UPDATES)
    assert (
        times(read_html(f"<article><h1>{TITLE}</h1><div>{inner}</div></article>", URL, NOW)) == []
    )


def test_a_timetable_is_no_live_blog() -> None:
    lines = "".join(f"<p>{clock}: रामपुर से {place}</p>" for clock, place in zip(("06:10", "08:20", "10:30", "12:45", "15:05", "18:40"), "लखनऊ बरेली कानपुर आगरा मथुरा दिल्ली".split(), strict=True))  # fmt: skip
    prose = f"<p>{UPDATES[0][2]}</p><p>{UPDATES[1][2]}</p>"
    article = page(prose + lines, TOLD["none"], "https://khabar.example.in/up/bus-1", "रामपुर बस अड्डा Live Status: छह नई बसें कब चलेंगी")  # fmt: skip
    assert article.page_type == "article"
    assert "06:10: रामपुर से लखनऊ" in article.text


@pytest.mark.parametrize(
    ("line", "clock", "rest"),
    [
        ("10:15 PM", "22:15:00", ""),
        ("शाम 6:30 बजे", "18:30:00", ""),
        ("देर रात 1.20 बजे- पुलिस पहुँची", "01:20:00", "- पुलिस पहुँची"),
        ("Updated: 09:05 AM | पानी उतरा", "09:05:00", " | पानी उतरा"),
        ("Nov 07, 2025 10:15 (IST)", "10:15:00", ""),
        ("१०:१५ बजे", "10:15:00", ""),
    ],
)
def test_stamps(line: str, clock: str, rest: str) -> None:
    found = parse_time_label(line)
    assert found and (found[0].clock, line[found[1] :]) == (clock, rest)


@pytest.mark.parametrize("line", ["11.30 करोड़ रुपये मिले", "6:30 बजे गिनती शुरू", "3:2 से जीत", "1:10,000 का नक्शा", "25:70: कुछ", ""])  # fmt: skip
def test_no_stamps(line: str) -> None:
    assert parse_time_label(line) is None and not is_time_label(line)
