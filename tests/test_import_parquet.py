"""Parquet taken into an archive: pages that were extracted elsewhere give what their WARC files give, and articles of an
export what its JSONL gives.
"""

from __future__ import annotations

import json
import shutil
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archive_fixtures import ArchiveBuilder
from bulk_fixtures import NOW, SEVERAL_PAGES, make_body, write_editions, write_pages
from command_runner import PATIENCE, Khabar
from conftest import settle_in
from export_fixtures import fill, lines
from sqlite_utils.utils import sqlite3

from khabar.archive import ArchiveError, open_archive
from khabar.export.schema import FIELDS

# All but `vector`, which an archive has only once its vectors are built.
EVERY_FIELD = ",".join(field.name for field in FIELDS if field.name != "vector")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the WARC files and what `extract --to` makes of them."""
    folder = tmp_path_factory.mktemp("parquet")
    files = write_editions(folder)
    khabar = Khabar(settle_in(folder), "", NOW)
    run = khabar("extract", *map(str, files), "--to", str(folder / "out"), "--workers", "1")
    assert (run.code, run.err) == (0, "")
    return folder


def imported(folder, *files):
    """(`khabar` on a new archive, the run that imported the files into it)"""
    khabar = Khabar(settle_in(folder), "", NOW)
    return khabar, khabar("import", "--workers", "1", *map(str, files))


def export_of(khabar, name, format_):
    folder = khabar.archive.parent / name
    run = khabar("export", str(folder), "--format", format_, "--fields", EVERY_FIELD)
    assert run.code == 0, run
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.suffix in (".jsonl", ".parquet")
    }


@pytest.fixture(scope="module")
def both(place, tmp_path_factory):
    """(archive of the WARC files, archive of the Parquet of them)"""
    warcs = [place / "first.warc.gz", place / "second.warc.gz"]
    first, run = imported(tmp_path_factory.mktemp("warcs"), *warcs)
    outputs = sorted((place / "out").glob("*.parquet"))
    second, other = imported(tmp_path_factory.mktemp("rows"), *outputs)
    assert (run.code, run.err, other.code, other.err) == (0, "", 0, "")
    skipped = ("of no known source", "status", "no article address")
    assert [
        part for part in run.out.strip().split(", ") if not any(s in part for s in skipped)
    ] == (other.out.strip().split(", "))
    return first, second


@pytest.mark.parametrize("format_", ["jsonl", "parquet"])
def test_extract_import_export_is_import_export(both, format_):
    """All columns, ids too; the raw pages alone are not there."""
    first, second = (export_of(khabar, format_, format_) for khabar in both)
    assert first == second and len(b"".join(first.values())) > 50_000
    if format_ == "jsonl":
        rows = lines(both[1].archive.parent / "jsonl" / "articles.jsonl")
        assert any(row["revision"] > 1 for row in rows) and any(row["insets"] for row in rows)
        assert any(row["story_id"] for row in rows) and any(row["embeds"] for row in rows)


TABLES = {
    "pages": "select url, source, kind, state, outcome, evidence, extractor_version from pages order by url",
    "articles": "select * from articles order by id",
    "revisions": "select article_id, revision, reason, changed, stealth, seen_after, seen_at, title, text, extractor_version from revisions order by 1, 2",
    "embeds": "select * from article_embeds join embeds e on e.id = embed_id order by article_id, revision, ord",
    "insets": "select * from insets order by article_id, revision, ord",
    "pairs": "select * from story_pairs order by a, b",
    "parts": "select number, refused from parts order by page_id",
}


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_filled_as_from_the_warc_files(both, table):
    stored = []
    for khabar in both:
        with open_archive(khabar.archive) as archive:
            stored.append(list(archive.db.query(TABLES[table])))
    assert stored[0] and stored[0] == stored[1]


def test_a_page_that_forbids_archives_is_withheld_and_its_words_are_nowhere(both):
    for khabar in both:
        with open_archive(khabar.archive) as archive:
            sql = "select withheld, text from articles where url like '%mat-rakho%'"
            assert archive.db.execute(sql).fetchall() == [("noarchive", "")]
    with open_archive(both[1].archive) as archive:
        assert archive.db.execute("select count(*) from snapshots").fetchone() == (0,)


def test_a_later_page_in_front_of_its_first_one_is_joined(both):
    for khabar in both:
        with open_archive(khabar.archive) as archive:
            sql = f"select text from articles where url like '%/{SEVERAL_PAGES}/'"
            ((text,),) = archive.db.execute(sql).fetchall()
        assert text.count("नगर निगम की बैठक में प्रस्ताव") == 24


def test_the_archive_is_sound_and_searched(both):
    assert both[1]("verify").code == 0
    found = json.loads(both[1]("search", "गोमती घाट", "--json").out)
    assert any("gomti-ghat-safai" in hit["url"] for hit in found)


def test_known_rows_and_finished_files_change_nothing(both, place, tmp_path):
    khabar = Khabar(tmp_path / "archive.db", "", NOW)
    settle_in(tmp_path)
    shutil.copy(both[1].archive, khabar.archive)
    before = export_of(khabar, "before", "jsonl")
    run = khabar("import", str(place / "out"))
    assert run.code == 0 and run.out.count("was imported on") == 2
    again = khabar("import", "--again", str(place / "out"))
    assert again.code == 0 and "known already" in again.out and " new" not in again.out
    assert export_of(khabar, "after", "jsonl") == before


def test_killed_and_resumed_it_goes_on_at_its_row(tmp_path):
    khabar = Khabar(settle_in(tmp_path), "", NOW)
    warc = write_pages(tmp_path / "x.warc.gz", [make_body(number) for number in range(90)])
    arguments = ("--to", str(tmp_path / "out"), "--workers", "1")
    assert khabar("extract", str(warc), *arguments).code == 0
    run = khabar.start("import", str(tmp_path / "out"))
    until = time.monotonic() + PATIENCE
    while _offset(khabar.archive) == 0 and time.monotonic() < until:
        time.sleep(0.01)
    run.kill()
    offset = _offset(khabar.archive)
    assert 0 < offset < 90
    again = khabar("import", str(tmp_path / "out"))
    assert again.code == 0
    with open_archive(khabar.archive) as archive:
        assert archive.db.execute("select count(*) from articles").fetchone() == (90,)
        assert archive.db.execute("select max(revision) from articles").fetchone() == (1,)
    assert f"{90 - offset} new" in again.out


def _offset(archive) -> int:
    try:
        with open_archive(archive) as opened:
            row = opened.db.execute("select offset from imports").fetchone()
    except (ArchiveError, sqlite3.Error):  # the file is being made
        return 0
    return row[0] if row else 0


# --- what strangers write ---


@pytest.fixture
def output(place):
    return next(file for file in sorted((place / "out").glob("*.parquet")) if "first" in file.name)


def rewrite(path, target, changes, **options):
    """Writes the rows of a file, each of the changes done to another of its articles. Returns their addresses."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    changed = [row for row in rows if row["outcome"] == "article" and row["embeds"]]
    assert len(changed) >= len(changes)
    for row, change in zip(changed, changes, strict=False):
        row |= change(row) if callable(change) else change
    pq.write_table(pa.Table.from_pylist(rows, table.schema), target, **options)
    return [row["page_url"] for row, _ in zip(changed, changes, strict=False)]


BAD = {
    "outcome": ({"outcome": "excellent"}, "outcome"),
    "no extraction": ({"page_type": None}, "without an extraction"),
    "blocks": (lambda row: {"text": row["text"][:-9]}, "blocks: not those of the text"),
    "embed": (lambda row: {"embeds": row["embeds"][:-1]}, "embed_markup"),
    "page type": ({"page_type": "poem"}, "page_type"),
    "time": ({"published_at": "कल शाम"}, "published_at: 'कल शाम'"),
    "language": ({"language": "hi: [x"}, "language"),
    "version": ({"extractor_version": "<script>"}, "extractor_version"),
    "signals": ({"signals": "["}, "."),
    "redirect": ({"redirect_url": "javascript:x"}, "redirect_url"),
    "NUL": ({"title": "a\0b"}, "NUL"),
}


def test_a_bad_row_costs_itself_and_is_named(tmp_path, output):
    urls = rewrite(output, tmp_path / "bad.parquet", [changes for changes, _ in BAD.values()])
    khabar, run = imported(tmp_path / "place", tmp_path / "bad.parquet")
    assert run.code == 1 and f"{len(BAD)} broken" in run.out
    said = run.err.splitlines()
    assert len(said) == len(BAD)
    for line, (_, why) in zip(said, BAD.values(), strict=True):
        assert line.startswith(f"khabar: {tmp_path}/bad.parquet: row ") and why in line
    with open_archive(khabar.archive) as archive:
        known = {
            row["url"]
            for row in archive.db.query("select url from pages where outcome = 'article'")
        }
    assert known and not known & set(urls)


def test_damaged_bytes_cost_their_row_group_and_are_named(tmp_path, output):
    rewrite(output, tmp_path / "groups.parquet", [], row_group_size=10)
    data = bytearray((tmp_path / "groups.parquet").read_bytes())
    group = pq.ParquetFile(tmp_path / "groups.parquet").metadata.row_group(1)
    chunk = group.column(
        [group.column(i).path_in_schema for i in range(group.num_columns)].index("text")
    )
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data[start : start + 40] = b"\xff" * 40
    (tmp_path / "groups.parquet").write_bytes(data)
    khabar, run = imported(tmp_path / "place", tmp_path / "groups.parquet")
    assert run.code == 1 and "1 broken" in run.out
    assert run.err.count("\n") == 1 and "row 10: " in run.err
    with open_archive(khabar.archive) as archive:
        assert archive.db.execute("select count(*) from articles").fetchone()[0] > 5


def test_what_is_no_parquet_is_named_and_the_others_are_imported(tmp_path, output):
    files = {
        "cut.parquet": output.read_bytes()[:-5],
        "footer.parquet": b"PAR1" + b"x" * 99 + b"\x10\0\0\0PAR1",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    khabar, run = imported(tmp_path / "place", *(tmp_path / name for name in files))
    assert run.code == 2 and run.err.count("\n") == 2
    run = khabar("import", str(tmp_path / "cut.parquet"), str(output))
    assert run.code == 1 and " new" in run.out and run.err.count("\n") == 1
    (tmp_path / "empty").mkdir()
    assert "no Parquet file" in khabar("import", str(tmp_path / "empty")).err


def test_an_export_s_parquet_gives_what_its_jsonl_gives(tmp_path):
    desk = ArchiveBuilder(settle_in(tmp_path / "held"))
    fill(desk)
    desk.archive.close()
    khabar = Khabar(desk.path, "", ArchiveBuilder.now)
    exports = {}
    for format_ in ("jsonl", "parquet"):
        assert khabar("export", str(tmp_path / format_), "--format", format_).code == 0
        source = tmp_path / format_
        other = Khabar(settle_in(tmp_path / f"of-{format_}"), "", ArchiveBuilder.now)
        file = source if format_ == "parquet" else source / "articles.jsonl"
        assert other("import", str(file)).out == "13 new\n"
        exports[format_] = export_of(other, "again", "jsonl")
    assert exports["jsonl"] == exports["parquet"]
    assert other("import", str(file)).out == "13 unchanged\n"


def test_another_collection_s_columns_are_mapped(tmp_path):
    rows = [
        {
            "link": f"https://a.example.in/{number}",
            "headline": f"शीर्षक {number}",
            "body": "पाठ " * 30,
        }
        for number in range(3)
    ]
    pq.write_table(
        pa.Table.from_pylist([*rows, {"link": "no", "body": 3 * "x"}]), tmp_path / "x.parquet"
    )
    khabar = Khabar(settle_in(tmp_path / "place"), "", NOW)
    names = ("--map", "url=link", "--map", "title=headline", "--map", "text=body")
    run = khabar("import", str(tmp_path / "x.parquet"), *names)
    assert run.code == 1 and run.out == "1 left out, 3 new\n"
    assert f"{tmp_path}/x.parquet:3: " in run.err
