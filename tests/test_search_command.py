"""`khabar search` and `khabar aliases` as a person runs them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from khabar.model.items import Embed
from tests.archive_fixtures import HOME, START, ArchiveBuilder, article
from tests.conftest import Khabar, settle_in

POST = Embed(
    "x",
    "post",
    "2116700000000000001",
    author_handle="jal_nigam",
    text="पाइप जोड़ दी गई",
    rule="x.blockquote",
)


@pytest.fixture
def khabar(tmp_path: Path) -> Khabar:
    path = settle_in(tmp_path)
    desk = ArchiveBuilder(path)
    desk.read(article(f"{HOME}/news/1", "जल निगम की टोली पहुँची।", title="टूटी सड़क", embeds=(POST,)))
    desk.archive.close()
    return Khabar(path, "", START)


def test_a_hit_says_that_it_stands_in_a_post(khabar: Khabar) -> None:
    (hit,) = json.loads(khabar("search", "पाइपों", "--json").out)
    assert (hit["found_in"], hit["title"]) == (["posts"], "टूटी सड़क")
    assert "in an embedded post: jal_nigam [पाइप] जोड़ दी गई" in khabar("search", "पाइप").out
    (row,) = csv.DictReader(io.StringIO(khabar("search", "सड़क पाइप", "--csv").out))
    assert row["found_in"] == "title posts"
    assert "embedded" not in khabar("search", "निगम").out


def test_aliases_are_added_listed_and_removed(khabar: Khabar) -> None:
    assert json.loads(khabar("search", "जेएन", "--json").out) == []
    assert khabar("aliases", "add", "जल निगम,जेएन").out == "added: जल निगम, जेएन\n"
    assert len(json.loads(khabar("search", "जेएन", "--json").out)) == 1
    listed = json.loads(khabar("aliases", "list", "--json").out)
    assert listed[0] == {"names": "जल निगम, जेएन", "whose": "archive"}
    assert {row["whose"] for row in listed[1:]} == {"khabar"}
    assert "जल निगम, जेएन" in khabar("aliases").out
    again = khabar("aliases", "add", "जेएन")
    assert (again.code, len(again.err.splitlines())) == (2, 1)
    assert khabar("aliases", "remove", "जेएन").out == "removed: जल निगम, जेएन\n"
    assert khabar("aliases", "remove", "जेएन").code == 2
    assert json.loads(khabar("search", "जेएन", "--json").out) == []


def test_facets_are_counted_in_text_and_json(khabar: Khabar) -> None:
    said = khabar("search", "सड़क", "--facets").out
    assert "1 hit\n" in said and "source     kagaz 1\n" in said and "embeds     yes 1\n" in said
    counted = json.loads(khabar("search", "सड़क", "--facets", "--json").out)
    assert (counted["total"], counted["total_is_exact"], counted["notes"]) == (1, True, [])
    assert counted["facets"]["page_type"] == [{"value": "article", "count": 1}]
    assert [hit["title"] for hit in counted["hits"]] == ["टूटी सड़क"]
    assert counted["suggestion"] is None
    refused = khabar("search", "सड़क", "--facets", "--csv")
    assert (refused.code, "not as CSV" in refused.err) == (2, True)


def test_filters_narrow_a_search(khabar: Khabar) -> None:
    for options in (["--no-embeds"], ["--section", "खेल"], ["--place", "आगरा"], ["--agency", "PTI"],
                    ["--page-type", "video"], ["--month", "2020-01"]):  # fmt: skip
        assert json.loads(khabar("search", "सड़क", "--json", *options).out) == [], options
    assert len(json.loads(khabar("search", "सड़क", "--json", "--embeds").out)) == 1
    assert khabar("search", "सड़क", "--month", "2020-13").code == 2


def test_what_an_operator_became_is_said(khabar: Khabar) -> None:
    assert "foo: is no field, searched as a word" in khabar("search", "foo:सड़क").out
    assert "AND is left out" in khabar("search", "टूटी AND सड़क").out
    assert "AND" not in khabar("search", "टूटी AND सड़क", "--json").out
