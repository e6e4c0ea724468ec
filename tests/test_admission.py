"""What may enter the archive from a file: whatever is admitted, every export format writes and reads back."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from export_fixtures import exported
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from khabar.archive import open_archive
from khabar.archive.store.save import save_import
from khabar.model.items import Article, Block, Page
from khabar.model.sources import Registry
from khabar.processing.admission import MAX_ITEMS, MAX_TEXT, NotAdmitted, admit
from khabar.processing.import_lines import LineReader
from khabar.processing.jsonl_import import LineError

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
URL = "https://www.kagaz.example.in/news/1"

# --- the laws ---

LAWS = [
    ({"url": "ftp://a.example/1"}, "scheme"), ({"url": "http://a.example/" + "x" * 1100}, "longer than"),
    ({"title": "a\0b"}, "title: a NUL"), ({"section": "\ud800"}, "section: a NUL or half"),
    ({"tags": ("x", "y\udfff")}, "tags: a NUL or half"), ({"language": "hi: [x"}, "language"), ({"language": "Hindi"}, "language"),
    ({"rights": {"max_snippet": 10**25}}, "rights.max_snippet: a number out of range: 1e+25"),
    ({"rights": {"max_snippet": -(10**25)}}, "out of range"), ({"rights": {"x\0": 1}}, "rights: a NUL"),
    ({"blocks": (Block("heading", "x", 10**25),)}, "blocks.level"), ({"title": "x" * (MAX_TEXT + 1)}, "title: longer"),
    ({"tags": ("x",) * (MAX_ITEMS + 1)}, "tags: more than"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "why"), LAWS, ids=[why for _, why in LAWS])
def test_an_article_that_breaks_a_law_is_named(fields, why):
    with pytest.raises(NotAdmitted, match=why.replace("+", r"\+")):
        admit(Article(**{"url": URL} | fields), NOW, NOW)


@pytest.mark.parametrize("item", [Page(URL, b"", NOW), Article(URL)])
def test_both_doors_have_one_rule_for_times(item):
    assert admit(item, NOW - timedelta(days=9), NOW) == NOW - timedelta(days=9)
    assert admit(item, NOW + timedelta(hours=6), NOW) == NOW
    for odd in (datetime(1, 1, 1, tzinfo=UTC), datetime(1989, 12, 31, tzinfo=UTC)):
        with pytest.raises(NotAdmitted, match="before 1990"):
            admit(item, odd, NOW)
    with pytest.raises(NotAdmitted, match="future"):
        admit(item, NOW.replace(year=2099), NOW)


def test_a_page_of_a_warc_file_has_the_laws_of_values():
    with pytest.raises(NotAdmitted, match=r"headers\.x"):
        admit(Page(URL, b"", NOW, headers={"x": "a\0b"}), NOW, NOW)


# --- whatever is admitted can be exported ---

NUMBERS = st.one_of(st.integers(-3, 9), st.integers(), st.just(10**25), st.none())
TEXTS = st.one_of(
    st.text(max_size=40), st.sampled_from(["=SUM(A1)", "a\r\nb", "\0", '","', "\u2028", "\ufeff", "क्‍या"]),
)  # fmt: skip
WORDS = st.one_of(TEXTS, st.none())
BLOCK = st.fixed_dictionaries(
    {"type": st.sampled_from(["paragraph", "heading", "image", "embed"])},
    optional={"text": TEXTS, "level": NUMBERS, "embed": NUMBERS, "image": NUMBERS, "time": WORDS},
)
EMBED = st.fixed_dictionaries(
    {"provider": TEXTS, "kind": TEXTS},
    optional=dict.fromkeys(("id", "url", "text", "published_at", "title", "html", "raw_url"), WORDS)
    | {"duration": NUMBERS, "media": st.lists(TEXTS, max_size=2), "text_complete": st.booleans()},
)  # fmt: skip
IMAGE = st.fixed_dictionaries({"url": TEXTS}, optional={"caption": WORDS, "credit": WORDS})
DATES = st.one_of(WORDS, st.sampled_from(["2026-11-20", "2026-11-20T10:00:00Z", "0001-01-01", "9999-12-31T23:59:59-12:00",
                                          "Nov 24 999999999999 12:60", "2026-11-24T09:00:00.123456789+05:30"]))  # fmt: skip
LINE = st.fixed_dictionaries(
    {"title": WORDS, "text": TEXTS},
    optional={
        **dict.fromkeys(["subtitle", "desk", "place", "section", "language", "source"], WORDS),
        **dict.fromkeys(["published_at", "modified_at", "first_seen"], DATES),
        **dict.fromkeys(["authors", "tags", "problems"], st.lists(TEXTS, max_size=3)),
        "blocks": st.lists(BLOCK, max_size=3),
        "embeds": st.lists(EMBED, max_size=2),
        "images": st.lists(IMAGE, max_size=2),
        "lead_image": IMAGE,
        "rights": st.fixed_dictionaries(
            {},
            optional={
                "max_snippet": NUMBERS,
                "noai": st.booleans(),
                "license": WORDS,
                "meta_robots": st.lists(TEXTS, max_size=2),
            },
        ),
    },
)
PLAIN = {"title": "शीर्षक", "text": "एक अनुच्छेद यहाँ है।"}


@settings(  # an example takes half a second: shrinking took minutes
    max_examples=settings.default.max_examples // 2, phases=(Phase.explicit, Phase.generate)
)
@given(st.lists(LINE, min_size=1, max_size=6), st.booleans())
def test_whatever_is_admitted_every_format_writes_and_reads_back(tmp_path_factory, rows, is_whole):
    folder = tmp_path_factory.mktemp("door")
    reader, admitted = LineReader(Registry({}), {}), 0
    with open_archive(folder / "archive.db", write=True) as archive:
        for number, row in enumerate([*rows, PLAIN]):
            row = (PLAIN if is_whole else {}) | {"url": f"{URL}/{number}"} | row
            try:
                line = reader.prepare_line(json.dumps(row).encode(), NOW)
            except LineError:
                continue
            told = save_import(archive.db, line.article, line.source, line.keys, line.first_seen)  # fmt: skip
            admitted += told == "new"
        for format_ in ("jsonl", "csv", "parquet", "sqlite", "warc"):
            exported(archive, folder / format_, format_)
    assert admitted >= 1
    told = (folder / "jsonl" / "articles.jsonl").read_text("utf-8").split("\n")
    assert len([json.loads(one) for one in told if one]) == admitted
    assert pq.read_table(folder / "parquet" / "data").num_rows == admitted
    with (folder / "csv" / "articles.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == admitted
    assert Database(folder / "sqlite" / "articles.db")["articles"].count == admitted
