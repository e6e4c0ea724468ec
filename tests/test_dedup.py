"""Near-duplicates among the rows of Parquet files: those the archive finds, the oldest kept, the rest counted and named."""

from __future__ import annotations

import json
import sys
from array import array
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archive_fixtures import START, ArchiveBuilder, article, source
from click.testing import CliRunner
from conftest import Khabar, settle_in
from dedup_fixtures import (
    SCHEMA,
    cluster_ids,
    dedup,
    footer,
    mixed_rows,
    moment,
    pair_ids,
    row,
    table,
    write_rows,
)
from export_fixtures import exported
from hypothesis import given
from hypothesis import strategies as st

from commands.dedup import command
from khabar.archive import open_archive
from khabar.archive.errors import ArchiveError
from khabar.archive.stories import index
from khabar.export.dedup import band_join, word_files
from khabar.export.dedup.verification import select_own_shingles
from khabar.export.dedup.word_files import FoldedText, fold_text
from khabar.hindi.minhash import list_shingles, shingles_of_hashes
from khabar.hindi.normalize import tokens
from khabar.model.text_features import compute_text_features
from khabar.processing import admission
from newsroom.agency_copies import make_copy, make_story

SOURCES = ("kagaz", "pratilipi", "savera")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Forty articles of three sources over five days, with copies and a footer of one source."""
    desk = ArchiveBuilder(settle_in(tmp_path_factory.mktemp("dedup")))
    for key in SOURCES[1:]:
        desk.add(source(key))
    for number in range(30):
        key = SOURCES[number % 3]
        url = f"http://www.{key}.newsroom.test/news/{number}"
        words = make_story(number, 4) if number % 4 else make_story(number, 4)[:1]
        told = {"published_at": f"2026-11-{1 + number % 5:02}", "published_precision": "day"}
        desk.read(article(url, *words, *footer(key), **told), key=key)
        if number % 3 == 1:
            copy = make_copy(number, "headline")[:5]
            desk.read(article(url.replace("pratilipi", "kagaz"), *copy, *footer("kagaz")))
    desk.archive.close()
    return desk.path


def test_it_finds_what_the_archive_finds(archive, tmp_path):
    with open_archive(archive) as held:
        exported(held, tmp_path / "data", "parquet", fields="+minhash")
        known = {(a, b): bool(own) for a, b, own in held.db.execute("select a, b, own from story_pairs")}  # fmt: skip
        stories = {}
        for story, one in held.db.execute("select story_id, id from articles where story_id is not null order by id"):  # fmt: skip
            stories.setdefault(story, []).append(one)
    counts = dedup(tmp_path / "data", tmp_path / "out")
    assert pair_ids(tmp_path / "out") == known
    assert cluster_ids(tmp_path / "out") == stories
    assert set(known.values()) == {True, False}, "the footer makes pairs that are no story"
    assert counts["boilerplate_paragraphs"] == 3
    assert counts["kept"] == 40 - counts["left_out"] and counts["left_out"] >= 5


def test_a_text_is_folded_as_the_archive_folds_it():
    text = "\n".join(["मेला", *make_story(1, 3), "", "४ दिन, क़िताबें।"])
    folded, features = fold_text(text, "kagaz"), compute_text_features({"text": text}, "kagaz")
    assert len(folded.words) == len(tokens(text)) == sum(count for count, _ in folded.lines)
    assert tuple(key for _, key in folded.lines if key >= 0) == features.paragraph_keys


LINES = st.lists(st.tuples(st.lists(st.integers(0, 9), max_size=5), st.integers(-1, 4)), max_size=7)  # fmt: skip


@given(LINES, st.sets(st.integers(0, 4)))
def test_shingles_without_boilerplate_are_those_of_the_words_that_remain(lines, boilerplate):
    """Also where one begins in front of a paragraph that is left out and ends behind it."""
    words = array("q", [word for words, _ in lines for word in words])
    text = FoldedText(words, [(len(words), key) for words, key in lines])
    left = [word for words, key in lines if key not in boilerplate | {-1} for word in words]
    found = select_own_shingles(text, array("q", list_shingles(words)), array("q", sorted(boilerplate)))  # fmt: skip
    if found is None:
        assert left == list(words)
    else:
        assert found == shingles_of_hashes(left)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ({"published_on": date(2026, 11, 2)}, {"published_on": date(2026, 11, 1)}, 2),
        ({"published_utc": moment("2026-11-01T08:00:00Z")}, {"published_utc": moment("2026-11-01T07:00:00Z")}, 2),
        ({"published_on": None, "first_seen": moment("2026-10-30T08:00:00Z")}, {}, 1),
        ({"published_on": None}, {}, 2),
        ({"id": 7}, {"id": 3}, 2),
        ({"id": None, "url": "http://b.in/"}, {"id": None, "url": "http://a.in/"}, 2),
        ({"id": None}, {"id": None, "url": None}, 1),
    ],
    ids=("day", "time", "seen", "no date", "id", "url", "no url"),
)  # fmt: skip
def test_the_oldest_is_kept_then_the_smallest_id_or_url(tmp_path, first, second, kept):
    rows = [row(1, make_story(1), **first), row(2, make_copy(1, "headline"), "savera", **second)]
    write_rows(tmp_path / "in/a.parquet", rows)
    dedup(tmp_path / "in", tmp_path / "out")
    (one,) = table(tmp_path / "out", "keep")
    assert (one["row"], one["copies"], one["compared"]) == (kept - 1, 2, True)


def test_the_same_text_of_a_source_is_linked_without_a_comparison(tmp_path):
    rows = [row(number, make_story(1)) for number in range(300)]
    write_rows(tmp_path / "in/a.parquet", [*rows, row(900, make_story(1), "savera")])
    counts = dedup(tmp_path / "in", tmp_path / "out")
    assert (counts["same_text"], counts["candidates"], counts["pairs"]) == (299, 1, 300)
    assert (counts["clusters"], counts["kept"], counts["full_bands"]) == (1, 1, 0)
    assert all(one["same_words"] and one["jaccard"] == 1.0 for one in table(tmp_path / "out", "pairs"))  # fmt: skip


def test_a_band_key_of_too_many_rows_is_counted_and_named(tmp_path, monkeypatch):
    """Texts of one long stock paragraph and a few words: each is compared with the oldest of its key only."""
    monkeypatch.setattr(band_join, "_INSERT_PAIRS", band_join._INSERT_PAIRS.replace("<= 200", "<= 8"))  # fmt: skip
    monkeypatch.setattr(band_join, "_CREATE_FULL_BANDS", band_join._CREATE_FULL_BANDS.replace("200", "8"))  # fmt: skip
    stock = make_story("stock", 3)
    rows = [row(number, [f"पहली बात {number} है।", *stock]) for number in range(60)]
    write_rows(tmp_path / "in/a.parquet", rows)
    counts = dedup(tmp_path / "in", tmp_path / "out")
    assert 8 * 7 // 2 + 52 * 8 <= counts["candidates"] < 60 * 59 // 4  # not half of all pairs
    named = table(tmp_path / "out", "full_bands")
    assert len(named) == counts["full_bands"] > 5
    assert {(one["rows"], one["pairs_not_compared"]) for one in named} >= {(60, 52 * 51 // 2)}
    assert counts["pairs_not_compared"] == sum(one["pairs_not_compared"] for one in named)
    assert named[0]["url"] == rows[0]["url"]


def test_what_cannot_be_compared_is_counted_and_kept(tmp_path):
    rows = [
        row(1, None),
        row(2, [" \n "]),
        row(3, ["दो शब्द"]),
        row(4, make_story(4)),
        row(5, make_copy(4, "headline"), minhash=row(0, make_story(4))["minhash"]),
    ]
    write_rows(tmp_path / "in/a.parquet", rows)
    counts = dedup(tmp_path / "in", tmp_path / "out")
    names = ("rows", "without_text", "too_short", "other_minhash", "kept", "left_out")
    assert [counts[name] for name in names] == [5, 2, 1, 1, 2, 1]
    kept = {one["id"]: one["compared"] for one in table(tmp_path / "out", "keep")}
    assert kept == {3: False, 4: True}


def test_a_text_that_is_too_long_is_counted_and_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(band_join, "MAX_TEXT", 2000)
    long = [*make_story(1, 4), *make_story("more", 20)]
    write_rows(
        tmp_path / "in/a.parquet", [row(1, long), row(2, long, "savera"), row(3, ["दो शब्द"])]
    )
    counts = dedup(tmp_path / "in", tmp_path / "out")
    names = ("too_long", "too_short", "candidates", "kept")
    assert [counts[name] for name in names] == [2, 1, 0, 3]
    assert not any(one["compared"] for one in table(tmp_path / "out", "keep"))


def test_texts_that_no_worker_has_memory_for_are_named(tmp_path, monkeypatch):
    def raise_memory_error(*_):
        raise MemoryError

    monkeypatch.setattr(word_files, "fold_text", raise_memory_error)
    write_rows(tmp_path / "in/a.parquet", mixed_rows(4))
    with pytest.raises(ArchiveError, match=r"a\.parquet: the texts of its row groups 0 to 0 take"):
        dedup(tmp_path / "in", tmp_path / "out")


def test_pages_that_are_no_articles_are_left_out(tmp_path):
    words = make_story(1)
    rows = [row(1, words, outcome="listing"), row(2, words, "savera", outcome="article"), row(3, words, "x", outcome=None)]  # fmt: skip
    write_rows(tmp_path / "in/a.parquet", [*rows, row(4, make_copy(1, "headline"), outcome="article")])  # fmt: skip
    write_rows(tmp_path / "in/b.parquet", [row(5, make_copy(1, "spelling"), "dopahar")])
    counts = dedup(tmp_path / "in", tmp_path / "out")
    assert (counts["rows"], counts["no_article"], counts["without_text"]) == (5, 2, 0)
    assert cluster_ids(tmp_path / "out") == {2: [2, 4, 5]}


def test_files_may_differ_in_their_columns_and_have_odd_names(tmp_path):
    """A row without a source has its URL's host as one, by which its stock paragraphs are found."""
    bare = [
        {name: one[name] for name in ("url", "text", "minhash")}
        for one in (row(n, [*make_story(n, 1), *make_story("stock", 3)]) for n in range(9))
    ]
    write_rows(tmp_path / "in/a[1]*?.parquet", bare)
    write_rows(tmp_path / "in/data/b.parquet", [row(50, make_story(50)), row(51, make_story(51))])
    write_rows(tmp_path / "in/.khabar-export/c.parquet", [row(50, make_story(50))])
    counts = dedup(tmp_path / "in", tmp_path / "out")
    assert (counts["rows"], counts["boilerplate_paragraphs"]) == (11, 3)
    assert counts["pairs"] == counts["pairs_by_boilerplate"] == 36
    assert {one["source"] for one in table(tmp_path / "out", "keep")} == {"www.kagaz.newsroom.test", "kagaz"}  # fmt: skip
    assert {one["file"] for one in table(tmp_path / "out", "keep")} == {"a[1]*?.parquet", "data/b.parquet"}  # fmt: skip


def test_rows_are_found_again_by_file_and_row(tmp_path):
    rows = mixed_rows(12)
    write_rows(tmp_path / "in/a.parquet", rows[:7])
    write_rows(tmp_path / "in/b.parquet", rows[7:])
    dedup(tmp_path / "in", tmp_path / "out")
    starts = {"a.parquet": 0, "b.parquet": 7}
    kept = table(tmp_path / "out", "keep")
    assert [rows[starts[one["file"]] + one["row"]]["id"] for one in kept] == [one["id"] for one in kept]  # fmt: skip
    members = {one["id"] for one in table(tmp_path / "out", "clusters") if not one["kept"]}
    assert members | {one["id"] for one in kept} == {one["id"] for one in rows}


def test_no_files_and_no_articles(tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(ArchiveError, match="no Parquet file"):
        dedup(tmp_path / "in", tmp_path / "out")
    write_rows(tmp_path / "in/a.parquet", [row(1, None)])
    counts = dedup(tmp_path / "in", tmp_path / "out")
    assert (counts["pairs"], counts["kept"], counts["without_text"]) == (0, 0, 1)
    assert table(tmp_path / "out", "pairs") == []


def test_files_that_are_not_ours_to_read_are_refused_in_a_line(tmp_path):
    one = {name: value for name, value in row(1, make_story(1)).items() if name != "minhash"}
    write_rows(tmp_path / "in/a.parquet", [one])
    with pytest.raises(ArchiveError, match="no column `minhash`: export with"):
        dedup(tmp_path / "in", tmp_path / "out")
    (tmp_path / "in/a.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ArchiveError, match="cannot be read"):
        dedup(tmp_path / "in", tmp_path / "out")
    write_rows(tmp_path / "in/a.parquet", [row(1, make_story(1), minhash=["00" * 6] * 20)])
    with pytest.raises(ArchiveError, match="row 0 has 20 keys in `minhash`, not 24"):
        dedup(tmp_path / "in", tmp_path / "out")


@pytest.mark.parametrize("key", ["zz", "", None, "f" * 12, "f" * 40])
def test_a_minhash_that_is_none_of_ours_is_refused_in_a_line(tmp_path, key):
    write_rows(tmp_path / "in/a.parquet", [row(1, make_story(1)), row(2, make_story(2), minhash=[key] * 24)])  # fmt: skip
    with pytest.raises(ArchiveError, match="row 1 has a key in `minhash` that is none of Khabar's"):
        dedup(tmp_path / "in", tmp_path / "out")


@pytest.mark.parametrize(
    ("column", "value"),
    [("id", "a1"), ("text", b"x"), ("url", {"x": 1}), ("minhash", [5] * 24), ("minhash", "x"), ("source", ["x"]), ("outcome", 3), ("published_on", "2026")],
    ids=str,
)  # fmt: skip
def test_a_column_of_another_type_is_refused_in_a_line(tmp_path, column, value):
    (tmp_path / "in").mkdir()
    one = {**row(1, make_story(1)), column: value}
    pq.write_table(pa.Table.from_pylist([one]), tmp_path / "in/a.parquet")
    with pytest.raises(ArchiveError, match=f"a.parquet: column `{column}` is .*, not a"):
        dedup(tmp_path / "in", tmp_path / "out")


def test_a_folder_that_is_called_as_a_file_is_a_folder(tmp_path):
    """As Spark writes them; texts as polars and pandas write them."""
    kinds = {"text": pa.large_string(), "source": pa.dictionary(pa.int32(), pa.string())}
    fields = [pa.field(one.name, kinds.get(one.name, one.type)) for one in SCHEMA if one.name != "outcome"]  # fmt: skip
    (tmp_path / "in/x.parquet").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(mixed_rows(4), schema=pa.schema(fields)), tmp_path / "in/x.parquet/part-0.parquet")  # fmt: skip
    assert dedup(tmp_path / "in", tmp_path / "out")["pairs"] == 2


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    write_rows(tmp_path / "in/a.parquet", mixed_rows(4))
    for name, body in (("pairs.parquet", "x"), ("manifest.json", '{"khabar": "0", "files": {"articles.jsonl": 1}}')):  # fmt: skip
        out = tmp_path / name
        out.mkdir()
        (out / name).write_text(body)
        (out / "articles.jsonl").write_text("{}")
        with pytest.raises(ArchiveError, match="not of an earlier `khabar dedup`"):
            dedup(tmp_path / "in", out)
        assert (out / name).read_text() == body and (out / "articles.jsonl").exists()
    with pytest.raises(ArchiveError, match="is inside"):
        dedup(tmp_path / "in", tmp_path / "in/out")
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match=r"cannot be made: Not a directory"):
        dedup(tmp_path / "in", tmp_path / "file/out")


def test_without_duckdb_the_command_says_what_to_install(tmp_path, monkeypatch):
    write_rows(tmp_path / "in/a.parquet", mixed_rows(4))
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ArchiveError, match=r"pip install 'khabar\[dedup\]'"):
        dedup(tmp_path / "in", tmp_path / "out")


def test_the_command_prints_the_counts(tmp_path):
    """With worker processes, and without numpy, as a user has them."""
    write_rows(tmp_path / "in/a.parquet", [*mixed_rows(), row(7777, ["दो शब्द"])])
    khabar = Khabar(tmp_path / "none.db", "", START)
    arguments = [str(tmp_path / "in"), "--to", str(tmp_path / "out"), "--memory", "512MB"]
    run = khabar("dedup", *arguments, "--json")
    assert (run.code, run.err) == (0, "")
    counts = json.loads(run.out)
    assert (counts["rows"], counts["too_short"]) == (37, 1)
    assert counts["files"].keys() == {f"{name}.parquet" for name in ("pairs", "clusters", "keep", "full_bands")}  # fmt: skip
    lines = khabar("dedup", *arguments).out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split()[0] == "37" and f"{counts['kept']} rows kept (keep.parquet)" in lines[-1]
    assert any("too short" in line for line in lines)
    refused = khabar("dedup", str(tmp_path / "nothing"), "--to", str(tmp_path / "other"))
    assert (refused.code, refused.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("size", ["2", "2TB", "GB", "two GB", "-1GB"])
def test_a_memory_that_is_no_size_is_refused(tmp_path, size):
    run = CliRunner().invoke(command, ["in", "--to", "out", "--memory", size])
    assert run.exit_code == 2 and "is no size: write 512MB or 2GB" in run.stderr


def test_the_limits_are_those_of_the_archive():
    assert band_join.MAX_BAND_ROWS == index.MAX_ARTICLES_PER_KEY == 200
    assert band_join.MAX_TEXT == admission.MAX_TEXT
