"""What the tests of datasets share: an archive with something of everything, an export of it, its rows read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from archive_fixtures import HOME, ArchiveBuilder, article, source

from khabar.archive.database import Archive
from khabar.export import export_dataset
from khabar.export.options import ExportOptions
from khabar.export.schema import EmbedsAs, select_fields
from khabar.export.selection import ExportSelection
from khabar.model.items import Block, Embed, Image, Inset

TWEET = Embed("x", "post", "1852345678901234567", "https://x.com/kagaz_ghar/status/1852345678901234567", "काग़ज़ घर",
              "kagaz_ghar", "पन्ने जुड़ गए", True, "2024-11-01T13:43:19Z", "id", media=("https://t.co/a", "https://t.co/b"),
              rule="x.blockquote")  # fmt: skip
VIDEO = Embed("youtube", "video", "abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk", title="मेले की झलक",
              caption="=SUM(A1) मेले से", place="lead", rule="youtube.iframe")  # fmt: skip
WHOLE = article(
    f"{HOME}/news/whole",
    title='=HYPERLINK("http://evil.test")',
    subtitle="तीन दिन, चार सौ किताबें",
    published_at="2026-11-22T23:30:00+05:30",
    published_precision="minute",
    modified_at="2026-11-23T08:00:00+05:30",
    section="शहर",
    place="लखनऊ",
    desk="नगर संवाददाता",
    authors=("निशा रावत", "आज़म नूरी"),
    tags=("किताबें", "मेला"),
    blocks=(
        Block("heading", "मेला", 2),
        Block("paragraph", "किताबों का मेला लगा। ‘क्‍या’ सुंदर दिन था।"),
        Block("embed", embed=1),
        Block("image", image=0),
        Block("quote", "“पन्ने, फिर जुड़े।”"),
    ),
    embeds=(VIDEO, TWEET),
    images=(Image("http://www.kagaz.newsroom.test/1.jpg", "पंडाल", "निशा"),),
    lead_image=Image("http://www.kagaz.newsroom.test/1.jpg", "पंडाल", "निशा"),
    insets=(
        Inset("AI से बना सार", "मेले में किताबें जुड़ीं।\nपूछें 98765 43210 पर।", 1),
        Inset(None, "दूसरा सार।"),
    ),
    rights={
        "meta_robots": ["index", "max-snippet:50"],
        "max_snippet": 50,
        "license": "https://kagaz.newsroom.test/l",
    },
    problems=("text: taken from JSON in the page's scripts, not its HTML",),
)
WORDS = """नदी घाट सफ़ाई छात्र शिविर किताब पन्ना जिल्द मरम्मत संयोजक रविवार सोमवार नगर निगम बैठक योजना सड़क पुल मेला पंडाल बारिश
फ़सल किसान मंडी बाज़ार दुकान ग्राहक स्कूल परीक्षा परिणाम अस्पताल दवा डॉक्टर मरीज़ खेल मैदान टीम जीत अभ्यास पुरस्कार""".split()


def prose(seed: int, words: int = 60) -> str:
    """A text of its own for every seed: words in another order."""
    picked = [
        WORDS[(seed * 7 + at * (seed % 11 + 3) + at * at * (seed % 5)) % len(WORDS)]
        for at in range(words)
    ]
    return f"{' '.join(picked)} {seed}।"


def fill(desk: ArchiveBuilder, number: int = 12) -> None:
    """One article with something of everything, and plain ones of two sources over three months."""
    desk.add(source("pratilipi"))
    desk.read(WHOLE)
    for at in range(number):
        key = ("kagaz", "pratilipi")[at % 2]
        url = f"http://www.{key}.newsroom.test/news/{at}"
        day = f"2026-{9 + at % 3:02}-{1 + at % 28:02}"
        desk.read(
            article(
                url,
                prose(at),
                title=f"समाचार {at}",
                published_at=day,
                published_precision="day",
                section="शहर",
            ),
            key=key,
        )


def order(
    archive: Archive,
    format_: Any = "jsonl",
    fields: str = "",
    embeds: EmbedsAs = "full",
    **told: Any,
) -> ExportOptions:
    names = {
        name: told.pop(name) for name in list(told) if name in ExportSelection.__dataclass_fields__
    }
    asked = select_fields(filter(None, fields.split(",")), embeds)
    return ExportOptions(format_, asked, ExportSelection(**names), embeds=embeds, **told)


def exported(
    archive: Archive,
    folder: Path,
    format_: Any = "jsonl",
    since_export: Path | None = None,
    **told: Any,
) -> dict[str, Any]:
    """The manifest of an export."""
    return export_dataset(
        archive, folder, order(archive, format_, **told), lambda rows: None, since_export
    )


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
