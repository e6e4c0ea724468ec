"""The commands on an archive a test made: uniform output, filters, round trips."""

from __future__ import annotations

import csv
import hashlib
import io
import json

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article, source
from command_runner import start
from conftest import Khabar, settle_in

from khabar.model.items import Block, Embed

TWEET = Embed("x", "post", "1852345678901234567", "https://x.com/kagaz_ghar/status/1852345678901234567", "काग़ज़ घर",
              "kagaz_ghar", "पन्ने जुड़ गए", True, "2024-11-01T13:43:19Z", "id")  # fmt: skip


@pytest.fixture(scope="module")
def khabar(tmp_path_factory):
    """An archive of six articles in two sources."""
    path = settle_in(tmp_path_factory.mktemp("commands"))
    desk = ArchiveBuilder(path)
    desk.add(source("pratilipi"))
    desk.read(
        article(
            f"{HOME}/news/1",
            "चाँदनी चौक की किताबें",
            title="आज़म की दुकान",
            published_at="2026-11-20T10:00:00+05:30",
        )
    )
    with_tweet = (
        Block("heading", "मेला", 2),
        Block("paragraph", "किताबों का मेला लगा।"),
        Block("embed", embed=0),
    )
    desk.read(article(f"{HOME}/news/2", title="किताब मेला", published_at="2026-11-22T10:00:00+05:30", blocks=with_tweet,
                      embeds=(TWEET,), authors=("निशा रावत",)))  # fmt: skip
    desk.read(article("http://www.pratilipi.newsroom.test/news/3", "=1+1 किताब किताब, दुकान में भी", title="किताब किताब",
                      published_at="2026-11-21"), key="pratilipi")  # fmt: skip
    for number in (4, 5, 6):  # what the words asked for are rare in
        desk.read(
            article(
                f"{HOME}/news/{number}",
                f"नदी की सफ़ाई का दिन {number}",
                title="नदी",
                published_at=f"2026-10-0{number}",
            )
        )
    desk.archive.close()
    return Khabar(path, "", START)


def found(khabar, *args):
    run = khabar("search", *args, "--json")
    assert (run.code, run.err) == (0, "")
    return [hit["url"].rsplit("/", 1)[-1] for hit in json.loads(run.out)]


@pytest.mark.parametrize(
    ("args", "urls"),
    [
        (("किताब",), ["2", "3", "1"]),  # newest first
        (("दुकान",), ["3", "1"]),
        (("दुकान", "--rank"), ["1", "3"]),  # best first: the headline weighs more
        (("किताब", "--limit", "1"), ["2"]),
        (("किताब", "--source", "kagaz"), ["2", "1"]),
        (("किताब", "--since", "2026-11-21"), ["2", "3"]),
        (("किताब", "--since", "2026-11-21", "--until", "2026-11-21"), ["3"]),
        (("आजम",), ["1"]),
        (("azam",), ["1"]),
        (("चांदनी",), ["1"]),
        (("title:मेला",), ["2"]),
        (('"किताबों का मेला"',), ["2"]),
        (("किताब -मेला",), ["3", "1"]),
        (("कुछनहीं",), []),
    ],
    ids=lambda value: " ".join(value),
)
def test_search(khabar, args, urls):
    assert found(khabar, *args) == urls


def test_search_marks_the_words_it_found(khabar):
    (hit,) = json.loads(khabar("search", "मेला", "--json").out)
    assert "[मेला]" in hit["snippet"]
    assert "marked_title" not in hit
    assert "[मेला]" in khabar("search", "मेला").out
    assert khabar("search", "title:मेला").out.splitlines()[0] == "किताब [मेला]"


def test_csv_runs_no_formula(khabar):
    rows = list(csv.DictReader(io.StringIO(khabar("search", "किताब", "--csv").out)))
    assert len(rows) == 3
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_a_query_that_looks_like_an_option_can_be_searched(khabar):
    assert json.loads(khabar("search", "--json", "--", "-मेला").out) == []


@pytest.mark.parametrize("what", ["id", f"{HOME}/news/2", f"{HOME}/news/2#top"])
def test_show_by_id_or_address(khabar, what):
    if what == "id":
        what = str(json.loads(khabar("search", "title:मेला", "--json").out)[0]["id"])
    run = khabar("show", what, "--json")
    assert (run.code, run.err) == (0, "")
    held = json.loads(run.out)
    assert held["title"] == "किताब मेला"
    assert [block["type"] for block in held["blocks"]] == ["heading", "paragraph", "embed"]
    assert held["embeds"][0]["author_handle"] == "kagaz_ghar"


def test_show_for_people_has_the_whole_text_and_the_card(khabar):
    out = khabar("show", f"{HOME}/news/2").out
    for words in (
        "किताब मेला",
        "निशा रावत",
        "किताबों का मेला लगा।",
        "@kagaz_ghar",
        "पन्ने जुड़ गए",
        "https://x.com/kagaz_ghar/status/",
    ):
        assert words in out


@pytest.mark.parametrize("what", ["99", "9" * 40, "http://[::1/x", "नमस्ते", "-1"])
def test_show_of_what_is_not_there(khabar, what):
    run = khabar("show", "--", what)
    assert run.code == 2 and "khabar search" in run.err and len(run.err.splitlines()) == 1


def test_status(khabar):
    told = json.loads(khabar("status", "--json").out)
    assert {row["source"]: row["articles"] for row in told["sources"]} == {
        "kagaz": 5,
        "pratilipi": 1,
    }
    assert told["outcomes"]["article"] == 6
    assert "6 articles, 1 embeds" in khabar("status").out


def test_export_import_export_is_the_same(khabar, tmp_path):
    first = tmp_path / "first"
    run = khabar("export", str(first), "--format", "jsonl")
    assert run.code == 0 and "6 articles with 1 embeds" in run.out
    manifest = json.loads((first / "manifest.json").read_text())
    assert (
        manifest["sha256"]["articles.jsonl"]
        == hashlib.sha256((first / "articles.jsonl").read_bytes()).hexdigest()
    )
    assert manifest["by_source"] == {"kagaz": 5, "pratilipi": 1}
    elsewhere = Khabar(tmp_path / "other" / "archive.db", "", START)
    elsewhere.archive.parent.mkdir()
    assert elsewhere("import", str(first / "articles.jsonl")).out == "6 new\n"
    assert elsewhere("import", str(first / "articles.jsonl")).out == "6 unchanged\n"
    elsewhere("export", str(tmp_path / "second"), "--format", "jsonl")
    kept = (
        "url",
        "title",
        "text",
        "source",
        "published_at",
        "authors",
        "tags",
        "section",
        "blocks",
        "language",
    )
    assert _lines(first, kept) == _lines(tmp_path / "second", kept)
    posts = [
        [(e["provider"], e["id"], e["text"]) for e in row["embeds"]]
        for row in _rows(tmp_path / "second")
    ]
    assert posts == [
        [(e["provider"], e["id"], e["text"]) for e in row["embeds"]] for row in _rows(first)
    ]


def _rows(folder):
    rows = [json.loads(line) for line in (folder / "articles.jsonl").read_text().splitlines()]
    return sorted(rows, key=lambda row: row["url"])


def _lines(folder, kept):
    return [{name: row[name] for name in kept} for row in _rows(folder)]


@pytest.mark.parametrize(
    ("args", "number"),
    [(("--source", "kagaz"), 5), (("--since", "2026-11-21"), 2), (("--until", "2026-11-20"), 4), (("--source", "pratilipi", "--until", "2026-11-20"), 0)],
)  # fmt: skip
def test_export_filters(khabar, tmp_path, args, number):
    khabar.archive.with_name("own").mkdir(exist_ok=True)
    assert khabar("export", str(tmp_path / "x"), *args).code == 0
    assert len((tmp_path / "x" / "articles.jsonl").read_text().splitlines()) == number


def test_export_into_a_file_is_one_line(khabar, tmp_path):
    (tmp_path / "file").write_text("")
    run = khabar("export", str(tmp_path / "file"))
    assert run.code == 2 and len(run.err.splitlines()) == 1 and "file" in run.err


def test_sources_and_config_print_what_they_know(khabar):
    listed = json.loads(khabar("sources", "list", "--json").out)
    assert {"savera", "vyapar"} <= {row["key"] for row in listed}
    told = {row["setting"]: row for row in json.loads(khabar("config", "--json").out)}
    assert told["contact"]["value"] == "https://tests.newsroom.test" and told["contact"][
        "from"
    ].endswith("khabar.toml")
    assert told["archive"]["from"] == "KHABAR_ARCHIVE"


def test_help_names_every_command_quickly():
    run = Khabar(START, "", START)("--help")  # type: ignore[arg-type]
    assert run.code == 0 and "crawl" in run.out and "serve" in run.out


@pytest.mark.parametrize(
    ("typed", "completions"),
    [
        ("khabar sta", {"status"}),
        ("khabar crawl jag", {"jagran"}),
        ("khabar search --source jansa", {"jansatta"}),
        ("khabar sources mute jans", {"jansatta"}),
    ],
)
def test_a_shell_completes_commands_and_keys(tmp_path, typed, completions):
    env = Khabar(tmp_path / "archive.db", "", START).environment() | {
        "_KHABAR_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(typed.count(" ")),
    }
    run = start((), env).result()
    assert {line.partition(",")[2] for line in run.out.splitlines()} == completions


def test_a_misspelt_command_names_the_nearest(tmp_path):
    run = Khabar(tmp_path / "archive.db", "", START)("serach", "x")
    assert run.code == 2 and "'search'" in run.err
