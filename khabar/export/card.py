"""The dataset's card: a README that Hugging Face reads, with what is in it and what may not be
done with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from khabar.charts import svg
from khabar.export import delta
from khabar.export.hub import build_header
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

Exported by Khabar {khabar}: {articles:,} articles with {embeds:,} embedded posts, videos and charts, as {format}.
`manifest.json` holds the command's filters, the counts, each file's sha256 and the archive's fingerprint; the same
archive and the same command give the same bytes.

{purpose}

{rights}

## What is in it

{sizes}

## What is not

{withheld}

{gaps}

## Fields

{fields}

{nested}

Times are ISO 8601. `text` is plain text; `blocks` are marks over it: `text[start:end]` in code points, or the `embed`
or `image` that stands there, by index. An embed's `place` says where it stood: `body`, `lead`, `page` (the page's, not
the article's) or `unplaced`.

## Known faults

{faults}
"""
_PURPOSE_TEXTS = {
    "research": "Made for **research**: what pages reserve does not bind it, and a dataset does not grant what its "
    "sources do not. Whoever passes it on or trains with it needs the sources' leave.",
    "search": "Made for **search**: pages that say noindex or nosnippet, or reserve search, are not in it.",
    "train": "Made for **training**: what a page or its site reserves is not in it, and where a source gives no "
    "permission its articles are ids and metadata only, without their words.",
}
_UNLICENSED_WARNING = """

**`--unlicensed-text` was given: the texts of sources that never permitted training are in it.** That is on whoever
exported it."""
_FAULTS = (
    "Dates are what pages claim; `published_precision` says how exactly, and `published_on` is the day in India.",
    "`language` is detected, and told for Devanagari best: Bhojpuri and Maithili may pass as Hindi.",
    "`degraded` readings are known to be short of their page; others may be without anybody knowing.",
    "Embeds are what pages carried: a post that was cut or flattened there says `text_complete: false`.",
    "What a page says of its use is kept as given in `rights`; whether it holds in law is not ours to say.",
)
_JSON_TIMES_FAULT = "`datasets` reads times in JSONL as UTC and loses the offset the page gave; in Parquet they stay as written."
_REDACTION_FAULT = (
    "Personal numbers were taken out by pattern (`[phone]`, `[email]`, `[aadhaar]`, `[pan]`, `[upi]`); names were not, "
    "and a number written in words or as a picture is still there."
)


def render_files(manifest: dict[str, Any], options: ExportOptions) -> dict[str, bytes]:
    """README.md, and the plots it shows: name → body."""
    plots = {
        f"plots/{key}.svg": svg.draw_bar_chart(title, manifest[f"by_{key}"]).encode()
        for key, title in _PLOTS.items()
        if manifest[f"by_{key}"]
    }
    return {"README.md": render_card(manifest, options).encode(), **plots}


def render_card(manifest: dict[str, Any], options: ExportOptions) -> str:
    """The card of an export, from its manifest."""
    return _CARD_TEMPLATE.format(
        header=build_header(manifest, options),
        purpose=_PURPOSE_TEXTS[options.purpose]
        + (_UNLICENSED_WARNING if options.unlicensed_text else ""),
        rights=_rights_table(manifest),
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


def _known_faults(options: ExportOptions) -> Iterable[str]:
    yield from _FAULTS
    if options.format == "jsonl":
        yield _JSON_TIMES_FAULT
    if options.redact:
        yield _REDACTION_FAULT


def _rights_table(manifest: dict[str, Any]) -> str:
    columns = ("source", "permission", "whole", "metadata only", "withheld")
    return _markdown_table(columns, (row.values() for row in manifest["rights"]))


def _size_sections(manifest: dict[str, Any]) -> Iterable[str]:
    for key, title in _PLOTS.items():
        if counts := manifest[f"by_{key}"]:
            yield f"![{title}](plots/{key}.svg)"
            yield _counts_table(key, counts)
    for key in ("language", "split"):
        if counts := manifest[f"by_{key}"]:
            yield _counts_table(key, counts)
    yield f"{manifest['copies']:,} articles have copies in the archive: other articles of the same story."


def _counts_table(key: str, counts: dict[str, int]) -> str:
    return _markdown_table((key, "embeds" if key == "provider" else "articles"), counts.items())


def _withheld_section(manifest: dict[str, Any]) -> str:
    """What did not go out, and why; what went out without its words; what was taken out of
    texts; what changed.
    """
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
            f"This is a delta: {since.get('new', 0):,} articles are new and {since.get('changed', 0):,} changed since "
            f"the dataset it was held against; the {since.get('gone', 0):,} that are gone "
            f"are in `{delta.TOMBSTONES_FILE}`."
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
    """What stands inside the nested fields."""
    format_parts: Callable[[dict[str, str]], str] = lambda parts: ", ".join(  # noqa: E731
        f"`{name}` {kind}" for name, kind in parts.items()
    )
    entries = (
        (field.name, nested_parts(field, options.embeds)[0])
        for field in options.fields
        if field.kind == "nested"
    )
    return _markdown_table(
        ("inside", "there is"), ((name, format_parts(parts)) for name, parts in entries if parts)
    )


def _markdown_table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table; '' without rows. A bar in a cell would end it."""
    lines = [_table_row(row) for row in rows]
    names = tuple(columns)
    return "\n".join([_table_row(names), _table_row(["---"] * len(names)), *lines]) if lines else ""


def _table_row(cells: Iterable[Any]) -> str:
    cell_texts = (
        f"{cell:,}" if isinstance(cell, int) else str(cell).replace("|", "\\|") for cell in cells
    )
    return f"| {' | '.join(cell_texts)} |"
