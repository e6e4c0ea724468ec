"""The card's first lines, which Hugging Face reads: licence, size, the files of each split, the
type of each field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from khabar.export.formats import data_file_pattern
from khabar.export.options import ExportOptions
from khabar.export.schema import Field, nested_parts

_SIZE_LIMITS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
_SIZE_NAMES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B")
_DTYPES = {
    "int": "int64",
    "float": "float64",
    "bool": "bool",
    "date": "date32",
    "time": "timestamp[s, tz=UTC]",
}
_LOADABLE_FORMATS = ("parquet", "jsonl", "csv")  # what `datasets.load_dataset` opens by itself


def build_header(manifest: dict[str, Any], options: ExportOptions) -> str:
    """The YAML between the card's first two lines of dashes."""
    size = next(
        (
            name
            for name, end in zip(_SIZE_NAMES, _SIZE_LIMITS, strict=False)
            if manifest["articles"] < end
        ),
        _SIZE_NAMES[-1],
    )
    languages = [code for code in manifest["by_language"] if code != "unknown"] or ["hi"]
    lines = [
        f"pretty_name: {options.name}",
        f"language: [{', '.join(languages)}]",
        "license: other",
        "license_name: each-publisher-s-own",
        "task_categories: [text-generation, text-classification, summarization]",
        f"size_categories: [{size}]",
        *(_config_lines(manifest, options) if options.format in _LOADABLE_FORMATS else ()),
        *(_feature_lines(options) if options.format in ("parquet", "jsonl") else ()),
    ]
    return "\n".join(lines)


def _config_lines(manifest: dict[str, Any], options: ExportOptions) -> Iterator[str]:
    yield from ("configs:", "- config_name: default", "  data_files:")
    for split in manifest["by_split"] or ("train",):
        yield f"  - split: {split}"
        yield f'    path: "{data_file_pattern(options).format(split=split)}"'


def _feature_lines(options: ExportOptions) -> Iterator[str]:
    yield from ("dataset_info:", "  features:")
    for field in options.fields:
        yield f"  - name: {field.name}"
        yield from (
            _nested_lines(field, options)
            if field.kind == "nested"
            else [f"    dtype: {_dtype_of(field.kind, options)}"]
        )


def _nested_lines(field: Field, options: ExportOptions) -> Iterator[str]:
    parts, is_list = nested_parts(field, options.embeds)
    if not parts:
        yield "    list: string"
        return
    yield f"    {'list' if is_list else 'struct'}:"
    for name, kind in parts.items():
        yield f"    - name: {name}"
        yield (
            "      list: string"
            if kind.endswith("[]")
            else f"      dtype: {_dtype_of(kind, options)}"
        )


def _dtype_of(kind: str, options: ExportOptions) -> str:
    """JSON has neither days nor moments: there they are what is written."""
    return (
        "string"
        if options.format == "jsonl" and kind in ("date", "time")
        else _DTYPES.get(kind, "string")
    )
