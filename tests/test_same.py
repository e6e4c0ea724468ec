"""The regression comparer names what differs: every field of a reading, every kind of file, every sort of output."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from conftest import ROOT
from export_fixtures import exported, fill

from benchmarks.same.__main__ import _iter_differences, _print_report
from benchmarks.same.builds import BuildError, resolve_commit
from benchmarks.same.datasets import read_dataset_file
from benchmarks.same.differences import (
    ExpectedDifference,
    compare_values,
    group_by_field,
    read_expected,
)
from benchmarks.same.jobs import _to_fields, read_crawl
from benchmarks.same.runner import run_help
from commands.__main__ import COMMANDS, main
from commands.extract import serialize_article
from khabar.archive import open_archive
from khabar.export.options import FORMATS
from khabar.model.items import Article, Block, Embed, Image, Outcome

READ = serialize_article(
    Article(
        "http://www.kagaz.newsroom.test/news/1", "http://www.kagaz.newsroom.test/news/1", title="पुल", subtitle="नदी पर", authors=("निशा",),
        blocks=(Block("paragraph", "पुल बना।"), Block("embed", embed=0), Block("image", image=0)), embeds=(Embed("x", "post", "1", text="वाह"),),
        images=(Image("http://a.test/1.jpg", "पुल", "निशा"),), language="hi", rights={"license": "x"}, provenance={"title": "h1"},
    )
)  # fmt: skip


def named(before, after) -> list[str]:
    return [one.field for one in compare_values("extract", "a page", before, after)]


@pytest.mark.parametrize("name", sorted(READ))
def test_a_change_of_any_field_of_a_reading_is_named(name):
    assert named(READ, READ) == []
    assert named(READ, {**READ, name: "something else"}) == [name]
    assert named(READ, {key: value for key, value in READ.items() if key != name}) == [name]


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("blocks", 0, "text"), "पुल टूटा।", "blocks[].text"),
        (("blocks", 1, "embed"), 1, "blocks[].embed"),
        (("embeds", 0, "provider"), "threads", "embeds[].provider"),
        (("embeds", 0, "text"), "आह", "embeds[].text"),
        (("images", 0, "credit"), None, "images[].credit"),
        (("rights", "license"), "y", "rights.license"),
        (("authors", 0), "रेखा", "authors"),
    ],
)
def test_a_change_inside_a_field_is_named_to_the_key(path, value, field):
    changed = json.loads(json.dumps(READ))
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert named(json.loads(json.dumps(READ)), changed) == [field]


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        (
            {"rows": [{"id": 1}, {"id": 2}]},
            {"rows": [{"id": 0}, {"id": 1}, {"id": 2}]},
            "rows[].(row)",
        ),
        ({"rows": [{"id": 1}, {"id": 2}]}, {"rows": [{"id": 2}, {"id": 1}]}, "rows[].(order)"),
        (
            {"rows": [{"id": 1, "snippet": "a"}]},
            {"rows": [{"id": 1, "snippet": "b"}]},
            "rows[].snippet",
        ),
        (
            {"blocks": [{"text": "a"}]},
            {"blocks": [{"text": "a"}, {"text": "b"}]},
            "blocks[].(length)",
        ),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "(order of keys)"),
        ({"exit code": 0}, {"exit code": False}, "exit code"),
        ({"output": "a\nb\nc\n"}, {"output": "a\nB\nc\n"}, "output"),
        (None, {"output": ""}, "value"),
    ],
)
def test_rows_order_and_text(before, after, field):
    assert named(before, after) == [field]


def test_one_line_that_differs_is_the_example():
    (one,) = compare_values("help", "khabar", {"output": "one\ntwo\n"}, {"output": "one\nzwei\n"})
    assert (one.before, one.after) == (repr("two\n"), repr("zwei\n"))


def test_output_is_data_where_it_is_json():
    assert _to_fields('{"id": 1}') == {"id": 1}
    assert _to_fields('[{"id": 1}]') == {"rows": [{"id": 1}]}
    assert _to_fields("{not json") == {"output": "{not json"}


@pytest.mark.parametrize("format_", FORMATS)
def test_a_change_in_an_export_is_named_by_its_field(tmp_path, format_):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    fill(desk, 4)
    exported(desk.archive, tmp_path / "before", format_)
    desk.db.execute(
        "update articles set section = 'गाँव' where section = 'शहर' and title = 'समाचार 1'"
    )
    desk.db.execute('update snapshots set headers = \'{"x-new": "1"}\' where id = 1')
    desk.archive.close()
    with open_archive(tmp_path / "archive.db") as archive:
        exported(archive, tmp_path / "after", format_)
    sides = [{("export", str(path.relative_to(tmp_path / side))): path for path in sorted((tmp_path / side).rglob("*")) if path.is_file()}
             for side in ("before", "after")]  # fmt: skip
    differences = group_by_field(_iter_differences(*sides))
    changed = {"warc": "[].http"}.get(format_, "section")
    assert any(field.endswith(changed) for _, field in differences), differences.keys()
    assert all("title" not in field.rpartition(".")[2] for _, field in differences)


def test_every_file_of_an_export_can_be_read(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    fill(desk, 4)
    for format_ in FORMATS:
        exported(desk.archive, tmp_path / format_, format_)
    desk.archive.close()
    files = [
        path for format_ in FORMATS for path in (tmp_path / format_).rglob("*") if path.is_file()
    ]
    read = {path: read_dataset_file(path) for path in files}
    assert [
        path for path, told in read.items() if isinstance(told, dict) and told.keys() == {"sha256"}
    ] == []


def test_a_crawl_that_ends_otherwise_is_named(tmp_path):
    crawls = []
    for name, outcome, title in (
        ("before", Outcome.NOT_FOUND, "पुल"),
        ("after", Outcome.GONE, "सेतु"),
    ):
        desk = ArchiveBuilder(tmp_path / f"{name}.db")
        desk.end(f"{HOME}/news/9", outcome, "404")
        desk.read(article(title=title))
        desk.archive.close()
        crawls.append(read_crawl(desk.path))
    assert {one.field for one in compare_values("crawl", "demo", *crawls)} == {
        "pages[].outcome",
        "articles[].title",
    }


def test_what_is_expected_is_said_with_its_reason_and_the_rest_counts(capsys, tmp_path):
    toml = tmp_path / "expected.toml"
    toml.write_text(
        '[[expected]]\npart = "help"\nfield = "output"\nreason = "plain words"\n\n[[expected]]\npart = "show"\nfield = "*"\nreason = "old"\n'
    )
    differences = [
        *compare_values("help", "khabar crawl", {"output": "a"}, {"output": "b"}),
        *compare_values("extract", "a page", READ, {**READ, "title": "सड़क"}),
    ]  # fmt: skip
    assert _print_report(differences, read_expected(toml)) == 1
    printed = capsys.readouterr().out
    assert "extract: title: 1 differ" in printed and "'पुल'" in printed and "'सड़क'" in printed
    assert "help: output: 1 outputs differ as expected (plain words)" in printed
    assert "show: *: covers nothing: delete it (old)" in printed


def test_an_expectation_covers_its_part_item_and_field_alone():
    (one,) = compare_values("help", "khabar crawl", {"output": "a"}, {"output": "b"})
    assert ExpectedDifference("help", "out*", "why", "khabar *").is_match(one)
    for name, value in {"part": "search", "field": "exit code", "item": "khabar serve"}.items():
        assert not replace(ExpectedDifference("help", "output", "why"), **{name: value}).is_match(
            one
        )
    assert {field.name for field in fields(ExpectedDifference)} == {
        "part",
        "field",
        "reason",
        "item",
    }


def test_a_commit_that_is_none_is_named():
    with pytest.raises(BuildError, match="no such commit"):
        resolve_commit(ROOT, "no-such-commit")


def test_the_help_of_every_command_is_compared():
    names = [" ".join(args) for args, result in run_help(main, []) if result["code"] == 0]
    assert {"", *COMMANDS, "sources check", "takedown list", "vectors build"} <= set(names)
    assert len(names) == len(set(names)) >= 40
