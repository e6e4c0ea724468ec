"""Writes the dataset card: README.md with the YAML header of Hugging Face, and its plots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from khabar.charts import svg
from khabar.export import delta
from khabar.export.folder import CARD_FILE, PLOTS_DIR
from khabar.export.formats import data_file_pattern
from khabar.export.options import ExportOptions
from khabar.export.schema import Field, nested_parts

_PLOTS = {
    "month": "articles by month",
    "source": "articles by source",
    "length": "articles by length in words",
    "provider": "embeds by provider",
}
_CARD_TEMPLATE = """---
{header}
---

# {articles:,} Hindi news articles with their embeds

Exported by Khabar {khabar}: {articles:,} articles with {embeds:,} embedded posts, videos and \
charts, as {format}.
`manifest.json` holds the command's filters, the counts, each file's sha256 and the archive's \
fingerprint; the same
archive and the same command give the same bytes.

{purpose}

{rights}

{bans}

## What is in it

{sizes}

## What is not

{withheld}

{gaps}

## Fields

{fields}

{nested}

Times are ISO 8601. `text` is plain text; `blocks` are marks over it: `text[start:end]` in code \
points, or the `embed`
or `image` that stands there, by index. An embed's `place` says where it stood: `body`, `lead`, \
`page` (the page's, not
the article's) or `unplaced`.

## Known faults

{faults}
"""
_PURPOSE_TEXTS = {
    "research": "Made for **research**: what pages reserve does not bind it, and a dataset does "
    "not grant what its sources do not. Whoever passes it on or trains with it needs the sources' "
    "leave.",
    "search": "Made for **search**: pages that say noindex or nosnippet, or reserve search, are "
    "not in it.",
    "ai-input": "Made as **input to AI** (answers, summaries): what a page or its site reserves "
    "for that is not in it, and neither are articles whose site was never asked.",
    "train": "Made for **training**: what a page or its site reserves is not in it, not even its "
    "headline, and neither are articles whose site was never asked. Where a source gives no "
    "permission its articles are addresses, ids, dates, bylines, sections, tags and counts, "
    "without headline, standfirst, text, embeds, pictures and insets.",
}
_UNLICENSED_WARNING = """

**`--unlicensed-text` was given: the texts of sources that never permitted training are in it.** \
That is on whoever
exported it."""
_FAULTS = (
    "Dates are what pages claim; `published_precision` says how exactly, and `published_on` is the "
    "day in India.",
    "`language` is detected, most reliably for Devanagari: Bhojpuri and Maithili may pass as "
    "Hindi.",
    "`degraded` readings are known to be short of their page; others may be without anybody "
    "knowing.",
    "Embeds are what pages carried: a post that was cut or flattened there says "
    "`text_complete: false`.",
    "What a page says of its use is kept as given in `rights`; whether it holds in law is not ours "
    "to say.",
)
_JSON_TIMES_FAULT = (
    "`datasets` reads times in JSONL as UTC and loses the offset the page gave; in Parquet they "
    "stay as written."
)
_REDACTION_FAULT = (
    "Personal numbers were taken out by pattern (`[phone]`, `[email]`, `[aadhaar]`, `[pan]`, "
    "`[upi]`); names were not, and a number written in words or as a picture is still there."
)


def render_files(manifest: dict[str, Any], options: ExportOptions) -> dict[str, bytes]:
    """Returns README.md and the plots it shows, by path in the dataset's folder."""
    plots = {
        f"{PLOTS_DIR}/{key}.svg": svg.draw_bar_chart(title, manifest[f"by_{key}"]).encode()
        for key, title in _PLOTS.items()
        if manifest[f"by_{key}"]
    }
    return {CARD_FILE: render_card(manifest, options).encode(), **plots}


def render_card(manifest: dict[str, Any], options: ExportOptions) -> str:
    """Returns the card of an export as Markdown, from its manifest."""
    return _CARD_TEMPLATE.format(
        header=build_header(manifest, options),
        purpose=_PURPOSE_TEXTS[options.purpose]
        + (_UNLICENSED_WARNING if options.unlicensed_text else ""),
        rights=_markdown_table(
            ("source", "permission", "whole", "metadata only", "withheld"),
            (row.values() for row in manifest["rights"]),
        ),
        bans=_bans_section(manifest),
        sizes="\n\n".join(_size_sections(manifest)),
        withheld=_withheld_section(manifest),
        gaps=_markdown_table(
            ("source", "first day", "last day", "days without an article between them"),
            ((key, *gap.values()) for key, gap in manifest["gaps"].items()),
        ),
        fields=_fields_table(manifest, options),
        nested=_nested_table(options),
        faults="\n".join(f"- {fault}" for fault in _known_faults(options)),
        **{name: manifest[name] for name in ("articles", "embeds", "khabar", "format")},
    )


def _bans_section(manifest: dict[str, Any]) -> str:
    """The sources whose robots.txt bars web archives, which reserves nothing by itself."""
    bans: dict[str, list[str]] = manifest["archives_barred"]
    if not bans:
        return "No source's robots.txt bars the robots of web archives that are known."
    return "\n\n".join(
        (
            "The robots.txt of these sources bars robots of web archives. It says nothing of "
            "datasets; ask the source before you pass one on.",
            _markdown_table(
                ("source", "archives barred"),
                ((key, ", ".join(names)) for key, names in bans.items()),
            ),
        )
    )


def _known_faults(options: ExportOptions) -> Iterable[str]:
    yield from _FAULTS
    if options.format == "jsonl":
        yield _JSON_TIMES_FAULT
    if options.redact:
        yield _REDACTION_FAULT


def _size_sections(manifest: dict[str, Any]) -> Iterable[str]:
    for key, title in _PLOTS.items():
        if counts := manifest[f"by_{key}"]:
            yield f"![{title}](plots/{key}.svg)"
            yield _counts_table(key, counts)
    for key in ("language", "split"):
        if counts := manifest[f"by_{key}"]:
            yield _counts_table(key, counts)
    yield (
        f"{manifest['copies']:,} articles have copies in the archive: "
        "other articles of the same story."
    )


def _counts_table(key: str, counts: dict[str, int]) -> str:
    return _markdown_table((key, "embeds" if key == "provider" else "articles"), counts.items())


def _withheld_section(manifest: dict[str, Any]) -> str:
    """Tables of what was withheld or redacted, by reason; of a delta, what changed."""
    groups = (
        ("withheld from this dataset because of", "articles", manifest["withheld"]),
        (
            "withheld from every dataset because of",
            "articles",
            manifest["withheld_from_every_export"],
        ),
        ("words left out because of", "articles", manifest["text_left_out"]),
        ("taken out of texts", "times", manifest["redacted"]),
    )
    tables = [
        _markdown_table((label, unit), counts.items()) for label, unit, counts in groups if counts
    ]
    if since := manifest.get("since"):
        tables.append(
            f"This is a delta: {since.get('new', 0):,} articles are new and "
            f"{since.get('changed', 0):,} changed since the dataset it was compared with; "
            f"the {since.get('gone', 0):,} that are gone are in `{delta.TOMBSTONES_FILE}`."
        )
    return "\n\n".join(tables) or "Nothing was withheld."


def _fields_table(manifest: dict[str, Any], options: ExportOptions) -> str:
    coverage: dict[str, float] = manifest["coverage"]
    rows = (
        (
            field.name,
            _kind_label(field, options),
            field.meaning,
            field.unit or "–",
            f"{coverage[field.name]:.1%}",
        )
        for field in options.fields
    )
    return _markdown_table(("field", "type", "meaning", "unit", "articles that have it"), rows)


def _kind_label(field: Field, options: ExportOptions) -> str:
    if field.kind != "nested":
        return field.kind
    parts, is_list = nested_parts(field, options.embeds)
    inner = "object" if parts else "string"
    return f"list of {inner}s" if is_list else inner


def _nested_table(options: ExportOptions) -> str:
    """A table of the parts of the nested fields, with their types."""
    rows = []
    for field in options.fields:
        parts = nested_parts(field, options.embeds)[0] if field.kind == "nested" else {}
        if parts:
            rows.append((field.name, ", ".join(f"`{name}` {kind}" for name, kind in parts.items())))
    return _markdown_table(("inside", "there is"), rows)


def _markdown_table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Returns a Markdown table, '' when there are no rows."""
    lines = [_table_row(row) for row in rows]
    names = tuple(columns)
    return "\n".join([_table_row(names), _table_row(["---"] * len(names)), *lines]) if lines else ""


def _table_row(cells: Iterable[Any]) -> str:
    """One row. Numbers get thousands separators; a bar is escaped, since it would end the cell."""
    cell_texts = (
        f"{cell:,}" if isinstance(cell, int) else str(cell).replace("|", "\\|") for cell in cells
    )
    return f"| {' | '.join(cell_texts)} |"


# --- the YAML header, which Hugging Face reads: licence, size, files of each split, field types ---

_SIZE_LIMITS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
_SIZE_NAMES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B")
_DTYPES = {
    "int": "int64",
    "float": "float64",
    "bool": "bool",
    "date": "date32",
    "time": "timestamp[s, tz=UTC]",
}
_LOADABLE_FORMATS = ("parquet", "jsonl", "csv")  # that `datasets.load_dataset` reads without code


def build_header(manifest: dict[str, Any], options: ExportOptions) -> str:
    """Returns the YAML between the card's two lines of `---`."""
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
    """The `datasets` type of a kind; days and times are strings in JSONL."""
    return (
        "string"
        if options.format == "jsonl" and kind in ("date", "time")
        else _DTYPES.get(kind, "string")
    )
