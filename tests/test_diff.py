"""The same article, later: what made a revision and what did not, and `khabar show --diff`, which says it in words."""

from __future__ import annotations

import json

import pytest
from archive_fixtures import WORDS, ArchiveBuilder, article
from conftest import Khabar
from hypothesis import given
from hypothesis import strategies as st

from khabar.archive.store import revisions
from khabar.hindi.boilerplate import is_volatile_line
from khabar.model.items import Block, Embed, Image, TextFeatures
from khabar.web.queries import revisions as history

POST = Embed(
    "x",
    "post",
    "1852345678901234567",
    "https://x.com/kagaz_ghar/status/1852345678901234567",
    place="body",
)
ASIDE = Embed("youtube", "video", "abc", "https://www.youtube.com/watch?v=abc", place="page")


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    yield opened
    opened.archive.close()


def readings(desk: ArchiveBuilder) -> list[dict[str, object]]:
    return desk.rows(
        "select revision, changed, stealth, seen_after, seen_at, text from readings order by revision"
    )


def lines(*texts: str, **told) -> dict[str, object]:
    return {"blocks": tuple(Block("paragraph", text) for text in texts), **told}


# --- what is no edit ---


@pytest.mark.parametrize(
    "line",
    [
        "अपडेटेड: 07 नवंबर 2025 11:02 IST", "Updated: 24 Nov 2026, 10:15 PM (IST)", "Last Updated on: शुक्रवार, 07 नवंबर 2025 रात 10:15 बजे",
        "5.2k व्यूज", "12 हज़ार views", "३ मिनट में पढ़ें", "2 घंटे पहले", "यह भी पढ़ें: दूसरे शहर की ख़बर", "Also Read | दूसरी ख़बर", "इसे भी पढ़े - तीसरी",
    ],
)  # fmt: skip
def test_a_line_that_changes_by_itself(line):
    assert is_volatile_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "", "अपडेट: 5 शव मिले, 12 लोग लापता", "शेयर 5 फीसदी चढ़ा", "3 लोगों ने देखा हादसा", "इस पोस्ट को 3 लाख लाइक मिले", "पहले 2 घंटे पुलिस नहीं आई",
        "7 नवंबर 2025", "यह किताब भी पढ़ें", "उन्होंने कहा कि यह भी पढ़ें", "Updated rules for 2026 were read out", "12",
    ],
)  # fmt: skip
def test_a_line_that_says_something(line):
    assert not is_volatile_line(line)


@given(st.text(max_size=60))
def test_any_line_can_be_asked(line):
    assert is_volatile_line(line) in (True, False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (lines(*WORDS, "5.2k व्यूज"), lines(*WORDS, "6.1k व्यूज")),
        (lines("अपडेटेड: 24 नवंबर 2026 11:02 IST", *WORDS), lines("अपडेटेड: 24 नवंबर 2026 17:40 IST", *WORDS)),
        (lines(*WORDS), lines(WORDS[0], "यह भी पढ़ें: मेले की तैयारी", WORDS[1])),
        (lines(*WORDS, embeds=(ASIDE,)), lines(*WORDS)),
        (lines(*WORDS, images=(Image("http://i/1.jpg?w=400", "जिल्द"),)), lines(*WORDS, images=(Image("http://i/1.jpg?w=800", "जिल्द"),))),
        (lines(*WORDS, modified_at="2026-11-24T10:00:00+05:30"), lines(*WORDS, modified_at="2026-11-24T12:00:00+05:30")),
    ],
    ids=["counter", "updated", "related", "aside", "size", "modified"],
)  # fmt: skip
def test_boring_changes_make_no_revision(desk, before, after):
    desk.read(article(**before))
    desk.wait(hours=2)
    assert desk.read(article(**after)).change == "unchanged"
    assert len(readings(desk)) == 1


def test_a_real_change_beside_a_boring_one_is_one(desk):
    desk.read(article(**lines(*WORDS, "5.2k व्यूज")))
    desk.wait(hours=2)
    assert (
        desk.read(article(**lines(WORDS[0], f"{WORDS[1]} कल भी चलेगा।", "9k व्यूज"))).change
        == "edited"
    )
    (step,) = history.diff_revisions(desk.db, desk.rows("select id from articles")[0]["id"])
    assert [
        piece.text.strip() for pieces in step.text for piece in pieces if piece.change == "new"
    ] == ["कल भी चलेगा।"]
    assert "व्यूज" not in str(step.text)


def test_a_picture_that_is_told_by_its_query_is_another(desk):
    desk.read(article(images=(Image("http://i/show.php?id=1"),)))
    desk.wait(hours=2)
    assert desk.read(article(images=(Image("http://i/show.php?id=2"),))).change == "edited"


def test_a_re_extraction_takes_boring_lines_out(desk):
    desk.read(article(**lines(*WORDS, "5.2k व्यूज")))
    (row,) = desk.rows("select id, url, source, last_seen from articles")
    reading = revisions.NewRevision(
        article(), row["url"], row["source"], TextFeatures(), desk.now, 1
    )
    assert revisions.update_article(desk.db, row["id"], reading, "re-extraction") == ("text",)


# --- stealth ---


@pytest.mark.parametrize(
    ("before", "after", "stealth"),
    [
        ("2026-11-24T08:00:00+05:30", "2026-11-24T08:00:00+05:30", 1),
        ("2026-11-24T08:00:00+05:30", "2026-11-25T03:00:00+05:30", 0),
        ("2026-11-23", "2026-11-23", 1),
        ("2026-11-24", "2026-11-24", 0),  # later that day, for all we know
        (None, None, 0),  # a page that never says when
        ("2026-11-24T08:00:00+05:30", None, 0),
    ],
)
def test_an_edit_the_page_does_not_own_up_to_is_flagged(desk, before, after, stealth):
    desk.read(article(modified_at=before))
    desk.wait(hours=12)
    assert desk.read(article(title="दूसरा शीर्षक", modified_at=after)).change == "edited"
    assert [row["stealth"] for row in readings(desk)] == [0, stealth]


def test_another_picture_alone_is_no_stealth(desk):
    desk.read(article(modified_at="2026-11-20T08:00:00+05:30"))
    desk.wait(hours=12)
    desk.read(article(modified_at="2026-11-20T08:00:00+05:30", images=(Image("http://i/1.jpg"),)))
    assert [(json.loads(row["changed"]), row["stealth"]) for row in readings(desk)] == [
        ([], 0),
        (["images"], 0),
    ]


# --- live blogs ---


def live(*updates: tuple[str, str], **told):
    blocks = [Block("paragraph", WORDS[0])]
    for moment, words in updates:
        blocks += [
            Block("heading", words, 2, time=f"2026-11-24T{moment}:00+05:30"),
            Block("paragraph", f"{words} {WORDS[1]}"),
        ]
    return article(page_type="liveblog", **{"blocks": tuple(blocks), **told})


def test_a_live_blog_that_only_grows_is_two_readings_however_long_it_runs(desk):
    updates = [(f"{10 + n // 6}:{n % 6}0", f"मतगणना का दौर {n}") for n in range(40)]
    for count in range(1, 41):
        desk.read(live(*updates[:count]))
        desk.wait(minutes=10)
    first, newest = readings(desk)
    assert (json.loads(first["changed"]), json.loads(newest["changed"])) == ([], ["updates"])
    assert "दौर 0" in first["text"] and all(words in newest["text"] for _, words in updates)
    assert (
        newest["seen_after"] == first["seen_at"]
        and newest["seen_at"] == desk.rows("select last_seen from articles")[0]["last_seen"]
    )


def test_what_a_live_blog_takes_back_is_kept(desk):
    told = [
        ("10:00", "पहला रुझान"),
        ("10:10", "दूसरा रुझान"),
        ("10:20", "तीसरा रुझान"),
        ("10:30", "चौथा रुझान"),
    ]
    desk.read(live(*told[:1]))
    for count in (2, 3):
        desk.wait(minutes=10)
        desk.read(live(*told[:count]))
    desk.wait(minutes=10)
    rewritten = [told[0], ("10:10", "दूसरा रुझान ग़लत था"), *told[2:]]
    desk.read(live(*rewritten))
    rows = readings(desk)
    assert [json.loads(row["changed"]) for row in rows] == [[], ["updates"], ["updates", "text"]]
    assert "दूसरा रुझान मौसम" not in rows[2]["text"] and "तीसरा रुझान" in rows[1]["text"]
    desk.wait(minutes=10)
    desk.read(live(*rewritten, ("10:40", "पाँचवाँ रुझान")))
    assert len(readings(desk)) == 4, "what was rewritten is not run together with what came after"


def test_a_post_that_leaves_a_growing_live_blog_is_kept(desk):
    desk.read(live(("10:00", "पहला"), embeds=(POST,)))
    desk.wait(minutes=10)
    desk.read(live(("10:00", "पहला"), ("10:10", "दूसरा"), embeds=(POST,)))
    desk.wait(minutes=10)
    desk.read(live(("10:00", "पहला"), ("10:10", "दूसरा"), ("10:20", "तीसरा")))
    assert [json.loads(row["changed"]) for row in readings(desk)] == [
        [],
        ["updates"],
        ["updates", "embeds"],
    ]


# --- in words ---


@pytest.fixture
def edited(desk) -> ArchiveBuilder:
    desk.read(
        article(
            modified_at="2026-11-24T08:00:00+05:30",
            subtitle="शहर में",
            images=(Image("http://i/1.jpg"),),
        )
    )
    desk.wait(hours=6)
    blocks = (
        Block("paragraph", WORDS[0].replace("बीस", "तीस")),
        Block("embed", embed=0),
        Block("paragraph", WORDS[1]),
    )
    desk.read(
        article(
            modified_at="2026-11-24T08:00:00+05:30",
            title="किताबों का मेला",
            blocks=blocks,
            embeds=(POST,),
        )
    )
    return desk


def test_the_diff_marks_what_went_and_what_came(edited):
    out = Khabar(edited.path, "", edited.now)("show", article().url, "--diff").out
    assert "title: किताबों का [-शिविर-] {+मेला+}" in " ".join(out.split())
    assert "[-बीस-] {+तीस+}" in out and "[-शहर में-]" in out
    assert (
        "[-picture http://i/1.jpg-]" in out
        and "{+x https://x.com/kagaz_ghar/status/1852345678901234567+}" in out
    )
    assert "चार सौ किताबों" not in out, "what stayed the same is left out"
    head = next(line for line in out.splitlines() if line.startswith("revision 2"))
    assert "edit · seen between 24 Nov 2026, 14:30 IST and 24 Nov 2026, 20:30 IST" in head
    assert "stealth: the page still says it was modified 24 Nov 2026, 08:00 IST" in " ".join(
        out.split()
    )


def test_the_diff_as_json(edited):
    (step,) = json.loads(
        Khabar(edited.path, "", edited.now)("show", article().url, "--diff", "--json").out
    )
    assert (step["revision"], step["stealth"], step["seen_after"]) == (
        2,
        True,
        "2026-11-24T09:00:00Z",
    )
    assert set(step["changed"]) == {"title", "subtitle", "text", "embeds", "images"}
    assert {tuple(piece) for pieces in step["title"] for piece in pieces} >= {
        ("gone", "शिविर"),
        ("new", "मेला"),
    }
    assert (step["gone"], step["new"]) == (
        ["picture http://i/1.jpg"],
        ["x https://x.com/kagaz_ghar/status/1852345678901234567"],
    )


def test_an_article_that_never_changed_says_so(desk):
    desk.read(article())
    done = Khabar(desk.path, "", desk.now)("show", article().url, "--diff")
    assert (done.code, "no revision changed anything" in done.out) == (0, True)
