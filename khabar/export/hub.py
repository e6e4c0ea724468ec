"""The card's first lines, which Hugging Face reads: licence, size, the files of each split, the type of each field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from khabar.export.formats import data_files
from khabar.export.options import Order
from khabar.export.schema import Field, parts_of

_SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
_NAMES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B")
_TYPES = {"int": "int64", "float": "float64", "bool": "bool", "date": "date32", "time": "timestamp[s, tz=UTC]"}
_LOADED = ("parquet", "jsonl", "csv")  # what `datasets.load_dataset` opens by itself


def header(manifest: dict[str, Any], order: Order) -> str:
    """The YAML between the card's first two lines of dashes."""
    size = next((name for name, end in zip(_NAMES, _SIZES, strict=False) if manifest["articles"] < end), _NAMES[-1])
    languages = [code for code in manifest["by_language"] if code != "unknown"] or ["hi"]
    told = [
        f"pretty_name: {order.name}",
        f"language: [{', '.join(languages)}]",
        "license: other",
        "license_name: each-publisher-s-own",
        "task_categories: [text-generation, text-classification, summarization]",
        f"size_categories: [{size}]",
        *(_configs(manifest, order) if order.format in _LOADED else ()),
        *(_features(order) if order.format in ("parquet", "jsonl") else ()),
    ]
    return "\n".join(told)


def _configs(manifest: dict[str, Any], order: Order) -> Iterator[str]:
    yield from ("configs:", "- config_name: default", "  data_files:")
    for split in manifest["by_split"] or ("train",):
        yield f"  - split: {split}"
        yield f'    path: "{data_files(order).format(split=split)}"'


def _features(order: Order) -> Iterator[str]:
    yield from ("dataset_info:", "  features:")
    for field in order.fields:
        yield f"  - name: {field.name}"
        yield from (_nested(field, order) if field.kind == "nested" else [f"    dtype: {_type(field.kind, order)}"])


def _nested(field: Field, order: Order) -> Iterator[str]:
    parts, is_list = parts_of(field, order.embeds)
    if not parts:
        yield "    list: string"
        return
    yield f"    {'list' if is_list else 'struct'}:"
    for name, kind in parts.items():
        yield f"    - name: {name}"
        yield "      list: string" if kind.endswith("[]") else f"      dtype: {_type(kind, order)}"


def _type(kind: str, order: Order) -> str:
    """JSON has neither days nor moments: there they are what is written."""
    return "string" if order.format == "jsonl" and kind in ("date", "time") else _TYPES.get(kind, "string")
