"""An article's own pages: its readings, what changed, how to cite it, the page as kept, two side by side, 410."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette

from khabar.archive.store import snapshots
from khabar.web import make_app
from khabar.web.queries import citations, diff
from tests.archive_fixtures import HOME, ArchiveBuilder, article
from tests.web_archives import LONG, TITLE, story
from tests.web_fixtures import AFTER, ATTACK, BEFORE, POST, get, ids, loads


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveBuilder]:
    desk = story(tmp_path_factory.mktemp("story"))
    desk.read(article(f"{HOME}/news/attack", f"{ATTACK} पहले", title=f"{ATTACK} एक"))
    desk.wait(hours=1)
    desk.read(article(f"{HOME}/news/attack", f"{ATTACK} बाद में", title=f"{ATTACK} दो"))
    yield desk
    desk.archive.close()


@pytest.fixture(scope="module")
def app(desk: ArchiveBuilder) -> Datasette:
    return make_app(desk.path, public=False)


def test_every_reading_has_its_permanent_address(app: Datasette) -> None:
    number = ids(app)["canal"]
    now, first, second = (get(app, f"/a/{number}{at}").text for at in ("", "@1", "@2"))
    assert "तीस साल से" in now and "तीस साल से" in second and "बीस साल से" not in second
    assert "बीस साल से" in first and "तीस साल से" not in first and f"<h1>{TITLE}</h1>" in first
    assert "आप पुराना रूप पढ़ रहे हैं" in first and "आप पुराना रूप" not in now + second
    assert (
        first.index(BEFORE) < first.index("@Nahar_Dal") < first.index(AFTER)
    )  # its embeds are that reading's, in place
    assert f'href="/a/{number}@1"' in now and f'href="/a/{number}/changes"' in now
    assert get(app, f"/a/{number}@3").status_code == 404
    assert get(app, f"/a/{number}@1.json").json()["title"] == TITLE


def test_what_changed_is_shown_word_by_word(app: Datasette) -> None:
    page = get(app, f"/a/{ids(app)['canal']}/changes").text
    assert "<del>बीस </del><ins>तीस </ins>" in page and "अब आएगा पानी</ins>" in page
    assert "अनुच्छेद वैसे ही" in page and LONG[2] not in page  # what stayed is not printed again
    attack = get(app, f"/a/{ids(app)['attack']}/changes").text
    assert loads(attack) == [] and "&lt;script&gt;alert" in attack


def test_a_reading_is_cited_with_the_page_it_was_read_from(
    app: Datasette, desk: ArchiveBuilder
) -> None:
    number = ids(app)["canal"]
    (row,) = desk.rows("select n.sha256 from revisions r join snapshots n on n.id = r.snapshot_id where article_id = ? and revision = 1", number)  # fmt: skip
    page = get(app, f"/a/{number}@1").text
    (item,) = get(app, f"/a/{number}@1.csl.json").json()
    bibtex = get(app, f"/a/{number}@1.bib").text
    address = f"http://localhost/a/{number}@1"
    for told in (page, json.dumps(item), bibtex):
        assert row["sha256"] in told and address in told
    assert item["type"] == "article-newspaper" and item["author"] == [{"literal": "रेखा मौर्य"}]
    assert (
        item["issued"] == {"date-parts": [[2026, 11, 20]]}
        and item["version"] == "1"
        and item["title"] == TITLE
    )
    assert bibtex.startswith(f"@online{{khabar-{number}-1,\n") and "author = {{रेखा मौर्य}}" in bibtex


def test_bibtex_is_escaped() -> None:
    told = {"key": "k", "title": "50% & {#_$}\\ ^~", "authors": ["A & B", "C"], "source": "S_1", "published": "", "seen": "2026-11-20",
            "url": "u", "permalink": "p", "revision": 1, "language": "hi", "sha256": None}  # fmt: skip
    entry = citations.as_bibtex(told)
    assert r"50\% \& \{\#\_\$\}\textbackslash{} \textasciicircum{}\textasciitilde{}" in entry
    assert r"author = {{A \& B} and {C}}" in entry and "date" not in entry.replace("urldate", "")


def test_the_page_as_kept_is_inert(app: Datasette, desk: ArchiveBuilder) -> None:
    number = ids(app)["attack"]
    answer = get(app, f"/a/{number}/snapshot")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (
        "script-src" not in answer.headers["content-security-policy"]
        and "default-src 'none'" in answer.headers["content-security-policy"]
    )
    assert ATTACK in answer.text
    (row,) = desk.rows("select max(snapshot_id) as id from revisions where article_id = ?", number)
    assert (
        hashlib.sha256(snapshots.load_page(desk.db, row["id"]).body).hexdigest()
        == answer.headers["x-khabar-sha256"]
    )


def test_two_articles_side_by_side(app: Datasette) -> None:
    one, other = ids(app)["canal"], ids(app)["9"]
    page = get(app, f"/beside/{one}/{other}").text
    assert "<mark>" in page and page.count("<article") == 2
    assert "पहले दिन तीन सौ लोग फावड़े" in page and loads(page) == []
    assert get(app, f"/beside/{one}/1").status_code == 404


def test_an_article_leads_to_its_copies_and_its_story(app: Datasette) -> None:
    one, other = ids(app)["canal"], ids(app)["9"]
    page = get(app, f"/a/{one}").text
    assert (
        f'href="/beside/{one}/{other}"' in page
        and f'href="/story/{one}"' in page
        and "दूसरा अख़बार" in page
    )


def test_a_post_says_how_many_articles_carry_it(app: Datasette) -> None:
    page = get(app, f"/a/{ids(app)['canal']}").text
    assert 'href="/embed/x%3A1991"' in page or 'href="/embed/x:1991"' in page
    assert 'href="/account/x/nahar_dal"' in page


def test_what_was_taken_down_answers_410(app: Datasette, desk: ArchiveBuilder) -> None:
    desk.db.execute("insert into takedowns (id, pattern, reason, asked_by, at) values (1, 'x', 'asked', 'editor', '2026-11-24T00:00:00Z')")  # fmt: skip
    desk.db.execute("insert into tombstones (url, takedown_id, source, article_id, known_since) values ('x', 1, 'kagaz', 1234567890123456, 'y')")  # fmt: skip
    assert get(app, "/a/1234567890123456").status_code == 410
    assert get(app, "/a/1234567890123456.json").json()["status"] == 410
    assert get(app, "/a/1234567890123457").status_code == 404


def test_strangers_see_no_words_on_these_pages(desk: ArchiveBuilder) -> None:
    public = make_app(desk.path, public=True)
    number, other = ids(public)["canal"], ids(public)["9"]
    for where in (
        f"/a/{number}/changes",
        f"/a/{number}/snapshot",
        f"/beside/{number}/{other}",
        f"/a/{number}.json",
    ):
        assert get(public, where).status_code == 404, where
    page = get(public, f"/a/{number}").text
    assert BEFORE in page and LONG[1] not in page and POST.split("\n")[0] not in page
    assert POST.split("\n")[0] not in get(public, "/embed/x:1991").text
    assert get(public, f"/a/{number}@1.bib").status_code == 200


# --- comparing ---


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("एक दो तीन", "एक दो तीन", [[("same", "एक दो तीन")]]),
        (
            "एक दो तीन",
            "एक चार तीन",
            [[("same", "एक "), ("gone", "दो "), ("new", "चार "), ("same", "तीन")]],
        ),
        ("एक दो", "एक दो तीन", [[("same", "एक दो "), ("new", "तीन")]]),
        (
            "क ख\n\nग घ",
            "क ख\n\nच छ\n\nग घ",
            [[("same", "क ख")], [("new", "च छ")], [("same", "ग घ")]],
        ),
        ("क ख\n\nग घ", "ग घ", [[("gone", "क ख")], [("same", "ग घ")]]),
        (None, "क", [[("new", "क")]]),
        ("क", None, [[("gone", "क")]]),
        (None, None, []),
    ],
)
def test_changes(old: str | None, new: str | None, wanted: list[Any]) -> None:
    found = diff.diff_paragraphs(old, new)
    assert [[tuple(piece) for piece in row] for row in found] == wanted


def test_nothing_is_lost_between_two_texts() -> None:
    old, new = "\n\n".join(LONG), "\n\n".join([LONG[1], LONG[0].replace("बीस", "तीस"), "नया।"])
    rows = diff.diff_paragraphs(old, new)
    told = "".join(piece.text for row in rows for piece in row if piece.change != "gone")
    assert "".join(told.split()) == "".join(new.split())


def test_shared_passages_need_six_words_in_a_row_however_spelt() -> None:
    one = "आज़म गाँव की नहर बीस साल बाद साफ़ होगी। और कुछ नहीं।"
    other = "ख़बर है कि आजम गांव की नहर बीस साल बाद साफ होगी।\n\nदूसरी बात और है।"
    left, right, share = diff.find_shared(one, other)
    assert [part.text for row in left for part in row if part.shared] == [
        "आज़म गाँव की नहर बीस साल बाद साफ़ होगी"
    ]
    assert (
        "".join(part.text for part in right[0] if part.shared).strip()
        == "आजम गांव की नहर बीस साल बाद साफ होगी।"
    )
    assert not right[1][0].shared and 0.7 < share < 0.8
    assert diff.find_shared("एक दो", "एक दो")[2] == 0 and diff.find_shared("", "")[2] == 0


def test_a_long_text_is_compared_in_time(tmp_path: Path) -> None:
    old = " ".join(f"शब्द{number % 97}" for number in range(40_000))
    rows = diff.diff_paragraphs(old, old + " और")
    assert [piece.change for piece in rows[0]] == ["gone", "new"]
