"""A dataset opened by those it is made for: each reads the same articles, every field of them, with every reader."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from archive_fixtures import ArchiveBuilder
from export_fixtures import TWEET, VIDEO, WHOLE, exported, fill, lines
from sqlite_utils import Database

from khabar.archive import open_archive
from khabar.export.schema import FIELDS

NUMBER = 13


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder for each format, of one archive."""
    root = tmp_path_factory.mktemp("export")
    desk = ArchiveBuilder(root / "archive.db")
    fill(desk)
    desk.archive.close()
    with open_archive(root / "archive.db") as archive:
        for format_ in ("parquet", "jsonl", "csv", "sqlite"):
            exported(archive, root / format_, format_)
        exported(archive, root / "squeezed", "jsonl", compress=True)
    return root


def plain(value: Any) -> Any:
    """Whatever a reader gives, as Python's own: arrays as lists, absent as None, moments as UTC, empty structs as None."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, datetime):
        return (
            (value if value.tzinfo else value.replace(tzinfo=UTC))
            .astimezone(UTC)
            .replace(microsecond=0)
        )
    return value


def by_pyarrow(folder):
    return pq.read_table(folder / "data").to_pylist()


def by_pandas(folder):
    return pd.read_parquet(folder / "data", dtype_backend="pyarrow").to_dict("records")


def by_polars(folder):
    return pl.read_parquet(folder / "data" / "*.parquet").to_dicts()


def by_duckdb(folder):
    found = duckdb.sql(f"select * from '{folder}/data/*.parquet'")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def by_datasets(folder):
    from datasets import load_dataset

    return list(
        load_dataset(
            str(folder), split="train", cache_dir=str(folder.parent / f"cache-{folder.name}")
        )
    )


READERS = (by_pyarrow, by_pandas, by_polars, by_duckdb, by_datasets)


def whole(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == NUMBER
    (row,) = (row for row in rows if row["url"] == WHOLE.url)
    return plain(row)


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_every_reader_of_parquet_gives_every_field(made, reader):
    row = whole(reader(made / "parquet"))
    assert (
        row["title"] == WHOLE.title
        and row["subtitle"] == WHOLE.subtitle
        and row["text"] == WHOLE.text
    )
    assert (
        row["published_at"] == "2026-11-22T23:30:00+05:30"
        and row["published_precision"] == "minute"
    )
    assert row["published_on"] == date(2026, 11, 22)
    assert row["published_utc"] == datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
    assert (row["section"], row["place"], row["desk"]) == ("शहर", "लखनऊ", "नगर संवाददाता")
    assert row["authors"] == list(WHOLE.authors) and row["tags"] == list(WHOLE.tags)
    assert (row["degraded"], row["paywalled"], row["removed_at"]) == (True, False, None)
    assert [
        row["text"][one["start"] : one["end"]] for one in row["blocks"] if one["start"] is not None
    ] == [block.text for block in WHOLE.blocks if block.text]
    assert row["lead_image"] == {"url": WHOLE.images[0].url, "caption": "पंडाल", "credit": "निशा"}
    assert row["images"] == [row["lead_image"]]
    assert row["rights"]["max_snippet"] == 50 and row["rights"]["noai"] is None
    assert row["rights"]["meta_robots"] == ["index", "max-snippet:50"]
    video, tweet = row["embeds"]
    assert (video["provider"], video["id"], video["place"], video["title"]) == (
        "youtube",
        VIDEO.id,
        "lead",
        VIDEO.title,
    )
    assert (tweet["text"], tweet["text_complete"], tweet["media"]) == (
        TWEET.text,
        True,
        list(TWEET.media),
    )
    assert (tweet["author_handle"], tweet["published_at"]) == (
        TWEET.author_handle,
        TWEET.published_at,
    )


@pytest.mark.parametrize("reader", READERS[1:], ids=lambda reader: reader.__name__)
def test_all_readers_of_parquet_agree(made, reader):
    def told(rows):
        return sorted((plain(row) for row in rows), key=lambda row: row["id"])

    assert told(reader(made / "parquet")) == told(by_pyarrow(made / "parquet"))


def test_fields_are_those_of_the_schema(made):
    assert pq.read_schema(next((made / "parquet" / "data").iterdir())).names == [
        field.name for field in FIELDS if field.when != "asked"
    ]


@pytest.mark.parametrize("folder", ["jsonl", "squeezed"])
def test_jsonl_says_the_same(made, folder):
    rows = (
        lines(made / folder / "articles.jsonl")
        if folder == "jsonl"
        else duckdb_lines(made / folder)
    )
    parquet = {row["id"]: plain(row) for row in by_pyarrow(made / "parquet")}
    assert [row["id"] for row in rows] == sorted(parquet)
    for row in rows:
        told = parquet[row["id"]]
        for name, value in row.items():
            assert same(value, told[name]), (name, value, told[name])


def duckdb_lines(folder):
    from khabar.parsing.line_files import iter_lines

    return [json.loads(line.content) for line in iter_lines(folder / "articles.jsonl.zst")]


def same(told: Any, typed: Any) -> bool:
    """JSON leaves out what is null in a struct, and writes days and moments as text."""
    if isinstance(typed, dict):
        return all(same((told or {}).get(name), value) for name, value in typed.items())
    if isinstance(typed, list) and isinstance(told, list):
        return len(told) == len(typed) and all(map(same, told, typed))
    if isinstance(typed, datetime):
        return datetime.fromisoformat(told) == typed
    return (typed.isoformat() if isinstance(typed, date) else typed) == told


def test_datasets_reads_jsonl_with_the_types_the_card_gives(made):
    row = whole(by_datasets(made / "jsonl"))
    assert (
        row["published_at"] == "2026-11-22 18:00:00"
    )  # its JSON reader takes offsets away: the card says so
    assert (
        row["published_on"].startswith("2026-11-22") and row["first_seen"] == "2026-11-24 09:00:00"
    )
    assert row["embeds"][1]["text"] == TWEET.text and row["lead_image"]["caption"] == "पंडाल"


def test_csv_opens_in_a_spreadsheet(made):
    raw = (made / "csv" / "articles.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and b"\r\n" in raw
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    row = whole(rows)
    assert row["title"] == "'" + WHOLE.title and row["text"] == WHOLE.text
    assert row["authors"] == "निशा रावत; आज़म नूरी" and row["degraded"] == "true"
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for one in rows for cell in one.values()
    )
    frame = pd.read_csv(made / "csv" / "articles.csv")
    assert list(frame.columns)[0] == "id" and len(frame) == NUMBER


def test_csv_has_embeds_as_a_table_that_joins(made):
    articles = pd.read_csv(made / "csv" / "articles.csv")
    embeds = pd.read_csv(made / "csv" / "embeds.csv", dtype={"id": str})
    joined = embeds.merge(articles, left_on="article_id", right_on="id", suffixes=("", "_article"))
    assert list(joined["url_article"]) == [WHOLE.url] * 2
    assert list(embeds["id"]) == [VIDEO.id, TWEET.id] and list(embeds["ord"]) == [0, 1]
    assert embeds["caption"][0] == "'" + VIDEO.caption and embeds["media"][1] == "; ".join(
        TWEET.media
    )


def test_csv_is_read_by_datasets(made):
    from datasets import load_dataset

    assert (
        len(load_dataset(str(made / "csv"), split="train", cache_dir=str(made / "cache-csv")))
        == NUMBER
    )


def test_slim_sqlite_joins(made):
    db = Database(made / "sqlite" / "articles.db")
    told = list(
        db.query(
            "select a.url, e.provider, e.id, e.media from embeds e join articles a on a.id = e.article_id order by ord"
        )
    )
    assert [(row["url"], row["provider"], row["id"]) for row in told] == [
        (WHOLE.url, "youtube", VIDEO.id), (WHOLE.url, "x", TWEET.id)
    ]  # fmt: skip
    assert json.loads(told[1]["media"]) == list(TWEET.media)
    assert db["articles"].count == NUMBER and "snapshots" not in db.table_names()
    assert [row["name"] for row in db.query("select name from authors order by ord")] == list(
        WHOLE.authors
    )
    assert db.execute("pragma integrity_check").fetchone() == ("ok",)
