"""Archives for the tests of the reading room's pages: a story in two sources, an outage, five thousand articles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from khabar.archive import health
from khabar.model.items import Article, Block
from tests.archive_fixtures import ArchiveBuilder, article, source
from tests.web_fixtures import AFTER, BEFORE, POST, post

LONG = (
    "गाँव के लोगों ने बीस साल से बंद पड़ी नहर को अपने हाथों से साफ़ करने का फ़ैसला पंचायत में एक राय से लिया है।",
    "पहले दिन तीन सौ लोग फावड़े और टोकरी लेकर पहुँचे और शाम तक दो किलोमीटर गाद निकालकर किनारे पर डाल दी गई।",
    "सिंचाई विभाग ने कहा कि काम पूरा होने पर अगले महीने से खेतों में पानी छोड़ दिया जाएगा, इसकी तैयारी चल रही है।",
)
TITLE = "आज़म गाँव ने ख़ुद साफ़ की नहर"


def told(url: str, first: str = LONG[0], **more: object) -> Article:
    """The story of the canal, with a tweet between its two paragraphs and the rest after."""
    blocks = (Block("paragraph", BEFORE), Block("embed", embed=0), Block("paragraph", AFTER), Block("paragraph", first),
              *(Block("paragraph", words) for words in LONG[1:]))  # fmt: skip
    embeds = (post(id="1991", url="https://x.com/nahar_dal/status/1991", author_name="नहर दल", author_handle="Nahar_Dal",
                   text=POST, published_at="2026-11-20T20:00:00Z"),)  # fmt: skip
    named = {"title": TITLE, "authors": ("रेखा मौर्य",), "published_at": "2026-11-20T22:15:00+05:30",
             "published_precision": "minute", "blocks": blocks, "embeds": embeds}  # fmt: skip
    return article(url, **{**named, **more})  # type: ignore[arg-type]


def story(folder: Path) -> ArchiveBuilder:
    """The story in two sources; the first print was rewritten later. The desk is left open."""
    desk = ArchiveBuilder(folder / "story.db")
    desk.add(source("dusra", name="दूसरा अख़बार", name_en="Dusra"))
    desk.read(told("http://www.kagaz.newsroom.test/news/canal"))
    copy = {
        "title": "नहर की सफ़ाई में जुटे तीन सौ लोग",
        "published_at": "2026-11-21T09:00:00+05:30",
        "embeds": (),
    }
    blocks = tuple(Block("paragraph", words) for words in (BEFORE, AFTER, *LONG))
    desk.read(told("http://www.dusra.newsroom.test/news/9", blocks=blocks, **copy), key="dusra")
    desk.wait(hours=5)
    later = LONG[0].replace("बीस साल", "तीस साल")
    desk.read(
        told("http://www.kagaz.newsroom.test/news/canal", later, title=f"{TITLE}, अब आएगा पानी")
    )
    return desk


def crowd(
    desk: ArchiveBuilder,
    number: int,
    day: str = "2026-11-20",
    key: str = "kagaz",
    text: str = "मेला लगा",
) -> None:
    """So many articles of a day, put in at once."""
    start = int(datetime.fromisoformat(f"{day}T06:00:00+05:30").timestamp())
    rows = [
        (
            (start + at) << 20 | (sum(key.encode()) % 64) << 13 | at,
            f"http://www.{key}.newsroom.test/news/{day}-{at}",
            key,
            f"सूचना {at}",
            text,
            f"{day}T06:00:00+05:30",
            day,
        )
        for at in range(number)
    ]
    with desk.db.conn:
        revision = "insert into revisions (article_id, revision, reason, seen_at, extractor_version) values (?, 1, 'import', ?, 'test')"
        desk.db.conn.executemany(
            """insert into articles (id, url, source, page_type, title, text, blocks, word_count, extractor_version,
              published_at, published_on, published_precision, first_seen, last_seen)
            values (?, ?, ?, 'article', ?, ?, '[]', 2, 'test', ?, ?, 'minute', '2026-11-20T01:00:00Z', '2026-11-20T01:00:00Z')""",
            rows,
        )
        desk.db.conn.executemany(revision, [(row[0], "2026-11-20T01:00:00Z") for row in rows])


def outage(desk: ArchiveBuilder, first: datetime = datetime(2026, 10, 1, 6, 0, tzinfo=UTC), days: int = 50, a_day: int = 20,
           lost: range = range(20, 25)) -> list[str]:  # fmt: skip
    """Fifty days of crawls and articles, every second one about a fair, but for five on which nothing ran.

    Returns the lost days in India.
    """
    for number in range(days):
        desk.now = first + timedelta(days=number)
        if number in lost:
            continue
        health.start_run(desk.db, desk.now, list(desk.sources))
        day = desk.now.date().isoformat()
        crowd(desk, a_day, day)
        desk.db.execute(
            "update articles set text = 'पंचायत बैठी' where published_on = ? and id % 2", [day]
        )
    return [(first + timedelta(days=number)).date().isoformat() for number in lost]
